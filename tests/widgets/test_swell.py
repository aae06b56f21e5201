"""SwellExplorer: its counts, against the engine's and against the law by which they grow."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.exercises.lesson_02 import swell
from autodiff_lessons.widgets.swell import SwellExplorer


def test_it_says_the_counts():
    explorer = SwellExplorer(lambda u: u * np.sin(u), times=8)
    assert explorer.in_page
    for n, counts in {1: (11, 8, 6), 5: (752, 36, 22), 8: (9472, 57, 34)}.items():
        explorer.values = {"n": n}
        tree, shared, numbers = counts
        assert explorer.sentence == (
            f"n = {n}: the derivative has {tree} nodes as a tree and {shared} different parts; automatic "
            f"differentiation keeps {numbers} numbers"
        )


def test_the_counts_are_those_of_the_exercise():
    """Its trees write 1 - u as 1 + (-1)*u."""
    explorer = SwellExplorer(lambda u: 4 * u * (1 + (-1) * u), times=6)
    reference = swell.reference
    for n, tree, shared in zip(range(1, 7), reference["derivative_nodes"], reference["shared_nodes"], strict=True):
        explorer.values = {"n": n}
        assert f"{tree} nodes as a tree and {shared} different parts" in explorer.sentence


def test_bars_come_with_the_slider():
    explorer = SwellExplorer(lambda u: u * np.sin(u), times=4)
    axes = explorer._easel.figure.axes[0]
    assert axes.get_yscale() == "log"
    standing = len(axes.patches)
    explorer._easel.draw(axes, n=3)
    heights = [bar.get_height() for bar in axes.patches[standing:]]
    assert heights[:3] == [11, 40, 116]
    assert np.isnan(heights[3])
    assert heights[4:7] == [8, 15, 22]
    assert np.isnan(heights[7])


def test_one_step_shows_no_growth():
    with pytest.raises(WidgetError, match="times is 1; it takes at least 2 steps"):
        SwellExplorer(lambda u: u * u, times=1)
