"""The recorded graph, its order, the sweep, and what is said when one of them can't be had."""

from __future__ import annotations

import doctest
import gc
import math
import sys
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff_lessons.engine.tensor as tensor_module
from autodiff_lessons import Tensor
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.reverse import contributions, local_derivatives, sweep, topological_order
from autodiff_lessons.errors import AutodiffError, GradientTypeError, GraphError, MissingRuleError, ShapeError


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def tracked(*values):
    return [Tensor(value, requires_grad=True) for value in values]


def test_the_course_s_function_at_2_5():
    x, y = tracked(2.0, 5.0)
    z = f(x, y)
    z.backward()
    assert z.item() == 11.652071455223084
    assert x.grad.item() == 5.5
    assert y.grad.item() == 1.7163378145367738


def test_one_function_runs_on_floats_and_on_tensors():
    assert f(2.0, 5.0) == f(*tracked(2.0, 5.0)).item()


def test_the_graph_of_f():
    x, y = tracked(2.0, 5.0)
    z = f(x, y)
    order = topological_order(z)
    assert len(order) == 7
    assert sum(len(node.inputs) for node in order) == 8
    assert order[-1] is z
    place = {id(node): number for number, node in enumerate(order)}
    assert all(place[id(one)] < place[id(node)] for node in order for one in node.inputs)
    assert z.grad_fn.name == "sub"
    assert str(z.grad_fn.next_functions) == "(<add>, <sin>)"
    assert [x.is_leaf, z.is_leaf, x.grad_fn, z.requires_grad] == [True, False, None, True]


@pytest.mark.parametrize(
    ("function", "at", "truth"),
    [
        (lambda x: (a := x * x) + a, 3.0, 12.0),
        (lambda x: (a := x * x) * a, 3.0, 108.0),
        (lambda x: ((a := x * x) + 1) + 2 * a, 3.0, 18.0),
        (lambda x: (u := x * x) * u + u, 2.0, 36.0),
        (lambda x: (u := np.exp(x)) * u - u, 1.5, 2 * math.exp(3.0) - math.exp(1.5)),
        (lambda x: (a := x * x) + (2 * a) * 5, 3.0, 66.0),
        (lambda x: 2.0**x, 3.0, 8 * math.log(2)),
        (lambda x: 1.0 - x, 3.0, -1.0),
        (lambda x: 1.0 / x, 2.0, -0.25),
        (lambda x: abs(-x), 2.0, 1.0),
        (lambda x: np.float64(3.0) * x, 2.0, 3.0),
        (lambda x: np.array([1.0, 2.0]) @ (x * np.array([3.0, 4.0])), 2.0, 11.0),
        (lambda x: PRIMITIVES["sigmoid"](x), 0.0, 0.25),
    ],
)
def test_shared_nodes_and_constants_on_both_sides(function, at, truth):
    (x,) = tracked(at)
    function(x).backward()
    assert x.grad.item() == pytest.approx(truth, rel=1e-14)


def test_untracked_is_none_and_not_zero():
    x, y = Tensor(2.0, requires_grad=True), Tensor(5.0)
    f(x, y).backward()
    assert x.grad.item() == 5.5
    assert y.grad is None


def test_nothing_tracked_records_nothing():
    z = f(Tensor(2.0), Tensor(5.0))
    assert [z.is_leaf, z.inputs, z.requires_grad] == [True, (), False]


def test_leaves_accumulate_and_zero_grad_forgets():
    (x,) = tracked(3.0)
    for expected in (6.0, 12.0):
        (x * x).backward()
        assert x.grad.item() == expected
    x.zero_grad()
    assert x.grad is None


def test_a_kept_graph_can_be_swept_twice_and_inner_nodes_keep_nothing():
    x, y = tracked(2.0, 5.0)
    z = f(x, y)
    z.backward(retain_graph=True)
    z.backward()
    assert x.grad.item() == 11.0
    assert z.grad is None


