"""The check of code whose result is a formula: compared by values and by length, on an exercise of the tests' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autodiff_lessons.exercises.formula_trees import Const, Div, Mul, Var
from autodiff_lessons.exercises.formula_values import values_at
from autodiff_lessons.exercises.function_exercise import FunctionExercise

x, y = Var("x"), Var("y")

shorter = FunctionExercise(
    "99.5",
    "Shorter",
    probes=[(x + 0,), (y * 1,), (0 / x,)],
    compared=values_at([{"x": 2.0, "y": 3.0}, {"x": 0.0, "y": -1.0}], no_longer_than=lambda tree: without_zero(tree)),
    seconds=0.4,
    hints=["Think.", "Think again."],
    takeaway="Shorter.",
)


@shorter.set_reference
def without_zero(tree: Any) -> Any:
    return tree if isinstance(tree, Div) else tree.left


@shorter.wrong("zero-over-x", "Zero over zero is nothing.", by_probe=True)
def zero_for_the_quotient(tree: Any) -> Any:
    return 0 if isinstance(tree, Div) else tree.left


@shorter.wrong("one-stays", "What does the one do?", by_probe=True)
def one_stays(tree: Any) -> Any:
    return tree


@shorter.wrong("endless", "Where does it end?", by_probe=True, endless=True)
def never(tree: Any) -> Any:
    while True:
        pass


@pytest.mark.parametrize(
    ("honest"),
    [
        without_zero,
        lambda tree: tree if isinstance(tree, Div) else Var(str(tree.inputs[0])),
        lambda tree: tree.formula if isinstance(tree, Div) else tree.left.formula,
        lambda tree: Div(Const(0.0), x) if isinstance(tree, Div) else tree.left,
    ],
)
def test_every_form_of_a_formula_is_accepted(honest: Callable[..., Any]) -> None:
    assert shorter.check(honest).status == "correct"


@pytest.mark.parametrize(
    ("given", "misconception", "told"),
    [
        (lambda tree: tree.left * 2, None, "gave `x*2`. At `x = 2` that is `4`."),
        (lambda tree: 3, None, "gave `3`. At `x = 2` that is `3`."),
        (lambda tree: 1 / (tree.left - 2), None, "gave `1/(x - 2)`. At `x = 2` that has no value."),
        (lambda tree: Var("z"), None, "gave `z`. Where does its variable `z` come from?"),
        (
            lambda tree: tree.left + 0 + 0,
            None,
            "gave `x + 0 + 0`. Its values are right, but it is longer",
        ),
        (lambda tree: [tree], None, "gave `[x + 0]`, a list of one value where a formula is needed."),
        (lambda tree: "x", None, "gave `'x'`, text where a formula is needed."),
        (lambda tree: True, None, "the truth value True where a formula is needed."),
        (lambda tree: None if isinstance(tree, Div) else tree.left, None, "gave None where a formula is needed."),
        (zero_for_the_quotient, "zero-over-x", "gave `0`. At `x = 0` that is `0`, but what it was made from has no"),
        # Every probe that fails has to show a misconception.
        (lambda tree: 1 / 0 if isinstance(tree, Div) else tree, None, "gave `x + 0`. Its values are right"),
        (lambda tree: 0 if isinstance(tree, Div) else tree, "one-stays", "gave `x + 0`. Its values are right"),
        (lambda tree: tree.left if tree == x + 0 else 0, None, "gave `0`. At `y = 3` that is `0`."),
        (never, "endless", "was still running after 0.4 seconds"),
        (lambda tree: tree.left if tree == x + 0 else never(tree), "endless", "(y*1)` was still running"),
    ],
)
def test_what_is_told_of_a_formula(given: Callable[..., Any], misconception: str | None, told: str) -> None:
    outcome = shorter.check(given)
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
    assert told in outcome.message


def test_a_formula_with_a_stub_in_it_is_not_attempted() -> None:
    for unfinished in (lambda tree: ..., lambda tree: tree + ..., lambda tree: Mul(tree, ...), lambda tree: ... * tree):
        assert shorter.check(unfinished).status == "not attempted"


def test_the_line_is_never_one_that_a_dataclass_generates() -> None:
    def deeper(tree: Any) -> Any:
        return deeper(Mul(tree, tree))

    assert f", on line {deeper.__code__.co_firstlineno + 1}: `return deeper(" in shorter.check(deeper).message
    told = shorter.check(lambda tree: Mul(tree, None)).message
    assert (
        "stopped with NodeError: A tree is made of nodes and numbers; None (is a `return` missing?) is neither, on"
        in told
    )
