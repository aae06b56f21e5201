"""Lesson 6: the course's numbers, and answers that sit on the edge of what a check tells apart."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autodiff_lessons.exercises import get
from autodiff_lessons.small_engine import RecursiveVar, Var, contributions, recursive_backward, topological_order

# (exercise, wrong answer, what its message shows): the numbers of the course
SHOWN = [
    ("6.1", "last_arrow_only", "formula = 'a + a', inputs = (2,), upstream = 1` gave `{'a': 1}`"),
    ("6.4", "the_recursive_engine", "graph = 'a + a, a = x * x', x = 3` gave `24`"),
    ("6.4", "visited_set_only", "graph = '(a + 1) + (2 * a), a = x * x', x = 3` gave `6`"),
    ("6.4", "level_by_level", "graph = 'a + (2 * a) * 5, a = x * x', x = 3` gave `6`"),
    ("6.4", "recursive_order", "graph = 'y = y + x, 3000 times', x = -3` called itself"),
    ("6.5", "grads_of_the_last_pass", "outputs = ('f', 'f'), x = 2, y = 5` gave `(22, "),
    ("6.5", "everything_zeroed", "outputs = ('f', 'f'), x = 2, y = 5` gave `(5.5, "),
]


@pytest.mark.parametrize(("exercise", "name", "shown"), SHOWN)
def test_the_smallest_graph_that_fails_is_shown(exercise: str, name: str, shown: str) -> None:
    found: Any = get(exercise)
    (code,) = [wrong.code for wrong in found.wrong_answers if wrong.code.__name__ == name]
    assert shown in found.check(code).message


def test_the_truths_of_the_battery() -> None:
    one, two = (get(exercise) for exercise in ("6.4", "6.5"))
    assert [one._truth(place) for place in range(4)] == [12.0, 18.0, 66.0, 3001.0]  # type: ignore[attr-defined]
    assert [two._truth(place)[0] for place in range(2)] == [5.5, 11.0]  # type: ignore[attr-defined]


def test_the_answers_of_6_3_come_from_the_engine_itself() -> None:
    x = RecursiveVar(3.0)
    a = x * x
    recursive_backward(a + a)
    assert get("6.3").reference["x_grad"] == x.grad
    y = RecursiveVar(3.0)
    for _ in range(12):
        y = y + y  # type: ignore[assignment]
    assert get("6.3").reference["calls"] == (recursive_backward(y) + 1) * 2**8 - 1


def test_a_count_is_exact() -> None:
    for calls, status in (
        (2**21 - 1, "correct"),
        (2.0**21 - 1, "correct"),
        (2**21, "incorrect"),
        (2**21 - 2, "incorrect"),
    ):
        assert get("6.3").check({**get("6.3").reference, "calls": calls}).status == status


def with_rules(**changed: Callable[..., list[float]]) -> Any:
    """A solution of 6.1 with other rules for the functions of one input."""

    def code(node: Var, upstream: float) -> dict[Var, float]:
        if node.op in changed:
            return {node.parents[0]: upstream * changed[node.op](node.value, node.parents[0].value)[0]}
        return contributions(node, upstream)

    return code


def test_two_mistakes_in_6_1_are_told_one_by_one() -> None:
    def sine(out: float, a: float) -> list[float]:
        return [2 * out / a]

    def cosine(out: float, a: float) -> list[float]:
        return [(1 - out**2) ** 0.5]

    def exponential(out: float, a: float) -> list[float]:
        return [a]

    assert get("6.1").check(with_rules(cos=cosine, exp=exponential)).misconception == "cosine-sign"
    assert get("6.1").check(with_rules(exp=exponential)).misconception == "exp-of-input"
    assert get("6.1").check(with_rules(sin=sine, exp=exponential)).misconception is None


def as_generator(node: Var, upstream: float) -> Iterator[Any]:
    for parent in node.parents:
        yield parent, contributions(node, upstream)[parent] / node.parents.count(parent)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (lambda node, upstream: list(as_generator(node, upstream)), None),
        (lambda node, upstream: as_generator(node, upstream), None),
        (lambda node, upstream: [upstream for _ in node.parents], "a list of two values where a dict is needed"),
        (lambda node, upstream: [], "a list of zero values where a dict is needed"),
        (lambda node, upstream: None, None),
        (
            lambda node, upstream: {parent.value: upstream for parent in node.parents},
            "gave a dict with the key 2. Its keys are the nodes",
        ),
        (lambda node, upstream: {parent: parent for parent in node.parents}, "a Var where a number is needed"),
    ],
)
def test_the_shapes_that_6_1_takes(code: Any, told: str | None) -> None:
    outcome = get("6.1").check(code)
    assert outcome.status in ("incorrect" if told else ("correct", "not attempted"))
    assert (told or "") in outcome.message


def test_recursion_with_a_raised_limit_is_accepted_and_the_limit_restored() -> None:
    def recursive(out: Var) -> None:
        sys.setrecursionlimit(10_000)
        order: list[Var] = []
        met = set()

        def visit(node: Var) -> None:
            if node not in met:
                met.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(out)
        out.grad = 1.0
        for node in reversed(order):
            for parent, sent in contributions(node, node.grad).items():
                parent.grad += sent

    before = sys.getrecursionlimit()
    assert get("6.4").check(recursive).status == "correct"
    assert sys.getrecursionlimit() == before


def test_an_endless_recursion_is_not_taken_for_a_deep_graph() -> None:
    def endless(out: Var) -> None:
        endless(out)

    outcome = get("6.4").check(endless)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)


def test_6_4_takes_a_backward_that_clears_its_leaves_and_6_5_does_not() -> None:
    def clears(out: Var) -> None:
        order = topological_order(out)
        for node in order:
            node.grad = 0.0
        out.grad = 1.0
        for node in reversed(order):
            for parent, sent in contributions(node, node.grad).items():
                parent.grad += sent

    assert get("6.4").check(clears).status == "correct"
    assert get("6.5").check(clears).misconception == "leaves-start-anew"