def test_a_freed_graph_says_what_to_run_again():
    (x,) = tracked(2.0)
    z = x * x
    z.backward()
    for ask in (z.backward, lambda: z.inputs, lambda: (z + 1).backward(), lambda: z.grad_fn.next_functions):
        with pytest.raises(
            GraphError, match=r"made by mul\) is gone.*Run the cell that computes it again.*retain_graph"
        ):
            ask()


def test_backward_frees_the_memory_of_the_inner_nodes():
    (x,) = tracked(2.0)
    inner = np.sin(x)
    z = inner * 2
    alive = weakref.ref(inner)
    del inner
    z.backward()
    gc.collect()
    assert alive() is None


def test_no_reference_cycle_is_left_to_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        x, y = tracked(2.0, 5.0)
        z = f(x, y)
        alive = weakref.ref(z)
        del z
        assert alive() is None
    finally:
        gc.enable()


def test_a_chain_of_100_000_operations_far_beyond_the_recursion_limit():
    (x,) = tracked(0.5)
    y = x
    for _ in range(50_000):
        y = np.sin(y) * 1.0
    assert sys.getrecursionlimit() < 50_000
    y.backward()
    assert 0 < x.grad.item() < 1
    del y  # taking a long chain apart must not recurse either


def test_a_million_operations_in_one_chain():
    (x,) = tracked(2.0)
    y = x
    for _ in range(500_000):
        y = y * 1.0
        y = y + 1.0
    assert len(topological_order(y)) == 1_000_001
    y.backward()
    assert [y.item(), x.grad.item()] == [500_002.0, 1.0]


def test_thirty_doublings_cost_thirty_visits():
    (x,) = tracked(3.0)
    y = x
    for _ in range(30):
        y = y + y
    assert len(topological_order(y)) == 31
    y.backward()
    assert x.grad.item() == 2.0**30


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=25))
def test_random_graphs_agree_with_forward_accumulation(operations):
    """The same random graph, differentiated by hand in forward mode beside it."""
    (x,) = tracked(0.9)
    nodes, slopes = [x, x * 0.5], [1.0, 0.5]
    for operation, i, j in operations:
        a, b, da, db = nodes[i % len(nodes)], nodes[j % len(nodes)], slopes[i % len(nodes)], slopes[j % len(nodes)]
        if operation == "*":
            nodes.append(np.sin(a * b))
            slopes.append(math.cos(a.data * b.data) * (da * b.data + a.data * db))
        else:
            nodes.append(a + b if operation == "+" else a - b)
            slopes.append(da + db if operation == "+" else da - db)
    nodes[-1].backward()
    assert x.grad.item() == pytest.approx(slopes[-1], rel=1e-9, abs=1e-9)


def test_vector_jacobian_product():
    (x,) = tracked([1.0, 2.0])
    y = x * x
    y.backward([1.0, 10.0])
    assert x.grad.data.tolist() == [2.0, 40.0]


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda: Tensor(2.0).backward(), GraphError, "no input of this tensor requires a gradient"),
        (lambda: (tracked([1.0, 2.0])[0] * 2).backward(), GraphError, "needs a gradient.*vector-Jacobian product"),
        (lambda: (tracked([1.0, 2.0])[0] * 2).backward([1.0]), ShapeError, r"shape \(1,\), the tensor has \(2,\)"),
        (lambda: Tensor(3, requires_grad=True), GradientTypeError, r"write Tensor\(3\.0, requires_grad=True\)"),
        (lambda: Tensor([1, 2], requires_grad=True), GradientTypeError, r"data\.astype\(float\)"),
        (lambda: Tensor("three"), GradientTypeError, "holds real numbers; 'three'"),
        (lambda: Tensor(1 + 2j), GradientTypeError, "holds real numbers"),
        (lambda: math.sin(tracked(1.0)[0]), GraphError, r"Compute with np\.sin\(t\)"),
        (lambda: np.asarray(tracked(1.0)[0]), GraphError, r"t\.detach\(\), to leave on purpose"),
        (lambda: tracked(1.0)[0].numpy(), GraphError, r"numpy\(\) would leave the graph"),
        (lambda: np.arctan2(tracked(1.0)[0], 1.0), MissingRuleError, "No operation named 'arctan2'"),
        (lambda: np.exp2(tracked(1.0)[0]), MissingRuleError, "Did you mean exp"),
        (lambda: np.cumprod(tracked([1.0])[0]), MissingRuleError, "No operation named 'cumprod'"),
        (lambda: np.add.reduce(tracked([1.0])[0]), MissingRuleError, r"np\.add\.reduce can't be differentiated"),
        (lambda: np.sum(tracked([1.0])[0], dtype=int), MissingRuleError, "takes axis, keepdims only, not dtype"),
        (lambda: sum(tracked(1.0)[0]), TypeError, "can't be looped over"),
        (lambda: len(tracked(1.0)[0]), TypeError, "has no length"),
        (lambda: Tensor([1.0, 2.0]).item(), ValueError, r"this one has the shape \(2,\)"),
    ],
)
def test_messages(ask, error, words):
    with pytest.raises(error, match=words):
        ask()


