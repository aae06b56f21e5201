"""5.1: the graph of f, by hand, in any numbering."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.exercises.written_graph import WrittenGraphExercise

graph_of_f = WrittenGraphExercise(
    "5.1",
    "Write the graph down",
    stub="""\
answer(
    "5.1",
    nodes={1: "x", 2: "y", 3: "log", 4: ..., 5: ..., 6: ..., 7: ...},
    edges=[(1, 3), ...],
    order=[...],
)
""",
    hints=[
        "Compute f(2, 5) on paper and write down every number that you meet. Each one is a node; x and y are nodes "
        "too.",
        "For each operation ask: which numbers did I use for it? Each of them sends one edge to it. "
        "`+`, `-` and `*` use two, `log` and `sin` use one.",
        "Python works from left to right: log(x) + x*y comes first, then sin(y) is taken away. For the order, walk "
        "down your list of nodes and stop at the first one whose inputs you have not passed yet.",
    ],
    takeaway="One value, one node, however often it is used: two arrows leave x, and two leave y.",
)


@graph_of_f.set_reference
def seven_nodes() -> dict[str, Any]:
    return {
        "nodes": {1: "x", 2: "y", 3: "log", 4: "*", 5: "sin", 6: "+", 7: "-"},
        "edges": [(1, 3), (1, 4), (2, 4), (2, 5), (3, 6), (4, 6), (6, 7), (5, 7)],
        "order": [1, 2, 3, 4, 5, 6, 7],
    }


@graph_of_f.wrong(
    "variable-drawn-twice",
    "The formula writes it twice, but it is one value, so it is one node. Let two arrows leave that node.",
)
def nine_nodes() -> dict[str, Any]:
    return {
        "nodes": {1: "x", 2: "x", 3: "y", 4: "y", 5: "log", 6: "*", 7: "sin", 8: "+", 9: "-"},
        "edges": [(1, 5), (2, 6), (3, 6), (4, 7), (5, 8), (6, 8), (8, 9), (7, 9)],
        "order": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    }


@graph_of_f.wrong(
    "edges-reversed",
    "All your arrows point from a result to what it was made from. Here an arrow follows the data: from an input to "
    "the operation that uses it.",
)
def against_the_data() -> dict[str, Any]:
    return {"edges": [(target, source) for source, target in seven_nodes()["edges"]]}


@graph_of_f.wrong(
    "difference-first",
    "Your graph subtracts before it adds. Python reads `a + b - c` from left to right: first `a + b`, then minus `c`.",
)
def grouped_from_the_right() -> dict[str, Any]:
    return {"edges": [(1, 3), (1, 4), (2, 4), (2, 5), (4, 7), (5, 7), (3, 6), (7, 6)]}


@graph_of_f.wrong(
    "user-before-input",
    "A node can be computed only when its inputs are there, so in the order each node comes after all that it uses.",
)
def sum_before_product() -> dict[str, Any]:
    return {"order": [1, 2, 3, 6, 4, 5, 7]}


@graph_of_f.wrong(
    "backward-order",
    "This order begins at the output: it is the way of the backward pass. Going forwards, the leaves come first.",
)
def from_the_output() -> dict[str, Any]:
    return {"order": [7, 6, 5, 4, 3, 2, 1]}


@graph_of_f.wrong(
    "result-as-node",
    "The result is no node of its own: it is the value of the last operation.",
)
def eight_nodes() -> dict[str, Any]:
    answer = seven_nodes()
    return {"nodes": {**answer["nodes"], 8: "f"}, "edges": [*answer["edges"], (7, 8)], "order": [*answer["order"], 8]}


@graph_of_f.alternative
def numbered_from_the_output() -> dict[str, Any]:
    return {
        "nodes": {"a": "-", "b": "+", "c": "sin(y)", "d": "x*y", "e": "np.log(x)", "f": "y", "g": "x"},
        "edges": [["g", "e"], ["e", "b"], ["g", "d"], ["f", "d"], ["d", "b"], ["b", "a"], ["f", "c"], ["c", "a"]],
        "order": ["f", "c", "g", "d", "e", "b", "a"],
    }


@graph_of_f.alternative
def in_words() -> dict[str, Any]:
    return {
        "nodes": {0: "X", 1: "Y", 2: "ln", 3: "times", 4: "sine", 5: "plus", 6: "minus"},
        "edges": {(0, 2), (0, 3), (1, 3), (1, 4), (2, 5), (3, 5), (5, 6), (4, 6)},
        "order": (1, 0, 4, 3, 2, 5, 6),
    }


@graph_of_f.alternative
def as_arrays() -> dict[str, Any]:
    answer = seven_nodes()
    return {"nodes": answer["nodes"], "edges": np.array(answer["edges"]), "order": np.array([2, 5, 1, 4, 3, 6, 7])}
