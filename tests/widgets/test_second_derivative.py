"""SecondDerivativeExplorer and StaleGradientsExplorer: the numbers they say, and that the page draws them by itself."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons import SecondDerivativeExplorer, StaleGradientsExplorer


@pytest.mark.parametrize(
    ("f", "x", "sentence"),
    [
        (lambda x: x**3, 1, "at x = 1, f = 1; its slope is 3, and the slope of the slope is 6"),
        (lambda x: x**3, -0.5, "at x = -0.5, f = -0.125; its slope is 0.75, and the slope of the slope is -3"),
        (lambda x: 3 * x**2 + 4 * x + 2, 2, "at x = 2, f = 22; its slope is 16, and the slope of the slope is 6"),
        (np.sin, 0, "at x = 0, f = 0; its slope is 1, and the slope of the slope is 0"),
    ],
)
def test_both_derivatives(f, x, sentence):
    explorer = SecondDerivativeExplorer(f, -2, 2, start=1)
    assert explorer.in_page
    explorer.values = {"x": x}
    assert explorer.sentence == sentence


def test_it_begins_in_the_middle_and_says_the_name():
    explorer = SecondDerivativeExplorer(lambda x: x**3, 0, 2, name="the cube")
    assert explorer.sentence == "at x = 1, the cube = 1; its slope is 3, and the slope of the slope is 6"


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.25])
def test_descent_with_and_without_clearing(rate):
    explorer = StaleGradientsExplorer(lambda w: (w - 3) ** 2, start=0.0, best=3.0)
    assert explorer.in_page
    explorer.values = {"rate": rate}
    w, gradient = 0.0, 0.0
    for _ in range(30):
        gradient += 2 * (w - 3)
        w -= rate * gradient
    cleared = 3 - 3 * (1 - 2 * rate) ** 30
    assert explorer.sentence == (
        f"rate {rate:.2f}: after 30 rounds w = {cleared:.3f} if the gradients are cleared, and {w:.3f} if they add up"
    )


def test_gradients_that_add_up_never_come_to_rest():
    """w swings around the best place as far as it began from there; the cleared run comes to rest at it."""
    explorer = StaleGradientsExplorer(lambda w: (w - 3) ** 2, start=0.0, best=3.0)
    ends = []
    for rate in np.arange(0.02, 0.31, 0.01).round(2):
        explorer.values = {"rate": float(rate)}
        ends.append(float(explorer.sentence.split()[-5]) - 3)
    assert max(ends) > 2.5
    assert min(ends) < -2.5
