"""Changes in place: x += 1, x[0] = 3, x.zero_(), and what they mean for the graph.

* A leaf that requires grad can't be changed while gradients are recorded: its gradient would be that of another value.
* Where a tracked value takes part, the handle gets a new node, and the graph stays as it was.
* Where nothing is recorded, the numbers themselves change. Every record that needs the old ones will refuse.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.core import Handle, as_type, data_of, dtype_of, run, wrap
from autodiff_lessons.dialects.torch.indexing import elements_at
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.errors import GraphError, OperandError


def in_place(function: Callable[..., Any], name: str = "") -> Callable[..., Any]:
    """The method that does `function` in place: `in_place(add)` is `add_`."""
    written = name or f"{function.__name__.strip('_')}_"

    @functools.wraps(function)
    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        def compute() -> Any:
            node = self._node
            result = function(self, *arguments, **keywords)
            if any(one is self for one in arguments):  # as an operand it is gone by the time of the backward pass
                node.mark_changed()
            return result

        return change(self, compute, written)

    method.__name__ = method.__qualname__ = written
    return method


def change(handle: Any, compute: Callable[[], Any], written: str) -> Any:
    """Let `handle` be what `compute` makes of it, in its own shape and type."""
    _refuse_leaf(handle, written)
    undo = _count_change(handle)
    try:
        result = _fitting(handle, compute(), written)
    except BaseException:
        undo()
        raise
    _install(handle, result._node)
    return handle


def assign(handle: Any, index: Any, value: Any) -> None:
    """handle[index] = value."""
    node = handle._node
    _refuse_leaf(handle, "x[index] = value")
    try:
        places = elements_at(index, node.shape)
    except IndexError as error:
        raise IndexError(f"{error} (the tensor has the shape {list(node.shape)}).") from None
    kind = dtype_of(handle)
    part = as_type(value, kind) if isinstance(value, Handle) else wrap(_constant(np.asarray(value, kind.numpy)))
    shape, wanted = part._node.shape, np.shape(places)
    while len(shape) > len(wanted) and shape[0] == 1:  # extra axes of length 1 in front are dropped
        part, shape = run("reshape", (part,), {"shape": shape[1:]}), shape[1:]
    if shape != wanted:
        try:
            part = run("broadcast_to", (part,), {"shape": wanted})
        except OperandError:
            raise OperandError(f"A value of shape {list(shape)} doesn't fit into x[index] of {list(wanted)}.") from None
    _count_change(handle)
    _put(handle, np.reshape(places, (-1,)), part)


def _constant(values: Any) -> EngineTensor:
    return EngineTensor(values)


def _refuse_leaf(handle: Handle, written: str) -> None:
    if not MODES.recording:
        return
    base = handle._base if handle._base is not None and handle._steps else handle
    node = base._node
    if node.requires_grad and node.op is None:
        what = "a leaf that requires grad" if base is handle else "a view of a leaf that requires grad"
        raise GraphError(
            f"{written} would change {what} in place, and its gradient would belong to a value that is gone. Write "
            "x = x + 1 to make a new tensor, or, to update a weight: with torch.no_grad(): x += 1."
        )
    if base is not handle and node.requires_grad and not handle._recorded:
        raise GraphError(
            f"{written} would change a view that was made in no_grad mode, while gradients are recorded: it is not "
            "clear whether they should flow through it. Make the view outside of no_grad, or change it inside."
        )


def _count_change(handle: Handle) -> Callable[[], None]:
    """Count one more change of the storage; the function that takes it back."""
    node, storage = handle._node, handle._shared()
    nodes = [one for one in (reference() for reference in storage.nodes) if one is not None]
    before = [(one, one._changed) for one in nodes]
    storage.nodes = [weakref.ref(one) for one in nodes]
    storage.count_change()
    handle._value, handle._seen = node, storage.version

    def undo() -> None:
        storage.version -= 1
        handle._seen = storage.version
        for one, changed in before:
            one._changed = changed

    return undo


def _fitting(handle: Handle, result: Any, written: str) -> Any:
    """`result` in the type of `handle`, where it has its shape."""
    shape, wanted = result._node.shape, handle._node.shape
    if shape != wanted:
        raise OperandError(
            f"{written} gives the shape {list(shape)}, which doesn't fit into the tensor's {list(wanted)}."
        )
    kind, have = dtype_of(handle), dtype_of(result)
    if (have.category == 3) > (kind.category == 3) or (have.category > 0) > (kind.category > 0):
        raise OperandError(f"{written} gives {have}, which can't be put into a tensor of {kind} without loss.")
    return as_type(result, kind)


def _install(handle: Handle, node: EngineTensor) -> None:
    if handle._base is not None and handle._steps:
        _put(handle, None, wrap(node))
    elif node.requires_grad and MODES.recording:
        handle._base, handle._value = None, node
        handle._shared().nodes.append(weakref.ref(node))
    else:
        _write(handle, None, node._data)


def _put(handle: Handle, places: Any, part: Any) -> None:
    """Put `part` into the elements `places` of the handle (None: all), and so into the base that it is a view of."""
    root: Any = handle
    if handle._base is not None and handle._steps:
        own = handle._places()
        root, places = handle._base, own if places is None else own[places]
    if (part._node.requires_grad or root._node.requires_grad) and MODES.recording:
        _install(root, run("copy_slices", (root, part), {"places": places})._node)
    else:
        _write(root, places, data_of(part))
    if root is not handle:
        handle._seen = -1  # it computes itself from its base again


def _write(handle: Handle, places: Any, values: Any) -> None:
    """Change the numbers themselves, outside of the graph."""
    if handle._base is not None:
        _write(handle._base, places, values)
        return
    node = handle._value
    old = node._data
    if not isinstance(old, np.ndarray):
        node._data = np.asarray(values, dtype=old.dtype).reshape(())[()]
        return
    if not old.flags.writeable or any(
        not step and length > 1 for step, length in zip(old.strides, old.shape, strict=True)
    ):
        old = node._data = np.array(old)
    if places is None:
        old[...] = values
    else:
        old.flat[places] = np.reshape(values, (-1,))


def fill_(self: Any, value: Any) -> Any:
    """Every element becomes `value`."""
    number = value if isinstance(value, Handle) else np.asarray(value, dtype=data_of(self).dtype)[()]
    return change(self, lambda: run("fill", (self, number)), "fill_")


def zero_(self: Any) -> Any:
    """Every element becomes 0."""
    return change(self, lambda: run("zero", (self, np.zeros((), data_of(self).dtype)[()])), "zero_")


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Every element becomes that of `src`, which is broadcast; its type may differ."""
    source = as_type(src, dtype_of(self)) if isinstance(src, Handle) else src
    return change(self, lambda: run("copy", (self, source)), "copy_")


def masked_fill_(self: Any, mask: Any, value: Any) -> Any:
    """The elements where `mask` holds become `value`."""
    number = value if isinstance(value, Handle) else np.asarray(value, dtype=data_of(self).dtype)[()]
    return change(self, lambda: run("masked_fill", (mask, number, self)), "masked_fill_")


def random_in_place(values: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A method that fills a tensor with random numbers, such as `uniform_`."""

    def method(self: Any, *arguments: float) -> Any:
        shape, kind = np.shape(data_of(self)), data_of(self).dtype
        return change(self, lambda: wrap(_constant(np.asarray(values(shape, *arguments), dtype=kind))), name)

    method.__name__ = method.__qualname__ = name
    return method