def test_every_error_of_ours_has_one_parent():
    for error in (GraphError, ShapeError, GradientTypeError, MissingRuleError):
        assert issubclass(error, AutodiffError)


def test_numpy_s_functions_and_comparisons():
    (x,) = tracked([[1.0, 2.0], [3.0, 4.0]])
    assert np.sum(x, axis=0).data.tolist() == [4.0, 6.0]
    assert np.sum(x, 1, keepdims=True).shape == (2, 1)
    assert x.sum(axis=-1).reshape(2, 1).T.shape == (1, 2)
    assert np.matmul(x, x).data.tolist() == (x.data @ x.data).tolist()
    assert (x > 2).tolist() == [[False, False], [True, True]]
    assert np.allclose(x, x)
    assert np.shape(x) == x.shape == (2, 2)
    assert [x.ndim, x.size, len(x), x.dtype] == [2, 4, 2, np.float64]
    assert len({x, x.detach()}) == 2


def test_a_tensor_keeps_its_own_copy_of_the_data():
    data = np.array([1.0, 2.0])
    t = Tensor(data)
    data[0] = 100.0
    assert t.data.tolist() == [1.0, 2.0]


def test_how_tensors_read():
    x = Tensor(2.0, requires_grad=True)
    assert repr(x) == "Tensor(2.0, requires_grad=True)"
    assert repr(x * 3) == "Tensor(6.0, grad_fn=<mul>)"
    assert repr(Tensor([1.0, 2.5])) == "Tensor([1. , 2.5])"
    assert repr(Tensor(np.float32(0.5))) == "Tensor(0.5, dtype=float32)"
    assert f"{x:.3f}" == "2.000"
    assert float(x.detach()) == 2.0


def test_local_derivatives_and_contributions_of_one_node():
    x, y = tracked(2.0, 5.0)
    z = x * y
    assert local_derivatives(z) == (5.0, 2.0)
    assert local_derivatives(x) == ()
    assert [(position, float(sent)) for position, _, sent in contributions(z, np.float64(10.0))] == [
        (0, 50.0),
        (1, 20.0),
    ]
    assert local_derivatives(np.sum(Tensor([1.0, 2.0], requires_grad=True))) == (None,)
    assert local_derivatives(x * Tensor(3.0)) == (3.0, None)


def test_two_sweeps_agree_and_leave_nothing_behind():
    x, y = tracked(2.0, 5.0)
    z = f(x, y)
    order = topological_order(z)
    first, second = (sweep(order, np.float64(1.0), order) for _ in range(2))
    assert first[-1] == 1.0
    assert first == second
    assert x.grad is None


def test_examples_in_the_documentation_run():
    assert doctest.testmod(tensor_module).failed == 0


def test_an_order_from_sources_leaves_out_what_made_them():
    x = Tensor(2.0, requires_grad=True)
    inner = x * 3.0
    z = inner * inner + x
    assert list(map(id, topological_order(z, [inner]))) == list(map(id, [inner, z.inputs[0], x, z]))
    (inner_bar,) = sweep(topological_order(z, [inner]), np.float64(1.0), [inner], stop_there=True)
    assert inner_bar == 12.0
    assert topological_order(inner, [inner]) == [inner]
