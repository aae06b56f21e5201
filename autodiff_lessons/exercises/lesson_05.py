"""Lesson 5, Read computation graphs: a graph by hand, forwards and backwards.

The function of the course is f(x, y) = log(x) + x*y - sin(y); the loss is abs(y_true - (x*w + b)) at x=2, w=3, b=1,
y_true=4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.value_exercise import GraphQuestion, ValueExercise
from autodiff_lessons.exercises.written_graph import WrittenGraphExercise


def loss_graph(x: Tensor, w: Tensor, b: Tensor, y_true: Tensor) -> Tensor:
    x1 = x * w
    x2 = x1 + b
    error = y_true - x2
    loss = abs(error)
    return loss


AT: dict[str, float] = {"x": 2.0, "w": 3.0, "b": 1.0, "y_true": 4.0}


# 5.1: the graph of f, any numbering

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


# 5.2: the values of the loss's graph

forward_pass = ValueExercise(
    "5.2",
    "Be the forward pass",
    graph=GraphQuestion(loss_graph, AT, [("x1", "value", "x1"), ("x2", "value", "x2"), ("loss", "value", "loss")]),
    hints=[
        "Begin with a node whose inputs are all leaves. Which one is it?",
        "x1 is `x * w`. Then x2 takes that number and adds b.",
        "The loss is a distance: how far x2 is from y_true, whichever of the two is larger.",
    ],
    takeaway="Every node was ready as soon as its inputs were: that is the forward pass, in a topological order.",
)


@forward_pass.set_reference
def forward_values() -> dict[str, float]:
    return {"x1": 2 * 3, "x2": 2 * 3 + 1, "loss": abs(4 - (2 * 3 + 1))}


@forward_pass.wrong(
    "no-absolute-value",
    "A loss is a distance, so it can't be negative. The last node takes the absolute value of the error.",
)
def signed_loss() -> dict[str, float]:
    return {"loss": 4 - (2 * 3 + 1)}


@forward_pass.wrong(
    "adds-before-multiplying",
    "This is what `x * (w + b)` leads to. In `x * w + b` the product comes first, and b is added to the product.",
)
def sum_inside_the_product() -> dict[str, float]:
    return {"x1": 3 + 1, "x2": 2 * (3 + 1), "loss": abs(4 - 2 * (3 + 1))}


@forward_pass.wrong("adds-before-multiplying")
def sum_inside_the_first_node() -> dict[str, float]:
    return {"x1": 2 * (3 + 1)}


@forward_pass.wrong("adds-before-multiplying")
def sum_inside_the_second_node() -> dict[str, float]:
    return {"x2": 2 * (3 + 1), "loss": abs(4 - 2 * (3 + 1))}


@forward_pass.wrong("sum-for-product", "x1 is a product, `x * w`; this is the sum of x and w.")
def sum_of_both() -> dict[str, float]:
    return {"x1": 2 + 3}


@forward_pass.wrong("squared-error", "This is the squared error. The last node of this graph is `abs`, not a square.")
def square_of_the_error() -> dict[str, float]:
    return {"loss": (4 - (2 * 3 + 1)) ** 2}


@forward_pass.alternative
def forward_by_tensors() -> dict[str, Any]:
    x1 = Tensor(2.0, requires_grad=True) * 3.0
    return {"x1": x1, "x2": x1 + 1, "loss": abs(4 - (x1 + 1))}


@forward_pass.alternative
def forward_by_numpy() -> dict[str, Any]:
    x, w, b, y_true = np.array([2.0, 3.0, 1.0, 4.0])
    return {"x1": x * w, "x2": np.array(x * w + b), "loss": np.abs(y_true - (x * w + b))}


# 5.3: local derivatives and cotangents of the same graph

backward_pass = ValueExercise(
    "5.3",
    "Be the backward pass",
    graph=GraphQuestion(
        loss_graph,
        AT,
        [
            ("grad_loss_x2", "cotangent", "x2"),
            ("grad_x2_x1", "edge", ("x1", "x2")),
            ("grad_x2_b", "edge", ("b", "x2")),
            ("grad_x1_w", "edge", ("w", "x1")),
            ("dloss_dw", "cotangent", "w"),
            ("dloss_db", "cotangent", "b"),
        ],
    ),
    hints=[
        "Take one edge at a time. Make the value where it starts a little larger: does the value where it ends grow or "
        "shrink, and by how many times as much?",
        "For `grad_loss_x2`: the error 4 - x2 is negative here, so x2 is too large already. If x2 grows, does the "
        "loss grow or shrink? For a product, the edge from one factor carries the other factor.",
        "For `dloss_dw`, walk from the loss back to w: through x2 and x1. Multiply the numbers that you pass. "
        "For `dloss_db` the walk is shorter.",
    ],
    takeaway="Along a path the local derivatives multiply: each step scales the push that arrives.",
)


@backward_pass.set_reference
def backward_values() -> dict[str, float]:
    return {
        "grad_loss_x2": 1,
        "grad_x2_x1": 1,
        "grad_x2_b": 1,
        "grad_x1_w": 2,
        "dloss_dw": 1 * 1 * 2,
        "dloss_db": 1 * 1,
    }


@backward_pass.wrong(
    "sign-of-the-error-ignored",
    "This is the slope of 4 - x2 without the bars. Where the inside of `|a|` is negative, the bars turn its sign, "
    "and with it the slope.",
)
def slope_without_the_bars() -> dict[str, float]:
    return {"grad_loss_x2": -1, "dloss_dw": -1 * 1 * 2, "dloss_db": -1 * 1}


@backward_pass.wrong("sign-of-the-error-ignored")
def slope_without_the_bars_there() -> dict[str, float]:
    return {"grad_loss_x2": -1}


@backward_pass.wrong(
    "own-value-as-slope",
    "That is w itself. Move w a little: how much x1 = x * w moves is decided by the other factor.",
)
def own_value() -> dict[str, float]:
    return {"grad_x1_w": 3}


@backward_pass.wrong("own-value-as-slope")
def own_value_to_the_end() -> dict[str, float]:
    return {"grad_x1_w": 3, "dloss_dw": 1 * 1 * 3}


@backward_pass.wrong(
    "adds-along-a-path",
    "You added the numbers on the way. Along one path they multiply, since each edge scales the push that arrives; "
    "only different paths are added.",
)
def sum_along_the_path() -> dict[str, float]:
    return {"dloss_dw": 1 + 1 + 2}


@backward_pass.wrong(
    "constant-has-no-slope",
    "b does not change while you read, but the question is what would happen if it did: would x2 = x1 + b stay the "
    "same?",
)
def bias_counts_as_constant() -> dict[str, float]:
    return {"grad_x2_b": 0}


@backward_pass.wrong(
    "value-for-slope",
    "That is the value of a node. A derivative is a ratio: how far one value moves for each little move of another.",
)
def value_of_the_sum() -> dict[str, float]:
    return {"grad_x2_x1": 2 * 3}


@backward_pass.wrong("value-for-slope")
def value_of_the_upper_node() -> dict[str, float]:
    return {"grad_x2_x1": 2 * 3 + 1}


@backward_pass.wrong("value-for-slope")
def value_of_the_loss() -> dict[str, float]:
    return {"grad_loss_x2": abs(4 - (2 * 3 + 1))}


@backward_pass.alternative
def backward_by_the_engine() -> dict[str, Any]:
    inputs = {name: Tensor(value, requires_grad=True) for name, value in AT.items()}
    loss_graph(**inputs).backward()
    by_w, by_b = inputs["w"].grad, inputs["b"].grad
    return {
        "grad_loss_x2": by_b,
        "grad_x2_x1": 1.0,
        "grad_x2_b": 1.0,
        "grad_x1_w": AT["x"],
        "dloss_dw": by_w,
        "dloss_db": by_b,
    }


@backward_pass.alternative
def backward_by_small_steps() -> dict[str, Any]:
    def loss(w: float, b: float) -> float:
        return abs(4 - (2 * w + b))

    step = 2.0**-10
    by_w = (loss(3 + step, 1) - loss(3, 1)) / step
    by_b = (loss(3, 1 + step) - loss(3, 1)) / step
    return {
        "grad_loss_x2": np.float64(by_b),
        "grad_x2_x1": 1,
        "grad_x2_b": 1,
        "grad_x1_w": 2.0,
        "dloss_dw": by_w,
        "dloss_db": by_b,
    }


# 5.4: derivatives as sums over paths

paths = FunctionExercise(
    "5.4",
    "List the paths",
    probes=[(2.0, 3.0), (3.0, 5.0), (-1.5, 4.0), (0.5, -0.75)],
    stub="""\
