"""The engine of lesson 6 against the course's numbers, and against the course's own engine."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autodiff_lessons import value_and_grad
from autodiff_lessons.small_engine import (
    RecursiveVar,
    Var,
    backward,
    contributions,
    recursive_backward,
    topological_order,
)
from autodiff_lessons.small_engine.var import VALUES


def f(x: Any, y: Any) -> Any:
    return np.log(x) + x * y - np.sin(y)


# The forward pass


@pytest.mark.parametrize("op", VALUES)
def test_a_node_knows_its_value_and_where_it_came_from(op: str) -> None:
    inputs = (Var(2.0), Var(5.0))[: 2 if op in "+-*/" else 1]
    node = Var.apply(op, *inputs)
    assert node.value == VALUES[op](*[one.value for one in inputs])
    assert (node.op, node.parents, node.requires_grad, node.grad) == (op, inputs, True, 0.0)


def test_the_courses_function_runs_as_it_is() -> None:
    assert f(Var(2.0), Var(5.0)).value == f(2.0, 5.0) == pytest.approx(11.652071455223084, rel=1e-15)
    x = Var(1.5)
    assert np.exp(np.cos(x)).op == "exp"
    for number in (2, 2.0, np.float64(2.0)):
        made = [number + x, x + number, number - x, x - number, number * x, x * number, number / x, x / number]
        assert [node.value for node in made] == [3.5, 3.5, 0.5, -0.5, 3.0, 3.0, 2 / 1.5, 0.75]
        assert [node.parents.index(x) for node in made] == [1, 0, 1, 0, 1, 0, 1, 0]


def test_what_is_not_tracked_has_no_gradient() -> None:
    y = Var(5.0, requires_grad=False)
    assert (y.grad, np.sin(y).grad, np.sin(y).requires_grad) == (None, None, False)
    (x, constant) = (Var(2.0) * 3).parents
    assert (x.requires_grad, constant.requires_grad, constant.grad) == (True, False, None)
    assert repr(Var(3.0) * 2) == "Var(6, op='*', grad=0)"
    assert repr(y) == "Var(5, grad=None)"


# What a node sends


@pytest.mark.parametrize("op", VALUES)
def test_the_rules_are_those_of_the_courses_engine(op: str) -> None:
    point = (0.7, 1.9)[: 2 if op in "+-*/" else 1]
    node = Var.apply(op, *map(Var, point))
    _, slopes = value_and_grad(VALUES[op], tuple(range(len(point))))(*point)
    assert list(contributions(node, 3.0).values()) == pytest.approx([3 * float(slope) for slope in slopes], rel=1e-14)


def test_a_leaf_sends_nothing_and_nothing_goes_to_what_is_not_tracked() -> None:
    x, y = Var(2.0), Var(5.0, requires_grad=False)
    assert contributions(x, 1.0) == {}
    assert contributions(x * y, 1.0) == {x: 5.0}
    assert contributions(x + x, 1.0) == {x: 2.0}
    assert contributions(np.sin(y), None) == {}


# The recursive engine: the course's numbers


SLOPE = 2 * math.exp(3) - math.exp(1.5)
# An inner node (what is made of x first), what is made of it, x, the recursive engine's number, the true one
SHARED: list[tuple[Callable[[Any], Any], Callable[[Any], Any], float, float, float]] = [
    (lambda x: x * x, lambda a: a + a, 3.0, 24.0, 12.0),
    (lambda x: x * x, lambda a: a * a, 3.0, 216.0, 108.0),
    (lambda x: x * x, lambda a: (a + 1) + (2 * a), 3.0, 24.0, 18.0),
    (lambda x: x * x, lambda u: u * u + u, 2.0, 108.0, 36.0),
    (np.exp, lambda u: u * u - u, 1.5, 3 * SLOPE, SLOPE),
]


@pytest.mark.parametrize(("inner", "outer", "at", "wrong", "true"), SHARED)
def test_the_recursive_engine_is_wrong_where_an_inner_node_is_shared(
    inner: Callable[[Any], Any], outer: Callable[[Any], Any], at: float, wrong: float, true: float
) -> None:
    x = RecursiveVar(at)
    recursive_backward(outer(inner(x)))
    assert x.grad == pytest.approx(wrong, rel=1e-14)
    y = Var(at)
    backward(outer(inner(y)))
    assert y.grad == pytest.approx(true, rel=1e-14)


def test_the_numbers_of_e_2x_minus_e_x_as_the_course_prints_them() -> None:
    assert [round(3 * SLOPE, 2), round(SLOPE, 2)] == [107.07, 35.69]


def test_the_recursive_engine_is_right_on_f_once_and_shows_0_for_what_is_not_tracked() -> None:
    x, y = RecursiveVar(2.0), RecursiveVar(5.0, requires_grad=False)
    z = f(x, y)
    recursive_backward(z)
    assert (x.grad, y.grad) == (5.5, 0.0)
    recursive_backward(z)
    assert x.grad == 22.0


@pytest.mark.parametrize("doublings", [0, 1, 2, 3, 10])
def test_the_recursive_engine_calls_twice_as_often_with_each_doubling(doublings: int) -> None:
    y = RecursiveVar(3.0)
    for _ in range(doublings):
        y = y + y  # type: ignore[assignment]
    assert recursive_backward(y) == 2 ** (doublings + 1) - 1


# The order and the sweep


def test_each_node_comes_after_its_parents_and_once() -> None:
    x = Var(3.0)
    a = x * x
    out = a + (2 * a) * 5
    order = topological_order(out)
    assert order[-1] is out
    assert len(order) == len(set(order)) == 7
    assert all(order.index(parent) < order.index(node) for node in order for parent in node.parents)


def test_passes_add_up_at_the_leaves_only() -> None:
    x, y = Var(2.0), Var(5.0, requires_grad=False)
    z = f(x, y)
    backward(z)
    backward(z)
    assert (x.grad, y.grad) == (11.0, None)
    assert [node.grad for node in topological_order(z) if node.parents and node.requires_grad] == [0.0] * 4
    backward(x)
    assert x.grad == 12.0


def test_depth_and_sharing_cost_nothing() -> None:
    x = y = Var(3.0)
    for _ in range(60):
        y = y + y
    for _ in range(20_000):
        y = y + 1
    backward(y)
    assert x.grad == 2.0**60


def random_function(chance: random.Random) -> Callable[..., Any]:
    """A program of twelve operations that reuses its results at random; its values stay near 1."""
    steps = [(chance.choice(list(VALUES)), chance.random(), chance.random()) for _ in range(12)]

    def function(*inputs: Any) -> Any:
        made = list(inputs)
        for op, first, second in steps:
            a, b = made[int(first * len(made))], made[int(second * len(made))]
            if op in "+-*/":
                made.append(VALUES[op](a, 1.5 + np.sin(b)))
            else:
                made.append(VALUES[op](1.5 + 0.4 * np.sin(a)))
        return made[-1]

    return function


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_agree_with_the_courses_engine(seed: int) -> None:
    chance = random.Random(seed)
    function, point = random_function(chance), [chance.uniform(0.5, 2.0) for _ in range(3)]
    leaves = [Var(value) for value in point]
    out = function(*leaves)
    backward(out)
    value, gradients = value_and_grad(function, (0, 1, 2))(*point)
    assert out.value == pytest.approx(float(value), rel=1e-12)
    assert [leaf.grad for leaf in leaves] == pytest.approx([float(one) for one in gradients], rel=1e-9, abs=1e-12)
