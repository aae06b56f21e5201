"""Widgets in a page without a kernel: their numbers and words are those that the kernel would give."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from autodiff_lessons import (
    ChainExplorer,
    DerivativeExplorer,
    Explorer,
    GraphView,
    SecantExplorer,
    ShardsExplorer,
    SlicesExplorer,
    StaircaseExplorer,
    StepSizeExplorer,
    SwellExplorer,
    TangentExplorer,
)
from autodiff_lessons.widgets.graph_story import GraphStory
from autodiff_lessons.widgets.number_template import filled, place
from autodiff_lessons.widgets.number_text import MINUS
from autodiff_lessons.widgets.sliders import static
from autodiff_lessons.widgets.standalone import page as standalone_page

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens widgets as a file; the page may ask the network for nothing, and its console stays empty."""
    made: Page = browser.new_page()
    problems: list[str] = []
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("request", lambda request: problems.append(request.url) if request.url.startswith("http") else None)

    def open_(*widgets: Any) -> Page:
        file = tmp_path / "page.html"
        file.write_text(standalone_page(widgets, "A <page>"), encoding="utf-8")
        made.goto(file.as_uri())
        made.wait_for_selector(".adl-gv, .adl-explorer")
        return made

    yield open_
    made.close()
    assert problems == []


def slide(root: Locator, name: str, to: float) -> float:
    """Move a slider to this part of its way; the value it then has."""
    slider = root.locator(f"input[data-name={name}]")
    slider.evaluate(
        "(input, to) => { input.value = Math.round(to * input.max); input.dispatchEvent(new Event('input')) }", to
    )
    text = root.locator(f".adl-slider:has(input[data-name={name}]) output").inner_text()
    return float(text.replace(MINUS, "-"))


def test_numbers_are_written_with_the_same_characters(browser: Browser) -> None:
    chance = random.Random(7)
    numbers = [0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 0.125, 1e-5, 1e-4, 999999.5, 1234565.0, 123456.5, 1e16, 1e21, 2.0**-30]
    numbers += [math.inf, -math.inf, math.nan, 1e300, 5e-324, 0.1 + 0.2, 1 / 3, -1e-8, 100.0, 1e22, 0.000123456789]
    numbers += [chance.choice([-1, 1]) * 10 ** chance.uniform(-12, 12) for _ in range(400)]
    numbers += [chance.randrange(-4000, 4000) / 2 ** chance.randrange(0, 12) for _ in range(400)]
    formats = [".6g", ".3g", ".1g", ".12g", ".0f", ".2f", ".6f", ".1e", ".3e", "n6,16", "n4,10", "n5,12", "f6"]
    template = " ".join(place(0, how) for how in formats) + f" 2 + {place(0, 'n6,16')}"
    blank = browser.new_page()
    blank.add_script_tag(content=f"{static('numbers.js')}\nwindow.filled = adlFilled;")
    read = "text => ({ inf: Infinity, '-inf': -Infinity, nan: NaN }[text] ?? Number(text))"
    got = blank.evaluate(
        f"([template, numbers]) => numbers.map(({read})).map(one => window.filled(template, [one]))",
        [template, [repr(one) for one in numbers]],
    )
    blank.close()
    wrong = [(one, text) for one, text in zip(numbers, got, strict=True) if text != filled(template, [np.float64(one)])]
    assert wrong == []


def test_arrays_are_written_with_the_same_characters(browser: Browser) -> None:
    arrays = [[1.5, -2.0], [1 / 3, 2 / 3, 1e-9], [float(n) for n in range(7)], []]
    template = f"{place(0, 'n6,40')} {place(0, 'n3,8')}"
    blank = browser.new_page()
    blank.add_script_tag(content=f"{static('numbers.js')}\nwindow.filled = adlFilled;")
    got = blank.evaluate(
        "([template, arrays]) => arrays.map(one => window.filled(template, [Float64Array.from(one)]))",
        [template, arrays],
    )
    blank.close()
    assert got == [filled(template, [np.array(one)]) for one in arrays]


def f(x: Any, y: Any) -> Any:
    return np.log(x) + x * y - np.sin(y)


