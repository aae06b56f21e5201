"""The pages around the lessons, the glossary and the cheat sheets, and the links that lead to them from a lesson."""

from __future__ import annotations

import re
from pathlib import Path

from nbformat import NotebookNode

from autodiff_lessons.course import cheat_sheet, editions, glossary
from autodiff_lessons.course.workcopy import CHEAT_SHEETS

_TITLE = re.compile(r"^# (?:\d+\. )?(.+)$", re.MULTILINE)
# A link of a lesson to a page that stands once, beside the learner edition.
_TO_A_PAGE = re.compile(rf"\]\((?={re.escape(glossary.FILE)}|{CHEAT_SHEETS}/)")


def number_of(source: Path) -> int:
    """The lesson's number; texts whose name has none count as page 0."""
    digits = re.match(r"\d+", source.name)
    return int(digits[0]) if digits else 0


def is_summed_up(source: Path) -> bool:
    """Whether the lesson has a cheat sheet."""
    return cheat_sheet.has_one(_lesson(source))


def glossary_page(sources: Path) -> NotebookNode:
    """The glossary of the lessons whose sources stand in this folder."""
    lessons = {}
    for source in sorted(sources.glob("*.md")):
        title = _TITLE.search(source.read_text(encoding="utf-8"))
        lessons[number_of(source)] = (f"{source.stem}.ipynb", title[1] if title else source.stem)
    return editions.text_notebook(glossary.cells(lessons))


def cheat_sheet_page(source: Path) -> NotebookNode:
    """The cheat sheet of one lesson."""
    return editions.text_notebook(cheat_sheet.cells(_lesson(source), number_of(source), f"{source.stem}.ipynb"))


def link(notebook: NotebookNode, source: Path, pages: str = "") -> None:
    """Lead from a lesson to the glossary and to its cheat sheet; `pages` is the way to them, such as "../"."""
    glossary.link(notebook, number_of(source), glossary.FILE)
    if cheat_sheet.has_one(notebook):
        file = f"{CHEAT_SHEETS}/{source.stem}.ipynb"
        notebook.cells[-1].source += f"\n\nThis lesson on one page: its [cheat sheet]({file})."
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _TO_A_PAGE.sub(f"]({pages}", cell.source)


def _lesson(source: Path) -> NotebookNode:
    return editions.learner_edition(source.read_text(encoding="utf-8"))
