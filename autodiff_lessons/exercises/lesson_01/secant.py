"""Lesson 1, Measure a slope: the secant, and what it tends to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.exercises.function_exercise import FunctionExercise

Curve = Callable[[Any], Any]


# 1.1: the slope of a secant


def parabola(x: float) -> float:
    return x**2 + 3 * x + 2


def cubic(x: float) -> float:
    return x * x * x - x


secants = FunctionExercise(
    "1.1",
    "Measure with a secant",
    probes=[
        (parabola, 2.0, 1.0),
        (parabola, 2.0, 0.1),
        (parabola, 2.0, 0.01),
        (parabola, -3.0, 0.5),
        (cubic, 1.5, 0.25),
        (cubic, -0.75, 2.0),
    ],
    stub="""\
@exercise("1.1")
def secant(f, x, h):
    return ...
""",
    hints=[
        "A slope is a ratio: how far you go up, divided by how far you go to the right. You walk from x to x + h.",
        "How far up: the value of f where you arrive, minus the value where you started. `f` is a function, so its "
        "value at any place is `f(place)`.",
        "Up goes above the bar, in parentheses, and the way to the right below it: `(up) / right`. Python divides "
        "before it subtracts, so the parentheses matter.",
    ],
    takeaway="Rise over run. For the parabola the slope comes nearer and nearer to one number as h shrinks: that "
    "number is the derivative.",
)


@secants.set_reference
def secant(f: Curve, x: float, h: float) -> Any:
    return (f(x + h) - f(x)) / h


@secants.wrong(
    "not-divided",
    "This is how far the curve rises. A slope is the rise for each unit to the right: divide it by the step h.",
)
def rise(f: Curve, x: float, h: float) -> Any:
    return f(x + h) - f(x)


@secants.wrong(
    "divided-by-the-place",
    "You divide by where you are. The run is how far x moved: from x to x + h, which is h.",
)
def over_the_end(f: Curve, x: float, h: float) -> Any:
    return (f(x + h) - f(x)) / (x + h)


@secants.wrong("divided-by-the-place")
def over_the_start(f: Curve, x: float, h: float) -> Any:
    return (f(x + h) - f(x)) / x


@secants.wrong(
    "no-parentheses",
    "Python divides before it subtracts, so only the last term is divided by h. Put parentheses around the whole rise.",
)
def only_the_last_is_divided(f: Curve, x: float, h: float) -> Any:
    return f(x + h) - f(x) / h


@secants.wrong(
    "multiplied-by-the-step",
    "The rise is multiplied by h here. A slope is a ratio: the rise divided by the step.",
)
def times_the_step(f: Curve, x: float, h: float) -> Any:
    return (f(x + h) - f(x)) * h


@secants.wrong("turned-difference", "The sign is turned: take the value where you arrive minus the value at the start.")
def start_minus_end(f: Curve, x: float, h: float) -> Any:
    return (f(x) - f(x + h)) / h


@secants.wrong(
    "step-outside",
    "h is added to the value of f here. Move x first, then ask for the value there: the step goes inside the call.",
)
def step_added_to_the_value(f: Curve, x: float, h: float) -> Any:
    return (f(x) + h - f(x)) / h


@secants.wrong(
    "steps-back",
    "This secant reaches from x back to x - h. The one that is asked for goes on to x + h.",
)
def backwards(f: Curve, x: float, h: float) -> Any:
    return (f(x) - f(x - h)) / h


@secants.wrong(
    "both-sides",
    "This secant reaches from x - h to x + h. It is the better one, and lesson 3 is about it; here begin at x itself.",
)
def central(f: Curve, x: float, h: float) -> Any:
    return (f(x + h) - f(x - h)) / (2 * h)


@secants.wrong(
    "ignores-the-step",
    "This is the slope of the tangent, the same for every h. Measure the secant from x to x + h with the h that is "
    "given, however big it is.",
)
def tangent(f: Curve, x: float, h: float) -> Any:
    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6


@secants.wrong(
    "knows-one-function",
    "This is right for one function only. Use the `f`, the x and the h that are given, so that it works for every "
    "function.",
)
def by_hand_for_the_parabola(f: Curve, x: float, h: float) -> Any:
    return 2 * x + 3


@secants.wrong("knows-one-function")
def secant_of_the_parabola(f: Curve, x: float, h: float) -> Any:
    return 2 * x + 3 + h


@secants.alternative
def step_by_step(function: Curve, start: float, step: float = 1e-3) -> Any:
    end = start + step
    rise = function(end) - function(start)
    run = end - start
    return rise / run


@secants.alternative
def by_numpy(f: Curve, x: float, h: float) -> Any:
    places = np.array([x, x + h])
    return np.diff(f(places))[0] / np.ptp(places)


secants.alternative(lambda g, a, b: g(a + b) / b - g(a) / b)
