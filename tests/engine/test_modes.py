"""Recording on and off, hooks, changes in place, IEEE arithmetic, the watch for nan, registered gradients."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from autodiff_lessons import Tensor
from autodiff_lessons.engine.functional import grad
from autodiff_lessons.engine.modes import MODES, enable_grad, ieee, no_grad, trace_nan
from autodiff_lessons.engine.primitives import PRIMITIVES, register_gradient
from autodiff_lessons.errors import DomainError, GraphError, MissingRuleError, NotFiniteError


def leaf(value=2.0, name=None):
    return Tensor(value, requires_grad=True, name=name)


def test_no_grad_records_nothing_and_is_put_back_whatever_happens():
    x, made = leaf(), []

    @no_grad()
    def fail():
        made.append(x * x)
        with enable_grad():
            made.append(x * x)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    y, z = made
    assert [y.requires_grad, y.is_leaf, z.requires_grad, (x * x).requires_grad] == [False, True, True, True]
    assert MODES.recording


def test_no_grad_as_a_decorator_and_in_one_thread_only():
    x, seen = leaf(), []

    @no_grad()
    def predict():
        thread = threading.Thread(target=lambda: seen.append((x * x).requires_grad))
        thread.start()
        thread.join()
        return x * x

    assert [predict().requires_grad, seen] == [False, [True]]


def test_retain_grad_keeps_an_inner_cotangent():
    x = leaf()
    y = x * 3
    y.retain_grad()
    y.retain_grad()
    (y * y).backward()
    assert [y.grad.item(), x.grad.item()] == [12.0, 36.0]


def test_hooks_see_and_may_replace_the_cotangent():
    x, seen = leaf(), []
    y = x * 3
    y.register_hook(lambda cotangent: seen.append(cotangent.item()))
    remove = y.register_hook(lambda cotangent: cotangent * 10)
    (y * y).backward(retain_graph=True)
    assert [seen, x.grad.item()] == [[12.0], 360.0]
    remove()
    (y * y).backward()
    assert x.grad.item() == 396.0
    with pytest.raises(GraphError, match="would never be called"):
        Tensor(1.0).register_hook(print)


def test_create_graph_makes_gradients_differentiable():
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    x.zero_grad()
    first.backward()
    assert [first.item(), x.grad.item()] == [27.0, 18.0]


@pytest.mark.parametrize(
    ("compute", "refused"),
    [
        (lambda x: x * x, True),
        (np.sin, True),
        (lambda x: x + 1, False),
        (lambda x: -x, False),
        (lambda x: x * 3, False),
        (np.sum, False),
        (lambda x: x @ np.ones(2), False),
        (lambda x: np.ones(2) @ (x * 1), False),
        (lambda x: x @ x, True),
        (np.linalg.norm, True),
    ],
)
def test_a_change_in_place_is_refused_only_where_the_old_value_is_needed(compute, refused):
    x = leaf([1.0, 2.0], name="x")
    y = np.sum(compute(x))
    with no_grad():
        x += 1
    if refused:
        with pytest.raises(GraphError, match=r"the tensor 'x' had when .* computed, but it was changed in place since"):
            y.backward()
        assert x.grad is None
    else:
        y.backward()
        assert x.grad is not None


def test_a_change_of_an_untracked_factor_or_of_an_output_is_seen_too():
    x, factor = leaf(), Tensor(5.0)
    y = x * factor
    factor.data = 7.0
    with pytest.raises(GraphError, match=r"rule of mul needs the value that input 2 had"):
        y.backward()
    y = np.exp(x)
    y.data = 0.0
    with pytest.raises(GraphError, match=r"rule of exp needs the value that its output had"):
        y.backward()


def test_a_weight_is_updated_in_place_and_stays_the_leaf():
    w = leaf(5.0)
    for _ in range(2):
        (w * w).backward()
        with no_grad():
            w -= 0.1 * w.grad
        w.zero_grad()
    assert [w.item(), w.is_leaf, w.requires_grad] == [pytest.approx(3.2), True, True]


@pytest.mark.parametrize("change", ["x += 1", "x[0] = 1.0"])
def test_a_change_in_place_while_recording_says_what_to_write(change):
    x = leaf([1.0, 2.0], name="x")
    with pytest.raises(GraphError, match=r"would change the tensor 'x' in place while the graph records it.*instead"):
        exec(change, {"x": x})
    t = Tensor([1.0, 2.0])
    t[0] = 5.0
    assert t.data.tolist() == [5.0, 2.0]


def test_data_of_another_shape_is_refused():
    with pytest.raises(GraphError, match=r"shape \(2,\) can't be replaced by \(3,\)"):
        Tensor([1.0, 2.0]).data = [1.0, 2.0, 3.0]


def test_ieee_arithmetic_on_request():
    x = leaf(0.0)
    with ieee():
        y = np.log(x) + 1 / x
        np.sqrt(x).backward()
        assert [np.isnan(y.item()), x.grad.item()] == [True, np.inf]
    with pytest.raises(DomainError):
        np.log(x)


def test_trace_nan_names_the_first_operation():
    x = leaf(1000.0)
    with trace_nan(), ieee():
        with pytest.raises(NotFiniteError, match=r"exp\(1000\.0\) gave inf: the first value that is not finite"):
            _ = np.exp(x) * 0
        y = np.sqrt(x - 1000.0)
        with pytest.raises(NotFiniteError, match=r"first value that is not finite at sqrt: its input number 1"):
            y.backward()


class TestRegisterGradient:
    @pytest.fixture(autouse=True)
    def _restored(self):
        yield
        register_gradient("tanh")(None)
        register_gradient("mul")(None)

    def test_a_rule_of_one_s_own(self):
        @register_gradient("tanh")
        def mine(op, upstream):
            assert [op.name, len(op.inputs)] == ["tanh", 1]
            return upstream * 100.0

        assert callable(mine)
        assert grad(lambda x: 2 * np.tanh(x))(0.5) == 200.0
        register_gradient("tanh")(None)
        assert grad(np.tanh)(0.0) == 1.0

    def test_of_two_inputs_and_differentiated_again(self):
        @register_gradient("mul")
        def _(op, upstream):
            a, b = op.inputs
            return upstream * b, upstream * a

        assert grad(grad(lambda x: x * x * x))(2.0) == 12.0

    def test_an_unknown_operation_lists_near_names(self):
        with pytest.raises(MissingRuleError, match=r"'tanhh'.*Did you mean tanh"):
            register_gradient("tanhh")
        with pytest.raises(LookupError):
            register_gradient("conv2d")


def test_every_primitive_says_what_its_rules_read():
    truth = {"sin": {0}, "exp": {-1}, "neg": set(), "sum": set(), "mean": set(), "norm": {-1, 0}, "softmax": {-1}}
    assert {name: PRIMITIVES[name].reads([0], 1) for name in truth} == truth
    assert PRIMITIVES["mul"].reads([0], 2) == {1}
    assert PRIMITIVES["matmul"].reads([0, 1], 2) == {0, 1}
