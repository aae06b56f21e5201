"""Element-wise functions under PyTorch's names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import dtypes
from autodiff_lessons.dialects.torch.core import (
    Handle,
    as_type,
    composite,
    constant,
    data_of,
    described,
    dtype_of,
    promoted,
    run,
    wrap,
)
from autodiff_lessons.dialects.torch.records import renamed
from autodiff_lessons.engine.custom import custom
from autodiff_lessons.errors import OperandError

Number = int | float


def _unary(operation: str, floating: bool = True) -> Callable[..., Any]:
    """A function of one tensor; `floating`: whole numbers become floating-point ones first."""

    def function(input: Any) -> Any:
        _refuse_all_but_tensors(operation, input)
        return run(operation, tuple(promoted(input, floating=True)) if floating else (input,))

    function.__name__ = function.__qualname__ = operation
    return function


def _refuse_all_but_tensors(operation: str, one: Any) -> None:
    if not isinstance(one, Handle):
        raise TypeError(f"{operation}() takes a tensor, not {type(one).__name__}: write torch.tensor({one!r}).")


def _binary(operation: str, floating: bool = False) -> Callable[..., Any]:
    def function(input: Any, other: Any) -> Any:
        return two(operation, input, other, floating)

    function.__name__ = function.__qualname__ = operation
    return function


def two(operation: str, input: Any, other: Any, floating: bool = False) -> Any:
    """An operation of two operands, one of them a tensor, in their common type."""
    return run(operation, tuple(promoted(input, other, floating=floating)))


abs_, neg, square, sign = (_unary(one, floating=False) for one in ("abs", "neg", "square", "sign"))
floor, ceil, trunc = (_unary(one, floating=False) for one in ("floor", "ceil", "trunc"))
sqrt, rsqrt, reciprocal = _unary("sqrt"), _unary("rsqrt"), _unary("reciprocal")
exp, exp2, expm1 = _unary("exp"), _unary("exp2"), _unary("expm1")
log, log2, log10, log1p = _unary("log"), _unary("log2"), _unary("log10"), _unary("log1p")
sin, cos, tan = _unary("sin"), _unary("cos"), _unary("tan")
asin, acos, atan = _unary("asin"), _unary("acos"), _unary("atan")
sinh, cosh, tanh = _unary("sinh"), _unary("cosh"), _unary("tanh")
asinh, acosh, atanh = _unary("asinh"), _unary("acosh"), _unary("atanh")
sigmoid, erf, relu = _unary("sigmoid"), _unary("erf"), _unary("relu", floating=False)

maximum, minimum = _binary("maximum"), _binary("minimum")
fmod, remainder = _binary("fmod"), _binary("remainder")
atan2, logaddexp, hypot = _binary("atan2", True), _binary("logaddexp", True), _binary("hypot", True)


def round_(input: Any, *, decimals: int = 0) -> Any:
    """The nearest whole number, or number with `decimals` places; halves go to the even one."""
    if decimals:
        return div(run("round", (mul(input, 10.0**decimals),)), 10.0**decimals)
    return run("round", (input,))


def scaled(other: Any, alpha: Number) -> Any:
    return other if alpha == 1 else mul(other, alpha) if isinstance(other, Handle) else other * alpha


@composite("add")
def _add_scaled(input: Any, other: Any, alpha: Number) -> Any:
    return two("add", input, scaled(other, alpha))


@composite("sub")
def _sub_scaled(input: Any, other: Any, alpha: Number) -> Any:
    return two("sub", input, scaled(other, alpha))


def add(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """input + alpha * other."""
    return two("add", input, other) if alpha == 1 else _add_scaled(input, other, alpha)


def sub(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """input - alpha * other."""
    _refuse_booleans("sub", input, other)
    if not isinstance(input, Handle):
        return two("rsub", input, other)
    return two("sub", input, other) if alpha == 1 else _sub_scaled(input, other, alpha)


def _refuse_booleans(operation: str, *operands: Any) -> None:
    if all(isinstance(one, Handle) and dtype_of(one) is dtypes.bool_ for one in operands):
        raise OperandError(f"{operation} of two tensors of booleans: use logical_xor(a, b), or ~a for 'not'.")


def mul(input: Any, other: Any) -> Any:
    """The product, element by element."""
    return two("mul", input, other)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """The quotient; whole numbers give floating-point ones, unless `rounding_mode` is "floor" or "trunc"."""
    if rounding_mode is None:
        if not isinstance(input, Handle):  # as PyTorch does: number * (1 / tensor)
            inverse = reciprocal(other)
            return mul(inverse, input)
        return two("div", input, other, floating=True)
    if rounding_mode not in ("floor", "trunc"):
        raise OperandError(f'rounding_mode is None, "floor" or "trunc", not {rounding_mode!r}.')
    whole = dtypes.result_dtype([described(one) for one in (input, other)])
    steps = {"step": np.floor if rounding_mode == "floor" else np.trunc}
    return as_type(run("div_rounded", tuple(promoted(input, other, floating=True)), steps), whole)


def floor_divide(input: Any, other: Any) -> Any:
    """input // other, rounded down. It has no derivative rule, in PyTorch either."""
    result = div(input, other, rounding_mode="floor")
    node = result._node
    if node.op is None:
        return result

    def refuse(*cotangents: Any) -> list[Any]:
        raise OperandError(
            "floor_divide (//) has no derivative rule: it is a staircase. Use torch.div(a, b, rounding_mode='floor') "
            "for a gradient of 0, or a / b."
        )

    (made,) = custom("NotImplemented", (node._data,), node.inputs, refuse)
    assert made.op is not None
    made.op = renamed(made.op, "NotImplemented", edges=())
    return wrap(made)


