"""3.3: a gradient by measuring, one central difference for each input.

The wide steps show what an input that was not put back does to the next slopes: at h = 1e-5 nobody would see it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import differences
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Function = Callable[[Any], Any]


def f(point: Any) -> Any:
    x, y = point
    return np.log(x) + x * y - np.sin(y)


def g(point: Any) -> Any:
    return point[0] ** 3 * point[1] + np.exp(point[2])


def h(point: Any) -> Any:
    return point[0] ** 3


by_measuring = FunctionExercise(
    "3.3",
    "Measure a gradient",
    probes=[
        (f, np.array([2.0, 5.0]), 1e-5),
        (f, np.array([2.0, 5.0]), 1e-2),
        (f, np.array([2.0, 5.0]), 0.5),
        (g, np.array([1.5, -2.0, 0.5]), 0.25),
        (f, np.array([2, 5]), 0.5),
        (h, np.array([-1.5]), 0.25),
    ],
    stub='''\
@exercise("3.3")
def numeric_gradient(f, x, h):
    """One central difference for each element of x, also where x holds whole numbers."""
    ...
''',
    hints=[
        "A partial derivative moves one input and keeps the others. For each place i: move only x[i], by h to each "
        "side, and measure as in 3.1.",
        "Do not move x itself, for it belongs to the caller. A new array does it: `x + step`, where `step` is "
        "`np.zeros(len(x))` with h at place i.",
        "Begin with `gradient = []`. In the loop over `range(len(x))`, make `step`, then append "
        "`(f(x + step) - f(x - step)) / (2 * h)`. Return the list after the loop.",
    ],
    takeaway="n inputs, 2 n evaluations: right to many digits, and too slow to train anything large.",
)


@by_measuring.set_reference
def numeric_gradient(f: Function, x: Any, h: float) -> Any:
    gradient = []
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = h
        gradient.append((f(x + step) - f(x - step)) / (2 * h))
    return gradient


@by_measuring.wrong(
    "all-together",
    "This is the sum of all the partial derivatives, as if all inputs moved at once. Move one, and keep the others.",
)
def moved_together(f: Function, x: Any, h: float) -> Any:
    return [(f(x + h) - f(x - h)) / (2 * h) for _ in x]


@by_measuring.wrong("all-together")
def moved_together_once(f: Function, x: Any, h: float) -> Any:
    return (f(x + h) - f(x - h)) / (2 * h)


def moves_on(first: int, then: int, copy: bool) -> Any:
    """Move an input by so many steps, and on from there, and leave it; in a copy or in the caller's own array."""

    def gradient_of_moved(f: Function, x: Any, h: float) -> Any:
        x = x.astype(float) if copy else x
        gradient = []
        for i in range(len(x)):
            x[i] += first * h
            before = f(x)
            x[i] += then * h
            gradient.append((f(x) - before) / (then * h))
        return gradient

    return gradient_of_moved


by_measuring.wrong(
    "not-put-back",
    "The later numbers are measured at another point: an input that was moved stayed there. Put it back before you "
    "move the next one, or move a fresh copy each time.",
)(moves_on(1, -2, copy=True))
for first, then, copy in [(1, -2, False), (-1, 2, True), (-1, 2, False), (0, 1, True), (0, 1, False)]:
    by_measuring.wrong("not-put-back")(moves_on(first, then, copy))


@by_measuring.wrong("not-put-back")
def ahead_of_the_start(f: Function, x: Any, h: float) -> Any:
    start, x, gradient = f(x), x.astype(float), []
    for i in range(len(x)):
        x[i] += h
        gradient.append((f(x) - start) / h)
    return gradient


@by_measuring.wrong("not-put-back")
def put_back_by_half(f: Function, x: Any, h: float) -> Any:
    ahead, behind, gradient = x.astype(float), x.astype(float), []
    for i in range(len(x)):
        ahead[i] += h
        behind[i] -= h
        gradient.append((f(ahead) - f(behind)) / (2 * h))
    return gradient


