"""A table of values is judged cell by cell."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff_lessons.exercises.table_exercise import TableExercise

table = TableExercise(
    "99.9",
    "Two rows",
    columns=("even", "half", "word"),
    read={"word": lambda word: word.strip().lower() if isinstance(word, str) else word},
    hints=["One.", "Two."],
    takeaway="Done.",
)


@table.set_reference
def two_rows() -> dict[str, Any]:
    return {"four": (True, 2.0, "Four"), "seven": (False, None, "seven")}


@table.wrong("halves-anyway", "An odd number has no half here.")
def half_of_seven() -> dict[str, Any]:
    return {"seven": (False, 3.5, "seven")}


@table.wrong("evens-out", "Look at the last digit.")
def all_even() -> dict[str, Any]:
    return {"four": (True, 2.0, "four"), "seven": (True, 3.5, "seven")}


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {"four": [True, 2, " four "]},
        {"seven": (False, None, "SEVEN")},
    ],
)
def test_right_rows(rows: dict[str, Any]) -> None:
    assert table.check({**two_rows(), **rows}).status == "correct"


@pytest.mark.parametrize(
    ("rows", "misconception", "told"),
    [
        ({"seven": (False, 3.5, "seven")}, "halves-anyway", "`seven.half = 3.5` is not right.\n"),
        ({"seven": (True, None, "seven")}, "evens-out", "`seven.even = True` is not right.\n"),
        (all_even(), "evens-out", "`seven.even = True` is not right. Begin with this one; `seven.half` may follow"),
        ({"seven": (True, 0.5, "seven")}, None, "`seven.even = True` is not right."),
        ({"four": (True, 3, "four"), "seven": (False, 3.5, "seven")}, None, "`four.half = 3` is not right."),
        ({"four": (True, None, "four")}, None, "`four.half` is None where a number is needed."),
        ({"four": (True, 2)}, None, "`four` is a tuple of two values. Give three values in parentheses: `even`, "),
        ({"four": True}, None, "`four` is the truth value True. Give three values in parentheses"),
    ],
)
def test_wrong_cells(rows: dict[str, Any], misconception: str | None, told: str) -> None:
    outcome = table.check({**two_rows(), **rows})
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
    assert outcome.message.startswith(told)


def test_a_row_with_an_open_cell_is_open() -> None:
    assert table.check({"four": (True, 2, "four"), "seven": (False, ..., "seven")}).message == (
        "Right so far. Still open: `seven`."
    )
    assert table.check({"four": (True, ..., "four"), "seven": (..., ..., ...)}).status == "not attempted"


def test_a_cell_of_the_wrong_kind_is_recognised_too() -> None:
    @table.wrong("in-words", "Write a number.")
    def in_words() -> dict[str, Any]:
        return {"four": (True, "two", "four")}

    outcome = table.check({**two_rows(), "four": (True, "two", "four")})
    assert outcome.misconception == "in-words"
    assert outcome.message == "`four.half` is text where a number is needed.\nWrite a number."
