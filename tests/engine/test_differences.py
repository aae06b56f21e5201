"""Measured slopes, and a gradient check that has to catch wrong gradients."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.engine.differences import (
    best_step,
    central_difference,
    check_gradient,
    complex_step,
    forward_difference,
    numeric_gradient,
    richardson,
)
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import DifferenceError, GradientMismatchError


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def cube(x):
    return x**3


class Counted:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *arguments):
        self.calls += 1
        return self.function(*arguments)


# Differences


def test_the_courses_numbers():
    assert central_difference(cube, 2, 1e-3) == pytest.approx(12.000001, rel=1e-11)
    assert forward_difference(cube, 2, 1e-3) == pytest.approx(12.006001, rel=1e-11)
    assert [round(forward_difference(lambda x: x**2 + 3 * x + 2, 2, h), 6) for h in (1, 0.1, 0.01)] == [8, 7.1, 7.01]


@pytest.mark.parametrize(
    ("difference", "tolerance"),
    [(forward_difference, 1e-7), (central_difference, 1e-9), (richardson, 1e-12), (complex_step, 1e-15)],
)
@pytest.mark.parametrize("x", [-1000.3, -1.0, 1e-3, 0.0, 1.0, 7.0])
def test_each_method_at_its_own_accuracy(difference, tolerance, x):
    slope = difference(lambda x: np.sin(x) + x**2, x)
    assert slope == pytest.approx(np.cos(x) + 2 * x, rel=tolerance, abs=tolerance)
    assert np.ndim(slope) == 0


@pytest.mark.parametrize("difference", [forward_difference, central_difference, richardson, complex_step])
def test_an_array_gives_the_slope_at_each_point(difference):
    x = np.array([0.5, 1.0, 2.0])
    assert difference(np.exp, x) == pytest.approx(np.exp(x), rel=1e-6)
    assert difference(np.exp, [0, 1]) == pytest.approx(np.exp([0, 1]), rel=1e-6)


@pytest.mark.parametrize(
    ("difference", "evaluations"),
    [(forward_difference, 2), (central_difference, 2), (complex_step, 1), (richardson, 16)],
)
def test_what_a_slope_costs(difference, evaluations):
    counted = Counted(cube)
    difference(counted, 2.0)
    assert counted.calls == evaluations


def test_a_negative_step_looks_the_other_way():
    assert forward_difference(np.abs, 0.0, 1e-3) == 1
    assert forward_difference(np.abs, 0.0, -1e-3) == -1
    assert central_difference(np.abs, 0.0, 1e-3) == 0


@pytest.mark.parametrize("difference", [forward_difference, central_difference])
@pytest.mark.parametrize(
    ("x", "h", "message"),
    [
        (2.0, 0, r"With h = 0 there is only one point, and no slope \(0/0\)"),
        (
            1.0,
            1e-16,
            r"The step h = 1e-16 vanishes: 1 \+ h == 1, since floating-point numbers near 1 are 2.2e-16 apart",
        ),
        (1e20, 1.0, "vanishes.*larger step, such as 1e\\+14"),
        (np.array([0.0, 1e20]), 1.0, "vanishes: 1e\\+20"),
        (1.0, np.nan, "h is not finite"),
        (np.inf, None, "x is not finite"),
        ("two", None, "x must be a number or an array of numbers, not 'two'"),
        ({}, 1e-3, "x must be a number or an array of numbers, not {}"),
    ],
)
def test_steps_and_points_that_measure_nothing(difference, x, h, message):
    with pytest.raises(DifferenceError, match=message):
        difference(np.sin, x, h)


def test_a_value_that_is_not_finite_is_said_with_its_point():
    with np.errstate(invalid="ignore"), pytest.raises(DifferenceError, match=r"f\(-0.5\) is nan; a difference needs"):
        central_difference(np.sqrt, 0.0, 0.5)
    with pytest.raises(DifferenceError, match="is inf"):
        forward_difference(lambda x: np.inf * x, 1.0)


def test_the_complex_step_says_when_the_function_is_not_analytic():
    for function in (np.abs, float, lambda x: np.maximum(x.real, 0), lambda x: np.where(x.real > 0, x.real, 0)):
        with pytest.raises(DifferenceError, match="dropped the imaginary part"):
            complex_step(function, 2.0)
    with pytest.raises(DifferenceError, match="complex number"):
        complex_step(np.floor, 2.0)
    with pytest.raises(DifferenceError, match="measures nothing"):
        complex_step(np.sin, 2.0, 0)


def test_richardson_near_the_end_of_the_functions_domain():
    assert richardson(np.log, 0.2) == pytest.approx(5, rel=1e-10)
    assert richardson(np.log, 0.002) == pytest.approx(500, rel=1e-8)
    with np.errstate(invalid="ignore"), pytest.raises(DifferenceError, match="is nan"):
        richardson(np.log, 0.2, h=0.5)


# The best step


@pytest.mark.parametrize(("method", "low", "high"), [("forward", 5e-9, 5e-8), ("central", 3e-6, 3e-5)])
def test_the_best_step_for_sin_at_1(method, low, high):
    assert low < best_step(np.sin, 1.0, method) < high


@pytest.mark.parametrize(
    ("function", "slope", "x"),
    [(np.sin, np.cos, 1.0), (np.exp, np.exp, 3.0), (np.log, lambda x: 1 / x, 50.0), (cube, lambda x: 3 * x**2, 10.0)],
)
@pytest.mark.parametrize(("method", "difference"), [("forward", forward_difference), ("central", central_difference)])
def test_a_hundred_times_more_or_less_is_worse(function, slope, x, method, difference):
    h = best_step(function, x, method)

    def error(step):  # the median over neighbouring steps: a single one may be right by luck
        return np.median(
            [abs(difference(function, x, step * factor) - slope(x)) for factor in np.linspace(0.9, 1.1, 15)]
        )

    assert error(h) < error(100 * h)
    assert error(h) < error(h / 100)


def test_without_truncation_the_largest_sensible_step():
    assert best_step(lambda x: 3 * x + 1, 2.0, "forward") == 0.2
    assert best_step(lambda x: x * x, 2.0, "central") == 0.2
    assert best_step(lambda x: 0.0 * x, 0.0) == 0.1
    with pytest.raises(DifferenceError, match="not 'backward'"):
        best_step(np.sin, 1.0, "backward")


# Numeric gradients


def test_the_gradient_of_the_courses_function():
    assert numeric_gradient(f, 2, 5) == pytest.approx((5.5, 1.7163378145367738), rel=1e-9)
    assert numeric_gradient(f, 2.0, 5.0, method="forward") == pytest.approx((5.5, 1.7163378145367738), rel=1e-6)
    gradient = numeric_gradient(lambda v: f(v[0], v[1]), np.array([2, 5]))
    assert gradient == pytest.approx([5.5, 1.7163378145367738], rel=1e-9)
    big = numeric_gradient(lambda v: f(v[0], v[1]), [2.0, 5.0], h=1e-2)
    assert big == pytest.approx([5.5 + 1e-4 / 24, 1.7163378145367738 - np.cos(5) * -1e-4 / 6], abs=2e-8)


@pytest.mark.parametrize(("method", "evaluations"), [("forward", 8), ("central", 14)])
def test_what_a_gradient_costs(method, evaluations):
    counted = Counted(lambda a, b: np.sum(a) * b)
    numeric_gradient(counted, np.ones((2, 3)), 2.0, method=method)
    assert counted.calls == evaluations


def test_arguments_are_never_changed_even_by_a_careless_function():
    def careless(a):
        a *= 2
        return np.sum(a**2)

    a = np.array([1.0, 2.0, 3.0])
    assert numeric_gradient(careless, a) == pytest.approx(8 * a, rel=1e-8)
    assert numeric_gradient(careless, a, method="forward") == pytest.approx(8 * a, rel=1e-6)
    assert a.tolist() == [1, 2, 3]
    whole = np.array([1, 2])
    assert numeric_gradient(careless, whole) == pytest.approx([8, 16], rel=1e-8)
    assert whole.dtype.kind == "i"


def test_shapes_are_kept_and_tensors_are_taken_for_their_values():
    w, x = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    dw, dx = numeric_gradient(lambda w, x: np.sum((w @ x) ** 2), Tensor(w, requires_grad=True), x)
    assert dw == pytest.approx(2 * np.outer(w @ x, x), rel=1e-8)
    assert dx == pytest.approx(2 * w.T @ (w @ x), rel=1e-8)
    assert numeric_gradient(lambda x: np.zeros(()), x).shape == (3,)
    assert numeric_gradient(lambda x: Tensor(x) ** 2, 3.0) == pytest.approx(6)


def test_what_has_no_gradient_is_said():
    with pytest.raises(DifferenceError, match=r"this one gave the shape \(3,\).*np.sum"):
        numeric_gradient(np.sin, np.ones(3))
    with pytest.raises(DifferenceError, match="needs the point"):
        numeric_gradient(np.sin)
    with pytest.raises(DifferenceError, match='"forward" and "central"'):
        numeric_gradient(np.sin, 1.0, method="complex")
    with pytest.raises(DifferenceError, match="vanishes"):
        numeric_gradient(np.sum, np.array([1.0, 1e20]), h=1.0)
    with pytest.raises(DifferenceError, match="argument 1 is not finite"):
        numeric_gradient(f, 1.0, np.nan)


# The gradient check

GENERATOR = np.random.default_rng(7)
LONG = GENERATOR.normal(size=1000)
SQUARE = GENERATOR.normal(size=(4, 4))
A, B = GENERATOR.normal(size=(4, 4)), GENERATOR.normal(size=(2, 3))


def one_wrong(x):
    gradient = 2 * x
    gradient[417] *= 1.01
    return gradient


RIGHT = [
    (np.tanh, lambda x: 1 - np.tanh(x) ** 2, (0.5,)),
    (f, lambda x, y: (1 / x + y, x - np.cos(y)), (2, 5)),
    (lambda x: np.sum(x**2), lambda x: 2 * x, (LONG,)),
    (lambda w: np.sum((A @ w) ** 2), lambda w: 2 * A.T @ (A @ w), (SQUARE,)),
    (lambda x: 5.0, lambda x: 0.0, (1.0,)),
    (lambda x: 1e8 + x, lambda x: 1.0, (1.0,)),
    (np.log, lambda x: 1 / x, (0.003,)),
    (np.abs, lambda x: np.sign(x), (1e-3,)),
    (lambda x: np.sin(1000 * x), lambda x: 1000 * np.cos(1000 * x), (1.0,)),
    (lambda x: 1e-9 * np.sin(x), lambda x: 1e-9 * np.cos(x), (1.0,)),
    (lambda x: 1e12 * x**2, lambda x: 2e12 * x, (3e5,)),
]
WRONG = [
    ("tanh' is 1 - x**2", np.tanh, lambda x: 1 - x**2, (0.5,)),
    ("tanh' is 1 - x**2, near 0", np.tanh, lambda x: 1 - x**2, (0.1,)),
    ("a factor is missing", lambda x: np.sum(x**2), lambda x: x, (LONG,)),
    ("the sign", np.cos, np.sin, (1.0,)),
    ("one element of 1000 by 1 %", lambda x: np.sum(x**2), one_wrong, (LONG,)),
    ("zero", np.sin, lambda x: 0.0, (1.0,)),
    ("zero claimed where it is tiny", lambda x: 1e-6 * np.sin(x), lambda x: 0.0, (1.0,)),
    ("something where it is zero", lambda x: 5.0, lambda x: 1e-3, (1.0,)),
    ("transposed", lambda w: np.sum((A @ w) ** 2), lambda w: (2 * A.T @ (A @ w)).T, (SQUARE,)),
    ("transposed shape", lambda w: np.sum(w**2), lambda w: 2 * w.T, (B,)),
    ("the arguments exchanged", f, lambda x, y: (x - np.cos(y), 1 / x + y), (2.0, 5.0)),
    ("the second argument", f, lambda x, y: (1 / x + y, x + np.cos(y)), (2.0, 5.0)),
    ("a sum forgotten", lambda x, y: np.sum(x * y), lambda x, y: (y, np.sum(x) * 0 + x[0]), (LONG[:3], 2.0)),
    ("relative 1e-4", lambda x: 1e-9 * np.sin(x), lambda x: 1.0001e-9 * np.cos(x), (1.0,)),
    ("None", np.sin, lambda x: None, (1.0,)),
    ("nan", np.sin, lambda x: np.nan, (1.0,)),
    ("one result for two arguments", f, lambda x, y: 1 / x + y, (2.0, 5.0)),
]


@pytest.mark.parametrize(("function", "gradient", "arguments"), RIGHT)
@pytest.mark.parametrize("seed", range(5))
def test_right_gradients_pass(function, gradient, arguments, seed):
    checked = check_gradient(function, gradient, *arguments, seed=seed)
    assert checked.claimed == pytest.approx(checked.measured, rel=1e-4, abs=1e-9)
    assert len(checked.claimed) == len(arguments)


@pytest.mark.parametrize(
    ("function", "gradient", "arguments"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG]
)
@pytest.mark.parametrize("seed", range(5))
def test_wrong_gradients_are_caught(function, gradient, arguments, seed):
    with pytest.raises(GradientMismatchError):
        check_gradient(function, gradient, *arguments, seed=seed)


@pytest.mark.parametrize(
    ("function", "gradient", "arguments", "message"),
    [
        (np.tanh, lambda x: 1 - x**2, (0.5,), "gradient of argument 0 is wrong: along a random direction it says"),
        (np.sin, lambda x: 2 * np.cos(x), (1.0,), "The first is 2 times the second"),
        (f, lambda x, y: (1 / x + y, x + np.cos(y)), (2.0, 5.0), "gradient of argument 1 is wrong"),
        (lambda x: np.sum(x**2), one_wrong, (LONG,), "At index 417 it says"),
        (lambda w: np.sum(w**2), lambda w: 2 * w.T, (B,), "transposed shape"),
        (lambda w: np.sum(w**2), lambda w: 2 * w + (w == w[1, 2]), (B,), r"At index \(1, 2\) it says"),
        (np.sin, lambda x: None, (1.0,), "is None"),
        (np.sin, lambda x: np.inf, (1.0,), "not finite: inf"),
        (f, lambda x, y: (1.0,), (2.0, 5.0), "There are 2 arguments, and the gradient gave 1"),
    ],
)
def test_the_message_says_what_is_wrong_and_where(function, gradient, arguments, message):
    with pytest.raises(GradientMismatchError, match=message):
        check_gradient(function, gradient, *arguments)


def test_both_numbers_are_shown():
    checked = check_gradient(np.sin, np.cos, 1.0)
    assert repr(checked).startswith("argument 0: the gradient says ")
    assert f"{checked.measured[0]:.12g}" in repr(checked)
    with pytest.raises(GradientMismatchError) as caught:
        check_gradient(np.sin, lambda x: -np.cos(x), 1.0)
    assert f"says {-checked.claimed[0]:.10g}" in str(caught.value)
    assert f"slope is {checked.measured[0]:.10g}" in str(caught.value)


def test_the_engines_own_gradient_is_checked_when_none_is_given():
    check_gradient(f, None, 2, 5)
    check_gradient(lambda w, x, unused: np.sum(np.tanh(w @ x)), None, B, LONG[:3], 1.0)
    check_gradient(np.sum, None, LONG)


def test_the_same_seed_takes_the_same_direction():
    assert check_gradient(np.sin, np.cos, 1.0, seed=3) == check_gradient(np.sin, np.cos, 1.0, seed=3)
    assert check_gradient(np.sin, np.cos, 1.0, seed=3) != check_gradient(np.sin, np.cos, 1.0, seed=4)


def test_nothing_is_changed_and_little_is_evaluated():
    def careless(x):
        x += 1
        return np.sum(x**2)

    def gradient(x):
        x += 1
        return 2 * x

    x = LONG.copy()
    counted = Counted(careless)
    check_gradient(counted, gradient, x)
    assert np.array_equal(x, LONG)
    assert counted.calls < 20


@pytest.mark.parametrize("function", [lambda x: np.floor(x) + x, lambda x: np.random.default_rng().random()])
def test_where_there_is_no_slope_the_check_says_so(function):
    with pytest.raises(DifferenceError, match="can't be measured here"):
        check_gradient(function, lambda x: 0.0, 0.0)


def test_what_can_not_be_checked():
    with pytest.raises(DifferenceError, match="one number as its result"):
        check_gradient(np.sin, np.cos, np.ones(3))
    with pytest.raises(DifferenceError, match="one number as its result"):
        check_gradient(np.sin, None, np.ones(3))
    with pytest.raises(DifferenceError, match="needs the point"):
        check_gradient(np.sin, np.cos)
    with pytest.raises(DifferenceError, match="is nan"):
        check_gradient(lambda x: x * np.nan, np.cos, 1.0)
