"""torch.nn.utils: clipping of gradients, parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.autograd.modes import no_grad
from autodiff_lessons.dialects.torch.core import Handle, constant, data_of
from autodiff_lessons.dialects.torch.shaping import cat
from autodiff_lessons.engine.optimizers import clip_by_global_norm, clip_by_value
from autodiff_lessons.errors import OperandError


def _with_gradients(parameters: Any) -> list[Any]:
    listed: list[Any] = [parameters] if isinstance(parameters, Handle) else list(parameters)
    return [one for one in listed if one.grad is not None]


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None
) -> Any:
    """Scale all gradients by one factor so that their common norm is at most `max_norm`; the norm before."""
    tracked = _with_gradients(parameters)
    values = [data_of(one.grad) for one in tracked]
    if float(norm_type) == 2.0:
        clipped, norm = clip_by_global_norm(values, float(max_norm), epsilon=1e-6)
    else:
        sizes = np.concatenate([np.abs(np.ravel(one)) for one in values]) if values else np.zeros(1)
        norm = np.linalg.norm(sizes, float(norm_type))
        factor = min(1.0, float(max_norm) / (norm + 1e-6))
        clipped = [one * factor for one in values]
    if error_if_nonfinite and not np.isfinite(norm):
        raise OperandError(f"The norm of the gradients is {norm}: it can't be clipped.")
    for one, new in zip(tracked, clipped, strict=True):
        _put(one.grad, new)
    return constant(np.asarray(norm, dtype=values[0].dtype if values else np.float32)[()])


def clip_grad_value_(parameters: Any, clip_value: float, foreach: Any = None) -> None:
    """Cut every element of the gradients off at -clip_value and clip_value."""
    tracked = _with_gradients(parameters)
    clipped = clip_by_value([data_of(one.grad) for one in tracked], -float(clip_value), float(clip_value))
    for one, new in zip(tracked, clipped, strict=True):
        _put(one.grad, new)


def _put(gradient: Any, values: Any) -> None:
    with no_grad():
        gradient.copy_(constant(np.asarray(values, dtype=data_of(gradient).dtype)[()]))


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All parameters in one row."""
    return cat([one.view(-1) for one in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """The parts of one row back into the parameters."""
    start = 0
    for one in parameters:
        one.data = vec.detach()[start : start + one.numel()].view(one.shape).clone()
        start += one.numel()
