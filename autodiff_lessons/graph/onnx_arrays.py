"""Operations along axes, on parts of arrays, and products, in ONNX's words.

Axes, indices and shapes are settings of a node, so all that ONNX has to be told about them is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff_lessons.engine import shapes
from autodiff_lessons.graph.onnx_writer import Call, Value, Write

LAST = -(2**63)  # where a Slice with a negative step ends: before the first element

# Along axes


def _reduce(kind: str, x: Value, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Value:
    if type(axis) is tuple and not axis:  # which ONNX reads as all axes
        return x.op("Unsqueeze", [0]).op(kind, [0], keepdims=0)
    axes = None if axis is None or shape == () else list(shapes.reduced_axes(shape, axis))
    return x.op(kind, axes, keepdims=int(keepdims))


def reduced(kind: str) -> Write:
    return lambda call, x: _reduce(kind, x, call.shape, call.get("axis"), call.get("keepdims", False))


def softmax(standard: str) -> Write:
    """ONNX's along one axis; along several, and of a single number, by its definition."""

    def write(call: Call, x: Value) -> Value:
        axis = call.get("axis", -1)
        if isinstance(axis, int) and call.shape:
            return x.op(standard, axis=axis)
        log = x - _reduce("ReduceLogSumExp", x, call.shape, axis, keepdims=True)
        return log if standard == "LogSoftmax" else log.op("Exp")

    return write


def cumsum(call: Call, x: Value) -> Value:
    axis = call.get("axis")
    if axis is None or not call.shape:
        return x.op("Reshape", [-1]).op("CumSum", x.writer.constant(np.int64(0)))
    return x.op("CumSum", x.writer.constant(np.int64(axis)))


def flip(call: Call, x: Value) -> Value:
    axes = [one for one in shapes.reduced_axes(call.shape, call.get("axis")) if call.shape[one] > 1]
    many = len(axes)
    return x.op("Slice", [-1] * many, [LAST] * many, axes, [-1] * many) if axes else x


def transpose(call: Call, x: Value) -> Value:
    axes = call.get("axes")
    order = range(len(call.shape))[::-1] if axes is None else [int(one) % len(call.shape) for one in axes]
    return x.op("Transpose", perm=list(order)) if call.shape else x


def swapaxes(call: Call, x: Value) -> Value:
    order = list(range(len(call.shape)))
    one, other = call.get("axis1"), call.get("axis2")
    order[one], order[other] = order[other], order[one]
    return x.op("Transpose", perm=order)


def in_shape(x: Value, shape: Sequence[int]) -> Value:
    """A Reshape; a length of 0 there is meant, and not ONNX's word for "as it was"."""
    return x.op("Reshape", list(shape), allowzero=1) if 0 in shape else x.op("Reshape", list(shape))


def reshape(call: Call, x: Value) -> Value:
    return in_shape(x, call.node.shape)


def squeeze(call: Call, x: Value) -> Value:
    axis = call.get("axis")
    axes = (
        [place for place, length in enumerate(call.shape) if length == 1] if axis is None else np.ravel(axis).tolist()
    )
    return x.op("Squeeze", axes) if axes else x


def expand_dims(call: Call, x: Value) -> Value:
    return x.op("Unsqueeze", np.ravel(call.get("axis")).tolist())


def broadcast_to(call: Call, x: Value) -> Value:
    return x.op("Expand", list(call.node.shape))


def pad(call: Call, x: Value) -> Value:
    widths = np.broadcast_to(np.asarray(call.get("pad_width")), (len(call.shape), 2))
    return x.op("Pad", widths.T.ravel().tolist()) if call.shape else x


# Parts of arrays. An index is a part of the graph, so which elements it names is known here.


def getitem(call: Call, x: Value) -> Value:
    """Slice for slices, Gather for one number or one array among them; any other index by the places that it names."""
    index = call.get("index")
    parts = list(index) if isinstance(index, tuple) else [index]
    if not all(one is None or one is Ellipsis or isinstance(one, slice) or _is_places(one) for one in parts):
        return _picked(call, x, index)
    at = next((place for place, one in enumerate(parts) if one is Ellipsis), len(parts))
    missing = len(call.shape) - sum(one is not None and one is not Ellipsis for one in parts)
    parts[at : at + 1] = [slice(None)] * missing
    chosen = [axis for axis, one in enumerate(parts) if not (isinstance(one, slice) and one == slice(None))]
    if len(chosen) == 1 and _is_places(parts[chosen[0]]):
        return x.op("Gather", np.asarray(parts[chosen[0]]), axis=chosen[0])
    if any(np.ndim(one) > 0 for one in parts if _is_places(one)):
        return _picked(call, x, index)
    cut = _cut(x, [one for one in parts if one is not None], call.shape)
    return cut if all(isinstance(one, slice) for one in parts) else in_shape(cut, call.node.shape)


