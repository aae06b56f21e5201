"""7.4: gradients add up in `.grad`: in two passes, in a training loop, and where a value is used twice."""

from __future__ import annotations

import re
from typing import Any

from autodiff_lessons.dialects import torch
from autodiff_lessons.exercises.comparing import Difference, difference, short
from autodiff_lessons.exercises.value_exercise import ValueExercise

LINES = ("loss", "backward", "step", "zero_grad")


def behaviour(order: list[str], rounds: int = 5) -> str:
    """Run the lines in this order, round after round, on the loss (w - 3)**2 from w = 0, and say what comes of it."""
    if "backward" not in order or "step" not in order:
        return "no gradient" if "backward" not in order else "no step"
    w, grad, loss_at, used_up = 0.0, None, None, True
    steps: list[tuple[Any, float]] = []
    for _ in range(rounds):
        for line in order:
            if line == "loss":
                loss_at, used_up = w, False
            elif line == "zero_grad":
                grad = None
            elif line == "backward" and used_up:
                return "no loss yet" if loss_at is None else "second backward"
            elif line == "backward":
                assert loss_at is not None
                grad, used_up = (grad or 0.0) + 2 * (loss_at - 3), True
            elif grad is None:
                steps.append((None, w))
            else:
                steps.append((grad, w))
                w -= 0.1 * grad
    used = [(grad, at) for grad, at in steps if grad is not None]
    if not used:
        return "never moves"
    if all(grad == 2 * (at - 3) for grad, at in used):
        return "one gradient a step"
    return "adds up" if "zero_grad" not in order else "of an older loss"


def lines_of(order: Any) -> Any:
    """The lines by their names: "optimizer.zero_grad()" is "zero_grad"; None where there is something else than "
    "text."""
    if not isinstance(order, list | tuple) or not order or not all(isinstance(line, str) for line in order):
        return None
    return [re.sub(r"\(.*|\s|=.*", "", line).rpartition(".")[2].casefold() for line in order]


def loop_difference(given: Any, truth: Any) -> Difference | None:
    """Two orders of the lines are the same answer if the loops do the same."""
    lines = lines_of(given)
    if lines is None:
        return difference(given, truth) or Difference("")
    strangers = [line for line, name in zip(given, lines, strict=True) if name not in LINES]
    if strangers:
        return Difference("", f"a list with {short(strangers[0])}, which is none of the lines")
    return None if behaviour(lines) == behaviour(truth) else Difference("")


accumulation = ValueExercise(
    "7.4",
    "Add up, and clear",
    compare={"loop": loop_difference},
    stub="""\
answer(
    "7.4",
    twice=...,  # x.grad after two passes through x**2 at x = 3
    loop=[...],  # "loss", "backward", "step", "zero_grad" in an order that trains
    cost=...,  # the two numbers of Y[1] * Y
    gradient=...,  # w.grad after (Y[1] * Y).sum().backward()
)
""",
    hints=[
        "The second pass finds in `x.grad` what the first left there, and adds its own.",
        "A step must find in `grad` what the newest backward brought, and only that. So where may `zero_grad` not "
        "stand, and can it be left out?",
        "In the sum of the costs, Y[1] stands in both terms: Y[1]*Y[0] + Y[1]*Y[1]. It depends on w[1] in each place. "
        "Add up what comes by each of them.",
    ],
    takeaway="Passes add up at a leaf, and so do the paths of one pass. Clear before the next backward, never before "
    "the step.",
)


@accumulation.set_reference
def added_up() -> dict[str, Any]:
    return {
        "twice": 2 * 3 + 2 * 3,
        "loop": ["zero_grad", "loss", "backward", "step"],
        "cost": [-6 * -2, -6 * -6],
        "gradient": [-6 * -1, -2 * -2 + 2 * -6 * -2],
    }


@accumulation.wrong("one-pass-only", "That is what one pass brings. The second one adds to it, it does not replace it.")
def replaced() -> dict[str, Any]:
    return {"twice": 2 * 3}


@accumulation.wrong(
    "passes-multiply",
    "Two passes do not multiply. Each brings the same slope, and `grad` adds them.",
)
def multiplied() -> dict[str, Any]:
    return {"twice": (2 * 3) * (2 * 3)}


