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
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autodiff_lessons import exercises
from autodiff_lessons.classroom.sharing import VARIABLE as CLASS
from autodiff_lessons.course.answers import COULD_NOT_RUN, Answers, Result, code_cells
from autodiff_lessons.course.verdicts import verdict
from autodiff_lessons.logbook.store import VARIABLE as PROGRESS

_OURS = "__import__('autodiff_lessons.course.verdicts').course.verdicts"  # binds no name of the learner's
RUN_ONLY = ["nbval-ignore-output", "raises-exception"]
# A comment by which a cell could excuse itself from nbval's comparison.
_NBVAL_COMMENT = re.compile(r"^([ \t]*#[# \t]*(?:NBVAL|PYTEST_VALIDATE)_\w+)[ \t]*$", re.MULTILINE)


class CouldNotGrade(Exception):
    """nbval did not come to an end; the message is what it said last."""


def graded(notebook: NotebookNode, folder: Path, cell_seconds: float) -> list[Result]:
    """Run a learner's notebook as if it stood in `folder` and judge each of its exercises and each that it should have.

    A cell that raises, or runs for longer than `cell_seconds`, does not keep the others from running.
    """
    sheet = _Sheet(notebook, folder)
    records = _run_by_nbval(sheet.notebook, cell_seconds)
    problems = {number: _problem(records.get(cell)) for number, cell in enumerate(sheet.answered_in)}
    judged = {name: records[cell]["verdict"] for name, cell in sheet.judged_in.items() if cell in records}
    return sheet.answers.results(problems, judged)


def _problem(record: dict[str, Any] | None) -> str:
    """What went wrong in a cell, in words that follow its name; "" where nothing did."""
    if record is None:
        return COULD_NOT_RUN
    if record["timed_out"]:
        return "did not end in time"
    if record["error"]:
        return f"stopped with {record['error']}"
    return "" if record["passed"] else COULD_NOT_RUN


class _Sheet:
    """The notebook that nbval runs, and where in it each exercise is answered and judged."""

    def __init__(self, learners: NotebookNode, folder: Path) -> None:
        self.notebook = new_notebook()
        self.answers = Answers.of(learners)
        self.answered_in: list[int] = []  # for each of the learner's code cells, which of the sheet's
        self.judged_in: dict[str, int] = {}
        self._add(f"{_OURS}.prepare({str(folder)!r})")
        for number, cell in enumerate(code_cells(learners)):
            names = self.answers.last(number)
            for name in names:
                self._add(f"{_OURS}.exercises.forget({name!r})")
            self.answered_in.append(self._add(_NBVAL_COMMENT.sub(r"\1 (no comment to nbval here)", cell.source)))
            for name in names:
                self.judged_in[name] = self._add_verdict(name)

    def _add(self, source: str) -> int:
        self.notebook.cells.append(new_code_cell(source, metadata={"tags": RUN_ONLY}, execution_count=1))
        return len(self.notebook.cells) - 1

    def _add_verdict(self, name: str) -> int:
        exercise = exercises.get(name)
        expected = new_output("display_data", data=verdict(exercise.check(exercise.reference)))
        source = f"{_OURS}.show({name!r})"
        self.notebook.cells.append(new_code_cell(source, execution_count=1, outputs=[expected]))
        return len(self.notebook.cells) - 1


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
