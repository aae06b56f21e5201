"""Tensor: a value that remembers how it was made.

An operation on tensors computes its value at once and keeps one record: which operation, on which inputs. Those
records are the computation graph; `backward()` (reverse.py) reads it from the output to the leaves. Operators and
NumPy's functions only record here; what they compute, and their derivatives, is in the table (primitives.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.engine.primitives import PRIMITIVES, Primitive, find
from autodiff_lessons.errors import DomainError, GradientTypeError, GraphError, MissingRuleError

FREED: tuple[Any, ...] = ("freed",)  # stands in the place of the inputs of a node that a backward pass has used


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

    __slots__ = ("__weakref__", "_inputs", "_parameters", "data", "grad", "name", "op", "requires_grad")

    data: Any
    grad: Tensor | None
    requires_grad: bool
    name: str | None
    op: Primitive | None
    _inputs: tuple[Any, ...]
    _parameters: dict[str, Any] | None

    def __init__(self, data: Any, requires_grad: bool = False, name: str | None = None) -> None:
        if isinstance(data, Tensor):
            data = data.data
        self.data = as_value(data)
        if self.data.dtype.kind not in "fiub":
            raise GradientTypeError(f"A tensor holds real numbers; {data!r} is of type {self.data.dtype}.")
        if requires_grad and self.data.dtype.kind != "f":
            raise GradientTypeError(
                "Only tensors of floating-point numbers can require a gradient: an integer can't be moved by a small "
                f"amount. This one holds {self.data.dtype}; write Tensor({_with_a_point(data)}, requires_grad=True)."
            )
        self.grad = None
        self.requires_grad = requires_grad
        self.name = name
        self.op = None
        self._inputs = ()
        self._parameters = None

    # What the tensor is

    @property
    def is_leaf(self) -> bool:
        """True where no recorded operation made this tensor: inputs and weights, and whatever nothing tracked led
        to."""
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
        return self.data.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return self.data.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        return self.data.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype  # type: ignore[no-any-return]

    @property
    def T(self) -> Tensor:
        return self if self.ndim < 2 else apply(PRIMITIVES["swapaxes"], (self,), {"axis1": -1, "axis2": -2})

    # Out of the graph

    def item(self) -> float | int | bool:
        """The single number in this tensor, as a Python number."""
        if self.data.size != 1:
            raise ValueError(f"item() needs a tensor with one number in it; this one has the shape {self.shape}.")
        return self.data.item()  # type: ignore[no-any-return]

    def numpy(self) -> Any:
        """The value as a plain NumPy array; asked of a tracked tensor, it says how to leave the graph on purpose."""
        if self.requires_grad:
            raise GraphError(_leaves_the_graph("numpy()"))
        return np.asarray(self.data)

    def detach(self) -> Tensor:
        """A leaf with the same value that no gradient flows through."""
        return _leaf(self.data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if self.requires_grad:
            raise GraphError(_leaves_the_graph("A NumPy function without a derivative rule (or a plot)"))
        return np.array(self.data, dtype=dtype)

    def __float__(self) -> float:
        if self.requires_grad:
            raise GraphError(_leaves_the_graph("float(), or a function of the module math,"))
        return float(self.item())

    def __bool__(self) -> bool:
        return bool(self.data)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("A tensor that holds a single number has no length.")
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(
            "A tensor can't be looped over; compute with the whole of it, for example np.sum(t) instead of sum(t)."
        )

    # Backwards

    def backward(self, gradient: Any = None, retain_graph: bool = False) -> None:
        """Add d self / d leaf to the `.grad` of every leaf that requires grad; see `reverse.backward`."""
        from autodiff_lessons.engine import reverse  # noqa: PLC0415  (reverse imports Tensor)

        reverse.backward(self, gradient, retain_graph)

    def zero_grad(self) -> None:
        """Forget the accumulated gradient: `grad` is None again."""
        self.grad = None

    # How it reads

    def __repr__(self) -> str:
        parts = [_written(self.data)]
        if self.data.dtype not in (np.float64, np.int64, np.bool_):
            parts.append(f"dtype={self.data.dtype}")
        if self.op is not None:
            parts.append(f"grad_fn=<{self.op.name}>")
        elif self.requires_grad:
            parts.append("requires_grad=True")
        return f"Tensor({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    # NumPy's protocols: np.sin(t), np.multiply(array, t), np.sum(t, axis=0)

    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            detail = f".{method}" if method != "__call__" else f"(..., {', '.join(keywords)}=...)"
            asked = f"np.{ufunc.__name__}{detail}"
            raise MissingRuleError(f"{asked} can't be differentiated here; write it with operators and np.sum.")
        if ufunc in PLAIN_UFUNCS:
            return ufunc(*map(plain, inputs))
        name = UFUNC_NAMES.get(ufunc)
        return apply(find(ufunc.__name__ if name is None else name), inputs, {})

    def __array_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        if function in PLAIN_FUNCTIONS:
            return function(*map(plain, arguments), **{key: plain(value) for key, value in keywords.items()})
        signature = FUNCTION_PARAMETERS.get(function)
        if signature is None:
            find(function.__name__)
            raise MissingRuleError(f"np.{function.__name__} can't be used on a tensor; use the operator instead.")
        (tensor, *rest) = arguments
        parameters = dict(zip(signature, rest, strict=False)) | keywords
        unknown = sorted(set(parameters) - set(signature))
        if unknown or len(rest) > len(signature):
            refused = ", ".join(unknown) or "more"
            raise MissingRuleError(
                f"np.{function.__name__} of a tensor takes {', '.join(signature)} only, not {refused}."
            )
        return apply(find(function.__name__), (tensor,), parameters)

    @staticmethod
    def __apply_primitive__(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        return apply(primitive, inputs, parameters)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The sum of the elements along `axis` (all of them by default)."""
        return apply(PRIMITIVES["sum"], (self,), {"axis": axis, "keepdims": keepdims})

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape."""
        return apply(PRIMITIVES["reshape"], (self,), {"shape": shape[0] if len(shape) == 1 else shape})

    # Operators; each one records an operation of the table

    def _record_two(primitive: Primitive) -> Callable[[Tensor, Any], Tensor]:  # type: ignore[misc]
        def operator(self: Tensor, other: Any) -> Tensor:
            return apply(primitive, (self, other)) if isinstance(other, OPERANDS) else NotImplemented

        return operator

    def _record_two_reflected(primitive: Primitive) -> Callable[[Tensor, Any], Tensor]:  # type: ignore[misc]
        def operator(self: Tensor, other: Any) -> Tensor:
            return apply(primitive, (other, self)) if isinstance(other, OPERANDS) else NotImplemented

        return operator

    def _record_one(primitive: Primitive) -> Callable[[Tensor], Tensor]:  # type: ignore[misc]
        def operator(self: Tensor) -> Tensor:
            return apply(primitive, (self,))

        return operator

    def _compare(ufunc: np.ufunc) -> Callable[[Tensor, Any], Any]:  # type: ignore[misc]
        def operator(self: Tensor, other: Any) -> Any:
            return ufunc(self.data, plain(other)) if isinstance(other, OPERANDS) else NotImplemented

        return operator

    __add__, __radd__ = _record_two(PRIMITIVES["add"]), _record_two_reflected(PRIMITIVES["add"])
    __sub__, __rsub__ = _record_two(PRIMITIVES["sub"]), _record_two_reflected(PRIMITIVES["sub"])
    __mul__, __rmul__ = _record_two(PRIMITIVES["mul"]), _record_two_reflected(PRIMITIVES["mul"])
    __truediv__, __rtruediv__ = _record_two(PRIMITIVES["div"]), _record_two_reflected(PRIMITIVES["div"])
    __pow__, __rpow__ = _record_two(PRIMITIVES["pow"]), _record_two_reflected(PRIMITIVES["pow"])
    __matmul__, __rmatmul__ = _record_two(PRIMITIVES["matmul"]), _record_two_reflected(PRIMITIVES["matmul"])
    __neg__, __abs__ = _record_one(PRIMITIVES["neg"]), _record_one(PRIMITIVES["abs"])

    # Comparisons give plain booleans, element by element; a tensor is hashed by identity all the same.
    __lt__, __le__ = _compare(np.less), _compare(np.less_equal)
    __gt__, __ge__ = _compare(np.greater), _compare(np.greater_equal)
    __eq__, __ne__ = _compare(np.equal), _compare(np.not_equal)
    __hash__ = object.__hash__

    del _record_two, _record_two_reflected, _record_one, _compare


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


def apply(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any] | None = None) -> Tensor:
    """Compute one operation and, where an input requires grad, record it.

    Tensors and plain numbers may be mixed; a plain number is kept as it is, it becomes no node.
    """
    tracked = False
    values = []
    for one in inputs:
        if type(one) is Tensor:
            tracked = tracked or one.requires_grad
            values.append(one.data)
        else:
            values.append(one)
    if primitive.inside is not None and not np.all(inside := primitive.inside(*values)):
        raise DomainError(_no_value(primitive, inputs, values, inside))
    value = primitive.value(*values, **parameters) if parameters else primitive.value(*values)
    result = _leaf(value if isinstance(value, KEPT) else as_value(value))
    if tracked:
        result.requires_grad, result.op, result._inputs, result._parameters = True, primitive, inputs, parameters
    return result


def as_value(data: Any) -> Any:
    """`data` as the engine keeps it: a copy, a NumPy scalar where it is a single number, an array otherwise."""
    return np.array(data)[()]


def plain(one: Any) -> Any:
    """A tensor's value; anything else as it is."""
    return one.data if isinstance(one, Tensor) else one


