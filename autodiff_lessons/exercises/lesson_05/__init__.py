"""Lesson 5, Read computation graphs: a graph by hand, forwards and backwards.

The function of the course is f(x, y) = log(x) + x*y - sin(y).
"""

from autodiff_lessons.exercises.lesson_05.graph_of_f import graph_of_f
from autodiff_lessons.exercises.lesson_05.loss import backward_pass, forward_pass
from autodiff_lessons.exercises.lesson_05.paths import paths

__all__ = ["backward_pass", "forward_pass", "graph_of_f", "paths"]
