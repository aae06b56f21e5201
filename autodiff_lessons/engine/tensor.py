"""Tensor: a value that remembers how it was made.

An operation on tensors computes its value at once and keeps one record: which operation, on which inputs. Those records
are the computation graph; `backward()` (reverse.py) reads it from the output to the leaves. Operators and NumPy's
functions only record here; what they compute, and their derivatives, is in the table (primitives.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.engine.modes import MODES, SOMEWHERE
from autodiff_lessons.engine.numpy_protocol import BY_UFUNC, call_function, call_ufunc
from autodiff_lessons.engine.primitive import PLAIN, Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.errors import GradientTypeError, GraphError, NotFiniteError

FREED: tuple[Any, ...] = ("freed",)  # stands in the place of the inputs of a node that a backward pass has used


def KEEP_GRAD(cotangent: Tensor) -> None:
    """The mark that `retain_grad` leaves among a tensor's hooks."""


UNRECORDED = -1  # in the place of a record's time: an operation made this tensor, but nothing tracked led to it


class _LatestChange:
    """Counts the changes made in place, of all tensors: a record that was made after the last one needs no check."""

    time = 0


LATEST_CHANGE = _LatestChange()


class Tensor:
    """A scalar or an array that automatic differentiation can follow.

    >>> import numpy as np
    >>> x, y = Tensor(2.0, requires_grad=True), Tensor(5.0, requires_grad=True)
    >>> z = np.log(x) + x * y - np.sin(y)
    >>> z.backward()
    >>> x.grad, y.grad
    (Tensor(5.5), Tensor(1.7163378145367738))

    data            a NumPy scalar or array; a Python float becomes numpy.float64, float32 stays float32
    requires_grad   follow this tensor: an operation with such an input gives an output that requires grad too
    grad            None until a backward pass has reached this leaf; then the sum over all passes since `zero_grad()`
    name            what pictures and messages call it
    """

    __slots__ = (
        "__weakref__", "_changed", "_data", "_hooks", "_inputs", "_made", "_parameters",
        "grad", "name", "op", "requires_grad",
    )  # fmt: skip

    grad: Tensor | None
    requires_grad: bool
    name: str | None
    op: Primitive | None
    _data: Any
    _inputs: tuple[Any, ...]
    _parameters: dict[str, Any] | None
    _hooks: list[Callable[[Tensor], Any]] | None
    _made: int  # how many changes in place there had been when this record was made
    _changed: int  # the number of the last change in place of its value; 0: none

    def __init__(self, data: Any, requires_grad: bool = False, name: str | None = None) -> None:
        if isinstance(data, Tensor):
            data = data._data
        self._data = as_value(data)
        kind = "f" if type(data) is float else self._data.dtype.kind
        if kind not in "fiub":
            raise GradientTypeError(f"A tensor holds real numbers; {data!r} is of type {self._data.dtype}.")
        if requires_grad and kind != "f":
            raise GradientTypeError(
                "Only tensors of floating-point numbers can require a gradient: an integer can't be moved by a small "
                f"amount. This one holds {self._data.dtype}; write Tensor({_with_a_point(data)}, requires_grad=True)."
            )
        self.requires_grad, self.name = requires_grad, name
        self.grad = self.op = self._parameters = self._hooks = None
        self._inputs, self._made, self._changed = (), 0, 0

    # What the tensor is

    @property
    def data(self) -> Any:
        """The value as a NumPy scalar or array. Setting it changes the tensor in place, outside of the graph."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        value = as_value(plain(data)) if not isinstance(data, np.ndarray) else data
        if np.shape(value) != self.shape:
            raise GraphError(f"The data of a tensor of shape {self.shape} can't be replaced by {np.shape(value)}.")
        self._data = value
        self.mark_changed()

    def mark_changed(self) -> None:
        """Say that the value was changed in place: a record that needs the old value will refuse to go backwards."""
        LATEST_CHANGE.time += 1
        self._changed = LATEST_CHANGE.time

    @property
    def is_leaf(self) -> bool:
        """True where no recorded operation made this tensor: inputs, weights, and whatever nothing tracked led to."""
        return self.op is None

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the operation was applied to: tensors, and plain numbers or arrays as they were given; () for a leaf."""
        if self._inputs is FREED:
            raise GraphError(freed_message(self))
        return self._inputs

    @property
    def parameters(self) -> dict[str, Any]:
        """The operation's settings that are not differentiated, such as {"axis": 0}."""
        return self._parameters or {}

    @property
    def grad_fn(self) -> Node | None:
        """The recorded operation that made this tensor, or None for a leaf."""
        return None if self.op is None else Node(self)

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return self._data.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        return self._data.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._data.dtype  # type: ignore[no-any-return]

    @property
    def T(self) -> Tensor:
        return self.transpose()

    # Out of the graph

    def item(self) -> float | int | bool:
        """The single number in this tensor, as a Python number."""
        _taken_out(self)
        if self._data.size != 1:
            raise ValueError(f"item() needs a tensor with one number in it; this one has the shape {self.shape}.")
        return self._data.item()  # type: ignore[no-any-return]

    def numpy(self) -> Any:
        """The value as a plain NumPy array; asked of a tracked tensor, it says how to leave the graph on purpose."""
        if self.requires_grad:
            raise GraphError(_leaves_the_graph("numpy()"))
        _taken_out(self)
        return np.asarray(self._data)

    def detach(self) -> Tensor:
        """A leaf with the same value that no gradient flows through."""
        return leaf(self._data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if self.requires_grad:
            raise GraphError(_leaves_the_graph("A NumPy function without a derivative rule (or a plot)"))
        _taken_out(self)
        return np.array(self._data, dtype=dtype)

    def __float__(self) -> float:
        if self.requires_grad:
            raise GraphError(_leaves_the_graph("float(), or a function of the module math,"))
        return float(self.item())

    def __bool__(self) -> bool:
        return bool(self._data)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("A tensor that holds a single number has no length.")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("A tensor that holds a single number can't be looped over.")
        return (self[place] for place in range(len(self._data)))

    # Backwards

    def backward(self, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Add d self / d leaf to the `.grad` of every leaf that requires grad; see `reverse.backward`."""
        _reverse().backward(self, gradient, retain_graph, create_graph)

    def zero_grad(self) -> None:
        """Forget the accumulated gradient: `grad` is None again."""
        self.grad = None

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Callable[[], None]:
        """Call `hook(cotangent)` when a backward pass has completed this tensor's cotangent; a result that is not None
        takes its place from there on. Returns a function that removes the hook."""
        if not self.requires_grad:
            raise GraphError("A hook on a tensor that does not require grad would never be called.")
        hooks = self._hooks = self._hooks or []
        hooks.append(hook)
        return lambda: hooks.remove(hook)

    def retain_grad(self) -> None:
        """Keep this inner node's cotangent in `.grad` too; leaves do so anyway."""
        if self.op is not None:
            self._hooks = [*(one for one in self._hooks or [] if one is not KEEP_GRAD), KEEP_GRAD]

    # Change in place

    def __setitem__(self, index: Any, value: Any) -> None:
        self._refuse_change_while_recorded("t[index] = value", "np.where(mask, value, t), or np.concatenate")
        self._data = np.array(self._data)
        self._data[index] = plain(value)
        self.mark_changed()

    def _in_place(self, changed: Tensor, written: str) -> Tensor:
        """What `t += u` does: a new tensor in general; a leaf that requires grad stays and gets a new value."""
        if self.op is not None or not self.requires_grad:
            return changed
        self._refuse_change_while_recorded(written, f"with no_grad(): {written}")
        self.data = changed._data
        return self

    def _refuse_change_while_recorded(self, written: str, instead: str) -> None:
        if self.requires_grad and (MODES.recording or self.op is not None):
            what = f"the tensor {self.name!r}" if self.name else "a tensor"
            raise GraphError(
                f"{written} would change {what} in place while the graph records it, and its old value, which the "
                f"backward pass needs, would be lost. Write {instead} instead."
            )

    # How it reads

    def __repr__(self) -> str:
        parts = [_written(self._data)]
        if self._data.dtype not in (np.float64, np.int64, np.bool_):
            parts.append(f"dtype={self._data.dtype}")
        if self.op is not None:
            parts.append(f"grad_fn=<{self.op.name}>")
        elif self.requires_grad:
            parts.append("requires_grad=True")
        return f"Tensor({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        if not spec:
            return repr(self)
        return format(self.item() if type(self._data) in PLAIN else self._data, spec)

    # NumPy's protocols: np.sin(t), np.multiply(array, t), np.sum(t, axis=0)

    __array_priority__ = 1000.0
    __apply_rank__ = 0  # beside a dual number or a symbol, that one takes the operation

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        primitive = BY_UFUNC.get(ufunc)
        if primitive is not None and method == "__call__" and not keywords:
            if len(inputs) == 1 and primitive.inside is None and type(self._data) in PLAIN:
                return record(primitive, inputs, None, primitive.value(self._data), self.requires_grad)
            return apply(primitive, inputs)
        return call_ufunc(ufunc, method, inputs, keywords, plain)

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        return call_function(function, arguments, keywords, plain)

    @staticmethod
    def __apply_primitive__(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        return apply(primitive, inputs, parameters)

    # The methods that NumPy's arrays have

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The sum of the elements along `axis` (all of them by default)."""
        return _method("sum", self, {"axis": axis, "keepdims": keepdims})

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The mean of the elements along `axis` (of all of them by default)."""
        return _method("mean", self, {"axis": axis, "keepdims": keepdims})

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape."""
        return _method("reshape", self, {"shape": shape[0] if len(shape) == 1 else shape})

    def transpose(self, *axes: Any) -> Tensor:
        """The same elements with the axes in the order `axes` (reversed by default)."""
        order = axes[0] if len(axes) == 1 else (axes or None)
        return _method("transpose", self, {"axes": order})

    def astype(self, dtype: Any) -> Tensor:
        """The same numbers in another type; a gradient flows through between floating-point types."""
        return _method("cast", self, {"dtype": np.dtype(dtype)})

    def __getitem__(self, index: Any) -> Tensor:
        parts = tuple(map(plain, index)) if isinstance(index, tuple) else plain(index)
        return _method("getitem", self, {"index": parts})

    # Operators; each one records an operation of the table

    def _two(primitive: Primitive) -> Callable[[Tensor, Any], Tensor]:  # type: ignore[misc]
        value, everywhere = primitive.value, primitive.inside is None

        def operator(self: Tensor, other: Any) -> Tensor:
            kind, x = type(other), self._data
            y = other._data if kind is Tensor else other
            if SOMEWHERE.special or not (kind is Tensor or kind in PLAIN):
                return apply(primitive, (self, other)) if isinstance(other, OPERANDS) else NotImplemented
            # The commonest case of `apply`, written out: this is where graphs spend their time.
            result = _new(Tensor)
            if everywhere or type(x) not in PLAIN or type(y) not in PLAIN:  # a dual number looks at its own domain
                result._data = value(x, y)
            else:
                result._data = primitive.evaluate((x, y), NOTHING, (self, other))
            result.requires_grad = tracked = self.requires_grad or (kind is Tensor and other.requires_grad)
            if tracked:
                result.op, result._inputs, result._made = primitive, (self, other), LATEST_CHANGE.time
            else:
                result.op, result._inputs, result._made = None, (), UNRECORDED
            result.grad = result.name = result._hooks = result._parameters = None
            result._changed = 0
            return result

        return operator

    def _two_reflected(primitive: Primitive) -> Callable[[Tensor, Any], Tensor]:  # type: ignore[misc]
        value, everywhere = primitive.value, primitive.inside is None

        def operator(self: Tensor, other: Any) -> Tensor:
            if everywhere and type(other) in PLAIN:
                return record(primitive, (other, self), None, value(other, self._data), self.requires_grad)
            return apply(primitive, (other, self)) if isinstance(other, OPERANDS) else NotImplemented

        return operator

    def _in_place_two(primitive: Primitive, written: str) -> Callable[[Tensor, Any], Tensor]:  # type: ignore[misc]
        def operator(self: Tensor, other: Any) -> Tensor:
            return self._in_place(apply(primitive, (self, other)), written)

        return operator

    def _one(primitive: Primitive) -> Callable[[Tensor], Tensor]:  # type: ignore[misc]
        def operator(self: Tensor) -> Tensor:
            result: Tensor = apply(primitive, (self,))
            return result

        return operator

    def _compare(ufunc: np.ufunc) -> Callable[[Tensor, Any], Any]:  # type: ignore[misc]
        def operator(self: Tensor, other: Any) -> Any:
            return ufunc(self._data, plain(other)) if isinstance(other, OPERANDS) else NotImplemented

        return operator

    __add__, __radd__ = _two(PRIMITIVES["add"]), _two_reflected(PRIMITIVES["add"])
    __sub__, __rsub__ = _two(PRIMITIVES["sub"]), _two_reflected(PRIMITIVES["sub"])
    __mul__, __rmul__ = _two(PRIMITIVES["mul"]), _two_reflected(PRIMITIVES["mul"])
    __truediv__, __rtruediv__ = _two(PRIMITIVES["div"]), _two_reflected(PRIMITIVES["div"])
    __pow__, __rpow__ = _two(PRIMITIVES["pow"]), _two_reflected(PRIMITIVES["pow"])
    __matmul__, __rmatmul__ = _two(PRIMITIVES["matmul"]), _two_reflected(PRIMITIVES["matmul"])
    __neg__, __abs__ = _one(PRIMITIVES["neg"]), _one(PRIMITIVES["abs"])
    __iadd__, __isub__ = _in_place_two(PRIMITIVES["add"], "t += u"), _in_place_two(PRIMITIVES["sub"], "t -= u")
    __imul__, __itruediv__ = _in_place_two(PRIMITIVES["mul"], "t *= u"), _in_place_two(PRIMITIVES["div"], "t /= u")

    # Comparisons give plain booleans, element by element; a tensor is hashed by identity all the same.
    __lt__, __le__ = _compare(np.less), _compare(np.less_equal)
    __gt__, __ge__ = _compare(np.greater), _compare(np.greater_equal)
    __eq__, __ne__ = _compare(np.equal), _compare(np.not_equal)
    __hash__ = object.__hash__

    del _two, _two_reflected, _in_place_two, _one, _compare


class Node:
    """One recorded operation, as `tensor.grad_fn` shows it: the `name` of the operation and, in `next_functions`, the
    operations that made its inputs (None for an untracked input). These point from the output to the inputs, against
    the flow of the data."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    @property
    def name(self) -> str:
        return self._tensor.op.name if self._tensor.op is not None else "leaf"

    @property
    def next_functions(self) -> tuple[Node | None, ...]:
        tracked = (one if isinstance(one, Tensor) and one.requires_grad else None for one in self._tensor.inputs)
        return tuple(None if one is None else Node(one) for one in tracked)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and other._tensor is self._tensor

    def __hash__(self) -> int:
        return hash(self._tensor)

    def __repr__(self) -> str:
        return f"<{self.name}>"


def apply(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any] | None = None) -> Any:
    """Compute one operation and, where an input requires grad, record it.

    Tensors and plain numbers may be mixed; a plain number is kept as it is, it becomes no node.
    """
    if len(inputs) == 1:
        (one,) = inputs
        if type(one) is Tensor and type(one._data) in PLAIN:  # the commonest case, written out
            value = primitive.evaluate((one._data,), parameters or NOTHING, inputs)
            return record(primitive, inputs, parameters, value, one.requires_grad)
    tracked, nested = False, False
    values = []
    for one in inputs:
        if type(one) is Tensor:
            tracked = tracked or one.requires_grad
            values.append(one._data)
            nested = nested or type(one._data) not in PLAIN
        elif getattr(type(one), "__apply_rank__", -1) > 0:  # a dual number or a symbol takes the operation
            return primitive(*inputs, **(parameters or {}))
        else:
            values.append(one)
            nested = nested or hasattr(type(one), "__apply_rank__")
    if nested:
        value = primitive(*values, **(parameters or {}))
    else:
        value = primitive.evaluate(values, parameters or NOTHING, inputs)
    return record(primitive, inputs, parameters, value, tracked)


def _method(name: str, tensor: Tensor, parameters: dict[str, Any]) -> Tensor:
    result: Tensor = apply(PRIMITIVES[name], (tensor,), parameters)
    return result


def record(
    primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any] | None, value: Any, tracked: bool
) -> Tensor:
    """The tensor that an operation gives; with its record where `tracked`, unless recording is off."""
    result = _new(Tensor)
    result._data = value if type(value) in KEPT else as_value(value)
    result.grad = result.name = result._hooks = None
    result._changed = 0
    special = SOMEWHERE.special and MODES.special
    if special:
        tracked = tracked and MODES.recording
    if tracked:
        result.requires_grad, result.op, result._inputs, result._parameters = True, primitive, inputs, parameters
        result._made = LATEST_CHANGE.time
    else:
        result.requires_grad, result.op, result._inputs, result._parameters = False, None, (), None
        result._made = UNRECORDED
    if special:
        _tell(primitive, inputs, parameters, result)
    return result


def _tell(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any] | None, result: Tensor) -> None:
    """Show a new result to whoever asked to see every operation: the running tapes, and the watch for the first nan."""
    if MODES.trace_nan and not np.all(np.isfinite(plain_number(result))):
        given = ", ".join(_written(plain_number(one)) for one in inputs)
        raise NotFiniteError(
            f"{primitive.name}({given}) gave {_written(plain_number(result))}: the first value that is not finite."
        )
    for tape in MODES.tapes:
        tape.see(primitive, inputs, parameters, result)


