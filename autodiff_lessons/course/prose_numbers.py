"""Numbers in a lesson's prose that can't be wrong for long: each is written beside the expression that gives it.

    the slope is ‹5.5: grad(f)(2.0, 5.0)›        in the source
    the slope is 5.5                             in the notebooks

The expression is Python over NumPy, the engine's functions, the course's f(x, y) = log(x) + x*y - sin(y), and the names
of the lesson's exercises. A test computes every one of them, and refuses a decimal number in prose that has none.
"""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

import autodiff_lessons

_MARK = re.compile(r"‹([^:›]*): ([^›]*)›")
_SPACES = str.maketrans({" ": "", "\N{NO-BREAK SPACE}": "", "\N{NARROW NO-BREAK SPACE}": "", ",": "", "−": "-"})


def without_marks(source: str) -> str:
    """The text as a reader sees it: the numbers alone."""
    return _MARK.sub(r"\1", source)


def marked(source: str) -> Iterator[tuple[str, str]]:
    """(the number as it is written, its expression) for each mark."""
    for mark in _MARK.finditer(source):
        yield mark[1], mark[2]


def names(lesson: str) -> dict[str, Any]:
    """What an expression in lesson "05" may use."""

    def f(x: Any, y: Any) -> Any:
        return np.log(x) + x * y - np.sin(y)

    engine = {name: getattr(autodiff_lessons, name) for name in ("Dual", "Tensor", "grad", "hessian", "jvp", "vjp")}
    known = {"np": np, "math": math, "f": f, **engine}
    try:
        exercises = importlib.import_module(f"autodiff_lessons.exercises.lesson_{lesson}")
    except ModuleNotFoundError:  # the start page has none
        return known
    return {**vars(exercises), **known}


def agrees(written: str, value: Any) -> bool:
    """Whether `value`, rounded to the digits that are written, is what is written; whole numbers are exact."""
    number = Decimal(written.translate(_SPACES))
    digits = number.as_tuple()
    assert isinstance(digits.exponent, int)
    if digits.exponent >= 0 and "e" not in written.lower():
        return float(value) == float(number)
    return abs(float(value) - float(number)) <= 0.5 * 10.0**digits.exponent * (1 + 1e-6)
