"""The gradient tape and variables: against reverse mode on every rule of the table, and TensorFlow's semantics."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np
import pytest
from test_rules import cases, draw

from autodiff_lessons import Tensor
from autodiff_lessons.engine import functional
from autodiff_lessons.engine.custom import custom
from autodiff_lessons.engine.modes import MODES, ieee, trace_nan
from autodiff_lessons.engine.primitives import PRIMITIVES, register_gradient
from autodiff_lessons.engine.tape import GradientTape, UnconnectedGradients, Variable
from autodiff_lessons.errors import DomainError, GradientTypeError, GraphError, NotFiniteError, ShapeError


def numbers(structure: Any) -> Any:
    if isinstance(structure, list | tuple):
        return [numbers(one) for one in structure]
    return None if structure is None else np.asarray(structure.data).tolist()


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_every_rule_gives_what_reverse_mode_gives(primitive, ranges, shapes, parameters):
    values = draw(ranges, shapes)
    sources = [Tensor(one) for one in values]
    with GradientTape() as tape:
        tape.watch(sources)
        y = np.sum(np.sin(primitive(*sources, **parameters)))
    found = tape.gradient(y, sources, unconnected_gradients="zero")
    expected = functional.grad(
        lambda *inputs: np.sum(np.sin(primitive(*inputs, **parameters))), tuple(range(len(values)))
    )(*values)
    for one, another in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.data, another, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_nested_tapes_give_the_second_derivative(primitive, ranges, shapes, parameters):
    values = draw(ranges, shapes)
    sources = [Variable(one) for one in values]
    with GradientTape() as outer:
        with GradientTape() as inner:
            y = np.sum(np.sin(primitive(*sources, **parameters)))
        total = sum(np.sum(one * one) for one in inner.gradient(y, sources, unconnected_gradients="zero"))
    found = outer.gradient(total, sources, unconnected_gradients="zero")

    def slope(*inputs):
        gradients = functional.grad(
            lambda *again: np.sum(np.sin(primitive(*again, **parameters))), tuple(range(len(values)))
        )(*inputs)
        return sum(np.sum(one * one) for one in gradients)

    expected = functional.grad(slope, tuple(range(len(values))))(*values)
    for one, another in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.data, another, rtol=1e-9, atol=1e-9)


# The course's own numbers


def test_the_square_of_three():
    x = Variable(3.0)
    with GradientTape() as tape:
        y = x * x
    assert [y.item(), tape.gradient(y, x).item()] == [9.0, 6.0]


def test_a_persistent_tape_answers_again():
    x = Tensor([1.0, 3.0])
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**2
        z = y**2
    assert numbers([tape.gradient(z, x), tape.gradient(y, x), tape.gradient(z, y)]) == [[4, 108], [2, 6], [2, 18]]


@pytest.mark.parametrize(
    ("formula", "at", "expected"),
    [(lambda x: x**3, 1.0, [3.0, 6.0]), (lambda x: x**3 + 2 * x**2 + 2 * x, 3.0, [41.0, 22.0])],
)
def test_nested(formula, at, expected):
    x = Variable(at)
    with GradientTape() as outer:
        with GradientTape() as inner:
            y = formula(x)
        slope = inner.gradient(y, x)
    assert numbers([slope, outer.gradient(slope, x)]) == expected


# Running, stopping, releasing


def test_a_used_tape_says_so_and_what_to_do():
    x = Variable(3.0)
    with GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(GraphError, match="persistent=True"):
        tape.gradient(y, x)
    with tape:
        y = x * x * x
    assert tape.gradient(y, x).item() == 27.0


def test_a_used_tape_lets_go_of_what_it_held():
    x = Variable(np.ones(3))
    with GradientTape() as tape:
        y = x * x
        inner = weakref.ref(y)
        y = np.sum(y)
    tape.gradient(y, x)
    assert inner() is None


def test_the_tape_is_off_again_whatever_happens():
    x, tape = Variable(3.0), GradientTape()
    with pytest.raises(ZeroDivisionError), tape:
        raise ZeroDivisionError
    assert MODES.tapes == ()
    assert not MODES.special
    with GradientTape(persistent=True) as tape, pytest.raises(ZeroDivisionError), tape.stop_recording():
        raise ZeroDivisionError
    assert MODES.tapes == ()
    with GradientTape() as tape:
        y = x * x
        tape.gradient(y, x)  # stops this tape
        assert MODES.tapes == ()


def test_each_thread_has_its_own_tapes():
    x, seen = Variable(3.0), []
    with GradientTape() as tape:
        thread = threading.Thread(target=lambda: seen.append((MODES.tapes, x * x)))
        thread.start()
        thread.join()
    assert seen[0][0] == ()
    assert tape.gradient(seen[0][1], x) is None


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (lambda tape: tape.reset(), "isn't recording"),
        (lambda tape: tape.watch(Tensor(1.0)), "isn't recording yet"),
        (lambda tape: tape.stop_recording().__enter__(), "isn't recording"),
        (lambda tape: tape.gradient(Tensor(1.0), Tensor(1.0)), "one that never ran"),
        (lambda tape: tape.jacobian(Tensor(1.0), Tensor(1.0)), "one that never ran"),
        (lambda tape: tape.explain(Tensor(1.0), Tensor(1.0)), "never ran"),
        (lambda tape: tape.__enter__().__enter__(), "recording already"),
    ],
)
def test_misuse_is_explained(misuse, message):
    tape = GradientTape()
    try:
        with pytest.raises(GraphError, match=message):
            misuse(tape)
    finally:
        tape.__exit__()


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda tape, y, x: tape.gradient(None, x), GradientTypeError, "The target is None"),
        (lambda tape, y, x: tape.gradient(np.square(2.0), x), GradientTypeError, "not a tensor"),
        (lambda tape, y, x: tape.gradient(y, 2.0), GradientTypeError, "A source is 2.0, of type float"),
        (lambda tape, y, x: tape.gradient(y, x, unconnected_gradients="no"), ValueError, '"none" or "zero"'),
        (lambda tape, y, x: tape.gradient(y, x, output_gradients=np.ones(5)), ShapeError, r"\(5,\).*\(2,\)"),
        (lambda tape, y, x: tape.jacobian([y, y], x), GradientTypeError, "one tensor"),
        (lambda tape, y, x: tape.batch_jacobian(y, x), ShapeError, "two axes or more"),
        (lambda tape, y, x: tape.gradient([y, y], x, output_gradients=[1.0, 2.0, 3.0]), ShapeError, "nested"),
    ],
)
def test_wrong_questions_are_explained(ask, error, message):
    x = Variable([1.0, 2.0])
    with GradientTape() as tape:
        y = x * x
    with pytest.raises(error, match=message):
        ask(tape, y, x)


@pytest.mark.parametrize("one", [3.0, np.array([1.0]), "x"])
def test_only_tensors_can_be_watched(one):
    with GradientTape() as tape, pytest.raises(ValueError, match="only tensors and variables can be watched"):
        tape.watch(one)


def test_watching_an_integer_warns_and_gives_none(caplog):
    x = Tensor(3)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert "int64" in caplog.text
    assert tape.gradient(y, x) is None


# What a gradient is with respect to, and of


def test_structures_of_sources_and_targets():
    a, b = Variable(2.0), Variable(3.0)
    with GradientTape(persistent=True) as tape:
        y, z = a * b, a * a
    found = tape.gradient({"y": y, "z": (z, None)}, {"b": b, "rest": [a, (None, a)]})
    assert found == {"b": found["b"], "rest": [found["rest"][0], (None, found["rest"][1][1])]}
    assert numbers([found["b"], found["rest"][0], found["rest"][1][1]]) == [2.0, 7.0, 7.0]
    weighted = tape.gradient({"y": y, "z": z}, a, output_gradients={"y": 10.0, "z": Tensor(1.0)})
    assert weighted.item() == 34.0
    assert tape.gradient([y, z], a, output_gradients=[None, 100.0]).item() == 403.0


def test_unconnected_is_none_or_zeros():
    x, w, n = Variable([1.0, 2.0]), Variable([1.0, 2.0, 3.0]), Variable(1)
    with GradientTape(persistent=True) as tape:
        y = x * x
    assert numbers(tape.gradient(y, [x, w, n])) == [[2.0, 4.0], None, None]
    assert numbers(tape.gradient(y, [x, w], unconnected_gradients=UnconnectedGradients.ZERO)) == [[2.0, 4.0], [0, 0, 0]]
    assert tape.gradient(y * 1.0, x) is None  # made after the block


def test_a_variable_is_a_snapshot_when_read():
    v = Variable([1.0, 2.0])
    with GradientTape() as tape:
        y = v * v
        v.assign([10.0, 20.0])
        z = v * v
    assert numbers([y, z]) == [[1.0, 4.0], [100.0, 400.0]]
    assert numbers(tape.gradient([y, z], v)) == [22.0, 44.0]


def test_a_variable_does_not_share_the_array_it_was_made_from():
    given = np.array([1.0, 2.0])
    v = Variable(given)
    before = v.value()
    given[0] = 9.0
    v.assign_add([1.0, 1.0])
    assert numbers([v.value(), before]) == [[2.0, 3.0], [1.0, 2.0]]


def test_variables_in_formulas_and_numpys_functions():
    v, w = Variable([1.0, 2.0], name="v"), Variable(np.eye(2))
    with GradientTape(persistent=True) as tape:
        for y, expected in [
            (np.square(v), [2.0, 4.0]),
            (np.sum(np.concatenate([v, v * 2.0])), [3.0, 3.0]),
            (np.ones(2) @ (w @ v), [1.0, 1.0]),
            (2.0**v, (np.log(2.0) * np.array([2.0, 4.0])).tolist()),
            (1.0 / v - (3.0 - v), [0.0, 0.75]),
            (np.array([3.0, 4.0]) * v, [3.0, 4.0]),
            (PRIMITIVES["sigmoid"](v * 0.0), [0.0, 0.0]),
            (abs(-v)[1] ** 2, [0.0, 4.0]),
            (np.maximum(v, 1.5), [0.0, 1.0]),
            (Tensor(2.0) * v, [2.0, 2.0]),
            (v + v - 1.0, [2.0, 2.0]),
        ]:
            np.testing.assert_allclose(tape.gradient(y, v).data, expected)
    assert tape.watched_variables() == (v, w)
    assert ((v > 1.0).tolist(), (v <= 1.0).tolist()) == ([False, True], [True, False])


def test_a_variable_says_what_it_is():
    v = Variable([[1.0, 2.0]], name="weights")
    assert (v.name, v.shape, v.ndim, v.size, v.dtype, len(v)) == ("weights", (1, 2), 2, 2, np.float64, 1)
    assert repr(v) == "Variable([[1., 2.]], name='weights')"
    assert repr(Variable(np.float32(2.0))) == "Variable(2.0, dtype=float32)"
    assert (float(Variable(2.0)), bool(Variable(0.0)), Variable(2.0).item()) == (2.0, False, 2.0)
    v.numpy()[0, 0] = 9.0
    assert v.numpy().tolist() == [[1.0, 2.0]]
    with pytest.raises(ShapeError, match=r"'weights' of shape \(1, 2\)"):
        v.assign([1.0])
    with pytest.raises(GradientTypeError, match="real numbers"):
        Variable("text")


def test_assignments_convert_to_the_variables_number_type():
    v = Variable(np.float32([1.0, 2.0]))
    assert v.assign_sub(Variable([0.5, 0.5])).assign_add(Tensor([1.0, 1.0])) is v
    assert (v.dtype, v.numpy().tolist()) == (np.float32, [1.5, 2.5])


def test_gradients_keep_the_sources_number_type():
    x, y = Variable(np.float32([1.0, 2.0])), Variable([3.0, 4.0])
    with GradientTape() as tape:
        z = np.sum(np.maximum(x, 1.5) * y)
    assert [one.dtype for one in tape.gradient(z, [x, y])] == [np.float32, np.float64]


# Jacobians


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_jacobian_is_that_of_reverse_mode(shape):
    def f(x):
        return np.stack([np.sin(x), x * np.sum(x)])

    at = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)
    x, w = Variable(at), Variable([1.0])
    with GradientTape(persistent=True) as tape:
        y = f(x)
    found, unconnected = tape.jacobian(y, [x, w])
    np.testing.assert_allclose(found.data, functional.jacobian(f)(at))
    assert unconnected is None
    assert tape.jacobian(y, w, unconnected_gradients="zero").shape == (*y.shape, 1)


def test_batch_jacobian_is_the_jacobian_of_each_example():
    def f(x):
        return np.stack([x[..., 0] * x[..., 1], np.sin(x[..., 0]), x[..., 1] ** 3], axis=-1)

    at = np.array([[1.0, 2.0], [3.0, 4.0], [0.5, 0.1], [0.0, 0.0]])
    x = Variable(at)
    with GradientTape() as tape:
        y = f(x)
    found = tape.batch_jacobian(y, x)
    np.testing.assert_allclose(found.data, [functional.jacobian(f)(one) for one in at])


def test_a_jacobian_inside_a_tape_is_recorded():
    x = Variable([1.0, 2.0])
    with GradientTape() as outer:
        with GradientTape() as inner:
            y = x**3
        total = np.sum(inner.jacobian(y, x))
    assert numbers(outer.gradient(total, x)) == [6.0, 12.0]


# Beside the engine's other modes


def test_tapes_and_backward_do_not_disturb_each_other():
    x = Tensor(3.0, requires_grad=True)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
        y.backward()
    assert x.grad.item() == 6.0
    assert tape.gradient(y, x).item() == 6.0
    assert x.grad.item() == 6.0


def test_what_a_tape_saw_leaves_no_record_on_the_tensors():
    x = Variable(3.0)
    with GradientTape() as tape:
        y = x * x
    assert (y.requires_grad, y.is_leaf) == (False, True)
    assert tape.gradient(y, x).is_leaf


def test_a_value_changed_in_place_is_named_where_a_rule_needs_it():
    x = Tensor([1.0, 2.0], name="x")
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = x * x, x + 1.0
        x[0] = 5.0
        after = x * x
    assert numbers([tape.gradient(z, x), tape.gradient(after, x)]) == [[1.0, 1.0], [10.0, 4.0]]
    with pytest.raises(GraphError, match="The rule of mul needs the value that x had"):
        tape.gradient(y, x)


def test_an_infinite_slope_is_a_domain_error_or_inf():
    x = Variable(0.0)
    with GradientTape(persistent=True) as tape:
        y = np.sqrt(x)
    with pytest.raises(DomainError, match=r"sqrt\(0\) has a value, but its derivative"):
        tape.gradient(y, x)
    with ieee():
        assert tape.gradient(y, x).item() == np.inf


def test_the_watch_for_nan_sees_the_sweep():
    x = Variable(0.0)
    with ieee():
        with GradientTape() as tape:
            y = np.sqrt(x)
        with trace_nan(), pytest.raises(NotFiniteError, match=r"sqrt\(0\): its input number 1 would receive inf"):
            tape.gradient(y, x)


def test_a_registered_gradient_is_used_by_tapes():
    register_gradient("tanh")(lambda op, grad: grad * 100.0)
    try:
        x = Variable(1.0)
        with GradientTape() as tape:
            y = np.tanh(x)
        assert tape.gradient(y, x).item() == 100.0
    finally:
        register_gradient("tanh")(None)


def test_a_custom_function_with_several_outputs_on_a_tape():
    x = Variable(3.0)
    with GradientTape(persistent=True) as tape:
        read = x.value()
        square, cube = custom(
            "powers",
            (9.0, 27.0),
            (read,),
            lambda a, b: ((0.0 if a is None else 6 * a) + (0.0 if b is None else 27 * b),),
        )
    assert numbers([tape.gradient(square, x), tape.gradient([square, cube], x)]) == [6.0, 33.0]


def test_a_long_tape_needs_no_recursion():
    x = Variable(1.0)
    with GradientTape() as tape:
        y = x.value()
        for _ in range(20_000):
            y = y * 1.0001
    assert tape.gradient(y, x).item() == pytest.approx(1.0001**20_000)


# Why none: the causes that the engine's own tensors show; the dialect's tests have them all.


@pytest.mark.parametrize(
    ("compute", "piece"),
    [
        (lambda x: np.sin(float(x)) * Tensor(2.0), "NumPy detour"),
        (lambda x: Tensor(np.asarray(x.value())) * 2.0, "NumPy detour"),
        (lambda x: x.value().numpy() * Tensor(1.0), "NumPy detour"),
        (lambda x: x.value().item() * Tensor(1.0), "NumPy detour"),
        (lambda x: (x * 1.0).astype(int).astype(float) + 1.0, "cast gives numbers of type int64"),
        (lambda x: Tensor(2.0) * 3.0, "was not read"),
        (lambda x: (x * 2.0, Tensor(2.0) * 3.0)[1], "does not depend on the source"),
        (lambda x: np.square(x), "They are connected"),
    ],
)
def test_explain(compute, piece):
    x = Variable(3.0)
    with GradientTape() as tape:
        y = compute(x)
    assert piece in tape.explain(y, x)


def test_explain_tells_rebinding_from_a_constant():
    x = Variable(3.0)
    rebound, constant = x + 1, Tensor(4.0)
    with GradientTape() as tape:
        y = rebound * constant
    assert "rebound the name" in tape.explain(y, rebound)
    assert "never watched" in tape.explain(y, constant)


@pytest.mark.parametrize("compute", [lambda x: x * 2.0, lambda x: 2.0 * x, np.sin], ids=["mul", "reflected", "sin"])
def test_explain_knows_a_target_from_outside_whatever_made_it(compute):
    x = Tensor(3.0)
    y = compute(x)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
    assert "computed outside of the tape's block" in tape.explain(y, x)
