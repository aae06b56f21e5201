"""Operations that are not in the engine's table, or for which TensorFlow chose another slope at a kink or an edge.

Where two inputs of `maximum` tie, TensorFlow gives the whole cotangent to the first, the table half to each. A
cotangent of 0 stays 0 at the infinite slopes of sqrt, rsqrt and reciprocal, where the table has 0 * inf = nan. The
slope of x ** n in n is 0 for x <= 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES


def without_rule(name: str, value: Any) -> Primitive:
    """A record of an operation that lets no gradient through: rounding, comparisons, whole-number arithmetic."""
    return Primitive(name, name, value)


def _power(x: Any, n: Any) -> Any:
    return np.power(x, n)


def _kept_at_zero(v: Any, product: Any) -> Any:
    """A contribution; 0 where the cotangent v is 0, even where the slope is infinite."""
    return np.where(np.equal(v, 0), 0.0, product)


def step(x: Any) -> Any:
    """1 where x > 0, else 0; a function with the slope 0, so that second derivatives are 0 and not None."""
    return np.sign(np.maximum(x, 0.0))


SQRT = Primitive("sqrt", "sqrt", np.sqrt, vjp=lambda v, out, x: _kept_at_zero(v, 0.5 * v / out))
RECIPROCAL = Primitive(
    "reciprocal", "reciprocal", lambda x: 1.0 / x, vjp=lambda v, out, x: _kept_at_zero(v, -v * out * out)
)
RSQRT = Primitive(
    "rsqrt", "rsqrt", lambda x: 1.0 / np.sqrt(x), vjp=lambda v, out, x: _kept_at_zero(v, -0.5 * v * out * out * out)
)
LOG = Primitive("log", "log", np.log, partials=(lambda out, x: RECIPROCAL(x),))
RELU = Primitive("relu", "relu", lambda x: np.maximum(x, 0), partials=(lambda out, x: step(x),))
RELU6 = Primitive("relu6", "relu6", lambda x: np.clip(x, 0, 6), partials=(lambda out, x: step(x) * step(6.0 - x),))
MULTIPLY_NO_NAN = Primitive(
    "multiply_no_nan",
    "multiply_no_nan",
    lambda x, y: np.where(y == 0, 0, x * y),
    partials=(lambda out, x, y: y, lambda out, x, y: x),
)
MAXIMUM = Primitive(
    "maximum", "maximum", np.maximum,
    partials=(lambda out, a, b: np.greater_equal(a, b), lambda out, a, b: np.less(a, b)),
)  # fmt: skip
MINIMUM = Primitive(
    "minimum", "minimum", np.minimum,
    partials=(lambda out, a, b: np.less_equal(a, b), lambda out, a, b: np.greater(a, b)),
)  # fmt: skip
POW = Primitive(
    "pow", "**", _power,
    partials=(
        lambda out, x, n: n * PRIMITIVES["pow"](x, n - 1),
        lambda out, x, n: out * np.where(np.greater(x, 0), np.log(np.where(np.greater(x, 0), x, 1.0)), 0.0),
    ),
)  # fmt: skip
# a - floor(a / b) * b: the slope in b is -floor(a / b).
FLOORMOD = Primitive(
    "floormod", "%", np.mod, partials=(1.0, lambda out, a, b: -np.floor(a / b))
)  # fmt: skip
ATAN2 = Primitive(
    "atan2", "atan2", np.arctan2,
    partials=(lambda out, y, x: x / (x * x + y * y), lambda out, y, x: -y / (x * x + y * y)),
)  # fmt: skip
CLIP = Primitive(
    "clip_by_value", "clip", lambda x, low, high: np.clip(x, low, high),
    partials=(
        lambda out, x, low, high: np.greater_equal(x, low) & np.less_equal(x, high),
        lambda out, x, low, high: np.less(x, low),
        lambda out, x, low, high: np.greater(x, high),
    ),
)  # fmt: skip
STOP_GRADIENT = without_rule("stop_gradient", lambda x: x)
IDENTITY = Primitive("identity", "identity", lambda x: x, transposes=(lambda out_bar, x: out_bar,), joint=True)
BINARY = {name: PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "matmul")} | {
    "pow": POW,
    "mod": FLOORMOD,
    "floordiv": without_rule("floordiv", np.floor_divide),
    "logical_and": without_rule("logical_and", np.logical_and),
    "logical_or": without_rule("logical_or", np.logical_or),
    "logical_xor": without_rule("logical_xor", np.logical_xor),
    "less": without_rule("less", np.less),
    "less_equal": without_rule("less_equal", np.less_equal),
    "greater": without_rule("greater", np.greater),
    "greater_equal": without_rule("greater_equal", np.greater_equal),
    "equal": without_rule("equal", np.equal),
    "not_equal": without_rule("not_equal", np.not_equal),
}
