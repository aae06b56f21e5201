"""The table of operations: one record each, its value and its derivative rules side by side.

A rule is written once, in plain NumPy notation. On numbers it gives a number; on tracked tensors it is recorded again,
which is all that second derivatives need; on symbols it gives a formula. There are four kinds of record:

* **Element-wise** operations give one *partial* an input: `partial(out, *inputs)` is d out / d input, where `out` is
  the value that the operation had (tanh' = 1 - out**2 needs no second tanh). A partial that is a constant is written
  as a number. Reverse mode: input_bar = out_bar * partial; forward mode: out_dot = sum of partial * input_dot.
* **Reductions** of x to out give one *weight*: `weight(out, x, axis)` is d out / d x, an array of x's shape (`out`
  comes with the reduced axes kept). Reverse mode: x_bar = out_bar * weight; forward: out_dot = sum(weight * x_dot).
* **Linear** operations (a reshape, an index, a matrix product in each of its factors) give one *transpose* an input:
  `transpose(out_bar, *inputs, **parameters)` is Jᵀ out_bar, without ever building J. Forward mode applies the
  operation itself to the tangent.
* **General** operations give both products with their Jacobian: `vjp(out_bar, out, x)` and `jvp(x_dot, out, x)`.

`inside` says where an operation is defined; elsewhere a tensor raises a DomainError with the words of `needs`.
Rules after Baydin et al., "Automatic differentiation in machine learning: a survey" (2018), and Giles, "Collected
matrix derivative results" (2008).
"""

from __future__ import annotations

import contextlib
import difflib
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import shapes
from autodiff_lessons.engine.broadcasting import shape_of, total, unbroadcast
from autodiff_lessons.engine.primitive import Primitive, Rule, plain_arity
from autodiff_lessons.errors import GraphError, MissingRuleError

PRIMITIVES: dict[str, Primitive] = {}


