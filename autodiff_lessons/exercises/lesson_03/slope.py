"""3.1 and 3.2: the slope of a function at a point, and the step that measures it best."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import differences
from autodiff_lessons.exercises.estimates import read_as
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.value_exercise import ValueExercise

Function = Callable[[Any], Any]


def cube(x: Any) -> Any:
    return x**3


def sin(x: Any) -> Any:
    return np.sin(x)


def exp(x: Any) -> Any:
    return np.exp(x)


# 3.1: one central difference. The wide steps tell it from the slope itself and from other differences, and the falling
# sine from its absolute value.

central = FunctionExercise(
    "3.1",
    "Look to both sides",
    probes=[(cube, 2.0, 1e-3), (cube, 2.0, 0.5), (sin, 1.0, 0.25), (exp, -1.0, 2.0), (sin, 2.5, 0.5)],
    stub="""\
@exercise("3.1")
def central_difference(f, x, h):
    return ...
""",
    hints=[
        "A slope is rise over run. Your two points are x + h and x - h. What is the rise from one to the other?",
        "And the run: how far apart are x + h and x - h? Draw them on a line, with x between them.",
        "Rise: `f(x + h) - f(x - h)`. Run: `2 * h`. Each needs brackets of its own around it, for `/` binds more "
        "tightly than `-`, and as tightly as `*`.",
    ],
    takeaway="A point on each side: the error falls with h squared, where a step to one side only falls with h.",
)


@central.set_reference
def central_difference(f: Function, x: float, h: float) -> Any:
    return (f(x + h) - f(x - h)) / (2 * h)


@central.wrong(
    "not-halved",
    "This is twice the slope. From x - h to x + h it is h on each side, so the run is `2 * h`.",
)
def run_of_one_step(f: Function, x: float, h: float) -> Any:
    return (f(x + h) - f(x - h)) / h


@central.wrong(
    "multiplied-by-the-step",
    "This was divided by 2 and multiplied by h: Python reads `a / 2 * h` as `(a / 2) * h`. Brackets make one divisor: "
    "`a / (2 * h)`.",
)
def divisor_without_brackets(f: Function, x: float, h: float) -> Any:
    return (f(x + h) - f(x - h)) / 2 * h


@central.wrong(
    "only-the-second-divided",
    "Only the second value was divided: `/` binds more tightly than `-`. Put brackets around the whole difference.",
)
def difference_without_brackets(f: Function, x: float, h: float) -> Any:
    return f(x + h) - f(x - h) / (2 * h)


@central.wrong(
    "one-sided",
    "One of your two points is x itself. A central difference takes a point on each side: x + h and x - h.",
)
def ahead_only(f: Function, x: float, h: float) -> Any:
    return (f(x + h) - f(x)) / h


@central.wrong("one-sided")
def behind_only(f: Function, x: float, h: float) -> Any:
    return (f(x) - f(x - h)) / h


@central.wrong("one-sided")
def ahead_only_and_halved(f: Function, x: float, h: float) -> Any:
    return (f(x + h) - f(x)) / (2 * h)


@central.wrong("turned", "This has the wrong sign. Take the value ahead, f(x + h), minus the value behind, f(x - h).")
def behind_minus_ahead(f: Function, x: float, h: float) -> Any:
    return (f(x - h) - f(x + h)) / (2 * h)


@central.wrong(
    "half-steps",
    "You went half of h to each side. Here h is the step itself: the points are x + h and x - h.",
)
def half_a_step_each(f: Function, x: float, h: float) -> Any:
    return (f(x + h / 2) - f(x - h / 2)) / h


@central.wrong("not-divided", "The step is missing under the line: a slope is the rise divided by the run.")
def rise_only(f: Function, x: float, h: float) -> Any:
    return f(x + h) - f(x - h)


@central.wrong("not-divided")
def half_of_the_rise(f: Function, x: float, h: float) -> Any:
    return (f(x + h) - f(x - h)) / 2


@central.wrong(
    "step-ignored",
    "This is the slope for a much smaller step. Measure with the h that your function was called with, however wide.",
)
def tiny_step(f: Function, x: float, h: float) -> Any:
    return differences.central_difference(f, x)


@central.alternative
def mean_of_both_sides(f: Function, x: float, h: float) -> Any:
    ahead, behind = (f(x + h) - f(x)) / h, (f(x) - f(x - h)) / h
    return 0.5 * ahead + 0.5 * behind


@central.alternative
def by_an_array(func: Function, at: float, step: float = 1e-5) -> Any:
    return np.diff(func(np.array([at - step, at + step])))[0] / (step + step)


@central.alternative
def by_the_engine(f: Function, x: float, h: float) -> Any:
    return differences.central_difference(f, x, h)


central.alternative(lambda f, x, h: sum(side * f(x + side * h) for side in (1, -1)) / h / 2)


# 3.2: the step with the smallest error, for sin at 1. Near the square root and the cube root of eps, within 30 times.

WITHIN = 30.0
BEST = differences.slopes.DEFAULT_STEP


def step_for(method: str, other: str) -> Callable[[float], str]:
    """Name the range that a step h lies in, as the best one for a method is sought."""

    def near(h: float, best: float) -> bool:
        return best / WITHIN <= h <= best * WITHIN

    def named(h: float) -> str:
        if not math.isfinite(h):
            return "no number"
        if h <= -1 or h >= 4:
            return "an exponent"
        h = abs(h)
        if h == 0:
            return "zero"
        if 1 + h == 1:
            return "lost beside 1"
        if near(h, BEST[method]):
            return "best"
        if near(h, BEST[other]):
            return "best for the other"
        return "too small" if h < BEST[method] else "too large"

    return named


def slope_read(slope: float) -> str:
    return "the slope" if abs(slope - np.cos(1.0)) < 0.05 else repr(slope + 0.0)


best_steps = ValueExercise(
    "3.2",
    "Find the best step",
    compare={
        "forward": read_as(step_for("forward", "central")),
        "central": read_as(step_for("central", "forward")),
        "at_1e_16": read_as(slope_read),
    },
    choices={"grows_when_smaller": ("truncation", "round-off", "nothing")},
    stub="""\
