"""Lesson 5 in a real JupyterLab, as a learner walks it: run, drag, step with the keyboard, answer.

The tests share one page and run in their order. With AUTODIFF_LESSONS_PICTURES=folder the widgets are photographed in
the light and in the dark theme.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from barriers import faint_texts
from lesson_page import LessonPage
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

LESSON = "05_read_computation_graphs.ipynb"
GRAPH_OF_F = "GraphView(f, x=(0.5, 4, 2.0), y=(0, 6, 5.0))"
PICTURES = "AUTODIFF_LESSONS_PICTURES"


def numbers_of(view: Locator) -> dict[str, tuple[float | None, float | None]]:
    """Value and cotangent of each named node, read from the graph's table."""
    rows = view.locator(".adl-gv-table tbody tr").evaluate_all(
        "rows => rows.map(row => Array.from(row.cells).map(cell => cell.textContent))"
    )
    return {label: (_number(value), _number(cotangent)) for label, _, _, value, cotangent in rows}


def _number(text: str) -> float | None:
    try:
        return float(text.rpartition("= ")[2].replace("\u2212", "-"))  # a cotangent may be "5 + 0.5 = 5.5"
    except ValueError:
        return None


def test_run_all_shows_no_error(lesson: LessonPage) -> None:
    outputs = lesson.outputs()
    assert len(outputs) > 10
    assert lesson.errors() == []
    assert str(outputs).count("not attempted") >= 4


def test_dragging_a_slider_moves_the_tangent(lesson: LessonPage) -> None:
    view = lesson.cell("TangentExplorer(").locator(".adl-explorer")
    tangent, sentence = view.locator("g[clip-path] .adl-sk-line").last, view.locator(".adl-explorer-sentence")
    drawn = tangent.get_attribute("d")
    lesson.drag(view.locator("input[type=range]"), to=0.25)
    expect(tangent).not_to_have_attribute("d", str(drawn))
    expect(sentence).to_contain_text(f"x = {view.locator('output').inner_text().rstrip('0')}")


def test_dragging_a_slider_computes_the_graph_again(lesson: LessonPage) -> None:
    view = lesson.cell(GRAPH_OF_F).locator(".adl-gv")
    view.get_by_role("button", name="Last").click()
    before = numbers_of(view)
    assert before["x"] == (2.0, 5.5)
    drawn = view.locator(".adl-gv-paper").inner_text()
    lesson.drag(view.locator("input[data-name=x]"), to=0.8)
    x = float(view.locator(".adl-slider output").first.inner_text())
    assert 3 < x < 3.6
    expect(view.locator(".adl-gv-table tbody tr").first).to_contain_text(f"{x:g}")  # the last of many on their way
    assert view.locator(".adl-gv-paper").inner_text() != drawn
    after = numbers_of(view)
    assert after["x"] == (x, pytest.approx(1 / x + 5, rel=1e-5))
    assert after["y"] == (5.0, pytest.approx(x - math.cos(5), rel=1e-5))


def test_the_arrow_keys_step_the_graph_forwards_and_backwards(lesson: LessonPage) -> None:
    view = lesson.cell("def product_of_two").locator(".adl-gv")
    counter, active = view.locator(".adl-gv-counter"), lesson.active_cell()
    view.locator(".adl-gv-canvas").focus()
    lesson.page.keyboard.press("Home")
    assert numbers_of(view)["total"] == (None, None)
    for _ in range(3):
        lesson.page.keyboard.press("ArrowRight")
    expect(counter).to_contain_text("step 3 of")
    assert numbers_of(view)["total"] == (5.0, None)
    lesson.page.keyboard.press("ArrowLeft")
    expect(counter).to_contain_text("step 2 of")
    lesson.page.keyboard.press("End")
    expect(counter).to_contain_text("backward")
    assert numbers_of(view)["x"] == (2.0, 21.0)
    assert numbers_of(view)["w"] == (3.0, 16.0)
    lesson.page.keyboard.press("ArrowLeft")
    assert None in (numbers_of(view)["x"][1], numbers_of(view)["w"][1])
    assert lesson.active_cell() == active, "JupyterLab took the keys"


def test_an_exercise_goes_from_not_attempted_to_incorrect_to_correct(lesson: LessonPage) -> None:
    cell = lesson.cell("exercise-5-2")
    verdict = cell.locator(".jp-OutputArea-output")
    expect(verdict).to_contain_text("not attempted", ignore_case=True)
    lesson.type_and_run(cell, 'answer("5.2", x1=6, x2=7, loss=-3)')
    expect(verdict).to_contain_text("incorrect", ignore_case=True)
    lesson.type_and_run(cell, 'answer("5.2", x1=6, x2=7, loss=3)')
    expect(verdict).to_contain_text("correct", ignore_case=True)
    expect(verdict).not_to_contain_text("incorrect", ignore_case=True)


def test_the_same_exercise_on_the_graph_itself(lesson: LessonPage) -> None:
    view = lesson.cell('graph_question("5.2")').locator(".adl-gv")
    verdict, check = view.locator(".adl-gv-verdict"), view.get_by_role("button", name="Check")
    check.click()
    expect(verdict).to_have_attribute("data-status", "not attempted")
    for field, value in {"x1": "6", "x2": "7", "loss": "-3"}.items():
        view.locator(f"input[name={field}]").fill(value)
    check.click()
    expect(verdict).to_have_attribute("data-status", "incorrect")
    view.locator("input[name=loss]").fill("3")
    view.locator("input[name=loss]").press("Enter")
    expect(verdict).to_have_attribute("data-status", "correct")


def test_the_widgets_in_both_themes(lesson: LessonPage) -> None:
    """The graph's numbers stand out from what is behind them, whatever the theme; pictures are taken when asked for."""
    folder = os.environ.get(PICTURES)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lesson.use_theme(theme)
        for name, start, widget in (
            ("graph", GRAPH_OF_F, ".adl-gv"),
            ("tangent", "TangentExplorer(", ".adl-explorer"),
            ("question", 'graph_question("5.3")', ".adl-gv"),
        ):
            view = lesson.cell(start).locator(widget)
            expect(view).to_be_visible()
            if folder:
                view.screenshot(path=Path(folder) / f"{name}-{theme.split()[1].lower()}.png")
        assert faint_texts(lesson.cell(GRAPH_OF_F).locator(".adl-gv")) == [], theme


def test_the_console_shows_no_error(lesson: LessonPage) -> None:
    assert lesson.console == []
