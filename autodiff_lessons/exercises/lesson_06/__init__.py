"""Lesson 6, Build reverse mode: local rules, one run by hand, an engine to diagnose, the backward pass, two of them.

The engine is `small_engine`. 6.1, 6.4 and 6.5 write its parts; its `contributions` and `backward` are the references
of 6.1 and 6.5. `f` is the course's log(x) + x*y - sin(y) at (2, 5).
"""

from autodiff_lessons.exercises.lesson_06.diagnosis import diagnosis, run_by_hand
from autodiff_lessons.exercises.lesson_06.local_rules import local_rules
from autodiff_lessons.exercises.lesson_06.one_backward import one_backward
from autodiff_lessons.exercises.lesson_06.two_backwards import two_backwards

__all__ = ["diagnosis", "local_rules", "one_backward", "run_by_hand", "two_backwards"]
