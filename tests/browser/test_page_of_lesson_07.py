"""Lesson 7 in a real JupyterLab: run, turn v, slide the rate, step the record, answer. The tests run in their order."""

from __future__ import annotations

import re

import pytest
from lesson_page import LessonPage
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LESSON = "07_autograd_the_pytorch_way.ipynb"

SAVES_THE_OUTPUT = """\
@exercise("7.2")
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, upstream):
        (y,) = ctx.saved_tensors
        return 2 * y * upstream
"""


def test_run_all_shows_no_error(lesson: LessonPage) -> None:
    outputs = lesson.outputs()
    assert lesson.errors() == []
    assert str(outputs).count("not attempted") >= 4


def test_turning_v_turns_its_product(lesson: LessonPage) -> None:
    view = lesson.cell("PullbackExplorer(").locator(".adl-explorer")
    lesson.drag(view.locator("input[type=range]"), to=0.25)
    expect(view.locator(".adl-explorer-sentence")).to_have_text(
        "at 90 degrees v = (0.00, 1.00) and v J = (−1.00, 3.00)"
    )


def test_sliding_the_rate_runs_both_descents_again(lesson: LessonPage) -> None:
    view = lesson.cell("StaleGradientsExplorer(").locator(".adl-explorer")
    lesson.drag(view.locator("input[type=range]"), to=1.0)
    expect(view.locator(".adl-explorer-sentence")).to_contain_text("rate 0.30: after 30 rounds w = 3.000 if")


def test_the_record_is_stepped_to_its_end(lesson: LessonPage) -> None:
    view = lesson.cell("GradFnStory(").locator(".adl-gv")
    view.get_by_role("button", name="Last").click()
    expect(view).to_contain_text("Nothing more will come. AccumulateGrad adds 5 + 0.5 = 5.5 to x.grad.")
    expect(view.locator(".adl-gv-paper")).to_contain_text("AccumulateGrad y: 1.7163")


def test_a_wrong_answer_is_told_and_a_right_one_accepted(lesson: LessonPage) -> None:
    cell = lesson.cell("exercise-7-2")
    lesson.type_and_run(cell, SAVES_THE_OUTPUT)
    expect(cell.locator(".adl-outcome")).to_have_attribute("data-misconception", "saves-the-output")
    lesson.type_and_run(cell, re.sub(r"backward\(y\)", "backward(x)", SAVES_THE_OUTPUT))
    expect(cell.locator(".adl-outcome")).to_have_attribute("data-status", "correct")
