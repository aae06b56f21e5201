"""DerivativeExplorer: a formula's slope at known points, and the formula that it stands under."""

from __future__ import annotations

import pytest

from autodiff_lessons.errors import FormulaError, WidgetError
from autodiff_lessons.widgets.derivative import DerivativeExplorer


@pytest.mark.parametrize(
    ("formula", "at", "slope_formula", "said"),
    [
        ("x**2 + 3*x + 2", {"x": 2}, "2*x + 3", "at x = 2.00 the curve is 12.0000 high and has the slope 7.0000"),
        ("sin(x**2)", {"x": 3}, "2*cos(x**2)*x", "at x = 3.00 the curve is 0.4121 high and has the slope -5.4668"),
        ("3*t", {"t": 1}, "3", "at t = 1.00 the curve is 3.0000 high and has the slope 3.0000"),
    ],
)
def test_the_second_curve_is_the_slope_of_the_first(formula, at, slope_formula, said):
    explorer = DerivativeExplorer(formula, -3, 3)
    explorer.values = at
    assert explorer.sentence == said
    assert explorer.in_page
    titles = [one.get_title() for one in explorer._easel.figure.axes]
    assert titles == [f"f = {formula}", f"f' = {slope_formula}"]


def test_where_the_formula_has_no_value_the_slider_says_why():
    explorer = DerivativeExplorer("log(x)", -1, 3, start=1)
    explorer.values = {"x": -0.5}
    assert "log(x = -0.5) has no value" in explorer.problem


@pytest.mark.parametrize(("formula", "how_many"), [("x*y", "2"), ("3", "no")])
def test_a_formula_needs_one_variable(formula, how_many):
    with pytest.raises(WidgetError, match=f"has {how_many} variables, and there is one slider"):
        DerivativeExplorer(formula, -1, 1)


def test_a_text_that_is_no_formula_is_refused_by_the_parser():
    with pytest.raises(FormulaError, match=r"x\^2 is x\*\*2"):
        DerivativeExplorer("x^2", -1, 1)
