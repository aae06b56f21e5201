"""Tracing a function, and running the graph."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from random_arrays import PLANS, planned
from rule_cases import cases, draw

from autodiff_lessons import Tensor, grad, jvp, value_and_grad
from autodiff_lessons.engine.symbolic import symbols
from autodiff_lessons.errors import DomainError, GraphError, ShapeError
from autodiff_lessons.graph import Graph, Node, graph, source, storage, trace, tracing, transforms
from autodiff_lessons.widgets.graph_view import GraphView


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


@pytest.mark.parametrize("module", [graph, tracing, transforms, source, storage])
def test_examples_in_the_documentation_run(module):
    assert doctest.testmod(module).failed == 0


def test_the_course_s_function():
    traced = trace(f, 2.0, 5.0)
    assert len(traced) == 7
    assert [node.kind for node in traced.nodes] == ["input", "input", "log", "mul", "add", "sin", "sub"]
    assert traced.run(2.0, 5.0) == 11.652071455223084
    assert traced(x=2, y=5) == 11.652071455223084
    assert repr(traced) == "Graph(f(x, y): 7 nodes)"
    assert traced.nodes[4] == traced.nodes[4]
    assert isinstance(traced.nodes[0], Node)


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_every_operation_is_traced_run_and_differentiated(primitive, ranges, shapes, parameters):
    inputs = draw(ranges, shapes)
    weights = np.random.default_rng(3).normal(size=np.shape(primitive(*inputs, **parameters)))

    def function(*some):
        return np.sum(weights * primitive(*some, **parameters))

    everything = tuple(range(len(inputs)))
    made = trace(function, *inputs)
    value, slopes = made.value_and_derivative().run(*inputs)
    true_value, true_slopes = value_and_grad(function, everything)(*inputs)
    assert made.run(*inputs) == value == pytest.approx(true_value, rel=1e-14)
    for got, truth in zip(slopes if len(inputs) > 1 else [slopes], true_slopes, strict=True):
        np.testing.assert_allclose(got, truth, rtol=1e-12, atol=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PLANS)
def test_random_functions_of_arrays(steps):
    function = planned(steps)
    x = np.random.default_rng(len(steps)).normal(size=(2, 3))
    made = trace(lambda x: np.sum(np.sin(function(x))), x)
    np.testing.assert_allclose(made.run(x), np.sum(np.sin(function(x))), rtol=1e-13)
    np.testing.assert_allclose(
        made.derivative().run(x), grad(lambda x: np.sum(np.sin(function(x))))(x), rtol=1e-9, atol=1e-12
    )


def test_loops_are_unrolled_and_branches_on_plain_numbers_taken():
    def power(x, n):
        for _ in range(n):
            x = x * x if n > 1 else x
        return x

    assert trace(lambda x: power(x, 3), 2.0).run(3.0) == 3.0**8
    assert len(trace(lambda x: power(x, 1), 2.0)) == 1


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: x if x > 0 else -x, GraphError, r"A branch on the result of greater: .*np.where\(condition, a, b\)"),
        (lambda x: x * float(x), GraphError, r"x was asked for its number.*np.sin and its kin"),
        (lambda x: np.sqrt(np.cross(x, x)), GraphError, r"cross|taken out of the graph"),
        (lambda x: np.ones(3)[x], GraphError, r"x was taken out of the graph"),
        (lambda x: np.array([1.0, x]), GraphError, r"x was (taken out of the graph|asked for its number)"),
        (lambda x: x @ np.ones(3), ShapeError, r"matmul can't be computed for the shape"),
        (lambda x: np.ones(2) + x * np.ones(3), ShapeError, r"add can't be computed for the shape \(2,\) and \(3,\)"),
        (lambda x: trace(lambda y: x * y, 1.0).run(x), GraphError, "inside another one"),
        (lambda x: "word", GraphError, r"'word' can't be a value in a graph"),
    ],
)
def test_what_can_t_be_traced_is_said(function, error, message):
    with pytest.raises((error, LookupError), match=message):
        trace(function, 2.0)


def test_a_mask_that_depends_on_a_value_says_where():
    with pytest.raises(GraphError, match=r"The index of getitem depends on a traced value.*np.where\(mask, a, b\)"):
        trace(lambda x: x[x > 0], np.ones(3))


def test_comparisons_and_steps_are_nodes():
    made = trace(lambda x: np.where(x > 1, np.floor(x), ~(x < 0) * 2.0), 2.0)
    assert [made.run(x) for x in (2.5, 0.5, -1.0)] == [2.0, 2.0, 0.0]
    assert made.derivative().run(2.5) == 0.0


def test_truth_values_of_numpy_and_of_a_graph_go_together():
    mask = np.array([True, False, True])
    made = trace(lambda x: ((mask & (x > 0)) | (np.True_ ^ (x < 2)), ~(x > 0) | mask), np.ones(3))
    both, either = made.run(np.array([1.0, 3.0, -1.0]))
    assert (both.tolist(), either.tolist()) == ([True, True, False], [True, False, True])


def test_nested_arguments_and_results():
    def layer(params, x):
        h = params["w"] @ x + params["b"][0]
        return {"h": h, "both": (np.sum(h), [x])}

    params = {"w": np.eye(2), "b": [np.ones(2)]}
    made = trace(layer, params, np.ones(2))
    assert made.names[:4] == ("params_w", "params_b_0", "x", "v3")
    out = made.run(params, np.array([1.0, 2.0]))
    assert out["h"].tolist() == [2.0, 3.0]
    assert out["both"][0] == 5.0
    assert out["both"][1][0].tolist() == [1.0, 2.0]


def test_local_variables_name_the_nodes():
    def loss(x, w):
        x1 = x * w
        error = x1 - 1.0
        return error**2

    assert [node.name for node in trace(loss, 1.0, 2.0).nodes] == ["x", "w", "x1", None, "error", None, None]
    assert "x1 = x * w" in str(trace(loss, 1.0, 2.0).derivative("w"))


def test_an_unused_input_and_a_constant_result():
    made = trace(lambda x, y: x * 2.0, 1.0, np.ones(3))
    assert made.run(3.0, np.zeros(3)) == 6.0
    assert made.derivative("y").run(3.0, np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    constant = trace(lambda x: 7.0, 1.0)
    assert constant.run(1.0) == 7.0
    assert constant.derivative().run(1.0) == 0.0
    identity = trace(lambda x: x, 1.0)
    assert (identity.run(4.0), identity.derivative().run(4.0)) == (4.0, 1.0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda g: g.run(np.ones(2), 1.0), ShapeError, r"traced with x of shape \(3,\), and got one of shape \(2,\)"),
        (lambda g: g.run(np.ones(3, np.float32), 1.0), ShapeError, r"of type float64, and got float32.*astype"),
        (lambda g: g.run(np.ones(3)), GraphError, r"f\(x, y\) needs a value for y"),
        (lambda g: g.run(np.ones(3), 1.0, 2.0), GraphError, r"takes 2 arguments; 3 were given"),
        (lambda g: g.run(np.ones(3), x=2.0), GraphError, r"x is given twice"),
        (lambda g: g.run(np.ones(3), z=2.0), GraphError, r"z is none of its arguments"),
        (lambda g: g.run(np.array([1.0, -1.0, 2.0]), 1.0), DomainError, r"log\(x = -1.0\), at index 1, has no value"),
        (lambda g: g.place("nothing"), GraphError, r"has no node 'nothing'; it has x, y, v2"),
        (lambda g: g.derivative(), GraphError, r"one number as its result; the result of f has the shape \(3,\)"),
    ],
)
def test_messages_of_a_graph(call, error, message):
    with pytest.raises(error, match=message):
        call(trace(f, np.ones(3), 5.0))


def test_arguments_that_have_no_derivative():
    with pytest.raises(TypeError, match="traced with numbers of type int64"):
        trace(lambda n: np.sum(n * 2), np.arange(3)).derivative()
    with pytest.raises(GraphError, match="has no argument 'z'; it has x, y"):
        trace(f, 2.0, 5.0).derivative("z")


def test_tensors_duals_and_symbols_run_through_a_graph():
    made = trace(f, 2.0, 5.0)
    x, y = Tensor(2.0, requires_grad=True), Tensor(5.0, requires_grad=True)
    made.run(x, y).backward()
    assert (x.grad.item(), y.grad.item()) == (5.5, 1.7163378145367738)
    assert jvp(made.run, (2.0, 5.0), (1.0, 0.0))[1] == 5.5
    assert str(made.run(*symbols("x y"))) == "log(x) + x*y - sin(y)"


def test_a_function_that_differentiates_is_traced_too():
    made = trace(grad(f, (0, 1)), 2.0, 5.0)
    assert made.run(2.0, 5.0) == (5.5, 1.7163378145367738)

    def by_hand(x):
        leaf = Tensor(x, requires_grad=True)
        (leaf * leaf + leaf).backward()
        return leaf.grad

    assert trace(by_hand, 1.0).run(3.0) == 7.0
    assert trace(lambda x: jvp(np.sin, x, 1.0)[1], 0.0).run(0.0) == 1.0


def test_a_graph_view_draws_a_graph():
    def loss(x, w):
        x1 = x * w
        return x1 - 1.0

    view = GraphView(trace(loss, 1.0, 2.0), x=2.0, w=3.0)
    assert [node["label"] for node in view.graph["nodes"]] == ["x", "w", "1", "x1", "−"]
    assert repr(view) == "GraphView(loss: 5 nodes, 4 edges, step 0 of 5: inputs)"


def test_a_hundred_thousand_nodes():
    def chain(x):
        for _ in range(50_000):
            x = x * 1.0001
            x = x + 0.5
        return x

    made = trace(chain, 2.0)
    slope = made.derivative().simplify()
    value = made.run(2.0)
    assert slope.run(2.0) == pytest.approx(1.0001**50_000, rel=1e-9)
    assert made.compile()(2.0) == value
    assert storage.from_json(made.simplify().to_json()).run(2.0) == value
    assert made.tree_nodes == 200_001
    assert len(str(made)) < 4000
    assert made.to_dot().count("->") == 200_000
    assert isinstance(made, Graph)
