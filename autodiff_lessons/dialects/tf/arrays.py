"""Making tensors, and moving their elements: reshape, transpose, concat, gather, where, pad and their kin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf.conventions import IDENTITY, STOP_GRADIENT
from autodiff_lessons.dialects.tf.dtypes import DType, TensorShape, as_dtype, bool_, float32, int32, int64
from autodiff_lessons.dialects.tf.errors import ConversionError, InvalidArgumentError
from autodiff_lessons.dialects.tf.math import axes, picked
from autodiff_lessons.dialects.tf.tensor import Operators, Tensor, convert, get_item, operate, together
from autodiff_lessons.engine import tensor as engine
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES

__all__ = [
    "argsort", "boolean_mask", "broadcast_to", "cast", "concat", "constant", "convert_to_tensor", "ensure_shape",
    "expand_dims", "eye", "fill", "gather", "gather_nd", "identity", "identity_n", "is_tensor", "linspace",
    "meshgrid", "one_hot", "ones", "ones_like", "pad", "range", "rank", "repeat", "reshape", "reverse", "roll",
    "scatter_nd", "shape", "size", "slice", "sort", "split", "squeeze", "stack", "stop_gradient",
    "tensor_scatter_nd_add", "tensor_scatter_nd_sub", "tensor_scatter_nd_update", "tile", "transpose", "unstack",
    "where", "zeros", "zeros_like",
]  # fmt: skip

_range = range
_slice = slice


def plain(value: Any) -> Any:
    """Sizes, indices and paddings as plain numbers, whatever they come as."""
    if isinstance(value, Operators):
        return value._peek
    if isinstance(value, list | tuple):
        return type(value)(plain(one) for one in value) if not isinstance(value, TensorShape) else list(value)
    return value


def lengths(shape: Any) -> tuple[int, ...]:
    """A shape as plain numbers."""
    return tuple(int(one) for one in np.atleast_1d(np.asarray(plain(shape), dtype=np.int64)))


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = "Const") -> Tensor:
    """A tensor of these numbers: Python floats become float32, ints int32; NumPy arrays keep their type."""
    wanted = as_dtype(dtype) if dtype is not None else None
    tensor = convert(value, wanted)
    if shape is None:
        return tensor
    size = lengths(shape)
    if tensor.ndim == 0:
        return broadcast_to(tensor, size)
    if math.prod(size) != math.prod(tensor.shape):
        raise TypeError(f"{tensor.shape.num_elements()} numbers can't fill a tensor of shape {size}.")
    return reshape(tensor, size)


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> Tensor:
    """`value` as a tensor; a tensor is given back as it is, a variable is read."""
    if dtype is None and dtype_hint is not None and not isinstance(value, Operators):
        try:
            return convert(value, as_dtype(dtype_hint))
        except TypeError:
            return convert(value)
    return convert(value, as_dtype(dtype) if dtype is not None else None)


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor or a variable."""
    return isinstance(x, Operators)


def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """The same numbers in another type; a gradient flows between floating-point types, not through whole numbers."""
    wanted, tensor = np.dtype(as_dtype(dtype).name), convert(x)
    if tensor._tensor.dtype == wanted:
        return tensor
    return Tensor(engine.apply(PRIMITIVES["cast"], (tensor._tensor,), {"dtype": wanted}))


