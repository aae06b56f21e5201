"""Lesson 2, Differentiate formulas: quotients and functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.engine import symbolic
from autodiff_lessons.errors import FormulaError
from autodiff_lessons.exercises.formula_trees import Cos, Div, Exp, Log, Node, Sin
from autodiff_lessons.exercises.formula_values import values_at
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_02.trees import Rule, diff, x, y

# 2.2: quotients and functions


def d(node: Node) -> Any:
    """The derivative by x, by the rules of 2.1: what 2.2 is given for the inner nodes."""
    derivative = diff(node, "x")
    if derivative is None:
        raise FormulaError(f"d has no rule for {node}: that rule is the one you write here.")
    return derivative


more_rules = FunctionExercise(
    "2.2",
    "Differentiate quotients and functions",
    probes=[
        ((x**2 + 1) / (x - 3), d),
        (Sin(x**2), d),
        (Cos(x**2), d),
        (Log(x**2 + 1), d),
        (Exp(3 * x + y), d),
        (Div(x * y, x**2 + y), d),
        (Sin(x * y), d),
        (Cos(x * y), d),
        (Log(x * y + 2), d),
        (Exp(x * y), d),
    ],
    compared=values_at([{"x": 5.0, "y": 2.0}, {"x": 0.5, "y": 1.5}, {"x": 2.0, "y": 0.25}]),
    stub="""\
@exercise("2.2")
def diff_more(node, d):
    match node:
        case Div(u, v):
            return ...
        case Sin(u):
            return Cos(u) * d(u)
        case Cos(u):
            return ...
        case Log(u):
            return ...
        case Exp(u):
            return ...
""",
    hints=[
        "Each rule is the function's own slope, taken at u, times how fast u moves: look at the sine, and leave `d(u)` "
        "where it is.",
        "The slope of cos is minus the sine, that of log is one over its input, and exp is its own slope. For the "
        "quotient, the top moves first, and the part that comes from the bottom has the minus sign.",
        "The quotient rule has two products above the bar, derivative of the top times the bottom comes first, and "
        "below the bar the bottom squared, `v**2`.",
    ],
    takeaway="With a rule for each operation, every formula made of them has a derivative: only the chain rule is new.",
)


@more_rules.set_reference
def diff_more(node: Node, d: Rule) -> Any:
    match node:
        case Div(u, v):
            return (d(u) * v - u * d(v)) / v**2
        case Sin(u):
            return Cos(u) * d(u)
        case Cos(u):
            return -Sin(u) * d(u)
        case Log(u):
            return d(u) / u
        case Exp(u):
            return Exp(u) * d(u)


@more_rules.wrong(
    "quotient-swapped",
    "The two products above the bar are in each other's place, which turns the sign: the one with the derivative of "
    "the top comes first.",
    by_probe=True,
)
def bottom_moves_first(node: Node, d: Rule) -> Any:
    match node:
        case Div(u, v):
            return (u * d(v) - v * d(u)) / v**2
    return diff_more(node, d)


@more_rules.wrong(
    "quotient-of-derivatives",
    "A quotient's derivative is not the quotient of the derivatives. Let the top move, then the bottom: there are two "
    "products above the bar.",
    by_probe=True,
)
def divides_the_derivatives(node: Node, d: Rule) -> Any:
    match node:
        case Div(u, v):
            return d(u) / d(v)
    return diff_more(node, d)


@more_rules.wrong(
    "bottom-not-squared",
    "Above the bar all is well. Below it the bottom stands squared, `v**2`.",
    by_probe=True,
)
def divides_by_the_bottom(node: Node, d: Rule) -> Any:
    match node:
        case Div(u, v):
            return (d(u) * v - u * d(v)) / v
    return diff_more(node, d)


@more_rules.wrong(
    "quotient-with-plus",
    "That is the product rule above the bar. A larger bottom makes a quotient smaller, so its part has a minus sign.",
    by_probe=True,
)
def adds_above_the_bar(node: Node, d: Rule) -> Any:
    match node:
        case Div(u, v):
            return (d(u) * v + u * d(v)) / v**2
    return diff_more(node, d)


@more_rules.wrong(
    "no-inner-derivative",
    "The function's own slope is there. But what goes into it moves at its own pace: multiply by `d(u)`.",
    by_probe=True,
)
def outer_slope_only(node: Node, d: Rule) -> Any:
    match node:
        case Sin(u):
            return Cos(u)
        case Cos(u):
            return -Sin(u)
        case Log(u):
            return 1 / u
        case Exp(u):
            return Exp(u)
    return diff_more(node, d)


@more_rules.wrong(
    "derivative-inside",
    "The inner derivative went into the function. The function's slope is taken at u itself, and `d(u)` is a factor "
    "beside it.",
    by_probe=True,
)
def slope_at_the_derivative(node: Node, d: Rule) -> Any:
    match node:
        case Sin(u):
            return Cos(d(u))
        case Cos(u):
            return -Sin(d(u))
        case Log(u):
            return 1 / d(u)
        case Exp(u):
            return Exp(d(u))
    return diff_more(node, d)


@more_rules.wrong(
    "sign-of-the-cosine",
    "Where the cosine falls, the sine is positive: the slope of cos has a minus sign.",
    by_probe=True,
)
def plus_sine(node: Node, d: Rule) -> Any:
    match node:
        case Cos(u):
            return Sin(u) * d(u)
    return diff_more(node, d)


@more_rules.wrong(
    "function-not-differentiated",
    "The inner derivative is there, but the function itself still stands before it: put the function's slope there.",
    by_probe=True,
)
def function_kept(node: Node, d: Rule) -> Any:
    match node:
        case Sin(u) | Cos(u) | Log(u):
            return node * d(u)
    return diff_more(node, d)


@more_rules.wrong(
    "exp-as-a-power",
    "That is the rule for u**n, where the base moves. In exp the exponent moves, and exp is its own slope.",
    by_probe=True,
)
def exponent_in_front(node: Node, d: Rule) -> Any:
    match node:
        case Exp(u):
            return u * Exp(u - 1) * d(u)
    return diff_more(node, d)


@more_rules.alternative
def quotient_as_a_product(node: Any, derivative: Rule, one: float = 1) -> Any:
    if isinstance(node, Div):
        return derivative(node.numerator * node.denominator**-1)
    slopes: dict[type[Node], Rule] = {Sin: Cos, Cos: lambda u: 0 - Sin(u), Log: lambda u: u**-1, Exp: Exp}
    return derivative(node.inner) * slopes[type(node)](node.inner) * one


@more_rules.alternative
def in_numpys_notation(node: Any, d: Rule) -> Any:
    u, *below = node.inputs
    if below:
        (v,) = below
        return d(u) / v - u / v * (d(v) / v)
    kind = type(node).__name__
    return d(u) * (
        np.cos(u) if kind == "Sin" else -1 * np.sin(u) if kind == "Cos" else 1 / u if kind == "Log" else node
    )


more_rules.alternative(lambda node, d: symbolic.diff(node.formula, "x"))
