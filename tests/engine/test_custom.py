"""Custom functions: several outputs, none sent, second derivatives, wrong rules."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons import Tensor
from autodiff_lessons.engine.custom import custom
from autodiff_lessons.engine.functional import grad
from autodiff_lessons.errors import GraphError, ShapeError

CALLS = []


def powers(x):
    """x**2 and x**3."""

    def vjp(of_square, of_cube):
        CALLS.append((of_square is None, of_cube is None))
        terms = [one * slope for one, slope in ((of_square, 2 * x), (of_cube, 3 * x * x)) if one is not None]
        return (sum(terms[1:], terms[0]),)

    return custom("powers", (x.data**2, x.data**3), (x,), vjp)


def test_the_rule_is_called_once_for_all_outputs_and_inputs():
    CALLS.clear()
    x = Tensor(2.0, requires_grad=True)
    square, cube = powers(x)
    (square + cube + square).backward()
    assert [x.grad.item(), CALLS] == [2 * 4 + 12, [(False, False)]]
    assert not x.grad.requires_grad


def test_an_output_that_nothing_used_has_no_cotangent():
    CALLS.clear()
    x = Tensor(2.0, requires_grad=True)
    powers(x)[1].backward()
    assert [x.grad.item(), CALLS] == [12.0, [(True, False)]]


def test_a_rule_of_tensor_operations_can_be_differentiated_again():
    assert float(grad(grad(lambda x: sum(powers(x)[1:], powers(x)[0])))(2.0)) == 2 + 12


def test_nothing_tracked_nothing_recorded():
    (out,) = custom("twice", (np.float64(4.0),), (Tensor(2.0), 3.0), lambda bar: (2 * bar, None))
    assert out.is_leaf
    assert not out.requires_grad


def test_none_sends_nothing_to_an_input():
    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    (out,) = custom("first", (np.float64(2.0),), (x * 1, y * 1), lambda bar: (bar, None))
    out.backward()
    assert [x.grad.item(), y.grad] == [1.0, None]


def test_a_broadcast_cotangent_is_summed_down_and_a_wrong_shape_refused():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (out,) = custom("sum", (np.float64(3.0),), (x,), lambda bar: (bar * np.ones((3, 2)),))
    out.backward()
    assert x.grad.data.tolist() == [3.0, 3.0]
    (out,) = custom("sum", (np.float64(3.0),), (x,), lambda bar: (bar * np.ones(5),))
    with pytest.raises(ShapeError, match=r"sum returned a cotangent of shape \(5,\) for input 1"):
        out.backward()


def test_a_wrong_number_of_cotangents_is_refused():
    x = Tensor(2.0, requires_grad=True)
    (out,) = custom("twice", (np.float64(4.0),), (x,), lambda bar: (bar, bar))
    with pytest.raises(GraphError, match="returned 2 cotangents for 1 inputs"):
        out.backward()
