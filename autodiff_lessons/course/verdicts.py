"""What `autodiff-lessons check` puts between a learner's cells: it runs in the notebook's kernel."""

from __future__ import annotations

import os
import sys
from typing import Any

from IPython.display import display

from autodiff_lessons import exercises
from autodiff_lessons.exercises.outcome import Outcome

PRINTED_CHARACTERS = 100_000


class Brief:
    """A stream that drops what goes beyond its room: an endless loop that prints would fill the memory otherwise."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._room = PRINTED_CHARACTERS

    @property
    def full(self) -> bool:
        return self._room < 0

    def write(self, text: str) -> int:
        if self._room > 0:
            self._stream.write(text[: self._room])
            self._room -= len(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def prepare(folder: str) -> None:
    """Work where the learner's notebook is, and print no more than a hundred thousand characters in all."""
    os.chdir(folder)
    sys.stdout, sys.stderr = Brief(sys.stdout), Brief(sys.stderr)


def show(exercise: str) -> None:
    """Display the latest verdict on an exercise, for nbval to compare with that on its reference."""
    outcome = exercises.latest(exercise)
    if outcome is not None:
        display(verdict(outcome), raw=True)


def verdict(outcome: Outcome) -> dict[str, Any]:
    """What is compared of an outcome, as a notebook's output data."""
    judged = {"status": outcome.status, "misconception": outcome.misconception, "message": outcome.message}
    return {"application/json": judged, "text/plain": outcome.message}