def _cut(x: Value, parts: Sequence[slice | int], shape: tuple[int, ...]) -> Value:
    """The Slice of the parts, one an axis; a number is a slice of length 1."""
    bounds = []
    for axis, (part, length) in enumerate(zip(parts, shape, strict=True)):
        one = part if isinstance(part, slice) else slice(part % length, part % length + 1)
        start, stop, step = one.indices(length)
        if (start, stop, step) != (0, length, 1):
            bounds.append((start, stop if stop >= 0 else LAST, axis, step))
    return x.op("Slice", *map(list, zip(*bounds, strict=True))) if bounds else x


def _is_places(part: Any) -> bool:
    """Whether this part of an index is a whole number, or an array of them."""
    return not isinstance(part, slice) and np.asarray(part).dtype.kind in "iu"


def _places(shape: tuple[int, ...], index: Any) -> Any:
    """The places of the elements that `index` names, counted along an array of `shape` made flat."""
    return np.arange(np.prod(shape, dtype=int)).reshape(shape)[index]


def _picked(call: Call, x: Value, index: Any) -> Value:
    return x.op("Reshape", [-1]).op("Gather", _places(call.shape, index), axis=0)


def take(call: Call, x: Value) -> Value:
    axis, places = call.get("axis"), np.asarray(call.get("indices"))
    return (
        x.op("Reshape", [-1]).op("Gather", places, axis=0) if axis is None else x.op("Gather", places, axis=int(axis))
    )


def scatter(call: Call, x: Value) -> Value:
    """Zeros with the elements of x added at the places that the index names."""
    places = _places(call.node.shape, call.get("index"))
    zeros = x.writer.constant(np.zeros((), x.dtype)).op("Expand", [int(np.prod(call.node.shape, dtype=int))])
    added = x if call.shape == np.shape(places) else x.op("Expand", list(np.shape(places)))
    flat = added if np.ndim(places) == 1 else added.op("Reshape", [-1])
    return in_shape(zeros.op("ScatterElements", np.ravel(places), flat, axis=0, reduction="add"), call.node.shape)


def concatenate(call: Call, *parts: Value) -> Value:
    axis = call.get("axis", 0)
    if axis is None:
        parts = tuple(one.op("Reshape", [-1]) for one in parts)
    return parts[0].op("Concat", *parts[1:], axis=int(axis or 0))


def stack(call: Call, *parts: Value) -> Value:
    axis = int(call.get("axis", 0))
    first, *rest = (one.op("Unsqueeze", [axis]) for one in parts)
    return first.op("Concat", *rest, axis=axis)


# Products


def einsum(call: Call, *operands: Value) -> Value:
    return _by_subscripts(call, call.get("subscripts"), operands)


def _by_subscripts(call: Call, subscripts: str, operands: Sequence[Value]) -> Value:
    """An Einsum without what ONNX's has not: axes of length 1 that NumPy repeats are left out."""
    operand_shapes = [one.shape for one in call.operands]
    inputs, output = shapes.explicit_subscripts(subscripts, [len(one) for one in operand_shapes])
    pairs = [pair for one, shape in zip(inputs, operand_shapes, strict=True) for pair in zip(one, shape, strict=True)]
    longest = {letter: max(length for other, length in pairs if other == letter) for letter, _ in pairs}
    values, terms = [], []
    for value, letters, shape in zip(operands, inputs, operand_shapes, strict=True):
        repeated = [axis for axis, length in enumerate(shape) if length == 1 < longest[letters[axis]]]
        values.append(value.op("Squeeze", repeated) if repeated else value)
        terms.append("".join(letter for axis, letter in enumerate(letters) if axis not in repeated))
    return values[0].op("Einsum", *values[1:], equation=f"{','.join(terms)}->{output}")


def dot(call: Call, a: Value, b: Value) -> Value:
    left, right = (np.broadcast_to(0.0, one.shape) for one in call.operands)
    if left.ndim == 0 or right.ndim == 0:
        return a * b
    return a.op("MatMul", b) if right.ndim <= 2 else _by_subscripts(call, shapes.dot_subscripts(left, right), (a, b))


def outer(call: Call, a: Value, b: Value) -> Value:
    return a.op("Reshape", [-1, 1]) * b.op("Reshape", [1, -1])
