"""Values that need not be exact, on an exercise of the tests' own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autodiff_lessons.exercises.estimates import read_as
from autodiff_lessons.exercises.value_exercise import ValueExercise


def size(number: float) -> str:
    return "small" if abs(number) < 1 else "large"


rough = ValueExercise(
    "99.6",
    "Rough values",
    hints=["One.", "Two."],
    takeaway="Done.",
    compare={"h": read_as(size)},
    choices={"error": ("round-off", "truncation", "none")},
)


@rough.set_reference
def roughly() -> dict[str, Any]:
    return {"h": 0.1, "error": "round-off", "slope": 2.0}


@rough.wrong("too-large", "Take a smaller one.")
def large() -> dict[str, Any]:
    return {"h": 100.0}


@rough.wrong("other-error", "That is the other one.")
def other() -> dict[str, Any]:
    return {"error": "truncation"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"h": 0.9},
        {"h": np.float32(-0.3)},
        {"h": np.array(0)},
        {"error": "Round off"},
        {"error": " ROUNDOFF errors"},
        {"error": "round_off error"},
    ],
)
def test_what_stands_for_the_same_is_correct(change: dict[str, Any]) -> None:
    assert rough.check({**roughly(), **change}).status == "correct"


@pytest.mark.parametrize(
    ("change", "misconception", "told"),
    [
        ({"h": 3}, "too-large", "`h = 3` is not right."),
        ({"h": 3, "error": "Truncation"}, "too-large", "Begin with this one; `error` may follow from it."),
        ({"error": "Truncation"}, "other-error", "`error = 'truncation'` is not right."),
        ({"error": "none"}, None, "`error = 'none'` is not right."),
        (
            {"error": "rounding"},
            None,
            "`error` is 'rounding', which is none of the answers.",
        ),
        ({"error": 3}, None, "`error` is one number, which is none of the answers."),
        ({"h": "0.1"}, None, "`h` is text where a number is needed."),
        ({"h": [0.1]}, None, "`h` is a list of one value where a number is needed."),
        ({"slope": 2.1}, None, "`slope = 2.1` is not right."),
    ],
)
def test_what_is_told(change: dict[str, Any], misconception: str | None, told: str) -> None:
    outcome = rough.check({**roughly(), **change})
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
    assert told in outcome.message
