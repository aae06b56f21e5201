"""PyTorch, where it is installed, as an oracle for the table: values and gradients of its own functions."""

from __future__ import annotations

import numpy as np
import pytest
from test_rules import ELEMENT_WISE, draw

from autodiff_lessons.engine.functional import vjp
from autodiff_lessons.engine.primitives import PRIMITIVES

torch = pytest.importorskip("torch", reason="pip install torch==2.13.0 gives the CPU build")

NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}
OTHERS = {
    "sum": (lambda t: t.sum(0), {"axis": 0}),
    "mean": (lambda t: t.mean(-1, keepdim=True), {"axis": -1, "keepdims": True}),
    "prod": (lambda t: t.prod(1), {"axis": 1}),
    "max": (lambda t: t.amax(1), {"axis": 1}),
    "min": (lambda t: t.amin(0), {"axis": 0}),
    "logsumexp": (lambda t: t.logsumexp(1), {"axis": 1}),
    "norm": (lambda t: torch.linalg.vector_norm(t, dim=1), {"axis": 1}),
    "softmax": (lambda t: t.softmax(0), {"axis": 0}),
    "log_softmax": (lambda t: t.log_softmax(1), {"axis": 1}),
    "cumsum": (lambda t: t.cumsum(1), {"axis": 1}),
    "flip": (lambda t: t.flip(0), {"axis": 0}),
    "clip": (lambda t: t.clamp(-0.5, 0.5), {"low": -0.5, "high": 0.5}),
}


def compare(ours, theirs, inputs):
    value, pull = vjp(ours, *inputs)
    leaves = [torch.tensor(one, requires_grad=True) for one in inputs]
    out = theirs(*leaves)
    v = np.random.default_rng(3).normal(size=np.shape(value))
    out.backward(torch.tensor(v))
    np.testing.assert_allclose(value, out.detach().numpy(), rtol=1e-12, atol=1e-14)
    for bar, leaf in zip(pull(v), leaves, strict=True):
        np.testing.assert_allclose(bar, leaf.grad.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", sorted(set(ELEMENT_WISE) - {"pow"}))
def test_element_wise(name):
    theirs = getattr(torch, NAMES.get(name, name), None) or getattr(torch.nn.functional, name)
    compare(PRIMITIVES[name], theirs, draw(ELEMENT_WISE[name], [(2, 3)] * len(ELEMENT_WISE[name])))


@pytest.mark.parametrize("ties", [np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, 0.0])])
@pytest.mark.parametrize("name", ["maximum", "minimum", "abs", "relu", "max", "norm"])
def test_where_there_is_no_derivative_the_choice_is_pytorch_s(name, ties):
    if name in ("maximum", "minimum"):
        compare(PRIMITIVES[name], getattr(torch, name), [ties, np.ones(3)])
    else:
        theirs = {"max": torch.amax, "norm": torch.linalg.vector_norm}.get(name) or getattr(torch, name)
        compare(PRIMITIVES[name], theirs, [ties])


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_reductions_and_others(name):
    theirs, parameters = OTHERS[name]
    compare(lambda x: PRIMITIVES[name](x, **parameters), theirs, draw([(-2.0, 2.0)], [(3, 4)]))


@pytest.mark.parametrize("subscripts", ["ij,jk->ik", "ij,jk->", "ij,jk->kji", "bij,bjk->bik", "...j,jk->...k"])
def test_einsum(subscripts):
    shapes = [(2, 3, 3), (2, 3, 4)] if "b" in subscripts else [(3, 3), (3, 4)]
    inputs = draw([(-2.0, 2.0)] * 2, shapes)
    compare(lambda a, b: np.einsum(subscripts, a, b), lambda a, b: torch.einsum(subscripts, a, b), inputs)