def pow_(input: Any, exponent: Any) -> Any:
    """input ** exponent."""
    if not isinstance(input, Handle):
        return two("pow_of_scalar", input, exponent)
    if isinstance(exponent, Handle):
        return two("pow", input, exponent)
    if isinstance(exponent, int) and exponent < 0 and dtype_of(input).category < 3:
        raise OperandError(f"A whole number to the power {exponent} isn't a whole number; use x.float() ** {exponent}.")
    return two("pow_scalar", input, exponent)


def float_power(input: Any, exponent: Any) -> Any:
    """input ** exponent in float64."""
    base, power = (
        run("to_copy", (one,), {"dtype": np.dtype(np.float64)})
        if isinstance(one, Handle) and dtype_of(one) is not dtypes.float64
        else one
        for one in (input, exponent)
    )
    return pow_(base, power)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """input, but not below `min` and not above `max`; the cotangent passes where min <= input <= max."""
    if min is None and max is None:
        raise OperandError("clamp needs min, max or both.")
    if isinstance(min, Handle) or isinstance(max, Handle):
        return _clamp_by_tensors(input, min, max)
    given = [one for one in (min, max) if one is not None]
    (tensor, *_) = promoted(input, *given)
    return run("clamp", (tensor,), {"low": min, "high": max})


@composite("clamp_tensor")
def _clamp_by_tensors(input: Any, low: Any, high: Any) -> Any:
    result = input
    if low is not None:
        result = where(greater_equal(data(result), low), result, low)
    return result if high is None else where(less_equal(data(result), high), result, high)


def data(one: Any) -> Any:
    """The value of a tensor outside of the graph."""
    return constant(data_of(one)) if isinstance(one, Handle) else one


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where `condition` holds, else `other`."""
    if input is None or other is None:
        return tuple(constant(one) for one in np.nonzero(np.atleast_1d(data_of(condition))))
    first, second = promoted(input, other)
    first, second = (_as_tensor_like(one, another) for one, another in ((first, second), (second, first)))
    return run("where", (condition if isinstance(condition, Handle) else constant(condition), first, second))


def _as_tensor_like(one: Any, other: Any) -> Any:
    """A plain number in the type of the other operand, so that NumPy does not widen it."""
    if isinstance(one, Handle):
        return one
    kind = dtype_of(other) if isinstance(other, Handle) else dtypes.result_dtype([one, other])
    return np.asarray(one, dtype=kind.numpy)[()]


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input)."""
    return (_lerp_by_tensor if isinstance(weight, Handle) else _lerp)(input, end, weight)