answer(
    "3.2",
    forward=...,  # the best h, such as 1e-3
    central=...,
    at_1e_16=...,  # what the forward difference gives at h = 1e-16
    grows_when_smaller=...,  # "truncation", "round-off" or "nothing"
)
""",
    hints=[
        "Drag the slider from the right to the left and watch the error. It falls, and at some step it begins to rise "
        "again and to jump. The best step is at the bottom of that valley.",
        "The two valleys are not in the same place. Only the size counts: the nearest power of ten is good enough, "
        "written like `1e-3`.",
        "For `at_1e_16`, let Python compute `1 + 1e-16 == 1`. What is then left of the difference of the two sines? "
        "For the last one: each sine is known to 16 digits only, and their difference is divided by h.",
    ],
    takeaway="Near the square root of eps for forward differences, near its cube root for central ones: not smaller.",
)


@best_steps.set_reference
def at_the_bottom() -> dict[str, Any]:
    return {"forward": 1e-8, "central": 1e-5, "at_1e_16": 0.0, "grows_when_smaller": "round-off"}


VANISHES = (
    "So small a step is lost: 1 + h rounds to 1, since a float keeps 16 digits. What remains of the difference has "
    "nothing to do with the slope."
)
NO_STEP = "With h = 0 both points are one: the rise is 0 and the run is 0, and 0/0 is nan. There is no slope to read."
BOTTOM_TO_THE_RIGHT = (
    "This step is too small: the error is smaller at a larger one. Drag the slider to the right, as long as the error "
    "falls."
)
BOTTOM_TO_THE_LEFT = (
    "This step is too large: the error is smaller at a smaller one. Drag the slider to the left, as long as the error "
    "falls."
)
SWAPPED = (
    "This is the place of the other valley. Check which curve is which: the central difference has the smaller error "
    "at wide steps already, so it needs no tiny ones."
)
EXPONENT = "This reads like the exponent alone. Give the step itself, in Python's notation, such as `1e-3` for 0.001."


def both_steps(misconception: str, sentence: str, h: float) -> None:
    """A wrong step for both methods, for the first one, for the second one."""
    best_steps.wrong(misconception, sentence)(lambda: {"forward": h, "central": h})
    best_steps.wrong(misconception)(lambda: {"forward": h})
    best_steps.wrong(misconception)(lambda: {"central": h})


both_steps("step-vanishes", VANISHES, 1e-16)
both_steps("no-step", NO_STEP, 0.0)
both_steps("exponent", EXPONENT, -8.0)


@best_steps.wrong("swapped", SWAPPED, whole=True)
def each_for_the_other() -> dict[str, Any]:
    return {"forward": 1e-5, "central": 1e-8}


both_steps("too-small", BOTTOM_TO_THE_RIGHT, 1e-13)
both_steps("too-large", BOTTOM_TO_THE_LEFT, 1e-2)


@best_steps.wrong("too-large")
def forward_for_the_other() -> dict[str, Any]:
    return {"forward": 1e-5}


@best_steps.wrong("too-small")
def central_for_the_other() -> dict[str, Any]:
    return {"central": 1e-8}


@best_steps.wrong(
    "smaller-is-always-better",
    "On paper, yes; on a computer the points must differ and so must their values. Print `np.sin(1 + h) - np.sin(1)` "
    "for smaller and smaller h: how many of its digits are still true?",
)
def best_without_end() -> dict[str, Any]:
    return {"at_1e_16": np.cos(1.0), "grows_when_smaller": "nothing"}


@best_steps.wrong("smaller-is-always-better")
def nothing_grows() -> dict[str, Any]:
    return {"grows_when_smaller": "nothing"}


@best_steps.wrong("smaller-is-always-better")
def slope_to_the_end() -> dict[str, Any]:
    return {"at_1e_16": np.cos(1.0)}


@best_steps.wrong(
    "nan-without-cause",
    "nan comes of dividing nothing by nothing. Here the run is tiny, but it is there: what is the rise above it?",
)
def not_a_number() -> dict[str, Any]:
    return {"at_1e_16": float("nan")}


@best_steps.wrong(
    "errors-swapped",
    "That error comes of the curve's bend between the two points. The closer they are, the straighter the curve: it "
    "shrinks with h.",
)
def bend_grows() -> dict[str, Any]:
    return {"grows_when_smaller": "truncation"}


@best_steps.alternative
def measured() -> dict[str, Any]:
    steps = 10.0 ** np.arange(-16.0, 0.0)
    ahead, behind = np.sin(1 + steps), np.sin(1 - steps)
    forward = np.abs((ahead - np.sin(1)) / steps - np.cos(1))
    central = np.abs((ahead - behind) / (2 * steps) - np.cos(1))
    return {
        "forward": steps[forward.argmin()],
        "central": steps[central.argmin()],
        "at_1e_16": (np.sin(1 + 1e-16) - np.sin(1)) / 1e-16,
        "grows_when_smaller": "Roundoff error",
    }


@best_steps.alternative
def by_theory() -> dict[str, Any]:
    eps = np.finfo(float).eps
    return {"forward": eps**0.5, "central": np.cbrt(eps), "at_1e_16": 0, "grows_when_smaller": " round off"}


@best_steps.alternative
def best_by_the_engine() -> dict[str, Any]:
    forward, central = (differences.best_step(np.sin, 1.0, method) for method in ("forward", "central"))
    return {"forward": forward, "central": central, "at_1e_16": -0.0, "grows_when_smaller": "ROUND-OFF"}
