"""Find out with nbval which exercises of a learner's notebook pass.

The learner's cells are copied into a notebook of our own, whatever they hold, and run there without being compared.
After an exercise's cell comes one of ours that shows the verdict, which is compared with the verdict on the reference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autodiff_lessons import exercises
from autodiff_lessons.classroom.sharing import VARIABLE as CLASS
from autodiff_lessons.course.exercise_cells import exercise_ids
from autodiff_lessons.course.verdicts import verdict
from autodiff_lessons.errors import ExerciseError
from autodiff_lessons.logbook.store import VARIABLE as PROGRESS

_OURS = "__import__('autodiff_lessons.course.verdicts').course.verdicts"  # binds no name of the learner's
RUN_ONLY = ["nbval-ignore-output", "raises-exception"]
# A comment by which a cell could excuse itself from nbval's comparison.
_NBVAL_COMMENT = re.compile(r"^([ \t]*#[# \t]*(?:NBVAL|PYTEST_VALIDATE)_\w+)[ \t]*$", re.MULTILINE)

_ON_GRAPH = re.compile(r"""\bgraph_question\(\s*["'] *([\w.]+) *["']""")


@dataclass(frozen=True)
class Result:
    """What became of one exercise: `outcome` is a check's status, or "not checked", "missing" or "unknown"."""

    exercise: str
    title: str
    outcome: str
    message: str

    @property
    def passed(self) -> bool:
        return self.outcome == "correct"


class CouldNotGrade(Exception):
    """nbval did not come to an end; the message is what it said last."""


def exercises_in(notebook: NotebookNode) -> list[str]:
    """Name the exercises that a notebook checks, in their order and once each."""
    return list(dict.fromkeys(name for cell in _code(notebook) for name in exercise_ids(cell.source)))


def graded(notebook: NotebookNode, folder: Path, cell_seconds: float) -> list[Result]:
    """Run a learner's notebook as if it stood in `folder` and judge each of its exercises and each that it should have.

    A cell that raises, or runs for longer than `cell_seconds`, does not keep the others from running.
    """
    sheet = _Sheet(notebook, folder)
    records = _run_by_nbval(sheet.notebook, cell_seconds)
    known = {exercise.id: exercise for exercise in exercises.all_exercises()}
    names = exercises_in(notebook)
    lessons = {known[name].lesson for name in names if name in known}
    expected = [exercise.id for exercise in known.values() if exercise.lesson in lessons]
    return [
        Result(name, known[name].title if name in known else "", *sheet.judge(name, records))
        for name in dict.fromkeys([*expected, *names])
    ]


class _Sheet:
    """The notebook that nbval runs, and where in it each exercise is answered and judged."""

    def __init__(self, learners: NotebookNode, folder: Path) -> None:
        self.notebook = new_notebook()
        self.judged_in: dict[str, int] = {}
        self.answered_in: dict[str, tuple[int, int]] = {}  # the sheet's cell, and the learner's as JupyterLab counts
        self._add(f"{_OURS}.prepare({str(folder)!r})")
        cells = _code(learners)
        checks = [exercise_ids(cell.source) for cell in cells]
        self.asked_on_graph = {name for cell in cells for name in _ON_GRAPH.findall(cell.source)}
        self.times = Counter(name for names in checks for name in names)
        last = {name: number for number, names in enumerate(checks) for name in names}
        for number, (cell, names) in enumerate(zip(cells, checks, strict=True)):
            final = [name for name in dict.fromkeys(names) if last[name] == number and _exists(name)]
            for name in final:
                self._add(f"{_OURS}.exercises.forget({name!r})")
            answered = self._add(_NBVAL_COMMENT.sub(r"\1 (no comment to nbval here)", cell.source))
            for name in final:
                self.answered_in[name] = answered, number + 1
                self.judged_in[name] = self._add_verdict(name)

    def judge(self, name: str, records: dict[int, dict[str, Any]]) -> tuple[str, str]:
        """Return the outcome and its message."""
        if name not in self.times:
            return "missing", "no cell of this notebook checks it"
        if name not in self.judged_in:
            return "unknown", f"the course has no exercise {name}"
        answer, learners_number = self.answered_in[name]
        run, compared = records.get(answer, {}), records.get(self.judged_in[name], {})
        outcome, message = "not checked", ""
        if compared.get("passed"):
            outcome, message = "correct", compared["verdict"]["message"]
        elif compared.get("verdict"):
            outcome, message = compared["verdict"]["status"], compared["verdict"]["message"]
        elif run.get("timed_out"):
            message = f"code cell {learners_number} did not end in time"
        elif run.get("error"):
            message = f"code cell {learners_number} stopped with {run['error']}"
        elif not run.get("passed"):
            message = f"code cell {learners_number} could not run: an earlier cell ended Python or kept it busy"
        else:
            message = f"code cell {learners_number} ran, but its check did not"
        if outcome == "not attempted" and name in self.asked_on_graph:
            message += " (what you typed on the graph is not in the file: write it into the answer's cell too)"
        if self.times[name] > 1:
            message = f"(checked {self.times[name]} times, the last one counts) {message}"
        return outcome, message

    def _add(self, source: str) -> int:
        self.notebook.cells.append(new_code_cell(source, metadata={"tags": RUN_ONLY}, execution_count=1))
        return len(self.notebook.cells) - 1

    def _add_verdict(self, name: str) -> int:
        exercise = exercises.get(name)
        expected = new_output("display_data", data=verdict(exercise.check(exercise.reference)))
        source = f"{_OURS}.show({name!r})"
        self.notebook.cells.append(new_code_cell(source, execution_count=1, outputs=[expected]))
        return len(self.notebook.cells) - 1


def _exists(name: str) -> bool:
    try:
        exercises.get(name)
    except ExerciseError:
        return False
    return True


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _run_by_nbval(sheet: NotebookNode, cell_seconds: float) -> dict[int, dict[str, Any]]:
    """Run the sheet in a pytest of its own, out of reach of any settings in the learner's folder or environment."""
    with tempfile.TemporaryDirectory(prefix="autodiff-lessons-check-") as name:
        scratch = Path(name)
        notebook, report, settings = scratch / "sheet.ipynb", scratch / "report.json", scratch / "pytest.ini"
        nbformat.write(sheet, notebook)
        settings.write_text("[pytest]\n", encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        finished = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", str(notebook)),
                *("-c", str(settings), "--rootdir", str(scratch), "--noconftest", "-p", "no:cacheprovider"),
                *("-p", "nbval.plugin", "--nbval", "--nbval-current-env", "--nbval-cell-timeout", str(cell_seconds)),
                *("-p", "autodiff_lessons.course.grading_plugin", "--grading-report", str(report)),
            ],
            cwd=scratch,
            env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", PROGRESS: "off", CLASS: "off"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if not report.is_file():
            raise CouldNotGrade((finished.stdout + finished.stderr).strip()[-2000:])
        return {record["cell"]: record for record in json.loads(report.read_text(encoding="utf-8"))}
