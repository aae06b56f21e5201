"""Lesson 8, Record with a gradient tape: one question, why an answer is None, two questions, a tape around a tape.

The lesson's code runs on `dialects.tf`.
"""

from autodiff_lessons.exercises.lesson_08.nested_tapes import nested_tapes
from autodiff_lessons.exercises.lesson_08.one_tape import one_tape
from autodiff_lessons.exercises.lesson_08.two_questions import two_questions
from autodiff_lessons.exercises.lesson_08.why_none import causes

__all__ = ["causes", "nested_tapes", "one_tape", "two_questions"]
