"""Derivatives of graphs, and simplification that changes no value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_arrays import PLANS, planned
from random_formulas import SMOOTH, formulas

from autodiff_lessons import grad, register_gradient
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.symbolic import diff, symbols, tree_nodes
from autodiff_lessons.graph import trace


def polynomial(x):
    return x**2 + 3 * x + 2


def test_exercise_10_1_a_derivative_graph_is_a_graph_and_has_one_again():
    first = trace(polynomial, 2.0).derivative()
    second = first.derivative()
    assert [first.run(x) for x in (2.0, -1.0)] == [7.0, 1.0]
    assert [second.run(x) for x in (2.0, -1.0)] == [2.0, 2.0]
    assert first.title == "polynomial'"
    assert second.title == "polynomial''"


def logistic(turns):
    """Course 2.4: l(n+1) = 4 l (1 - l), written with + and * alone, as the learner's own classes have it."""

    def function(x):
        for _ in range(turns):
            x = 4 * x * (1 + (-1) * x)
        return x

    return function


def test_expression_swell_beside_the_graph_which_stays_linear():
    functions, naive, nodes, slopes = [], [], [], []
    for turns in range(1, 7):
        formula = logistic(turns)(symbols("x"))
        graph = trace(logistic(turns), 0.3)
        functions.append(graph.tree_nodes)
        naive.append(tree_nodes(diff(formula, "x")))
        nodes.append(len(graph.simplify()))
        slopes.append(len(graph.derivative().simplify()))
        assert tree_nodes(formula) == graph.tree_nodes
        assert graph.derivative().run(0.3) == pytest.approx(grad(logistic(turns))(0.3), rel=1e-12)
    assert functions == [9, 25, 57, 121, 249, 505]
    assert naive == [27, 111, 343, 935, 2375, 5767]
    assert nodes == [7, 11, 15, 19, 23, 27]
    assert slopes == [9, 18, 27, 36, 45, 54]


def same(one, other):
    """Equal in every digit, nan with nan."""
    return np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(formulas(SMOOTH, most=10), st.booleans())
def test_simplify_never_changes_a_value_of_a_formula(formula, differentiated):
    assume(formula.variables)
    with ieee():
        graph = trace(lambda x, y: 1 * formula.evaluate(x=x, y=y) + 0, 1.0, 1.0)
        graph = graph.derivative("x") if differentiated else graph
        simple = graph.simplify()
        fast, slow = simple.compile(), graph.compile()
        assert len(simple) <= len(graph)
        for x in (-2.0, -0.5, 0.0, 1.0, 3.0, np.inf, np.nan):
            for y in (-1.0, 0.0, 0.25, 2.0):
                given_ = np.float64(x), np.float64(y)
                truth = graph.run(*given_)
                assert same(truth, simple.run(*given_))
                assert same(truth, slow(*given_))
                assert same(truth, fast(*given_))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PLANS)
def test_simplify_never_changes_a_value_of_an_array_function(steps):
    x = np.random.default_rng(len(steps)).normal(size=(2, 3))
    graph = trace(lambda x: np.sum(planned(steps)(x)) * 1.0, x).value_and_derivative()
    simple = graph.simplify()
    for (one, other), (again, slope) in [(graph.run(x), simple.run(x)), (graph.run(x), simple.compile()(x))]:
        assert same(one, again)
        assert same(other, slope)


def test_what_simplify_does_and_says():
    def untidy(x):
        twice = np.sin(x) * 1.0 + np.sin(x) / 1
        turned = -((twice + (2.0 * 3.0 - 6.0)) ** 1)
        return -turned + 0 * x - 0

    simple = trace(untidy, 1.0).simplify()
    assert simple.note == "simplified from 19 (1 equal node shared, 6 without effect, 1 pruned)"
    assert [node.kind for node in simple.nodes if node.op is not None] == ["sin", "add", "mul", "add"]
    assert simple.run(0.5) == trace(untidy, 1.0).run(0.5)
    assert simple.simplify().note == f"simplified from {len(simple)}"


def test_constants_are_folded_unless_they_have_no_value():
    assert len(trace(lambda x: x * np.sqrt(np.exp(np.zeros(3) + 0)), np.ones(3)).simplify()) == 3
    graph = trace(lambda x: np.log(x * 0.0 - 1.0), 1.0)
    constant = trace(lambda x: x + 0.0 * 2.0, 1.0).simplify()
    assert len(constant) == 1
    assert [node.kind for node in graph.simplify().nodes][-1] == "log"


def test_what_does_nothing_to_numbers_but_changes_their_shape_or_type_stays():
    assert len(trace(lambda x: x * np.ones(3), 1.0).simplify()) == 3
    assert len(trace(lambda x: x * np.float64(1), np.float32(1.0)).simplify()) == 3
    assert trace(lambda x: x * 1.0, np.float32(1.0)).simplify().run(np.float32(2.0)).dtype == np.float32


def test_a_learner_s_own_rule_is_traced_as_well():
    try:
        register_gradient("tanh")(lambda op, grad: 100.0 * grad)
        assert trace(np.tanh, 0.5).derivative().run(0.5) == 100.0
    finally:
        register_gradient("tanh")(None)
    assert trace(np.tanh, 0.5).derivative().run(0.0) == 1.0
