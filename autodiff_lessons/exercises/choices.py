"""Exercises with a field whose answer is chosen from a few texts, such as the cause of a wrong number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from autodiff_lessons.exercises.base import Finding
from autodiff_lessons.exercises.comparing import kind_of, short
from autodiff_lessons.exercises.value_exercise import Fields, ValueExercise


class ChoiceExercise(ValueExercise):
    """Named values, some of them chosen.

    choices  {field: the texts to choose from}; capitals, spaces and punctuation make no difference
    """

    def __init__(self, *about: str, choices: Mapping[str, Sequence[str]], **more: Any) -> None:
        super().__init__(*about, **more)
        self.choices = choices

    def examine(self, given: Fields) -> Finding | None:
        """Read each choice as the text that it means, then judge it like any other value."""
        chosen = dict(given)
        for field, options in self.choices.items():
            if field not in given:
                continue
            meant = [text for text in options if _plain(text) == _plain(given[field])]
            if not meant:
                asked = ", ".join(f'`"{text}"`' for text in options)
                shown = short(given[field]) if isinstance(given[field], str) else kind_of(given[field])
                return Finding(f"`{field}` is {shown}, which is none of the answers. Choose one of {asked}.")
            (chosen[field],) = meant
        return super().examine(chosen)


def _plain(written: Any) -> str | None:
    """The letters of a text, for comparing; None for what is no text."""
    return re.sub(r"[\W_]", "", written).lower() if isinstance(written, str) else None
