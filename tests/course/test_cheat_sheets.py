"""Each lesson has a cheat sheet of one page that says what the lesson says, and no solution."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from autodiff_lessons import exercises

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = [path for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")) if not path.name.startswith("00_")]

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def text_of(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def sheet_of(path: Path) -> str:
    return text_of(path.parent / "cheat_sheets" / path.name)


@every_lesson
def test_it_fits_on_a_page(path: Path) -> None:
    """More than this was seen to need a second page of A4 (Chromium, 9 points)."""
    sheet = re.sub(r"\]\([^)]*\)", "]", sheet_of(path))
    assert 200 <= len(sheet.split()) <= 700
    assert len([line for line in sheet.splitlines() if line]) <= 50


@every_lesson
def test_it_has_the_lessons_summary_formulas_and_exercises(path: Path) -> None:
    sheet, lesson = sheet_of(path), text_of(path)
    for line in re.findall(r"^- .*$", lesson.partition("## Summary")[2].partition("## Where next")[0], re.MULTILINE):
        assert line in sheet
    for formula in re.findall(r"\$\$(.+?)\$\$", lesson, re.DOTALL):
        assert " ".join(formula.split()) in sheet
    for exercise in exercises.all_exercises():
        assert (f"- {exercise.id} {exercise.title}. {exercise.takeaway}" in sheet) == (
            exercise.lesson == int(path.name[:2])
        )
    assert "## Calls" in sheet


@every_lesson
def test_the_lesson_leads_to_it_and_back(path: Path) -> None:
    assert f"](cheat_sheets/{path.name})" in text_of(path).partition("## Where next")[2]
    assert f"](../{path.name})" in sheet_of(path)


@every_lesson
def test_no_solution_leaks(path: Path) -> None:
    sheet = sheet_of(path)
    for exercise in exercises.all_exercises():
        if exercise.lesson == int(path.name[:2]):
            stub = {line.strip() for line in exercise.stub.splitlines()}
            added = {line.strip() for line in exercise.solution.splitlines()} - stub
            assert [line for line in added if len(line) > 8 and line in sheet] == [], exercise.id
