"""For authors: make both editions of each lesson from notebooks/source, or say which are stale."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import autodiff_lessons
from autodiff_lessons.classroom.sharing import VARIABLE as CLASS
from autodiff_lessons.errors import UsageError
from autodiff_lessons.logbook.store import VARIABLE as PROGRESS

SOURCES = Path("notebooks/source")
TOOLS = ("jupytext", "nbclient")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `autodiff-lessons build`."""
    parser.add_argument("--check", action="store_true", help="write nothing; name each stale notebook and exit 1")
    parser.add_argument("--only", metavar="NN", help="just the lesson with this number, such as 05")


def run(arguments: argparse.Namespace) -> int:
    """Build every lesson of the repository in the current folder; 0 if all is up to date now, 1 if something failed."""
    root = Path.cwd()
    if not (root / SOURCES).is_dir():
        raise UsageError(f"there is no {SOURCES} here: run it from the root of the course's repository")
    if not Path(autodiff_lessons.__file__).is_relative_to(root):
        raise UsageError("the autodiff_lessons that runs is not this repository's: pip install -e '.[test]'")
    try:
        from autodiff_lessons.course import making  # noqa: PLC0415 - authors' tools, not installed with the course
    except ModuleNotFoundError as error:
        if error.name not in TOOLS:
            raise
        raise UsageError(f"{error.name} is missing: pip install -e '.[test]'") from None
    # What the authors' kernels do is nobody's progress, and of no interest to a class.
    os.environ.update({PROGRESS: "off", CLASS: "off"})
    lessons = making.targets_in(root, only=arguments.only)
    if not lessons:
        raise UsageError(f"{SOURCES} has no lesson" + (f" {arguments.only}" if arguments.only else ""))
    problems = making.stale(root, lessons) if arguments.check else making.make(root, lessons, say=print)
    if arguments.only is None:
        problems |= making.orphans(root, lessons)
    for path, problem in sorted(problems.items()):
        first, *others = problem.splitlines()
        print(f"{path}: {first}", *(f"    {line}" for line in others), sep="\n", file=sys.stderr)
    if problems:
        advice = "run `autodiff-lessons build` and commit what it writes" if arguments.check else "see above"
        print(f"{len(problems)} of {len(lessons)} notebooks are not as they should be: {advice}", file=sys.stderr)
        return 1
    print(f"{len(lessons)} notebooks are up to date")
    return 0
