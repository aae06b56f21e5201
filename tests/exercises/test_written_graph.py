"""5.1: a graph written down, judged whatever its numbering."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.written_graph import label_of

EXERCISE = get("5.1")
RIGHT = EXERCISE.reference
EDGES = RIGHT["edges"]


def with_edges(*edges: Any, without: Any = None) -> dict[str, Any]:
    return {**RIGHT, "edges": [edge for edge in EDGES if edge != without] + list(edges)}


@pytest.mark.parametrize("seed", range(5))
def test_any_numbering_is_right(seed: int) -> None:
    chance = random.Random(seed)
    names = chance.sample(range(100), 7)
    new = dict(zip(RIGHT["nodes"], names, strict=True))
    nodes = {new[number]: label for number, label in chance.sample(sorted(RIGHT["nodes"].items()), 7)}
    edges = [[new[a], new[b]] for a, b in chance.sample(EDGES, 8)]
    order = [new[number] for number in (2, 5, 1, 4, 3, 6, 7)]
    assert EXERCISE.check({"nodes": nodes, "edges": edges, "order": order}).status == "correct"


@pytest.mark.parametrize(
    ("written", "label"),
    [
        (" X ", "x"),
        ("np.log", "log"),
        ("math.sin(y)", "sin"),
        ("ln", "log"),
        ("x*y", "*"),
        ("x × y", "*"),
        ("·", "*"),
        ("mul", "*"),
        ("log(x) + x*y", "+"),
        ("Plus", "+"),
        ("−", "-"),
        ("log(x) + x*y - sin(y)", "-"),
        ("minus", "-"),
        ("x / y", "?"),
        ("a b c", "?"),
        (3, "?"),
        ("(" * 10_000, "?"),
    ],
)
def test_labels_are_read_tolerantly(written: Any, label: str) -> None:
    assert label_of(written) == label


@pytest.mark.parametrize(
    ("candidate", "told"),
    [
        ({**RIGHT, "nodes": ["x", "y"]}, "`nodes` is a list of two values where a dict is needed"),
        ({**RIGHT, "nodes": {**RIGHT["nodes"], 7: "/"}}, "Node 7 is labelled `'/'`. Label a node with"),
        ({**RIGHT, "nodes": {**RIGHT["nodes"], 7: "f"}}, "Node 7 is labelled `'f'`. Label a node with"),
        ({**RIGHT, "nodes": {**RIGHT["nodes"], 7: "+"}}, "`+` stands in two nodes, but the formula does it once."),
        ({**RIGHT, "nodes": {1: "x", 2: "y", 3: "log"}}, "Your graph has three nodes. Something in the formula"),
        ({**RIGHT, "edges": 3}, "`edges` is one number where a list of pairs is needed"),
        ({**RIGHT, "edges": {1: 3}}, "`edges` is a dict of one value where a list of pairs is needed"),
        (with_edges((1, 2, 3)), "`(1, 2, 3)` is no edge: an edge is a pair"),
        (with_edges("13"), "`'13'` is no edge"),
        (with_edges((1, 9)), "Edge `(1, 9)`: there is no node 9 in your `nodes`."),
        (with_edges(([1], 2)), "Edge `([1], 2)`: there is no node [1]"),
        (with_edges((1, 3)), "Edge `(1, 3)` is in your list two times; once is enough."),
        (with_edges((4, 4)), "Edge `(4, 4)` leads from a node to itself"),
        (
            with_edges((3, 1), without=(1, 3)),
            "Edge `(3, 1)` points from `log` to `x`. Which of the two is computed first?",
        ),
        (with_edges((1, 6)), "Edge `(1, 6)`: in the formula, `+` does not use `x` directly."),
        (with_edges(without=(2, 4)), "`*` takes two inputs; your edges give it 1."),
        (with_edges(without=(2, 5)), "`sin` takes one input; your edges give it none."),
        ({**RIGHT, "edges": []}, "`log` takes one input; your edges give it none."),
        ({**RIGHT, "order": "1234567"}, "`order` is text where a list of node numbers is needed."),
        ({**RIGHT, "order": [1, 2, 3, 4, 5, 6, "-"]}, "`order` has '-' in it, which is no number in your `nodes`."),
        ({**RIGHT, "order": [[1], 2]}, "`order` has [1] in it, which is no number"),
        ({**RIGHT, "order": [1, 2, 3, 4, 5, 6, 6]}, "`order` has node 6 in it two times. Each node is computed once."),
        ({**RIGHT, "order": [1, 2, 3, 4, 5, 7]}, "`order` is without node 6."),
    ],
)
def test_what_is_told(candidate: dict[str, Any], told: str) -> None:
    outcome = EXERCISE.check(candidate)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)
    assert told in outcome.message


@pytest.mark.parametrize("order", [[3, 1, 2, 4, 5, 6, 7], (1, 2, 3, 4, 6, 7, 5), np.array([1, 3, 2, 6, 4, 5, 7])])
def test_an_order_that_computes_too_early(order: Any) -> None:
    assert EXERCISE.check({**RIGHT, "order": order}).misconception == "user-before-input"


def test_one_variable_drawn_twice_is_enough() -> None:
    nodes = {**RIGHT["nodes"], 8: "y"}
    edges = [edge for edge in EDGES if edge != (2, 5)] + [(8, 5)]
    outcome = EXERCISE.check({"nodes": nodes, "edges": edges, "order": [1, 2, 8, 3, 4, 5, 6, 7]})
    assert outcome.misconception == "variable-drawn-twice"
    assert "`y` stands in two nodes." in outcome.message


def test_all_edges_reversed_in_another_numbering() -> None:
    nodes = {str(number): label for number, label in RIGHT["nodes"].items()}
    edges = {(str(target), str(source)) for source, target in EDGES}
    assert EXERCISE.check({"nodes": nodes, "edges": edges}).misconception == "edges-reversed"


def test_what_is_open_is_named() -> None:
    started = {"nodes": {1: "x", 2: "y", 3: "log", 4: "*", 5: ...}, "edges": [(1, 3), ...], "order": [...]}
    assert EXERCISE.check(started).message.endswith("Open: `nodes`, `edges`, `order`.")
    assert EXERCISE.check({**started, "nodes": RIGHT["nodes"]}).message == "Still open: `edges`, `order`."
    assert EXERCISE.check({**RIGHT, "nodes": {1: ...}}).message == "Still open: `nodes`."
    assert EXERCISE.check({"nodes": RIGHT["nodes"], "order": [7, 6, 5, 4, 3, 2, 1]}).misconception == "backward-order"
