"""Rehearse Binder on a clean copy: what repo2docker would do, then a learner's first visit, and what both cost.

    python tests/binder/rehearsal.py [--copy FOLDER] [--write README.md]

repo2docker's own code names the steps. Where an image has conda's frozen environment, there is a virtual environment
here with the same versions of the same Python packages; the rest are the image's own commands, files and start. In a
real Chromium the launch link opens the start page, then lesson 5 is run and an exercise answered, wrongly and rightly.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests" / folder) for folder in ("shared", "browser", "benchmarks")]

import chromium  # noqa: E402
from binder_environment import Environment  # noqa: E402
from binder_image import Image, base_environment, image_of  # noqa: E402
from lab_server import Lab, free_port, serving  # noqa: E402
from lesson_page import LessonPage  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402
from process_memory import Memory, memory_of  # noqa: E402
from report import write_between  # noqa: E402

LESSON = "05_read_computation_graphs.ipynb"
WRONG, RIGHT = ('answer("5.2", x1=6, x2=7, loss=-3)', 'answer("5.2", x1=6, x2=7, loss=3)')
MOST_MEMORY = 512  # MB, of one learner with one lesson open; Binder promises 1 GB
MOST_ADDED = 240  # MB that the course may add to the environment of every image; Dask, for lesson 10, is 29 of them
ARTIFACTS = "AUTODIFF_LESSONS_ARTIFACTS"  # the folder for the screenshot of a failure


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--copy", type=Path, help="a clean copy to use up (default: a clone of the last commit)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the `binder` marks of a file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        copy = arguments.copy.resolve() if arguments.copy else Path(scratch, "jovyan")
        if arguments.copy is None:
            subprocess.run(["git", "clone", "--quiet", ROOT, copy], check=True)
        table = rehearse(copy, Path(scratch))
    print(table)
    if arguments.write:
        write_between(arguments.write, "binder", table)
    return 0


def rehearse(copy: Path, scratch: Path) -> str:
    """Do it all and give the table; SystemExit says what does not hold."""
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {what}", flush=True)

    image = image_of(copy)
    say(f"repo2docker takes its {image.build_pack}, Python {image.python}, and the steps: {'; '.join(image.steps)}")
    environment = Environment.made(scratch / "environment", image.python)
    python = environment.python
    if python != image.python:
        say(f"Python {image.python} can't be had here: this rehearsal is with Python {python}")
    environment.install(base_environment(python))
    base, before = environment.megabytes(), environment.packages()
    say(f"in place of conda's environment: the same {len(before)} Python packages, {base:.0f} MB")

    for step in image.steps:
        done = subprocess.run(["bash", "-c", step], cwd=copy, env=in_image(copy, environment), check=False)
        if done.returncode:
            raise SystemExit(f"the image's step failed: {step}")
    added = environment.megabytes() - base
    new = environment.packages() - before
    environment.run("python", "-m", "pip", "check")
    refuse_unpinned(new, copy)
    say(f"the steps installed {added:.0f} MB: {', '.join(sorted(new))}")

    with serving_as_binder(copy, image, environment, scratch) as (lab, process):
        seconds = time.monotonic()
        memory = first_visit(lab, launch_path(copy), process)
        say(
            f"a first visit took {time.monotonic() - seconds:.0f} s and left {memory.sum_shown()} MB in memory "
            f"(server + kernel + others; {memory.proportional:.0f} MB with shared pages counted once)"
        )
    say("the server has ended")
    kept = environment.run("autodiff-lessons", "progress", "--dir", str(copy / "autodiff-lessons-work"))
    if not re.search(r"\b1 of \d+ exercises solved", kept):
        raise SystemExit(f"the exercise that was solved is not in the learner's progress:\n{kept}")
    if memory.total > MOST_MEMORY or added > MOST_ADDED:
        raise SystemExit(
            f"too much: {memory.total:.0f} of {MOST_MEMORY} MB in memory, {added:.0f} of {MOST_ADDED} installed"
        )
    return "\n".join(
        [
            "| on Binder | MB |",
            "|---|---|",
            f"| memory of one learner, lesson 5 run: server + kernel + what started them | {memory.sum_shown()} |",
            f"| the {len(before)} Python packages of every image, on the disk | {base:.0f} |",
            f"| the {len(new)} that the course adds, itself among them | {added:.0f} |",
            "",
            f"Python {python}, the versions of [`binder/requirements.txt`](binder/requirements.txt).",
        ]
    )


def in_image(copy: Path, environment: Environment) -> dict[str, str]:
    """The variables of the image's own programs, where pip says no more than it must."""
    return {**environment.variables(), "REPO_DIR": str(copy), "PIP_QUIET": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def refuse_unpinned(new: set[str], copy: Path) -> None:
    """Whatever came into the environment has to be in the lock, with its version, or be the course itself."""
    pinned = {line.partition(" ")[0] for line in (copy / "binder/requirements.txt").read_text().splitlines()}
    loose = {one for one in new if one.lower().replace("_", "-") not in pinned and not one.startswith("autodiff")}
    if loose:
        raise SystemExit(f"installed without a pin in binder/requirements.txt: {', '.join(sorted(loose))}")


@contextlib.contextmanager
def serving_as_binder(copy: Path, image: Image, environment: Environment, scratch: Path) -> Iterator[tuple[Lab, int]]:
    """The image's entry point with BinderHub's command: JupyterLab below a path of its own, with a token."""
    port = free_port()
    lab = Lab(f"http://127.0.0.1:{port}/user/learner", secrets.token_hex(16), copy)
    words = [environment.folder / "bin" / "python", image.entrypoint, "jupyter-lab"]
    words += ["--ip=127.0.0.1", f"--port={port}"]
    words += ["--NotebookApp.base_url=/user/learner/", f"--NotebookApp.token={lab.token}"]
    words += ["--no-browser", "--LabApp.expose_app_in_browser=True"]  # for the test: the page can be asked
    if os.geteuid() == 0:
        words.append("--allow-root")  # an image has a user of its own
    home = scratch / "home"
    home.mkdir()
    variables = {
        **in_image(copy, environment),
        "HOME": str(home),
        "R2D_ENTRYPOINT": str(copy / image.start),
    }
    with contextlib.chdir(copy), serving(words, lab, variables, scratch / "server.log", 180) as process:
        yield lab, process


def launch_path(copy: Path) -> str:
    """Where the README's launch link leads, below the server's address."""
    link = re.search(r"https://mybinder\.org/v2/gh/\S+\?urlpath=lab/tree/(\S+)", (copy / "README.md").read_text())
    if link is None:
        raise SystemExit("README.md has no launch link")
    return unquote(link[1])


def first_visit(lab: Lab, start_page: str, process: int) -> Memory:
    """Open the start page, then lesson 5; run it, drag a slider, answer; what it all holds in memory then."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.found(), args=chromium.FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        try:
            return _visited(LessonPage(page, lab), start_page, process)
        except BaseException:
            _keep_picture(page)
            raise
        finally:
            browser.close()


def _visited(lesson: LessonPage, start_page: str, process: int) -> Memory:
    lesson.open(start_page)
    expect(lesson.page.locator(".jp-Notebook h1").first).to_contain_text("Start here")
    lesson.shut_down()
    lesson.open(f"{Path(start_page).parent}/{LESSON}")
    lesson.run_all()
    wrong = [one for one in lesson.outputs() if one["output_type"] == "error" or one.get("name") == "stderr"]
    if wrong:
        raise SystemExit(f"lesson 5 shows errors: {wrong}")
    view = lesson.cell("TangentExplorer(").locator(".adl-explorer")
    sentence = view.locator(".adl-explorer-sentence").inner_text()
    lesson.drag(view.locator("input[type=range]"), to=0.25)
    expect(view.locator(".adl-explorer-sentence")).not_to_have_text(sentence)
    cell = lesson.cell("exercise-5-2")
    verdict = cell.locator(".jp-OutputArea-output")
    lesson.type_and_run(cell, WRONG)
    expect(verdict).to_contain_text("incorrect", ignore_case=True)
    lesson.type_and_run(cell, RIGHT)
    expect(verdict).not_to_contain_text("incorrect", ignore_case=True)
    expect(verdict).to_contain_text("correct", ignore_case=True)
    return memory_of(process)


def _keep_picture(page: Page) -> None:
    folder = os.environ.get(ARTIFACTS)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder, "binder-rehearsal.png"))


if __name__ == "__main__":
    sys.exit(main())