def freed_message(node: Tensor) -> str:
    """What to say when the record of `node` is asked for after a backward pass has freed it."""
    which = f"the tensor {node.name!r}" if node.name else "a tensor"
    made_by = f" (made by {node.op.name})" if node.op is not None else ""
    return (
        f"The graph behind {which}{made_by} is gone: a backward pass frees the graph that it has used. "
        "Run the cell that computes it again, and then this one; or keep the graph with backward(retain_graph=True)."
    )


def _leaf(data: Any) -> Tensor:
    leaf = Tensor.__new__(Tensor)
    leaf.data, leaf.grad, leaf.requires_grad, leaf.name, leaf.op = data, None, False, None, None
    leaf._inputs, leaf._parameters = (), None
    return leaf


def _no_value(primitive: Primitive, inputs: tuple[Any, ...], values: list[Any], inside: Any) -> str:
    """Name the first place where the operation is not defined: `log(x = -1.0) has no value: log(x) needs x > 0.`"""
    where = np.unravel_index(int(np.argmin(inside)), np.shape(inside))
    shown = [_written(one[where]) for one in np.broadcast_arrays(*values)]
    names = [one.name if isinstance(one, Tensor) else None for one in inputs]
    terms = [f"{name} = {number}" if name else number for name, number in zip(names, shown, strict=True)]
    place = f", at index {', '.join(map(str, where))}," if where else ""
    written = f"{primitive.name}({', '.join(terms)})"
    if primitive.symbol != primitive.name:
        written = f" {primitive.symbol} ".join(f"({term})" if "=" in term else term for term in terms)
    return f"{written}{place} has no value: {primitive.needs}."


