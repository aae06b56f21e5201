"""Element-wise operations that ONNX has in other words, as formulas of those that it has.

In float64 a formula stands also for some that it has, because onnxruntime has not: there, Tan, Asin, Acos, Atan, Sinh
and Cosh are missing, and Sigmoid and Softplus lose their small values. So these are `exact_in_double`: in float32 and
float16 the ONNX operation, in float64 a formula of operations that are there, and nothing is lost but rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autodiff_lessons.graph.onnx_writer import FLOAT32, FLOAT64, Call, Value, Write


def where(condition: Value, a: Value | float, b: Value) -> Value:
    """`a` where the condition holds, else `b`."""
    choice = a if isinstance(a, Value) else b.writer.constant(np.asarray(a, b.dtype))
    return condition.op("Where", choice, b, dtype=b.dtype)


def exact_in_double(standard: str, formula: Callable[[Value], Value]) -> Write:
    """The ONNX operation `standard`, but in float64 the formula."""
    return lambda call, x: formula(x) if x.dtype == FLOAT64 else x.op(standard)


def tan(x: Value) -> Value:
    return x.op("Sin") / x.op("Cos")


def cosh(x: Value) -> Value:
    return (x.op("Exp") + x.op("Neg").op("Exp")) * 0.5


def sinh(x: Value) -> Value:
    """(exp(x) - exp(-x)) / 2, where nothing cancels near 0."""
    return x.op("Tanh") * cosh(x)


def arctan(x: Value) -> Value:
    """The angle in float32, y, and then what is missing from it in float64.

    With t = tan(true - y) = (x cos y - sin y) / (cos y + x sin y), the angle is y + arctan(t), and t is so small, about
    1e-7, that arctan(t) is t in all digits.
    """
    x = x.op("Clip", -1e100, 1e100)
    y = x.cast(FLOAT32).op("Atan").cast(FLOAT64)
    sin, cos = y.op("Sin"), y.op("Cos")
    return y + (x * cos - sin) / (cos + x * sin)


def arcsin(x: Value) -> Value:
    one = x.writer.constant(np.float64(1))
    return arctan(x / ((one - x) * (x + 1)).op("Sqrt"))


def arccos(x: Value) -> Value:
    """By the half angle, which is exact near 1 as well."""
    one = x.writer.constant(np.float64(1))
    return arctan(((one - x) / (x + 1)).op("Sqrt")) * 2


def sigmoid(x: Value) -> Value:
    return (x.op("Neg").op("Exp") + 1).op("Reciprocal")


def softplus(x: Value) -> Value:
    return x.op("Relu") + log1p(x.op("Abs").op("Neg").op("Exp"))


def log1p(x: Value) -> Value:
    """log(1 + x), with the rounding of 1 + x taken back (Kahan): log(u) * x / (u - 1), where u is 1 + x as rounded."""
    u = x + 1
    rounded = u - 1
    log = u.op("Log")
    corrected = where(rounded.op("Equal", 0), x, log * (x / rounded))
    return where(rounded.op("Equal", x), log, corrected)


def expm1(x: Value) -> Value:
    """exp(x) - 1, where nothing cancels near 0."""
    return (x * 0.5).op("Tanh") * (x.op("Exp") + 1)


def rounded(kind: str) -> Write:
    """Whole numbers stay as they are."""
    return lambda call, x: x.op(kind) if x.dtype.kind == "f" else x


def trunc(call: Call, x: Value) -> Value:
    return x.op("Sign") * x.op("Abs").op("Floor") if x.dtype.kind == "f" else x


def signbit(call: Call, x: Value) -> Value:
    """Of -0.0 as well, by its reciprocal."""
    below = x.op("Less", 0)
    return below.op("Or", x.op("Reciprocal").op("Less", 0)) if x.dtype.kind == "f" else below


def floor_divide(call: Call, a: Value, b: Value) -> Value:
    """By the remainder, as NumPy has it: 1 // 0.1 is 9, though 1 / 0.1 rounds to 10."""
    if a.dtype.kind != "f":
        return _whole_quotient(a, b)
    left = a.op("Mod", b, fmod=1)  # of the sign of a
    quotient = ((a - left) / b).op("Round")
    other_sign = left.op("Less", 0).op("Xor", b.op("Less", 0)).op("And", left.op("Equal", 0).op("Not"))
    return where(b.op("Equal", 0), a / b, quotient - other_sign.cast(a.dtype))


def _whole_quotient(a: Value, b: Value) -> Value:
    """By a positive divisor, because a machine stops at the smallest number divided by -1, as at a division by 0.

    Divided by 0, whole numbers give 0. ONNX's Div rounds towards 0.
    """
    a, b = a * b.op("Sign"), b.op("Abs").op("Max", 1)
    quotient = a / b
    return quotient - (a - quotient * b).op("Less", 0).cast(a.dtype)


def clip(call: Call, x: Value) -> Value:
    low, high = call.get("low"), call.get("high")
    if np.ndim(low) == np.ndim(high) == 0:
        return x.op("Clip", *(None if one is None else np.asarray(one).item() for one in (low, high)))
    for kind, bound in (("Max", low), ("Min", high)):
        x = x if bound is None else x.op(kind, x.writer.constant(np.asarray(bound, x.dtype)))
    return x
