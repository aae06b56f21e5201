"""Lesson 10, Transform graphs: a derivative that is a graph, rules in a table, a loss in shards."""

from autodiff_lessons.exercises.lesson_10.derivative import derivative
from autodiff_lessons.exercises.lesson_10.registry import registering
from autodiff_lessons.exercises.lesson_10.sharding import sharding

__all__ = ["derivative", "registering", "sharding"]
