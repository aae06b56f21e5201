"""Lesson 3, Approximate slopes: differences of values, the best step, a gradient by measuring, and a check with it."""

from autodiff_lessons.exercises.lesson_03.gradient import by_measuring
from autodiff_lessons.exercises.lesson_03.gradient_check import culprits
from autodiff_lessons.exercises.lesson_03.slope import best_steps, central

__all__ = ["best_steps", "by_measuring", "central", "culprits"]
