"""9.3: two linear layers are one, and three points that show that a sigmoid between them makes more of them.

Each layer has one neuron: W1 = 2, b1 = 1 and W2 = 3, b2 = -1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.comparing import Difference, as_number, kind_of
from autodiff_lessons.exercises.value_exercise import ValueExercise

BENT = 1e-9  # how far off a line one of three values has to be: far above rounding, and below what anybody sees
SHORT = 0.01  # on so short a piece the curve may be straight to that
MIDDLE = -0.5  # where the sigmoid turns from bending up to bending down


def sigmoid_network(x: float) -> float:
    """3 σ(2 x + 1) - 1, the sigmoid by tanh, which never overflows."""
    return 3 * (1 + math.tanh((2 * x + 1) / 2)) / 2 - 1


def verdict(inputs: list[float]) -> str:
    """What three inputs show of the sigmoid network, whose values grow with x."""
    left, middle, right = sorted(inputs)
    if not left < middle < right:
        return "not three"
    low, value, high = map(sigmoid_network, (left, middle, right))
    if abs(low + (high - low) * ((middle - left) / (right - left)) - value) > BENT:
        return "bent"
    if right - left < SHORT:
        return "short"
    return "on a line by chance" if left < MIDDLE < right else "flat"


def three_inputs(given: Any, truth: Any) -> Difference | None:
    """Compare two lists of inputs by what they show."""
    value = given.data if isinstance(given, Tensor) else given
    value = value.tolist() if isinstance(value, np.ndarray) else value
    numbers = [as_number(one) for one in value] if isinstance(value, list | tuple | set | range) else []
    finite = [one for one in numbers if one is not None and math.isfinite(one)]
    if len(numbers) != 3:
        return Difference("", f"{kind_of(given)} where a list of three numbers is needed")
    if len(finite) != 3:
        return Difference("", f"{kind_of(given)}, but not of three numbers")
    return None if verdict(finite) == verdict(truth) else Difference("")


layers = ValueExercise(
    "9.3",
    "Collapse two layers",
    compare={"inputs": three_inputs},
    stub="""\
answer(
    "9.3",
    W=...,  # the two linear layers as one: W x + b
    b=...,
    inputs=[..., ..., ...],  # for the network with the sigmoid
)
""",
    hints=[
        "Put the first layer into the second one, W2 * (W1 * x + b1) + b2, and multiply the brackets out. What stands "
        "in front of x, and what stands alone?",
        "On a straight line, equal steps in x bring equal steps in the value. Print `network(x)` for a few inputs, one "
        "step apart: are the steps of the values equal?",
        "Three inputs are needed: two points always lie on one line. Take neighbours that are one step apart, on one "
        "side of the place where the curve is steepest.",
    ],
    takeaway="Layers without a bend between them are one layer. The bend is what makes a network more than a line.",
)


@layers.set_reference
def multiplied_out() -> dict[str, Any]:
    return {"W": 3 * 2, "b": 3 * 1 - 1, "inputs": list(range(3))}


@layers.wrong(
    "weights-added",
    "You added the weights. The second layer multiplies all that the first one gives, its weight too.",
)
def sum_of_weights() -> dict[str, Any]:
    return {"W": 3 + 2}


@layers.wrong("one-layer-only", "This is one layer's own weight. x passes both layers, and each multiplies it.")
def second_weight() -> dict[str, Any]:
    return {"W": 3}


@layers.wrong("one-layer-only")
def first_weight() -> dict[str, Any]:
    return {"W": 2}


@layers.wrong(
    "biases-added",
    "You added the biases as they are. The first one passes the second layer too, which multiplies it, before the "
    "second one is added.",
)
def sum_of_biases() -> dict[str, Any]:
    return {"b": 1 - 1}


@layers.wrong(
    "first-bias-lost",
    "Either the first bias is missing here, or the layers are in each other's place. x meets W1 and b1 first, and W2 "
    "multiplies all of that.",
)
def second_bias_alone() -> dict[str, Any]:
    return {"b": -1}


@layers.wrong("second-bias-lost", "The second bias is missing, or its sign. It is added last, as it is.")
def product_alone() -> dict[str, Any]:
    return {"b": 3 * 1}


@layers.wrong("second-bias-lost")
def sign_of_the_second_lost() -> dict[str, Any]:
    return {"b": 3 * 1 + 1}


@layers.wrong(
    "bias-not-multiplied",
    "The first bias passes the second layer on its way: W2 multiplies it, and then the second one is added.",
)
def first_bias_alone() -> dict[str, Any]:
    return {"b": 1}


@layers.wrong(
    "two-points",
    "There are fewer than three different inputs here, and a line goes through any two points. A proof needs a third.",
)
def the_same_twice() -> dict[str, Any]:
    return {"inputs": [0.0, 1.0, 1.0]}


@layers.wrong(
    "by-chance-on-a-line",
    "These three points do lie on one line, as points on both sides of the curve's middle can. Move one of them.",
)
def around_the_middle() -> dict[str, Any]:
    return {"inputs": [-1.5, -0.5, 0.5]}


@layers.wrong(
    "too-far-out",
    "So far out the curve is flat, and the three values are as good as the same. Take inputs where it bends.",
)
def where_it_is_flat() -> dict[str, Any]:
    return {"inputs": [100.0, 200.0, 300.0]}


@layers.wrong(
    "too-close",
    "On so short a piece every curve is straight, to nine digits. Take inputs that are further apart.",
)
def side_by_side() -> dict[str, Any]:
    return {"inputs": [1.0, 1.000001, 1.000002]}


@layers.alternative
def read_off_two_points() -> dict[str, Any]:
    def network(x: float) -> float:
        return 3 * (2 * x + 1) - 1

    return {"W": network(1) - network(0), "b": network(0), "inputs": (0.3, -2, 4.5)}


@layers.alternative
def by_matrices() -> dict[str, Any]:
    first, second = np.array([[2.0, 1.0], [0.0, 1.0]]), np.array([[3.0, -1.0], [0.0, 1.0]])
    weight, bias = (second @ first)[0]
    return {"W": weight, "b": Tensor(bias), "inputs": np.linspace(-4, 0, 3)}
