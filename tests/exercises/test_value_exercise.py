"""The check of named values, on 5.2, 5.3 and an exercise of the tests' own."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from autodiff_lessons import Tensor
from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.value_exercise import ValueExercise

kinds = ValueExercise("99.5", "Kinds", hints=["One.", "Two."], takeaway="Done.")


@kinds.set_reference
def one_of_each() -> dict[str, Any]:
    return {"is_leaf": True, "grad": None, "cause": "outside the scope", "gradient": [12, 36]}


grows = ValueExercise(
    "99.6",
    "Growth",
    choices={"law": ("grows by 2", "doubles")},
    hints=["One.", "Two."],
    takeaway="Done.",
)


@grows.set_reference
def doubling() -> dict[str, Any]:
    return {"law": "doubles", "first": [1, 2, 4], "second": [2, 4, 8]}


@grows.wrong("by-two", "Look at the ratio.")
def adding() -> dict[str, Any]:
    return {"law": "grows by 2"}


@grows.wrong("one-too-early", "Begin one later.", by_item=True)
def one_too_early() -> dict[str, Any]:
    return {"first": [0.5, 1, 2], "second": [1, 2, 4]}


@pytest.mark.parametrize(
    ("change", "misconception", "told"),
    [
        ({"law": "grows by 2"}, "by-two", "`law = 'grows by 2'` is not right."),
        ({"law": " Grows BY 2. "}, "by-two", "`law = 'grows by 2'` is not right."),
        ({"law": "more"}, None, 'none of the answers. Choose one of `"grows by 2"`, `"doubles"`.'),
        ({"law": True}, None, "`law` is the truth value True, which is none of the answers."),
        ({"law": np.array(["a", "b"])}, None, "is none of the answers."),
        (one_too_early(), "one-too-early", "`first = [0.5, 1, 2]` is not right."),
        ({"first": [0.5, 1, 2]}, "one-too-early", "`first = [0.5, 1, 2]` is not right."),
        ({"second": [1, 2, 4]}, "one-too-early", "`second = [1, 2, 4]` is not right."),
        ({"first": [0.5, 1, 2], "second": [2, 4, 9]}, None, "`first = [0.5, 1, 2]` is not right."),
    ],
)
def test_choices_and_fields_that_are_wrong_on_their_own(
    change: dict[str, Any], misconception: str | None, told: str
) -> None:
    outcome = grows.check({**doubling(), **change})
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
    assert told in outcome.message


@pytest.mark.parametrize("law", ["doubles", "Doubles.", " doubles ", np.str_("doubles")])
def test_a_choice_may_be_written_with_capitals_and_a_full_stop(law: str) -> None:
    assert grows.check({**doubling(), "law": law}).status == "correct"


def test_every_name_open_is_not_attempted() -> None:
    for candidate in ({}, {"x1": ...}, {"x1": ..., "x2": ..., "loss": ...}):
        outcome = get("5.2").check(candidate)
        assert (outcome.status, outcome.misconception) == ("not attempted", None)
        assert outcome.message.endswith("Open: `x1`, `x2`, `loss`.")


def test_some_right_and_some_open_is_not_attempted() -> None:
    outcome = get("5.2").check({"x1": 6, "x2": ...})
    assert outcome.status == "not attempted"
    assert outcome.message == "Right so far. Still open: `x2`, `loss`."


def test_a_wrong_one_is_told_before_the_open_ones() -> None:
    outcome = get("5.3").check({"grad_x1_w": 3, "dloss_dw": ...})
    assert (outcome.status, outcome.misconception) == ("incorrect", "own-value-as-slope")
    assert outcome.message.startswith("`grad_x1_w = 3` is not right.\n")
    assert outcome.message.endswith("Still open: `grad_loss_x2`, `grad_x2_x1`, `grad_x2_b`, `dloss_dw`, `dloss_db`.")


def test_the_first_in_the_chain_is_told_first() -> None:
    right = get("5.3").reference
    outcome = get("5.3").check({**right, "dloss_dw": 4, "grad_loss_x2": -1})
    assert outcome.misconception == "sign-of-the-error-ignored"
    assert "Begin with this one; `dloss_dw` may follow from it." in outcome.message


@pytest.mark.parametrize(
    ("change", "misconception"),
    [
        ({"grad_loss_x2": -1, "dloss_dw": -2, "dloss_db": -1}, "sign-of-the-error-ignored"),
        ({"grad_loss_x2": ..., "dloss_dw": -2, "dloss_db": -1}, "sign-of-the-error-ignored"),
        ({"dloss_dw": -2, "dloss_db": -1}, None),
        ({"dloss_dw": 4}, "adds-along-a-path"),
        ({"dloss_dw": 5}, None),
        ({"grad_x1_w": 3, "dloss_dw": 3}, "own-value-as-slope"),
        ({"dloss_dw": 3}, None),
        ({"grad_loss_x2": 1.00001}, None),
    ],
)
def test_a_misconception_fits_all_the_values_it_speaks_of(change: dict[str, Any], misconception: str | None) -> None:
    outcome = get("5.3").check({**get("5.3").reference, **change})
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)


@pytest.mark.parametrize(
    ("candidate", "told"),
    [
        ({"x1": "6"}, "`x1` is text where a number is needed."),
        ({"x1": (6,)}, "`x1` is a tuple of one value where a number is needed."),
        ({"x1": None}, "`x1` is None where a number is needed."),
        ({"x1": [0] * 10_000_000}, "`x1` is a list of 10000000 values where a number is needed."),
        ({"x1": 6, "los": 3}, "`los` is not asked for here. Did you mean `loss`? The names are `x1`, `x2`, `loss`."),
        ((6, 7, 3), 'Give each value with its name, as in `answer("5.2", x1=..., x2=..., loss=...)`; this is a tuple'),
        (lambda: 6, "this is a function."),
    ],
)
def test_what_is_told(candidate: Any, told: str) -> None:
    outcome = get("5.2").check(candidate)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)
    assert told in outcome.message
    assert len(outcome.message) < 400


def test_values_of_every_make() -> None:
    for six in (6, 6.0, np.float32(6), np.array(6), Tensor(6.0, requires_grad=True), 6 + 1e-9):
        assert get("5.2").check({"x1": six, "x2": 7, "loss": 3}).status == "correct"


class Looping:
    def __float__(self) -> float:
        while True:
            pass


class Failing:
    def __float__(self) -> float:
        raise OSError("gone")


def test_a_value_with_code_of_its_own_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get("5.2"), "seconds", 0.2)
    begun = time.monotonic()
    assert "did not end within 0.2 seconds" in get("5.2").check({"x1": Looping()}).message
    assert time.monotonic() - begun < 2
    assert "Reading your values stopped with OSError: gone" in get("5.2").check({"x1": Failing()}).message


def test_answers_that_are_no_numbers() -> None:
    right = one_of_each()
    assert kinds.check(right).status == "correct"
    assert kinds.check({**right, "gradient": np.array([12.0, 36.0]), "is_leaf": np.bool_(True)}).status == "correct"
    for wrong in ({"is_leaf": False}, {"grad": 0.0}, {"cause": "an integer"}, {"gradient": [12, 6]}):
        (name,) = wrong
        outcome = kinds.check({**right, **wrong})
        assert outcome.status == "incorrect"
        assert outcome.message.startswith(f"`{name} = ")
    assert "`is_leaf` is one number where True or False is needed" in kinds.check({**right, "is_leaf": 1}).message


def test_the_stub_comes_from_the_reference() -> None:
    assert kinds.stub == 'answer("99.5", is_leaf=..., grad=..., cause=..., gradient=...)\n'
    assert kinds.solution == 'answer("99.5", is_leaf=True, grad=None, cause="outside the scope", gradient=[12, 36])\n'
    assert get("5.3").stub.splitlines()[:3] == ["answer(", '    "5.3",', "    grad_loss_x2=...,"]
