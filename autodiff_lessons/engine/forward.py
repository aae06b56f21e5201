"""Forward mode: carry a tangent along with each value.

A dual number is x + x_dot ε with ε² = 0: a point (the primal) and its velocity (the tangent). A function of duals gives
f(x) + f'(x) x_dot ε, so one run gives a value and one Jacobian-vector product J x_dot, at about twice the cost of the
value, whatever the number of outputs. (Clifford 1873; Wengert 1964; Griewank and Walther, "Evaluating Derivatives",
chapter 3.)

The rules are the table's. Each `jvp` in progress has a level of its own, so that a jvp inside a jvp does not mix their
ε's (Siskind and Pearlmutter, "Perturbation confusion", 2005).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.numpy_protocol import BY_UFUNC, call_function, call_ufunc
from autodiff_lessons.engine.primitive import PLAIN, Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.errors import ShapeError

NOTHING: dict[str, Any] = {}
new_level = itertools.count(1).__next__


class Dual:
    """A primal with its tangent, for forward mode.

    >>> Dual(3.0, 4.0) * Dual(5.0, 7.0)
    Dual(15.0, 41.0)

    Both may be numbers, arrays of one shape, tensors, or duals of another level. Duals of one level (0, unless `jvp`
    chose another) calculate with each other; a number counts as a dual with the tangent 0.
    """

    __slots__ = ("level", "primal", "tangent")
    __array_priority__ = 2000.0
    __apply_rank__ = 1

    def __init__(self, primal: Any, tangent: Any = 0.0, level: int = 0) -> None:
        self.primal, self.tangent, self.level = _number(primal), _number(tangent), level
        if np.shape(self.primal) != np.shape(self.tangent):
            self.tangent = np.broadcast_to(self.tangent, np.shape(self.primal))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.primal.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return self.primal.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def dtype(self) -> Any:
        return self.primal.dtype

    @property
    def base(self) -> None:
        """As of an array that owns its numbers: a dual is never changed in place."""
        return None

    def __len__(self) -> int:
        return len(self.primal)

    def __getitem__(self, index: Any) -> Any:
        return PRIMITIVES["getitem"](self, index=index)

    def __repr__(self) -> str:
        return f"Dual({_written(self.primal)}, {_written(self.tangent)})"

    def __bool__(self) -> bool:
        return bool(self.primal)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum of the elements along `axis`."""
        return PRIMITIVES["sum"](self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape."""
        return PRIMITIVES["reshape"](self, shape=shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any) -> Any:
        """The same numbers in another type."""
        return PRIMITIVES["cast"](self, dtype=np.dtype(dtype))

    @property
    def T(self) -> Any:
        return PRIMITIVES["transpose"](self)

    @staticmethod
    def __apply_primitive__(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        """out_dot = sum over the inputs of (d out / d input) input_dot, by the table's rules."""
        if len(inputs) == 1:  # the commonest case, written out
            (dual,) = inputs
            x, tangent = dual.primal, dual.tangent
            if primitive.transposes is not None and type(x) in PLAIN and type(tangent) in PLAIN:  # linear
                return _dual(primitive.value(x, **parameters), primitive.value(tangent, **parameters), dual.level)
            out = primitive.evaluate((x,), parameters) if type(x) in PLAIN else primitive(x, **parameters)
            return _dual(out, primitive.push(0, tangent, out, (x,), parameters), dual.level)
        level = max(one.level for one in inputs if type(one) is Dual)
        primals, tangents, nested = [], [], False
        for place, one in enumerate(inputs):
            x = one
            if type(one) is Dual and one.level == level:
                tangents.append((place, one.tangent))
                x = one.primal
            nested = nested or type(x) not in PLAIN
            primals.append(x)
        out = primitive(*primals, **parameters) if nested else primitive.evaluate(primals, parameters)
        total = None
        for place, tangent in tangents:
            pushed = primitive.push(place, tangent, out, primals, parameters)
            total = pushed if total is None else total + pushed
        return _dual(out, total, level)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if len(inputs) == 1 and method == "__call__" and not keywords and ufunc in BY_UFUNC:
            return Dual.__apply_primitive__(BY_UFUNC[ufunc], inputs, NOTHING)
        return call_ufunc(ufunc, method, inputs, keywords, primal)

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        return call_function(function, arguments, keywords, primal)

    def _two(name: str) -> Callable[[Dual, Any], Any]:  # type: ignore[misc]
        primitive = PRIMITIVES[name]
        value, (by_x, by_y) = primitive.value, primitive.partials or (None, None)
        everywhere, usual = primitive.inside is None, primitive.arity == 2

        def operator(self: Dual, other: Any) -> Any:
            x, level, kind = self.primal, self.level, type(other)
            if usual and type(x) in PLAIN:  # the two commonest cases, written out
                if kind in PLAIN:
                    out = value(x, other) if everywhere else primitive.evaluate((x, other), NOTHING)
                    return _dual(out, _along(self.tangent, by_x, out, x, other), level)
                if kind is Dual and other.level == level and type(other.primal) in PLAIN:
                    y = other.primal
                    out = value(x, y) if everywhere else primitive.evaluate((x, y), NOTHING)
                    tangent = _along(self.tangent, by_x, out, x, y) + _along(other.tangent, by_y, out, x, y)
                    return _dual(out, tangent, level)
            if kind is Dual or kind in PLAIN:
                return Dual.__apply_primitive__(primitive, (self, other), NOTHING)
            return primitive(self, other)

        return operator

    def _two_reflected(name: str) -> Callable[[Dual, Any], Any]:  # type: ignore[misc]
        primitive = PRIMITIVES[name]
        value, (_, by_y) = primitive.value, primitive.partials or (None, None)
        usual = primitive.arity == 2 and primitive.inside is None

        def operator(self: Dual, other: Any) -> Any:
            y = self.primal
            if usual and type(other) in PLAIN and type(y) in PLAIN:
                out = value(other, y)
                return _dual(out, _along(self.tangent, by_y, out, other, y), self.level)
            if type(other) in PLAIN:
                return Dual.__apply_primitive__(primitive, (other, self), NOTHING)
            return primitive(other, self)

        return operator

    def _compare(ufunc: np.ufunc) -> Callable[[Dual, Any], Any]:  # type: ignore[misc]
        return lambda self, other: ufunc(self.primal, primal(other))

    __add__, __radd__ = _two("add"), _two_reflected("add")
    __sub__, __rsub__ = _two("sub"), _two_reflected("sub")
    __mul__, __rmul__ = _two("mul"), _two_reflected("mul")
    __truediv__, __rtruediv__ = _two("div"), _two_reflected("div")
    __pow__, __rpow__ = _two("pow"), _two_reflected("pow")
    __matmul__, __rmatmul__ = _two("matmul"), _two_reflected("matmul")

    def __neg__(self) -> Any:
        return Dual.__apply_primitive__(PRIMITIVES["neg"], (self,), NOTHING)

    def __abs__(self) -> Any:
        return Dual.__apply_primitive__(PRIMITIVES["abs"], (self,), NOTHING)

    # Comparisons look at the primals: a branch in the learner's function takes the way that the value takes.
    __lt__, __le__ = _compare(np.less), _compare(np.less_equal)
    __gt__, __ge__ = _compare(np.greater), _compare(np.greater_equal)
    __eq__, __ne__ = _compare(np.equal), _compare(np.not_equal)
    __hash__ = object.__hash__

    del _two, _two_reflected, _compare


def primal(one: Any) -> Any:
    """The value without the tangent; anything that has no tangent, as it is."""
    return one.primal if type(one) is Dual else one


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of f at `primals` and its derivative along `tangents`: (f(x), J x_dot), in one run of f.

    `primals` is a tuple of f's arguments, `tangents` a tuple of the same structure and shapes; arguments and results
    may be nested dicts, lists and tuples. For one argument both may be given without the tuple.

    >>> value, tangent = jvp(lambda x: x * x, 3.0, 1.0)
    >>> float(value), float(tangent)
    (9.0, 6.0)
    """
    arguments, directions = (primals, tangents) if isinstance(primals, tuple) else ((primals,), (tangents,))
    leaves, rebuild = trees.flatten(arguments)
    dots = trees.flatten_like(directions, arguments, "tangents", "primals")
    for x, x_dot in zip(leaves, dots, strict=True):
        if np.shape(x) != np.shape(x_dot):
            raise ShapeError(
                f"A tangent has the shape of its primal: here the primal has {np.shape(x)} and the tangent "
                f"{np.shape(x_dot)}."
            )
    level = new_level()
    out = f(*rebuild([Dual(floating(x), x_dot, level) for x, x_dot in zip(leaves, dots, strict=True)]))
    outs, rebuild_out = trees.flatten(out)
    values, pushed = zip(*(split(one, level) for one in outs), strict=True) if outs else ((), ())
    return rebuild_out(list(values)), rebuild_out(list(pushed))


def split(one: Any, level: int) -> tuple[Any, Any]:
    """Primal and tangent of a result with respect to the ε of `level`; 0 where it does not depend on it."""
    if type(one) is Dual and one.level == level:
        return one.primal, one.tangent
    return one, np.zeros(np.shape(one))[()] if np.shape(one) else np.float64(0.0)


def floating(x: Any) -> Any:
    """`x` as something that has a derivative: Python's and NumPy's whole numbers become floating-point ones."""
    if hasattr(type(x), "__apply_rank__"):
        return x
    value = np.asarray(x)
    return (value if value.dtype.kind == "f" else value.astype(np.float64))[()]


def _along(tangent: Any, rule: Any, out: Any, x: Any, y: Any) -> Any:
    """tangent * partial in the shape of the output: what one input of an element-wise operation adds."""
    if type(rule) is not float:
        tangent = tangent * rule(out, x, y)
    elif rule != 1.0:
        tangent = -tangent if rule == -1.0 else tangent * rule
    return tangent if tangent.shape == out.shape else np.broadcast_to(tangent, out.shape)


def _dual(out: Any, tangent: Any, level: int) -> Dual:
    made = Dual.__new__(Dual)
    made.primal, made.tangent, made.level = out, tangent, level
    return made


def _number(one: Any) -> Any:
    return one if hasattr(type(one), "__apply_rank__") else floating(one)


def _written(one: Any) -> str:
    if isinstance(one, np.generic):
        return repr(one.item())
    return np.array2string(one, separator=", ") if isinstance(one, np.ndarray) else repr(one)
