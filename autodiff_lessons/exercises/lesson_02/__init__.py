"""Lesson 2, Differentiate formulas: rules on trees, more functions, simplification, and how trees swell."""

from autodiff_lessons.exercises.lesson_02.functions import more_rules
from autodiff_lessons.exercises.lesson_02.simplify import simplification
from autodiff_lessons.exercises.lesson_02.swell import swell
from autodiff_lessons.exercises.lesson_02.trees import rules

__all__ = ["more_rules", "rules", "simplification", "swell"]
