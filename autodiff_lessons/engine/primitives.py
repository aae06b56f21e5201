"""The table of operations: one record each, its value and its derivative rules side by side.

A rule is written once, in plain NumPy notation. On numbers it gives a number; on tracked tensors it is recorded
again, which is all that second derivatives need. There are two kinds:

* **Element-wise** operations give one *partial* an input: `partial(out, *inputs)` is d out / d input, where `out` is
  the value that the operation had (tanh' = 1 - out**2 needs no second tanh). A partial that is a constant is written
  as a number. Reverse mode multiplies by it: input_bar = out_bar * partial.
* **Linear** operations (a sum, a reshape, a matrix product in each of its factors) give one *transpose* an input:
  `transpose(out_bar, *inputs, **parameters)` is input_bar, that is Jᵀ @ out_bar without ever building J.

`inside` says where an operation is defined; elsewhere the tensor raises a DomainError with the words of `needs`.
Rules after Baydin et al., "Automatic differentiation in machine learning: a survey" (2018), and Giles, "Collected
matrix derivative results" (2008).
"""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.engine.broadcasting import unbroadcast
from autodiff_lessons.errors import MissingRuleError

Rule = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """One operation of the table. Call it with numbers, arrays or tensors: `PRIMITIVES["sigmoid"](x)`."""

    name: str
    symbol: str
    value: Rule
    partials: tuple[Rule | float, ...] | None = None
    transposes: tuple[Rule, ...] | None = None
    inside: Rule | None = None
    needs: str = ""

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        for one in inputs:
            apply = getattr(type(one), "__apply_primitive__", None)
            if apply is not None:
                return apply(self, inputs, parameters)
        return self.value(*inputs, **parameters)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


PRIMITIVES: dict[str, Primitive] = {}


def _element_wise(
    name: str, value: Rule, *partials: Rule | float, symbol: str = "", inside: Rule | None = None, needs: str = ""
) -> None:
    PRIMITIVES[name] = Primitive(name, symbol or name, value, partials=partials, inside=inside, needs=needs)


def _linear(name: str, value: Rule, *transposes: Rule, symbol: str = "") -> None:
    PRIMITIVES[name] = Primitive(name, symbol or name, value, transposes=transposes)


def find(name: str) -> Primitive:
    """The record of the operation `name`; a MissingRuleError lists the names that come near."""
    if name not in PRIMITIVES:
        near = difflib.get_close_matches(name, PRIMITIVES, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else f" There are: {', '.join(PRIMITIVES)}."
        raise MissingRuleError(f"No operation named {name!r} has a derivative rule here.{hint}")
    return PRIMITIVES[name]


# Arithmetic. Python's operators are several times faster than NumPy's functions on single numbers.
_element_wise("add", operator.add, 1.0, 1.0, symbol="+")
_element_wise("sub", operator.sub, 1.0, -1.0, symbol="-")
_element_wise("mul", operator.mul, lambda out, a, b: b, lambda out, a, b: a, symbol="*")
_element_wise(
    "div",
    operator.truediv,
    lambda out, a, b: 1.0 / b,
    lambda out, a, b: -out / b,
    symbol="/",
    inside=lambda a, b: b != 0,
    needs="a / b needs b != 0",
)
_element_wise(
    "pow",
    operator.pow,
    lambda out, x, n: n * x ** (n - (n != 0)),  # n = 0: 0 * x**0, so that 0**0 has the slope 0
    lambda out, x, n: out * np.log(x + (x == 0)),  # x = 0: 0 * log(1)
    symbol="**",
    inside=lambda x, n: (x > 0) | ((x == 0) & (n >= 0)) | ((x < 0) & (n == np.floor(n))),
    needs="x ** n needs x > 0, or a whole n (not negative where x = 0)",
)
_element_wise("neg", operator.neg, -1.0, symbol="-")
_element_wise("abs", operator.abs, lambda out, x: np.sign(x))  # at the kink the slope is 0, between -1 and 1
_element_wise("sign", np.sign, 0.0)

# Functions of one variable.
_element_wise("sin", np.sin, lambda out, x: np.cos(x))
_element_wise("cos", np.cos, lambda out, x: -np.sin(x))
_element_wise("exp", np.exp, lambda out, x: out)
_element_wise("log", np.log, lambda out, x: 1.0 / x, inside=lambda x: x > 0, needs="log(x) needs x > 0")
_element_wise("sqrt", np.sqrt, lambda out, x: 0.5 / out, inside=lambda x: x >= 0, needs="sqrt(x) needs x >= 0")
_element_wise("tanh", np.tanh, lambda out, x: 1.0 - out * out)


def _sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), without an overflow on either side."""
    small = np.exp(-np.abs(x))
    return np.maximum(x >= 0, small) / (1.0 + small)


_element_wise("sigmoid", _sigmoid, lambda out, x: out * (1.0 - out))


# Sums and shapes. Each is the transpose of another one: copying of summing, reshaping of reshaping back.
def _kept(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """`shape` after a reduction over `axis` that keeps the reduced axes with length 1."""
    axes = range(len(shape)) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    reduced = {one % len(shape) for one in axes} if shape else set()
    return tuple(1 if place in reduced else length for place, length in enumerate(shape))


_linear(
    "sum",
    np.sum,
    lambda out_bar, x, axis=None, keepdims=False: np.broadcast_to(
        np.reshape(out_bar, _kept(np.shape(x), axis)), np.shape(x)
    ),
)
_linear("broadcast_to", np.broadcast_to, lambda out_bar, x, shape: unbroadcast(out_bar, np.shape(x)))
_linear("reshape", np.reshape, lambda out_bar, x, shape: np.reshape(out_bar, np.shape(x)))
_linear("swapaxes", np.swapaxes, lambda out_bar, x, axis1, axis2: np.swapaxes(out_bar, axis1, axis2))


def _factors(a: Any, b: Any, out_bar: Any) -> tuple[Any, Any, Any]:
    """The factors of a @ b and the cotangent with the axes that NumPy adds for vectors written out.

    Each is then a stack of matrices.
    """
    if np.ndim(b) == 1:
        b, out_bar = np.reshape(b, (-1, 1)), np.reshape(out_bar, (*np.shape(out_bar), 1))
    if np.ndim(a) == 1:
        bar_shape = np.shape(out_bar)
        a, out_bar = np.reshape(a, (1, -1)), np.reshape(out_bar, (*bar_shape[:-1], 1, bar_shape[-1]))
    return a, b, out_bar


def _left_bar(out_bar: Any, a: Any, b: Any) -> Any:
    matrix, other, upstream = _factors(a, b, out_bar)
    return np.reshape(unbroadcast(upstream @ np.swapaxes(other, -1, -2), np.shape(matrix)), np.shape(a))


def _right_bar(out_bar: Any, a: Any, b: Any) -> Any:
    other, matrix, upstream = _factors(a, b, out_bar)
    return np.reshape(unbroadcast(np.swapaxes(other, -1, -2) @ upstream, np.shape(matrix)), np.shape(b))


_linear("matmul", operator.matmul, _left_bar, _right_bar, symbol="@")
