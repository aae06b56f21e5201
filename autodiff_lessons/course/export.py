"""`autodiff-lessons export`: lessons as web pages that need neither Python nor a network.

Each lesson is run once, in a kernel of its own, and written as one file. In it the explorers and graph views whose page
computes by itself are alive; what a kernel would have to compute is a still picture that says so.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autodiff_lessons.course.glossary import FILE as GLOSSARY
from autodiff_lessons.course.lessons import all_pages, lesson_named
from autodiff_lessons.course.workcopy import CHEAT_SHEETS, learner_notebooks
from autodiff_lessons.errors import UsageError
from autodiff_lessons.logbook.store import VARIABLE as PROGRESS


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons export` takes."""
    parser.add_argument("lesson", nargs="?", help="the lesson's number, such as 5 (default: the whole course)")
    parser.add_argument(
        "--to",
        type=Path,
        default=Path("autodiff-lessons-pages"),
        metavar="FOLDER",
        help="where the pages go (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the pages of one lesson, or of the course with its glossary and cheat sheets."""
    notebooks = _chosen(learner_notebooks(), arguments.lesson)
    try:
        from autodiff_lessons.course.executing import BuildError  # noqa: PLC0415 - with JupyterLab's own parts
        from autodiff_lessons.course.exported_page import page  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "latex2mathml":
            raise
        raise UsageError("latex2mathml, which writes the formulas, is missing: pip install latex2mathml") from None
    os.environ[PROGRESS] = "off"  # what the exporting kernels do is nobody's progress
    try:
        executed_ones = asyncio.run(
            _all_run({name: nbformat.reads(text, as_version=4) for name, text in notebooks.items()})
        )
    except BuildError as error:
        raise UsageError(f"a cell could not be run:\n{error}") from None
    for name, notebook in executed_ones.items():
        path = arguments.to / Path(name).with_suffix(".html")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(notebook, name, exported=set(notebooks)), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"can't write {path} ({error.strerror}); choose another folder with --to") from None
        print(path)
    return 0


def _chosen(notebooks: Mapping[str, bytes], lesson: str | None) -> dict[str, str]:
    """name -> text of the notebooks to export; one lesson brings along the glossary and its cheat sheet."""
    keep = set(notebooks)
    if lesson is not None:
        file = lesson_named(lesson, all_pages()).file
        keep = {file, f"{CHEAT_SHEETS}/{file}", GLOSSARY}
    return {name: content.decode("utf-8") for name, content in notebooks.items() if name in keep}


async def _all_run(notebooks: Mapping[str, NotebookNode]) -> dict[str, NotebookNode]:
    """Run those that have code, a kernel for each core at a time."""
    from autodiff_lessons.course.executing import executed  # noqa: PLC0415

    cores = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(notebook: NotebookNode) -> NotebookNode:
        if not any(cell.cell_type == "code" for cell in notebook.cells):
            return notebook
        async with cores:
            with tempfile.TemporaryDirectory(prefix="autodiff-lessons-export-") as folder:
                return await executed(notebook, Path(folder), widget_state=True)

    return dict(zip(notebooks, await asyncio.gather(*map(one, notebooks.values())), strict=True))
