"""How a value is compared that need not be exact: a size that is read off a slider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.exercises.comparing import Difference, as_number, difference
from autodiff_lessons.exercises.value_exercise import Comparison


def read_as(read: Callable[[float], str]) -> Comparison:
    """Compare numbers by what `read` makes of each: two in one range, by its name, are the same answer."""

    def compare(given: Any, truth: Any) -> Difference | None:
        number, true_number = as_number(given), as_number(truth)
        if number is None or true_number is None:
            return difference(given, truth)
        return None if read(number) == read(true_number) else Difference("")

    return compare
