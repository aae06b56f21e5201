"""Reductions, and what goes along an axis, under PyTorch's names: `dim` is NumPy's axis, `keepdim` its keepdims."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autodiff_lessons.dialects.torch import dtypes
from autodiff_lessons.dialects.torch.core import (
    Handle,
    as_type,
    composite,
    constant,
    data_of,
    dtype_of,
    promoted,
    run,
)
from autodiff_lessons.dialects.torch.pointwise import div, maximum, minimum, mul, pow_, square, sub, where
from autodiff_lessons.errors import OperandError

Dim = int | tuple[int, ...] | list[int] | None


class ValuesAndIndices(NamedTuple):
    """What `max`, `min`, `sort` ... along a dim give."""

    values: Any
    indices: Any


def _axis(dim: Any) -> Any:
    if isinstance(dim, list):
        dim = tuple(dim)
    return None if dim == () else dim


def _reduce(operation: str, input: Any, dim: Any, keepdim: bool) -> Any:
    return run(operation, (input,), {"axis": _axis(dim), "keepdims": bool(keepdim)})


def sum_(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of the elements, or of those along `dim`; of booleans, their count."""
    if dtype is not None:
        input = as_type(input, dtypes.as_dtype(dtype))
    elif dtype_of(input).category < 3:
        input = as_type(input, dtypes.int64)
    return _reduce("sum" if dim is None else "sum_dim", input, dim, keepdim)


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the elements, or of those along `dim`."""
    if dtype is not None:
        input = as_type(input, dtypes.as_dtype(dtype))
    if dtype_of(input).category < 3:
        raise OperandError(f"mean of {dtype_of(input)}: whole numbers have no whole mean; write x.float().mean().")
    return _reduce("mean" if dim is None else "mean_dim", input, dim, keepdim)


def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of the elements, or of those along `dim`."""
    if dtype is not None:
        input = as_type(input, dtypes.as_dtype(dtype))
    elif dtype_of(input).category < 3:
        input = as_type(input, dtypes.int64)
    return _reduce("prod" if dim is None else "prod_dim", input, dim, keepdim)


