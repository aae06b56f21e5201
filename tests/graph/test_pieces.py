"""A graph taken apart: few pieces, each of which receives only what it needs."""

from __future__ import annotations

import math

import dask
import numpy as np
import pytest
from batch_losses import ROW_WISE, TOTALS, batch_of, loss_over, same
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_lessons import grad
from autodiff_lessons.graph import from_json, trace
from autodiff_lessons.graph.pieces import Given, Made, pieces

PARAMETERS = ["w1", "b1", "w2"]


def network(x, y, w1, b1, w2):
    return np.mean((np.tanh(x @ w1 + b1) @ w2 - y) ** 2)


def rooted(x, y, w1, b1, w2):
    return np.sqrt(network(x, y, w1, b1, w2)) + 0.01 * np.sum(w1**2)


GENERATOR = np.random.default_rng(0)
DATA = [GENERATOR.normal(size=shape) for shape in ((7, 4), (7,), (4, 5), (5,), (5,))]


def titles(graph):
    return [piece.graph.title for piece in pieces(graph)[1]]


def by_dask(graph, *arguments):
    return dask.get(*graph.to_dask(*arguments))


@pytest.mark.parametrize("shards", [2, 3, 4])
@pytest.mark.parametrize("tidy", [lambda graph: graph, lambda graph: graph.simplify()])
def test_how_many_pieces_there_are(shards, tidy):
    each = [f"shard-{number}" for number in range(1, shards + 1)]
    again = [f"shard-{number}-phase-2" for number in range(1, shards + 1)]
    for loss, wanted in ((network, each), (rooted, [*each, "combine", *again])):
        cut = trace(loss, *DATA).partition(shards)
        assert titles(tidy(cut)) == [*each, "combine"]
        derivative = tidy(cut.value_and_derivative(PARAMETERS))
        assert titles(derivative) == [*wanted, "combine" if loss is network else "combine-phase-2"]
        same(by_dask(derivative, *DATA), trace(loss, *DATA).value_and_derivative(PARAMETERS).run(*DATA))


def test_a_graph_in_one_shard_or_in_none_is_one_piece():
    graph = trace(network, *DATA)
    for one in (graph, graph.value_and_derivative(), graph.partition(1), graph.partition(1).derivative()):
        assert titles(one) == [one.title]
        same(by_dask(one, *DATA), one.run(*DATA))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ROW_WISE, st.sampled_from(sorted(TOTALS)), st.sampled_from([1, 2, 3, 5]), st.booleans())
def test_random_losses_and_all_their_derivatives(steps, total, shards, tidy):
    given_ = batch_of(7, seed=len(steps))
    graph = trace(loss_over(steps, total), *given_)
    derivative = graph.partition(shards, ["x", "y"]).value_and_derivative()
    derivative = derivative.simplify() if tidy else derivative
    assert len(pieces(derivative)[1]) <= 3 * shards + 4
    same(by_dask(derivative, *given_), graph.value_and_derivative().run(*given_))


def numbers(piece, kind):
    """How many numbers a piece receives, from the data or from other pieces."""
    shapes = [piece.graph.nodes[place].shape for place in piece.graph.inputs]
    return sum(math.prod(shape) for shape, one in zip(shapes, piece.sources, strict=True) if isinstance(one, kind))


def test_a_shard_receives_its_slice_and_the_combining_piece_the_gradients():
    graph, (first, second, combine) = pieces(trace(network, *DATA).partition(2).value_and_derivative(PARAMETERS))
    parameters = 4 * 5 + 5 + 5
    assert [numbers(piece, Given) for piece in (first, second, combine)] == [20 + parameters, 15 + parameters, 0]
    assert [numbers(piece, Made) for piece in (first, second, combine)] == [0, 0, 2 * (1 + parameters)]
    places = {graph.names[one.place]: (one.first, one.last) for one in second.sources}
    assert places == {"x": (4, 7), "y": (4, 7), "w1": (0, None), "b1": (0, None), "w2": (0, None)}


def test_the_gradient_of_the_batch_itself_travels_in_slices():
    graph = trace(lambda x, w: np.sum(np.sin(x * w)), DATA[0], 2.0).partition(2)
    *shards, combine = pieces(graph.derivative("x"))[1]
    assert len(shards) == 2
    assert numbers(combine, Made) == DATA[0].size


