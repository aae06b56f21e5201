"""Lesson 1, Measure a slope: partial derivatives and the chain rule.

The function of the course is f(x, y) = log(x) + x*y - sin(y).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine.forward import Dual
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Pair = tuple[float, float]


# 1.2: the partial derivatives of f

partial_derivatives = FunctionExercise(
    "1.2",
    "Hold one input still",
    probes=[(2.0, 5.0), (0.5, 1.0), (3.0, -2.0), (1.25, 4.0)],
    stub="""\
@exercise("1.2")
def partials(x, y):
    df_dx = ...
    df_dy = ...
    return df_dx, df_dy
""",
    hints=[
        "For df/dx, read y as a number that never changes, like 5. What is then the slope of each of the three terms "
        "as x moves?",
        "log(x) has the slope 1/x, and sin(y) the slope cos(y). A term without the input that moves has the slope 0.",
        "In x*y, the slope for one factor is the other factor. Mind the minus sign before sin(y): it stays.",
    ],
    takeaway="A partial derivative is an ordinary slope: one input moves, the other is held still.",
)


@partial_derivatives.set_reference
def partials(x: float, y: float) -> Pair:
    df_dx = 1 / x + y
    df_dy = x - np.cos(y)
    return df_dx, df_dy


@partial_derivatives.wrong(
    "sign-of-the-sine",
    "The slope of sin(y) is cos(y), and f takes the sine away: the minus sign stays before its slope.",
)
def sine_added(x: float, y: float) -> Pair:
    return 1 / x + y, x + np.cos(y)


@partial_derivatives.wrong(
    "degrees",
    "That cosine was taken in degrees. In calculus, and in Python, an angle is in radians: leave y as it is.",
)
def cosine_of_degrees(x: float, y: float) -> Pair:
    return 1 / x + y, x - np.cos(np.radians(y))


@partial_derivatives.wrong(
    "log-dropped", "log(x) moves with x too: its slope, 1/x, is missing from the derivative by x.", by_item=True
)
def without_the_logarithm(x: float, y: float) -> Pair:
    return y, x - np.cos(y)


@partial_derivatives.wrong(
    "log-kept",
    "There is still a logarithm in the derivative by x. log(x) is the height of that curve; its slope is 1/x.",
)
def logarithm_kept(x: float, y: float) -> Pair:
    return np.log(x) + y, x - np.cos(y)


@partial_derivatives.wrong(
    "sine-kept",
    "There is still a sine in the derivative by y. sin(y) is the height of that curve; its slope is cos(y).",
)
def sine_kept(x: float, y: float) -> Pair:
    return 1 / x + y, x - np.sin(y)


@partial_derivatives.wrong(
    "own-factor",
    "Look at x*y again. If x grows by 1, x*y grows by y: the slope for one factor is the other factor.",
    by_item=True,
)
def slope_is_the_factor_itself(x: float, y: float) -> Pair:
    return 1 / x + x, y - np.cos(y)


@partial_derivatives.wrong(
    "both-move",
    "Here both inputs move at once. A partial derivative holds one of them still, and a term without the other has "
    "the slope 0.",
    by_item=True,
)
def everything_differentiated(x: float, y: float) -> Pair:
    return 1 / x + y - np.cos(y), 1 / x + x - np.cos(y)


@partial_derivatives.wrong("both-move", by_item=True)
def total_derivative(x: float, y: float) -> Pair:
    return 1 / x + y + x - np.cos(y), 1 / x + y + x - np.cos(y)


@partial_derivatives.wrong("swapped", "These are the two derivatives in each other's place: df/dx comes first.")
def the_other_way_round(x: float, y: float) -> Pair:
    return x - np.cos(y), 1 / x + y


def _by_secants(h: float) -> Callable[[float, float], Pair]:
    def by_secants(x: float, y: float) -> Pair:
        def f(x: float, y: float) -> float:
            return float(np.log(x) + x * y - np.sin(y))

        return (f(x + h, y) - f(x, y)) / h, (f(x, y + h) - f(x, y)) / h

    return by_secants


partial_derivatives.wrong(
    "secant-for-tangent",
    "This is the slope of a secant: near the derivative, but not the same number. Find what it tends to as the step "
    "shrinks, with the rules for log, for a product and for sin.",
    by_item=True,
)(_by_secants(1e-1))
for small in (1e-2, 1e-3, 1e-4, 1e-5):
    partial_derivatives.wrong("secant-for-tangent", by_item=True)(_by_secants(small))


@partial_derivatives.alternative
def by_the_engine(x: float, y: float) -> list[Any]:
    leaves = Tensor(x, requires_grad=True), Tensor(y, requires_grad=True)
    f: Any = np.log(leaves[0]) + leaves[0] * leaves[1] - np.sin(leaves[1])
    f.backward()
    return [leaf.grad for leaf in leaves]


@partial_derivatives.alternative
def as_sums_over_terms(a: float, b: float, base: float = np.e) -> Any:
    slopes = np.array([[1 / (a * np.log(base)), b, 0.0], [0.0, a, -np.cos(b)]])
    return slopes.sum(axis=1)


partial_derivatives.alternative(lambda x, y: ((1 + x * y) / x, x + np.sin(y - np.pi / 2)))


# 1.3: a function inside a function

chain_rule = FunctionExercise(
    "1.3",
    "Multiply the slopes of a chain",
    probes=[(3.0,), (0.5,), (-1.25,), (2.0,)],
    stub="""\
