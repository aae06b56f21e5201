"""`autodiff-lessons doctor`: is this installation whole? The course's smoke test, which needs no repository."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from autodiff_lessons.course.jupyter import WIDGET_VIEW, settings
from autodiff_lessons.course.workcopy import learner_notebooks
from autodiff_lessons.errors import AutodiffError
from autodiff_lessons.logbook.store import VARIABLE as PROGRESS

PACKAGES = ("numpy", "matplotlib", "ipywidgets", "anywidget", "jupyterlab")
# What JupyterLab's page needs to show a widget of the course, by the names of their folders.
EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")
WIDGET = "import autodiff_lessons\nautodiff_lessons.GraphView(lambda x, y: x * y, x=2.0, y=5.0)"
KERNEL_SECONDS = 60


class NotWhole(AutodiffError):
    """A part of the installation does not do what it should."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons doctor` takes: nothing."""


def run(arguments: argparse.Namespace) -> int:
    """Try each part of the course and say what was seen; 0 if all of it works, 1 if a part does not."""
    os.environ.update(settings(os.environ))  # as `autodiff-lessons lab` has it
    os.environ[PROGRESS] = "off"
    failed = 0
    for part, look in PARTS.items():
        try:
            seen = look()
        except Exception as error:  # what is broken may break in any way
            failed += 1
            print(f"FAILED  {part}: {type(error).__name__}: {error}")
        else:
            print(f"ok      {part}: {seen}")
    if failed:
        print(f"{failed} of {len(PARTS)} parts do not work. Install the course again, into an environment of its own.")
        return 1
    print("All is there: `autodiff-lessons` opens the course.")
    return 0


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("autodiff-lessons", *PACKAGES))
    return f"Python {platform.python_version()}, {packages}"


def _notebooks() -> str:
    notebooks = learner_notebooks()
    names = list(notebooks)
    for name, content in notebooks.items():
        _need(json.loads(content)["cells"], f"{name} has no cells")
    _need(names[0].startswith("00_") and len(names) > 1, f"there is no start page, or no lesson, in {names}")
    return f"{len(names)}, from {names[0]} to {names[-1]}"


def _engine() -> str:
    import numpy as np  # noqa: PLC0415 - a broken one is this part's failure, not the command's

    from autodiff_lessons import grad  # noqa: PLC0415

    d_dx, d_dy = map(float, grad(lambda x, y: np.log(x) + x * y - np.sin(y), argnums=(0, 1))(2.0, 5.0))
    _need(d_dx == 5.5 and abs(d_dy - 1.7163378145367738) < 1e-12, f"wrong derivatives: {d_dx}, {d_dy}")
    return f"the derivatives of log(x) + x*y - sin(y) at (2, 5) are {d_dx:g} and {d_dy:.6f}"


def _exercises() -> str:
    from autodiff_lessons import exercises  # noqa: PLC0415

    every = exercises.all_exercises()
    _need(every, "there are none")
    for one in every:
        mistaken = one.wrong_answers[0].code
        right = one.check(one.reference)
        wrong = one.check(mistaken if one.decorates else {**one.reference, **mistaken()})
        _need(right.status == "correct", f"{one.id} calls its own solution {right.status}: {right.message}")
        _need(wrong.status != "correct", f"{one.id} calls a wrong answer correct")
    return f"{len(every)} tell their solution from a wrong answer"


def _pictures() -> str:
    from autodiff_lessons import GraphView, SecantExplorer  # noqa: PLC0415

    made = [GraphView(lambda x: x * x, x=3.0), SecantExplorer(lambda x: x**2, at=1.0)]
    for widget in made:
        _need(widget._esm and widget._css, f"{type(widget).__name__} has no program for the page")
        data, _ = widget._repr_mimebundle_() or ({}, {})
        _need("image/png" in data, f"{type(widget).__name__} has no still picture")
    return f"{' and '.join(type(widget).__name__ for widget in made)} are drawn"


def _jupyterlab() -> str:
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415
    from jupyterlab.commands import get_app_dir  # type: ignore[import-untyped]  # noqa: PLC0415

    page = Path(get_app_dir(), "static", "index.html")
    _need(page.is_file(), f"JupyterLab has no page: {page}")
    for name in EXTENSIONS:
        there = [folder for folder in jupyter_path("labextensions", name) if Path(folder, "package.json").is_file()]
        _need(there, f"JupyterLab's extension {name} is missing")
    return f"its page is there, with {' and '.join(EXTENSIONS)}"


def _kernel() -> str:
    from jupyter_client.manager import start_new_kernel  # noqa: PLC0415

    outputs: list[dict[str, object]] = []
    manager, client = start_new_kernel(KERNEL_SECONDS, "python3", extra_arguments=["--log-level=ERROR"])
    try:
        reply = client.execute_interactive(
            WIDGET,
            timeout=KERNEL_SECONDS,
            allow_stdin=False,
            output_hook=lambda message: outputs.append(message["content"].get("data", {})),
        )
        _need(reply["content"]["status"] == "ok", f"it said {reply['content'].get('evalue')}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    _need(any(WIDGET_VIEW in data for data in outputs), "it showed no widget")
    return f"{sys.executable} started one, which showed a live widget"


def _need(true: object, told: str) -> None:
    if not true:
        raise NotWhole(told)


PARTS: dict[str, Callable[[], str]] = {
    "versions": _versions,
    "notebooks": _notebooks,
    "engine": _engine,
    "exercises": _exercises,
    "pictures": _pictures,
    "JupyterLab": _jupyterlab,
    "kernel": _kernel,
}