def test_what_all_shards_share_is_computed_once():
    graph = trace(lambda x, w: np.sum(np.sin(x * np.exp(w))), DATA[0], 2.0).partition(3)
    made = pieces(graph.value_and_derivative("w"))[1]
    assert [piece.graph.title for piece in made] == ["shared", "shard-1", "shard-2", "shard-3", "combine"]
    assert [sum(node.kind == "exp" for node in piece.graph.nodes) for piece in made] == [1, 0, 0, 0, 0]


def test_a_shared_value_that_is_cut_travels_in_slices():
    graph = trace(lambda x, w: np.sum(x * np.reshape(np.exp(w), (7, 1))), DATA[0], DATA[1]).partition(2, "x")
    shared, first, second, _ = pieces(graph)[1]
    assert [node.shape for node in shared.graph.nodes if node.kind == "getitem"] == [(4, 1), (3, 1)]
    assert [numbers(first, Made), numbers(second, Made)] == [4, 3]


@pytest.mark.parametrize(("rows", "picks"), [(7, 0), (2000, 2)])
def test_the_values_of_the_rows_stay_where_they_are(rows, picks):
    """The combining task asks for a shard's total alone, in a small task more, if the rows' values are many."""
    data = [np.ones((rows, 4)), np.zeros(rows), *DATA[2:]]
    tasks, _ = trace(rooted, *data).partition(2).value_and_derivative(PARAMETERS).to_dask(*data)
    calls = [task[0].func.__name__ for task in tasks.values() if isinstance(task, tuple)]
    assert [calls.count(name) for name in ("_compute", "_pick")] == [6, picks]


def test_constants_travel_as_text_unless_they_are_many_different_numbers():
    many, equal, few = np.arange(4000.0), np.ones(4000), np.arange(3.0)
    graph = trace(lambda x: np.sum(x * many[:, None] * few * equal[:, None]), np.ones((4000, 3))).partition(2)
    coloured, (first, *_) = pieces(graph)
    kinds = [coloured.nodes[one.place].kind for one in first.sources]
    assert sorted(kinds) == ["constant", "input"]
    assert len(first.graph.to_json()) < 3000
    x = np.random.default_rng(0).normal(size=(4000, 3))
    same(by_dask(graph, x), graph.run(x))


@pytest.mark.parametrize(
    ("function", "examples"),
    [
        (lambda x, w: {"loss": (np.sum(x * w), [w]), "two": 2.0}, (DATA[0], 3.0)),
        (lambda x, w: (w, w), (DATA[0], 3.0)),
        (lambda x, w: (np.sum(x), np.max(x * w), np.reshape(np.sum(x, axis=0), (2, 2))), (DATA[0], 3.0)),
        (lambda x, w: np.sum(x[1:] * x[:-1]) * w, (DATA[0], 3.0)),
        (lambda x, w: np.sum(np.tanh(x[0:3] * w)) + np.sum(x[3:7] ** 2) * np.sum(x[0:3]), (DATA[0], 3.0)),
        (lambda x, w: np.sum(x[0:3][0:1] - x[0:3][1:3]) + np.sum(x[3:7]), (DATA[0], 3.0)),
    ],
)
def test_graphs_of_other_kinds(function, examples):
    graph = trace(function, *examples)
    got, truth = by_dask(graph, *examples), graph.run(*examples)
    assert str(got) == str(truth) or np.allclose(got, truth, rtol=1e-13)
    assert type(got) is type(truth)


def test_a_recurrence_over_slices_is_still_right():
    def recurrent(x, w):
        h = w
        for place in range(7):
            h = np.tanh(x[place : place + 1] * h)
        return np.sum(h)

    graph = trace(recurrent, DATA[0], DATA[0][0])
    same(by_dask(graph.derivative("w"), DATA[0], DATA[0][0]), grad(recurrent, 1)(DATA[0], DATA[0][0]))


def test_a_sum_of_a_hundred_thousand_terms():
    def chain(x):
        total = x
        for _ in range(50_000):
            total = total + x
        return total

    graph = trace(chain, 1.0)
    assert by_dask(graph, 1.0) == 50_001.0
    assert from_json(pieces(graph)[1][0].graph.to_json()).run(2.0) == 100_002.0
