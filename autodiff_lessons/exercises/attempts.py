"""What a learner has tried in this session.

One place: whoever wants to keep it for longer watches `record` and `hint_given`, the only two writers.
"""

from __future__ import annotations

from dataclasses import dataclass

from autodiff_lessons.exercises.outcome import Outcome


@dataclass
class Attempts:
    """One exercise's history: checked answers (an untouched stub is none), hints shown, the last outcome."""

    tries: int = 0
    hints: int = 0
    solved: bool = False
    latest: Outcome | None = None


_history: dict[str, Attempts] = {}


def of(exercise: str) -> Attempts:
    return _history.setdefault(exercise, Attempts())


def record(outcome: Outcome) -> None:
    """Note the outcome of running a check."""
    attempts = of(outcome.exercise)
    attempts.latest = outcome
    if outcome.status != "not attempted":
        attempts.tries += 1
    if outcome.status == "correct":
        attempts.solved = True


def hint_given(exercise: str) -> int:
    """Count one hint more and return how many it makes."""
    of(exercise).hints += 1
    return of(exercise).hints


def forget(exercise: str) -> None:
    """Start this exercise anew."""
    _history.pop(exercise, None)
