"""The lessons of the course, read from the notebooks themselves: number, title, time, file."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autodiff_lessons.course.workcopy import learner_notebooks
from autodiff_lessons.errors import UsageError

_TITLE = re.compile(r"^# (?:(\d+)\. )?(.+)$", re.MULTILINE)
_MINUTES = re.compile(r"\*\*Time\.\*\* (\d+) minutes")
_DO = re.compile(r"\*\*What you will do\.\*\* (.+)")


@dataclass(frozen=True)
class Lesson:
    """One notebook of the course; the start page has the number 0."""

    number: int
    title: str
    minutes: int
    do: str
    file: str


@functools.cache
def lessons() -> tuple[Lesson, ...]:
    """Every lesson in order, without the start page; empty where this installation has no notebooks."""
    return tuple(lesson for lesson in all_pages() if lesson.number)


@functools.cache
def all_pages() -> tuple[Lesson, ...]:
    """The start page, then every lesson."""
    try:
        notebooks = learner_notebooks()
    except UsageError:
        return ()
    pages = []
    for name, content in notebooks.items():
        text = "\n".join("".join(cell["source"]) for cell in json.loads(content)["cells"][:4])
        title, minutes, do = _TITLE.search(text), _MINUTES.search(text), _DO.search(text)
        if title and minutes:
            pages.append(Lesson(int(title[1] or 0), title[2], int(minutes[1]), do[1] if do else "", name))
    return tuple(pages)


def lesson_named(word: str, pages: Sequence[Lesson]) -> Lesson:
    """The page of this number ("5") or file ("05_read_computation_graphs.ipynb"). UsageError where there is none."""
    name = Path(word).name.removesuffix(".ipynb")
    for page in pages:
        if name == page.file.removesuffix(".ipynb") or (name.isdecimal() and int(name) == page.number):
            return page
    numbers = ", ".join(str(page.number) for page in pages)
    raise UsageError(f"there is no lesson {word!r}; the lessons are {numbers}")
