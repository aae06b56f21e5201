"""The handle: what a PyTorch tensor is here.

A node of the engine's graph (`engine.tensor.Tensor`) never changes its history. A handle points to a node, and an
operation in place makes it point to another one, so whatever was recorded earlier keeps the node that it saw. `run`
applies a record of the table to handles; everything else in this dialect goes through it.

Handles that PyTorch would keep in one storage (a tensor and its views) share a `Storage`, which counts the changes. A
view remembers how to compute itself from its base; after the base has changed it does so again.
"""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from autodiff_lessons.dialects.torch import dtypes
from autodiff_lessons.dialects.torch.records import Face, face, node_name, plain_record, renamed
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.engine.tensor import leaf, record
from autodiff_lessons.errors import OperandError

Step = tuple[str, dict[str, Any]]  # an operation of one input and its parameters
F = TypeVar("F", bound=Callable[..., Any])


class Storage:
    """What a tensor and its views share: how often it was changed in place, and the nodes that hold its values."""

    __slots__ = ("nodes", "version")

    def __init__(self) -> None:
        self.version = 0
        self.nodes: list[weakref.ref[EngineTensor]] = []

    def count_change(self) -> None:
        """Every record that needs an old value of this storage will refuse to go backwards."""
        self.version += 1
        for one in self.nodes:
            node = one()
            if node is not None:
                node.mark_changed()


class Handle:
    """A node of the graph behind a name that can be made to mean another node."""

    kind: type[Handle]  # torch.Tensor, which adds the names

    _value: EngineTensor
    _storage: Storage | None = None
    _base: Handle | None = None
    _steps: tuple[Step, ...] = ()  # how a view comes from its base
    _seen: int = 0  # the version of the storage at which a view was computed
    _silent: bool = False  # a change through .data is not counted in the base
    _recorded: bool = True  # whether the view was made while gradients were recorded

    @property
    def _node(self) -> EngineTensor:
        base = self._base
        if base is not None:
            source = base._node
            if not self._steps:
                if self._value._data is not source._data:
                    self._value._data = source._data
            elif self._storage is not None and self._seen != self._storage.version:
                self._value = self._computed_again(source)
                self._seen = self._storage.version
        return self._value

    def _computed_again(self, node: EngineTensor) -> EngineTensor:
        for operation, parameters in self._steps:
            primitive = renamed(plain_record(operation), "AsStridedBackward0")
            value = primitive.value(node._data, **parameters)
            node = _recorded_node(primitive, (node,), parameters, value, node.requires_grad and self._recorded)
        self._shared().nodes.append(weakref.ref(node))
        return node

    def _shared(self) -> Storage:
        """The storage; made when it is first needed."""
        if self._storage is None:
            self._storage = Storage()
            self._storage.nodes.append(weakref.ref(self._value))
        return self._storage

    def _places(self) -> Any:
        """For each element of this view, the number of the base's element that it is."""
        assert self._base is not None
        node = self._base._node
        places: Any = np.arange(node.size).reshape(node.shape)
        for operation, parameters in self._steps:
            places = plain_record(operation).value(places, **parameters)
        return np.reshape(places, (-1,))


class _Inner(threading.local):
    depth = 0


_INNER = _Inner()


def wrap(node: EngineTensor) -> Any:
    """A new tensor for `node`."""
    handle = object.__new__(Handle.kind)
    handle._value = node
    return handle


def constant(data: Any) -> Any:
    """A new untracked tensor that holds `data` itself, not a copy."""
    return wrap(leaf(data if isinstance(data, np.ndarray) and data.ndim else np.asarray(data)[()]))


def data_of(one: Any) -> Any:
    """The NumPy value of a tensor; anything else as it is."""
    return one._node._data if isinstance(one, Handle) else one


def run(operation: str, inputs: tuple[Any, ...], parameters: dict[str, Any] | None = None) -> Any:
    """Compute an operation on handles and plain numbers, and record it where an input requires grad."""
    primitive = plain_record(operation) if _INNER.depth else face(operation)
    nodes, values, tracked = [], [], False
    for one in inputs:
        if isinstance(one, Handle):
            node = one._node
            tracked = tracked or node.requires_grad
            nodes.append(node)
            values.append(node._data)
        else:
            nodes.append(one)
            values.append(one)
    try:
        with np.errstate(all="ignore"):
            value = primitive.value(*values, **(parameters or {}))
    except np.exceptions.AxisError as error:
        raise IndexError(f"{operation}: there is no such dim: {error}.") from None
    except ValueError as error:
        shapes = " and ".join(str(list(np.shape(one))) for one in values)
        raise OperandError(f"{operation} can't be computed for the shape {shapes}: {error}.") from None
    return wrap(_recorded_node(primitive, tuple(nodes), parameters, value, tracked))


