"""Optimizers and clipping: the numbers of the course, and PyTorch's for every setting (recorded from 2.13)."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons import Tensor
from autodiff_lessons.engine.optimizers import SGD, Adam, clip_by_global_norm, clip_by_norm, clip_by_value, global_norm
from autodiff_lessons.errors import GraphError


def path(kind, steps=3, start=5.0, **settings):
    """Where `kind` takes w on w * w."""
    w = Tensor(start, requires_grad=True)
    optimizer, places = kind([w], **settings), []
    for _ in range(steps):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
        places.append(w.item())
    return places


# From w = 5 on w * w with lr 0.1, four steps: what PyTorch 2.13 gives in float64.
RECORDED = [
    (SGD, {}, [4.0, 3.2, 2.56, 2.048]),
    (SGD, {"momentum": 0.9}, [4.0, 2.3, 0.31, -1.543]),
    (SGD, {"momentum": 0.9, "dampening": 0.5}, [4.0, 2.7, 1.26, -0.162]),
    (SGD, {"momentum": 0.9, "nesterov": True}, [3.1, 1.112, -0.54176, -1.6241152]),
    (SGD, {"weight_decay": 0.1}, [3.95, 3.1205, 2.465195, 1.94750405]),
    (Adam, {}, [4.9, 4.8000577569, 4.7002132913, 4.600507674]),
]


@pytest.mark.parametrize(("kind", "settings", "places"), RECORDED)
def test_the_numbers_are_pytorchs(kind, settings, places):
    assert path(kind, 4, lr=0.1, **settings) == pytest.approx(places, rel=1e-6)


def test_without_bias_correction_adam_would_take_another_way():
    w, m, v = 5.0, 0.0, 0.0
    for _ in range(3):
        g = 2 * w
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w -= 0.1 * m / (v**0.5 + 1e-8)
    assert path(Adam, lr=0.1)[-1] != pytest.approx(w, rel=1e-3)


def test_decay_decoupled_shrinks_the_weight_and_leaves_the_step_alone():
    coupled, decoupled = (path(Adam, 1, lr=0.1, weight_decay=0.5, decoupled=one)[0] for one in (False, True))
    assert [coupled, decoupled] == pytest.approx([4.9, 5 * (1 - 0.05) - 0.1])


def test_amsgrad_never_forgets_the_largest_gradient():
    w, state = np.float64(0.0), {}
    optimizer = Adam([Tensor(0.0)], lr=1.0, betas=(0.0, 0.5), amsgrad=True)
    for gradient in (8.0, 0.1, 0.1, 0.1):
        w = optimizer.update(w, gradient, state)
    assert state["max_exp_avg_sq"] == pytest.approx(32.0)
    assert state["exp_avg_sq"] < 5


def test_each_parameter_has_a_state_of_its_own():
    a, b = Tensor(5.0, requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    optimizer = SGD([a, b], lr=0.1, momentum=0.9)
    for _ in range(3):
        optimizer.zero_grad()
        (a * a + (b * b).sum()).backward()
        optimizer.step()
    assert a.item() == pytest.approx(0.31)
    assert b.data.tolist() == pytest.approx([0.062, 0.124])


def test_a_parameter_without_a_gradient_stays():
    a, b = Tensor(1.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    optimizer = Adam([a, b], lr=0.5)
    (a * 3).backward()
    optimizer.step()
    assert [a.item(), b.item()] == pytest.approx([0.5, 2.0])


def test_a_step_is_outside_of_the_graph_and_counts_as_a_change():
    w = Tensor(3.0, requires_grad=True)
    loss = w * w
    loss.backward(retain_graph=True)
    SGD([w], lr=0.1).step()
    assert w.is_leaf
    assert w.item() == pytest.approx(2.4)
    with pytest.raises(GraphError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SGD([]), "at least one parameter"),
        (lambda: SGD([Tensor(1.0)], lr=-1), "can't be negative"),
        (lambda: SGD([Tensor(1.0)], nesterov=True), "momentum above 0"),
        (lambda: Adam([Tensor(1.0)], betas=(0.9, 1.0)), "between 0 and 1"),
        (lambda: Adam([Tensor(1.0)], eps=-1), "can't be negative"),
    ],
)
def test_wrong_settings_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_clipping_by_the_global_norm_keeps_the_direction():
    clipped, norm = clip_by_global_norm([np.array([3.0, 4.0]), None, np.array([12.0])], 6.5)
    assert [norm, clipped[0].tolist(), clipped[1], clipped[2].tolist()] == [13.0, [1.5, 2.0], None, [6.0]]


def test_clipping_by_norm_takes_each_by_itself():
    assert [one.tolist() for one in clip_by_norm([np.array([3.0, 4.0]), np.array([12.0])], 6.5)] == [[3.0, 4.0], [6.5]]


def test_clipping_never_scales_up():
    gradients = [np.array([0.3, 0.4])]
    for clipped in (
        clip_by_norm(gradients, 5.0),
        clip_by_global_norm(gradients, 5.0)[0],
        clip_by_value(gradients, -1, 1),
    ):
        assert clipped[0].tolist() == [0.3, 0.4]
        assert clipped[0] is not gradients[0]


def test_clipping_by_value_and_of_tensors():
    (clipped,) = clip_by_value([Tensor([-3.0, 0.5])], -1.0, 1.0)
    assert type(clipped) is Tensor
    assert clipped.data.tolist() == [-1.0, 0.5]
    assert global_norm([Tensor([3.0]), None, Tensor(4.0)]) == 5.0
    assert global_norm([]) == 0.0