@composite("nansum")
def nansum(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum, with nan counted as 0."""
    return sum_(where(constant(np.isnan(data_of(input))), 0.0, input), dim, keepdim)


def max_(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; along `dim`, (values, indices); of two tensors, the larger element in each place."""
    if isinstance(dim, Handle) or other is not None:
        return maximum(input, dim if other is None else other)
    return _reduce("max", input, None, False) if dim is None else _picked("max_dim", np.argmax, input, dim, keepdim)


def min_(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; along `dim`, (values, indices); of two tensors, the smaller element in each place."""
    if isinstance(dim, Handle) or other is not None:
        return minimum(input, dim if other is None else other)
    return _reduce("min", input, None, False) if dim is None else _picked("min_dim", np.argmin, input, dim, keepdim)


def _picked(operation: str, choose: Any, input: Any, dim: int, keepdim: bool) -> ValuesAndIndices:
    """The elements that `choose` points at along `dim`: the whole cotangent goes to each of them."""

    @composite(operation)
    def pick(input: Any) -> ValuesAndIndices:
        values = np.atleast_1d(data_of(input))
        places = np.expand_dims(choose(values, axis=dim), dim)
        shape = list(np.shape(data_of(input)))
        if shape and keepdim:
            shape[dim] = 1
        elif shape:
            del shape[dim]
        picked = run("reshape", (along("getitem", input, places, dim),), {"shape": tuple(shape)})
        return ValuesAndIndices(picked, constant(np.reshape(places, shape)))

    return pick(input)


def along(operation: str, input: Any, places: Any, dim: int) -> Any:
    """The elements at `places` along `dim`; `places` has as many axes as the tensor."""
    index = list(np.ix_(*(np.arange(length) for length in places.shape)))
    index[dim % places.ndim] = places
    source = input if np.ndim(data_of(input)) else run("reshape", (input,), {"shape": (1,)})
    return run(operation, (source,), {"index": tuple(index)})


def amax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element along `dim`; elements that tie share the cotangent."""
    return _reduce("amax", input, dim, keepdim)


def amin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element along `dim`; elements that tie share the cotangent."""
    return _reduce("amin", input, dim, keepdim)


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the largest element is."""
    return constant(np.argmax(data_of(input), axis=dim, keepdims=keepdim and dim is not None))


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the smallest element is."""
    return constant(np.argmin(data_of(input), axis=dim, keepdims=keepdim and dim is not None))


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesAndIndices:
    """The elements along `dim` in order, and where they were."""
    places = argsort_places(data_of(input), dim, descending)
    return ValuesAndIndices(along("sort", input, places, dim), constant(places))


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Where the elements in order are."""
    return constant(argsort_places(data_of(input), dim, descending))


def argsort_places(values: Any, dim: int, descending: bool) -> Any:
    return np.argsort(-values if descending else values, axis=dim, kind="stable")


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesAndIndices:
    """The k largest elements along `dim`, and where they are."""
    places = np.take(argsort_places(data_of(input), dim, largest), np.arange(k), axis=dim)
    return ValuesAndIndices(along("topk", input, places, dim), constant(places))


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower middle element; along `dim`, (values, indices)."""

    def middle(values: Any, axis: int) -> Any:
        return np.take(np.argsort(values, axis=axis, kind="stable"), (values.shape[axis] - 1) // 2, axis=axis)

    if dim is None:
        flat = data_of(input).reshape(-1)
        place = np.unravel_index(int(middle(flat, 0)), data_of(input).shape)
        return run("median", (input,), {"index": place})
    return _picked("median_dim", middle, input, dim, keepdim)


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """log(sum(exp(x))) along `dim`, safe for large numbers."""
    return _reduce("logsumexp", promoted(input, floating=True)[0], dim, keepdim)


def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """exp(x) / sum(exp(x)) along `dim`."""
    return _normalised("softmax", input, dim, dtype)


def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """log(softmax(x)), safe for large numbers."""
    return _normalised("log_softmax", input, dim, dtype)


def _normalised(operation: str, input: Any, dim: int | None, dtype: Any) -> Any:
    if dtype is not None and dtypes.as_dtype(dtype) is not dtype_of(input):
        input = run("to_copy", (input,), {"dtype": dtypes.as_dtype(dtype).numpy})
    if dtype_of(input).category < 3:
        raise OperandError(f"{operation} of {dtype_of(input)}: write x.float() first.")
    if not np.ndim(data_of(input)):  # a single number is its own axis
        return run(operation, (input,), {"axis": None})
    return run(operation, (input,), {"axis": -1 if dim is None else dim})


@composite("var")
def var(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float = 1) -> Any:  # fmt: skip
    """The variance: the mean squared distance from the mean, divided by n - correction."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return _variance(input, dim, correction if unbiased is None else int(unbiased), keepdim)


@composite("std")
def std(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float = 1) -> Any:  # fmt: skip
    """The standard deviation, the root of the variance."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    distance, count = _distances(input, dim)
    length = _reduce("norm", distance, dim, keepdim)  # its slope at 0 is 0, as PyTorch has it
    return div(length, float(np.sqrt(max(count - (correction if unbiased is None else int(unbiased)), 0))))


def _variance(input: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    distance, count = _distances(input, dim)
    return div(_reduce("sum", square(distance), dim, keepdim), float(max(count - correction, 0)))


def _distances(input: Any, dim: Any) -> tuple[Any, float]:
    """The distances from the mean, and over how many elements it goes."""
    mean = run("mean", (input,), {"axis": _axis(dim), "keepdims": True})
    return sub(input, mean), np.size(data_of(input)) / max(np.size(data_of(mean)), 1)


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """(sum |x|**p) ** (1/p), along `dim` or over all elements; the gradient at 0 is 0."""
    if dtype is not None:
        input = as_type(input, dtypes.as_dtype(dtype))
    order = 2.0 if p in ("fro", None) else float(p)
    if order == 2.0:
        return _reduce("norm", input, dim, keepdim)
    return _other_norm(input, order, dim, keepdim)


@composite("norm")
def _other_norm(input: Any, order: float, dim: Any, keepdim: bool) -> Any:
    size = run("abs", (input,))
    if order == float("inf"):
        return amax(size, dim, keepdim)
    if order == float("-inf"):
        return amin(size, dim, keepdim)
    if order == 0:
        return sum_(as_type(constant(data_of(input) != 0), dtype_of(input)), dim, keepdim)
    if order == 1:
        return sum_(size, dim, keepdim)
    return pow_(sum_(pow_(size, order), dim, keepdim), 1 / order)


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running sum along `dim`."""
    return run("cumsum", (input if dtype is None else as_type(input, dtypes.as_dtype(dtype)),), {"axis": dim})


@composite("cumprod")
def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running product along `dim`."""
    from autodiff_lessons.dialects.torch.indexing import unbind  # noqa: PLC0415  (indexing imports this module)

    running: list[Any] = []
    for one in unbind(input, dim):
        running.append(one if not running else mul(running[-1], one))
    return run("stack", tuple(running), {"axis": dim})


def all_(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Whether all elements are true."""
    return constant(np.all(data_of(input), axis=dim, keepdims=keepdim))


def any_(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Whether an element is true."""
    return constant(np.any(data_of(input), axis=dim, keepdims=keepdim))


def count_nonzero(input: Any, dim: int | None = None) -> Any:
    """How many elements are not 0."""
    return constant(np.asarray(np.count_nonzero(data_of(input), axis=dim))[()])


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """Where the elements are not 0: a row of indices each."""
    places = np.nonzero(np.atleast_1d(data_of(input)))
    return tuple(map(constant, places)) if as_tuple else constant(np.stack(places, axis=-1))


def unique(input: Any) -> Any:
    """The distinct elements, in order."""
    return constant(np.unique(data_of(input)))