@exercise("5.4")
def by_paths(x, w):
    d_dx = ...
    d_dw = ...
    return d_dx, d_dw
""",
    hints=[
        "From the output back to x there are two paths: one through the sum, one through the product. To w there are "
        "two as well. Follow them with a finger on the graph.",
        "Write a number on each edge first. The last node is a product, so the edge from `total` carries `product`, "
        "and the edge from `product` carries `total`.",
        "Through the sum: `product * 1`. Through the product: `total` times the other factor. Multiply along each "
        "path, then add the two.",
    ],
    takeaway="Multiply along each path, add over the paths: that is the chain rule, read from a picture.",
)


@paths.set_reference
def by_paths(x: float, w: float) -> tuple[float, float]:
    total = x + w
    product = x * w
    d_dx = product * 1 + total * w  # through total, through product
    d_dw = product * 1 + total * x
    return d_dx, d_dw


@paths.wrong(
    "one-path",
    "You followed one path only. Two arrows leave each leaf, so there is a second path to the output; add what comes "
    "through it.",
    by_item=True,
)
def only_through_the_sum(x: float, w: float) -> tuple[float, float]:
    return x * w, x * w


@paths.wrong("one-path", by_item=True)
def only_through_the_product(x: float, w: float) -> tuple[float, float]:
    return (x + w) * w, (x + w) * x


@paths.wrong(
    "product-of-paths",
    "You multiplied the paths with each other. Numbers multiply along one path; different paths bring separate "
    "pushes, and pushes add.",
    by_item=True,
)
def paths_multiplied(x: float, w: float) -> tuple[float, float]:
    return (x * w) * ((x + w) * w), (x * w) * ((x + w) * x)


@paths.wrong(
    "swapped",
    "These are the two derivatives in each other's place. Is d/dx returned first? And on the way into `x * w`, the "
    "edge from x carries w, not x.",
)
def the_other_way_round(x: float, w: float) -> tuple[float, float]:
    return x * w + (x + w) * x, x * w + (x + w) * w


@paths.wrong(
    "adds-along-a-path",
    "You added the numbers along each path. Along a path they multiply, since each edge scales the push that arrives.",
    by_item=True,
)
def edges_added(x: float, w: float) -> tuple[float, float]:
    return (x * w + 1) + (x + w + w), (x * w + 1) + (x + w + x)


@paths.wrong(
    "stops-early",
    "You stopped one node below the output: these are the numbers on its two edges. Go on from `total` and from "
    "`product` down to the leaves.",
)
def edges_of_the_output(x: float, w: float) -> tuple[float, float]:
    return x * w, x + w


@paths.alternative
def by_expanding(a: float, b: float, scale: float = 1.0) -> list[float]:
    return [scale * (2 * a * b + b**2), scale * (a**2 + 2 * a * b)]


@paths.alternative
def by_a_list_of_paths(x: float, w: float) -> tuple[float, ...]:
    edges = {
        "output": [("total", x * w), ("product", x + w)],
        "total": [("x", 1.0), ("w", 1.0)],
        "product": [("x", w), ("w", x)],
    }

    def walks(node: str, leaf: str) -> float:
        if node == leaf:
            return 1.0
        return sum(slope * walks(below, leaf) for below, slope in edges.get(node, []))

    return tuple(walks("output", leaf) for leaf in ("x", "w"))


@paths.alternative
def by_matrices(x: float, w: float) -> Any:
    return np.array([x * w, x + w]) @ np.array([[1, 1], [w, x]])


@paths.alternative
def by_the_engine(x: float, w: float) -> tuple[Any, Any]:
    leaves = Tensor(x, requires_grad=True), Tensor(w, requires_grad=True)
    ((leaves[0] + leaves[1]) * (leaves[0] * leaves[1])).backward()
    return leaves[0].grad, leaves[1].grad


paths.alternative(lambda x, w: (w * (2 * x + w), x * (x + 2 * w)))
