"""Losses: what training makes small. Each takes `reduction`: "mean", "sum" or "none"."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import pointwise, reductions, shaping
from autodiff_lessons.dialects.torch.core import composite, constant, data_of, dtype_of, run
from autodiff_lessons.dialects.torch.pointwise import add, clamp, div, exp, mul, sub, where
from autodiff_lessons.dialects.torch.reductions import mean, sum_
from autodiff_lessons.errors import OperandError


def _reduced(losses: Any, reduction: str) -> Any:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f'reduction is "mean", "sum" or "none", not {reduction!r}.')
    return losses if reduction == "none" else mean(losses) if reduction == "mean" else sum_(losses)


def _same_shape(name: str, input: Any, target: Any) -> None:
    if input._node.shape != target._node.shape:
        raise ValueError(
            f"{name}: the input has the shape {list(input._node.shape)} and the target {list(target._node.shape)}; "
            "they need the same one."
        )


def _warn_of_shapes(input: Any, target: Any) -> None:
    if input._node.shape != target._node.shape:
        warnings.warn(
            f"The target's shape {list(target._node.shape)} differs from the input's {list(input._node.shape)}: both "
            "are broadcast, and the loss is then over all pairs. Give them the same shape.",
            UserWarning,
            stacklevel=3,
        )


def mse_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Any:
    """The mean squared difference."""
    _warn_of_shapes(input, target)
    return _mse_loss(input, target, reduction)


@composite("mse_loss")
def _mse_loss(input: Any, target: Any, reduction: str) -> Any:
    return _reduced(pointwise.square(sub(input, target)), reduction)


def l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Any:
    """The mean absolute difference."""
    _warn_of_shapes(input, target)
    return _reduced(pointwise.abs_(sub(input, target)), reduction)


@composite("smooth_l1_loss")
def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """Squared below beta, absolute above."""
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return div(_reduced(_huber(input, target, beta), reduction), beta)


@composite("huber_loss")
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Squared below delta, absolute above."""
    return _reduced(_huber(input, target, delta), reduction)


def _huber(input: Any, target: Any, delta: float) -> Any:
    size = pointwise.abs_(sub(input, target))
    small = pointwise.less(pointwise.data(size), delta)
    return where(small, mul(pointwise.square(size), 0.5), mul(sub(size, 0.5 * delta), delta))