def _recorded_node(
    primitive: Any, inputs: tuple[Any, ...], parameters: dict[str, Any] | None, value: Any, tracked: bool
) -> EngineTensor:
    return record(primitive, inputs, parameters or None, value, tracked and value.dtype.kind == "f")


def view(operation: str, source: Any, parameters: dict[str, Any]) -> Any:
    """An operation whose result shares its elements with `source`: a change of either in place is seen in both."""
    made = run(operation, (source,), parameters)
    share(made, source, ((operation, parameters),))
    return made


def share(made: Handle, source: Handle, steps: tuple[Step, ...]) -> None:
    """Make `made` a view of `source`, computed by `steps`."""
    root: Handle = source
    before: tuple[Step, ...] = ()
    if source._base is not None and source._steps:
        root, before = source._base, source._steps
    made._base, made._steps, made._storage = root, before + steps, source._shared()
    made._recorded = MODES.recording
    made._seen = made._storage.version
    made._storage.nodes.append(weakref.ref(made._value))


def alias(source: Handle, silent: bool) -> Any:
    """An untracked tensor with the elements of `source`: `detach()`, or `.data`, whose changes nobody counts."""
    made = wrap(leaf(source._node._data))
    made._base, made._silent = source, silent
    if not silent:
        made._storage = source._shared()
        made._storage.nodes.append(weakref.ref(made._value))
    return made


def composite(operation: str) -> Callable[[F], F]:
    """Mark a function that is written in terms of others, but is one node in PyTorch's graph: the operations that it
    runs are inner parts, and its result bears its name."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def as_one_node(*arguments: Any, **keywords: Any) -> Any:
            edges = tuple(_edges(operation, (*arguments, *keywords.values()))) if not _INNER.depth else ()
            _INNER.depth += 1
            try:
                result = function(*arguments, **keywords)
            finally:
                _INNER.depth -= 1
            if _INNER.depth == 0:
                for one in result if isinstance(result, tuple) else (result,):
                    name_node(one, operation, edges)
            return result

        return as_one_node  # type: ignore[return-value]

    return decorate


def name_node(handle: Handle, operation: str, edges: tuple[Any, ...]) -> None:
    """Let the graph show the inner node that made `handle` under the name of `operation`."""
    node = handle._value
    if node.op is not None and not isinstance(node.op, Face):
        node.op = renamed(node.op, node_name(operation), edges=edges)


def _edges(operation: str, arguments: tuple[Any, ...]) -> Iterator[EngineTensor | None]:
    """The nodes of the inputs of a larger operation: None for an untracked one; classes and masks are no inputs."""
    for one in arguments:
        if isinstance(one, Handle) and one._node._data.dtype.kind == "f":
            yield one._node if one._node.requires_grad else None
        elif one is None and operation in SHOW_WHAT_IS_LEFT_OUT:
            yield None


SHOW_WHAT_IS_LEFT_OUT = {"clamp_tensor", "native_layer_norm"}


def dtype_of(one: Handle) -> dtypes.dtype:
    return dtypes.of_numpy(one._node._data.dtype)


def described(one: Any) -> Any:
    """What `dtypes.result_dtype` wants to know of an operand."""
    if isinstance(one, Handle):
        data = one._node._data
        return dtypes.of_numpy(data.dtype), data.ndim
    if isinstance(one, np.ndarray | np.generic):
        return dtypes.of_numpy(one.dtype), np.ndim(one)
    return one


def as_type(one: Any, wanted: dtypes.dtype) -> Any:
    """`one` in the type `wanted`, as an inner part of the operation that needs it so."""
    if not isinstance(one, Handle):
        return one if isinstance(one, bool | int | float) else np.asarray(one).astype(wanted.numpy)[()]
    node = one._node
    if node._data.dtype == wanted.numpy:
        return one
    value = np.asarray(node._data).astype(wanted.numpy)[()]
    return wrap(_recorded_node(PRIMITIVES["cast"], (node,), {"dtype": wanted.numpy}, value, node.requires_grad))


def promoted(*operands: Any, floating: bool = False) -> list[Any]:
    """The operands in the type that PyTorch computes in; `floating`: whole numbers become the default float type."""
    kind = None
    for one in operands:  # the commonest case: one floating-point type, and Python's numbers
        if isinstance(one, Handle):
            if kind is None:
                kind = one._node._data.dtype
            elif kind != one._node._data.dtype:
                break
        elif type(one) not in (float, int):
            break
    else:
        if kind is not None and kind.kind == "f":
            return list(operands)
    operands = tuple(one.item() if isinstance(one, np.generic) else one for one in operands)
    kinds = [described(one) for one in operands]
    wanted = dtypes.result_dtype(kinds)
    if floating and wanted.category != 3:
        wanted = dtypes.get_default_dtype()
    return [as_type(one, wanted) for one in operands]
