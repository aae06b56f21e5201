"""Lesson 4, Carry tangents forward: dual numbers, and forward mode with them.

4.1, 4.2 and 4.3 each add to the class before. A lesson goes on from the course's own: `SumsAndProducts` is the
reference of 4.1, `Arithmetic` that of 4.2, `Dual` that of 4.3.
"""

from autodiff_lessons.exercises.lesson_04.arithmetic import arithmetic
from autodiff_lessons.exercises.lesson_04.functions import functions
from autodiff_lessons.exercises.lesson_04.passes import passes
from autodiff_lessons.exercises.lesson_04.sums_and_products import sums_and_products

__all__ = ["arithmetic", "functions", "passes", "sums_and_products"]
