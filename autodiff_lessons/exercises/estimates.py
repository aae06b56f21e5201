"""How a value is compared that need not be exact: a size that is read off a slider, a word out of a few."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from autodiff_lessons.exercises.comparing import Difference, as_number, difference, short
from autodiff_lessons.exercises.value_exercise import Comparison


def read_as(read: Callable[[float], str]) -> Comparison:
    """Compare numbers by what `read` makes of each: two in one range, by its name, are the same answer."""

    def compare(given: Any, truth: Any) -> Difference | None:
        number, true_number = as_number(given), as_number(truth)
        if number is None or true_number is None:
            return difference(given, truth)
        return None if read(number) == read(true_number) else Difference("")

    return compare


def one_of(*words: str) -> Comparison:
    """Compare a word that is chosen out of these; capitals, spaces and hyphens don't count, nor does "error" after it.

    Any other word is no choice, and the message lists them.
    """
    known = {_plain(word) for word in words}

    def compare(given: Any, truth: Any) -> Difference | None:
        if not isinstance(given, str):
            return difference(given, truth)
        if _plain(given) not in known:
            quoted = [f'"{word}"' for word in words]
            return Difference("", f"{short(given)}, which is none of {', '.join(quoted[:-1])} and {quoted[-1]}")
        return None if _plain(given) == _plain(truth) else Difference("")

    return compare


def _plain(word: str) -> str:
    return re.sub(r"[\W_]|errors?\b", "", word.lower())
