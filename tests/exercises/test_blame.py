"""Why a learner's code stopped: which exception, on which of the learner's own lines."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from test_function_exercise import both

from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.lesson_04.sums_and_products import SumsAndProducts


def divides(a: float, b: float) -> Any:
    return ratio(a, b - b), a - b


def ratio(a: float, b: float) -> float:
    return 1 / int(b)


def test_an_exception_is_told_with_the_learners_own_line() -> None:
    line = ratio.__code__.co_firstlineno + 1
    assert both.check(divides).message.splitlines()[0] == (
        "`divides(3, 1)` stopped with ZeroDivisionError: division by zero, "
        f"on line {line} of `ratio`: `return 1 / int(b)`."
    )


def in_a_library(a: float, b: float) -> Any:
    return np.linalg.inv(np.array([a, b])), a


def test_the_line_is_never_one_of_a_library() -> None:
    line = in_a_library.__code__.co_firstlineno + 1
    assert f", on line {line}: `return np.linalg.inv" in both.check(in_a_library).message


def test_nor_one_of_a_class_that_lent_its_methods() -> None:
    class Borrows(SumsAndProducts):
        __radd__ = SumsAndProducts.__add__

        def __truediv__(self, other: Any) -> Any:
            return self.lifted(SumsAndProducts(None)) + other

    line = Borrows.__truediv__.__code__.co_firstlineno + 1
    assert f"on line {line}: `return self.lifted(" in get("4.2").check(Borrows).message


def test_what_a_library_has_not_implemented_is_no_gap_of_the_learners() -> None:
    outcome = both.check(lambda a, b: (asyncio.AbstractEventLoop().time(), a - b))
    assert outcome.status == "incorrect"
    assert "stopped with NotImplementedError, on line" in outcome.message