@composite("lerp")
def _lerp(input: Any, end: Any, weight: Any) -> Any:
    return run("lerp", tuple(promoted(input, end, weight)))


@composite("lerp_tensor")
def _lerp_by_tensor(input: Any, end: Any, weight: Any) -> Any:
    return run("lerp", tuple(promoted(input, end, weight)))


@composite("addcmul")
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """input + value * tensor1 * tensor2."""
    return add(input, scaled(mul(tensor1, tensor2), value))


@composite("addcdiv")
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """input + value * tensor1 / tensor2."""
    return add(input, scaled(div(tensor1, tensor2), value))


@composite("logit")
def logit(input: Any, eps: float | None = None) -> Any:
    """log(x / (1 - x)), the inverse of sigmoid."""
    kept = input if eps is None else clamp(input, eps, 1 - eps)
    return sub(log(kept), log(sub(1.0, kept)))


@composite("frac")
def frac(input: Any) -> Any:
    """The part after the point."""
    return sub(input, data(trunc(input)))


@composite("deg2rad")
def deg2rad(input: Any) -> Any:
    return mul(input, math.pi / 180)


@composite("rad2deg")
def rad2deg(input: Any) -> Any:
    return mul(input, 180 / math.pi)


@composite("xlogy")
def xlogy(input: Any, other: Any) -> Any:
    """input * log(other), 0 where input is 0."""
    return where(equal_to(data(input), 0), mul(input, 0.0), mul(input, log(other)))


def nan_to_num(input: Any, nan: float = 0.0) -> Any:
    """nan becomes 0, and inf the largest number."""
    return run("nan_to_num", (input,), {"nan": nan})


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """`value` where `mask` holds."""
    filling = value if isinstance(value, Handle) else np.asarray(value, dtype=dtype_of(input).numpy)[()]
    return run("masked_fill", (mask, filling, input))


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A copy with its own elements; gradients flow through it."""
    return run("clone", (input,))


# Comparisons and questions: booleans, outside of the graph.


def _question(operation: Callable[..., Any], name: str) -> Callable[..., Any]:
    def function(input: Any, other: Any) -> Any:
        try:
            with np.errstate(all="ignore"):
                return constant(operation(data_of(input), data_of(other)))
        except ValueError as error:
            raise OperandError(f"{name} can't compare these shapes: {error}.") from None

    function.__name__ = function.__qualname__ = name
    return function


def _ask(operation: Callable[..., Any], name: str) -> Callable[..., Any]:
    def function(input: Any) -> Any:
        return constant(operation(data_of(input)))

    function.__name__ = function.__qualname__ = name
    return function


equal_to, not_equal = _question(np.equal, "eq"), _question(np.not_equal, "ne")
less, less_equal = _question(np.less, "lt"), _question(np.less_equal, "le")
greater, greater_equal = _question(np.greater, "gt"), _question(np.greater_equal, "ge")
logical_and, logical_or = _question(np.logical_and, "logical_and"), _question(np.logical_or, "logical_or")
logical_xor, logical_not = _question(np.logical_xor, "logical_xor"), _ask(np.logical_not, "logical_not")
bitwise_and, bitwise_or = _question(np.bitwise_and, "bitwise_and"), _question(np.bitwise_or, "bitwise_or")
bitwise_xor, bitwise_not = _question(np.bitwise_xor, "bitwise_xor"), _ask(np.invert, "bitwise_not")
isnan, isinf, isfinite = _ask(np.isnan, "isnan"), _ask(np.isinf, "isinf"), _ask(np.isfinite, "isfinite")


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |input - other| <= atol + rtol * |other|, element by element."""
    return constant(np.isclose(data_of(input), data_of(other), rtol, atol, equal_nan))


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements are close."""
    if dtype_of(input) is not dtype_of(other):
        raise OperandError(f"allclose compares tensors of one type, not {dtype_of(input)} with {dtype_of(other)}.")
    return bool(np.allclose(data_of(input), data_of(other), rtol, atol, equal_nan))


def equal(input: Any, other: Any) -> bool:
    """Whether both have the same shape and elements."""
    return bool(np.array_equal(data_of(input), data_of(other)))