def _leaves_the_graph(what: str) -> str:
    return (
        f"{what} would leave the graph, and no gradient could flow back through it. Compute with np.sin(t), np.exp(t) "
        "and the operators to stay inside; write t.data, or t.detach(), to leave on purpose."
    )


def _with_a_point(data: Any) -> str:
    return f"{data}.0" if isinstance(data, int) and not isinstance(data, bool) else "data.astype(float)"


def _written(data: Any) -> str:
    if np.ndim(data) == 0:
        return repr(np.asarray(data).item())
    return np.array2string(np.asarray(data), separator=", ", threshold=20)


KEPT = (np.float64, np.ndarray, np.generic)  # the types of value that need no conversion
OPERANDS = (Tensor, int, float, np.generic, np.ndarray, list, tuple)

UFUNC_NAMES = {
    np.true_divide: "div",
    np.subtract: "sub",
    np.multiply: "mul",
    np.power: "pow",
    np.float_power: "pow",
    np.negative: "neg",
    np.absolute: "abs",
    np.fabs: "abs",
}
# Their results carry no gradient: they are computed on the plain values.
PLAIN_UFUNCS = {
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
    np.isfinite, np.isnan, np.isinf, np.floor, np.ceil, np.rint, np.signbit,
    np.logical_and, np.logical_or, np.logical_not,
}  # fmt: skip
PLAIN_FUNCTIONS = {
    np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.isclose, np.allclose, np.array_equal,
    np.argmax, np.argmin, np.all, np.any,
}  # fmt: skip
FUNCTION_PARAMETERS = {
    np.sum: ("axis", "keepdims"),
    np.broadcast_to: ("shape",),
    np.reshape: ("shape",),
    np.swapaxes: ("axis1", "axis2"),
}
