"""tf.math: functions element by element, and sums, means and other reductions along axes."""

from __future__ import annotations

from collections.abc import Callable
from math import erf as _erf_of_one
from typing import Any, NamedTuple

import numpy as np

from autodiff_lessons.dialects.tf.conventions import (
    ATAN2,
    LOG,
    MAXIMUM,
    MINIMUM,
    MULTIPLY_NO_NAN,
    RECIPROCAL,
    RSQRT,
    SQRT,
    without_rule,
)
from autodiff_lessons.dialects.tf.dtypes import as_dtype, bool_, int32, int64
from autodiff_lessons.dialects.tf.errors import InvalidArgumentError
from autodiff_lessons.dialects.tf.tensor import Operators, Tensor, binary, convert, operate, together
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES

__all__ = [
    "abs", "accumulate_n", "acos", "acosh", "add", "add_n", "argmax", "argmin", "asin", "asinh", "atan", "atan2",
    "atanh", "ceil", "cos", "cosh", "count_nonzero", "cumprod", "cumsum", "cumulative_logsumexp", "divide",
    "divide_no_nan", "equal", "erf", "erfc", "exp", "expm1", "floor", "floordiv", "floormod", "greater",
    "greater_equal", "is_finite", "is_inf", "is_nan", "l2_normalize", "less", "less_equal", "log", "log1p",
    "log_sigmoid", "log_softmax", "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum",
    "mod", "multiply", "multiply_no_nan", "negative", "not_equal", "polyval", "pow", "reciprocal",
    "reciprocal_no_nan", "reduce_all", "reduce_any", "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max",
    "reduce_mean", "reduce_min", "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance", "rint", "round",
    "rsqrt", "scalar_mul", "segment_sum", "sigmoid", "sign", "sin", "sinh", "softmax", "softplus", "softsign",
    "sqrt", "square", "squared_difference", "subtract", "tan", "tanh", "top_k", "truediv", "unsorted_segment_sum",
    "xdivy", "xlog1py", "xlogy", "zero_fraction",
]  # fmt: skip

Function = Callable[..., Tensor]


def floating(name: str, x: Any) -> Tensor:
    """`x` as a tensor of floating-point numbers; whole numbers are refused."""
    tensor = convert(x)
    if not tensor.dtype.is_floating:
        raise InvalidArgumentError(
            f"{name} is for floating-point numbers, and was given {tensor.dtype.name}. Write the numbers with a "
            f"decimal point, or tf.cast(x, tf.float32)."
        )
    return tensor


def of_one(name: str, primitive: Primitive, whole_too: bool = False) -> Function:
    """The function `name` of one tensor, from its record."""

    def function(x: Any, name: str | None = None) -> Tensor:
        tensor = convert(x) if whole_too else floating(function.__name__, x)
        return operate(primitive, (tensor._tensor,))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of every element."
    return function


def of_two(name: str, operation: str) -> Function:
    """The function `name` of two tensors, from an operator's record."""

    def function(x: Any, y: Any, name: str | None = None) -> Tensor:
        return binary(operation, x, y)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name}(x, y), element by element."
    return function