@functools.cache
def _reverse() -> Any:
    """The module of the sweep, which imports this one; found once, because a small graph's sweep is as fast as that."""
    from autodiff_lessons.engine import reverse  # noqa: PLC0415

    return reverse


def _taken_out(tensor: Tensor) -> None:
    """Tell the running tapes that a value left as plain numbers, so that they can say why no gradient comes back."""
    for tape in MODES.tapes:
        tape.see_taken_out(tensor)


def as_value(data: Any) -> Any:
    """`data` as the engine keeps it: a copy, a NumPy scalar where it is a single number, an array otherwise.

    A dual number or a symbol is kept as it is, so that a tensor of duals gives forward over reverse.
    """
    if type(data) is float:
        return np.float64(data)
    return data if hasattr(type(data), "__apply_rank__") else np.array(data)[()]


def plain(one: Any) -> Any:
    """A tensor's value; anything else as it is."""
    return one._data if type(one) is Tensor else one


def plain_number(one: Any) -> Any:
    """The numbers at the bottom of a tensor, of a dual number, or of one in the other."""
    while type(one) is Tensor or hasattr(one, "primal"):
        one = one._data if type(one) is Tensor else one.primal
    return one


def leaf(data: Any, requires_grad: bool = False, name: str | None = None) -> Tensor:
    """A leaf that shares `data`, which is not copied."""
    new = _new(Tensor)
    new._data, new.grad, new.requires_grad, new.name, new.op = data, None, requires_grad, name, None
    new._inputs, new._parameters, new._hooks, new._made, new._changed = (), None, None, 0, 0
    return new


