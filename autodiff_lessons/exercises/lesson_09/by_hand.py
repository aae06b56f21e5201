"""9.1: one training step with paper and pencil, on the pair x = 1, y = 2, from w = 1 with a learning rate of 0.01."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.value_exercise import ValueExercise

one_step = ValueExercise(
    "9.1",
    "Take one step by hand",
    stub="""\
answer(
    "9.1",
    r=...,
    loss=...,
    dloss_dr=...,
    dloss_dw=...,
    new_w=...,
)
""",
    hints=[
        "Go forwards first: w times x, then minus y. That is r, and it may be negative. The loss is r times r.",
        "Backwards, one edge at a time. How fast does r² move when r moves? And how fast does r = w x - y move when "
        "w moves?",
        "The two local slopes multiply along the path from the loss to w. Then the step: from w, take away the "
        "learning rate times that number. Taking away a negative number makes w larger.",
    ],
    takeaway="The gradient points uphill, so a step goes against it: w grew, because w x was below y.",
)


@one_step.set_reference
def by_the_chain_rule() -> dict[str, Any]:
    return {
        "r": 1 * 1 - 2,
        "loss": (1 * 1 - 2) ** 2,
        "dloss_dr": 2 * (1 * 1 - 2),
        "dloss_dw": 2 * (1 * 1 - 2) * 1,
        "new_w": 1 - 0.01 * 2 * (1 * 1 - 2) * 1,
    }


@one_step.wrong(
    "residual-turned",
    "This is y - w x, the other way round. Here r is the prediction minus the truth: w x - y.",
)
def truth_minus_prediction() -> dict[str, Any]:
    return {"r": 2 - 1 * 1}


@one_step.wrong("sum-for-difference", "This is w x + y. The residual is a difference: w x - y.")
def prediction_plus_truth() -> dict[str, Any]:
    return {"r": 1 * 1 + 2}


@one_step.wrong("square-of-a-negative", "A square is never negative: minus times minus is plus.")
def negative_square() -> dict[str, Any]:
    return {"loss": -((1 * 1 - 2) ** 2)}


@one_step.wrong("halved-loss", "Some books halve the squared error. Here the loss is r² itself.")
def half_a_square() -> dict[str, Any]:
    return {"loss": 0.5 * (1 * 1 - 2) ** 2}


@one_step.wrong(
    "sign-lost",
    "The sign got lost. r is negative here, so when r grows towards zero the loss shrinks: the slope is negative.",
)
def slope_without_its_sign() -> dict[str, Any]:
    return {"dloss_dr": 2 * 1}


@one_step.wrong("sign-lost")
def sign_lost_on_the_way_to_w() -> dict[str, Any]:
    return {"dloss_dw": 2 * 1}


@one_step.wrong("not-doubled", "The square's rule is missing a factor: the slope of r² is twice r.")
def residual_as_slope() -> dict[str, Any]:
    return {"dloss_dr": 1 * 1 - 2}


@one_step.wrong("not-doubled")
def residual_as_gradient() -> dict[str, Any]:
    return {"dloss_dw": 1 * 1 - 2}


@one_step.wrong(
    "climbs",
    "This step goes uphill: the loss grows. Check the sign of the gradient, and subtract it, for it points to where "
    "the loss grows.",
)
def step_up() -> dict[str, Any]:
    return {"new_w": 1 + 0.01 * 2 * (1 * 1 - 2)}


@one_step.wrong(
    "rate-forgotten",
    "This is a step of the whole gradient. The learning rate makes it small: w - lr * gradient.",
)
def whole_gradient() -> dict[str, Any]:
    return {"new_w": 1 - 2 * (1 * 1 - 2)}


@one_step.wrong("rate-forgotten")
def whole_gradient_uphill() -> dict[str, Any]:
    return {"new_w": 1 + 2 * (1 * 1 - 2)}


@one_step.wrong("step-alone", "That is the step alone. The new w is the old w with the step taken from it.")
def only_the_step() -> dict[str, Any]:
    return {"new_w": -0.01 * 2 * (1 * 1 - 2)}


@one_step.wrong("step-alone")
def only_the_step_uphill() -> dict[str, Any]:
    return {"new_w": 0.01 * 2 * (1 * 1 - 2)}


@one_step.wrong(
    "step-of-another-number",
    "This step was made with another number. It is the learning rate times `dloss_dw`, and w minus that.",
)
def step_of_the_loss() -> dict[str, Any]:
    return {"new_w": 1 - 0.01 * (1 * 1 - 2) ** 2}


@one_step.wrong("step-of-another-number")
def step_of_the_residual() -> dict[str, Any]:
    return {"new_w": 1 - 0.01 * (1 * 1 - 2)}


@one_step.alternative
def by_the_engine() -> dict[str, Any]:
    w: Any = Tensor(1.0, requires_grad=True)
    r = w * 1.0 - 2.0
    r.retain_grad()
    loss = r**2
    loss.backward()
    return {"r": r, "loss": loss, "dloss_dr": r.grad, "dloss_dw": w.grad, "new_w": w.item() - 0.01 * w.grad}


@one_step.alternative
def by_numpy() -> dict[str, Any]:
    x, w, y, lr = np.array([1.0, 1.0, 2.0, 0.01])
    r = np.float64(w * x - y)
    return {"r": r, "loss": np.square(r), "dloss_dr": r + r, "dloss_dw": (r + r) * x, "new_w": w - lr * (2 * r * x)}
