"""Every widget of every lesson, for people who use a keyboard, a screen reader, a dark theme or a phone.

The lessons' cells are run; their widgets stand on one page a lesson, as in an exported one. What needs a kernel is
looked at in JupyterLab: test_accessibility_in_jupyterlab.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from barriers import cramped, faint_texts, jupyterlab_theme, violations
from lesson_widgets import notebooks, page_of
from playwright.sync_api import Browser, Locator, Page, expect

from autodiff_lessons import Explorer
from autodiff_lessons.widgets.sketch import COLOURS
from autodiff_lessons.widgets.standalone import page as standalone_page

pytestmark = pytest.mark.browser

WIDGETS = (".adl-explorer", ".adl-gv")
# What a theme sets: the page's own colours in a light and a dark browser, and those of JupyterLab's two themes.
LOOKS = ("browser light", "browser dark", "jupyterlab light", "jupyterlab dark")


def opened(browser: Browser, html: str, folder: Path) -> Page:
    file = folder / "widgets.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(10_000)
    page.goto(file.as_uri())
    page.wait_for_selector(".adl-gv, .adl-explorer")
    return page


@pytest.fixture(scope="module", params=notebooks())
def lesson(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    page = opened(browser, page_of(request.param), tmp_path_factory.mktemp("widgets"))
    yield page
    page.close()


def use_look(page: Page, look: str) -> None:
    kind, theme = look.split()
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    sheet = jupyterlab_theme(theme) if kind == "jupyterlab" else ""
    page.evaluate(
        """sheet => {
            const style = document.getElementById("look") ?? document.head.appendChild(document.createElement("style"));
            style.id = "look";
            style.textContent = sheet;
        }""",
        sheet,
    )


def views(lesson: Page) -> list[Locator]:
    return lesson.locator(f":is({', '.join(WIDGETS)})").all()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious(lesson: Page, look: str) -> None:
    use_look(lesson, look)
    lesson.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert violations(lesson, WIDGETS, () if look == LOOKS[0] else ("color-contrast",)) == []


@pytest.mark.parametrize("look", LOOKS)
def test_texts_in_pictures_stand_out(lesson: Page, look: str) -> None:
    use_look(lesson, look)
    assert [faint for view in views(lesson) for faint in faint_texts(view)] == []


@pytest.mark.parametrize("look", LOOKS)
def test_words_stand_out_in_every_colour_of_the_palette(browser: Browser, tmp_path: Path, look: str) -> None:
    def draw(axes: Any, x: float) -> str:
        axes.set(xlim=(0, 10), ylim=(0, 10))
        for place, colour in enumerate(COLOURS):
            axes.text(x, place, f"in {colour}", color=colour)
        return "words"

    explorer = Explorer(draw, x=(0, 2, 1.0))
    assert explorer.in_page
    page = opened(browser, standalone_page([explorer], "words"), tmp_path)
    use_look(page, look)
    expect(page.locator(".adl-sk-words")).to_have_count(len(COLOURS))
    assert faint_texts(page.locator(".adl-explorer")) == []
    page.close()


def test_tab_reaches_every_control_and_shows_where_it_is(lesson: Page) -> None:
    """Sliders, buttons, the graph's canvas, its table, a question's blanks."""
    controls = "input, button, summary, .adl-gv-canvas"
    wanted = lesson.locator(controls).evaluate_all("all => all.map((one, at) => one.dataset.at = String(at))")
    lesson.evaluate("() => { document.activeElement.blur(); document.body.tabIndex = -1; document.body.focus(); }")
    reached = []
    for _ in wanted:
        lesson.keyboard.press("Tab")
        at, outline = lesson.evaluate(
            """() => {
                const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
                return [document.activeElement.dataset.at, outlineStyle === "none" ? 0 : parseFloat(outlineWidth)];
            }"""
        )
        reached.append(at)
        assert outline >= 1, f"no focus ring: {lesson.evaluate('() => document.activeElement.outerHTML')[:200]}"
    assert reached == wanted


def announced(view: Locator) -> str:
    """What a screen reader is given to say."""
    return "\n".join(view.locator("[aria-live=polite], [aria-live=assertive], [role=status]").all_text_contents())


def test_a_slider_is_moved_by_keys_and_its_new_state_is_announced(lesson: Page) -> None:
    states = json.loads(lesson.locator("#adl-states").text_content() or "")
    for place, (kind, state) in states.items():
        view = lesson.locator(f"#{place} > :is({', '.join(WIDGETS)})")
        if not state["program"]:
            continue  # the kernel's: test_every_lesson.py moves it
        if view.get_by_role("button", name="First").count():
            view.get_by_role("button", name="First").press("Enter")  # there all inputs are said
        for slider in view.locator("input[type=range]").all():
            said, start = set(), slider.input_value()
            for key in ("End", "PageDown", "ArrowLeft"):
                slider.focus()
                lesson.keyboard.press(key)
                readout = view.locator(f".adl-slider:has([data-name={slider.get_attribute('data-name')}]) output")
                expect(slider).to_have_attribute("aria-valuetext", readout.inner_text())
                said.add(announced(view))
            assert len(said) > 1, f"{kind}: {slider.get_attribute('data-name')} announces nothing but {said}"
            slider.fill(start)


def test_a_step_is_made_by_keys_and_announced(lesson: Page) -> None:
    for view in views(lesson):
        forward = view.get_by_role("button", name="Step forward")
        if not forward.count():
            continue
        view.get_by_role("button", name="First").press("Enter")
        said = []
        for key in ("Enter", "Space", "ArrowRight"):
            forward.press(key)
            said.append(announced(view))
            assert view.locator(".adl-gv-say").inner_text() in said[-1]
        assert len(set(said)) > 1


def test_nothing_moves_by_itself_for_those_who_asked_for_less_motion(lesson: Page) -> None:
    moving = """all => all.filter((one) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
        const still = transitionDuration.split(", ").every((time) => parseFloat(time) === 0);
        return !(still && animationName === "none" && scrollBehavior === "auto");
    }).map((one) => one.getAttribute("class"))"""
    assert lesson.locator(":is(.adl-explorer, .adl-gv), :is(.adl-explorer, .adl-gv) *").evaluate_all(moving) == []


# A phone, and a window of 1280 pixels at 200 % zoom.
@pytest.mark.parametrize(("width", "height"), [(360, 740), (640, 400)])
def test_it_can_be_used_on_a_narrow_screen(lesson: Page, width: int, height: int) -> None:
    use_look(lesson, LOOKS[0])
    lesson.set_viewport_size({"width": width, "height": height})
    lesson.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert violations(lesson, WIDGETS) == []
    for view in views(lesson):
        assert cramped(view) == []
        for slider in view.locator("input[type=range]").all():
            slider.scroll_into_view_if_needed()
            box = slider.bounding_box()
            assert box
            before = slider.input_value()
            part = 0.2 if int(before) > int(slider.get_attribute("max") or 1) / 2 else 0.8
            lesson.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            lesson.mouse.down()
            lesson.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2, steps=2)
            lesson.mouse.up()
            assert slider.input_value() != before


def test_where_a_picture_does_not_fit_the_keyboard_scrolls_it(lesson: Page) -> None:
    """Last: it leaves the page as narrow as a watch."""
    lesson.set_viewport_size({"width": 240, "height": 600})
    assert violations(lesson, WIDGETS, ["scrollable-region-focusable"]) == []
    for card in lesson.locator(".adl-explorer-card").all():
        card.press("ArrowRight")
        expect(card).not_to_have_js_property("scrollLeft", 0)
