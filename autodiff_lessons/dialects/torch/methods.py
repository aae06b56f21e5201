"""The methods and operators of a tensor that are PyTorch's functions, and their variants in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import indexing, pointwise, products, reductions, shaping
from autodiff_lessons.dialects.torch.core import Handle
from autodiff_lessons.dialects.torch.creation import random_numbers
from autodiff_lessons.dialects.torch.inplace import (
    assign,
    copy_,
    fill_,
    in_place,
    masked_fill_,
    random_in_place,
    zero_,
)


def _is_operand(one: Any) -> bool:
    return isinstance(one, Handle | bool | int | float | np.generic | np.ndarray)


def _uniform(shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Any:
    return random_numbers().uniform(low, high, shape)


def _normal(shape: tuple[int, ...], mean: float = 0.0, std: float = 1.0) -> Any:
    return random_numbers().normal(mean, std, shape)


class Methods(Handle):
    """What `torch.f(x, ...)` does, as `x.f(...)`; with an underscore behind it, in place."""

    # Functions that are methods too

    abs, absolute, neg, negative, square = (
        pointwise.abs_,
        pointwise.abs_,
        pointwise.neg,
        pointwise.neg,
        pointwise.square,
    )
    sign, floor, ceil, trunc, round = (
        pointwise.sign, pointwise.floor, pointwise.ceil, pointwise.trunc, pointwise.round_,
    )  # fmt: skip
    sqrt, rsqrt, reciprocal, exp, exp2 = (
        pointwise.sqrt, pointwise.rsqrt, pointwise.reciprocal, pointwise.exp, pointwise.exp2,
    )  # fmt: skip
    expm1, log, log2, log10, log1p = (
        pointwise.expm1, pointwise.log, pointwise.log2, pointwise.log10, pointwise.log1p,
    )  # fmt: skip
    sin, cos, tan, asin, acos, atan = (
        pointwise.sin, pointwise.cos, pointwise.tan, pointwise.asin, pointwise.acos, pointwise.atan,
    )  # fmt: skip
    arcsin, arccos, arctan = asin, acos, atan
    sinh, cosh, tanh, asinh, acosh, atanh = (
        pointwise.sinh, pointwise.cosh, pointwise.tanh, pointwise.asinh, pointwise.acosh, pointwise.atanh,
    )  # fmt: skip
    sigmoid, erf, relu, logit, frac, nan_to_num = (
        pointwise.sigmoid, pointwise.erf, pointwise.relu, pointwise.logit, pointwise.frac, pointwise.nan_to_num,
    )  # fmt: skip
    deg2rad, rad2deg, xlogy = pointwise.deg2rad, pointwise.rad2deg, pointwise.xlogy
    add, sub, mul, div, pow = pointwise.add, pointwise.sub, pointwise.mul, pointwise.div, pointwise.pow_
    subtract, multiply, divide, true_divide, float_power = sub, mul, div, div, pointwise.float_power
    floor_divide, fmod, remainder = pointwise.floor_divide, pointwise.fmod, pointwise.remainder
    maximum, minimum, atan2, logaddexp, hypot = (
        pointwise.maximum, pointwise.minimum, pointwise.atan2, pointwise.logaddexp, pointwise.hypot,
    )  # fmt: skip
    clamp, clip, lerp = pointwise.clamp, pointwise.clamp, pointwise.lerp
    addcmul, addcdiv, masked_fill, clone = (
        pointwise.addcmul, pointwise.addcdiv, pointwise.masked_fill, pointwise.clone,
    )  # fmt: skip
    eq, ne, lt, le = pointwise.equal_to, pointwise.not_equal, pointwise.less, pointwise.less_equal
    gt, ge, isclose, allclose, equal = (
        pointwise.greater, pointwise.greater_equal, pointwise.isclose, pointwise.allclose, pointwise.equal,
    )  # fmt: skip
    logical_and, logical_or, logical_not, logical_xor = (
        pointwise.logical_and, pointwise.logical_or, pointwise.logical_not, pointwise.logical_xor,
    )  # fmt: skip
    isnan, isinf, isfinite = pointwise.isnan, pointwise.isinf, pointwise.isfinite

    sum, mean, prod, nansum = reductions.sum_, reductions.mean, reductions.prod, reductions.nansum
    max, min, amax, amin = reductions.max_, reductions.min_, reductions.amax, reductions.amin
    argmax, argmin, sort, argsort, topk, median = (
        reductions.argmax, reductions.argmin, reductions.sort, reductions.argsort, reductions.topk, reductions.median,
    )  # fmt: skip
    logsumexp, softmax, log_softmax = reductions.logsumexp, reductions.softmax, reductions.log_softmax
    var, std, norm, cumsum, cumprod = (
        reductions.var, reductions.std, reductions.norm, reductions.cumsum, reductions.cumprod,
    )  # fmt: skip
    all, any, count_nonzero, nonzero, unique = (
        reductions.all_, reductions.any_, reductions.count_nonzero, reductions.nonzero, reductions.unique,
    )  # fmt: skip

    reshape, view_as, flatten, unflatten, ravel = (
        shaping.reshape, shaping.view_as, shaping.flatten, shaping.unflatten, shaping.ravel,
    )  # fmt: skip
    unsqueeze, squeeze, transpose, t, permute, movedim = (
        shaping.unsqueeze, shaping.squeeze, shaping.transpose, shaping.t, shaping.permute, shaping.movedim,
    )  # fmt: skip
    swapaxes, swapdims = transpose, transpose
    expand, expand_as, broadcast_to, repeat, tile, repeat_interleave = (
        shaping.expand, shaping.expand_as, shaping.expand, shaping.repeat, shaping.repeat, shaping.repeat_interleave,
    )  # fmt: skip
    flip, roll, split, chunk, unbind, select, narrow = (
        shaping.flip, shaping.roll, indexing.split, indexing.chunk, indexing.unbind, indexing.select, indexing.narrow,
    )  # fmt: skip
    gather, index_select, take, masked_select, diagonal = (
        indexing.gather, indexing.index_select, indexing.take, indexing.masked_select, indexing.diagonal,
    )  # fmt: skip
    diag, tril, triu, scatter, scatter_add, index_add = (
        indexing.diag, shaping.tril, shaping.triu, indexing.scatter, indexing.scatter_add, indexing.index_add,
    )  # fmt: skip
    matmul, mm, mv, bmm, dot, outer, ger = (
        products.matmul, products.mm, products.mv, products.bmm, products.dot, products.outer, products.outer,
    )  # fmt: skip
    addmm, trace, dist = products.addmm, products.trace, products.dist

    # Their variants in place

    zero_, fill_, copy_, masked_fill_ = zero_, fill_, copy_, masked_fill_
    add_, sub_, mul_, div_, pow_ = (
        in_place(pointwise.add), in_place(pointwise.sub), in_place(pointwise.mul), in_place(pointwise.div),
        in_place(pointwise.pow_),
    )  # fmt: skip
    subtract_, multiply_, divide_, true_divide_ = sub_, mul_, div_, div_
    abs_, neg_, square_, sign_, sqrt_, rsqrt_, reciprocal_ = (
        in_place(pointwise.abs_), in_place(pointwise.neg), in_place(pointwise.square), in_place(pointwise.sign),
        in_place(pointwise.sqrt), in_place(pointwise.rsqrt), in_place(pointwise.reciprocal),
    )  # fmt: skip
    exp_, expm1_, log_, log1p_, log2_, log10_ = (
        in_place(pointwise.exp), in_place(pointwise.expm1), in_place(pointwise.log), in_place(pointwise.log1p),
        in_place(pointwise.log2), in_place(pointwise.log10),
    )  # fmt: skip
    sin_, cos_, tan_, sinh_, cosh_, tanh_, sigmoid_, relu_ = (
        in_place(pointwise.sin), in_place(pointwise.cos), in_place(pointwise.tan), in_place(pointwise.sinh),
        in_place(pointwise.cosh), in_place(pointwise.tanh), in_place(pointwise.sigmoid), in_place(pointwise.relu),
    )  # fmt: skip
    asin_, acos_, atan_, erf_ = (
        in_place(pointwise.asin), in_place(pointwise.acos), in_place(pointwise.atan), in_place(pointwise.erf),
    )  # fmt: skip
    floor_, ceil_, trunc_, round_ = (
        in_place(pointwise.floor), in_place(pointwise.ceil), in_place(pointwise.trunc), in_place(pointwise.round_),
    )  # fmt: skip
    clamp_, clip_, lerp_, addcmul_, addcdiv_ = (
        in_place(pointwise.clamp), in_place(pointwise.clamp), in_place(pointwise.lerp), in_place(pointwise.addcmul),
        in_place(pointwise.addcdiv),
    )  # fmt: skip
    cumsum_, tril_, triu_, nan_to_num_ = (
        in_place(reductions.cumsum), in_place(shaping.tril), in_place(shaping.triu), in_place(pointwise.nan_to_num),
    )  # fmt: skip
    scatter_, scatter_add_, index_add_ = (
        in_place(indexing.scatter), in_place(indexing.scatter_add), in_place(indexing.index_add),
    )  # fmt: skip
    floor_divide_, remainder_, fmod_ = (
        in_place(pointwise.floor_divide), in_place(pointwise.remainder), in_place(pointwise.fmod),
    )  # fmt: skip
    uniform_, normal_ = random_in_place(_uniform, "uniform_"), random_in_place(_normal, "normal_")

    # Operators

    def _reflected(function: Callable[[Any, Any], Any]) -> Any:  # type: ignore[misc]
        return lambda self, other: function(other, self) if _is_operand(other) else NotImplemented

    def _operator(function: Callable[[Any, Any], Any]) -> Any:  # type: ignore[misc]
        return lambda self, other: function(self, other) if _is_operand(other) else NotImplemented

    __add__, __radd__ = _operator(pointwise.add), _operator(pointwise.add)
    __sub__, __rsub__ = _operator(pointwise.sub), _reflected(pointwise.sub)
    __mul__, __rmul__ = _operator(pointwise.mul), _operator(pointwise.mul)
    __truediv__, __rtruediv__ = _operator(pointwise.div), _reflected(pointwise.div)
    __floordiv__, __rfloordiv__ = _operator(pointwise.floor_divide), _reflected(pointwise.floor_divide)
    __mod__, __rmod__ = _operator(pointwise.remainder), _reflected(pointwise.remainder)
    __pow__, __rpow__ = _operator(pointwise.pow_), _reflected(pointwise.pow_)
    __matmul__, __rmatmul__ = _operator(products.matmul), _reflected(products.matmul)
    __neg__, __abs__ = pointwise.neg, pointwise.abs_
    __invert__ = pointwise.bitwise_not
    __iadd__, __isub__, __imul__, __itruediv__, __ipow__ = add_, sub_, mul_, div_, pow_
    __ifloordiv__, __imod__ = floor_divide_, remainder_
    __lt__, __le__ = _operator(pointwise.less), _operator(pointwise.less_equal)
    __gt__, __ge__ = _operator(pointwise.greater), _operator(pointwise.greater_equal)
    __eq__, __ne__ = _operator(pointwise.equal_to), _operator(pointwise.not_equal)
    __and__, __or__ = _operator(pointwise.bitwise_and), _operator(pointwise.bitwise_or)
    __xor__ = _operator(pointwise.bitwise_xor)
    __hash__ = object.__hash__
    __getitem__ = indexing.getitem

    def __setitem__(self, index: Any, value: Any) -> None:
        assign(self, index, value)

    def __pos__(self) -> Methods:
        return self

    del _reflected, _operator
