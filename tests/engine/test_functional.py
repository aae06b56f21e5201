"""Derivatives of functions: structures, any order, any mixture of the modes."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff_lessons import Tensor
from autodiff_lessons.engine import forward, functional, primitives
from autodiff_lessons.engine.forward import Dual, jvp
from autodiff_lessons.engine.functional import grad, hessian, hvp, jacobian, stop_gradient, value_and_grad, vjp
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.errors import DomainError, GradientTypeError, GraphError, ShapeError

MATRIX = np.array([[2.0, 0.0], [3.0, 1.0], [0.0, 4.0]])


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


@pytest.mark.parametrize("module", [functional, forward, primitives])
def test_examples_in_the_documentation_run(module):
    assert doctest.testmod(module).failed == 0


def test_the_course_s_numbers():
    assert grad(f, (0, 1))(2.0, 5.0) == (5.5, 1.7163378145367738)
    assert value_and_grad(f)(2.0, 5.0) == (11.652071455223084, 5.5)
    assert jvp(f, (2.0, 5.0), (1.0, 0.0)) == (11.652071455223084, 5.5)
    assert jvp(f, (2.0, 5.0), (1.0, 1.0))[1] == pytest.approx(7.216338, abs=5e-7)
    assert vjp(lambda x: MATRIX @ x, np.ones(2))[1](np.array([1.0, 2.0, 3.0]))[0].tolist() == [8.0, 14.0]


def test_any_order():
    derivative = np.sin
    for order in range(1, 7):
        derivative = grad(derivative)
        assert derivative(0.7) == pytest.approx(np.sin(0.7 + order * np.pi / 2), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (lambda: grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0), 1.0),
        (lambda: jvp(lambda x: x * jvp(lambda y: x + y, 1.0, 1.0)[1], 1.0, 1.0)[1], 1.0),
        (lambda: jvp(lambda x: grad(lambda y: x * y * y)(x), 2.0, 1.0)[1], 8.0),
        (lambda: jvp(lambda x: grad(lambda y: x * y)(3.0), 2.0, 1.0)[1], 1.0),
        (lambda: grad(lambda x: jvp(lambda y: x * y * y, 3.0, 1.0)[1])(2.0), 6.0),
        (lambda: grad(lambda x: grad(lambda y: jvp(lambda z: x * y * y * z * z, 3.0, 1.0)[1])(2.0))(1.0), 24.0),
        (lambda: jvp(lambda x: jvp(lambda y: x * y**3, x, 1.0)[1], 2.0, 1.0)[1], 36.0),
        (lambda: jvp(lambda x: grad(lambda y: jvp(lambda z: x * y * z**2, y, 1.0)[1])(x), 2.0, 1.0)[1], 16.0),
    ],
)
def test_derivatives_inside_derivatives_do_not_mix(value, truth):
    assert value() == pytest.approx(truth, rel=1e-14)


def test_structures_of_arguments_and_results():
    weights = {"w": np.ones((2, 2)), "b": [np.array([1.0, 2.0]), (3.0, None)]}
    gradient = grad(lambda p: np.sum(p["w"] @ p["b"][0]) + p["b"][1][0] ** 2)(weights)
    assert gradient["w"].tolist() == [[1.0, 2.0], [1.0, 2.0]]
    assert [gradient["b"][0].tolist(), gradient["b"][1]] == [[2.0, 2.0], (6.0, None)]
    value, tangent = jvp(lambda p: {"sum": p[0] + p[1], "product": [p[0] * p[1]]}, ([2.0, 3.0],), ([1.0, 0.0],))
    assert [value, tangent] == [{"sum": 5.0, "product": [6.0]}, {"sum": 1.0, "product": [3.0]}]
    value, pull = vjp(lambda x: (x, {"square": x * x}), 3.0)
    assert [value, pull((1.0, {"square": 10.0}))] == [(3.0, {"square": 9.0}), (61.0,)]


def test_none_of_the_result_depends_on_it():
    assert grad(lambda x, y: x * 2, 1)(1.0, np.ones(2)).tolist() == [0.0, 0.0]
    assert grad(lambda x: 7.0)(1.0) == 0.0
    assert jacobian(lambda x: np.array([1.0, 2.0]))(np.ones(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_jacobian_by_columns_and_by_rows(mode):
    def g(x, y):
        return {"product": MATRIX @ x * y, "sum": np.sum(x)}

    x, y = np.array([1.0, 2.0]), 3.0
    both = jacobian(g, (0, 1), mode=mode)(x, y)
    assert both["product"][0].tolist() == (3 * MATRIX).tolist()
    assert both["product"][1].tolist() == (MATRIX @ x).tolist()
    assert [both["sum"][0].tolist(), both["sum"][1]] == [[1.0, 1.0], 0.0]
    assert jacobian(lambda m: np.sum(m, axis=0), mode=mode)(np.ones((2, 3))).shape == (3, 2, 3)
    assert jacobian(np.sin, mode=mode)(0.0) == 1.0


def counting(inputs, outputs):
    runs = []

    def g(x):
        runs.append(type(x))
        return np.ones((outputs, inputs)) @ x

    return g, runs


@pytest.mark.parametrize(("inputs", "outputs", "runs"), [(1, 100, [Tensor, Dual]), (100, 1, [Tensor])])
def test_auto_takes_the_cheaper_mode(inputs, outputs, runs):
    g, seen = counting(inputs, outputs)
    assert jacobian(g)(np.ones(inputs)).shape == (outputs, inputs)
    assert seen == runs


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=2), st.lists(st.floats(-2, 2), min_size=2, max_size=2))
def test_hessian_and_its_products(x, v):
    def rosenbrock(x):
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    a, b = x
    truth = np.array([[2 - 400 * (b - 3 * a * a), -400 * a], [-400 * a, 200.0]])
    x, v = np.array(x), np.array(v)
    np.testing.assert_allclose(hessian(rosenbrock)(x), truth, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(hvp(rosenbrock, x, v), truth @ v, rtol=1e-10, atol=1e-8)


def test_hvp_of_several_arguments():
    one, two = hvp(
        lambda x, y: np.sum(x**2 * y), (np.array([1.0, 2.0]), np.array([3.0, 4.0])), (np.array([1.0, 0.0]), np.ones(2))
    )
    assert [one.tolist(), two.tolist()] == [[8.0, 4.0], [2.0, 0.0]]


def test_third_derivative_of_an_array_function():
    third = jacobian(hessian(lambda x: np.sum(x**3)))(np.array([1.0, 2.0]))
    assert third[0, 0, 0] == third[1, 1, 1] == 6.0
    assert np.count_nonzero(third) == 2


def test_a_tracked_argument_stays_connected():
    x = Tensor(2.0, requires_grad=True)
    slope = grad(lambda t: t**3)(x)
    slope.backward()
    assert [slope.item(), x.grad.item()] == [12.0, 12.0]


def test_stop_gradient_and_detach_are_constants():
    assert grad(lambda x: x * stop_gradient(x))(3.0) == 3.0
    assert jvp(lambda x: x * stop_gradient(x), 3.0, 1.0)[1] == 3.0
    assert grad(lambda x: x * x.detach())(3.0) == 3.0
    assert stop_gradient({"a": 1.0, "b": [2]}) == {"a": 1.0, "b": [2]}


def test_whole_numbers_become_floating_ones():
    assert grad(lambda x: x * x)(3) == 6.0
    assert jvp(lambda x: x * x, 3, 1)[1] == 6.0
    assert grad(lambda x: x[0] * x[1])([3, 4]) == [4.0, 3.0]


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda: grad(lambda x: x * 2)(np.ones(3)), GraphError, r"this one gave \(3,\)\. Use jacobian"),
        (lambda: grad(lambda x: None)(1.0), GraphError, "this one gave nothing"),
        (lambda: grad(f, 2)(1.0, 2.0), IndexError, "no argument number 2: the function was called with 2"),
        (lambda: grad(lambda x: x)("three"), GradientTypeError, "'three' does not exist"),
        (lambda: grad(lambda x: x)(1j), GradientTypeError, "not a real number"),
        (lambda: jvp(np.sin, np.ones(2), np.ones(3)), ShapeError, r"primal has \(2,\) and the tangent \(3,\)"),
        (lambda: jvp(f, (1.0, 2.0), (1.0,)), ShapeError, r"tangents must be nested as the primals are: \(\*, \*\)"),
        (lambda: vjp(lambda x: {"a": x}, 1.0)[1](1.0), ShapeError, r"cotangents must be nested.*\{'a': \*\}"),
        (lambda: vjp(np.sin, np.ones(2))[1](np.ones(3)), ShapeError, r"shape \(3,\), the tensor has \(2,\)"),
        (lambda: jacobian(np.sin, mode="sideways"), ValueError, "not 'sideways'"),
        (lambda: jvp(np.log, -1.0, 1.0), DomainError, r"log\(-1\.0\) has no value"),
        (lambda: grad(np.sqrt)(0.0), DomainError, r"derivative there is infinite"),
    ],
)
def test_messages(ask, error, words):
    with pytest.raises(error, match=words):
        ask()


class TestDual:
    def test_the_course_s_numbers(self):
        assert repr(Dual(3.0, 4.0) * Dual(5.0, 7.0)) == "Dual(15.0, 41.0)"
        quotient = Dual(3.0, 4.0) / Dual(5.0, 7.0)
        assert [quotient.primal, quotient.tangent] == pytest.approx([0.6, -0.04], rel=1e-14)
        assert np.sin(Dual(3.0, 1.0) * Dual(3.0, 1.0)).tangent == pytest.approx(-5.46678, abs=5e-6)

    def test_plain_numbers_on_both_sides(self):
        x = Dual(2.0, 1.0)
        results = [1 - x, 1 / x, 2**x, x - 1, x**3, -x, abs(-x), np.float64(3.0) * x, x + np.float64(1.0)]
        slopes = [-1.0, -0.25, 4 * np.log(2), 1.0, 12.0, -1.0, 1.0, 3.0, 1.0]
        assert [one.tangent for one in results] == pytest.approx(slopes, rel=1e-14)

    def test_arrays_and_branches(self):
        x = Dual(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
        assert [x.shape, x.ndim, x.size, len(x)] == [(2,), 1, 2, 2]
        assert (x @ np.array([3.0, 4.0])).tangent == 43.0
        assert x.sum().tangent == x.reshape(2, 1).T.sum().tangent == x[0].tangent + x[1].tangent == 11.0
        assert bool(x[0] < x[1])
        assert (x > 1.5).tolist() == [False, True]
        assert repr(x.astype(np.float32)) == "Dual([1., 2.], [ 1., 10.])"

    def test_a_tensor_of_duals_is_forward_over_reverse(self):
        x = Tensor(Dual(2.0, 1.0), requires_grad=True)
        (x**3).backward()
        assert repr(x.grad.data) == "Dual(12.0, 12.0)"

    def test_a_dual_of_tensors_is_reverse_over_forward(self):
        x = Tensor(2.0, requires_grad=True)
        (Dual(x, Tensor(1.0)) ** 3).tangent.backward()
        assert x.grad.item() == 12.0


def test_a_network_s_gradient_in_both_modes():
    generator = np.random.default_rng(0)
    x, w, b = generator.normal(size=(5, 3)), generator.normal(size=(3, 4)), generator.normal(size=4)

    def loss(w, b):
        return -np.mean(PRIMITIVES["log_softmax"](np.maximum(x @ w + b, 0))[:, 1])

    by_rows, by_columns = (jacobian(loss, (0, 1), mode=mode)(w, b) for mode in ("reverse", "forward"))
    for one, other in zip(by_rows, by_columns, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)
