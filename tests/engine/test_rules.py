"""Every rule of the table against a central difference along a random direction, in several shapes."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.engine.primitives import PRIMITIVES, Primitive
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import DomainError

ANYWHERE, POSITIVE, AWAY_FROM_ZERO = (-2.0, 2.0), (0.3, 3.0), (0.4, 2.0)

# name -> the range its inputs are drawn from, one an input
ELEMENT_WISE = {
    "add": (ANYWHERE, ANYWHERE),
    "sub": (ANYWHERE, ANYWHERE),
    "mul": (ANYWHERE, ANYWHERE),
    "div": (ANYWHERE, AWAY_FROM_ZERO),
    "pow": (POSITIVE, ANYWHERE),
    "neg": (ANYWHERE,),
    "abs": (AWAY_FROM_ZERO,),
    "sign": (AWAY_FROM_ZERO,),
    "sin": (ANYWHERE,),
    "cos": (ANYWHERE,),
    "exp": (ANYWHERE,),
    "log": (POSITIVE,),
    "sqrt": (POSITIVE,),
    "tanh": (ANYWHERE,),
    "sigmoid": (ANYWHERE,),
}
# name -> (shapes of the inputs, parameters)
LINEAR = {
    "sum": [
        (((),), {}),
        (((3,),), {}),
        (((2, 3),), {"axis": 0}),
        (((2, 3),), {"axis": -1, "keepdims": True}),
        (((2, 3, 4),), {"axis": (0, -1)}),
    ],
    "broadcast_to": [(((3, 1),), {"shape": (2, 3, 4)}), (((),), {"shape": (2,)})],
    "reshape": [(((2, 3),), {"shape": (3, 2)}), (((6,),), {"shape": (2, -1)}), (((1,),), {"shape": ()})],
    "swapaxes": [(((2, 3, 4),), {"axis1": 0, "axis2": -1})],
    "matmul": [
        (((3,), (3,)), {}),
        (((2, 3), (3,)), {}),
        (((3,), (3, 4)), {}),
        (((2, 3), (3, 4)), {}),
        (((5, 2, 3), (3, 4)), {}),
        (((3,), (5, 3, 4)), {}),
        (((5, 2, 3), (3,)), {}),
        (((5, 1, 2, 3), (6, 3, 4)), {}),
    ],
}
SHAPES = {1: [((),), ((3,),), ((2, 3),)], 2: [((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3))]}


def cases():
    for name, ranges in ELEMENT_WISE.items():
        for shapes in SHAPES[len(ranges)]:
            yield pytest.param(PRIMITIVES[name], ranges, shapes, {}, id=f"{name}-{shapes}")
    for name, variants in LINEAR.items():
        for shapes, parameters in variants:
            ranges = (ANYWHERE,) * len(shapes)
            yield pytest.param(PRIMITIVES[name], ranges, shapes, parameters, id=f"{name}-{shapes}-{parameters}")


def test_every_operation_has_a_row():
    assert set(ELEMENT_WISE) | set(LINEAR) == set(PRIMITIVES)


def draw(ranges, shapes, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.uniform(low, high, shape) for (low, high), shape in zip(ranges, shapes, strict=True)]


def check_against_differences(function, inputs, tolerance=1e-7):
    """v . J u by the sweep and by a central difference, for one random direction u and one random seed v."""
    generator = np.random.default_rng(1)
    tensors = [Tensor(one, requires_grad=True) for one in inputs]
    out = function(*tensors)
    v = generator.normal(size=out.shape)
    out.backward(v)
    directions = [generator.normal(size=np.shape(one)) for one in inputs]
    swept = sum(np.sum(t.grad.data * u) for t, u in zip(tensors, directions, strict=True))
    h = 1e-5
    ahead, behind = (
        function(*[Tensor(one + sign * h * u) for one, u in zip(inputs, directions, strict=True)]).data
        for sign in (1, -1)
    )
    measured = np.sum(v * (ahead - behind)) / (2 * h)
    assert swept == pytest.approx(measured, rel=tolerance, abs=tolerance)
    for tensor, one in zip(tensors, inputs, strict=True):
        assert tensor.grad.shape == np.shape(one)


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_rule_agrees_with_a_central_difference(primitive: Primitive, ranges, shapes, parameters):
    check_against_differences(lambda *inputs: primitive(*inputs, **parameters), draw(ranges, shapes))


@pytest.mark.parametrize("name", ["sub", "mul", "sin", "pow"])
def test_the_comparison_catches_a_wrong_rule(name, monkeypatch):
    right = PRIMITIVES[name]
    wrong = Primitive(right.name, right.symbol, right.value, partials=(1.1,) * len(ELEMENT_WISE[name]))
    with pytest.raises(AssertionError):
        check_against_differences(wrong, draw(ELEMENT_WISE[name], SHAPES[len(ELEMENT_WISE[name])][1]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(ELEMENT_WISE))
def test_the_type_of_the_numbers_is_kept(name, dtype):
    inputs = [one.astype(dtype) for one in draw(ELEMENT_WISE[name], [(2,)] * len(ELEMENT_WISE[name]))]
    tensors = [Tensor(one, requires_grad=True) for one in inputs]
    out = PRIMITIVES[name](*tensors)
    out.backward(np.ones(2))
    assert {out.dtype, *(tensor.grad.dtype for tensor in tensors)} == {np.dtype(dtype)}


@pytest.mark.parametrize("x", [-1000.0, -40.0, 0.0, 40.0, 1000.0])
def test_sigmoid_is_right_and_quiet_everywhere(x):
    t = Tensor(x, requires_grad=True)
    y = PRIMITIVES["sigmoid"](t)
    y.backward()
    assert y.item() == pytest.approx(np.exp(-np.logaddexp(0, -x)), rel=1e-13, abs=0)
    assert t.grad.item() == pytest.approx(y.item() * (1 - y.item()), rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda x: np.log(x), "log(x = 0.0) has no value: log(x) needs x > 0."),
        (lambda x: np.log(x - 1), "log(-1.0) has no value: log(x) needs x > 0."),
        (lambda x: 1 / x, "1 / (x = 0.0) has no value: a / b needs b != 0."),
        (lambda x: np.sqrt(x - 4.0), "sqrt(-4.0) has no value: sqrt(x) needs x >= 0."),
        (lambda x: x**-1, "(x = 0.0) ** -1 has no value: x ** n needs x > 0, or a whole n"),
        (lambda x: (x - 2) ** 0.5, "-2.0 ** 0.5 has no value"),
        (lambda x: 1 / (x + np.array([1.0, 0.0])), "1 / 0.0, at index 1, has no value: a / b needs b != 0."),
    ],
)
def test_outside_its_domain_an_operation_says_so(compute, message):
    with pytest.raises(DomainError) as caught:
        compute(Tensor(0.0, requires_grad=True, name="x"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("x", "n"), [(x, n) for x in (-1.5, 0.5, 0.0) for n in (-2, -1, 0, 1, 2, 3) if x != 0 or n >= 0]
)
def test_whole_powers_also_of_negative_numbers_and_of_zero(x, n):
    t = Tensor(x, requires_grad=True)
    (t**n).backward()
    assert t.grad.item() == (0 if n == 0 else n * x ** (n - 1))


def test_an_infinite_derivative_raises_and_leaves_everything_as_it_was():
    x, y = Tensor(0.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    z = np.sqrt(x) + y
    with pytest.raises(DomainError, match=r"sqrt\(0\) has a value, but its derivative there is infinite"):
        z.backward()
    assert x.grad is None
    assert y.grad is None
    assert len(z.inputs) == 2


@pytest.mark.parametrize(("shape", "copied"), [(one, (4, 2, 3)) for one in [(), (1,), (3,), (2, 1), (1, 3), (2, 3)]])
def test_the_cotangent_of_a_copy_is_a_sum(shape, copied):
    x = Tensor(np.zeros(shape), requires_grad=True)
    (x + np.zeros(copied)).backward(np.ones(copied))
    assert x.grad.shape == shape
    assert np.all(x.grad.data == np.prod(copied) / max(1, np.prod(shape)))
