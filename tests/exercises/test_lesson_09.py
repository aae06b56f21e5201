"""Lesson 9: the course's numbers, and answers that sit on the edge of what a check tells apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autodiff_lessons.dialects import torch
from autodiff_lessons.engine.optimizers import SGD, Adam
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.lesson_09 import Rules, sigmoid_network, train
from autodiff_lessons.exercises.lesson_09.loop import by_hand

XS, YS = [1.0, 2.0, 3.0], [2.0, 4.0, 6.0]

# (exercise, wrong answer, what its message shows): the numbers of the course
SHOWN = [
    ("9.1", "slope_without_its_sign", "`dloss_dr = 2` is not right"),
    ("9.1", "step_up", "`new_w = 0.98` is not right"),
    (
        "9.2",
        "recorded_in_place",
        "stopped with GraphError: t -= u would change a tensor in place while the graph records",
    ),
    ("9.3", "sum_of_weights", "`W = 5` is not right"),
    ("9.3", "sum_of_biases", "`b = 0` is not right"),
    ("9.4", "per_array", "([[3., 4.], [12.]], 6.5)` gave `[[3., 4.], [6.5]]`"),
    ("9.4", "always_scaled", "([[3., 4.], [12.]], 26)` gave `[[6., 8.], [24.]]`"),
]


def outcome_of(exercise: str, name: str) -> Any:
    found = get(exercise)
    (code,) = [wrong.code for wrong in found.wrong_answers if wrong.code.__name__ == name]
    return found.check(code if found.decorates else {**found.reference, **code()})


@pytest.mark.parametrize(("exercise", "name", "shown"), SHOWN)
def test_the_first_wrong_number_is_shown(exercise: str, name: str, shown: str) -> None:
    assert shown in outcome_of(exercise, name).message


def test_the_truths() -> None:
    assert list(get("9.1").reference.values()) == [-1, 1, -2, -2, 1.02]
    assert (get("9.3").reference["W"], get("9.3").reference["b"]) == (6, 2)
    assert [one.tolist() for one in get("9.4")._truth(0)] == [[1.5, 2.0], [6.0]]  # type: ignore[attr-defined]
    assert get("9.5")._truth(0) == pytest.approx([4.0, 2.3, 0.31])  # type: ignore[attr-defined]
    assert get("9.5")._truth(2) == pytest.approx([4.9, 4.800058, 4.700213], rel=1e-7)  # type: ignore[attr-defined]


def test_the_loop_ends_where_the_course_says() -> None:
    w, gradients = train(XS, YS, 0.01, 100)
    assert (w.item(), len(gradients)) == (1.9999999999999236, 300)
    assert (w * 4.0).item() == pytest.approx(7.9999999999997, abs=1e-14)


def test_half_of_each_gradient_ends_at_nearly_the_same_weight_and_is_not_accepted() -> None:
    half = by_hand(lambda w, x, y: (w * x - y) * x)
    assert half(XS, YS, 0.01, 100)[0] == pytest.approx(1.9999995, abs=1e-8)
    assert get("9.2").check(half).misconception == "half-gradient"


@pytest.mark.parametrize(("rule", "optimizer"), [("momentum", SGD), ("adam", Adam)])
def test_the_rules_are_those_of_the_courses_optimizers(rule: str, optimizer: Any) -> None:
    w = Tensor(5.0, requires_grad=True)
    course = optimizer([w], lr=0.1, momentum=0.9) if optimizer is SGD else optimizer([w], lr=0.1)
    mine, memory = 5.0, {}
    for _ in range(20):
        course.zero_grad()
        (w * w).backward()
        course.step()
        mine = getattr(Rules(), rule)(mine, 2 * mine, memory)
        assert mine == pytest.approx(w.item(), rel=1e-12)


def loop_with(step: Callable[[Any, Any, list[Any], float], Any], start: Any = None) -> Any:
    """A solution of 9.2 with its own backward pass, step(w, loss, gradients, lr) -> w."""

    def code(xs: list[float], ys: list[float], lr: float, epochs: int) -> Any:
        w = start() if start else Tensor(1.0, requires_grad=True)
        gradients: list[Any] = []
        for x, y in list(zip(xs, ys, strict=True)) * epochs:
            w = step(w, (w * x - y) ** 2, gradients, lr)
        return w, gradients

    return code


def renewed(w: Any, loss: Any, gradients: list[Any], lr: float) -> Any:
    loss.backward()
    gradients.append(w.grad)
    return Tensor(w.item() - lr * w.grad, requires_grad=True)


def in_torch(w: Any, loss: Any, gradients: list[Any], lr: float) -> Any:
    loss.backward()
    gradients.append(w.grad.item())
    with torch.no_grad():
        w -= lr * w.grad
    w.grad = None
    return w


def swept_twice(w: Any, loss: Any, gradients: list[Any], lr: float) -> Any:
    loss.backward()
    loss.backward()
    return w


def turned_gradient(w: Any, loss: Any, gradients: list[Any], lr: float) -> Any:
    loss.backward()
    gradients.append(-w.grad)
    return Tensor(w.item() - lr * w.grad.item(), requires_grad=True)


@pytest.mark.parametrize(
    ("code", "status", "misconception"),
    [
        (loop_with(renewed), "correct", None),
        (loop_with(in_torch, lambda: torch.tensor(1.0, requires_grad=True, dtype=torch.float64)), "correct", None),
        (loop_with(swept_twice), "incorrect", None),  # another GraphError than that of the recorded step
        (loop_with(turned_gradient), "incorrect", None),
        (lambda xs, ys, lr, epochs: train(xs, ys, lr, epochs)[0], "incorrect", None),
        (lambda xs, ys, lr, epochs: train(xs, ys, lr, epochs)[::-1], "incorrect", None),
        (lambda xs, ys, lr, epochs: (train(xs, ys, lr, epochs)[0], [...]), "not attempted", None),
    ],
)
def test_loops_of_another_make(code: Any, status: str, misconception: str | None) -> None:
    outcome = get("9.2").check(code)
    assert (outcome.status, outcome.misconception) == (status, misconception)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({2.0, -1.0, 0.0}, None),
        (range(3), None),
        (np.array([-0.5, 0.5, 7.0]), None),
        ([Tensor(1.0), np.float64(2), 3], None),
        ([-100, 0, 100], None),
        ([-1.5, -0.5, 0.5], "do lie on one line"),
        ([10, 11, 12], "So far out the curve is flat"),
        ([9.0, 9.01, 9.02], "So far out the curve is flat"),
        ([0.0, 1.0], "a list of two values where a list of three numbers is needed"),
        ([0.0, 1.0, 2.0, 3.0], "a list of four values"),
        ([0.0, 1.0, float("nan")], "but not of three numbers"),
        ([0.0, "1", True], "but not of three numbers"),
        ("012", "text where a list of three numbers is needed"),
        (3.0, "one number where a list of three numbers is needed"),
        (np.array(3.0), "one number where a list of three numbers is needed"),
    ],
)
def test_which_inputs_prove_that_the_network_bends(inputs: Any, told: str | None) -> None:
    outcome = get("9.3").check({**get("9.3").reference, "inputs": inputs})
    assert outcome.status == ("incorrect" if told else "correct")
    assert (told or "") in outcome.message


def test_three_points_of_the_network_that_lie_on_a_line_by_chance() -> None:
    low, middle, high = map(sigmoid_network, (-1.5, -0.5, 0.5))
    assert middle - low == pytest.approx(high - middle, rel=1e-12)


def test_clipping_in_place_is_told_to_work_on_a_copy() -> None:
    def in_place(gradients: list[Any], max_norm: float) -> Any:
        norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
        for g in gradients:
            np.multiply(g, min(1.0, max_norm / norm), out=g)
        return gradients

    assert "gave the right result. It changed its argument `gradients`" in get("9.4").check(in_place).message


class RecursiveMeans:
    """Adam by means that are moved towards the new value."""

    momentum = staticmethod(lambda w, g, memory: Rules().momentum(w, g, memory))

    @classmethod
    def adam(cls, w: float, g: float, memory: dict[str, float], lr: float = 0.1, eps: float = 1e-8) -> Any:
        if not memory:
            memory.update(t=0, mean=0, square=0)
        memory["t"] += 1
        memory["mean"] += 0.1 * (g - memory["mean"])
        memory["square"] += 0.001 * (g**2 - memory["square"])
        t = memory["t"]
        rate = lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return w - rate * memory["mean"] / (np.sqrt(memory["square"]) + eps * np.sqrt(1 - 0.999**t))


class OneUnfinished(Rules):
    def adam(self, *_: Any) -> Any:  # type: ignore[override]
        return ...


class NoNumber(Rules):
    def momentum(self, w: Any, g: Any, memory: Any, *_: Any) -> Any:  # type: ignore[override]
        return w, g


@pytest.mark.parametrize(
    ("made", "status", "told"),
    [
        (RecursiveMeans, "correct", ""),
        (OneUnfinished, "not attempted", "write your own code in place of the `...`"),
        (NoNumber, "incorrect", "gave `(5, 10)`, a tuple of two values where the new weight is needed."),
    ],
)
def test_rules_of_another_make(made: Any, status: str, told: str) -> None:
    outcome = get("9.5").check(made)
    assert outcome.status == status
    assert told in outcome.message
