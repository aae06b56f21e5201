"""Slopes by measurement: differences of values at neighbouring points, and the check of a gradient against them."""

from autodiff_lessons.engine.differences.check import GradientCheck, check_gradient
from autodiff_lessons.engine.differences.slopes import (
    best_step,
    central_difference,
    complex_step,
    forward_difference,
    numeric_gradient,
    richardson,
)

__all__ = [
    "GradientCheck",
    "best_step",
    "central_difference",
    "check_gradient",
    "complex_step",
    "forward_difference",
    "numeric_gradient",
    "richardson",
]
