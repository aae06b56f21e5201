"""SlicesExplorer: partial derivatives at known points, along cuts that really are cuts."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.slices import SlicesExplorer


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


@pytest.mark.parametrize(
    ("x", "y", "value", "along_x", "along_y"),
    [
        ("2.00", "5.00", "11.6521", "5.5000", "1.7163"),
        ("2.00", "0.00", "0.6931", "0.5000", "1.0000"),
        ("1.00", "0.00", "0.0000", "1.0000", "0.0000"),
    ],
)
def test_it_says_the_value_and_both_slopes(x, y, value, along_x, along_y):
    explorer = SlicesExplorer(f, x=(0.5, 4, 3), y=(0, 6, 5))
    explorer.values = {"x": float(x), "y": float(y)}
    assert explorer.in_page
    assert explorer.sentence == (
        f"at x = {x} and y = {y}, f(x, y) = {value}. Moving x alone, the slope is {along_x}; moving y alone, it is "
        f"{along_y}"
    )


def test_each_panel_moves_one_input_and_says_which_is_held_still():
    explorer = SlicesExplorer(f, x=(0.5, 4, 2), y=(0, 6, 5))
    axes = explorer._easel.figure.axes
    assert [one.get_title() for one in axes] == ["y is held still", "x is held still"]
    explorer._easel.draw(tuple(axes), x=2.0, y=5.0)
    along_x, along_y = (one.lines[0].get_data() for one in axes)
    assert along_x[1] == pytest.approx(f(along_x[0], 5.0))
    assert along_y[1] == pytest.approx(f(2.0, along_y[0]))


def test_a_function_without_values_there_is_refused():
    with pytest.raises(WidgetError, match="with x from -1 to 4, y from 0 to 6; choose a smaller range"):
        SlicesExplorer(f, x=(-1, 4), y=(0, 6))
