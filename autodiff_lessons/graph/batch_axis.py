"""Follow the batch: on which axis of an operation's result the rows of a batch lie.

A value *carries the batch* where one of its axes counts the batch's rows and each row of it depends on its own row of
the batch alone. `carry` says of one operation what becomes of that axis: it is passed on, perhaps as another axis
(a transpose); it is added up (a sum, a product over the rows), which each shard can do for its own rows; or the rows
are mixed in a way that no shard can compute alone, which is refused with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.engine import shapes
from autodiff_lessons.graph.graph import Node
from autodiff_lessons.graph.operations import is_element_wise

Axes = list[int | None]


class RowsMixed(Exception):
    """The rows of the batch meet in this operation; the message is the reason, to be completed with the node."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one shard does for a node.

    axis     the batch's axis in the result; None where the rows are added up
    cuts     for each input that does not carry the batch itself: the axis on which it has one entry a row, so that the
             shard takes its own entries; None where it takes all of it
    changed  the operation's parameters on the rows from `first` to before `last`, where they are not the node's own
    """

    axis: int | None
    cuts: tuple[int | None, ...] = (None,)
    changed: Callable[[int, int], dict[str, Any]] | None = None

    def parameters(self, node: Node, first: int, last: int) -> Mapping[str, Any]:
        return node.parameters if self.changed is None else self.changed(first, last)


def carry(node: Node, inputs: list[Node], axes: Axes, rows: int) -> Carried:
    """How a shard computes `node`, where `axes` says on which axis each of its inputs carries the batch of `rows` rows.

    `rows` is 2 at least. Raises RowsMixed where a shard can't.
    """
    assert node.op is not None
    if is_element_wise(node.op) or node.op.name == "cast":
        return _element_wise(node, inputs, axes, rows)
    if node.op.name in _SUBSCRIPTS:
        return _product(node, inputs, axes, rows)
    if node.op.name in ("concatenate", "stack"):
        return _joined(node, axes)
    if node.op.name in _RULES:
        (axis,), (x,) = axes, inputs
        assert axis is not None
        return _RULES[node.op.name](node, x, axis)
    raise RowsMixed(
        f"how {node.op.name} treats the rows of a batch is not known here; if this is a derivative, partition the loss "
        "first and take the derivative of the partitioned graph"
    )


def _element_wise(node: Node, inputs: list[Node], axes: Axes, rows: int) -> Carried:
    """Broadcasting aligns the last axes."""
    rank = len(node.shape)
    axis = _the_one({rank - len(one.shape) + at for one, at in zip(inputs, axes, strict=True) if at is not None})
    if any(np.ndim(value) for value in node.parameters.values()):
        raise RowsMixed("its settings are arrays; write it with np.minimum and np.maximum")
    cuts: Axes = []
    for one, at in zip(inputs, axes, strict=True):
        place = axis - rank + len(one.shape)
        cuts.append(place if at is None and place >= 0 and one.shape[place] == rows else None)
    return Carried(axis, tuple(cuts))


def _the_one(found: set[Any]) -> Any:
    if len(found) > 1:
        raise RowsMixed("it pairs each row of the batch with the other rows")
    return found.pop()


# Products: which of einsum's letters is the batch's?


def _matmul_subscripts(node: Node, inputs: list[Node]) -> str:
    left, right = (len(one.shape) for one in inputs)
    first, second = "j" if left == 1 else "...ij", "j" if right == 1 else "...jk"
    return (
        f"{first},{second}->{'...' if max(left, right) > 1 else ''}{'i' if left > 1 else ''}{'k' if right > 1 else ''}"
    )


def _outer_subscripts(node: Node, inputs: list[Node]) -> str:
    if any(len(one.shape) != 1 for one in inputs):
        raise RowsMixed("it joins the axes of its factors into one; give outer two vectors")
    return "i,j->ij"


_SUBSCRIPTS: dict[str, Callable[[Node, list[Node]], str]] = {
    "einsum": lambda node, inputs: str(node.parameters["subscripts"]),
    "matmul": _matmul_subscripts,
    "outer": _outer_subscripts,
    "dot": lambda node, inputs: shapes.dot_subscripts(*(np.broadcast_to(0, one.shape) for one in inputs)),
}


def _product(node: Node, inputs: list[Node], axes: Axes, rows: int) -> Carried:
    """A letter of the result is an axis of it; one that is missing there is summed, and so may the batch's be."""
    subscripts = _SUBSCRIPTS[node.kind](node, inputs)
    words, result = shapes.explicit_subscripts(subscripts, [len(one.shape) for one in inputs])
    letter = _the_one({word[at] for word, at in zip(words, axes, strict=True) if at is not None})
    cuts: Axes = []
    for word, one, at in zip(words, inputs, axes, strict=True):
        if word.count(letter) > 1:
            raise RowsMixed("it takes a diagonal along the batch's axis")
        place = word.find(letter)
        cuts.append(place if at is None and place >= 0 and one.shape[place] == rows else None)
    return Carried(result.index(letter) if letter in result else None, tuple(cuts))


