"""The marks as rows, and the rows as a CSV file that is the same, byte for byte, when the same marks are given."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields

from autodiff_lessons.course.marking.marks import SOLVED, WORDS, Marked
from autodiff_lessons.course.marking.submissions import Submission
from autodiff_lessons.errors import UsageError
from autodiff_lessons.exercises import all_exercises

NOT_MARKED, NOTE = "not marked", "note"
_FORMULA = ("=", "+", "-", "@")  # how a cell begins that a spreadsheet would compute


@dataclass(frozen=True)
class Row:
    """One line of the report: on an exercise, or, where `exercise` is "", on a file as a whole.

    mark    of an exercise: solved, wrong, open, not there, not checked, unknown; of a file: not marked, note
    points  what the learner gets, `of` so many; "" where there are none to get
    """

    learner: str
    file: str
    exercise: str
    title: str
    mark: str
    misconception: str
    points: str
    of: str
    reason: str


def rows_of(submission: Submission, marked: Marked, points: Mapping[str, float]) -> list[Row]:
    """First what there is to say about the file, then a row an exercise. An exercise is worth 1 point, or `points`."""
    said = [(NOT_MARKED, marked.problem)] if marked.problem else []
    said += [(NOTE, note) for note in marked.notes]
    if not marked.results and not marked.problem:
        said.append((NOT_MARKED, "no exercise in it: no @exercise(...) and no answer(...)"))
    rows = [Row(submission.learner, submission.file, "", "", mark, "", "", "", reason) for mark, reason in said]
    for one in marked.results:
        mark = WORDS.get(one.outcome, one.outcome)
        of = "" if mark == "unknown" else f"{points.get(one.exercise, 1.0):g}"
        got = of if mark == SOLVED or not of else "0"
        whose = (submission.learner, submission.file, one.exercise, one.title)
        rows.append(Row(*whose, mark, one.misconception, got, of, one.message))
    return rows


def points_of(given: Sequence[str]) -> dict[str, float]:
    """Read what exercises are worth, as a command is told: "5.3=2"."""
    points = {}
    known = {exercise.id for exercise in all_exercises()}
    for text in given:
        name, _, number = text.partition("=")
        try:
            points[name.strip()] = float(number)
        except ValueError:
            raise UsageError(f"--points {text}: write an exercise and its points, such as 5.3=2") from None
        if name.strip() not in known or not 0 <= points[name.strip()] < math.inf:
            raise UsageError(f"--points {text}: the course has no such exercise, or that is no number of points")
    return points


def total(rows: Sequence[Row]) -> tuple[float, float]:
    """The points of these rows, and how many there were to get."""
    return sum(float(row.points or 0) for row in rows), sum(float(row.of or 0) for row in rows)


def as_csv(rows: Sequence[Row]) -> str:
    """A table with a header. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(Row)])
    writer.writerows([[_plain(cell) for cell in astuple(row)] for row in rows])
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
