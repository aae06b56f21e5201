"""What exercises and progress put out, a graph question, and an explorer that the kernel draws, in the real JupyterLab:
readable, announced, and never behind the hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat
import pytest
from barriers import violations
from lesson_page import LessonPage
from playwright.sync_api import expect

from autodiff_lessons.exercises import all_exercises

pytestmark = pytest.mark.browser

OURS = (".adl-outcome", ".adl-progress", ".adl-explorer", ".adl-gv", ".jp-OutputArea-output details")
FIRST_OF_EACH_LESSON = [one.id for one in {one.lesson: one for one in reversed(all_exercises())}.values()]
CELLS = {
    "kernel": """
import time
from autodiff_lessons import *
drawn = []
def draw(axes, x):
    time.sleep(0.1)
    drawn.append(x)
    axes.plot([0, float(x)])
    return f"picture {len(drawn)}: x is {x:.1f}"
explorer = Explorer(draw, x=(0, 2, 1.0))
assert not explorer.in_page
explorer""",
    "question": 'graph_question("5.2")',
    "verdicts": """
answer("5.2", x1=...)
answer("5.2", x1=5, x2=7, loss=3)
@exercise("5.4")
def paths(w):
    print("a line that was printed " * 20)
    return 2 * w
hint("5.4")
hint("5.4, mistyped")
reset("5.4")""",
    "solutions": f"""
for one in {FIRST_OF_EACH_LESSON}:
    reference = use_reference(one)
    exercise(one)(reference) if callable(reference) else answer(one, **reference)
    hint(one)
    solution(one)""",
    "steps": """
from autodiff_lessons.engine.symbolic import diff, parse
diff(parse("x*sin(x**2)/(x - 3)"), "x", steps=True)""",
    "progress": "progress()",
}


@pytest.fixture(scope="module")
def lesson(lesson_page: LessonPage) -> Iterator[LessonPage]:
    cells = [nbformat.v4.new_code_cell(f"# {name}\n{source.strip()}") for name, source in CELLS.items()]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lesson_page.lab.folder / "outputs.ipynb")
    lesson_page.open("outputs.ipynb")
    lesson_page.run_all()
    yield lesson_page
    lesson_page.shut_down()


def test_every_cell_put_something_out(lesson: LessonPage) -> None:
    outputs = lesson.outputs()
    assert not [output for output in outputs if output["output_type"] in ("error", "stream")]
    for status in ("not attempted", "incorrect", "correct"):
        assert f'data-status="{status}"' in str(outputs)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious(lesson: LessonPage, theme: str) -> None:
    lesson.use_theme(theme)
    for name in CELLS:
        cell = lesson.cell(f"# {name}")
        expect(cell.locator(", ".join(OURS)).first).to_be_visible()
        cell.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        assert violations(lesson.page, OURS) == [], name


def test_a_verdict_on_a_graph_is_readable_and_announced(lesson: LessonPage) -> None:
    view = lesson.cell("# question").locator(".adl-gv")
    verdict = view.get_by_role("status")
    for loss, status in (("4", "incorrect"), ("3", "correct")):
        for field, value in {"x1": "6", "x2": "7", "loss": loss}.items():
            view.locator(f"input[name={field}]").fill(value)
        view.locator("input[name=loss]").press("Enter")
        expect(verdict).to_have_attribute("data-status", status)
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            lesson.use_theme(theme)
            view.locator(".adl-gv-say").scroll_into_view_if_needed()  # axe-core judges no text under the page's bars
            assert violations(lesson.page, [".adl-gv"]) == []


def test_what_the_kernel_draws_is_moved_by_keys_and_announced(lesson: LessonPage) -> None:
    view = lesson.cell("# kernel").locator(".adl-explorer")
    heard, slider, image = view.locator("[aria-live=polite]"), view.locator("input[type=range]"), view.locator("img")
    for key, sentence in (("End", "x is 2.0"), ("PageDown", "x is 1.8"), ("Home", "x is 0.0")):
        before = image.get_attribute("src")
        slider.press(key)
        expect(heard).to_contain_text(sentence)
        expect(image).to_have_attribute("alt", heard.inner_text())
        expect(image).not_to_have_attribute("src", str(before))


def test_a_slow_callback_skips_what_is_out_of_date_and_ends_at_the_last_value(lesson: LessonPage) -> None:
    view = lesson.cell("# kernel").locator(".adl-explorer")
    heard = view.locator("[aria-live=polite]")
    pictures = [int(re.findall(r"picture (\d+)", heard.inner_text())[0])]
    move = """input => {
        for (let stop = 1; stop <= 90; stop += 1) {
            input.value = String(stop);
            input.dispatchEvent(new Event("input", { bubbles: true }));
        }
    }"""
    view.locator("input[type=range]").evaluate(move)
    expect(heard).to_contain_text("x is 1.8")
    lesson.wait_until_idle()
    pictures.append(int(re.findall(r"picture (\d+)", heard.inner_text())[0]))
    assert 1 <= pictures[1] - pictures[0] <= 5, "of 90 movements in one moment the first and the last are drawn"