def find(name: str) -> Primitive:
    """The record of the operation `name`; a MissingRuleError (a LookupError) lists the names that come near."""
    if name not in PRIMITIVES:
        near = difflib.get_close_matches(name, PRIMITIVES, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else f" There are: {', '.join(PRIMITIVES)}."
        raise MissingRuleError(f"No operation named {name!r} has a derivative rule here.{hint}")
    return PRIMITIVES[name]


def register_gradient(name: str) -> Callable[[Rule], Rule]:
    """Give the operation `name` a reverse rule of your own: a function `(op, grad)` that returns a cotangent an input.

    `op.inputs` and `op.outputs` are the values that the operation had, `grad` is the upstream cotangent; the rule
    returns upstream times the local derivative (a tuple where there are several inputs). It stands until another one
    is registered, or `register_gradient(name)(None)` brings the table's own rule back. An unknown name raises a
    LookupError.

    >>> @register_gradient("tanh")
    ... def tanh_gradient(op, grad):
    ...     return grad * (1 - op.outputs[0] ** 2)
    >>> register_gradient("tanh")(None)
    """
    primitive = find(name)

    def register(rule: Rule) -> Rule:
        primitive.registered = rule
        primitive.arity = plain_arity(primitive.partials) if rule is None else 0
        return rule

    return register


def element_wise(
    name: str, value: Rule, *partials: Rule | float, symbol: str = "", inside: Rule | None = None, needs: str = ""
) -> None:
    """Add an element-wise operation to the table; `None` in `inside` means that it is defined everywhere."""
    PRIMITIVES[name] = Primitive(
        name, symbol or name, value, partials=partials, inside=inside, needs=needs, arity=plain_arity(partials)
    )


def reduction(name: str, value: Rule, weight: Rule | float) -> None:
    """Add a reduction over `axis` to the table."""
    PRIMITIVES[name] = Primitive(name, name, value, weight=weight)


def linear(name: str, value: Rule, *transposes: Rule, symbol: str = "") -> None:
    """Add an operation that is linear in each of its inputs to the table."""
    PRIMITIVES[name] = Primitive(name, symbol or name, value, transposes=transposes)


def linear_in_many(name: str, value: Rule, transpose: Rule, joint: bool) -> None:
    """The same for any number of inputs: one rule for all, with the position of the input before its arguments."""
    PRIMITIVES[name] = Primitive(name, name, value, transposes=transpose, joint=joint)


def general(name: str, value: Rule, vjp: Rule, jvp: Rule) -> None:
    """Add an operation of one input to the table by both products with its Jacobian."""
    PRIMITIVES[name] = Primitive(name, name, value, vjp=vjp, jvp=jvp)


def _power_has_a_value(x: Any, n: Any) -> Any:
    """Where x ** n is a real number. The commonest question, about a whole n, is answered without looking at x; an x
    that has no number yet, while a function is traced, gives a condition on it."""
    if type(n) is int or (type(n) is float and n.is_integer()):
        return n >= 0 or x != 0
    if type(n) is float:
        return x >= 0 if n > 0 else x > 0
    return (x > 0) | ((x == 0) & (n >= 0)) | ((x < 0) & (n == np.floor(n)))


def _power_slope(out: Any, x: Any, n: Any) -> Any:
    """n x^(n-1); with n = 0 it is 0 * x**0, so that 0**0 has the slope 0. The commonest of all powers is the square."""
    return x + x if type(n) is int and n == 2 else n * x ** (n - (n != 0))


# Arithmetic. Python's operators are several times faster than NumPy's functions on single numbers.
element_wise("add", operator.add, 1.0, 1.0, symbol="+")
element_wise("sub", operator.sub, 1.0, -1.0, symbol="-")
element_wise("mul", operator.mul, lambda out, a, b: b, lambda out, a, b: a, symbol="*")
element_wise(
    "div",
    operator.truediv,
    lambda out, a, b: 1.0 / b,
    lambda out, a, b: -out / b,
    symbol="/",
    inside=lambda a, b: b != 0,
    needs="a / b needs b != 0",
)
element_wise(
    "pow",
    operator.pow,
    _power_slope,
    lambda out, x, n: out * np.log(x + (x == 0)),  # x = 0: 0 * log(1)
    symbol="**",
    inside=_power_has_a_value,
    needs="x ** n needs x > 0, or a whole n (not negative where x = 0)",
)
element_wise("neg", operator.neg, -1.0, symbol="-")
element_wise("abs", operator.abs, lambda out, x: np.sign(x))  # at the kink the slope is 0, between -1 and 1
element_wise("sign", np.sign, 0.0)
element_wise("square", np.square, lambda out, x: 2.0 * x)
element_wise("sqrt", np.sqrt, lambda out, x: 0.5 / out, inside=lambda x: x >= 0, needs="sqrt(x) needs x >= 0")

# Exponentials and logarithms.
element_wise("exp", np.exp, lambda out, x: out)
element_wise("expm1", np.expm1, lambda out, x: out + 1.0)
element_wise("log", np.log, lambda out, x: 1.0 / x, inside=lambda x: x > 0, needs="log(x) needs x > 0")
element_wise("log1p", np.log1p, lambda out, x: 1.0 / (1.0 + x), inside=lambda x: x > -1, needs="log1p(x) needs x > -1")

# Angles.
element_wise("sin", np.sin, lambda out, x: np.cos(x))
element_wise("cos", np.cos, lambda out, x: -np.sin(x))
element_wise("tan", np.tan, lambda out, x: 1.0 + out * out)
element_wise(
    "arcsin",
    np.arcsin,
    lambda out, x: 1.0 / np.sqrt(1.0 - x * x),
    inside=lambda x: np.abs(x) <= 1,
    needs="arcsin(x) needs -1 <= x <= 1",
)
element_wise(
    "arccos",
    np.arccos,
    lambda out, x: -1.0 / np.sqrt(1.0 - x * x),
    inside=lambda x: np.abs(x) <= 1,
    needs="arccos(x) needs -1 <= x <= 1",
)
element_wise("arctan", np.arctan, lambda out, x: 1.0 / (1.0 + x * x))
element_wise("sinh", np.sinh, lambda out, x: np.cosh(x))
element_wise("cosh", np.cosh, lambda out, x: np.sinh(x))
element_wise("tanh", np.tanh, lambda out, x: 1.0 - out * out)


# Networks. Each is written so that no intermediate overflows.
def _sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)) by exp(-|x|), which is at most 1."""
    small = np.exp(-np.abs(x))
    return np.maximum(x >= 0, small) / (1.0 + small)


element_wise("sigmoid", _sigmoid, lambda out, x: out * (1.0 - out))
element_wise("softplus", lambda x: np.logaddexp(x, x * 0), lambda out, x: PRIMITIVES["sigmoid"](x))
element_wise("relu", lambda x: np.maximum(x, 0), lambda out, x: np.greater(x, 0))  # at 0: 0, as PyTorch and TensorFlow

# Choices. Where two inputs tie, each gets half of the cotangent.
element_wise(
    "maximum",
    np.maximum,
    lambda out, a, b: np.greater(a, b) + 0.5 * np.equal(a, b),
    lambda out, a, b: np.less(a, b) + 0.5 * np.equal(a, b),
)
element_wise(
    "minimum",
    np.minimum,
    lambda out, a, b: np.less(a, b) + 0.5 * np.equal(a, b),
    lambda out, a, b: np.greater(a, b) + 0.5 * np.equal(a, b),
)
element_wise(
    "where", np.where, 0.0, lambda out, condition, a, b: condition, lambda out, condition, a, b: 1.0 - condition
)
element_wise(
    "clip",
    lambda x, low=None, high=None: np.clip(x, low, high),
    lambda out, x, low=None, high=None: np.equal(out, x),  # the bounds themselves still pass the cotangent on
)


# Reductions.
def _share_of_ties(out: Any, x: Any, axis: Any) -> Any:
    """1 at the largest (or smallest) element, shared equally where several are."""
    hit = np.equal(x, out)
    return hit / np.sum(hit, axis=axis, keepdims=True)


def _product_of_the_others(out: Any, x: Any, axis: Any) -> Any:
    """out / x, where no element is zero; else each element's product of all the others, one masked copy an element."""
    with contextlib.suppress(GraphError):  # which says of a traced value that nothing is known of it yet
        if np.all(np.not_equal(x, 0)):
            return out / x
    moved = np.reshape(shapes.reduced_last(x, axis), (*np.shape(shapes.reduced_last(out, axis))[:-1], -1))
    count = np.shape(moved)[-1]
    copies = np.broadcast_to(np.expand_dims(moved, -2), (*np.shape(moved)[:-1], count, count))
    others = np.prod(np.where(np.eye(count, dtype=bool), 1.0, copies), axis=-1)
    return shapes.reduced_back(others, np.shape(x), axis)


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))), with the largest element taken out, so that no exponential overflows."""
    largest = np.maximum.reduce(x, axis=axis, keepdims=True)
    finite = np.isfinite(largest)
    if not finite.all():
        largest = np.where(finite, largest, 0)
    result = np.log(total(np.exp(x - largest), axis, keepdims=True)) + largest
    return result if keepdims else np.squeeze(result, axis)[()]


reduction("sum", lambda x, axis=None, keepdims=False: np.add.reduce(x, axis=axis, keepdims=keepdims), 1.0)
reduction("prod", np.prod, _product_of_the_others)
reduction(
    "max", lambda x, axis=None, keepdims=False: np.maximum.reduce(x, axis=axis, keepdims=keepdims), _share_of_ties
)
reduction(
    "min", lambda x, axis=None, keepdims=False: np.minimum.reduce(x, axis=axis, keepdims=keepdims), _share_of_ties
)
reduction("logsumexp", _logsumexp, lambda out, x, axis: np.exp(x - out))
reduction(
    "norm",
    lambda x, axis=None, keepdims=False: np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims)),
    lambda out, x, axis: x / (out + np.equal(out, 0)),  # at x = 0 the slope is 0, between -1 and 1
)


def _softmax(x: Any, axis: int = -1) -> Any:
    return np.exp(x - _logsumexp(x, axis, keepdims=True))


def _softmax_product(v: Any, out: Any, x: Any, axis: int = -1) -> Any:
    """The Jacobian diag(s) - s sᵀ is symmetric: its products from the left and from the right are one."""
    return out * (v - total(v * out, axis, keepdims=True))


general("softmax", _softmax, _softmax_product, _softmax_product)
general(
    "log_softmax",
    lambda x, axis=-1: x - _logsumexp(x, axis, keepdims=True),
    lambda out_bar, out, x, axis=-1: out_bar - np.exp(out) * total(out_bar, axis, keepdims=True),
    lambda x_dot, out, x, axis=-1: x_dot - total(np.exp(out) * x_dot, axis, keepdims=True),
)


def _shared_out(out_bar: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Every element of a mean of n gets an n-th of its cotangent."""
    share = np.reshape(out_bar, shapes.kept(shape_of(x), axis)) * (np.size(out_bar) / np.size(x))
    return np.broadcast_to(share, shape_of(x))