def test_a_graph_view_is_computed_in_the_page(opened: Any) -> None:
    view = GraphView(f, x=(0, 4, 2.0), y=(-3, 6, 5.0), step="end")
    page = opened(view)
    root = page.locator(".adl-gv")
    for to_x, to_y in ((0.25, 0.5), (1.0, 0.1), (0.6, 1.0)):
        view.values = {"x": slide(root, "x", to_x), "y": slide(root, "y", to_y)}
        view.step = 11
        expect(root.locator(".adl-gv-say")).to_have_text(view.graph["steps"][11]["say"])
        slots = root.locator("[data-slot]").evaluate_all("all => all.map(one => [one.dataset.slot, one.textContent])")
        assert dict(slots) == {slot: view.graph["texts"][slot][-1][1] for slot, _ in slots}
        rows = root.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(one => one.textContent))"
        )
        assert rows[0][-1] == view.graph["texts"]["n0.total"][-1][1]
    slide(root, "x", 0.0)
    view.values = {**view.values, "x": 0.0}
    assert view.problem.startswith("No graph here: log(x = 0.0) has no value")
    expect(root.locator(".adl-gv-say")).to_have_text(view.problem)
    slide(root, "x", 0.5)
    expect(root.locator(".adl-gv-say")).to_contain_text("Backward: log passes")
    root.get_by_role("button", name="First").click()
    expect(root.locator(".adl-gv-counter")).to_have_text("step 0 of 11: inputs")


def test_an_explorer_is_drawn_in_the_page(opened: Any) -> None:
    explorer = TangentExplorer(np.log, -1, 3, start=1.0)
    root = opened(explorer).locator(".adl-explorer")
    point = root.locator("svg g[clip-path] .adl-sk-marker").last
    drawn = point.get_attribute("d")
    explorer.values = {"x": slide(root, "x", 0.75)}
    expect(root.locator(".adl-explorer-sentence")).to_have_text(explorer.sentence.replace("-", MINUS))
    assert point.get_attribute("d") != drawn
    expect(root.locator("svg.adl-sk")).to_have_attribute("aria-label", explorer.sentence.replace("-", MINUS))
    explorer.values = {"x": slide(root, "x", 0.1)}
    expect(root.locator(".adl-explorer-problem")).to_contain_text("has no value: log(x) needs x > 0.")
    assert "log" in explorer.problem
    slide(root, "x", 0.5)
    expect(root.locator(".adl-explorer-problem")).to_have_count(0)


@pytest.mark.parametrize(("made", "name"), [(StepSizeExplorer, "log10_h"), (StaircaseExplorer, "h")])
def test_the_page_shows_the_kernel_s_own_round_off(opened: Any, made: Any, name: str) -> None:
    """A browser's sine may differ from NumPy's in the last digit, which is what these two are about."""
    explorer = made(np.sin, 1.0)
    root = opened(explorer).locator(".adl-explorer")
    points = root.locator("svg g[clip-path] .adl-sk-marker")
    for to in np.linspace(0, 1, 41):
        explorer.values = {name: slide(root, name, float(to))}
        said = root.locator(".adl-explorer-sentence").inner_text()
        assert said.replace(MINUS, "-") == explorer.sentence
        assert [one.count("M") for one in points.evaluate_all("all => all.map(one => one.getAttribute('d'))")] == [1, 1]


@pytest.mark.parametrize(
    ("explorer", "slider"),
    [
        (lambda: SecantExplorer(lambda x: x**2 + 3 * x + 2, at=2.0), "h"),
        (lambda: ChainExplorer(np.square, np.sin, 0, 3.2), "x"),
        (lambda: SlicesExplorer(f, x=(0.5, 4, 2.0), y=(0, 6, 5.0)), "y"),
        (lambda: DerivativeExplorer("x**2 + 3*x + 2", -4, 2), "x"),
        (lambda: SwellExplorer(lambda u: u * np.sin(u), times=8), "n"),
        (lambda: ShardsExplorer([1.0, 4.0, 9.0, 16.0, 25.0, 36.0]), "cut"),
    ],
    ids=["secant", "chain", "slices", "derivative", "swell", "shards"],
)
def test_an_explorer_says_in_the_page_what_the_kernel_would_say(opened: Any, explorer: Any, slider: str) -> None:
    explorer = explorer()
    root = opened(explorer).locator(".adl-explorer")
    before = root.locator("svg path").evaluate_all("all => all.map(one => one.getAttribute('d'))")
    for to in (0.0, 0.3, 1.0):
        explorer.values = {slider: slide(root, slider, to)}
        expect(root.locator(".adl-explorer-sentence")).to_have_text(explorer.sentence.replace("-", MINUS))
    after = root.locator("svg path").evaluate_all("all => all.map(one => one.getAttribute('d'))")
    assert before != after
    assert "NaN" not in "".join(after)


