"""NumPy's names for the operations of the table, so that `np.sum(t, axis=0)` finds its record.

NumPy hands a call on an object of ours to that object's `__array_ufunc__` or `__array_function__` (NEP 13, NEP 18).
Both are answered here, once for every kind of object that the engine has: `call_ufunc` and `call_function` say which
record of the table it is, with which inputs and parameters, and the record does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine.primitives import PRIMITIVES, find
from autodiff_lessons.errors import MissingRuleError

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
BY_UFUNC = {ufunc: PRIMITIVES[name] for ufunc, name in UFUNC_NAMES.items()} | {
    getattr(np, name): primitive for name, primitive in PRIMITIVES.items() if isinstance(getattr(np, name, 0), np.ufunc)
}
# Piecewise constant: they are computed on the plain values, and no gradient flows through them.
PLAIN_UFUNCS = {
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
    np.isfinite, np.isnan, np.isinf, np.floor, np.ceil, np.rint, np.trunc, np.signbit,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.floor_divide,
}  # fmt: skip
PLAIN_FUNCTIONS = {
    np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.full_like, np.isclose, np.allclose, np.array_equal,
    np.argmax, np.argmin, np.argsort, np.all, np.any, np.count_nonzero, np.result_type,
}  # fmt: skip

# What the functions of NumPy that are records of the table take beside the tensor, in NumPy's order.
PARAMETERS: dict[Any, tuple[str, ...]] = {
    np.sum: ("axis", "keepdims"),
    np.mean: ("axis", "keepdims"),
    np.prod: ("axis", "keepdims"),
    np.max: ("axis", "keepdims"),
    np.min: ("axis", "keepdims"),
    np.broadcast_to: ("shape",),
    np.reshape: ("shape",),
    np.expand_dims: ("axis",),
    np.squeeze: ("axis",),
    np.swapaxes: ("axis1", "axis2"),
    np.transpose: ("axes",),
    np.flip: ("axis",),
    np.cumsum: ("axis",),
    np.take: ("indices", "axis"),
}
NAMES = {np.max: "max", np.min: "min"}  # np.max.__name__ is "amax" in NumPy 1


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any], plain: Any) -> Any:
    """Answer `__array_ufunc__`; `plain` takes an object of ours to its value."""
    if ufunc in BY_UFUNC and method == "__call__" and not keywords:
        return BY_UFUNC[ufunc](*inputs)
    if method != "__call__" or keywords:
        detail = f".{method}" if method != "__call__" else f"(..., {', '.join(keywords)}=...)"
        raise MissingRuleError(
            f"np.{ufunc.__name__}{detail} can't be differentiated here; write it with operators and np.sum."
        )
    if ufunc in PLAIN_UFUNCS:
        return ufunc(*map(plain, inputs))
    return find(ufunc.__name__)(*inputs)


def call_function(function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], plain: Any) -> Any:
    """Answer `__array_function__`."""
    if function in PLAIN_FUNCTIONS:
        return function(*map(plain, arguments), **{key: plain(value) for key, value in keywords.items()})
    if function in WRITTEN_OUT:
        return WRITTEN_OUT[function](*arguments, **keywords)
    signature = PARAMETERS.get(function)
    if signature is None:
        find(function.__name__)
        raise MissingRuleError(f"np.{function.__name__} can't be used on a tensor; use the operator instead.")
    tensor, *rest = arguments
    parameters = keywords
    if rest or keywords:
        parameters = dict(zip(signature, rest, strict=False)) | keywords
        unknown = sorted(set(parameters) - set(signature))
        if unknown or len(rest) > len(signature):
            takes, not_taken = ", ".join(signature), ", ".join(unknown) or "more"
            raise MissingRuleError(f"np.{function.__name__} of a tensor takes {takes} only, not {not_taken}.")
    primitive = PRIMITIVES[NAMES.get(function) or function.__name__]
    if hasattr(type(tensor), "__apply_rank__"):
        return type(tensor).__apply_primitive__(primitive, (tensor,), parameters)
    return primitive(tensor, **parameters)


# Functions whose arguments are not simply one tensor and its parameters.


def _where(condition: Any, *choices: Any) -> Any:
    if len(choices) != 2:
        raise MissingRuleError("np.where of a tensor needs both choices: np.where(condition, a, b).")
    return PRIMITIVES["where"](condition, *choices)


def _clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return PRIMITIVES["clip"](x, low=low, high=high)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord == 1 and (axis is not None or np.ndim(x) == 1):
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if ord not in (None, 2, "fro") or (ord == 2 and axis is None and np.ndim(x) > 1):
        raise MissingRuleError(f"np.linalg.norm of a tensor knows the 2-norm (and ord=1 of vectors), not ord={ord!r}.")
    return PRIMITIVES["norm"](x, axis=axis, keepdims=keepdims)


def _einsum(subscripts: Any, *operands: Any) -> Any:
    if not isinstance(subscripts, str):
        raise MissingRuleError('np.einsum of tensors takes its subscripts as text, such as np.einsum("ij,j->i", a, b).')
    return PRIMITIVES["einsum"](*operands, subscripts=subscripts)


def _pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    if mode != "constant" or np.any(np.asarray(constant_values) != 0):
        raise MissingRuleError("np.pad of a tensor pads with zeros only; use np.concatenate for other values.")
    return PRIMITIVES["pad"](x, pad_width=pad_width)


def _split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Each part is an index of its own."""
    ends = np.cumsum([len(part) for part in np.split(np.arange(np.shape(x)[axis]), indices_or_sections)])
    starts = [0, *ends[:-1]]
    index = [
        (*(slice(None),) * (axis % np.ndim(x)), slice(int(start), int(end)))
        for start, end in zip(starts, ends, strict=True)
    ]
    return [PRIMITIVES["getitem"](x, index=one) for one in index]


WRITTEN_OUT: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.clip: _clip,
    np.linalg.norm: _norm,
    np.einsum: _einsum,
    np.pad: _pad,
    np.split: _split,
    np.dot: lambda a, b: PRIMITIVES["dot"](a, b),
    np.outer: lambda a, b: PRIMITIVES["outer"](a, b),
    np.concatenate: lambda parts, axis=0: PRIMITIVES["concatenate"](*parts, axis=axis),
    np.stack: lambda parts, axis=0: PRIMITIVES["stack"](*parts, axis=axis),
    np.ravel: lambda x: np.reshape(x, (-1,)),
    np.var: lambda x, axis=None, keepdims=False: np.mean(
        np.square(x - np.mean(x, axis=axis, keepdims=True)), axis=axis, keepdims=keepdims
    ),
    np.std: lambda x, axis=None, keepdims=False: np.sqrt(np.var(x, axis=axis, keepdims=keepdims)),
}
