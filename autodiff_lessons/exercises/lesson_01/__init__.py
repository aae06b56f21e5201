"""Lesson 1, Measure a slope: the secant, partial derivatives, the chain rule."""

from autodiff_lessons.exercises.lesson_01.rules import chain_rule, partial_derivatives
from autodiff_lessons.exercises.lesson_01.secant import secants

__all__ = ["chain_rule", "partial_derivatives", "secants"]
