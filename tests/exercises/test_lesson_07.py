"""Lesson 7: the course's numbers, answers of other makes, and which misconceptions are not named."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from autodiff_lessons.dialects import torch
from autodiff_lessons.exercises import get, tensors
from autodiff_lessons.exercises.lesson_07.accumulation import LINES, behaviour

# (exercise, wrong answer, what its message shows): the numbers of the course
SHOWN = [
    ("7.2", "IgnoresUpstream", "y = sin(Square.apply(x)) with x = 3` gave `(0.4121184852, 6)`"),
    ("7.2", "SavesTheOutput", "y = Square.apply(x) with x = 3` gave `(9, 18)`"),
    ("7.3", "ones", "x = [1, 2], v = [1, 2, 3]` gave `([5., 5.], [[2., 0.], [3., 1.], [0., 4.]])`"),
    ("7.3", "times_vector", "x = [1, 2], v = [1, 2, 3]` stopped with OperandError"),
    ("7.4", "constant_factor", "`gradient = [6, 12]` is not right."),
    ("7.4", "zero_between", "In this loop w never moves."),
]


@pytest.mark.parametrize(("exercise", "name", "shown"), SHOWN)
def test_the_smallest_probe_that_fails_is_shown(exercise: str, name: str, shown: str) -> None:
    found: Any = get(exercise)
    (code,) = [wrong.code for wrong in found.wrong_answers if wrong.code.__name__ == name]
    assert shown in found.check(code if found.decorates else {**found.reference, **code()}).message


def test_the_truths_of_the_course() -> None:
    square, pulled = get("7.2"), get("7.3")
    assert square._truth(1)[1] == pytest.approx(-5.46678, rel=1e-6)  # type: ignore[attr-defined]
    assert pulled._truth(0)[0].tolist() == [8.0, 14.0]  # type: ignore[attr-defined]
    assert [row.tolist() for row in pulled._truth(0)[1]] == [[2, 0], [3, 1], [0, 4]]  # type: ignore[attr-defined]
    assert get("7.4").reference == {
        "twice": 12,
        "loop": ["zero_grad", "loss", "backward", "step"],
        "cost": [12, 36],
        "gradient": [6, 28],
    }


def trains(order: tuple[str, ...]) -> bool:
    """Whether a loop of these lines follows plain descent on (w - 3)**2, by the dialect itself."""
    w = torch.tensor(0.0, requires_grad=True)
    optimizer, loss, places = torch.optim.SGD([w], lr=0.25), None, [0.0]
    for _ in range(5):
        for line in order:
            if line == "loss":
                loss = (w - 3) ** 2
            elif line != "backward":
                getattr(optimizer, line)()
            elif loss is None:
                return False
            else:
                loss.backward()
            if w.item() != places[-1]:
                places.append(w.item())
    descent = [3 - 3 * 0.5**step for step in range(6)]
    return len(places) > 3 and places == descent[: len(places)]


@pytest.mark.parametrize("order", list(itertools.permutations(LINES)), ids=" ".join)
def test_which_orders_train(order: tuple[str, ...]) -> None:
    assert (behaviour(list(order)) == "one gradient a step") is trains(order)
    candidate = {**get("7.4").reference, "loop": order}
    assert (get("7.4").check(candidate).status == "correct") is trains(order)


@pytest.mark.parametrize(
    ("loop", "misconception"),
    [
        (["optimizer.zero_grad()", "loss = (w - 3)**2", "loss.backward()", "optimizer.step()"], "correct"),
        (["Zero_Grad", " loss ", "backward", "step", "zero_grad"], "correct"),
        (["loss", "step", "backward"], "never-cleared"),
        (["zero_grad", "loss", "step"], "no-gradient"),
        (["loss", "backward", "step", "step", "zero_grad"], "gradient-of-an-older-loss"),
        (["loss", "backward", "update", "zero_grad"], None),
        ({"loss", "backward", "step", "zero_grad"}, None),
        ("loss backward step zero_grad", None),
        ([1, 2, 3, 4], None),
        ([], None),
    ],
)
def test_how_a_loop_may_be_written(loop: Any, misconception: str | None) -> None:
    outcome = get("7.4").check({**get("7.4").reference, "loop": loop})
    assert (misconception or "incorrect") in (outcome.misconception, outcome.status)
    assert outcome.misconception in (misconception, None)


def test_an_unknown_line_is_named() -> None:
    message = get("7.4").check({**get("7.4").reference, "loop": ["loss", "update"]}).message
    assert message.startswith("`loop` is a list with 'update', which is none of the lines.")


def test_tensors_are_answers() -> None:
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    y = w * torch.tensor([-1.0, -2.0])
    (y[1] * y).sum().backward()
    candidate = {**get("7.4").reference, "twice": torch.tensor(12.0), "cost": y[1] * y, "gradient": w.grad}
    assert get("7.4").check(candidate).status == "correct"


PLAIN = (False, True, None, None)


@pytest.mark.parametrize(
    ("rows", "misconception"),
    [
        ({"x": (False, True, None, 1.0)}, "slope-of-the-untracked"),
        ({"x": (True, True, None, 1.0)}, "tracked-by-default"),
        ({"a": (False, False, "AddBackward0", None)}, "computed-is-no-leaf"),
        ({"b": (True, False, "AddBackward0", 1.0)}, "inner-grad-filled"),
        ({"z": (True, True, None, None)}, "before-the-pass"),
        ({"b": (True, False, "SubBackward0", None)}, None),
        ({"z": (True, True, None, 6.0)}, None),
        ({"x": (0, 1, None, None)}, None),
    ],
)
def test_rows_of_7_1(rows: dict[str, Any], misconception: str | None) -> None:
    outcome = get("7.1").check({**get("7.1").reference, **rows})
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)


@pytest.mark.parametrize("name", ["AddBackward0", "<AddBackward0>", "addbackward", "AddBackward1 object at 0x7f3c"])
def test_the_name_of_a_node_may_be_written_as_it_is_printed(name: str) -> None:
    assert get("7.1").check({**get("7.1").reference, "b": (True, False, name, None)}).status == "correct"


def square(forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    return type("Square", (torch.autograd.Function,), {"forward": forward, "backward": backward})


def saving(ctx: Any, x: Any) -> Any:
    ctx.save_for_backward(x)
    return x * x


@pytest.mark.parametrize(
    ("forward", "backward", "status", "told"),
    [
        (saving, lambda ctx, up: ..., "not attempted", "the `...` that is still there"),
        (lambda ctx, x: ..., lambda ctx, up: 2 * up, "not attempted", "the `...` that is still there"),
        (staticmethod(lambda ctx, x: None), staticmethod(lambda ctx, up: None), "not attempted", "write your own code"),
        (saving, lambda ctx, up: None, "incorrect", "gave no gradient: `backward` returned None. Is a `return`"),
        (
            lambda ctx, x: x.item(),
            lambda ctx, up: up,
            "incorrect",
            "gave `3`: `forward` gave one number where a tensor",
        ),
        (saving, lambda ctx, up: up.item(), "incorrect", "Square.backward returned a float as gradient 0"),
        (lambda ctx, x: x * x, lambda ctx, up: ctx.saved_tensors[0], "incorrect", "stopped with IndexError"),
        (saving, lambda ctx, up: [2 * up * ctx.saved_tensors[0]], "correct", "Local derivative times upstream"),
    ],
)
def test_what_7_2_says_of_a_class(forward: Any, backward: Any, status: str, told: str) -> None:
    outcome = get("7.2").check(square(forward, backward))
    assert (outcome.status, outcome.misconception) == (status, None)
    assert told in outcome.message


def passes(keep: bool, clear: bool, clone: bool) -> Callable[..., Any]:
    """v J and the rows by one backward after the other."""

    def pull_back(f: Any, x: Any, v: Any) -> Any:
        y, found = f(x), []
        for weights in [v, *torch.eye(len(y))]:
            if clear:
                x.grad = None
            y.backward(weights, retain_graph=keep)
            found.append(x.grad.clone() if clone else x.grad)
        return found[0], found[1:]

    return pull_back


@pytest.mark.parametrize(
    ("keep", "clear", "clone", "misconception"),
    [
        (True, True, True, None),
        (True, True, False, None),
        (True, False, True, "grad-adds-up"),
        (True, False, False, "one-tensor"),
        (False, True, True, "graph-freed"),
    ],
)
def test_the_traps_of_7_3(keep: bool, clear: bool, clone: bool, misconception: str | None) -> None:
    outcome = get("7.3").check(passes(keep, clear, clone))
    assert (outcome.status, outcome.misconception) == ("incorrect" if misconception else "correct", misconception)


def test_two_entries_that_are_equal_are_not_one_tensor() -> None:
    def short(f: Any, x: Any, v: Any) -> Any:
        f(x).backward(v)
        return x.grad, [x.grad]

    assert get("7.3").check(short).misconception is None


def test_solutions_written_with_pytorch_itself_are_checked_with_it() -> None:
    real = pytest.importorskip("torch", reason="PyTorch is not installed")

    class Square(real.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            return 2 * ctx.saved_tensors[0] * upstream

    namespace: dict[str, Any] = {"torch": real}
    exec("def pull_back(f, x, v):\n    J = torch.autograd.functional.jacobian(f, x)\n    return v @ J, J", namespace)
    assert tensors.torch_of(Square) is tensors.torch_of(namespace["pull_back"]) is real
    assert tensors.torch_of(square(saving, saving)) is tensors.torch_of(saving) is torch
    assert get("7.2").check(Square).status == "correct"
    assert get("7.3").check(namespace["pull_back"]).status == "correct"
