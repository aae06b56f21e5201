"""tf.clip_by_value, clip_by_norm, clip_by_global_norm and global_norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf import math
from autodiff_lessons.dialects.tf.arrays import where
from autodiff_lessons.dialects.tf.conventions import CLIP
from autodiff_lessons.dialects.tf.tensor import Operators, Tensor, convert, operate, together


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Tensor:
    """Each element, or the bound that it passes; no gradient flows to an element outside of the bounds."""
    return operate(CLIP, together("clip_by_value", t, clip_value_min, clip_value_max))


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """The tensor, scaled down so that its Euclidean length (along `axes`) is at most `clip_norm`."""
    x = math.floating("clip_by_norm", t)
    squares = math.reduce_sum(x * x, axes, keepdims=True)
    positive = squares > 0
    length = where(positive, math.sqrt(where(positive, squares, np.ones(squares.shape, x.dtype.name))), squares)
    scaled: Tensor = x * clip_norm / math.maximum(length, clip_norm)
    return scaled


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The Euclidean length of all the tensors' elements together; None counts as nothing."""
    if isinstance(t_list, Operators):
        raise TypeError("global_norm takes a list of tensors; for a single one, tf.norm(t).")
    squares = [math.reduce_sum(math.square(math.floating("global_norm", one))) for one in t_list if one is not None]
    return math.sqrt(math.add_n(squares)) if squares else convert(0.0)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """All tensors scaled down by one factor, so that their global norm is at most `clip_norm`; and the norm before."""
    norm = global_norm(t_list) if use_norm is None else convert(use_norm)
    scale = clip_norm * math.minimum(1.0 / norm, 1.0 / convert(clip_norm, norm.dtype))
    # An infinite norm makes everything nan, so that it is noticed.
    scale = scale + (norm - norm)
    return [None if one is None else convert(one) * scale for one in t_list], norm
