"""Exercises whose answer is a table: a row of values for each name, and a column for each question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_lessons.exercises.base import Code, Finding, WrongAnswer
from autodiff_lessons.exercises.comparing import Difference, count, difference, kind_of, listed, same
from autodiff_lessons.exercises.value_exercise import Fields, ValueExercise


class TableExercise(ValueExercise):
    """The learner gives a tuple a name, `a=(False, ...)`. It is judged cell by cell: `a.is_leaf = False` is not right.

    A wrong answer speaks of the cells in which its rows differ from the truth, and shows itself in each on its own.

    columns  what is asked of each name, in the order of a row
    read     for a column whose cells can be written in more than one way: what is compared of a cell
    """

    def __init__(
        self,
        *about: str,
        columns: Sequence[str],
        read: Mapping[str, Callable[[Any], Any]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*about, **more)
        self.columns = tuple(columns)
        self.read = dict(read or {})

    def wrong(self, misconception: str, sentence: str | None = None, **shown: bool) -> Callable[[Code], Code]:
        return super().wrong(misconception, sentence, **{"by_item": True, **shown})

    def examine(self, given: Fields) -> Finding | None:
        given = {name: row.tolist() if isinstance(row, np.ndarray) else listed(row) for name, row in given.items()}
        for name, row in given.items():
            if not isinstance(row, list | tuple) or len(row) != len(self.columns):
                asked = ", ".join(f"`{column}`" for column in self.columns)
                told = f"`{name}` is {kind_of(row)}. Give {count(len(self.columns), 'value')} in parentheses: {asked}."
                return Finding(told)
        return self._first_wrong(self._cells(given), self._cells(self.reference))

    def _cells(self, rows: Fields) -> dict[str, Any]:
        return {
            f"{name}.{column}": cell
            for name, row in rows.items()
            for column, cell in zip(self.columns, row, strict=True)
        }

    def _told_by(self, wrong: WrongAnswer) -> dict[str, Any]:
        truth = self._cells(self.reference)
        return {
            name: cell for name, cell in self._cells(super()._told_by(wrong)).items() if not same(cell, truth[name])
        }

    def _difference(self, name: str, given: Any, truth: Any) -> Difference | None:
        read = self.read.get(name.rpartition(".")[2])
        return difference(given, truth) if read is None else difference(read(given), read(truth))
