"""`autodiff-lessons progress`: what a learner has done, in a terminal."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from autodiff_lessons.course.workcopy import DEFAULT_FOLDER
from autodiff_lessons.errors import ProgressError, UsageError
from autodiff_lessons.logbook import store


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons progress` takes."""
    parser.add_argument(
        "--dir", type=Path, default=DEFAULT_FOLDER, help="the folder with your notebooks (default: %(default)s)"
    )
    parser.add_argument("--export", action="store_true", help="print it as a short text, to bring it along")
    parser.add_argument("--import", dest="text", metavar="TEXT", help="add the progress of such a text")


def run(arguments: argparse.Namespace) -> int:
    """Print the state of every exercise, or the text that stands for it."""
    folder = arguments.dir if (arguments.dir / store.FOLDER).is_dir() else Path.cwd()
    if not (folder / store.FOLDER).is_dir():
        raise UsageError(
            f"{arguments.dir} holds no notebooks that the course has put there; name their folder with --dir, or run "
            "`autodiff-lessons lab` first"
        )
    os.environ[store.VARIABLE] = str(folder / store.FOLDER / store.NAME)

    from autodiff_lessons.logbook import calls, code  # noqa: PLC0415

    if arguments.text is not None:
        try:
            print(f"{calls.add(code.imported(arguments.text))} exercises were added.")
        except ProgressError as error:
            raise UsageError(str(error)) from None
    table = calls.progress()
    print(code.exported(table.progress) if arguments.export else table)
    return 0
