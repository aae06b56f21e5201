"""Activations and layers as functions."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import pointwise, reductions, shaping
from autodiff_lessons.dialects.torch.core import composite, constant, data_of, run
from autodiff_lessons.dialects.torch.creation import random_numbers
from autodiff_lessons.dialects.torch.pointwise import add, clamp, div, greater, mul, sigmoid, sub, tanh, where
from autodiff_lessons.dialects.torch.products import matmul
from autodiff_lessons.dialects.torch.reductions import mean, norm, sum_


@composite("softplus")
def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + exp(beta x)) / beta; x itself where beta x > threshold."""
    scaled = input if beta == 1 else mul(input, beta)
    soft = run("softplus", (scaled,))
    soft = soft if beta == 1 else div(soft, beta)
    return where(greater(pointwise.data(scaled), threshold), input, soft)


@composite("leaky_relu")
def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where x > 0, else negative_slope * x."""
    return where(greater(pointwise.data(input), 0), input, mul(input, negative_slope))


@composite("elu")
def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha (exp(x) - 1)."""
    return where(greater(pointwise.data(input), 0), input, mul(pointwise.expm1(clamp(input, max=0)), alpha))


@composite("gelu")
def gelu(input: Any, approximate: str = "none") -> Any:
    """x times the normal distribution's probability up to x."""
    if approximate == "tanh":
        inner = mul(add(input, mul(pointwise.pow_(input, 3), 0.044715)), math.sqrt(2 / math.pi))
        return mul(mul(input, 0.5), add(tanh(inner), 1.0))
    return mul(mul(input, 0.5), add(pointwise.erf(div(input, math.sqrt(2.0))), 1.0))


@composite("silu")
def silu(input: Any, inplace: bool = False) -> Any:
    """x sigmoid(x)."""
    return mul(input, sigmoid(input))


@composite("log_sigmoid")
def logsigmoid(input: Any) -> Any:
    """log(sigmoid(x)), safe for large negative x."""
    return pointwise.neg(run("softplus", (pointwise.neg(input),)))


@composite("hardtanh")
def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x, cut off at both ends; the cotangent stops at the ends themselves."""
    values = data_of(input)
    inside = constant((values > min_val) & (values < max_val))
    return where(inside, input, constant(np.clip(values, min_val, max_val)))


def relu6(input: Any, inplace: bool = False) -> Any:
    """relu, cut off at 6."""
    return hardtanh(input, 0.0, 6.0)


def softsign(input: Any) -> Any:
    """x / (1 + |x|)."""
    return div(input, add(pointwise.abs_(input), 1))


def tanhshrink(input: Any) -> Any:
    """x - tanh(x)."""
    return sub(input, tanh(input))


def _dim_of(name: str, input: Any, dim: int | None) -> int:
    if dim is None:
        warnings.warn(f"{name} without dim guesses along which axis to normalise: give dim.", UserWarning, stacklevel=3)
        return 0 if input._node.ndim in (0, 1, 3) else 1
    return dim


def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """exp(x) / sum(exp(x)) along `dim`."""
    return reductions.softmax(input, _dim_of("softmax", input, dim), dtype)


def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """log(softmax(x)), safe for large numbers."""
    return reductions.log_softmax(input, _dim_of("log_softmax", input, dim), dtype)


def softmin(input: Any, dim: int | None = None) -> Any:
    """softmax(-x)."""
    return softmax(pointwise.neg(input), dim)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element 0 with probability p, else divided by 1 - p."""
    if not 0 <= p <= 1:
        raise ValueError(f"The dropout probability lies between 0 and 1, not {p}.")
    if not training or p == 0:
        return input
    values = data_of(input)
    kept = random_numbers().random(values.shape) >= p
    return mul(input, constant((kept / max(1 - p, 1e-300)).astype(values.dtype)))


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Divided by its norm along `dim`."""
    length = clamp(norm(input, p, dim, True), min=eps)
    return div(input, shaping.expand_as(length, input))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between x1 and x2 along `dim`."""
    lengths = (clamp(norm(one, 2, dim, True), min=eps) for one in (x1, x2))
    first, second = (div(one, length) for one, length in zip((x1, x2), lengths, strict=True))
    return sum_(mul(first, second), dim)


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(x - mean) / sqrt(variance + eps) over the last axes, times weight plus bias."""
    return _layer_norm(input, tuple(normalized_shape), weight, bias, eps)


@composite("native_layer_norm")
def _layer_norm(input: Any, normalized_shape: tuple[int, ...], weight: Any, bias: Any, eps: float) -> Any:
    axes = tuple(range(-len(normalized_shape), 0))
    distance = sub(input, mean(input, axes, True))
    variance = mean(pointwise.square(distance), axes, True)
    result = div(distance, pointwise.sqrt(add(variance, eps)))
    result = result if weight is None else mul(result, weight)
    return result if bias is None else add(result, bias)


# Layers


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """x W^T + b."""
    turned = shaping.t(weight) if weight._node.ndim == 2 else weight
    if bias is None:
        return matmul(input, turned)
    if input._node.ndim == 2:
        return _affine(bias, input, turned)
    shape = input._node.shape
    rows = _affine(bias, shaping.view_as_shape(input, -1, shape[-1]), turned)
    return shaping.view_as_shape(rows, *shape[:-1], -1)


@composite("addmm")
def _affine(bias: Any, input: Any, turned: Any) -> Any:
    return add(bias, matmul(input, turned))


def embedding(input: Any, weight: Any) -> Any:
    """The rows of `weight` with the numbers `input`."""
    return run("embedding", (weight,), {"index": data_of(input)})


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """A row a number, with a 1 in that place."""
    values = data_of(tensor)
    count = int(values.max()) + 1 if num_classes < 0 else num_classes
    return constant(np.eye(count, dtype=np.int64)[values])
