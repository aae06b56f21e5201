"""One rule, read four ways: on random functions, reverse, forward and symbolic derivatives agree with a difference.

The random formula is run as a Python function, as a learner's would be, so that each way traces it anew.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from random_arrays import PLANS, planned
from random_formulas import SMOOTH, formulas

from autodiff_lessons.engine.differences import central_difference
from autodiff_lessons.engine.forward import jvp
from autodiff_lessons.engine.functional import grad, hvp, vjp
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.symbolic import diff, simplify, trace

POINT = {"x": 0.7, "y": 1.3}


def as_function(formula):
    return lambda x, y: formula.evaluate(x=x, y=y)


def slopes(formula):
    """d formula / d x at the point, by reverse mode, forward mode, and two formulas."""
    f, (x, y) = as_function(formula), POINT.values()
    again = trace(f)
    return {
        "reverse": grad(f)(x, y) if formula.variables else 0.0,
        "forward": jvp(lambda x: f(x, y), x, 1.0)[1],
        "symbolic": diff(again, "x").evaluate(**POINT),
        "simplified": simplify(diff(again, "x")).evaluate(**POINT),
    }


@settings(max_examples=150, deadline=None, derandomize=True)
@given(formulas(SMOOTH, most=8))
def test_four_ways_agree_on_random_formulas(formula):
    f, (x, y) = as_function(formula), POINT.values()
    with ieee():
        around = np.array([f(x + step, y) for step in (-0.01, -0.001, 0.0, 0.001, 0.01)], dtype=float)
        assume(np.all(np.isfinite(around)) and np.max(np.abs(around)) < 1e4)
        found = slopes(formula)
        assume(abs(found["reverse"]) < 1e4)
        curvature = grad(grad(f))(x, y)
        assume(np.isfinite(curvature) and abs(curvature) < 1e5)
        measured = central_difference(lambda x: np.float64(f(x, y)), x)
    for name in ("forward", "symbolic", "simplified"):
        assert found[name] == pytest.approx(found["reverse"], rel=1e-9, abs=1e-9), name
    assert measured == pytest.approx(found["reverse"], rel=1e-3, abs=1e-4)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(formulas(["sin", "cos", "tanh", "exp", "sigmoid"], most=8))
def test_second_derivatives_by_three_mixtures_and_by_a_formula(formula):
    f, (x, y) = as_function(formula), POINT.values()
    with ieee():
        twice = diff(diff(trace(f), "x"), "x").evaluate(**POINT)
        assume(np.isfinite(twice) and abs(twice) < 1e6)
        assert grad(grad(f))(x, y) == pytest.approx(twice, rel=1e-8, abs=1e-8)
        assert hvp(lambda x: f(x, y), x, 1.0) == pytest.approx(twice, rel=1e-8, abs=1e-8)
        pushed = jvp(lambda x: jvp(lambda x: f(x, y), x, 1.0)[1], x, 1.0)[1]
        assert pushed == pytest.approx(twice, rel=1e-8, abs=1e-8)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(PLANS)
def test_random_graphs_on_arrays(steps):
    f = planned(steps)
    generator = np.random.default_rng(len(steps))
    x, u = generator.normal(size=(2, 3)), generator.normal(size=(2, 3))
    v = generator.normal(size=(2, 3))
    pushed = jvp(f, x, u)[1]
    (pulled,) = vjp(f, x)[1](v)
    assume(np.max(np.abs(pushed)) < 1e6)
    assert np.sum(v * pushed) == pytest.approx(np.sum(pulled * u), rel=1e-9, abs=1e-9)
    measured = (f(x + 1e-6 * u) - f(x - 1e-6 * u)) / 2e-6
    scale = 1.0 + np.max(np.abs(pushed))
    assert np.median(np.abs(measured - pushed)) / scale < 1e-5  # the median: a kink may lie between the two points
