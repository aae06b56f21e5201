"""TangentExplorer: the numbers it says, at points whose slopes are known, and what it says where there is none."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.tangent import TangentExplorer


@pytest.mark.parametrize(
    ("f", "x", "sentence"),
    [
        (np.sin, 1, "at x = 1, f = 0.841471 and the slope is 0.540302"),
        (np.sin, -1, "at x = -1, f = -0.841471 and the slope is 0.540302"),
        (np.cos, 0, "at x = 0, f = 1 and the slope is 0"),
        (lambda x: x**2 + 3 * x + 2, 2, "at x = 2, f = 12 and the slope is 7"),
        (lambda x: np.sin(x**2), 3, "at x = 3, f = 0.412118 and the slope is -5.46678"),
        (lambda x: x if x > 1 else -x, 0.5, "at x = 0.5, f = -0.5 and the slope is -1"),
    ],
)
def test_it_says_value_and_slope(f, x, sentence):
    assert TangentExplorer(f, -3, 3, start=x).sentence == sentence


def test_the_slider_moves_the_point_along_the_curve():
    explorer = TangentExplorer(lambda x: x**2, 0, 4, name="x squared")
    assert explorer.sentence == "at x = 2, x squared = 4 and the slope is 4"
    before = explorer.picture
    explorer.values = {"x": 3}
    assert explorer.sentence == "at x = 3, x squared = 9 and the slope is 6"
    assert explorer.picture != before
    assert repr(explorer) == "TangentExplorer(x=3)"


def test_the_drawn_tangent_has_the_slope_that_is_said():
    """The dashed vermilion line's pixels lie on value + slope * (t - x), measured in the picture's own scale."""
    explorer = TangentExplorer(lambda x: x**2, -2, 2, start=1.0)
    red, green, blue = np.moveaxis(
        np.asarray(Image.open(io.BytesIO(explorer.picture)).convert("RGB")).astype(int), 2, 0
    )
    rows, columns = np.nonzero((red > 200) & (green < 110) & (blue < 40))
    inside = rows > 80  # below the legend
    drawn = np.polyfit(columns[inside], rows[inside], 1)[0]
    left, right, bottom, top = 184, 1240, 680, 70  # the margins of explorer.py, at two pixels a CSS pixel
    ys = np.linspace(-2, 2, 400) ** 2
    low, high = np.percentile(ys, [1, 99])
    height = 1.3 * (high - low)
    assert -drawn * (right - left) / 4 * height / (bottom - top) == pytest.approx(2, rel=0.02)


def test_where_f_has_no_value_the_curve_has_a_gap_and_the_slider_says_why():
    explorer = TangentExplorer(np.log, -1, 3, start=1)
    explorer.values = {"x": -0.5}
    assert "At x=-0.5: log(-0.5) has no value" in explorer.problem
    explorer.values = {"x": 2}
    assert explorer.problem == ""
    assert explorer.sentence == "at x = 2, f = 0.693147 and the slope is 0.5"


def test_a_pole_does_not_flatten_the_curve():
    explorer = TangentExplorer(lambda x: 1 / x, -1, 1, start=0.5)
    figure = explorer._easel.figure
    bottom, top = figure.axes[0].get_ylim()
    assert -200 < bottom < -1 < 1 < top < 200


@pytest.mark.parametrize("f", [lambda x: 3.0, lambda x: Tensor(2.0, requires_grad=True) * 3])
def test_a_function_that_does_not_compute_with_x_is_explained(f):
    with pytest.raises(WidgetError, match=r"f gave .* which was not computed from x"):
        TangentExplorer(f, -1, 1)
