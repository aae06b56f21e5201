"""An exported page asks nobody for anything, keeps its links among the exported pages, and says what stands still."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autodiff_lessons import Explorer, GraphView, TangentExplorer, cli
from autodiff_lessons.course import export
from autodiff_lessons.course.exported_page import HERE, STILL, WIDGET_STATE, WIDGET_VIEW, page
from autodiff_lessons.course.lessons import Lesson
from autodiff_lessons.widgets.graph_story import GraphStory
from autodiff_lessons.widgets.standalone import is_alive, state_of

PIXEL = "iVBORw0KGgo="
EXPORTED = {"05_read.ipynb", "glossary.ipynb", "cheat_sheets/05_read.ipynb"}


def text(markdown: str, name: str = "05_read.ipynb") -> str:
    return page(new_notebook(cells=[new_markdown_cell(markdown)]), name, EXPORTED)


def with_widget(state: dict[str, Any], buffers: list[dict[str, Any]] | None = None) -> NotebookNode:
    data = {WIDGET_VIEW: {"model_id": "f3"}, "image/png": PIXEL, "text/plain": "a <view>\nin words"}
    notebook = new_notebook(cells=[new_code_cell("view", outputs=[new_output("display_data", data=data)])])
    notebook.metadata.widgets = {WIDGET_STATE: {"state": {"f3": {"state": state, "buffers": buffers or []}}}}
    return notebook


def sliding(**changes: Any) -> dict[str, Any]:
    own = {"sliders": [{"name": "x"}], "program": {"graph": 1}, "said": "</script>", "layout": "IPY_MODEL_9"}
    return {"_esm": "export default {}", "_css": ".a {}", "_model_name": "AnyModel", **own, **changes}


@pytest.mark.parametrize(
    ("markdown", "made"),
    [
        ("A [leaf](glossary.ipynb#Leaf).", 'A <a href="glossary.html#Leaf">leaf</a>.'),
        ("See [lesson 6](06_build.ipynb).", "See lesson 6."),
        ("On [Dask](https://docs.dask.org).", 'On <a href="https://docs.dask.org">Dask</a>.'),
        ("## Dual number", '<h2 id="Dual-number">Dual number</h2>'),
        ("a $x_1$ b", "<msub><mi>x</mi><mn>1</mn></msub>"),
        ("$$\\lim_{h \\to 0} h$$", "<munder><mo>lim</mo>"),
        ("$a < b$ and $\\log x$", '<mi>log</mi><mspace width="0.167em" /><mi>x</mi>'),
        ("`$5`", "<code>$5</code>"),
        ("| a |\n|---|\n| $x$ |", "<td><math"),
    ],
)
def test_a_text(markdown: str, made: str) -> None:
    assert made in text(markdown)


def test_a_cheat_sheets_links_lead_out_of_its_folder() -> None:
    made = text("[t](../glossary.ipynb#T) [l](../05_read.ipynb) [no](../06.ipynb)", "cheat_sheets/05_read.ipynb")
    assert re.findall(r'href="([^"]*)"', made) == ["../glossary.html#T", "../05_read.html"]
    assert '<body class="sheet">' in made


def test_code_and_its_outputs() -> None:
    outputs = [
        new_output("stream", name="stdout", text="1 < 2\n"),
        new_output("display_data", data={"text/html": "<b>right</b>", "text/plain": "right"}),
        new_output("display_data", data={"text/latex": "$$\\frac{1}{x}$$", "text/plain": "1/x"}),
        new_output("display_data", data={"image/png": PIXEL, "text/plain": "a curve"}),
        new_output("execute_result", data={"text/plain": "<3>"}, execution_count=1),
    ]
    made = page(new_notebook(cells=[new_code_cell("x = 'a'", outputs=outputs)]), "05_read.ipynb", ())
    assert '<span class="n">x</span>' in made
    wanted = ["1 &lt; 2", "<b>right</b>", "<mfrac>", 'alt="a curve"', "&lt;3&gt;"]
    assert [made.index(one) for one in wanted] == sorted(made.index(one) for one in wanted)
    assert "<script" not in made
    assert HERE not in made


def test_a_widget_that_computes_by_itself_comes_to_life_in_the_place_of_its_picture() -> None:
    buffers = [{"path": ["image"], "encoding": "base64", "data": "AAAA"}]
    made = page(with_widget(sliding(), buffers), "05_read.ipynb", ())
    assert f'<div id="widget-0"><img src="data:image/png;base64,{PIXEL}" alt="a &lt;view&gt;"></div>' in made
    assert HERE in made
    assert STILL not in made
    (states,) = re.findall(r'<script type="application/json" id="adl-states">(.*)</script>', made)
    own = {"sliders": [{"name": "x"}], "program": {"graph": 1}, "said": "</script>", "image": {"base64": "AAAA"}}
    assert json.loads(states) == {"widget-0": ["module-0", own]}


def test_a_widget_that_needs_its_kernel_is_a_still_picture_and_says_so() -> None:
    made = page(with_widget(sliding(program={})), "05_read.ipynb", ())
    assert f'<p class="note">{STILL}</p>' in made
    assert PIXEL in made
    assert "<script" not in made


def f(x: Any, y: Any) -> Any:
    return x * y


def told() -> GraphStory:
    story = GraphStory("a story")
    story.tell("First x.", shows=[story.node("x", kind="input")])
    return story


@pytest.mark.parametrize(
    ("widget", "alive"),
    [
        (lambda: TangentExplorer(abs, -1, 1), True),
        (lambda: Explorer(lambda axes, x: f"{axes.plot([0, float(x)]) and ''}{float(x)}", x=(0, 1)), False),
        (lambda: GraphView(f, x=(0, 4, 2.0), y=5.0), True),
        (lambda: GraphView(f, x=2.0, y=5.0), True),
        (lambda: GraphView(lambda x: x * x if x > 0 else -x, x=(0, 4, 2.0)), False),
        (told, True),
    ],
    ids=["traced", "drawn by the kernel", "graph", "graph without sliders", "untraced graph", "story"],
)
def test_what_is_alive_without_a_kernel(widget: Any, alive: bool) -> None:
    assert is_alive(state_of(widget())) is alive


def test_a_question_waits_for_its_check() -> None:
    assert not is_alive({"drawn": {"nodes": []}, "sliders": [], "blanks": [{"name": "x1"}]})


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch) -> None:
    def written(text: str) -> bytes:
        return nbformat.writes(new_notebook(cells=[new_markdown_cell(text)])).encode()

    names = ["00_start.ipynb", "05_read.ipynb", "cheat_sheets/05_read.ipynb", "glossary.ipynb"]
    monkeypatch.setattr(export, "learner_notebooks", lambda: {name: written(f"# {name}") for name in names})
    pages = [Lesson(0, "Start here", 5, "", names[0]), Lesson(5, "Read", 30, "", names[1])]
    monkeypatch.setattr(export, "all_pages", lambda: pages)


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["5"], ["05_read.html", "cheat_sheets/05_read.html", "glossary.html"]),
        ([], ["00_start.html", "05_read.html", "cheat_sheets/05_read.html", "glossary.html"]),
    ],
)
def test_what_is_written(words: list[str], files: list[str], tmp_path: Path) -> None:
    assert cli.main(["export", *words, "--to", str(tmp_path / "pages")]) == 0
    assert sorted(str(path.relative_to(tmp_path / "pages")) for path in tmp_path.rglob("*.html")) == files


@pytest.mark.usefixtures("course")
def test_what_can_not_be_done_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["export", "7", "--to", str(tmp_path)]) == 2
    assert "there is no lesson '7'; the lessons are 0, 5" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert cli.main(["export", "5", "--to", str(tmp_path / "file")]) == 2
    assert "choose another folder with --to" in capsys.readouterr().err
    monkeypatch.delitem(sys.modules, "autodiff_lessons.course.exported_page")
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert cli.main(["export", "5", "--to", str(tmp_path)]) == 2
    assert "is missing: pip install latex2mathml" in capsys.readouterr().err
