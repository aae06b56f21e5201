"""torch.autograd: gradients of recorded computations."""

from __future__ import annotations

from autodiff_lessons.dialects.torch.autograd import function, functional
from autodiff_lessons.dialects.torch.autograd.checks import gradcheck, gradgradcheck
from autodiff_lessons.dialects.torch.autograd.function import Function
from autodiff_lessons.dialects.torch.autograd.gradients import backward, grad
from autodiff_lessons.dialects.torch.autograd.modes import (
    detect_anomaly,
    enable_grad,
    inference_mode,
    no_grad,
    set_detect_anomaly,
    set_grad_enabled,
)
from autodiff_lessons.dialects.torch.tensor import Tensor as Variable

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]
