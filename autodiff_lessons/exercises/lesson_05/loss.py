"""5.2 and 5.3: the graph of a loss, abs(y_true - (x*w + b)) at x=2, w=3, b=1, y_true=4, forwards and backwards."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.value_exercise import GraphQuestion, ValueExercise
from autodiff_lessons.exercises.variants import Variants


def loss_graph(x: Tensor, w: Tensor, b: Tensor, y_true: Tensor) -> Tensor:
    x1 = x * w
    x2 = x1 + b
    error = y_true - x2
    loss = abs(error)
    return loss


AT: dict[str, float] = {"x": 2.0, "w": 3.0, "b": 1.0, "y_true": 4.0}


def other_numbers(chance: random.Random) -> dict[str, int]:
    """Numbers for a variant; x2 lies above y_true, as in the exercise, so that the bars turn the sign."""
    x, w, b = chance.randint(2, 9), chance.randint(2, 9), chance.randint(1, 9)
    return {"x": x, "w": w, "b": b, "y_true": chance.randint(1, x * w + b - 1)}


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


def forward_values_at(x: float, w: float, b: float, y_true: float) -> dict[str, float]:
    return {"x1": x * w, "x2": x * w + b, "loss": abs(y_true - (x * w + b))}


forward_pass.variants = Variants(other_numbers, forward_values_at)


@forward_pass.wrong(
    "no-absolute-value",
    "A loss is a distance, so it can't be negative. The last node takes the absolute value of the error.",
)
def signed_loss(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"loss": y_true - (x * w + b)}


@forward_pass.wrong(
    "adds-before-multiplying",
    "This is what `x * (w + b)` leads to. In `x * w + b` the product comes first, and b is added to the product.",
)
def sum_inside_the_product(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"x1": w + b, "x2": x * (w + b), "loss": abs(y_true - x * (w + b))}


@forward_pass.wrong("adds-before-multiplying")
def sum_inside_the_first_node(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"x1": x * (w + b)}


@forward_pass.wrong("adds-before-multiplying")
def sum_inside_the_second_node(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"x2": x * (w + b), "loss": abs(y_true - x * (w + b))}


@forward_pass.wrong("sum-for-product", "x1 is a product, `x * w`; this is the sum of x and w.")
def sum_of_both(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"x1": x + w}


@forward_pass.wrong("squared-error", "This is the squared error. The last node of this graph is `abs`, not a square.")
def square_of_the_error(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"loss": (y_true - (x * w + b)) ** 2}


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
        "For `grad_loss_x2`: the error y_true - x2 is negative here, so x2 is too large already. If x2 grows, does the "
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


def backward_values_at(x: float, w: float, b: float, y_true: float) -> dict[str, float]:
    return {"grad_loss_x2": 1, "grad_x2_x1": 1, "grad_x2_b": 1, "grad_x1_w": x, "dloss_dw": x, "dloss_db": 1}


backward_pass.variants = Variants(other_numbers, backward_values_at)


@backward_pass.wrong(
    "sign-of-the-error-ignored",
    "This is the slope of y_true - x2 without the bars. Where the inside of `|a|` is negative, the bars turn its sign, "
    "and with it the slope.",
)
def slope_without_the_bars(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_loss_x2": -1, "dloss_dw": -1 * 1 * x, "dloss_db": -1 * 1}


@backward_pass.wrong("sign-of-the-error-ignored")
def slope_without_the_bars_there(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_loss_x2": -1}


@backward_pass.wrong(
    "own-value-as-slope",
    "That is w itself. Move w a little: how much x1 = x * w moves is decided by the other factor.",
)
def own_value(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_x1_w": w}


@backward_pass.wrong("own-value-as-slope")
def own_value_to_the_end(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_x1_w": w, "dloss_dw": 1 * 1 * w}


@backward_pass.wrong(
    "adds-along-a-path",
    "You added the numbers on the way. Along one path they multiply, since each edge scales the push that arrives; "
    "only different paths are added.",
)
def sum_along_the_path(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"dloss_dw": 1 + 1 + x}


@backward_pass.wrong(
    "constant-has-no-slope",
    "b does not change while you read, but the question is what would happen if it did: would x2 = x1 + b stay the "
    "same?",
)
def bias_counts_as_constant(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_x2_b": 0}


@backward_pass.wrong(
    "value-for-slope",
    "That is the value of a node. A derivative is a ratio: how far one value moves for each little move of another.",
)
def value_of_the_sum(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_x2_x1": x * w}


@backward_pass.wrong("value-for-slope")
def value_of_the_upper_node(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_x2_x1": x * w + b}


@backward_pass.wrong("value-for-slope")
def value_of_the_loss(x: float = 2, w: float = 3, b: float = 1, y_true: float = 4) -> dict[str, float]:
    return {"grad_loss_x2": abs(y_true - (x * w + b))}


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