@accumulation.wrong(
    "function-of-the-function",
    "That is the slope of (x**2)**2. Two backward passes are two measurements of the same function x**2.",
)
def chained() -> dict[str, Any]:
    return {"twice": 4 * 3**3}


@accumulation.wrong(
    "cleared-before-the-step",
    "In this loop w never moves. The gradient is computed and thrown away before `step` can use it: follow `grad` line "
    "by line.",
)
def zero_between() -> dict[str, Any]:
    return {"loop": ["loss", "backward", "zero_grad", "step"]}


@accumulation.wrong(
    "never-cleared",
    "Each step uses the sum of all gradients so far, also of those from long ago. Something has to empty `grad` once a "
    "round.",
)
def never() -> dict[str, Any]:
    return {"loop": ["loss", "backward", "step"]}


@accumulation.wrong(
    "gradient-of-an-older-loss",
    "In this loop a step uses a gradient of a loss that was computed before w moved. The loss comes first, then its "
    "backward, then the step.",
)
def old_loss() -> dict[str, Any]:
    return {"loop": ["loss", "step", "zero_grad", "backward"]}


@accumulation.wrong(
    "nothing-to-go-back-from",
    "`backward` starts from a loss, and in the first round there is none yet.",
)
def backward_first() -> dict[str, Any]:
    return {"loop": ["zero_grad", "backward", "loss", "step"]}


@accumulation.wrong(
    "backward-twice",
    "A loss can be gone back from once: then its graph is freed. One `backward` a round is enough, and two would count "
    "double.",
)
def twice_from_one_loss() -> dict[str, Any]:
    return {"loop": ["zero_grad", "loss", "backward", "backward", "step"]}


@accumulation.wrong("no-gradient", "Nothing here computes a gradient: a `backward` is missing.")
def no_backward() -> dict[str, Any]:
    return {"loop": ["zero_grad", "loss", "step"]}


@accumulation.wrong("no-step", "Nothing here changes w: a `step` is missing.")
def no_step() -> dict[str, Any]:
    return {"loop": ["zero_grad", "loss", "backward"]}


@accumulation.wrong("counted-from-one", "Python counts from 0: Y[1] is the second number of Y.")
def first_times_all() -> dict[str, Any]:
    return {"cost": [-2 * -2, -2 * -6]}


@accumulation.wrong(
    "held-constant",
    "You took Y[1] for a fixed number. It is computed from w[1] too: that is one more path, and it adds to the rest.",
)
def constant_factor() -> dict[str, Any]:
    return {"gradient": [-6 * -1, -6 * -2]}


@accumulation.wrong(
    "gradient-by-y",
    "That is the gradient by Y. One step further: Y is w times X, so each number is multiplied by its X.",
)
def by_y() -> dict[str, Any]:
    return {"gradient": [-6, -2 + 2 * -6]}


@accumulation.wrong(
    "one-cost-only",
    "That is the gradient of one of the two costs. `backward` started from their sum: add the other one's.",
)
def last_cost() -> dict[str, Any]:
    return {"gradient": [0, 2 * -6 * -2]}


@accumulation.wrong("one-cost-only")
def first_cost() -> dict[str, Any]:
    return {"gradient": [-6 * -1, -2 * -2]}


@accumulation.alternative
def by_running_it() -> dict[str, Any]:
    x = torch.tensor(3.0, requires_grad=True)
    for _ in range(2):
        (x**2).backward()
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    Y = w * torch.tensor([-1.0, -2.0])
    cost = Y[1] * Y
    cost.sum().backward()
    return {
        "twice": x.grad.item(),
        "loop": ["loss", "backward", "step", "zero_grad"],
        "cost": cost.tolist(),
        "gradient": w.grad.numpy(),
    }


@accumulation.alternative
def as_it_is_written_in_code() -> dict[str, Any]:
    return {
        "twice": 12.0,
        "loop": ("loss = ...", "optimizer.zero_grad()", "loss.backward()", "optimizer.step()"),
        "cost": (12, 36),
        "gradient": (6.0, 28.0),
    }