def _built_of(name: str, formula: Callable[[Tensor], Tensor]) -> Function:
    def function(x: Any, name: str | None = None) -> Tensor:
        return formula(floating(function.__name__, x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of every element."
    return function


# Functions of one tensor.
exp, expm1 = of_one("exp", PRIMITIVES["exp"]), of_one("expm1", PRIMITIVES["expm1"])
log, log1p = of_one("log", LOG), of_one("log1p", PRIMITIVES["log1p"])
sin, cos, tan = (of_one(name, PRIMITIVES[name]) for name in ("sin", "cos", "tan"))
sinh, cosh, tanh = (of_one(name, PRIMITIVES[name]) for name in ("sinh", "cosh", "tanh"))
asin, acos, atan = (of_one(name, PRIMITIVES[f"arc{name[1:]}"]) for name in ("asin", "acos", "atan"))
asinh = of_one("asinh", Primitive("asinh", "asinh", np.arcsinh, partials=(lambda out, x: 1.0 / np.cosh(out),)))
acosh = of_one("acosh", Primitive("acosh", "acosh", np.arccosh, partials=(lambda out, x: 1.0 / np.sinh(out),)))
atanh = of_one("atanh", Primitive("atanh", "atanh", np.arctanh, partials=(lambda out, x: 1.0 / (1.0 - x * x),)))
sigmoid, softplus = of_one("sigmoid", PRIMITIVES["sigmoid"]), of_one("softplus", PRIMITIVES["softplus"])
sqrt = of_one("sqrt", SQRT)
abs = of_one("abs", PRIMITIVES["abs"], whole_too=True)
negative = of_one("negative", PRIMITIVES["neg"], whole_too=True)
sign = of_one("sign", PRIMITIVES["sign"], whole_too=True)
square = of_one("square", PRIMITIVES["square"], whole_too=True)
reciprocal, rsqrt = of_one("reciprocal", RECIPROCAL), of_one("rsqrt", RSQRT)
log_sigmoid = _built_of("log_sigmoid", lambda x: -softplus(-x))
softsign = _built_of("softsign", lambda x: x / (1.0 + abs(x)))


def _erf(x: Any) -> Any:
    return np.vectorize(_erf_of_one, otypes=[np.float64])(x).astype(np.asarray(x).dtype)[()]


erf = of_one("erf", Primitive("erf", "erf", _erf, partials=(lambda out, x: (2 / np.sqrt(np.pi)) * np.exp(-x * x),)))

erfc = _built_of("erfc", lambda x: 1.0 - erf(x))
reciprocal_no_nan = _built_of("reciprocal_no_nan", lambda x: divide_no_nan(1.0, x))

# Rounding, and questions: no gradient flows through.
floor, ceil = of_one("floor", without_rule("floor", np.floor)), of_one("ceil", without_rule("ceil", np.ceil))
rint = of_one("rint", without_rule("rint", np.rint))
round = of_one("round", without_rule("round", np.rint), whole_too=True)
is_nan, is_inf = of_one("is_nan", without_rule("is_nan", np.isnan)), of_one("is_inf", without_rule("is_inf", np.isinf))
is_finite = of_one("is_finite", without_rule("is_finite", np.isfinite))
logical_not = of_one("logical_not", without_rule("logical_not", np.logical_not), whole_too=True)

# Functions of two tensors.
add, subtract, multiply = of_two("add", "add"), of_two("subtract", "sub"), of_two("multiply", "mul")
divide, truediv, pow = of_two("divide", "div"), of_two("truediv", "div"), of_two("pow", "pow")
floordiv, floormod, mod = of_two("floordiv", "floordiv"), of_two("floormod", "mod"), of_two("mod", "mod")
equal, not_equal = of_two("equal", "equal"), of_two("not_equal", "not_equal")
less, less_equal = of_two("less", "less"), of_two("less_equal", "less_equal")
greater, greater_equal = of_two("greater", "greater"), of_two("greater_equal", "greater_equal")
logical_and, logical_or = of_two("logical_and", "logical_and"), of_two("logical_or", "logical_or")
logical_xor = of_two("logical_xor", "logical_xor")


def maximum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The larger of x and y, element by element; where they tie, x gets the whole gradient."""
    return operate(MAXIMUM, together("maximum", x, y))


def minimum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The smaller of x and y, element by element; where they tie, x gets the whole gradient."""
    return operate(MINIMUM, together("minimum", x, y))


def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """The angle of the point (x, y)."""
    return operate(ATAN2, together("atan2", y, x))


def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """(x - y)², element by element."""
    return square(binary("sub", x, y))


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Tensor:
    """A number times a tensor."""
    return binary("mul", scalar, x)


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of a list of tensors of one shape."""
    parts = [inputs] if isinstance(inputs, Operators) else list(inputs)
    total = convert(parts[0])
    for one in parts[1:]:
        total = binary("add", total, one)
    return total


accumulate_n = add_n


def _where(condition: Any, x: Tensor, y: Any) -> Tensor:
    return operate(PRIMITIVES["where"], (condition._peek, *together("where", x, y)))


def divide_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y, and 0 where y is 0, with the gradient 0 there."""
    above, below = (Tensor(one) for one in together("divide_no_nan", x, y))
    zero = equal(below, 0)
    return _where(zero, _zeros(above, below), above / _where(zero, _ones(below), below))


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * y, and 0 where y is 0, even if x is inf or nan."""
    return operate(MULTIPLY_NO_NAN, together("multiply_no_nan", x, y))


def _zeros(a: Tensor, b: Tensor) -> Tensor:
    return convert(np.zeros(np.broadcast_shapes(a.shape, b.shape), a.dtype.name))


def _ones(a: Tensor) -> Tensor:
    return convert(np.ones(a.shape, a.dtype.name))


def _no_log_at_zero(name: str, outer: Callable[[Tensor, Tensor], Tensor]) -> Function:
    def function(x: Any, y: Any, name: str | None = None) -> Tensor:
        left, right = (Tensor(one) for one in together(function.__name__, x, y))
        zero = equal(left, 0)
        return _where(zero, _zeros(left, right), outer(left, _where(zero, _ones(right), right)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name}(x, y): 0 where x is 0, whatever y is."
    return function


xlogy = _no_log_at_zero("xlogy", lambda x, y: x * log(y))
xlog1py = _no_log_at_zero("xlog1py", lambda x, y: x * log1p(y))
xdivy = _no_log_at_zero("xdivy", lambda x, y: x / y)


# Reductions.
def axes(axis: Any) -> Any:
    """The axes of a reduction as plain numbers."""
    if axis is None:
        return None
    plain = np.asarray(axis._peek if isinstance(axis, Operators) else axis)
    return int(plain) if plain.ndim == 0 else tuple(int(one) for one in plain)


def reduce(name: str, x: Any, axis: Any, keepdims: bool) -> Tensor:
    """One of the table's reductions."""
    tensor = convert(x)
    plain = axes(axis)
    for one in plain if isinstance(plain, tuple) else () if plain is None else (plain,):
        if not -tensor.ndim <= one < tensor.ndim:
            raise InvalidArgumentError(f"A tensor of shape {tensor.shape} has no axis {one} to reduce.")
    if plain == ():
        return convert(x)
    return operate(PRIMITIVES[name], (tensor._tensor,), {"axis": plain, "keepdims": bool(keepdims)})


def reduce_sum(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The sum along `axis` (of all elements, by default)."""
    return reduce("sum", input_tensor, axis, keepdims)


def reduce_mean(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The mean along `axis` (of all elements, by default); of whole numbers a whole number, rounded towards zero."""
    tensor = convert(input_tensor)
    mean = reduce("mean", tensor, axis, keepdims)
    if tensor.dtype.is_floating:
        return mean
    return operate(PRIMITIVES["cast"], (mean._tensor,), {"dtype": np.dtype(tensor.dtype.name)})


def reduce_prod(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The product along `axis`; an element's gradient is the product of all the others."""
    return reduce("prod", input_tensor, axis, keepdims)


def reduce_max(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The largest along `axis`; elements that tie share the gradient."""
    return reduce("max", input_tensor, axis, keepdims)


def reduce_min(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The smallest along `axis`; elements that tie share the gradient."""
    return reduce("min", input_tensor, axis, keepdims)


def reduce_logsumexp(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """log(sum(exp(x))) along `axis`, without overflow."""
    x = floating("reduce_logsumexp", input_tensor)
    largest = np.max(x._peek, axis=axes(axis), keepdims=True, initial=-np.inf)
    shift = convert(np.where(np.isfinite(largest), largest, 0).astype(x.dtype.name))
    total = log(reduce_sum(exp(x - shift), axis, keepdims=True)) + shift
    return total if keepdims else reduce("sum", total, axis, keepdims=False)  # of single elements: drops their axes


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The Euclidean length along `axis`."""
    return sqrt(reduce_sum(square(floating("reduce_euclidean_norm", input_tensor)), axis, keepdims))


def reduce_variance(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The mean squared distance from the mean along `axis`."""
    x = floating("reduce_variance", input_tensor)
    return reduce_mean(square(x - reduce_mean(x, axis, True)), axis, keepdims)


def reduce_std(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The standard deviation along `axis`: the root of the variance."""
    return sqrt(reduce_variance(input_tensor, axis, keepdims))


def _question(name: str, value: Callable[..., Any]) -> Function:
    primitive = without_rule(name, lambda x, axis, keepdims: value(x, axis=axis, keepdims=keepdims))

    def function(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
        tensor = convert(input_tensor, bool_)
        return operate(primitive, (tensor._tensor,), {"axis": axes(axis), "keepdims": keepdims})

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Whether {name.removeprefix('reduce_')} of the truth values along `axis` hold."
    return function


reduce_all, reduce_any = _question("reduce_all", np.all), _question("reduce_any", np.any)


def _place_of(name: str, value: Callable[..., Any]) -> Function:
    primitive = without_rule(name, lambda x, axis, dtype: value(x, axis=axis).astype(dtype))

    def function(input: Any, axis: Any = None, output_type: Any = int64, name: str | None = None) -> Tensor:
        wanted = np.dtype(as_dtype(output_type).name)
        return operate(
            primitive, (convert(input)._tensor,), {"axis": 0 if axis is None else axes(axis), "dtype": wanted}
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The index of the {'largest' if name == 'argmax' else 'smallest'} element along `axis`."
    return function


argmax, argmin = _place_of("argmax", np.argmax), _place_of("argmin", np.argmin)


def count_nonzero(
    input: Any, axis: Any = None, keepdims: bool = False, dtype: Any = int64, name: str | None = None
) -> Tensor:
    """How many elements along `axis` are not 0."""
    count = np.count_nonzero(convert(input)._peek, axis=axes(axis), keepdims=keepdims)
    return convert(np.asarray(count, as_dtype(dtype).name))


def cumsum(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The running sum along `axis`: from the end with `reverse`, without the element itself with `exclusive`."""
    tensor, along = convert(x)._tensor, {"axis": axes(axis)}
    flipped = operate(PRIMITIVES["flip"], (tensor,), along)._tensor if reverse else tensor
    total = operate(PRIMITIVES["cumsum"], (flipped,), along)
    if exclusive:
        total = total - Tensor(flipped)
    return operate(PRIMITIVES["flip"], (total._tensor,), along) if reverse else total


def cumprod(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The running product along `axis`: from the end with `reverse`, without the element itself with `exclusive`."""
    tensor, along = convert(x), axes(axis) % convert(x).ndim
    length = tensor.shape[along]
    before = (slice(None),) * along
    factors = [tensor[(*before, place)] for place in range(length)]
    one = convert(np.ones_like(np.take(tensor._peek, 0, along)))
    running, products = one, []
    for factor in reversed(factors) if reverse else factors:
        following = binary("mul", running, factor)
        products.append(running if exclusive else following)
        running = following
    return operate(
        PRIMITIVES["stack"], together("cumprod", *(reversed(products) if reverse else products)), {"axis": along}
    )


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The polynomial with these coefficients, the highest power's first, at x (Horner's scheme)."""
    total = convert(0.0) if not coeffs else convert(coeffs[0])
    for one in coeffs[1:]:
        total = binary("add", binary("mul", total, x), one)
    return total


def picked(tensor: Tensor, order: Any, axis: int) -> Tensor:
    """The elements whose indices along `axis` are given by `order`."""
    index: list[Any] = list(np.indices(order.shape))
    index[axis] = order
    return operate(PRIMITIVES["getitem"], (tensor._tensor,), {"index": tuple(index)})


class TopK(NamedTuple):
    """The largest elements and where they are."""

    values: Tensor
    indices: Tensor


def top_k(input: Any, k: int = 1, sorted: bool = True, index_type: Any = int32, name: str | None = None) -> TopK:
    """The k largest elements along the last axis, the largest first, and their indices."""
    tensor = convert(input)
    order = np.argsort(-tensor._peek, axis=-1, kind="stable")[..., :k]
    return TopK(picked(tensor, order, -1), convert(order.astype(as_dtype(index_type).name)))


def unsorted_segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Rows with the same number added up: row i of the result is the sum of the rows whose number is i."""
    rows, ids = convert(data), np.asarray(convert(segment_ids)._peek)
    size = (int(convert(num_segments)._peek), *rows.shape[ids.ndim :])
    return operate(PRIMITIVES["scatter"], (rows._tensor,), {"index": ids, "shape": size})


def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The same for sorted numbers, with as many segments as there are."""
    return unsorted_segment_sum(data, segment_ids, int(np.max(convert(segment_ids)._peek)) + 1)


_zero_fraction = without_rule("zero_fraction", lambda x: np.float32(np.mean(np.equal(x, 0))))


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The share of the elements that are 0."""
    return operate(_zero_fraction, (convert(value)._tensor,))


def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """log(cumsum(exp(x))), with the largest element taken out first."""
    tensor = floating("cumulative_logsumexp", x)
    largest = convert(np.max(tensor._peek, axis=axes(axis), keepdims=True))
    return log(cumsum(exp(tensor - largest), axis, exclusive, reverse)) + largest


def softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """exp(x) / sum(exp(x)) along `axis` (the last)."""
    return operate(
        PRIMITIVES["softmax"], (floating("softmax", logits)._tensor,), {"axis": -1 if axis is None else axis}
    )


def log_softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """The logarithm of softmax, without overflow."""
    along = {"axis": -1 if axis is None else axis}
    return operate(PRIMITIVES["log_softmax"], (floating("log_softmax", logits)._tensor,), along)


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None) -> Tensor:
    """x divided by its Euclidean length along `axis`, which counts as at least sqrt(epsilon)."""
    tensor = floating("l2_normalize", x)
    return tensor * rsqrt(maximum(reduce_sum(square(tensor), axis, True), epsilon))
