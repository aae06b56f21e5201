"""Lesson 9 in a real JupyterLab: a training that is watched, stopped in two ways and continued in two ways.

The tests share one page and run in their order.
"""

from __future__ import annotations

import re

import pytest
from lesson_page import LessonPage
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

LESSON = "09_train_a_network.ipynb"
EPOCHS = 60


def run_without_waiting(lesson: LessonPage, cell: str) -> Locator:
    """Run a cell and return at once; the cell."""
    found = lesson.cell(cell)
    lesson.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    return found


def begin_anew(lesson: LessonPage) -> Locator:
    """Make a new network and begin to train it; the view."""
    for cell in ("rng = ", "def loss"):
        run_without_waiting(lesson, cell)
        lesson.wait_until_idle()
    view = run_without_waiting(lesson, "training.run()").locator(".adl-training")
    expect(button_of(view)).to_have_text("Stop")
    return view


def button_of(view: Locator) -> Locator:
    return view.locator("button")


def epoch_of(view: Locator) -> int:
    return int(view.get_by_role("progressbar").get_attribute("aria-valuenow") or 0)


def has_passed(view: Locator, epoch: int) -> None:
    """Wait until more epochs than this are done."""
    for _ in range(600):
        if epoch_of(view) > epoch:
            return
        view.page.wait_for_timeout(50)
    raise AssertionError(f"still epoch {epoch_of(view)} after thirty seconds")


def has_stopped(lesson: LessonPage, view: Locator) -> int:
    """Wait for the end of a stopped training; how many epochs it had done."""
    expect(button_of(view)).to_have_text("Continue")
    lesson.wait_until_idle()
    epoch = epoch_of(view)
    assert 0 < epoch < EPOCHS
    expect(view.locator(".adl-training-sentence")).to_contain_text(f"Stopped: epoch {epoch} of {EPOCHS}, training loss")
    lesson.page.wait_for_timeout(300)
    assert epoch_of(view) == epoch
    return epoch


def test_run_all_shows_no_error_and_trains_to_the_end(lesson: LessonPage) -> None:
    outputs = lesson.outputs()
    assert lesson.errors() == []
    assert str(outputs).count("not attempted") >= 5
    assert "at least 95 % of the held-out digits are right: True" in str(outputs)
    view = lesson.cell("training.run()").locator(".adl-training")
    expect(view.get_by_role("progressbar")).to_have_attribute("aria-valuetext", f"epoch {EPOCHS} of {EPOCHS}")
    expect(button_of(view)).to_have_text("Done")


def test_the_curve_grows_while_the_cell_runs(lesson: LessonPage) -> None:
    view = begin_anew(lesson)
    curve = view.locator("g[clip-path] .adl-sk-line").first
    has_passed(view, 1)
    early = (epoch_of(view), len(curve.get_attribute("d") or ""))
    has_passed(view, early[0] + 4)
    assert len(curve.get_attribute("d") or "") > early[1]
    button_of(view).click()
    has_stopped(lesson, view)


def test_the_button_stops_it_and_continues_it(lesson: LessonPage) -> None:
    view = begin_anew(lesson)
    has_passed(view, 3)
    button_of(view).focus()
    lesson.page.keyboard.press("Enter")
    epoch = has_stopped(lesson, view)
    expect(button_of(view)).to_be_focused()  # though the view was drawn anew
    lesson.page.keyboard.press("Enter")
    expect(button_of(view)).to_have_text("Stop")
    has_passed(view, epoch)
    button_of(view).click()
    assert has_stopped(lesson, view) > epoch


# Collects what screen readers get to read, of every view that comes and goes.
LISTEN = """() => {
    window.said = [];
    const hear = ({ target }) => {
        if (target.matches(".adl-training-aloud")) window.said.push(target.textContent);
    };
    new MutationObserver((changes) => changes.forEach(hear)).observe(document.body, { childList: true, subtree: true });
}"""


def test_the_notebooks_own_interrupt_stops_it_and_the_cell_continues_it(lesson: LessonPage) -> None:
    view = begin_anew(lesson)
    has_passed(view, 3)
    lesson.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:interrupt-kernel'); }")
    epoch = has_stopped(lesson, view)
    lesson.page.evaluate(LISTEN)
    view = run_without_waiting(lesson, "training.run()").locator(".adl-training")
    has_passed(view, epoch)
    expect(button_of(view)).to_have_text("Done", timeout=60_000)
    lesson.wait_until_idle()
    outputs = str(lesson.outputs())
    assert f"All {EPOCHS} epochs are done." in outputs
    assert "KeyboardInterrupt" not in outputs


def test_its_words_are_read_out_seldom(lesson: LessonPage) -> None:
    said = lesson.page.evaluate("() => window.said")
    assert 2 <= len(said) <= 8
    assert all(re.match(rf"(Stopped|Running|Done): epoch \d+ of {EPOCHS}, training loss", words) for words in said)
    assert any(words.startswith("Running") for words in said)
    assert said[-1].startswith(f"Done: epoch {EPOCHS}")


def test_what_was_stopped_and_continued_has_learnt(lesson: LessonPage) -> None:
    cell = run_without_waiting(lesson, "answers = ")
    lesson.wait_until_idle()
    expect(cell.locator(".jp-OutputArea-output")).to_contain_text(
        "at least 95 % of the held-out digits are right: True"
    )


def test_a_slider_moves_both_ways_down_the_valley(lesson: LessonPage) -> None:
    view = lesson.cell("DescentExplorer()").locator(".adl-explorer")
    sentence = view.locator(".adl-explorer-sentence")
    expect(sentence).to_contain_text("0.779 with momentum 0.00, and 15.7 with Adam")
    lesson.drag(view.locator("input[data-name=learning_rate]"), to=1.0)
    expect(sentence).to_contain_text("both with a learning rate of 0.250")


def test_an_exercise_names_the_mistake(lesson: LessonPage) -> None:
    cell = lesson.cell("exercise-9-1")
    verdict = cell.locator(".jp-OutputArea-output")
    lesson.type_and_run(cell, 'answer("9.1", r=-1, loss=1, dloss_dr=-2, dloss_dw=-2, new_w=0.98)')
    expect(verdict).to_contain_text("This step goes uphill")
    lesson.type_and_run(cell, 'answer("9.1", r=-1, loss=1, dloss_dr=-2, dloss_dw=-2, new_w=1.02)')
    expect(verdict).to_contain_text("The gradient points uphill, so a step goes against it")


def test_the_console_stays_empty(lesson: LessonPage) -> None:
    assert lesson.console == []
