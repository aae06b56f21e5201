"""DescentExplorer: its ways are those of the course's optimizers, and the page draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autodiff_lessons.engine.optimizers import SGD, Adam, Optimizer
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.descent import (
    START,
    STEEPNESS,
    STEPS,
    DescentExplorer,
    loss_at,
    with_adam,
    with_momentum,
)


def walked(optimizer: Any, **settings: float) -> list[tuple[float, float]]:
    """Where an optimizer of the engine goes on the same bowl."""
    weights = [Tensor(start, requires_grad=True) for start in START]
    moves: Optimizer = optimizer(weights, **settings)
    way = [START]
    for _ in range(STEPS):
        moves.zero_grad()
        loss_at(*weights).backward()
        moves.step()
        way.append((weights[0].item(), weights[1].item()))
    return way


@pytest.mark.parametrize(("lr", "m"), [(0.05, 0.0), (0.1, 0.75), (0.2, 0.0)])
def test_the_ways_are_those_of_the_engine(lr: float, m: float) -> None:
    both = list(zip(START, STEEPNESS, strict=True))
    mine = list(zip(*(with_momentum(*one, lr, m) for one in both), strict=True))
    np.testing.assert_allclose(mine, walked(SGD, lr=lr, momentum=m), rtol=1e-9)
    mine = list(zip(*(with_adam(*one, lr) for one in both), strict=True))
    np.testing.assert_allclose(mine, walked(Adam, lr=lr), rtol=1e-9)


def test_it_says_the_losses_at_the_end() -> None:
    explorer = DescentExplorer(learning_rate=0.1, momentum=0.75)
    assert explorer.in_page
    momentum, adam = (loss_at(*way[-1]) for way in (walked(SGD, lr=0.1, momentum=0.75), walked(Adam, lr=0.1)))
    assert explorer.sentence == (
        f"The loss begins at {loss_at(*START):.3g}. After 25 steps it is {momentum:.3g} with momentum 0.75, and "
        f"{adam:.3g} with Adam, both with a learning rate of 0.100."
    )


def test_too_long_steps_go_uphill() -> None:
    explorer = DescentExplorer()
    explorer.values = {"learning_rate": 0.17}
    beyond = loss_at(*walked(SGD, lr=0.17)[-1])
    assert beyond > loss_at(*START)
    assert f"it is {beyond:.3g} with momentum 0.00" in explorer.sentence


def test_a_learning_rate_that_is_not_on_the_slider_is_refused() -> None:
    with pytest.raises(WidgetError, match="start is 3"):
        DescentExplorer(learning_rate=3.0)
