"""New tensors under PyTorch's names."""

from __future__ import annotations

import builtins
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import dtypes
from autodiff_lessons.dialects.torch.core import Handle, constant, data_of, dtype_of
from autodiff_lessons.dialects.torch.nodes import remember_leaf
from autodiff_lessons.dialects.torch.shaping import shape_from
from autodiff_lessons.errors import OperandError


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Any:
    """A new leaf that holds a copy of `data`: a number, nested lists, an array. Python's floats become float32."""
    if isinstance(data, Handle):
        warnings.warn(
            "To copy a tensor, write x.detach().clone(), or x.clone() to stay in the graph: torch.tensor(x) always "
            "leaves the graph.",
            UserWarning,
            stacklevel=2,
        )
        values = np.array(data_of(data))
    else:
        values = _values(data)
    if dtype is not None:
        values = values.astype(dtypes.as_dtype(dtype).numpy)
    return finished(values, requires_grad)


def _values(data: Any) -> Any:
    """`data` as an array of the type that PyTorch infers."""
    if isinstance(data, np.ndarray | np.generic):
        return np.array(data)
    plain = _without_tensors(data)
    try:
        values = np.array(plain)
    except ValueError as error:
        raise ValueError(f"The lists don't make a rectangle: {error}.") from None
    if values.dtype.kind not in "fiub":
        raise TypeError(f"A tensor holds real numbers and booleans, not {values.dtype}: {data!r}.")
    kinds = _number_types(plain)
    if builtins.float in kinds or not kinds:
        return values.astype(dtypes.get_default_dtype().numpy)
    return values


def _without_tensors(data: Any) -> Any:
    if isinstance(data, Handle):
        return data_of(data).item() if not data_of(data).ndim else data_of(data).tolist()
    return [_without_tensors(one) for one in data] if isinstance(data, list | tuple) else data


def _number_types(data: Any) -> set[type]:
    if isinstance(data, list | tuple):
        return set().union(*map(_number_types, data))
    return {type(data)}


def finished(values: Any, requires_grad: bool) -> Any:
    """A leaf that holds `values`."""
    if requires_grad and values.dtype.kind != "f":
        raise OperandError(
            f"Only tensors of floating-point numbers can require gradients, and these are {values.dtype}: a whole "
            "number can't be moved by a small amount. Write 3.0 instead of 3, or give dtype=torch.float32."
        )
    made = constant(values)
    if requires_grad:
        made._value.requires_grad = True
        remember_leaf(made)
    return made


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor; a tensor of the right type as it is."""
    if isinstance(data, Handle):
        return data if dtype is None else data.to(dtype)  # type: ignore[attr-defined]
    return from_numpy(data) if isinstance(data, np.ndarray) and dtype is None else tensor(data, dtype=dtype)


def from_numpy(ndarray: Any) -> Any:
    """A tensor that shares its elements with a NumPy array."""
    dtypes.of_numpy(ndarray.dtype)
    return constant(ndarray)


def _filled(make: Callable[..., Any], name: str) -> Callable[..., Any]:
    def function(
        *size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None, **keywords: Any
    ) -> Any:
        shape = shape_from(size or (keywords["size"],))
        kind = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
        return finished(make(shape, dtype=kind.numpy), requires_grad)

    def like(input: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Any:
        kind = dtype_of(input) if dtype is None else dtypes.as_dtype(dtype)
        return finished(make(np.shape(data_of(input)), dtype=kind.numpy), requires_grad)

    function.__name__ = function.__qualname__ = name
    like.__name__ = like.__qualname__ = f"{name}_like"
    function.like = like  # type: ignore[attr-defined]
    return function


class _Generator:
    """The numbers that look random; the same ones after the same `manual_seed`."""

    random = np.random.default_rng(0)


def manual_seed(seed: int) -> None:
    """Start the random numbers again. They are NumPy's, not PyTorch's, for the same seed."""
    _Generator.random = np.random.default_rng(seed)


zeros, ones, empty = _filled(np.zeros, "zeros"), _filled(np.ones, "ones"), _filled(np.zeros, "empty")
rand = _filled(lambda shape, dtype: np.asarray(_Generator.random.random(shape), dtype=dtype), "rand")
randn = _filled(lambda shape, dtype: np.asarray(_Generator.random.standard_normal(shape), dtype=dtype), "randn")
zeros_like, ones_like, empty_like = zeros.like, ones.like, empty.like  # type: ignore[attr-defined]
rand_like, randn_like = rand.like, randn.like  # type: ignore[attr-defined]


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Any:
    """A tensor with the same number everywhere."""
    values = _values(data_of(fill_value))
    kind = dtypes.of_numpy(values.dtype) if dtype is None else dtypes.as_dtype(dtype)
    return finished(np.full(shape_from((size,)), values, dtype=kind.numpy), requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """The same number everywhere, in the shape of `input`."""
    kind = dtype_of(input) if dtype is None else dtypes.as_dtype(dtype)
    return full(np.shape(data_of(input)), fill_value, dtype=kind, requires_grad=requires_grad)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False,
           device: Any = None) -> Any:  # fmt: skip
    """Numbers from `start` (0 if one number is given) up to `end`, which is not among them."""
    first, last = (0, start) if end is None else (start, end)
    first, last, step = (one.item() if isinstance(one, Handle) else one for one in (first, last, step))  # type: ignore[attr-defined]
    whole = all(isinstance(one, builtins.int) for one in (first, last, step))
    kind = dtypes.as_dtype(dtype) if dtype is not None else (dtypes.int64 if whole else dtypes.get_default_dtype())
    count = max(0, math.ceil((last - first) / step))
    return finished((first + step * np.arange(count)).astype(kind.numpy), requires_grad)


def linspace(start: float, end: float, steps: int, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """`steps` numbers from `start` to `end`, both among them, at equal distances."""
    kind = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    return finished(np.linspace(start, end, steps).astype(kind.numpy), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """The identity matrix."""
    kind = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    return finished(np.eye(n, m, dtype=kind.numpy), requires_grad)


def randint(low: int, high: Any = None, size: Any = None, *, dtype: Any = None) -> Any:
    """Whole numbers from `low` up to `high`, which is not among them."""
    if size is None:
        low, high, size = 0, low, high
    kind = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    return constant(_Generator.random.integers(low, high, shape_from((size,))).astype(kind.numpy))


def randperm(n: int) -> Any:
    """The numbers from 0 to n - 1 in random order."""
    return constant(_Generator.random.permutation(n))


def normal(mean: Any, std: Any, size: Any = None) -> Any:
    """Normally distributed numbers."""
    shape = (
        np.broadcast_shapes(np.shape(data_of(mean)), np.shape(data_of(std))) if size is None else shape_from((size,))
    )
    kind = dtypes.get_default_dtype()
    return constant((data_of(mean) + data_of(std) * _Generator.random.standard_normal(shape)).astype(kind.numpy))


def bernoulli(input: Any) -> Any:
    """1 with the probability that `input` gives, else 0."""
    return constant((_Generator.random.random(np.shape(data_of(input))) < data_of(input)).astype(data_of(input).dtype))


def random_numbers() -> Any:
    """NumPy's generator behind all of these."""
    return _Generator.random