def zeros(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """Zeros of this shape."""
    return convert(np.zeros(lengths(shape), as_dtype(dtype).name))


def ones(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """Ones of this shape."""
    return convert(np.ones(lengths(shape), as_dtype(dtype).name))


def zeros_like(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Zeros of the shape and number type of `input`."""
    model = convert(input)
    return zeros(model.shape, dtype or model.dtype)


def ones_like(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Ones of the shape and number type of `input`."""
    model = convert(input)
    return ones(model.shape, dtype or model.dtype)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """One number, everywhere."""
    return broadcast_to(value, dims)


def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Any = None,
    dtype: Any = float32,
    name: str | None = None,
) -> Tensor:
    """The identity matrix."""
    matrix = np.eye(num_rows, num_columns, dtype=as_dtype(dtype).name)
    return convert(
        np.broadcast_to(matrix, (*lengths(batch_shape), *matrix.shape)) if batch_shape is not None else matrix
    )


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range") -> Tensor:
    """Numbers from `start` (0) up to, not including, `limit`, in steps of `delta`."""
    if limit is None:
        start, limit = 0, start
    given = [convert(one) for one in (start, limit, delta)]
    order = [int32, int64, float32]
    wanted = (
        as_dtype(dtype)
        if dtype is not None
        else max((one.dtype for one in given), key=lambda one: order.index(one) if one in order else len(order))
    )
    return convert(np.arange(*(one._peek for one in given), dtype=wanted.name))


def linspace(start: Any, stop: Any, num: int, name: str | None = None, axis: int = 0) -> Tensor:
    """`num` numbers in even steps from `start` to `stop`, both included."""
    first, last = (Tensor(one) for one in together("linspace", start, stop))
    if first.dtype.is_integer:
        first, last = cast(first, "float64"), cast(last, "float64")
    count = int(plain(num))
    share = np.linspace(0.0, 1.0, count, dtype=first.dtype.name).reshape((count,) + (1,) * first.ndim)
    line = expand_dims(first, 0) * (1.0 - share) + expand_dims(last, 0) * share
    return (
        transpose(line, [*_range(1, axis % line.ndim + 1), 0, *_range(axis % line.ndim + 1, line.ndim)])
        if axis
        else line
    )


def shape(input: Any, out_type: Any = int32, name: str | None = None) -> Tensor:
    """The shape, as a tensor of whole numbers."""
    return convert(np.array(convert(input).shape, as_dtype(out_type).name))


def size(input: Any, out_type: Any = int32, name: str | None = None) -> Tensor:
    """The number of elements, as a tensor."""
    return convert(np.array(convert(input).shape.num_elements(), as_dtype(out_type).name))


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of axes, as a tensor."""
    return convert(convert(input).ndim)


def identity(input: Any, name: str | None = None) -> Tensor:
    """The same numbers, as a tensor of its own on the tape."""
    return operate(IDENTITY, (convert(input)._tensor,))


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """The same for each tensor of a list."""
    return [identity(one) for one in input]


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """The same numbers as a constant: no gradient flows through."""
    tensor = convert(input)._tensor
    return Tensor(engine.record(STOP_GRADIENT, (tensor,), None, tensor._data, False))


# Shapes.


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The same elements in another shape; one length may be -1."""
    return operate(
        PRIMITIVES["reshape"], (convert(tensor)._tensor,), {"shape": () if _is_empty(shape) else lengths(shape)}
    )


def _is_empty(shape: Any) -> bool:
    return np.size(plain(shape)) == 0


def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: str | None = "transpose") -> Tensor:
    """The same elements with the axes in the order `perm` (reversed by default)."""
    order = None if perm is None else lengths(perm)
    return operate(PRIMITIVES["transpose"], (convert(a)._tensor,), {"axes": order})


def expand_dims(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """The same elements with an axis of length 1 more, at `axis`."""
    return operate(PRIMITIVES["expand_dims"], (convert(input)._tensor,), {"axis": axes(axis)})


def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """The same elements without the axes of length 1 (or without those named)."""
    return operate(PRIMITIVES["squeeze"], (convert(input)._tensor,), {"axis": axes(axis)})


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements repeated to this shape, by NumPy's broadcasting."""
    size = () if _is_empty(shape) else lengths(shape)
    return operate(PRIMITIVES["broadcast_to"], (convert(input)._tensor,), {"shape": size})


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """x, if it has this shape (None fits any length)."""
    tensor = convert(x)
    if len(shape) != tensor.ndim or any(want not in (None, has) for want, has in zip(shape, tensor.shape, strict=True)):
        raise InvalidArgumentError(f"A tensor of shape {tensor.shape} was given where {tuple(shape)} is wanted.")
    return tensor


# Joining and taking apart.


def concat(values: Any, axis: Any, name: str | None = "concat") -> Tensor:
    """Tensors one after the other along an axis that they have."""
    parts = [values] if isinstance(values, Operators) else list(values)
    return operate(PRIMITIVES["concatenate"], together("concat", *parts), {"axis": axes(axis)})


def stack(values: Any, axis: int = 0, name: str | None = "stack") -> Tensor:
    """Tensors of one shape beside each other along a new axis."""
    return operate(PRIMITIVES["stack"], together("stack", *values), {"axis": axis})


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str | None = "unstack") -> list[Tensor]:
    """The slices along an axis, as a list."""
    tensor = convert(value)
    place = axis % tensor.ndim
    return [get_item(tensor, (*(_slice(None),) * place, one)) for one in _range(tensor.shape[place])]


def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str | None = "split"
) -> list[Tensor]:
    """Equal parts (a number of them), or parts of the given sizes (one may be -1), along an axis."""
    tensor = convert(value)
    along = int(plain(axis)) % tensor.ndim
    length = tensor.shape[along]
    given = np.asarray(plain(num_or_size_splits))
    if given.ndim == 0:
        if length % int(given):
            raise ValueError(f"An axis of length {length} can't be split into {int(given)} equal parts.")
        sizes = [length // int(given)] * int(given)
    else:
        sizes = [int(one) for one in given]
        if -1 in sizes:
            sizes[sizes.index(-1)] = length - sum(sizes) - 1
        if sum(sizes) != length:
            raise InvalidArgumentError(f"Parts of sizes {sizes} do not make up an axis of length {length}.")
    ends = np.cumsum(sizes)
    before = (_slice(None),) * along
    return [
        get_item(tensor, (*before, _slice(int(end) - part, int(end)))) for part, end in zip(sizes, ends, strict=True)
    ]


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block of `size` (-1: to the end) that starts at `begin`."""
    parts = zip(lengths(begin), lengths(size), strict=True)
    return get_item(convert(input_), tuple(_slice(at, None if count == -1 else at + count) for at, count in parts))


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """The tensor repeated as a whole, `multiples` times along each axis."""
    tensor = convert(input)
    times = lengths(multiples)
    if len(times) != tensor.ndim:
        raise InvalidArgumentError(
            f"tile of a tensor of shape {tensor.shape} takes {tensor.ndim} multiples, not {times}."
        )
    spread = [length for pair in zip(times, tensor.shape, strict=True) for length in pair]
    single = [length for one in tensor.shape for length in (1, one)]
    whole = broadcast_to(reshape(tensor, single), spread) if spread else tensor
    return reshape(whole, [count * one for count, one in zip(times, tensor.shape, strict=True)])


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each element repeated along an axis (of the flattened tensor, by default)."""
    tensor = convert(input)
    if axis is None:
        tensor, axis = reshape(tensor, [-1]), 0
    places = np.repeat(np.arange(tensor.shape[axis]), np.asarray(plain(repeats)))
    return _take(tensor, places, axis)


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """The elements in the opposite order along the axes."""
    return operate(PRIMITIVES["flip"], (convert(tensor)._tensor,), {"axis": lengths(axis)})


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """The elements moved along the axes; what falls off the end comes in at the start."""
    tensor = convert(input)
    for by, along in zip(lengths(shift), lengths(axis), strict=True):
        tensor = _take(tensor, np.roll(np.arange(tensor.shape[along]), by), along)
    return tensor


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: str | None = None
) -> Tensor:
    """Elements added before and after along each axis: one number, or the tensor's own, mirrored."""
    given = convert(tensor)
    widths = tuple(tuple(int(one) for one in pair) for pair in np.asarray(plain(paddings)))
    if mode.upper() == "CONSTANT":
        padded = operate(PRIMITIVES["pad"], (given._tensor,), {"pad_width": widths})
        fill_with = convert(constant_values, given.dtype)
        if not np.any(fill_with._peek):
            return padded
        inside = np.pad(np.ones(given.shape, bool), widths)
        return where(convert(inside), padded, fill_with)
    for along, pair in enumerate(widths):
        given = _take(given, np.pad(np.arange(given.shape[along]), pair, mode.lower()), along)  # type: ignore[call-overload]
    return given