linear("mean", np.mean, _shared_out)

# Shapes. Each is undone by its inverse, or by a sum where it copied.
linear("broadcast_to", np.broadcast_to, lambda out_bar, x, shape: unbroadcast(out_bar, np.shape(x)))
linear("reshape", np.reshape, lambda out_bar, x, shape: np.reshape(out_bar, np.shape(x)))
linear("expand_dims", np.expand_dims, lambda out_bar, x, axis: np.reshape(out_bar, np.shape(x)))
linear("squeeze", np.squeeze, lambda out_bar, x, axis=None: np.reshape(out_bar, np.shape(x)))
linear("swapaxes", np.swapaxes, lambda out_bar, x, axis1, axis2: np.swapaxes(out_bar, axis1, axis2))
linear("transpose", np.transpose, lambda out_bar, x, axes=None: np.transpose(out_bar, shapes.inverse(axes)))
linear("flip", np.flip, lambda out_bar, x, axis=None: np.flip(out_bar, axis))
linear(
    "cumsum",
    np.cumsum,
    lambda out_bar, x, axis=None: np.reshape(np.flip(np.cumsum(np.flip(out_bar, axis), axis), axis), np.shape(x)),
)
linear("pad", np.pad, lambda out_bar, x, pad_width: out_bar[shapes.unpadded(np.shape(x), pad_width)])
linear(
    "cast",
    lambda x, dtype: np.asarray(x).astype(dtype)[()],
    lambda out_bar, x, dtype: PRIMITIVES["cast"](out_bar, dtype=x.dtype),
)

