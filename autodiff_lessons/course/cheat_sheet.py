"""A lesson's cheat sheet, made from the lesson itself, so that it can't say anything else.

It takes the lesson's summary, its display formulas, the terms it says in bold, the names it imports with the first line
of their docstrings, and what each of its exercises leaves behind.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autodiff_lessons import exercises
from autodiff_lessons.course import glossary
from autodiff_lessons.course.exercise_cells import exercise_ids

_PACKAGE = "autodiff_lessons"
_EXERCISES = f"{_PACKAGE}.exercises"  # answer, hint, ...: the same in every lesson, so they are on no sheet
_HEADING = re.compile(r"^#{1,3} (.+)$", re.MULTILINE)
_SUMMARY = re.compile(r"^## Summary\s+(.*)", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def has_one(lesson: NotebookNode) -> bool:
    """Whether the lesson has something to sum up; the start page has not."""
    return any(_SUMMARY.search(text) for text in _texts(lesson))


def cells(lesson: NotebookNode, number: int, file: str) -> list[NotebookNode]:
    """The cells of the sheet of this lesson, whose notebook is `file`, in the folder above the sheets."""
    title = next((found[1] for text in _texts(lesson) if (found := _TITLE.search(text))), file)
    parts = {
        "lesson": f"# {title}: cheat sheet\n\n[The lesson](../{file}) on one page.",
        "summary": next(found[1].strip() for text in _texts(lesson) if (found := _SUMMARY.search(text))),
        "formulas": _listed(
            "Formulas", (rf"{heading}: $\displaystyle {formula}$" for heading, formula in _formulas(lesson))
        ),
        "terms": _listed("Terms", _terms(lesson, number)),
        "calls": _listed("Calls", (f"`{name}`: {said}" for name, said in _calls(lesson))),
        "exercises": _listed("Exercises", _takeaways(lesson)),
    }
    return [new_markdown_cell(text, id=name) for name, text in parts.items() if text]


def _texts(lesson: NotebookNode) -> list[str]:
    return [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]


def _codes(lesson: NotebookNode) -> list[str]:
    return [cell.source for cell in lesson.cells if cell.cell_type == "code"]


def _listed(heading: str, lines: Iterator[str]) -> str:
    items = [f"- {line}" for line in lines]
    return "\n".join([f"## {heading}", "", *items]) if items else ""


def _formulas(lesson: NotebookNode) -> Iterator[tuple[str, str]]:
    """(the heading that it stands under, the formula) for each formula on a line of its own, and each once."""
    heading, seen = "", set()
    for text in _texts(lesson):
        found_heading = _HEADING.search(text)
        heading = found_heading[1] if found_heading else heading
        for found in _FORMULA.finditer(text):
            formula = " ".join(found[1].split())
            if formula not in seen:
                seen.add(formula)
                yield heading, formula


def _terms(lesson: NotebookNode, number: int) -> Iterator[str]:
    for term in glossary.first_uses(_texts(lesson), number):
        if term.lesson == number:
            yield f"[{term.english}](../{glossary.FILE}#{term.anchor}) {term.chinese}: {term.meaning}"


def _calls(lesson: NotebookNode) -> Iterator[tuple[str, str]]:
    """(name, first line of its docstring) for each name of the course that the lesson imports or takes of a module."""
    known: dict[str, Any] = {}
    for tree in map(ast.parse, _codes(lesson)):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == _PACKAGE:
                known |= {alias.asname or alias.name: _imported(str(node.module), alias.name) for alias in node.names}
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owner = known.get(node.value.id)
                if isinstance(owner, ModuleType) and hasattr(owner, node.attr):
                    known.setdefault(f"{node.value.id}.{node.attr}", getattr(owner, node.attr))
    for name, found in known.items():
        made_in = getattr(found, "__module__", "") or ""
        if callable(found) and made_in.startswith(_PACKAGE) and not made_in.startswith(_EXERCISES):
            said = (inspect.getdoc(found) or "").partition("\n")[0].rstrip(":.")
            if said:
                yield name, f"{said}."


def _imported(module: str, name: str) -> Any:
    found = importlib.import_module(module)
    return getattr(found, name) if hasattr(found, name) else importlib.import_module(f"{module}.{name}")


def _takeaways(lesson: NotebookNode) -> Iterator[str]:
    names = list(dict.fromkeys(name for code in _codes(lesson) for name in exercise_ids(code)))
    for exercise in map(exercises.get, names):
        yield f"{exercise.id} {exercise.title}. {exercise.takeaway}"
