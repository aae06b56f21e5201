"""PullbackExplorer: v J at angles whose numbers are known, its rows, and what it can't draw."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons import PullbackExplorer
from autodiff_lessons.errors import WidgetError


def f(x0, x1):
    return x0 * x1, x1**2 - x0


@pytest.mark.parametrize(
    ("angle", "sentence"),
    [
        (0, "at 0 degrees v = (1.00, 0.00) and v J = (1.50, 1.00)"),  # row 0 of J
        (90, "at 90 degrees v = (0.00, 1.00) and v J = (-1.00, 3.00)"),  # row 1
        (180, "at 180 degrees v = (-1.00, 0.00) and v J = (-1.50, -1.00)"),
        (45, "at 45 degrees v = (0.71, 0.71) and v J = (0.35, 2.83)"),
    ],
)
def test_what_it_says(angle, sentence):
    explorer = PullbackExplorer(f, at=(1.0, 1.5))
    assert explorer.in_page
    explorer.values = {"angle": angle}
    assert explorer.sentence == sentence


def test_a_function_of_one_of_the_inputs_has_a_zero_there():
    explorer = PullbackExplorer(lambda x0, x1: (np.sin(x0), x0), at=(0.0, 1.0))
    explorer.values = {"angle": 90}
    assert explorer.sentence.endswith("v J = (1.00, 0.00)")


@pytest.mark.parametrize("f", [lambda x0, x1: x0 * x1, lambda x0, x1: (x0, x1, x0)])
def test_it_needs_two_outputs(f):
    with pytest.raises(WidgetError, match="this picture needs two outputs, as in `return x0"):
        PullbackExplorer(f, at=(1.0, 2.0))