@exercise("1.3")
def slope_of_sin_x2(x):
    d_inner = ...  # how fast x**2 moves as x moves
    d_outer = ...  # how fast the sine moves as its input moves
    return d_outer * d_inner
""",
    hints=[
        "There are two machines in a row: the first turns x into x**2, the second turns that number into its sine. "
        "Each has a slope of its own.",
        "The first slope is that of x**2 at x. The second is that of the sine at the number that goes into it. At "
        "x = 3, which number goes into the sine?",
        "A push on x is made `d_inner` times as large by the square, and that push `d_outer` times as large by the "
        "sine. The sine's slope is a cosine, taken at x**2.",
    ],
    takeaway="Slopes along a chain multiply, and each one is taken at the number that arrives there.",
)


@chain_rule.set_reference
def slope_of_sin_x2(x: float) -> Any:
    d_inner = 2 * x
    d_outer = np.cos(x**2)
    return d_outer * d_inner


@chain_rule.wrong(
    "no-inner-slope",
    "You have the slope of the sine. Its input x**2 moves faster or slower than x does: multiply by that slope too.",
)
def outer_only(x: float) -> Any:
    return np.cos(x**2)


@chain_rule.wrong(
    "outer-at-the-wrong-point",
    "Both slopes are there, but the sine's is taken at x. What goes into the sine is x**2: take its slope there.",
)
def cosine_at_x(x: float) -> Any:
    return 2 * x * np.cos(x)


@chain_rule.wrong(
    "slope-inside",
    "The cosine was taken at 2*x, which is the slope of x**2. It takes the number x**2 itself; the slope is a factor "
    "beside it.",
)
def cosine_of_the_slope(x: float) -> Any:
    return np.cos(2 * x)


@chain_rule.wrong("slope-inside")
def cosine_of_the_slope_times_it(x: float) -> Any:
    return 2 * x * np.cos(2 * x)


@chain_rule.wrong(
    "added", "You added the two slopes. Each one scales the push that arrives, so along a chain they multiply."
)
def slopes_added(x: float) -> Any:
    return 2 * x + np.cos(x**2)


@chain_rule.wrong(
    "sine-not-differentiated", "The slope of x**2 is there. The outer factor is still the sine: take the sine's slope."
)
def sine_times_inner(x: float) -> Any:
    return 2 * x * np.sin(x**2)


@chain_rule.wrong(
    "inner-only", "This is the slope of x**2 alone. The sine scales that push once more, by its own slope at x**2."
)
def inner_slope(x: float) -> Any:
    return 2 * x


@chain_rule.wrong("wrong-sign", "The sign is turned. The slope of sin is +cos; it is cos whose slope has a minus sign.")
def minus_cosine(x: float) -> Any:
    return -2 * x * np.cos(x**2)


@chain_rule.wrong(
    "square-of-the-sine",
    "This is the slope of sin(x)**2. In sin(x**2) the square comes first, and the sine is taken of its result.",
)
def sine_squared(x: float) -> Any:
    return 2 * np.sin(x) * np.cos(x)


@chain_rule.wrong(
    "square-kept",
    "You multiplied by x**2 itself. The factor is how fast x**2 moves as x moves: its slope.",
)
def times_the_square(x: float) -> Any:
    return x**2 * np.cos(x**2)


@chain_rule.wrong(
    "degrees",
    "That cosine was taken in degrees. In calculus, and in Python, an angle is in radians: leave it as it is.",
)
def cosine_of_degrees_of_the_square(x: float) -> Any:
    return 2 * x * np.cos(np.radians(x**2))


@chain_rule.alternative
def by_a_loop_over_the_chain(x: float) -> float:
    value, slope = x, 1.0
    for function, its_slope in ((np.square, lambda u: 2 * u), (np.sin, np.cos)):
        slope *= its_slope(value)
        value = function(value)
    return slope


@chain_rule.alternative
def by_a_dual_number(at: float) -> Any:
    return np.sin(Dual(at, 1.0) ** 2).tangent


@chain_rule.alternative
def by_a_shifted_sine(x: float, /, quarter: float = np.pi / 2) -> Any:
    return np.prod([x + x, np.sin(x * x + quarter)])


chain_rule.alternative(lambda x: 2 * x * (1 - 2 * np.sin(x * x / 2) ** 2))