def test_marks_are_where_their_numbers_are(opened: Any) -> None:
    """The tangent of x squared at 1 passes the point, and a quarter of the way along the axis lies where it should."""
    explorer = TangentExplorer(lambda x: x * x, -2, 2, start=1.0)
    root = opened(explorer).locator(".adl-explorer")
    (panel,) = explorer.program["panels"]
    box, (low, high) = panel["box"], panel["y"]["limits"]
    height = box["top"] + box["height"] * (high - 1.0) / (high - low)
    marker = root.locator("svg g .adl-sk-marker").last.get_attribute("d")
    assert marker is not None
    x, y = (float(one) for one in marker.removeprefix("M").partition("a")[0].split())
    assert x + 4.5 == pytest.approx(box["left"] + 0.75 * box["width"], abs=0.2)
    assert y == pytest.approx(height, abs=0.2)
    line = root.locator("svg g[clip-path] .adl-sk-line").last.get_attribute("d")
    assert line is not None
    (x0, y0), (x1, y1) = ((float(n) for n in point.split()) for point in line.removeprefix("M").split("L"))
    slope = (y0 - y1) / box["height"] * (high - low) / ((x1 - x0) / box["width"] * 4)
    assert slope == pytest.approx(2.0, rel=0.01)


def test_pictures_beside_each_other_do_not_share_their_frames(opened: Any) -> None:
    """An id that two pictures had in common would clip one of them to the other's axes."""
    page = opened(
        Explorer(everything, panels=2, size=(760, 380), x=(0, 2, 1.0)),
        TangentExplorer(np.sin, -3, 3),
        TangentExplorer(np.cos, -3, 3),
        GraphView(f, x=2.0, y=5.0),
        GraphView(f, x=2.0, y=5.0),
    )
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


def everything(axes: Any, x: float) -> str:
    left, right = axes
    left.plot([0, 1, 2], [0, x, np.nan], "s--", label="squares")
    left.scatter([x], [x], marker="^")
    left.axhline(x, color="C3")
    left.axvline(x, color="k")
    left.text(1, x, f"x is {x:.1f}")
    left.annotate("here", xy=(x, x), xytext=(0, 0), arrowprops={"arrowstyle": "->"})
    right.bar([1, 2], [x, 10 * x], label="bars")
    right.fill_between([0.5, 1, 2], [x, x, 10], 0.1, label="area")
    left.set(xlim=(0, 2), ylim=(0, 2), title="left")
    right.set(xlim=(0, 3), ylim=(0.1, 100), yscale="log")
    return f"x is {x:.2f}"


def test_every_kind_of_mark_is_drawn(opened: Any) -> None:
    root = opened(Explorer(everything, panels=2, size=(760, 380), x=(0, 2, 1.0))).locator(".adl-explorer")
    before = root.locator("svg path").evaluate_all("all => all.map(one => one.getAttribute('d'))")
    assert "NaN" not in "".join(before)
    slide(root, "x", 0.8)
    after = root.locator("svg path").evaluate_all("all => all.map(one => one.getAttribute('d'))")
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 8
    assert "NaN" not in "".join(after)
    expect(root.locator("svg")).to_contain_text("x is 1.6")
    expect(root.locator("svg")).to_contain_text("area")


def test_what_the_kernel_paints_stands_still_and_says_so(opened: Any) -> None:
    explorer = Explorer(lambda axes, x: f"{axes.plot([0, float(x)]) and ''}x is {float(x):.1f}", x=(0, 2, 1.0))
    root = opened(explorer).locator(".adl-explorer")
    expect(root.locator("img")).to_have_js_property("complete", True)
    assert root.locator("img").evaluate("image => image.naturalWidth") > 0
    expect(root.locator(".adl-explorer-sentence")).to_contain_text("x is 1.0")


def test_a_story_is_stepped_in_the_page(opened: Any) -> None:
    story = GraphStory("a story")
    x = story.node("x", kind="input")
    square = story.node("?", uses=[x])
    story.tell("First x.", shows=[x])
    story.tell("Then its square.", active=[square], texts={square: "x*x"})
    root = opened(story).locator(".adl-gv")
    expect(root.locator("g[data-of=n1]")).to_be_hidden()
    root.get_by_role("button", name="Step forward").click()
    expect(root.locator("g[data-of=n1]")).to_be_visible()
    expect(root.locator("g[data-of=n1]")).to_have_text("x*x")
    expect(root.locator(".adl-gv-say")).to_have_text("Then its square.")