def nll_loss(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100,
    reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """Minus the log-probability of the target class; a row an example."""
    places, weights = _targets(input, target, weight, ignore_index)
    return _nll_loss(input, places, weights, reduction)


@composite("nll_loss")
def _nll_loss(input: Any, places: Any, weights: Any, reduction: str) -> Any:
    axis = 1 if input._node.ndim > 1 else 0
    index: tuple[Any, ...] = (places,)
    if axis:
        grid = np.indices(places.shape)
        index = (grid[0], places, *grid[1:])
    losses = mul(pointwise.neg(run("getitem", (input,), {"index": index})), constant(weights))
    if reduction == "mean":
        return div(sum_(losses), constant(np.asarray(weights.sum())[()]))
    return _reduced(losses, reduction)


def _targets(input: Any, target: Any, weight: Any, ignored: int) -> tuple[Any, Any]:
    """The class of each example (0 where it is ignored), and how much it counts."""
    classes, values = np.asarray(data_of(target)), data_of(input)
    if classes.dtype.kind not in "iu":
        raise OperandError(f"Classes are whole numbers (torch.long), not {dtype_of(target)}.")
    count = values.shape[1 if values.ndim > 1 else 0]
    if classes.shape != values.shape[:1] * (values.ndim > 1) + values.shape[2:]:
        raise ValueError(
            f"An input of shape {list(values.shape)} needs one class an example; the target is {list(classes.shape)}."
        )
    kept = classes != ignored
    wrong = classes[kept & ((classes < 0) | (classes >= count))]
    if wrong.size:
        raise IndexError(f"Target {int(wrong.reshape(-1)[0])} is out of bounds: there are {count} classes.")
    places = np.where(kept, classes, 0)
    each = np.ones(count, values.dtype) if weight is None else data_of(weight)
    return places, np.where(kept, each[places], 0).astype(values.dtype)


def cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100,
    reduce: Any = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Any:  # fmt: skip
    """Minus the log of softmax at the target class; or, for a target of probabilities, their mean of it."""
    axis = 1 if input._node.ndim > 1 else 0
    logs = reductions.log_softmax(input, axis)
    if dtype_of(target).category == 3:
        return _soft_cross_entropy(logs, target, weight, reduction, label_smoothing, axis)
    if not label_smoothing:
        return nll_loss(logs, target, weight, None, ignore_index, None, reduction)
    hard = nll_loss(logs, target, weight, None, ignore_index, None, reduction)
    _, weights = _targets(input, target, weight, ignore_index)
    count = input._node.shape[axis]
    each = None if weight is None else shaping.view_as_shape(weight, *((1, -1) if axis else (-1,)))
    spread = pointwise.neg(sum_(logs if each is None else mul(logs, each), axis))
    spread = mul(spread, constant((weights != 0).astype(data_of(input).dtype)))
    total = div(sum_(spread), float(weights.sum())) if reduction == "mean" else _reduced(spread, reduction)
    return add(mul(hard, 1 - label_smoothing), mul(total, label_smoothing / count))


def _soft_cross_entropy(logs: Any, target: Any, weight: Any, reduction: str, smoothing: float, axis: int) -> Any:
    _same_shape("cross_entropy", logs, target)
    count = logs._node.shape[axis]
    if smoothing:
        target = add(mul(target, 1 - smoothing), smoothing / count)
    products = mul(logs, target)
    if weight is not None:
        products = mul(products, shaping.view_as_shape(weight, *((1, -1) if axis else (-1,))))
    if reduction == "mean":
        examples = max(logs.numel() // count, 1)
        return run("div_by_number", (pointwise.neg(sum_(products)), float(examples)))
    return _reduced(pointwise.neg(sum_(products, axis)), reduction)


@composite("binary_cross_entropy")
def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """-(t log(x) + (1 - t) log(1 - x)), with the logarithms held above -100."""
    _same_shape("binary_cross_entropy", input, target)
    values = data_of(input)
    if np.any((values < 0) | (values > 1)):
        raise OperandError(
            "binary_cross_entropy takes probabilities between 0 and 1; for others use the _with_logits one."
        )
    losses = run("binary_cross_entropy", (input, target))
    return _reduced(losses if weight is None else mul(losses, weight), reduction)


@composite("binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", pos_weight: Any = None,
) -> Any:  # fmt: skip
    """The same of sigmoid(x), safe for large x: (1 - t) x + softplus(-x)."""
    if input._node.shape != target._node.shape:
        raise ValueError(
            f"The target needs the input's shape {list(input._node.shape)}, not {list(target._node.shape)}."
        )
    soft = run("softplus", (pointwise.neg(input),))
    if pos_weight is not None:
        soft = mul(soft, add(mul(sub(pos_weight, 1.0), target), 1.0))
    losses = add(mul(sub(1.0, target), input), soft)
    return _reduced(losses if weight is None else mul(losses, weight), reduction)


def kl_div(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    log_target: bool = False,
) -> Any:  # fmt: skip
    """target (log(target) - input), element by element, then reduced; "batchmean" divides by the number of rows."""
    if log_target:
        losses = mul(exp(target), sub(target, input))
    else:
        losses = sub(pointwise.xlogy(target, target), mul(target, input))
    if reduction == "mean":
        warnings.warn(
            'kl_div with reduction="mean" divides by all elements: "batchmean" is the mathematical definition.',
            UserWarning,
            stacklevel=2,
        )
    if reduction == "batchmean":
        return div(sum_(losses), input._node.shape[0])
    return _reduced(losses, reduction)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Any:
    """x where the target is 1, max(0, margin - x) where it is -1."""
    positive = pointwise.equal_to(pointwise.data(target), 1)
    return _reduced(where(positive, input, clamp(sub(margin, input), min=0)), reduction)
