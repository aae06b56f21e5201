"""How the graph view writes numbers: few digits, a true minus sign, never -0, arrays short or by their shape.

A Slot stands for a number that the page computes: its text is a place that number_template.py and the page fill in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

MINUS = "\N{MINUS SIGN}"
DOTS = "\N{HORIZONTAL ELLIPSIS}"
SMALL_ARRAY = 6  # elements; a larger array is shown by its shape


@dataclass(frozen=True)
class Slot:
    """In the place of a number of this shape that is filled in later: result number `index` of a program."""

    index: int
    shape: tuple[int, ...] = ()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def number_text(value: Any, digits: int = 6, room: int = 16) -> str:
    """`value` in at most `digits` significant digits; an array in full if that takes at most `room` characters, else as
    its shape, such as "(64, 10)"."""
    if isinstance(value, Slot):
        return f"⟦{value.index}|n{digits},{room}⟧"
    if np.ndim(value) == 0:
        return _scalar_text(float(value), digits)
    if np.size(value) <= SMALL_ARRAY:
        text = _array_text(np.asarray(value), digits)
        if len(text) <= room:
            return text
    return str(tuple(np.shape(value)))


def factor_text(value: Any) -> str:
    """As number_text, for the right side of an operator: (−3) in brackets, so that 2 − (−3) reads well."""
    if isinstance(value, Slot):
        return f"⟦{value.index}|f6⟧"
    text = number_text(value)
    return f"({text})" if text.startswith(MINUS) else text


def with_ascii_minus(text: str) -> str:
    """For terminals and stored outputs."""
    return text.replace(MINUS, "-").replace(DOTS, "...")


def as_json(value: Any) -> Any:
    """A number or a small nested list for the page; None for a large array, a word for inf and nan, unknown to JSON."""
    if value is None or isinstance(value, Slot) or np.size(value) > SMALL_ARRAY:
        return None
    if np.ndim(value) > 0:
        return [as_json(one) for one in np.asarray(value)]
    return float(value) if np.isfinite(value) else str(float(value))


def _scalar_text(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return "0" if text == "-0" else text.replace("-", MINUS)


def _array_text(value: Any, digits: int) -> str:
    if np.ndim(value) == 0:
        return _scalar_text(float(value), digits)
    return f"[{', '.join(_array_text(one, digits) for one in value)}]"
