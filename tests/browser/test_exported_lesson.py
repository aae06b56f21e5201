"""Exported lessons in a browser without a network and without a kernel: what can be moved moves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from autodiff_lessons.course.exported_page import STILL

pytestmark = pytest.mark.browser

LESSONS = sorted(path.stem for path in (Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))
# What a slider or a button may change: the picture, its numbers, and the sentence that says them.
SHOWN = "root => root.querySelector('svg').outerHTML + root.textContent"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole course, exported by the command."""
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-m", "autodiff_lessons.cli", "export", "--to", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return folder


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page without a network; it may not even ask for one, and its console stays empty."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 1000})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if request.url.startswith("http") else None)
    yield page
    context.close()
    assert problems == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_slider_and_every_step_works(pages: Path, offline: Page, lesson: str) -> None:
    file = pages / f"{lesson}.html"
    assert file.stat().st_size < 1_500_000
    offline.goto(file.as_uri())
    places = offline.locator("[id^=widget-]")
    expect(offline.locator("[id^=widget-] :is(.adl-gv, .adl-explorer)").last).to_be_visible()
    assert places.count() == offline.locator("[id^=widget-] :is(.adl-gv, .adl-explorer)").count() >= 2
    for place in places.all():
        for slider in place.locator("input[type=range]").all():
            before = place.evaluate(SHOWN)
            slider.focus()
            for key in ("Home", "End"):  # one of the two is not where it stands
                slider.press(key)
            slider.press("ArrowLeft")
            offline.wait_for_function(
                f"([root, before]) => ({SHOWN})(root) !== before", arg=[place.element_handle(), before]
            )
        for name in ("Last", "First", "Step forward"):
            button = place.get_by_role("button", name=name)
            if button.count() and button.is_enabled():
                before = place.evaluate(SHOWN)
                button.click()
                assert place.evaluate(SHOWN) != before


def test_a_dragged_slider_moves_the_numbers(pages: Path, offline: Page) -> None:
    offline.goto((pages / "05_read_computation_graphs.html").as_uri())
    explorer = offline.locator(".adl-explorer").first
    sentence = explorer.locator(".adl-explorer-sentence")
    expect(sentence).to_contain_text("at x = 5,")
    slider = explorer.locator("input[type=range]")
    slider.hover()
    box = slider.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    offline.mouse.move(box["x"] + box["width"] * 0.79, middle)
    offline.mouse.down()
    offline.mouse.move(box["x"] + 1, middle, steps=5)
    offline.mouse.up()
    expect(sentence).to_have_text("at x = 0, sin = 0 and the slope is 1")


def test_a_question_stands_still_and_says_so_and_formulas_are_drawn(pages: Path, offline: Page) -> None:
    offline.goto((pages / "05_read_computation_graphs.html").as_uri())
    expect(offline.get_by_text(STILL)).to_have_count(2)
    pictures = offline.locator("img")
    assert pictures.evaluate_all("all => all.map(one => one.complete && one.naturalWidth > 0)") == [True, True]
    heights = offline.locator("math").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) > 20
    assert min(heights) > 5
    assert "$" not in offline.locator("main").evaluate(
        "main => [...main.querySelectorAll('p, li, td')].map(one => one.textContent).join()"
    )


def test_a_word_leads_to_the_glossary(pages: Path, offline: Page) -> None:
    offline.goto((pages / "05_read_computation_graphs.html").as_uri())
    offline.get_by_role("link", name="cotangent").first.click()
    expect(offline.get_by_role("heading", name="Cotangent")).to_be_in_viewport()
    expect(offline.locator("body")).to_contain_text("余切")


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if not lesson.startswith("00")])
def test_a_cheat_sheet_is_printed_on_one_page(pages: Path, offline: Page, lesson: str) -> None:
    offline.goto((pages / "cheat_sheets" / f"{lesson}.html").as_uri())
    printed = offline.pdf(prefer_css_page_size=True)
    assert printed.replace(b"/Type /Pages", b"").count(b"/Type /Page") == 1
