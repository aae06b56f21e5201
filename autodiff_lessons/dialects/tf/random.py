"""tf.random: numbers by chance, the same ones after the same seed (not TensorFlow's own ones)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf.arrays import lengths, plain
from autodiff_lessons.dialects.tf.dtypes import as_dtype, float32
from autodiff_lessons.dialects.tf.tensor import Tensor, convert

__all__ = ["normal", "set_seed", "shuffle", "truncated_normal", "uniform"]


class _Source:
    generator = np.random.default_rng()


def set_seed(seed: int) -> None:
    """Start the numbers over from this seed."""
    _Source.generator = np.random.default_rng(seed)


def _generator(seed: int | None) -> np.random.Generator:
    return _Source.generator if seed is None else np.random.default_rng(seed)


def _sizes(shape: Any) -> tuple[int, ...]:
    return lengths(shape) if np.size(plain(shape)) else ()


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from a normal distribution."""
    numbers = _generator(seed).standard_normal(_sizes(shape)) * plain(stddev) + plain(mean)
    return convert(np.asarray(numbers, as_dtype(dtype).name))


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from a normal distribution, none further than two standard deviations from the mean."""
    generator = _generator(seed)
    numbers = generator.standard_normal(_sizes(shape))
    while np.any(far := np.abs(numbers) > 2):
        numbers = np.where(far, generator.standard_normal(_sizes(shape)), numbers)
    return convert(np.asarray(numbers * plain(stddev) + plain(mean), as_dtype(dtype).name))


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers spread evenly over [minval, maxval)."""
    wanted, generator = as_dtype(dtype), _generator(seed)
    low, high = plain(minval), plain(1 if maxval is None else maxval)
    draw = generator.integers if wanted.is_integer else generator.uniform
    return convert(np.asarray(draw(low, high, _sizes(shape)), wanted.name))


def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows in an order by chance."""
    return convert(_generator(seed).permutation(convert(value)._peek))
