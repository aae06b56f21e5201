"""Every exercise of the course by its id. A lesson's file or folder is read when one of its exercises is asked for."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Sequence

from autodiff_lessons.errors import ExerciseError
from autodiff_lessons.exercises.base import Exercise

_PACKAGE = "autodiff_lessons.exercises"
_FILE = "lesson_"


def get(exercise: str) -> Exercise:
    """Find an exercise. ExerciseError with the ids nearby where the course has none of this id."""
    if not isinstance(exercise, str):
        raise ExerciseError(f'An exercise is named by its id in quotes, such as "5.2"; this is {exercise!r:.60}.')
    wanted = exercise.strip()
    lesson = wanted.partition(".")[0]
    lesson = lesson.zfill(2) if lesson.isdecimal() else ""
    found = _lesson(lesson) if lesson in _lessons() else {}
    if wanted not in found:
        raise ExerciseError(f'There is no exercise "{wanted:.60}". {_nearby(lesson)}')
    return found[wanted]


def all_exercises() -> list[Exercise]:
    """List every exercise, in the order of the ids."""
    return [exercise for lesson in _lessons() for exercise in _lesson(lesson).values()]


@functools.cache
def _lessons() -> tuple[str, ...]:
    """The numbers of the lessons that have exercises, as in the files' names: "05"."""
    folder = importlib.import_module(_PACKAGE).__path__
    names = sorted(file.name for file in pkgutil.iter_modules(folder))
    return tuple(name.removeprefix(_FILE) for name in names if name.startswith(_FILE))


@functools.cache
def _lesson(lesson: str) -> dict[str, Exercise]:
    module = importlib.import_module(f"{_PACKAGE}.{_FILE}{lesson}")
    exercises = [value for value in vars(module).values() if isinstance(value, Exercise)]
    return {exercise.id: exercise for exercise in sorted(exercises, key=_place)}


def _place(exercise: Exercise) -> list[int]:
    return [int(part) for part in exercise.id.split(".")]


def _nearby(lesson: str) -> str:
    if lesson in _lessons():
        return f"Lesson {int(lesson)} has {_listed(list(_lesson(lesson)))}."
    return f"There are exercises in {_listed([f'lesson {int(number)}' for number in _lessons()])}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
