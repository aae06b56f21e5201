"""Lesson 9, Train a network: one step by hand, the loop, layers that collapse, clipping, momentum and Adam."""

from autodiff_lessons.exercises.lesson_09.by_hand import one_step
from autodiff_lessons.exercises.lesson_09.clipping import clip, clipping
from autodiff_lessons.exercises.lesson_09.layers import layers, sigmoid_network
from autodiff_lessons.exercises.lesson_09.loop import loop, train
from autodiff_lessons.exercises.lesson_09.rules import Rules, path, rules

__all__ = ["Rules", "clip", "clipping", "layers", "loop", "one_step", "path", "rules", "sigmoid_network", "train"]