def _joined(node: Node, axes: Axes) -> Carried:
    """Arrays side by side, on another axis than the batch's."""
    axis = _the_one({at for at in axes if at is not None})
    along = node.parameters.get("axis", 0)
    if node.kind == "concatenate" and (along is None or along % len(node.shape) == axis):
        raise RowsMixed("it appends to the rows of the batch")
    after = axis + (along % len(node.shape) <= axis) if node.kind == "stack" else axis
    return Carried(after, tuple(axis if at is None else None for at in axes))


# One array.


def _reduction(node: Node, x: Node, axis: int) -> Carried:
    reduced = shapes.reduced_axes(x.shape, node.parameters.get("axis"))
    if axis in reduced:
        return Carried(None)
    return Carried(axis if node.parameters.get("keepdims") else axis - sum(one < axis for one in reduced))


def _along(node: Node, x: Node, axis: int) -> Carried:
    """What works along an axis must leave the batch's alone."""
    along = node.parameters.get("axis", -1 if node.kind in ("softmax", "log_softmax") else None)
    if axis in shapes.reduced_axes(x.shape, along):
        raise RowsMixed(f"{node.kind} along the batch's axis makes a row depend on other rows")
    return Carried(axis)


def _take(node: Node, x: Node, axis: int) -> Carried:
    along = node.parameters.get("axis")
    if along is None or along % len(x.shape) == axis:
        raise RowsMixed("it picks rows of the batch, or changes their order")
    return Carried(axis + (np.ndim(node.parameters["indices"]) - 1 if along % len(x.shape) < axis else 0))


def _pad(node: Node, x: Node, axis: int) -> Carried:
    if np.any(np.broadcast_to(np.asarray(node.parameters["pad_width"]), (len(x.shape), 2))[axis]):
        raise RowsMixed("it appends to the rows of the batch")
    return Carried(axis)


def _reshape(node: Node, x: Node, axis: int) -> Carried:
    """The batch is still an axis where as many elements come before it as did."""
    before = math.prod(x.shape[:axis])
    for after, length in enumerate(node.shape):
        if length == x.shape[axis] and math.prod(node.shape[:after]) == before:
            return _with_shape(node, after)
    raise RowsMixed(f"it joins the batch's axis with another one, from the shape {x.shape} to {node.shape}")


def _broadcast_to(node: Node, x: Node, axis: int) -> Carried:
    return _with_shape(node, axis + len(node.shape) - len(x.shape))


def _with_shape(node: Node, axis: int) -> Carried:
    """A parameter that says how many rows there are."""
    before, after = node.shape[:axis], node.shape[axis + 1 :]
    return Carried(axis, changed=lambda first, last: {"shape": (*before, last - first, *after)})


