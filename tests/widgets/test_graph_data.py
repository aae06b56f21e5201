"""The graph as data: its counts, edges, derivatives and sums are those of the engine and of the course."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import DomainError, GraphError
from autodiff_lessons.widgets.graph_data import MOST_NODES, Graph, graph_of
from autodiff_lessons.widgets.recording import record


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def loss(x, w, b, y_true):
    x1 = x * w
    x2 = x1 + b
    loss_val = abs(y_true - x2)
    return loss_val


def two_factors(x, w):
    return (x + w) * (x * w)


def layer(X, w):
    hidden = np.tanh(X @ w)
    return np.sum(hidden * hidden)


def graph(function, untracked=(), **inputs) -> Graph:
    tensors = {name: Tensor(value, name not in untracked, name) for name, value in inputs.items()}
    return graph_of(record(function, tensors))


def by_label(graph):
    return {node.label: node for node in graph.nodes}


def edges(graph):
    label = {node.id: node.label for node in graph.nodes}
    return {(label[one.source], label[one.target], one.position): one for one in graph.edges}


def test_f_is_seven_nodes_and_eight_edges():
    drawn = graph(f, x=2.0, y=5.0)
    assert [node.label for node in drawn.nodes] == ["x", "y", "log", "*", "+", "sin", "−"]
    assert [node.kind for node in drawn.nodes] == ["input"] * 2 + ["operation"] * 4 + ["output"]
    assert set(edges(drawn)) == {
        ("x", "log", 0), ("x", "*", 0), ("y", "*", 1), ("y", "sin", 0),
        ("log", "+", 0), ("*", "+", 1), ("+", "−", 0), ("sin", "−", 1),
    }  # fmt: skip


def test_the_numbers_of_f_are_the_courses_fixed_points():
    nodes = by_label(graph(f, x=2.0, y=5.0))
    assert float(nodes["−"].value) == 11.652071455223084
    assert float(nodes["x"].cotangent) == 5.5
    assert float(nodes["y"].cotangent) == 1.7163378145367738
    assert list(map(float, nodes["x"].terms)) == [5.0, 0.5]
    assert list(map(float, nodes["y"].terms)) == [-math.cos(5.0), 2.0]


def test_every_edge_of_f_carries_its_local_derivative_and_what_was_sent():
    found = {place: (float(edge.local), float(edge.sent)) for place, edge in edges(graph(f, x=2.0, y=5.0)).items()}
    assert found == {
        ("x", "log", 0): (0.5, 0.5),
        ("x", "*", 0): (5, 5),
        ("y", "*", 1): (2, 2),
        ("y", "sin", 0): (math.cos(5), -math.cos(5)),
        ("log", "+", 0): (1, 1),
        ("*", "+", 1): (1, 1),
        ("+", "−", 0): (1, 1),
        ("sin", "−", 1): (-1, -1),
    }


def test_the_loss_of_the_course_names_its_nodes_after_the_local_variables():
    nodes = by_label(graph(loss, x=2.0, w=3.0, b=1.0, y_true=4.0))
    values = {label: float(node.value) for label, node in nodes.items()}
    assert values == {"x": 2, "w": 3, "b": 1, "y_true": 4, "x1": 6, "x2": 7, "−": -3, "loss_val": 3}
    assert {label: float(node.cotangent) for label, node in nodes.items()} == {
        "x": 3, "w": 2, "b": 1, "y_true": -1, "x1": 1, "x2": 1, "−": -1, "loss_val": 1,
    }  # fmt: skip


def test_paths_that_meet_are_summed_term_by_term():
    nodes = by_label(graph(two_factors, x=2.0, w=3.0))
    assert (float(nodes["x"].cotangent), float(nodes["w"].cotangent)) == (21, 16)
    assert sorted(map(float, nodes["x"].terms)) == [6, 15]
    assert sorted(map(float, nodes["w"].terms)) == [6, 10]


def test_a_square_written_as_a_product_has_one_node_and_two_edges():
    drawn = graph(lambda x: x * x, x=3.0)
    assert len(drawn.nodes) == 2
    assert set(edges(drawn)) == {("x", "*", 0), ("x", "*", 1)}
    assert list(map(float, by_label(drawn)["x"].terms)) == [3, 3]


def test_constants_are_nodes_that_nothing_is_sent_to():
    drawn = graph(lambda x: 3 * x**2 + 3 * x, x=3.0)
    constants = [node for node in drawn.nodes if node.kind == "constant"]
    assert [node.label for node in constants] == ["2", "3", "3"]
    assert all(node.cotangent is None and not node.tracked for node in constants)
    assert {edge.sent for edge in drawn.edges if not edge.tracked} == {None}
    assert [node.label for node in drawn.nodes if node.is_operation] == ["**", "*₁", "*₂", "+"]
    assert float(by_label(drawn)["x"].cotangent) == 21


def test_an_untracked_input_has_no_cotangent_which_is_not_zero():
    nodes = by_label(graph(f, untracked=("y",), x=2.0, y=5.0))
    assert nodes["y"].kind == "constant"
    assert nodes["y"].cotangent is None
    assert float(nodes["x"].cotangent) == 5.5


def test_an_input_that_the_function_ignores_is_drawn_and_gets_nothing():
    drawn = graph(lambda x, y: x * 2.0, x=3.0, y=1.0)
    assert by_label(drawn)["y"].cotangent is None
    assert not any(drawn.nodes[1].id in (edge.source, edge.target) for edge in drawn.edges)


def test_operations_on_arrays_have_vector_jacobian_products_instead_of_a_number():
    drawn = graph(layer, X=np.ones((4, 3)), w=np.array([0.1, 0.2, 0.3]))
    places = edges(drawn)
    assert places["w", "@", 1].local is None
    assert places["w", "@", 1].sent.shape == (3,)
    assert places["@", "hidden", 0].local.shape == (4,)
    assert places["*", "sum", 0].local is None
    assert by_label(drawn)["X"].cotangent.shape == (4, 3)


def test_cotangents_agree_with_backward():
    leaves = {name: Tensor(value, True, name) for name, value in {"x": 1.3, "w": -0.4}.items()}
    drawn = graph_of(record(two_factors, leaves))
    two_factors(**leaves).backward()
    for name, leaf in leaves.items():
        assert float(by_label(drawn)[name].cotangent) == pytest.approx(float(leaf.grad.data), rel=1e-14)


def test_an_output_that_is_no_single_number_has_no_backward_pass():
    drawn = graph(lambda x: x * 2.0, x=np.array([1.0, 2.0]))
    assert drawn.seed is None
    assert drawn.backward_order == []
    assert by_label(drawn)["x"].cotangent is None


def test_the_data_is_plain_json():
    for drawn in (graph(f, x=2.0, y=5.0), graph(layer, X=np.ones((4, 3)), w=np.zeros(3))):
        data = drawn.to_json()
        assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["nodes"][0]["value"] is None  # too large to send
    assert data["nodes"][0]["shape"] == [4, 3]
    assert data["nodes"][1]["value"] == [0, 0, 0]


def test_a_graph_too_large_to_read_is_refused_in_words():
    def long_sum(x):
        for _ in range(MOST_NODES):
            x = x + x
        return x

    with pytest.raises(GraphError, match=r"401 nodes.*more than 400.*Draw a part of it"):
        graph(long_sum, x=1.0)


def test_constants_count_too():
    def many_constants(x):
        for _ in range(250):
            x = x + 1.0
        return x

    with pytest.raises(GraphError, match="501 nodes"):
        graph(many_constants, x=1.0)


def test_an_infinite_derivative_is_a_domain_error():
    with pytest.raises(DomainError, match="sqrt"):
        graph(lambda x: np.sqrt(x), x=0.0)
