"""Texts with places for numbers, which the kernel and the page fill in alike.

A place is ⟦index|how⟧: the number of that index, written in one of these ways:

    .6g .3f .2e      as Python's format does, with a true minus
    n6,16            as the graph view writes numbers (number_text): 6 significant digits, an array in 16 characters
    f6               the same in brackets where it is negative, for the right side of an operator

numbers.js fills the same places with the same characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.number_text import MINUS, factor_text, number_text

_PLACE = re.compile(r"⟦(\d+)\|([^⟧]*)⟧")
_FORMAT = re.compile(r"\.(\d{1,2})([gfe])")


def place(index: int, how: str) -> str:
    """The text ⟦index|how⟧. WidgetError for a format that the page does not know."""
    how = {"g": ".6g", "f": ".6f", "e": ".6e"}.get(how, how)
    if not _FORMAT.fullmatch(how) and not re.fullmatch(r"n\d+(,\d+)?|f\d+", how):
        raise WidgetError(f"A number in a sentence is written as {{x:.3g}}, {{x:.2f}} or {{x:.1e}}, not {{x:{how}}}.")
    return f"⟦{index}|{how}⟧"


def filled(template: str, numbers: Sequence[Any]) -> str:
    """The template with its numbers."""
    text = _PLACE.sub(lambda found: _written(numbers[int(found[1])], found[2]), template)
    return text.replace(f"+ {MINUS}", f"{MINUS} ")


def _written(number: Any, how: str) -> str:
    if how[0] == "n":
        digits, _, room = how[1:].partition(",")
        return number_text(number, int(digits), int(room or 16))
    if how[0] == "f":
        return factor_text(number)
    text = format(float(number) + 0.0, how)  # + 0.0 makes -0 read 0
    return text.replace("-", MINUS)
