"""Each term has its Chinese name, its lesson says it, and each bold word of a lesson leads to its heading."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autodiff_lessons.course import glossary
from autodiff_lessons.course.terms import TERMS, Term

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SOURCES = {int(path.name[:2]): path for path in sorted((NOTEBOOKS / "source").glob("*.md"))}
LINK = re.compile(r"\[[^\]]*\]\(((?:\.\./)?glossary\.ipynb)#([^)]*)\)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Bold words that are no terms: a lesson's fixed headings and other sentences end with a full stop.
NO_TERMS = {"Shift+Enter", "Ctrl+S", "Cmd+S", "not attempted", "incorrect", "correct", "None is not 0", "once"}

every_term = pytest.mark.parametrize("term", TERMS, ids=lambda term: term.anchor)


def texts(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]


@every_term
def test_a_term_is_told_in_a_few_words_and_in_chinese(term: Term) -> None:
    assert CHINESE.search(term.chinese)
    assert 3 <= len(term.meaning.split()) <= 26
    assert term.meaning.rstrip().endswith(".")
    assert len(re.findall(r"\. |\.$", term.meaning)) <= 2, "one or two sentences"


@every_term
def test_its_lesson_says_it(term: Term) -> None:
    assert 1 <= term.lesson <= 10
    if term.lesson in SOURCES:
        said = SOURCES[term.lesson].read_text(encoding="utf-8").casefold()
        assert [name for name in term.names if name in said], f"lesson {term.lesson} does not say {term.english}"


def test_no_two_terms_share_a_heading_and_none_shares_a_name_within_a_lesson() -> None:
    assert len({term.anchor for term in TERMS}) == len(TERMS)
    names = [(name, term.lesson) for term in TERMS for name in term.names]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("lesson", SOURCES, ids=str)
def test_each_bold_word_of_a_lesson_is_a_term(lesson: int) -> None:
    bold = glossary.bold_in(SOURCES[lesson].read_text(encoding="utf-8"))
    words = {word for word in bold if not word.endswith((".", '."'))} - NO_TERMS
    assert [word for word in words if glossary.term_of(word, lesson) is None] == []


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("**/[0-9]*.ipynb")), ids=lambda path: f"{path.parent.name}")
def test_each_link_leads_to_a_heading(path: Path) -> None:
    headings = {
        found[1].replace(" ", "-")
        for text in texts(NOTEBOOKS / glossary.FILE)
        for found in re.finditer(r"^#+ (.*)$", text, re.MULTILINE)
    }
    links = LINK.findall("\n".join(texts(path)))
    assert links
    assert [link for link in links if not (path.parent / link[0]).is_file() or link[1] not in headings] == []


def test_the_glossary_leads_to_each_term_and_to_its_lesson() -> None:
    text = "\n".join(texts(NOTEBOOKS / glossary.FILE))
    for term in TERMS:
        assert f"](#{term.anchor}) {term.chinese}" in text
        entry = text.partition(f"\n## {term.heading}\n")[2].partition("\n## ")[0]
        assert term.meaning in entry
        if term.lesson in SOURCES:
            assert f"]({SOURCES[term.lesson].stem}.ipynb)" in entry


@pytest.mark.parametrize(
    ("lesson", "text", "linked"),
    [
        (5, "A **node** and a **node**.", "A [**node**](glossary.ipynb#Node) and a **node**."),
        (1, "A **tangent**.", "A [**tangent**](glossary.ipynb#Tangent-line)."),
        (4, "A **tangent**.", "A [**tangent**](glossary.ipynb#Tangent)."),
        (9, "A **tangent**.", "A [**tangent**](glossary.ipynb#Tangent)."),
        (2, "They are **leaves**.", "They are [**leaves**](glossary.ipynb#Leaf)."),
        (3, "**The complex step.** So", "[**The complex step.**](glossary.ipynb#Complex-step) So"),
        (5, "`**node**` and $a**node**b$", "`**node**` and $a**node**b$"),
        (5, "```\n**node**\n```\n**edge**", "```\n**node**\n```\n[**edge**](glossary.ipynb#Edge)"),
        (5, "[**node**](elsewhere) **Try it.**", "[**node**](elsewhere) **Try it.**"),
    ],
)
def test_the_first_bold_use_becomes_a_link(lesson: int, text: str, linked: str) -> None:
    notebook = new_notebook(cells=[new_code_cell("**node**"), new_markdown_cell(text)])
    glossary.link(notebook, lesson, "glossary.ipynb")
    assert [cell.source for cell in notebook.cells] == ["**node**", linked]
