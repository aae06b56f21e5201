"""9.4: gradients clipped to a common length, so that one step can't be too long."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_lessons.engine.optimizers import clip_by_global_norm, clip_by_norm, clip_by_value, global_norm
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Gradients = list[Any]

clipping = FunctionExercise(
    "9.4",
    "Clip to a global norm",
    probes=[
        ([np.array([3.0, 4.0]), np.array([12.0])], 6.5),
        ([np.array([3.0, 4.0]), np.array([12.0])], 3.25),
        ([np.array([3.0, 4.0]), np.array([12.0])], 26.0),
        ([np.array([-3.0]), np.array([0.5, -1.0, 2.0]), np.array([1.5, -8.0])], 2.5),
        ([np.array([-3.0]), np.array([0.5, -1.0, 2.0]), np.array([1.5, -8.0])], 11.0),
    ],
    stub='''\
@exercise("9.4")
def clip(gradients, max_norm):
    """New arrays, of a common norm of at most max_norm. Their direction stays."""
    ...
''',
    hints=[
        "Think of all the arrays as one long vector. Its length is the root of the sum of the squares of all its "
        "numbers. How long is the one above?",
        "If the vector is too long, each array is multiplied by the same factor. Which factor turns a length of `norm` "
        "into one of `max_norm`? And what if it is not too long?",
        "`norm = np.sqrt(sum(np.sum(g**2) for g in gradients))`. If it is above max_norm, return "
        "`[g * (max_norm / norm) for g in gradients]`, else copies: `[g.copy() for g in gradients]`.",
    ],
    takeaway="One factor for all: the step becomes shorter, and keeps its direction.",
)


@clipping.set_reference
def clip(gradients: Gradients, max_norm: float) -> Any:
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    scale = max_norm / norm if norm > max_norm else 1.0
    return [g * scale for g in gradients]


@clipping.wrong(
    "each-by-itself",
    "You clipped each array by its own norm, so the long ones shrink more and the direction turns. Take one norm over "
    "all of them, and one factor.",
)
def per_array(gradients: Gradients, max_norm: float) -> Any:
    return clip_by_norm(gradients, max_norm)


@clipping.wrong("each-by-itself")
def per_array_and_up(gradients: Gradients, max_norm: float) -> Any:
    return [g * max_norm / np.linalg.norm(g) for g in gradients]


@clipping.wrong(
    "scales-up",
    "This gradient was short enough, and you made it longer. Clipping only shortens: below `max_norm`, change nothing.",
)
def always_scaled(gradients: Gradients, max_norm: float) -> Any:
    return [g * max_norm / global_norm(gradients) for g in gradients]


@clipping.wrong(
    "never-scales",
    "This came back as it was. When the norm over all arrays is above `max_norm`, each array shrinks by one factor.",
)
def unchanged(gradients: Gradients, max_norm: float) -> Any:
    return [g.copy() for g in gradients]


@clipping.wrong(
    "scales-the-short",
    "Here the short gradients are scaled and the long ones are left: the comparison is turned round.",
)
def turned_round(gradients: Gradients, max_norm: float) -> Any:
    norm = global_norm(gradients)
    return [g * max_norm / norm if norm < max_norm else g.copy() for g in gradients]


@clipping.wrong(
    "by-value",
    "You cut off single numbers, and that turns the direction. Multiply all of them by one factor instead.",
)
def cut_off(gradients: Gradients, max_norm: float) -> Any:
    return clip_by_value(gradients, -max_norm, max_norm)


@clipping.wrong("by-value")
def cut_off_above(gradients: Gradients, max_norm: float) -> Any:
    return [np.minimum(g, max_norm) for g in gradients]


def with_norm(norm_of: Any) -> Any:
    """Right but for the norm."""

    def clip_with_it(gradients: Gradients, max_norm: float) -> Any:
        norm = norm_of(gradients)
        return [g * min(1.0, max_norm / norm) for g in gradients]

    return clip_with_it


clipping.wrong(
    "norms-added",
    "You added up the norms of the arrays. Add the squares of all the numbers, and take the root once, at the end.",
)(with_norm(lambda gradients: sum(np.linalg.norm(g) for g in gradients)))

clipping.wrong(
    "no-root",
    "This divides by the sum of the squares. The norm is its root.",
)(with_norm(lambda gradients: sum(np.sum(g**2) for g in gradients)))

clipping.wrong(
    "not-squared",
    "This norm adds up the sizes of the numbers. The length of a vector comes from their squares: Pythagoras.",
)(with_norm(lambda gradients: sum(np.sum(np.abs(g)) for g in gradients)))

clipping.wrong(
    "largest-number",
    "This divides by the largest number. The norm has all of them in it: the root of the sum of their squares.",
)(with_norm(lambda gradients: max(np.max(np.abs(g)) for g in gradients)))

clipping.wrong(
    "largest-norm",
    "This divides by the norm of the longest array. The norm is of all arrays together.",
)(with_norm(lambda gradients: max(np.linalg.norm(g) for g in gradients)))

clipping.wrong(
    "first-array-only",
    "This norm is of the first array alone. All arrays together have one.",
)(with_norm(lambda gradients: np.linalg.norm(gradients[0])))

clipping.wrong(
    "root-of-the-mean",
    "You took the mean of the squares. The length of a vector is the root of their sum, however many there are.",
)(with_norm(lambda gradients: np.sqrt(np.mean(np.concatenate(gradients) ** 2))))


@clipping.wrong(
    "made-units",
    "These have the length one. Divide by the norm, and multiply by `max_norm` as well.",
)
def unit_vectors(gradients: Gradients, max_norm: float) -> Any:
    norm = global_norm(gradients)
    return [g / norm if norm > max_norm else g.copy() for g in gradients]


@clipping.wrong("made-units")
def always_unit_vectors(gradients: Gradients, max_norm: float) -> Any:
    return [g / global_norm(gradients) for g in gradients]


@clipping.wrong(
    "factor-turned",
    "Here a gradient grows the more, the longer it is. The factor is `max_norm / norm`, which is below one.",
)
def longer_still(gradients: Gradients, max_norm: float) -> Any:
    norm = global_norm(gradients)
    return [g * norm / max_norm if norm > max_norm else g.copy() for g in gradients]


@clipping.alternative
def by_one_long_vector(grads: Gradients, limit: float, epsilon: float = 0.0) -> Any:
    length = np.linalg.norm(np.concatenate(grads)) + epsilon
    return tuple(g / max(length / limit, 1.0) for g in grads)


@clipping.alternative
def with_loops(gradients: Gradients, max_norm: float) -> Any:
    squares = 0.0
    for g in gradients:
        for number in g:
            squares += number * number
    factor = 1.0
    if math.sqrt(squares) > max_norm:
        factor = max_norm / math.sqrt(squares)
    clipped = []
    for g in gradients:
        clipped.append([float(number) * factor for number in g])
    return clipped


@clipping.alternative
def by_pytorchs_formula(gradients: Gradients, max_norm: float) -> Any:
    norm = math.hypot(*(number for g in gradients for number in g))
    return [np.multiply(g, min(1.0, max_norm / (norm + 1e-6))) for g in gradients]


clipping.alternative(lambda gs, most: clip_by_global_norm(gs, most)[0])