# Picking.


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """x where the condition holds, y elsewhere; the condition alone gives the indices of what is true."""
    choice = convert(condition)
    if x is None and y is None:
        return convert(np.argwhere(choice._peek).astype(np.int64))
    if x is None or y is None:
        raise ValueError("tf.where needs both x and y, or neither.")
    if choice.dtype != bool_:
        raise ConversionError(f"The condition of tf.where is a tensor of truth values, not of {choice.dtype.name}.")
    return operate(PRIMITIVES["where"], (choice._peek, *together("where", x, y)))


def _take(tensor: Tensor, places: Any, axis: int) -> Tensor:
    return operate(PRIMITIVES["take"], (tensor._tensor,), {"indices": places, "axis": axis})


# Rows picked by their numbers: the record of `take` under its own name, by which a tape finds it (see tape.py).
GATHER = Primitive("gather_rows", "gather", PRIMITIVES["take"].value, transposes=PRIMITIVES["take"].transposes)


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """The rows of `params` with these numbers (or the slices along another axis)."""
    value, places = convert(params), np.asarray(convert(indices)._peek)
    if places.dtype.kind not in "iu":
        raise InvalidArgumentError(f"gather takes whole numbers as indices, not {places.dtype}.")
    along = batch_dims if axis is None else axes(axis)
    length = value.shape[along] if -value.ndim <= along < value.ndim else 0
    if np.any((places < 0) | (places >= length)):
        raise InvalidArgumentError(f"An index of gather is not in [0, {length}): the indices are {places.tolist()}.")
    if batch_dims:
        if batch_dims != 1 or along != 1:
            raise InvalidArgumentError("gather with batch_dims is known here for batch_dims=1 along axis 1 only.")
        rows = np.arange(value.shape[0]).reshape((-1,) + (1,) * (places.ndim - 1))
        return operate(PRIMITIVES["getitem"], (value._tensor,), {"index": (rows, places)})
    return operate(GATHER if along == 0 else PRIMITIVES["take"], (value._tensor,), {"indices": places, "axis": along})


