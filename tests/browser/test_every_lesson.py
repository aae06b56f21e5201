"""Every lesson in a real JupyterLab, from top to bottom: run it, move every slider, step every graph, answer wrongly,
then rightly. A new lesson needs only a line in WRONG.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lesson_page import LessonPage
from playwright.sync_api import Locator, expect

from autodiff_lessons import exercises

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(path.name for path in (Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))
# For each lesson an exercise, the piece of its solution that is made wrong, and which misconception that is.
WRONG = {
    1: ("1.1", ("/ h", ""), "not-divided"),
    2: ("2.1", ("diff(u, name) * v + u * diff(v, name)", "diff(u, name) * diff(v, name)"), "product-of-derivatives"),
    3: ("3.1", ("(2 * h)", "h"), "not-halved"),
    4: ("4.3", ("np.cos(self.primal) * self.tangent", "np.cos(self.primal)"), "tangent-forgotten"),
    5: ("5.4", ("product * 1 + total * w", "product * 1"), "one-path"),
    6: ("6.1", ("sent[parent] += upstream * slope", "sent[parent] = upstream * slope"), "overwrites"),
    7: ("7.2", ("2 * x * upstream", "2 * x"), "ignores-upstream"),
    8: ("8.1", ("tf.Variable(x)", "tf.constant(x)"), "not-watched"),
    9: ("9.2", ("w.zero_grad()", "pass"), "not-wiped"),
    10: ("10.2", ("grad * (1 - op.outputs[0] ** 2)", "1 - op.outputs[0] ** 2"), "grad-dropped"),
}


@pytest.fixture(scope="module", params=NOTEBOOKS)
def notebook(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def lesson(lesson_page: LessonPage, notebook: str) -> Iterator[LessonPage]:
    lesson_page.console.clear()
    lesson_page.open(notebook)
    lesson_page.run_all()
    yield lesson_page
    lesson_page.shut_down()


def pictures(lesson: LessonPage, widget: str) -> Iterator[Locator]:
    """Each of these widgets, brought into view, in the order of the notebook."""
    for name in lesson.cells_with_widgets():
        cell = lesson.cell(name)
        expect(cell.locator(".adl-explorer, .adl-gv, .adl-training").first).to_be_visible()
        yield from cell.locator(widget).all()


def shown(view: Locator) -> Any:
    """What the picture is made of; an image by its address, which is new with each picture."""
    return view.locator("svg, img").first.evaluate("one => one.src ?? one.innerHTML")


def test_run_all_shows_no_error(lesson: LessonPage, notebook: str) -> None:
    outputs = lesson.outputs()
    assert lesson.errors() == []
    said = str(outputs)
    ours = [one for one in exercises.all_exercises() if one.lesson == int(notebook[:2])]
    assert len(set(re.findall(r'data-exercise="([\d.]+)" data-status="not attempted"', said))) == len(ours)


def test_every_slider_moves_its_picture(lesson: LessonPage) -> None:
    moved = 0
    for view in pictures(lesson, ".adl-explorer, .adl-gv"):
        for slider in view.locator("input[type=range]").all():
            before = [shown(view)]
            for to in (0.75, 0.3):
                lesson.drag(slider, to=to)
                before.append(shown(view))
            assert len(set(before)) > 1, (
                f"{slider.get_attribute('data-name')} moves nothing in {view.inner_text()[:200]}"
            )
            moved += 1
    assert moved


def test_every_slider_is_moved_by_keys_and_says_so(lesson: LessonPage) -> None:
    for view in pictures(lesson, ".adl-explorer, .adl-gv"):
        first = view.get_by_role("button", name="First")
        if first.count():
            first.press("Enter")  # this step says all inputs
        for slider in view.locator("input[type=range]").all():
            heard = view.locator("[aria-live=polite]")
            said = heard.inner_text()
            slider.press("PageUp")
            expect(heard).not_to_have_text(said)


def test_every_graph_steps_forwards_and_backwards(lesson: LessonPage) -> None:
    for view in pictures(lesson, ".adl-gv:has(.adl-gv-counter)"):  # a question has no steps
        counter, canvas = view.locator(".adl-gv-counter"), view.locator(".adl-gv-canvas")
        canvas.focus()
        lesson.page.keyboard.press("Home")
        found = re.match(r"step 0 of (\d+)", counter.inner_text())
        assert found, counter.inner_text()
        steps = int(found[1])
        states = []
        for step in range(1, steps + 1):
            lesson.page.keyboard.press("ArrowRight")
            expect(counter).to_contain_text(re.compile(rf"^step {step} of {steps}"))
            states.append(view.locator(".adl-gv-say").inner_text())
        assert len(set(states)) > steps / 2
        for step in reversed(range(steps)):
            lesson.page.keyboard.press("ArrowLeft")
            expect(counter).to_contain_text(re.compile(rf"^step {step} of {steps}"))


def test_an_exercise_is_answered_wrongly_and_then_rightly(lesson: LessonPage, notebook: str) -> None:
    if notebook.startswith("00_"):
        pytest.skip("the start page has no exercise")
    name, (right_piece, wrong_piece), misconception = WRONG[int(notebook[:2])]
    exercise = exercises.get(name)
    assert right_piece in exercise.solution
    cell = lesson.cell(f"exercise-{name.replace('.', '-')}")
    verdict = cell.locator(".jp-OutputArea-output").first
    lesson.type_and_run(cell, exercise.solution.replace(right_piece, wrong_piece))
    expect(verdict).to_contain_text("incorrect")
    expect(verdict).to_contain_text(plain(exercise.misconceptions[misconception]))
    lesson.type_and_run(cell, exercise.solution)
    expect(verdict).to_contain_text(f"correct{plain(exercise.takeaway)}")


def plain(text: str) -> str:
    """As the page shows it: code without its backticks."""
    return text.replace("`", "")


def test_the_console_shows_no_error(lesson: LessonPage) -> None:
    assert lesson.console == []
