"""Exercises that check themselves: running the cell is the check.

@exercise("5.4")                      over the learner's function
answer("5.2", x1=6, x2=7, loss=...)   for values
get("5.4").check(candidate)           for tools and tests: an Outcome, nothing displayed
"""

from __future__ import annotations

from autodiff_lessons.exercises.catalogue import all_exercises, get
from autodiff_lessons.exercises.notebook import (
    answer,
    exercise,
    forget,
    graph_question,
    hint,
    latest,
    require_correct,
    reset,
    solution,
    use_mine,
    use_reference,
)
from autodiff_lessons.exercises.outcome import Outcome

__all__ = [
    "Outcome",
    "all_exercises",
    "answer",
    "exercise",
    "forget",
    "get",
    "graph_question",
    "hint",
    "latest",
    "require_correct",
    "reset",
    "solution",
    "use_mine",
    "use_reference",
]
