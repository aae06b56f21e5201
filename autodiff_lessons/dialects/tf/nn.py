"""tf.nn: what networks are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf import arrays, clipping, math, random
from autodiff_lessons.dialects.tf.conventions import RELU, RELU6, step
from autodiff_lessons.dialects.tf.errors import InvalidArgumentError
from autodiff_lessons.dialects.tf.math import (
    floating,
    l2_normalize,
    log_softmax,
    of_one,
    sigmoid,
    softmax,
    softplus,
    softsign,
    tanh,
    top_k,
    zero_fraction,
)
from autodiff_lessons.dialects.tf.tensor import Tensor, binary, convert, operate
from autodiff_lessons.engine.primitive import Primitive

__all__ = [
    "batch_normalization", "bias_add", "crelu", "dropout", "elu", "embedding_lookup", "gelu", "l2_loss",
    "l2_normalize", "leaky_relu", "log_softmax", "moments", "relu", "relu6", "selu", "sigmoid",
    "sigmoid_cross_entropy_with_logits", "silu", "softmax", "softmax_cross_entropy_with_logits", "softplus",
    "softsign", "sparse_softmax_cross_entropy_with_logits", "swish", "tanh", "top_k",
    "weighted_cross_entropy_with_logits", "zero_fraction",
]  # fmt: skip

relu = of_one("relu", RELU, whole_too=True)
relu6 = of_one("relu6", RELU6)
elu = of_one(
    "elu",
    Primitive("elu", "elu", lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x),
              partials=(lambda out, x: np.where(np.less(out, 0), out + 1.0, 1.0),)),
)  # fmt: skip
SELU_SCALE, SELU_SCALE_ALPHA = 1.0507009873554804934193349852946, 1.7580993408473768599402175208123
selu = of_one(
    "selu",
    Primitive("selu", "selu", lambda x: np.where(x < 0, SELU_SCALE_ALPHA * np.expm1(np.minimum(x, 0)), SELU_SCALE * x),
              partials=(lambda out, x: np.where(np.less(out, 0), out + SELU_SCALE_ALPHA, SELU_SCALE),)),
)  # fmt: skip


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """x where x > 0, else alpha * x."""
    slope = float(alpha)
    primitive = Primitive(
        "leaky_relu", "leaky_relu", lambda x: np.where(x > 0, x, slope * x),
        partials=(lambda out, x: slope + (1.0 - slope) * step(x),),
    )  # fmt: skip
    return operate(primitive, (floating("leaky_relu", features)._tensor,))


def crelu(features: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """relu of x and of -x, one after the other."""
    x = floating("crelu", features)
    return arrays.concat([relu(x), relu(-x)], axis)


def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Tensor:
    """x times the normal distribution's share below x."""
    x = floating("gelu", features)
    if approximate:
        inner = np.sqrt(2 / np.pi) * (x + 0.044715 * math.pow(x, 3.0))
        return 0.5 * x * (1.0 + tanh(inner))
    return 0.5 * x * (1.0 + math.erf(x / np.sqrt(2.0)))


def silu(features: Any, beta: Any = 1.0) -> Tensor:
    """x * sigmoid(beta * x)."""
    x = floating("silu", features)
    return x * sigmoid(beta * x)


swish = silu


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """A bias for each entry of the last axis, added."""
    x, b = convert(value), convert(bias)
    if b.ndim != 1 or b.shape[0] != x.shape[-1]:
        raise InvalidArgumentError(
            f"bias_add of a tensor of shape {x.shape} takes {x.shape[-1]} biases, not shape {b.shape}."
        )
    return binary("add", x, b)


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Half the sum of squares."""
    return math.reduce_sum(math.square(floating("l2_loss", t))) / 2.0


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The mean and the variance along the axes; in the variance the mean counts as a constant, which the first
    derivative does not notice."""
    given = floating("moments", x)
    mean = math.reduce_mean(given, axes, keepdims=True)
    variance = math.reduce_mean(math.square(given - arrays.stop_gradient(mean)), axes, keepdims)
    return math.reduce_mean(given, axes, keepdims), variance


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """-sum(labels * log_softmax(logits)) along `axis`, without overflow."""
    scores = floating("softmax_cross_entropy_with_logits", logits)
    return -math.reduce_sum(convert(labels, scores.dtype) * log_softmax(scores, axis), axis)


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Tensor:
    """The same for labels that are class numbers."""
    scores = floating("sparse_softmax_cross_entropy_with_logits", logits)
    classes = np.asarray(convert(labels)._peek)
    if classes.dtype.kind not in "iu" or classes.shape != scores.shape[:-1]:
        raise ValueError(
            f"Labels of shape {classes.shape} and type {classes.dtype} were given for logits of shape {scores.shape}: "
            "one class number an example is needed."
        )
    return softmax_cross_entropy_with_logits(arrays.one_hot(classes, scores.shape[-1], dtype=scores.dtype), scores)


def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Tensor:
    """-labels * log(sigmoid(x)) - (1 - labels) * log(1 - sigmoid(x)), without overflow: softplus(x) - labels * x."""
    x = floating("sigmoid_cross_entropy_with_logits", logits)
    target = convert(labels, x.dtype)
    if target.shape != x.shape:
        raise ValueError(f"Logits and labels need one shape; they have {x.shape} and {target.shape}.")
    return softplus(x) - target * x


def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: str | None = None) -> Tensor:
    """The same with the positive examples weighted."""
    x = floating("weighted_cross_entropy_with_logits", logits)
    target = convert(labels, x.dtype)
    return (1.0 - target) * x + (1.0 + (convert(pos_weight, x.dtype) - 1.0) * target) * softplus(-x)


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: str | None = None
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset."""
    factor = math.rsqrt(convert(variance) + variance_epsilon)
    if scale is not None:
        factor = factor * convert(scale)
    shift = -convert(mean) * factor
    return convert(x) * factor + (shift if offset is None else shift + convert(offset))


def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None) -> Tensor:
    """Elements set to 0 by chance, each with the probability `rate`; the others are scaled up by 1 / (1 - rate)."""
    given = floating("dropout", x)
    kept = random.uniform(given.shape if noise_shape is None else noise_shape, seed=seed) >= rate
    return given * arrays.cast(kept, given.dtype) / (1.0 - convert(rate, given.dtype))


def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: str | None = None) -> Tensor:
    """The rows of `params` with these numbers."""
    rows = arrays.gather(params, ids)
    return rows if max_norm is None else clipping.clip_by_norm(rows, max_norm, axes=[-1])
