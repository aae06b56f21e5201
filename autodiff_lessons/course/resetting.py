"""`autodiff-lessons reset 5`: a lesson as it was on the first day; what the learner had made is kept beside it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from autodiff_lessons.course.lessons import all_pages, lesson_named
from autodiff_lessons.course.workcopy import DEFAULT_FOLDER, WorkingCopy, learner_notebooks
from autodiff_lessons.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons reset` takes."""
    parser.add_argument("lesson", help="its number, such as 5, or its file; 0 is the start page")
    parser.add_argument(
        "--dir", type=Path, default=DEFAULT_FOLDER, help="the folder with your notebooks (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Put a fresh copy of the lesson there; 2 where there is no such lesson, or the folder can't be written."""
    lesson = lesson_named(arguments.lesson, all_pages())
    folder = arguments.dir.expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(f"there is no folder {arguments.dir}; name yours with --dir")
    try:
        kept = WorkingCopy(folder).renew(lesson.file, learner_notebooks()[lesson.file], time.localtime())
    except OSError as error:
        raise UsageError(f"can't write into {arguments.dir} ({error.strerror or error})") from None
    if kept is None:
        print(f"{lesson.file} is as it was delivered.")
    else:
        print(f"{lesson.file} is new. Yours is kept as {kept}." if kept else f"{lesson.file} is new.")
        print("If it is open in JupyterLab, close its tab without saving, then open it again.")
    return 0
