"""Every notebook reads well without a kernel: as GitHub and nbviewer show it, and as slides."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from nbconvert import HTMLExporter, SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FILES = sorted(NOTEBOOKS.rglob("*.ipynb"))
# The whole page counts: text, code, pictures, and nbconvert's own 280 kB of style sheets and scripts.
LARGEST = 1_500_000
WIDGET = re.compile(r"^(?:\w*Explorer|GraphView|\w+Story|graph_question)\(", re.MULTILINE)
IN_WORDS = re.compile(r"^\s*\w*(?:Explorer|View|Story)\(")

every_notebook = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(NOTEBOOKS)))
both_forms = pytest.mark.parametrize("form", ["html", "slides"])


@functools.cache
def exporter(form: str) -> HTMLExporter:
    return SlidesExporter() if form == "slides" else HTMLExporter()


def shown(notebook: NotebookNode, form: str) -> str:
    page, _ = exporter(form).from_notebook_node(notebook)
    return str(page)


@functools.cache
def read_and_shown(path: Path, form: str) -> tuple[NotebookNode, str]:
    notebook = nbformat.read(path, as_version=4)
    return notebook, shown(notebook, form)


def makes_a_picture(cell: NotebookNode) -> bool:
    pictured = any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    return pictured or (cell.cell_type == "code" and bool(WIDGET.search(cell.source)))


def missing(notebook: NotebookNode, page: str) -> list[str]:
    """What a reader of the page would miss: a picture, or what should stand in an empty box."""
    soup = BeautifulSoup(page, "html.parser")
    found = []
    for output in soup.select(".jp-OutputArea-output"):
        if not output.get_text(strip=True) and not output.find(["img", "svg"]):
            found.append("an empty box")
        if IN_WORDS.match(output.get_text()):
            found.append(f"a widget in words: {output.get_text(strip=True)[:40]}")
    if re.search(r"application/vnd\.jupyter\.widget-(?:view|state)\+json", page):
        found.append("a widget that waits for a kernel")
    for cell in filter(makes_a_picture, notebook.cells):
        place = soup.find(id=f"cell-id={cell.id}")
        if not isinstance(place, Tag) or not place.find(["img", "svg"]):
            found.append(f"the picture of {cell.source}")
    return found


@both_forms
@every_notebook
def test_nothing_is_missing_and_the_page_is_small(path: Path, form: str) -> None:
    notebook, page = read_and_shown(path, form)
    assert missing(notebook, page) == []
    assert len(page.encode()) < LARGEST


@every_notebook
def test_every_section_is_a_slide(path: Path) -> None:
    notebook, page = read_and_shown(path, "slides")
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    headings = re.findall(r"^##? (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    slides = BeautifulSoup(page, "html.parser").select(".slides > section")
    assert len(slides) == len(headings)
    for slide in slides:
        first = slide.find(["h1", "h2", "h3", "p", "pre", "img", "svg"])
        assert first is not None
        assert first.name in ("h1", "h2")


@pytest.mark.filterwarnings("ignore:Your element with mimetype")
@both_forms
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "f3"}}, "picture"),
        ({"text/plain": "GraphView(f: 7 nodes, 8 edges)"}, "in words"),
        ({"text/html": "<div class='jupyter-widgets'></div>"}, "empty box"),
    ],
    ids=["without a picture", "in words", "empty"],
)
def test_what_is_missing_would_be_found(form: str, data: dict[str, object], said: str) -> None:
    output = new_output("display_data", data=data)
    notebook = new_notebook(cells=[new_code_cell("GraphView(f, x=2.0)", id="view", outputs=[output])])
    found = "\n".join(missing(notebook, shown(notebook, form)))
    assert said in found
    assert "the picture of GraphView(f, x=2.0)" in found
