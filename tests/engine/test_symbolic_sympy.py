"""SymPy, where it is installed, as an oracle: derivatives and simplified formulas have its values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from random_formulas import GRID_X, GRID_Y, formulas

from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.symbolic import diff, simplify

sympy = pytest.importorskip("sympy")

SHARED_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "Abs"}
FUNCTIONS = ["sin", "cos", "tan", "exp", "log", "sqrt", "sinh", "cosh", "tanh", "arctan", "arcsin"]


def in_sympy(formula):
    known = {name: getattr(sympy, SHARED_NAMES.get(name, name)) for name in FUNCTIONS}
    return sympy.sympify(
        str(formula), locals={**known, "x": sympy.Symbol("x", real=True), "y": sympy.Symbol("y", real=True)}
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(formulas(FUNCTIONS, most=7))
def test_derivatives_agree_with_sympy(formula):
    x, y = sympy.Symbol("x", real=True), sympy.Symbol("y", real=True)
    expected = sympy.diff(in_sympy(formula), x)
    if expected.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I):
        return
    theirs = sympy.lambdify((x, y), expected, "numpy")
    for ours in (diff(formula, "x"), simplify(diff(formula, "x"))):
        with ieee():
            got = ours.evaluate(x=GRID_X, y=GRID_Y) + 0 * GRID_X
            wanted = np.asarray(theirs(GRID_X, GRID_Y)) + 0 * GRID_X
        both = np.isfinite(got) & np.isfinite(wanted) & (np.abs(wanted) < 1e8)
        assert got[both] == pytest.approx(wanted[both], rel=1e-6, abs=1e-6), str(formula)