def _expand_dims(node: Node, x: Node, axis: int) -> Carried:
    new = shapes.reduced_axes(node.shape, node.parameters["axis"])
    return Carried([place for place in range(len(node.shape)) if place not in new][axis])


def _squeeze(node: Node, x: Node, axis: int) -> Carried:
    """The axes are named, or a shard of one row would lose that one."""
    given = node.parameters.get("axis")
    gone = tuple(place for place, length in enumerate(x.shape) if length == 1)
    gone = gone if given is None else shapes.reduced_axes(x.shape, given)
    return Carried(axis - sum(one < axis for one in gone), changed=lambda first, last: {"axis": gone})


def _swapaxes(node: Node, x: Node, axis: int) -> Carried:
    one, other = (node.parameters[name] % len(x.shape) for name in ("axis1", "axis2"))
    return Carried({one: other, other: one}.get(axis, axis))


def _transpose(node: Node, x: Node, axis: int) -> Carried:
    axes = node.parameters.get("axes")
    return Carried(len(x.shape) - 1 - axis if axes is None else [one % len(axes) for one in axes].index(axis))


def _getitem(node: Node, x: Node, axis: int) -> Carried:
    """An index has to leave the rows as they are: by `:`, or by arange(rows) beside one label a row."""
    parts, rows = _one_part_an_axis(node.parameters["index"], len(x.shape)), x.shape[axis]
    at = [place for place, part in enumerate(parts) if part is not None][axis]
    arrays = [place for place, part in enumerate(parts) if isinstance(part, np.ndarray | list)]
    if isinstance(parts[at], slice) and parts[at].indices(rows) == (0, rows, 1):
        whole = (*parts[:at], slice(None), *parts[at + 1 :])

        def of_shard(first: int, last: int) -> dict[str, Any]:
            return {"index": whole}

    elif at in arrays and all(np.shape(parts[one]) == (rows,) for one in arrays):
        if not np.array_equal(parts[at], np.arange(rows)):
            raise RowsMixed("its index picks rows of the batch, or changes their order")

        def of_shard(first: int, last: int) -> dict[str, Any]:
            cut = [np.asarray(part)[first:last] if one in arrays else part for one, part in enumerate(parts)]
            return {"index": (*cut[:at], np.arange(last - first), *cut[at + 1 :])}

    else:
        raise RowsMixed("its index picks rows of the batch, or changes their order")
    fewer = np.broadcast_to(np.int8(0), (*x.shape[:axis], rows - 1, *x.shape[axis + 1 :]))
    shape = fewer[of_shard(0, rows - 1)["index"]].shape
    return Carried(next(one for one in range(len(shape)) if shape[one] != node.shape[one]), changed=of_shard)


def _one_part_an_axis(index: Any, rank: int) -> list[Any]:
    """An index without an ellipsis: a part for each axis, and None where it makes a new one."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(np.asarray(part).dtype == bool for part in parts if isinstance(part, np.ndarray | list)):
        raise RowsMixed("its index is a mask; write np.where(mask, a, b)")
    missing = rank - sum(part is not None and part is not Ellipsis for part in parts)
    at = next((place for place, part in enumerate(parts) if part is Ellipsis), len(parts))
    return [*parts[:at], *[slice(None)] * missing, *parts[at + 1 :]]


_RULES: dict[str, Callable[[Node, Node, int], Carried]] = {
    **dict.fromkeys(("sum", "mean", "prod", "max", "min", "logsumexp", "norm"), _reduction),
    **dict.fromkeys(("softmax", "log_softmax", "flip", "cumsum"), _along),
    "take": _take,
    "pad": _pad,
    "reshape": _reshape,
    "broadcast_to": _broadcast_to,
    "expand_dims": _expand_dims,
    "squeeze": _squeeze,
    "swapaxes": _swapaxes,
    "transpose": _transpose,
    "getitem": _getitem,
}
