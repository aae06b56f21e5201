"""Where a notebook answers its exercises, and what became of each once its cells have run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autodiff_lessons import exercises
from autodiff_lessons.course.exercise_cells import exercise_ids
from autodiff_lessons.errors import ExerciseError

COULD_NOT_RUN = "could not run: an earlier cell ended Python or kept it busy"
_ON_GRAPH = re.compile(r"""\bgraph_question\(\s*["'] *([\w.]+) *["']""")


@dataclass(frozen=True)
class Result:
    """What became of one exercise: `outcome` is a check's status, or "not checked", "missing" or "unknown"."""

    exercise: str
    title: str
    outcome: str
    message: str
    misconception: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == "correct"


@dataclass(frozen=True)
class Answers:
    """What the code cells of a notebook check.

    checks    for each code cell, the exercises that running it checks
    on_graph  the exercises that are asked on a graph
    """

    checks: list[list[str]]
    on_graph: list[str]

    @classmethod
    def of(cls, notebook: NotebookNode) -> Answers:
        cells = code_cells(notebook)
        asked = {name for cell in cells for name in _ON_GRAPH.findall(cell.source)}
        return cls([exercise_ids(cell.source) for cell in cells], sorted(asked))

    @property
    def names(self) -> list[str]:
        """The exercises that are checked, in their order and once each."""
        return list(dict.fromkeys(name for names in self.checks for name in names))

    def last(self, number: int) -> list[str]:
        """The course's exercises that this code cell checks and no later one: those whose answer it holds."""
        later = {name for names in self.checks[number + 1 :] for name in names}
        return [name for name in dict.fromkeys(self.checks[number]) if name not in later and _exists(name)]

    def results(
        self, problems: Mapping[int, str], verdicts: Mapping[str, dict[str, Any]], lessons: Collection[int] = ()
    ) -> list[Result]:
        """Judge each exercise, and each that the notebook should have: all of its exercises' lessons and of `lessons`.

        problems   what went wrong in a code cell, by its number from 0, as in "code cell 1 did not end in time"
        verdicts   what the check of an exercise said last, where it said something
        """
        known = {exercise.id: exercise for exercise in exercises.all_exercises()}
        wanted = {known[name].lesson for name in self.names if name in known} | set(lessons)
        expected = [exercise.id for exercise in known.values() if exercise.lesson in wanted]
        times = Counter(name for names in self.checks for name in names)
        results = []
        for name in dict.fromkeys([*expected, *self.names]):
            title = known[name].title if name in known else ""
            outcome, message, misconception = self._judged(name, times[name], problems, verdicts.get(name))
            results.append(Result(name, title, outcome, message, misconception))
        return results

    def _judged(
        self, name: str, times: int, problems: Mapping[int, str], verdict: dict[str, Any] | None
    ) -> tuple[str, str, str]:
        if not times:
            return "missing", "no cell of this notebook checks it", ""
        if not _exists(name):
            return "unknown", f"the course has no exercise {name}", ""
        outcome, misconception = "not checked", ""
        if verdict:
            outcome, message, misconception = verdict["status"], verdict["message"], verdict["misconception"] or ""
        else:
            number = max(number for number, names in enumerate(self.checks) if name in names)
            message = f"code cell {number + 1} {problems.get(number) or 'ran, but its check did not'}"
        if outcome == "not attempted" and name in self.on_graph:
            message += " (what you typed on the graph is not in the file: write it into the answer's cell too)"
        if times > 1:
            message = f"(checked {times} times, the last one counts) {message}"
        return outcome, message, misconception


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _exists(name: str) -> bool:
    try:
        exercises.get(name)
    except ExerciseError:
        return False
    return True
