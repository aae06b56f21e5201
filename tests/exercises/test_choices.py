"""A field that is chosen from a few texts."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff_lessons.exercises.value_exercise import ValueExercise

chosen = ValueExercise(
    "99.6", "Choose", choices={"mode": ("forward", "reverse mode")}, hints=["One.", "Two."], takeaway="Done."
)


@chosen.set_reference
def reverse() -> dict[str, Any]:
    return {"passes": 1, "mode": "reverse mode"}


@chosen.wrong("forward", "That needs a pass for each input.")
def forward() -> dict[str, Any]:
    return {"mode": "forward"}


@pytest.mark.parametrize("written", ["reverse mode", "Reverse mode", " REVERSE-MODE. ", "reverse_mode"])
def test_capitals_spaces_and_punctuation_make_no_difference(written: str) -> None:
    assert chosen.check({"passes": 1, "mode": written}).status == "correct"


def test_a_wrong_choice_is_recognised() -> None:
    outcome = chosen.check({"passes": 1, "mode": "Forward!"})
    assert (outcome.status, outcome.misconception) == ("incorrect", "forward")
    assert outcome.message == "`mode = 'forward'` is not right.\nThat needs a pass for each input."


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("backwards", "'backwards'"),
        ("forward or reverse mode", "'forward or"),
        ("", "''"),
        (None, "None"),
        (2, "one number"),
        (["forward"], "a list"),
    ],
)
def test_what_is_no_choice_is_told_the_choices(written: Any, shown: str) -> None:
    outcome = chosen.check({"passes": 1, "mode": written})
    assert (outcome.status, outcome.misconception) == ("incorrect", None)
    assert outcome.message.startswith(f"`mode` is {shown}")
    assert 'is none of the answers. Choose one of `"forward"`, `"reverse mode"`.' in outcome.message


def test_the_other_fields_are_judged_as_ever() -> None:
    assert chosen.check({"passes": ..., "mode": "reverse mode"}).status == "not attempted"
    assert chosen.check({"passes": 1, "mode": ...}).status == "not attempted"
    assert "`passes = 2` is not right." in chosen.check({"passes": 2, "mode": "reverse mode"}).message
