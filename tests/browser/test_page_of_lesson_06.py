"""Lesson 6 in a real JupyterLab: the stories are stepped, wrong engines are told apart, and one's own engine runs.

The tests share one page and run in their order.
"""

from __future__ import annotations

import pytest
from lesson_page import LessonPage
from playwright.sync_api import expect

from autodiff_lessons import exercises

pytestmark = pytest.mark.browser

LESSON = "06_build_reverse_mode.ipynb"
OWN_ENGINE = "mine = use_mine"
TABLE = 'names = {x: "x"'


def test_run_all_shows_no_error(lesson: LessonPage) -> None:
    outputs = lesson.outputs()
    assert len(outputs) > 15
    assert lesson.errors() == []
    assert str(outputs).count('data-status="not attempted"') == 5


def test_the_calls_are_stepped_with_the_keyboard(lesson: LessonPage) -> None:
    view = lesson.cell("def diamond").locator(".adl-gv")
    say, calls_of_x = view.locator(".adl-gv-say"), view.locator("g[data-of]", has_text="x: 24")
    view.locator(".adl-gv-canvas").focus()
    lesson.page.keyboard.press("Home")
    for _ in range(9):
        lesson.page.keyboard.press("ArrowRight")
    expect(say).to_contain_text("Call 9, by v: a, called again, holds 3 and sends 18 to x, which then holds 24.")
    expect(calls_of_x).to_have_count(0)
    lesson.page.keyboard.press("End")
    expect(say).to_have_text("11 calls gave x.grad = 24. 7 visits gave x.grad = 18, and that is right.")
    expect(calls_of_x).to_have_count(2)


def test_dragging_n_counts_in_the_page(lesson: LessonPage) -> None:
    view = lesson.cell("CallsExplorer(").locator(".adl-explorer")
    lesson.drag(view.locator("input[type=range]"), to=1.0)
    expect(view.locator(".adl-explorer-sentence")).to_contain_text("24 doublings the recursive engine makes 33554431")


WRONG = """@exercise("6.4")
def backward(out):
    visited, stack = set(), [out]
    out.grad = 1.0
    while stack:
        node = stack.pop()
        if node not in visited:
            visited.add(node)
            for parent, sent in contributions(node, node.grad).items():
                parent.grad += sent
            stack.extend(node.parents)
"""


def test_a_wrong_engine_is_told_and_the_courses_runs_in_its_place(lesson: LessonPage) -> None:
    cell = lesson.cell("exercise-6-4")
    lesson.type_and_run(cell, WRONG)
    expect(cell.locator(".adl-outcome")).to_have_attribute("data-misconception", "visited-too-early")
    own = lesson.cell(OWN_ENGINE)
    own.locator(".cm-content").click()
    lesson.page.keyboard.press("Control+Enter")
    expect(own.locator(".adl-outcome")).to_contain_text("Yours is not correct yet, so this is the course's own")


def test_ones_own_engine_runs_on_the_graph_and_beside_the_courses(lesson: LessonPage) -> None:
    cell = lesson.cell("exercise-6-4")
    lesson.type_and_run(cell, exercises.get("6.4").solution)
    expect(cell.locator(".adl-outcome")).to_have_attribute("data-status", "correct")
    own = lesson.cell(OWN_ENGINE)
    source = 'mine = use_mine("6.4")\nx, y = Var(2.0), Var(5.0)\nz = (x + y) * (x + y)\n'
    lesson.type_and_run(own, f"{source}BackwardStory(mine, z, x=x, y=y)")
    expect(own.locator(".adl-outcome")).to_contain_text("This is your own solution at work.")
    own.locator(".adl-gv").get_by_role("button", name="Last").click()
    expect(own.locator(".adl-gv-say")).to_have_text(
        "Done: x.grad = 14 and y.grad = 14. The course's engine finds the same."
    )
    table = lesson.cell(TABLE)
    table.locator(".cm-content").click()
    lesson.page.keyboard.press("Control+Enter")
    expect(table.locator(".jp-OutputArea-output")).to_contain_text("x     14.000000 14.000000")


def test_the_console_shows_no_error(lesson: LessonPage) -> None:
    assert lesson.console == []