@by_measuring.wrong(
    "whole-numbers",
    "An array of whole numbers cuts off every fraction that is put into it, a step too. Begin with a copy in floats, "
    "`x = x.astype(float)`.",
)
def moved_in_whole_numbers(f: Function, x: Any, h: float) -> Any:
    gradient = []
    for i in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += h
        behind[i] -= h
        gradient.append((f(ahead) - f(behind)) / (2 * h))
    return gradient


@by_measuring.wrong("whole-numbers")
def moved_in_place(f: Function, x: Any, h: float) -> Any:
    gradient = []
    for i in range(len(x)):
        x[i] += h
        ahead = f(x)
        x[i] -= 2 * h
        behind = f(x)
        x[i] += h
        gradient.append((ahead - behind) / (2 * h))
    return gradient


@by_measuring.wrong("whole-numbers")
def step_in_whole_numbers(f: Function, x: Any, h: float) -> Any:
    gradient = []
    for i in range(len(x)):
        step = np.zeros_like(x)
        step[i] = h
        gradient.append((f(x + step) - f(x - step)) / (2 * h))
    return gradient


@by_measuring.wrong("whole-numbers")
def slopes_in_whole_numbers(f: Function, x: Any, h: float) -> Any:
    gradient = np.zeros_like(x)
    gradient[:] = numeric_gradient(f, x, h)
    return gradient


@by_measuring.wrong(
    "one-sided",
    "You compare with f(x) itself. A central difference moves the input to both sides, by h each.",
)
def ahead_of_each(f: Function, x: Any, h: float) -> Any:
    return [(f(x + step) - f(x)) / h for step in h * np.eye(len(x))]


@by_measuring.wrong("one-sided")
def behind_each(f: Function, x: Any, h: float) -> Any:
    return [(f(x) - f(x - step)) / h for step in h * np.eye(len(x))]


@by_measuring.wrong("one-sided")
def ahead_in_whole_numbers(f: Function, x: Any, h: float) -> Any:
    gradient = []
    for i in range(len(x)):
        ahead = x.copy()
        ahead[i] += h
        gradient.append((f(ahead) - f(x)) / h)
    return gradient


@by_measuring.wrong("not-halved", "These are twice the slopes: from x - h to x + h the run is `2 * h`.")
def run_of_one_step_each(f: Function, x: Any, h: float) -> Any:
    return [(f(x + step) - f(x - step)) / h for step in h * np.eye(len(x))]


@by_measuring.wrong(
    "step-ignored",
    "These are the slopes for a much smaller step. Measure with the h that your function was called with.",
)
def tiny_steps(f: Function, x: Any, h: float) -> Any:
    return differences.numeric_gradient(f, x, h=1e-5)


@by_measuring.alternative
def by_rows(func: Function, point: Any, width: float = 1e-5) -> Any:
    return np.array([func(point + row) - func(point - row) for row in width * np.eye(point.size)]) / (2 * width)


@by_measuring.alternative
def in_place_and_put_back(f: Function, x: Any, h: float) -> Any:
    moved = np.array(x, dtype=float)
    gradient = np.empty(moved.shape)
    for place, old in enumerate(x):
        moved[place] = old + h
        ahead = f(moved)
        moved[place] = old - h
        gradient[place] = (ahead - f(moved)) / h / 2
        moved[place] = old
    return gradient


@by_measuring.alternative
def by_lists(f: Function, x: Any, h: float) -> Any:
    def at(place: int, value: float) -> Any:
        return f(np.array([*x[:place], value, *x[place + 1 :]]))

    return tuple((at(i, x[i] + h) - at(i, x[i] - h)) / (2 * h) for i in range(len(x)))


@by_measuring.alternative
def gradient_by_the_engine(f: Function, x: Any, h: float) -> Any:
    return differences.numeric_gradient(f, x, h=h)
