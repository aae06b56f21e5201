"""SecantExplorer: the slopes of secants that are known, what it says at step zero, and functions it can't show."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.secant import SecantExplorer


def parabola(x):
    return x**2 + 3 * x + 2


@pytest.mark.parametrize(
    ("f", "at", "h", "end", "slope", "tangent", "difference"),
    [
        (parabola, 2, "1.00", "3.00", "8.0000", "7.0000", "1.0000"),
        (parabola, 2, "0.10", "2.10", "7.1000", "7.0000", "0.1000"),
        (parabola, 2, "-2.00", "0.00", "5.0000", "7.0000", "-2.0000"),
        (np.sin, 1, "0.01", "1.01", "0.5361", "0.5403", "-0.0042"),
    ],
)
def test_it_says_the_slopes_of_secant_and_tangent(f, at, h, end, slope, tangent, difference):
    explorer = SecantExplorer(f, at=at)
    explorer.values = {"h": float(h)}
    assert explorer.in_page
    assert explorer.sentence == (
        f"h = {h}: the secant from x = {at} to {end} has the slope {slope}, the tangent {tangent}; "
        f"they differ by {difference}"
    )


def test_at_step_zero_there_is_no_secant():
    explorer = SecantExplorer(parabola, at=2.0)
    explorer.values = {"h": 0}
    assert "0.0 / (h = 0.0) has no value: a / b needs b != 0" in explorer.problem
    explorer.values = {"h": 0.01}
    assert explorer.problem == ""


def test_the_curve_of_slopes_has_its_hole_at_zero_and_only_there():
    explorer = SecantExplorer(parabola, at=2.0)
    steps, slopes = explorer._easel.figure.axes[1].lines[1].get_data()
    missing = np.isnan(slopes)
    assert 0 < np.abs(steps[missing]).max() <= 0.1
    assert missing[np.abs(steps) < 0.09].all()
    assert slopes[~missing] == pytest.approx(7 + steps[~missing])


def test_a_function_without_values_there_is_refused():
    with pytest.raises(
        WidgetError, match=r"log has no value at some of the points from -1 to 3; choose a smaller reach"
    ):
        SecantExplorer(np.log, at=1.0, name="log")
    assert SecantExplorer(np.log, at=1.0, reach=0.5, start=0.5, name="log").sentence.startswith("h = 0.50")


def test_a_function_that_does_not_compute_with_x_is_explained():
    with pytest.raises(WidgetError, match="was not computed from x"):
        SecantExplorer(lambda x: 3.0, at=1.0)
