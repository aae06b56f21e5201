"""`autodiff-lessons nbgrader FOLDER`: the lessons as a course that nbgrader generates, releases and autogrades.

Each exercise's cell becomes a solution cell: the lesson's own stub, and after it the reference between nbgrader's
marks, so that what is released is the lesson as learners know it. A locked cell after it asks for the verdict of the
exercise's own check. That line is a hidden test, so that the released lesson runs from top to bottom, unsolved.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autodiff_lessons import exercises
from autodiff_lessons.course.exercise_cells import exercise_ids
from autodiff_lessons.course.lessons import lessons
from autodiff_lessons.course.marking.report import points_of
from autodiff_lessons.course.workcopy import learner_notebooks
from autodiff_lessons.errors import UsageError

CONFIG_FILE = "nbgrader_config.py"
CONFIG = '''"""Settings of nbgrader for this course. Add yours: where the exchange is, who may see what."""

import os

c = get_config()
c.CourseDirectory.course_id = "autodiff-lessons"
# A stub stays as it is in the lesson, and nothing is put below it.
c.ClearSolutions.code_stub = {"python": ""}
c.Execute.timeout = 60
# What is autograded is nobody's progress, and tells no class.
os.environ["AUTODIFF_LESSONS_PROGRESS"] = os.environ["AUTODIFF_LESSONS_CLASS"] = "off"
'''
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_POINTS_CELL = """# The points of exercise {name} are given here, after you hand the lesson in.
### BEGIN HIDDEN TESTS
from autodiff_lessons.exercises import require_correct

require_correct("{name}")
### END HIDDEN TESTS"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons nbgrader` takes."""
    parser.add_argument("folder", type=Path, help="the course's folder for nbgrader; made where it is not there")
    parser.add_argument(
        "--points", action="append", default=[], metavar="5.3=2", help="what an exercise is worth, if not 1 (repeat)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the settings and an assignment a lesson. Raises UsageError where that would change a file."""
    points = points_of(arguments.points)
    notebooks = learner_notebooks()
    files = {Path(CONFIG_FILE): CONFIG}
    for lesson in lessons():
        notebook = nbformat.reads(notebooks[lesson.file].decode("utf-8"), as_version=4)
        text = nbformat.writes(assignment(notebook, points), version=nbformat.NO_CONVERT)
        files[Path("source", f"lesson_{lesson.number:02}", lesson.file)] = text + "\n"
    for name, text in files.items():
        path = arguments.folder / name
        if path.exists() and path.read_bytes() != text.encode():
            raise UsageError(f"{path} is there already, and would be changed: give another folder, or move it away")
    try:
        for name, text in files.items():
            path = arguments.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{error.filename} can't be written: {error.strerror}") from None
    print(f"{len(files) - 1} assignments are in {arguments.folder / 'source'}. Go on in {arguments.folder}:")
    print("nbgrader generate_assignment lesson_01, release_assignment, collect, autograde, generate_feedback.")
    return 0


def assignment(lesson: NotebookNode, points: Mapping[str, float]) -> NotebookNode:
    """nbgrader's source version of a lesson's learner edition; an exercise is worth 1 point, or `points`."""
    cells = []
    for cell in lesson.cells:
        cells.append(cell)
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        for name in exercise_ids(cell.source):
            label = name.replace(".", "-")
            solution = exercises.get(name).solution_source(cell.source)
            cell.source = "\n".join([cell.source, BEGIN, solution, END])
            cell.metadata["nbgrader"] = _metadata(f"exercise-{label}", solution=True)
            asked = new_code_cell(_POINTS_CELL.format(name=name), id=f"points-{label}")
            asked.metadata["nbgrader"] = _metadata(f"points-{label}", grade=True, points=points.get(name, 1.0))
            cells.append(asked)
    lesson.cells = cells
    return lesson


def _metadata(grade_id: str, solution: bool = False, grade: bool = False, points: float = 0.0) -> dict[str, Any]:
    marked: dict[str, Any] = {"schema_version": 3, "grade_id": grade_id, "task": False}
    marked |= {"solution": solution, "grade": grade, "locked": grade}
    return marked | ({"points": points} if grade else {})
