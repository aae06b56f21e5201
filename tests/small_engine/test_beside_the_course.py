"""A learner's backward beside the course's, on one graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autodiff_lessons import GraphView, Tensor
from autodiff_lessons.exercises.lesson_06 import one_backward
from autodiff_lessons.small_engine import (
    RecursiveVar,
    Var,
    as_tensors,
    backward,
    contributions,
    cotangents_by,
    cotangents_by_the_course,
    recursive_backward,
    to_tensor,
    topological_order,
)


def f(x: Any, y: Any) -> Any:
    return np.log(x) + x * y - np.sin(y)


def unequal_paths(x: Any) -> Any:
    a = x * x
    return a + (2 * a) * 5


@pytest.mark.parametrize("engine", [backward, one_backward.reference, *one_backward.alternatives])
def test_a_right_engine_agrees_with_the_course_at_every_node(engine: Any) -> None:
    for z in (f(Var(2.0), Var(5.0)), f(Var(2.0), Var(5.0, requires_grad=False)), unequal_paths(Var(3.0))):
        mine, truth = cotangents_by(engine, z), cotangents_by_the_course(z)
        assert list(mine) == list(truth) == topological_order(z)
        for node in mine:
            if truth[node] is None:
                assert mine[node] is None
            else:
                assert mine[node] == pytest.approx(truth[node], rel=1e-14)


def test_the_numbers_of_f() -> None:
    x, y = Var(2.0), Var(5.0)
    z = f(x, y)
    truth = cotangents_by_the_course(z)
    assert (truth[x], truth[y]) == (5.5, pytest.approx(1.7163378145367738, rel=1e-15))
    assert [truth[node] for node in topological_order(z) if node.parents] == [-1.0, 1.0, 1.0, 1.0, 1.0]
    assert {node.grad for node in topological_order(z)} == {0.0}  # the graph is left as it was


def test_a_wrong_engine_shows_where_it_parts_from_the_course() -> None:
    wrong = {one.code.__name__: one.code for one in one_backward.wrong_answers}
    x = Var(3.0)
    z = unequal_paths(x)
    mine, truth = cotangents_by(wrong["level_by_level"], z), cotangents_by_the_course(z)
    assert [node for node in mine if mine[node] != truth[node]] == [x]
    assert (mine[x], truth[x]) == (6.0, 66.0)

    again = RecursiveVar(3.0)
    a = again * again
    b = a + a
    assert cotangents_by(recursive_backward, b) == {again: 24.0, a: 2.0, b: 1.0}
    assert cotangents_by_the_course(b) == {again: 12.0, a: 2.0, b: 1.0}


def test_an_engine_of_a_learners_own_rules() -> None:
    def mine(out: Var) -> None:
        out.grad = 1.0
        for node in reversed(topological_order(out)):
            for parent, sent in contributions(node, node.grad).items():
                parent.grad += sent

    x = Var(3.0)
    assert cotangents_by(mine, x) == {x: 1.0}


def test_the_same_graph_as_tensors() -> None:
    x, y = Var(2.0), Var(5.0, requires_grad=False)
    z = f(x, y) + 2 * x
    tensors = as_tensors(z, x=x, y=y)
    assert list(tensors) == topological_order(z)
    assert all(float(getattr(tensor, "data", tensor)) == node.value for node, tensor in tensors.items())
    assert (tensors[x].name, tensors[y].name, tensors[y].requires_grad) == ("x", "y", False)
    assert type(next(tensor for node, tensor in tensors.items() if node.value == 2 and node is not x)) is int
    tensors[z].backward()
    assert tensors[x].grad.item() == 7.5


def test_it_is_drawn_like_the_courses_own_graph() -> None:
    x, y = Var(2.0), Var(5.0)
    drawn = GraphView(to_tensor(f(x, y), x=x, y=y), step="end").as_text()
    own = GraphView(f(*(Tensor(v, requires_grad=True, name=n) for v, n in ((2.0, "x"), (5.0, "y")))), step="end")
    rows = [sorted(text.splitlines()[3:]) for text in (drawn, own.as_text())]
    assert rows[0] == rows[1]
    assert any(row.split()[:1] == ["x"] and row.endswith("= 5.5") for row in rows[0])
