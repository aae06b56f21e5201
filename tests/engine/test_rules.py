"""Every rule of the table against a central difference along a random direction, in several shapes."""

from __future__ import annotations

import numpy as np
import pytest
from rule_cases import ELEMENT_WISE, SHAPED, SHAPES, cases, draw

from autodiff_lessons.engine.forward import jvp
from autodiff_lessons.engine.functional import grad, hvp
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import DomainError


def test_every_operation_has_a_row():
    assert set(ELEMENT_WISE) | set(SHAPED) | {"where"} == set(PRIMITIVES)


def check_against_differences(function, inputs, tolerance=1e-7):
    """v . J u by the sweep, by forward mode and by a central difference, for random directions u and a random v."""
    generator = np.random.default_rng(1)
    tensors = [Tensor(one, requires_grad=True) for one in inputs]
    out = function(*tensors)
    v = generator.normal(size=out.shape)
    out.backward(v)
    directions = [generator.normal(size=np.shape(one)) for one in inputs]
    swept = sum(np.sum(t.grad.data * u) for t, u in zip(tensors, directions, strict=True))
    pushed = np.sum(v * jvp(function, tuple(inputs), tuple(directions))[1])
    measured = np.sum(v * along(lambda *moved: function(*map(Tensor, moved)).data, inputs, directions))
    assert swept == pytest.approx(measured, rel=tolerance, abs=tolerance)
    assert pushed == pytest.approx(swept, rel=1e-12, abs=1e-12)
    for tensor, one in zip(tensors, inputs, strict=True):
        assert tensor.grad.shape == np.shape(one)


def along(function, inputs, directions, h=1e-5):
    """The central difference of a function of plain arrays along `directions`."""
    ahead, behind = (
        function(*[one + sign * h * u for one, u in zip(inputs, directions, strict=True)]) for sign in (1, -1)
    )
    return (ahead - behind) / (2 * h)


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_rule_agrees_with_a_central_difference(primitive: Primitive, ranges, shapes, parameters):
    check_against_differences(lambda *inputs: primitive(*inputs, **parameters), draw(ranges, shapes))


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_second_order_agrees_with_a_difference_of_the_first(primitive: Primitive, ranges, shapes, parameters):
    """Reverse over reverse and forward over reverse, against a difference of the gradient."""
    inputs = draw(ranges, shapes)
    generator = np.random.default_rng(2)
    directions = tuple(generator.normal(size=np.shape(one)) for one in inputs)
    weights = generator.normal(size=np.shape(primitive(*inputs, **parameters)))
    everything = tuple(range(len(inputs)))

    def scalar(*some):
        return np.sum(weights * np.sin(primitive(*some, **parameters)))

    gradient = grad(scalar, everything)
    forward_over_reverse = hvp(scalar, tuple(inputs), directions)
    reverse_over_reverse = grad(
        lambda *some: sum(np.sum(g * u) for g, u in zip(gradient(*some), directions, strict=True)), everything
    )(*inputs)
    for place, (one, other) in enumerate(zip(forward_over_reverse, reverse_over_reverse, strict=True)):
        measured = along(lambda *some, place=place: gradient(*some)[place], inputs, directions)
        np.testing.assert_allclose(one, measured, rtol=2e-6, atol=2e-6)
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", ["sub", "mul", "sin", "pow"])
def test_the_comparison_catches_a_wrong_rule(name):
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


@pytest.mark.parametrize("n", [-2, -1, 0, 1, 2, -2.0, -1.5, -0.5, 0.0, 0.5, 3.0])
@pytest.mark.parametrize("kind", [lambda n: n, np.float64, lambda n: np.full(5, n)])
def test_where_a_power_has_a_value(n, kind):
    x = np.array([-2.0, -0.5, 0.0, 0.5, 2.0])
    with np.errstate(all="ignore"):
        truth = np.isfinite(x ** float(n))
    inside = PRIMITIVES["pow"].inside
    assert np.broadcast_to(inside(x, kind(n)), 5).tolist() == truth.tolist()
    assert [bool(np.all(inside(one, kind(n)))) for one in x] == truth.tolist()


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


def test_where_sends_each_cotangent_to_the_choice_that_was_taken():
    a, b = Tensor([1.0, 2.0], requires_grad=True), Tensor(3.0, requires_grad=True)
    chosen = np.where(np.array([[True, False], [False, False]]), a, b)
    chosen.backward([[1.0, 10.0], [100.0, 1000.0]])
    assert a.grad.data.tolist() == [1.0, 0.0]
    assert b.grad.item() == 1110.0


@pytest.mark.parametrize("zeros", [(), (1,), (0, 2)])
def test_a_product_with_zeros_in_it(zeros):
    x = np.array([2.0, 3.0, 5.0])
    x[list(zeros)] = 0.0
    others = [np.prod(np.delete(x, place)) for place in range(3)]
    assert grad(np.prod)(x).tolist() == others
    assert grad(lambda x: grad(np.prod)(x)[0])(x).tolist() == [0.0, x[2], x[1]]


def test_ties_share_and_the_norm_of_zero_has_the_slope_zero():
    assert grad(np.max)(np.array([1.0, 3.0, 3.0])).tolist() == [0.0, 0.5, 0.5]
    assert grad(np.linalg.norm)(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert grad(np.maximum)(1.0, 1.0) == 0.5


@pytest.mark.parametrize("big", [1000.0, -1000.0])
def test_large_numbers_neither_overflow_nor_warn(big):
    x = np.array([big, 0.0, -big])
    assert np.isfinite(PRIMITIVES["logsumexp"](x))
    np.testing.assert_allclose(grad(PRIMITIVES["logsumexp"])(x), PRIMITIVES["softmax"](x), rtol=1e-12)
    assert grad(lambda t: -PRIMITIVES["log_softmax"](t)[0])(x).tolist() == [-1.0 if big < 0 else 0.0, 0.0, big < 0]
    assert PRIMITIVES["softplus"](np.float64(big)) == max(big, 0.0)
    assert grad(PRIMITIVES["softplus"])(big) == (big > 0)
