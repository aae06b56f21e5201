"""A draw function as a program for the page: it has the numbers of the kernel; what can't be one is drawn there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from autodiff_lessons import Tensor, value_and_grad
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.graph import from_json
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.number_template import filled, place
from autodiff_lessons.widgets.sketch import sketched

XS = np.linspace(-3, 3, 7)


def secant(axes, x, h):
    value, slope = value_and_grad(np.sin)(x)
    leaf = Tensor(x, requires_grad=True)
    (leaf * leaf).backward()
    axes.plot(XS, np.sin(XS), label="sin")
    axes.plot([x, x + h], [value, np.sin(x + h)], "ko")
    axes.plot(XS, np.where(x > XS, XS, np.nan), ":")
    axes.axline((x, value), slope=(np.sin(x + h) - value) / h, color="C1", linestyle="--", label="secant")
    axes.axvline(x, color="k", lw=1)
    axes.text(0.5, x, f"h is {h:.2f}", ha="right")
    axes.annotate("slope", xy=(x, value), xytext=(0, 0), arrowprops={"arrowstyle": "->", "color": "C2"})
    axes.set(xlim=(-3, 3), ylim=(-2, 2), xlabel="x", ylabel="y")
    return f"at x = {x:.3g}: slope {slope:.6g}, {leaf.grad:.1f}"


def numbers_at(program, **values):
    return from_json(program["graph"].to_json()).run(**values)


def resolved(value, numbers):
    if isinstance(value, list):
        return [resolved(one, numbers) for one in value]
    return numbers[value["out"]] if isinstance(value, dict) else value


@pytest.mark.parametrize("values", [{"x": 1.0, "h": 0.5}, {"x": -2.0, "h": 0.01}])
def test_marks_and_sentence_have_the_numbers_of_the_function(values):
    program = sketched(secant, None, {"x": 1.0, "h": 0.5})
    numbers = numbers_at(program, **values)
    x, h = values.values()
    curve, points, masked, line, vertical, words, arrow = program["marks"]
    assert (curve["x"], curve["label"], curve["colour"]) == (XS.tolist(), "sin", 0)
    assert resolved(points["y"], numbers) == [np.sin(x), np.sin(x + h)]
    assert (points["marker"], points["width"], points["colour"]) == ("o", 0, "ink")
    np.testing.assert_array_equal(resolved(masked["y"], numbers), np.where(x > XS, XS, np.nan))
    assert (masked["dashes"], masked["colour"]) == ("2 3", 1)
    assert resolved(line["slope"], numbers) == (np.sin(x + h) - np.sin(x)) / h
    assert (line["colour"], line["dashes"], line["label"]) == (1, "7 4", "secant")
    assert resolved(vertical["x"], numbers) == x
    assert filled(words["words"], numbers) == f"h is {h:.2f}"
    assert (words["anchor"], resolved(words["y"], numbers)) == ("end", x)
    assert [resolved(arrow[name], numbers) for name in ("x", "y", "x2", "y2")] == [0, 0, x, np.sin(x)]
    expected = f"at x = {x:.3g}: slope {np.cos(x):.6g}, {2 * x:.1f}".replace("-", "\u2212")
    assert filled(program["sentence"], numbers) == expected


@pytest.mark.parametrize(
    ("short", "style", "look"),
    [
        ("", {"color": "gray", "lw": 1, "ls": ":"}, {"colour": "quiet", "width": 1, "dashes": "2 3", "marker": ""}),
        ("C3--", {"lw": 3}, {"colour": 3, "width": 3, "dashes": "7 4", "marker": ""}),
        ("C1s", {"ms": 5, "alpha": 0.5}, {"colour": 1, "width": 0, "size": 5, "marker": "s", "alpha": 0.5}),
        ("ko-", {}, {"colour": "ink", "width": 2, "dashes": "", "marker": "o"}),
        ("ko", {"linestyle": "--"}, {"colour": "ink", "width": 2, "dashes": "7 4", "marker": "o"}),
        ("", {"marker": "x"}, {"colour": 0, "width": 2, "marker": "x"}),
    ],
)
def test_a_line_s_style_is_said_in_either_way(short, style, look):
    def draw(axes, x):
        axes.plot([0, 1], [x, x], *([short] if short else []), **style)
        return f"{x:.1f}"

    (mark,) = sketched(draw, None, {"x": 1.0})["marks"]
    assert {name: mark[name] for name in look} == look


@pytest.mark.parametrize(("alpha", "seen"), [({}, 0.3), ({"alpha": 0.8}, 0.8)])
def test_an_area_is_faint_unless_its_alpha_is_said(alpha, seen):
    def draw(axes, x):
        axes.fill_between([0, 1], [x, x], color="C2", **alpha)
        axes.bar([0, 1], [x, x], **alpha)
        return f"{x:.1f}"

    area, bars = sketched(draw, None, {"x": 1.0})["marks"]
    assert (area["colour"], area["alpha"], bars["alpha"]) == (2, seen, alpha.get("alpha", 1.0))


def test_an_explorer_of_it_is_drawn_by_the_page():
    explorer = Explorer(secant, x=(-3, 3, 1.0), h=(0.01, 2, 0.5))
    assert explorer.in_page
    assert json.loads(json.dumps(explorer.program, allow_nan=False))["sentence"] == explorer.program["sentence"]
    (panel,) = explorer.program["panels"]
    assert panel["x"]["limits"] == [-3, 3]
    assert [-2.0, "\u22122"] in panel["y"]["ticks"]
    assert (panel["x"]["label"], panel["y"]["label"]) == ("x", "y")
    assert explorer.image == b""
    before = explorer.picture
    explorer.values = {"x": -1.0}
    assert explorer.sentence == "at x = -1: slope 0.540302, -2.0"
    assert explorer.picture != before
    assert explorer.image == b""


def test_a_page_that_can_t_run_the_program_gets_pictures():
    explorer = Explorer(secant, x=(-3, 3, 1.0), h=(0.01, 2, 0.5))
    explorer.refused = "no such operation"
    assert not explorer.in_page
    assert explorer.image == explorer.picture
    explorer.values = {"x": 2.0}
    assert (explorer.said, explorer.image) == (explorer.sentence, explorer.picture)


def test_two_panels_and_logarithmic_scales():
    def draw(axes, x):
        left, right = axes
        left.plot([x], [x], "o")
        right.bar([1, 2], [x, 2 * x], label="bars")
        right.fill_between([1, 2], [x, x], alpha=0.2)
        left.set(xlim=(0, 4), ylim=(0, 4))
        right.set(xlim=(0.5, 2.5), ylim=(0.1, 10), yscale="log", title="two")
        return f"{x:.1f}"

    explorer = Explorer(draw, panels=2, size=(700, 350), x=2.0)
    left, right = explorer.program["panels"]
    assert (left["y"]["log"], right["y"]["log"], right["title"]) == (False, True, "two")
    assert [0.1, "0.1"] in right["y"]["ticks"]
    assert left["box"]["left"] + left["box"]["width"] < right["box"]["left"]
    assert [mark["panel"] for mark in explorer.program["marks"]] == [0, 1, 1]


def bounded(axes):
    axes.set(xlim=(0, 4), ylim=(0, 4))


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes, x: f"{bounded(axes)} {axes.plot([0, 1] if x > 1 else [1, 0])}",
        lambda axes, x: f"{bounded(axes)} {axes.plot([0, float(x)])}",
        lambda axes, x: f"{bounded(axes)} {axes.imshow([[x]])}",
        lambda axes, x: f"{bounded(axes)} {axes.plot([0, x], 'r*')}",
        lambda axes, x: f"{bounded(axes)} {axes.plot([0, x], gid='a')}",
        lambda axes, x: f"{bounded(axes)} {axes.plot([0, x])} {x}",
        lambda axes, x: f"{axes.plot([0, x])}",
        lambda axes, x: f"{bounded(axes)} nothing is drawn",
    ],
)
def test_what_can_t_be_a_program_is_drawn_in_the_kernel(draw):
    explorer = Explorer(draw, x=2.0)
    assert not explorer.in_page
    assert explorer.image == explorer.picture


def test_a_backdrop_s_own_limits_stand_still():
    explorer = Explorer(
        lambda axes, x: f"{axes.plot([x], [x], 'ko')}{x:.1f}", backdrop=lambda axes: axes.plot([0, 1]), x=1.0
    )
    assert explorer.in_page
    assert explorer.program["panels"][0]["x"]["limits"] == pytest.approx([-0.05, 1.05])


def test_a_format_that_the_page_does_not_know():
    with pytest.raises(WidgetError, match=r"not \{x:>10\}"):
        place(0, ">10")


@pytest.mark.parametrize(
    ("template", "numbers", "text"),
    [
        ("a \u27e60|.3g\u27e7 b", [-0.0], "a 0 b"),
        ("\u27e60|.2f\u27e7", [-1.005], "\u22121.00"),
        ("\u27e61|.1e\u27e7", [0, 12345.0], "1.2e+04"),
        ("\u27e60|n6,16\u27e7", [np.array([1.5, -2.0])], "[1.5, \u22122]"),
        ("\u27e60|n6,3\u27e7", [np.array([1.5, -2.0])], "(2,)"),
        ("2 + \u27e60|n6,16\u27e7", [-3.0], "2 \u2212 3"),
        ("2 + \u27e60|f6\u27e7", [-3.0], "2 + (\u22123)"),
        ("\u27e60|n4,16\u27e7", [1e-8], "1e\u22128"),
    ],
)
def test_templates_are_filled(template, numbers, text):
    assert filled(template, numbers) == text