def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None) -> Tensor:
    """The elements or slices whose indices are the rows of `indices`."""
    places = np.asarray(convert(indices)._peek)
    return operate(PRIMITIVES["getitem"], (convert(params)._tensor,), {"index": tuple(np.moveaxis(places, -1, 0))})


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Zeros with `updates` added at the places that the rows of `indices` name."""
    places = np.asarray(convert(indices)._peek)
    index = tuple(np.moveaxis(places, -1, 0))
    return operate(PRIMITIVES["scatter"], (convert(updates)._tensor,), {"index": index, "shape": lengths(shape)})


def tensor_scatter_nd_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """The tensor with `updates` added at the places that the rows of `indices` name."""
    whole = convert(tensor)
    added: Tensor = whole + scatter_nd(indices, convert(updates, whole.dtype), whole.shape)
    return added


def tensor_scatter_nd_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """The tensor with `updates` subtracted at the places that the rows of `indices` name."""
    whole = convert(tensor)
    return tensor_scatter_nd_add(whole, indices, -convert(updates, whole.dtype))


def tensor_scatter_nd_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """The tensor with `updates` in the place of what the rows of `indices` name."""
    whole = convert(tensor)
    new = scatter_nd(indices, convert(updates, whole.dtype), whole.shape)
    hit = np.zeros(whole.shape, bool)
    hit[tuple(np.moveaxis(np.asarray(convert(indices)._peek), -1, 0))] = True
    return where(convert(hit), new, whole)


def boolean_mask(tensor: Any, mask: Any, axis: int | None = None, name: str | None = "boolean_mask") -> Tensor:
    """The elements where the mask holds, in a row."""
    before = (_slice(None),) * (axis or 0)
    index = (*before, np.asarray(convert(mask)._peek, bool))
    return operate(PRIMITIVES["getitem"], (convert(tensor)._tensor,), {"index": index})


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The indices that put the elements in order along an axis."""
    keys = convert(values)._peek
    order = np.argsort(-keys if direction == "DESCENDING" else keys, axis=axis, kind="stable")
    return convert(order.astype(np.int32))


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The elements in order along an axis; each gradient goes to where its element came from."""
    tensor = convert(values)
    return picked(tensor, argsort(tensor, axis, direction)._peek, axis)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """A row for each index with a 1 at its place."""
    places = np.asarray(convert(indices)._peek)
    hit = np.moveaxis(places[..., np.newaxis] == np.arange(int(plain(depth))), -1, -1 if axis is None else axis)
    wanted: DType = as_dtype(dtype) if dtype is not None else float32
    on, off = (
        convert(1 if on_value is None else on_value, wanted),
        convert(0 if off_value is None else off_value, wanted),
    )
    return where(convert(hit), on, off)


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> list[Tensor]:
    """The coordinates of a grid, one tensor an axis."""
    grids = []
    order = list(_range(len(args)))
    if indexing == "xy" and len(args) > 1:
        order[0], order[1] = 1, 0
    sizes = [convert(one).shape.num_elements() for one in args]
    whole = [sizes[place] for place in order]
    for place, one in enumerate(args):
        flat = [1] * len(args)
        flat[order.index(place)] = -1
        grids.append(broadcast_to(reshape(one, flat), whole))
    return grids
