"""Lesson 8 in a real JupyterLab: run, step the tape, slide, answer. The tests run in their order."""

from __future__ import annotations

import pytest
from lesson_page import LessonPage
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LESSON = "08_record_with_a_gradient_tape.ipynb"

BOTH_OUTSIDE = """\
@exercise("8.4")
def two_derivatives(f, x):
    x = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
    first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    return first, second
"""


def test_run_all_shows_no_error(lesson: LessonPage) -> None:
    outputs = lesson.outputs()
    assert lesson.errors() == []
    assert str(outputs).count("not attempted") >= 4


def test_the_tape_is_written_and_read(lesson: LessonPage) -> None:
    cell = "x = tf.Variable(2.0)\ny = tf.Variable(5.0)\nwith tf.GradientTape() as tape:\n    z = tf.math.log(x)"
    story = f"{cell} + x * y - tf.sin(y)\nTapeStory("
    view = lesson.cell(story).locator(".adl-gv")
    forward = view.get_by_role("button", name="Step forward")
    forward.click()
    expect(view).to_contain_text("Line 1 is written down: v1 = log(x) = 0.693147.")
    expect(view.locator(".adl-gv-paper")).not_to_contain_text("v2")
    view.get_by_role("button", name="Last").click()
    expect(view).to_contain_text("The derivative of v5 is ready: by x it is 5.5, by y it is 1.71634.")


def test_the_slope_of_the_slope_follows_the_slider(lesson: LessonPage) -> None:
    view = lesson.cell("SecondDerivativeExplorer(").locator(".adl-explorer")
    lesson.drag(view.locator("input[type=range]"), to=0.0)
    expect(view.locator(".adl-explorer-sentence")).to_have_text(
        "at x = −2, x³ = −8; its slope is 12, and the slope of the slope is −12"
    )


def test_a_wrong_answer_is_told_and_a_right_one_accepted(lesson: LessonPage) -> None:
    cell = lesson.cell("exercise-8-4")
    lesson.type_and_run(cell, BOTH_OUTSIDE)
    expect(cell.locator(".adl-outcome")).to_have_attribute("data-misconception", "inner-gradient-outside")
    lesson.type_and_run(cell, BOTH_OUTSIDE.replace("    first", "        first"))
    expect(cell.locator(".adl-outcome")).to_have_attribute("data-status", "correct")