def freed_message(node: Tensor) -> str:
    """What to say when the record of `node` is asked for after a backward pass has freed it."""
    which = f"the tensor {node.name!r}" if node.name else "a tensor"
    made_by = f" (made by {node.op.name})" if node.op is not None else ""
    return (
        f"The graph behind {which}{made_by} is gone: a backward pass frees the graph that it has used. "
        "Run the cell that computes it again, and then this one; or keep the graph with backward(retain_graph=True)."
    )


def _leaves_the_graph(what: str) -> str:
    return (
        f"{what} would leave the graph, and no gradient could flow back through it. Compute with np.sin(t), np.exp(t) "
        "and the operators to stay inside; write t.data, or t.detach(), to leave on purpose."
    )


def _with_a_point(data: Any) -> str:
    return f"{data}.0" if isinstance(data, int) and not isinstance(data, bool) else "data.astype(float)"


def _written(data: Any) -> str:
    if not isinstance(data, int | float | np.generic | np.ndarray | list):
        return repr(data)
    if np.ndim(data) == 0:
        return repr(np.asarray(data).item())
    return np.array2string(np.asarray(data), separator=", ", threshold=20)


_new = object.__new__
NOTHING: dict[str, Any] = {}
KEPT = PLAIN - {float, int, bool}  # values that need no conversion
OPERANDS = (Tensor, int, float, np.generic, np.ndarray, list, tuple)
