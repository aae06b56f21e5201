"""Draft: nodes that are calculated with, the graph that they make, and what it refuses."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from autodiff_lessons.errors import GraphError
from autodiff_lessons.graph import Draft, trace


def polynomial(x):
    return x**2 + 3 * x + 2


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


@pytest.mark.parametrize(
    ("write", "truth"),
    [
        (lambda draft: 2 * draft["x"] + 3, lambda x, y: 2 * x + 3),
        (lambda draft: draft[0] * draft[1], lambda x, y: x * y),
        (lambda draft: np.exp(draft[2]) / draft["y"], lambda x, y: x / y),
        (lambda draft: -draft[6], lambda x, y: -f(x, y)),
        (lambda draft: 4.5, lambda x, y: 4.5),
        (lambda draft: (draft["x"], draft[5], 0), lambda x, y: (x, np.sin(y), 0)),
    ],
)
def test_what_is_written_runs_at_any_point(write, truth):
    draft = Draft(trace(f, 2.0, 5.0))
    made = draft.finished(write(draft), title="made")
    assert (made.title, list(made.arguments)) == ("made", ["x", "y"])
    for at in ((2.0, 5.0), (0.5, -1.0)):
        assert made.run(*at) == pytest.approx(truth(*at), rel=1e-14)


def test_a_draft_writes_no_numbers_and_keeps_its_graph():
    graph = trace(polynomial, 2.0)
    draft = Draft(graph)
    before = len(draft)
    made = draft.finished(draft["x"] * draft["x"])
    assert (before, len(draft), len(graph)) == (len(graph), len(graph) + 1, len(graph))
    assert [node.kind for node in made.nodes] == ["input", "mul"]
    assert made.title == "polynomial"


def test_a_second_draft_of_what_a_first_one_made():
    graph = trace(lambda x: x * x, 3.0)
    for _ in range(3):
        draft = Draft(graph)
        graph = draft.finished(draft[graph.result] * draft["x"])
    assert graph.run(3.0) == 3.0**5


@pytest.mark.parametrize("node", [8, -1, True, 1.0, None])
def test_places_that_a_graph_does_not_have(node):
    with pytest.raises(GraphError, match=r"The graph polynomial has the nodes 0 to 7, and no node .* draft\['x'\]"):
        Draft(trace(polynomial, 2.0))[node]


def test_names_that_a_graph_does_not_have_and_numbers_that_a_node_does_not_have():
    draft = Draft(trace(polynomial, 2.0))
    with pytest.raises(GraphError, match="The graph polynomial has no node 'z'"):
        draft["z"]
    with pytest.raises(GraphError):
        bool(draft["x"] > 1)


def test_a_graph_is_pickled_as_its_text():
    graph = trace(f, 2.0, 5.0).value_and_derivative()
    again = pickle.loads(pickle.dumps(graph))
    assert again.run(2.0, 5.0) == graph.run(2.0, 5.0)
    assert again.to_json() == graph.to_json()
