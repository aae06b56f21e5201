"""Tell a learner or an instructor which exercises of a filled-in notebook pass."""

from __future__ import annotations

import argparse
import importlib.util
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autodiff_lessons.course.files import text_of
from autodiff_lessons.errors import UsageError

CELL_SECONDS = 60.0
MESSAGE_CHARACTERS = 300


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons check` takes."""
    parser.add_argument("notebook", type=Path, help="the filled-in notebook; it is only read")
    parser.add_argument(
        "--timeout", type=float, default=CELL_SECONDS, metavar="SECONDS", help="for each cell (default: %(default)g)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a line an exercise and a summary; 0 if every exercise is correct, 1 if one is not."""
    missing = [name for name in ("pytest", "nbval") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"{' and '.join(missing)} missing: in the course's folder, pip install '.[check]'")
    if arguments.timeout <= 0:
        raise UsageError(f"--timeout {arguments.timeout:g}: give a number of seconds above 0")
    notebook = read(arguments.notebook)

    from autodiff_lessons.course import grading  # noqa: PLC0415
    from autodiff_lessons.course.answers import Answers  # noqa: PLC0415

    if not Answers.of(notebook).names:
        raise UsageError(f"{arguments.notebook} has no exercise in it: no @exercise(...) and no answer(...)")
    try:
        results = grading.graded(notebook, arguments.notebook.resolve().parent, arguments.timeout)
    except grading.CouldNotGrade as error:
        raise UsageError(f"{arguments.notebook} could not be run:\n{error}") from None
    names, titles = (max(map(len, column)) for column in zip(*((r.exercise, r.title) for r in results), strict=True))
    for result in results:
        message = " ".join(result.message.split())
        if len(message) > MESSAGE_CHARACTERS:
            message = message[: MESSAGE_CHARACTERS - 4] + " ..."
        print(f"{result.exercise:{names}}  {result.title:{titles}}  {result.outcome:13}  {message}".rstrip())
    passed = sum(result.passed for result in results)
    print(f"{passed} of {len(results)} exercises are correct.")
    return 0 if passed == len(results) else 1


def read(path: Path) -> NotebookNode:
    """Read a notebook of any version of the format, without writing to it."""
    text = text_of(path, "a notebook")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # older notebooks have cells without ids, which do not matter here
            notebook: NotebookNode = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook)
    except Exception as error:  # JSON's, nbformat's and the schema's errors have no common parent
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UsageError(f"{path} is not a notebook: {reason[:200]}") from None
    return notebook
