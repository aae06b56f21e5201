"""The explorers of measured slopes: the numbers that they say are those of the formulas, computed by NumPy."""

from __future__ import annotations

import json

import numpy as np
import pytest

from autodiff_lessons import BothSidesExplorer, StaircaseExplorer, StepSizeExplorer
from autodiff_lessons.errors import AutodiffError, WidgetError
from autodiff_lessons.graph import from_json
from autodiff_lessons.widgets.number_template import filled

EXPLORERS = (BothSidesExplorer, StepSizeExplorer, StaircaseExplorer)


def said_in_the_page(explorer, **values):
    graph = from_json(json.dumps(explorer.program["graph"]))
    return filled(explorer.program["sentence"], graph.run(**values)).replace("\u2212", "-")


@pytest.mark.parametrize("made", EXPLORERS)
@pytest.mark.parametrize(("f", "x"), [(np.sin, 1.0), (np.exp, 0.0), (np.log, 20), (lambda x: -(x**2), 3.0)])
def test_the_page_draws_it_and_says_the_kernel_s_numbers(made, f, x):
    explorer = made(f, x)
    assert explorer.in_page
    ((name, start),) = explorer.values.items()
    assert said_in_the_page(explorer, **{name: start}) == explorer.sentence
    low, high = (explorer.sliders[0][end] for end in ("low", "high"))
    for value in (low, (low + high) / 2, high):
        explorer.values = {name: value}
        assert explorer.problem == ""
        assert said_in_the_page(explorer, **{name: value}) == explorer.sentence


@pytest.mark.parametrize(
    ("h", "sentence"),
    [
        (0.01, "with h = 0.01 one side says 0.536086, off by 0.0042; both sides say 0.540293, off by 9e-06"),
        (0.5, "with h = 0.50 one side says 0.312048, off by 0.23; both sides say 0.518069, off by 0.022"),
    ],
)
def test_slopes_from_one_side_and_from_both(h, sentence):
    explorer = BothSidesExplorer(np.sin, 1.0)
    explorer.values = {"h": h}
    assert explorer.sentence == sentence


@pytest.mark.parametrize("exponent", [-16.0, -15.3, -8.0, -5.0, -1.0, 0.0])
def test_the_error_at_a_step_is_that_of_the_formula(exponent):
    h = 10.0**exponent
    one_side = (np.sin(1 + h) - np.sin(1)) / h
    both_sides = (np.sin(1 + h) - np.sin(1 - h)) / (2 * h)
    explorer = StepSizeExplorer(np.sin, 1.0)
    explorer.values = {"log10_h": exponent}
    assert explorer.sentence == (
        f"with h = {h:.1e} one side says {one_side:.10f}, off by {abs(one_side - np.cos(1)):.1e}; "
        f"both sides say {both_sides:.10f}, off by {abs(both_sides - np.cos(1)):.1e}"
    )


def test_the_straight_lines_are_the_bounds_that_the_errors_follow():
    found = StepSizeExplorer(np.sin, 1.0).program["marks"]
    marks = {mark.get("label"): mark for mark in found if isinstance(mark["y"], list)}
    steps = np.array(marks["one side"]["x"])
    one_side, both_sides = (np.array(marks[label]["y"]) for label in ("one side", "both sides"))
    truncation, of_both_sides, round_off = (np.array(marks[label]["y"]) for label in ("truncation", None, "round-off"))
    wide = (steps > 1e-4) & (steps < 0.1)
    np.testing.assert_allclose(one_side[wide], truncation[wide], rtol=0.05)
    np.testing.assert_allclose(both_sides[wide], of_both_sides[wide], rtol=0.05)
    narrow = (steps > 1e-12) & (steps < 1e-7)
    assert np.all(one_side[narrow] <= 1.5 * (truncation + round_off)[narrow])
    assert np.all(both_sides[narrow] <= 1.5 * round_off[narrow])


@pytest.mark.parametrize(
    ("h", "moved", "rise"), [(1.0, 0, 0), (1.1, 0, 0), (1.2, 1, 1), (3.3, 1, 1), (3.4, 2, 2), (4.4, 2, 2)]
)
def test_the_steps_of_the_numbers(h, moved, rise):
    """After 1 the numbers are 2.22e-16 apart, and the values of the sine 1.11e-16."""
    explorer = StaircaseExplorer(np.sin, 1.0)
    explorer.values = {"h": h}
    taken, up = moved * 2.0**-52 * 1e16, rise * 2.0**-53 * 1e16
    assert explorer.sentence == (
        f"with h = {h:.1f} the computer moves x by {taken:.2f} and f by {up:.2f}, all in 1e-16: "
        f"the slope reads {up / h:.3f}, and is 0.540"
    )


def test_the_unit_is_that_of_the_numbers_at_the_point():
    assert "all in 1e-15" in StaircaseExplorer(np.log, 10.0).sentence
    assert "all in 1e-16" in StaircaseExplorer(np.exp, 0.0).sentence
    with pytest.raises(WidgetError, match="no gaps to see; take another point"):
        StaircaseExplorer(np.sin, 0.0)


@pytest.mark.parametrize("made", EXPLORERS)
def test_a_point_without_a_slope_is_explained(made):
    with pytest.raises(AutodiffError, match=r"log\(-?1\.?0?\) has no value"):
        made(np.log, -1.0)
