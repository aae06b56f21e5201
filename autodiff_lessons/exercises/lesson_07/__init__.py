"""Lesson 7, Autograd the PyTorch way: what is tracked, an operation of one's own, v times J, gradients that add up.

The lesson's code runs on `dialects.torch`, and on PyTorch itself where the notebook imports that.
"""

from autodiff_lessons.exercises.lesson_07.accumulation import accumulation
from autodiff_lessons.exercises.lesson_07.pull_back import vector_jacobian
from autodiff_lessons.exercises.lesson_07.square import own_function
from autodiff_lessons.exercises.lesson_07.tracked import tracked

__all__ = ["accumulation", "own_function", "tracked", "vector_jacobian"]
