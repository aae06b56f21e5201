"""Undo NumPy's broadcasting on the way back.

Broadcasting an input of shape s to the output's shape copies it: every copy is one path from the input to the output,
and the cotangents of several paths add up (the multivariate chain rule). So the cotangent of a broadcast input is the
sum over the axes along which it was copied. For x of shape (3, 1) and y of shape (4,), z = x * y has shape (3, 4);
row i of z uses x[i, 0] four times, hence x_bar[i, 0] = sum over j of z_bar[i, j] * y[j]. The transpose of "copy" is
"sum".
"""

from __future__ import annotations

from typing import Any

import numpy as np


def shape_of(one: Any) -> tuple[int, ...]:
    """np.shape, without NumPy's dispatch where the object knows its shape itself."""
    try:
        return one.shape  # type: ignore[no-any-return]
    except AttributeError:
        return np.shape(one)


def unbroadcast(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """Sum `cotangent` down to `shape`: the cotangent of an input of that shape that was broadcast to the cotangent's
    shape.

    Written in NumPy's overloadable functions, so a tracked cotangent stays tracked.
    """
    have = shape_of(cotangent)
    if have == shape:
        return cotangent
    new_axes = len(have) - len(shape)
    copied = tuple(new_axes + axis for axis, length in enumerate(shape) if length == 1 != have[new_axes + axis])
    summed = total(cotangent, (*range(new_axes), *copied))
    return summed if shape_of(summed) == shape else np.reshape(summed, shape)


def total(x: Any, axis: Any, keepdims: bool = False) -> Any:
    """np.sum; on plain arrays by its inner function, because half of its time on small ones goes into finding that."""
    add_up: Any = np.add.reduce if type(x) is np.ndarray else np.sum
    return add_up(x, axis=axis, keepdims=keepdims)
