"""The glossary: a notebook made from TERMS, and the links that lead to it from each lesson.

The first time that a lesson writes a term in bold, as in `**cotangent**`, the build makes it a link to the term's
heading. Two lessons may mean different things by a word: a tangent is a line in lesson 1 and a number in lesson 4.
The index at the glossary's top is for JupyterLab, which forgets the heading while it opens a notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autodiff_lessons.course.terms import TERMS, Term

FILE = "glossary.ipynb"

# Bold text, where it is neither in code nor in a formula nor in a link; the others are found first and left alone.
_BOLD = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\[[^\]\n]*\]\([^)\n]*\)|\*\*([^*\n]+)\*\*", re.DOTALL)

_OPENING = """# Glossary

The terms of automatic differentiation as this course uses them, with the Chinese term beside each. A lesson links a \
term where it first says it in bold."""


def term_of(bold: str, lesson: int) -> Term | None:
    """The term that a bold word of this lesson means; None where it is no term."""
    name = bold.strip().rstrip(".:,").casefold()
    meant = [term for term in TERMS if name in term.names]
    here = [term for term in meant if term.lesson == lesson]
    exactly = [term for term in meant if term.english.casefold() == name]
    return next(iter((*here, *exactly, *meant)), None)


def bold_in(markdown: str) -> Iterator[str]:
    """Each bold text outside of code, formulas and links."""
    yield from (found[1] for found in _BOLD.finditer(markdown) if found[1])


def first_uses(texts: Sequence[str], lesson: int) -> list[Term]:
    """The terms that a lesson's texts say in bold, in the order of their first use."""
    terms = (term_of(bold, lesson) for text in texts for bold in bold_in(text))
    return list(dict.fromkeys(term for term in terms if term))


def link(notebook: NotebookNode, lesson: int, glossary: str) -> None:
    """Make the first bold use of each term a link to its heading in `glossary`, a path from the notebook's folder."""
    linked: set[Term] = set()

    def with_link(found: re.Match[str]) -> str:
        term = term_of(found[1], lesson) if found[1] else None
        if term is None or term in linked:
            return found[0]
        linked.add(term)
        return f"[{found[0]}]({glossary}#{term.anchor})"

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _BOLD.sub(with_link, cell.source)


def cells(lessons: Mapping[int, tuple[str, str]]) -> list[NotebookNode]:
    """The glossary's cells: an opening, an index, and a cell for each term; lessons: number -> (file, title)."""
    index = " · ".join(f"[{term.english}](#{term.anchor}) {term.chinese}" for term in TERMS)
    entries = ((term.anchor.lower(), _entry(term, lessons)) for term in TERMS)
    return [new_markdown_cell(text, id=name) for name, text in (("glossary", _OPENING), ("index", index), *entries)]


def _entry(term: Term, lessons: Mapping[int, tuple[str, str]]) -> str:
    said = f"## {term.heading}\n\n**{term.chinese}** · {term.meaning}"
    formula = f"\n\n$${term.formula}$$" if term.formula else ""
    file, title = lessons.get(term.lesson, ("", ""))
    where = f"[lesson {term.lesson}, {title}]({file})" if file else f"lesson {term.lesson}"
    return f"{said}{formula}\n\nExplained in {where}."
