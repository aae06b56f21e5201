"""Lesson 10 in a real JupyterLab: a graph grows into its derivative, wrong answers are told, one's own tasks run.

The tests share one page and run in their order.
"""

from __future__ import annotations

import pytest
from lesson_page import NOTEBOOK, LessonPage
from playwright.sync_api import Locator, expect

from autodiff_lessons import exercises

pytestmark = pytest.mark.browser

LESSON = "10_transform_graphs.ipynb"


def run(lesson: LessonPage, start: str) -> Locator:
    """Run the cell that begins so as it is, to its end: a cluster takes seconds to start."""
    cell = lesson.cell(start)
    lesson.type_and_run(cell, lesson.page.evaluate(f"() => {NOTEBOOK}.activeCell.model.sharedModel.source"))
    return cell


def test_run_all_shows_no_error(lesson: LessonPage) -> None:
    outputs = lesson.outputs()
    assert len(outputs) > 14
    assert lesson.errors() == []
    assert str(outputs).count('data-status="not attempted"') == 3
    for line in ("tasks        loss", "engine       loss", "one process  loss"):
        assert f"{line} = 4.666667, slope = -9.333333" in str(outputs)


def test_the_derivative_grows_and_the_rest_goes(lesson: LessonPage) -> None:
    view = lesson.cell("DerivativeGraphStory(").locator(".adl-gv")
    say = view.locator(".adl-gv-say")
    log, slope = (view.locator("svg text", has_text=words) for words in ("v2 = log(x)", "v8 = 1.0 * y"))
    view.locator(".adl-gv-canvas").focus()
    lesson.page.keyboard.press("Home")
    expect(log).to_be_visible()
    expect(slope).to_be_hidden()
    for _ in range(3):
        lesson.page.keyboard.press("ArrowRight")
    expect(say).to_have_text("The slope of v3 is 1. By the rule of *, x is sent v8.")
    expect(slope).to_be_visible()
    lesson.page.keyboard.press("End")
    expect(say).to_have_text("What df/dx needs: 6 of the 11 boxes. The others go.")
    expect(log).to_be_hidden()
    expect(slope).to_be_visible()


def test_the_cut_is_moved_in_the_page(lesson: LessonPage) -> None:
    view = lesson.cell("x = np.arange(1.0, 7.0)").locator(".adl-explorer")
    view.locator("input[type=range]").focus()
    lesson.page.keyboard.press("End")
    expect(view.locator(".adl-explorer-sentence")).to_have_text(
        "Shards of 5 and 1 rows with the means 11 and 36: the mean of the means is 23.5, the mean of all rows 15.1667"
    )


@pytest.mark.parametrize(
    ("exercise", "right_piece", "wrong_piece", "misconception"),
    [
        ("10.1", "slope[place] * draft", "draft", "upstream-dropped"),
        ("10.1", " * draft[a] ** (n - 1)", " * a ** (n - 1)", "place-for-node"),
        ("10.2", "return rule", "pass", "decorator-returns-none"),
        ("10.2", "grad * (1 - op.outputs[0] ** 2)", "1 - op.outputs[0] ** 2", "grad-dropped"),
        ("10.3", "np.sum(pairs, axis=0), len(pairs)", "np.mean(pairs, axis=0), 1", "mean-of-means"),
    ],
)
def test_a_wrong_answer_is_told(
    lesson: LessonPage, exercise: str, right_piece: str, wrong_piece: str, misconception: str
) -> None:
    found = exercises.get(exercise)
    cell = lesson.cell(f"exercise-{exercise.replace('.', '-')}")
    assert right_piece in found.solution
    lesson.type_and_run(cell, found.solution.replace(right_piece, wrong_piece))
    outcome = cell.locator(".adl-outcome")
    expect(outcome).to_have_attribute("data-status", "incorrect")
    expect(outcome).to_have_attribute("data-misconception", misconception)


def test_ones_own_code_runs_below(lesson: LessonPage) -> None:
    for exercise, below in (("10.1", "derivative_graph = use_mine"), ("10.3", "partition = use_mine")):
        cell = run(lesson, below)
        expect(cell.locator(".adl-outcome")).to_contain_text("Yours is not correct yet")
        answered = lesson.cell(f"exercise-{exercise.replace('.', '-')}")
        lesson.type_and_run(answered, exercises.get(exercise).solution)
        expect(answered.locator(".adl-outcome")).to_have_attribute("data-status", "correct")
        cell = run(lesson, below)
        expect(cell.locator(".adl-outcome")).to_contain_text("This is your own solution at work.")
    expect(cell.locator(".jp-OutputArea-output").last).to_contain_text("tasks        loss = 4.666667")


def test_the_console_shows_no_error(lesson: LessonPage) -> None:
    assert lesson.console == []