# Parts of arrays. What picks is undone by what adds into zeros, so that an element picked twice gets two contributions.
linear(
    "getitem",
    lambda x, index: x[index],
    lambda out_bar, x, index: PRIMITIVES["scatter"](out_bar, index=index, shape=shape_of(x)),
    symbol="[ ]",
)
linear("scatter", shapes.scatter, lambda out_bar, x, index, shape: PRIMITIVES["getitem"](out_bar, index=index))
linear(
    "take",
    np.take,
    lambda out_bar, x, indices, axis=None: PRIMITIVES["scatter"](
        out_bar, index=shapes.take_index(np.shape(x), indices, axis), shape=np.shape(x)
    ),
)
linear_in_many(
    "concatenate",
    lambda *parts, axis=0: np.concatenate(parts, axis),
    lambda position, out_bar, *parts, axis=0: shapes.nth_part(position, out_bar, parts, axis),
    joint=True,
)
linear_in_many(
    "stack",
    lambda *parts, axis=0: np.stack(parts, axis),
    lambda position, out_bar, *parts, axis=0: out_bar[shapes.at(axis, position, np.ndim(out_bar))],
    joint=True,
)


# Products.
def _left_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """For matrices: a_bar = out_bar bᵀ."""
    match len(shape_of(a)), len(shape_of(b)):
        case 2, 2:
            return out_bar @ b.T
        case 2, 1:
            return np.outer(out_bar, b)
        case 1, 1:
            return out_bar * b
    matrix, other, upstream = _factors(a, b, out_bar)
    return _in_shape(unbroadcast(upstream @ np.swapaxes(other, -1, -2), shape_of(matrix)), shape_of(a))


def _right_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """For matrices: b_bar = aᵀ out_bar."""
    match len(shape_of(a)), len(shape_of(b)):
        case 2, 2:
            return a.T @ out_bar
        case 2, 1:
            return out_bar @ a
        case 1, 1:
            return out_bar * a
    other, matrix, upstream = _factors(a, b, out_bar)
    return _in_shape(unbroadcast(np.swapaxes(other, -1, -2) @ upstream, shape_of(matrix)), shape_of(b))


def _factors(a: Any, b: Any, out_bar: Any) -> tuple[Any, Any, Any]:
    """The factors of a @ b and the cotangent as (stacks of) matrices: the axes that NumPy adds for vectors written
    out."""
    if np.ndim(b) == 1:
        b, out_bar = np.reshape(b, (-1, 1)), np.reshape(out_bar, (*np.shape(out_bar), 1))
    if np.ndim(a) == 1:
        bar_shape = np.shape(out_bar)
        a, out_bar = np.reshape(a, (1, -1)), np.reshape(out_bar, (*bar_shape[:-1], 1, bar_shape[-1]))
    return a, b, out_bar


def _in_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """`x` reshaped only where it must be: a view of a large array would be copied before it may become a gradient."""
    return x if shape_of(x) == shape else np.reshape(x, shape)


def _einsum_bar(position: int, out_bar: Any, *operands: Any, subscripts: str) -> Any:
    """Swap the operand with the output: its indices then come from out_bar and from the other operands."""
    others, wanted = shapes.einsum_transpose(position, subscripts, [np.shape(one) for one in operands])
    given = [out_bar, *(one for place, one in enumerate(operands) if place != position), *others]
    return unbroadcast(np.einsum(wanted, *given), np.shape(operands[position]))


linear("matmul", operator.matmul, _left_bar, _right_bar, symbol="@")
linear_in_many("einsum", lambda *operands, subscripts: np.einsum(subscripts, *operands), _einsum_bar, joint=False)
linear_in_many(
    "dot",
    np.dot,
    lambda position, out_bar, a, b: _einsum_bar(position, out_bar, a, b, subscripts=shapes.dot_subscripts(a, b)),
    joint=False,
)
linear(
    "outer",
    np.outer,
    lambda out_bar, a, b: np.reshape(out_bar @ np.reshape(b, (-1,)), np.shape(a)),
    lambda out_bar, a, b: np.reshape(np.reshape(a, (-1,)) @ out_bar, np.shape(b)),
)
