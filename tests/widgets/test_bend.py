"""BendExplorer: a line rises by the same everywhere, the network with the sigmoid does not."""

from __future__ import annotations

import math

import pytest

from autodiff_lessons.widgets.bend import BendExplorer


def values(x: float, weight: float, bias: float) -> list[float]:
    return [2 / (1 + math.exp(-(weight * at + bias))) - 1 for at in (x - 1, x, x + 1)]


@pytest.mark.parametrize(("x", "weight", "bias"), [(1.0, 1.0, 0.0), (-2.0, 0.5, 0.0), (3.0, -2.0, 4.0)])
def test_it_says_by_how_much_both_networks_rise(x: float, weight: float, bias: float) -> None:
    explorer = BendExplorer()
    explorer.values = {"x": x, "W1": weight, "b1": bias}
    before, here, after = values(x, weight, bias)
    assert explorer.sentence == (
        f"From x = {x - 1:.1f} to {x:.1f} to {x + 1:.1f} the network with the sigmoid rises by {here - before:.3f} and "
        f"then by {after - here:.3f}; the linear one rises by {2 * weight:.3f} and then by {2 * weight:.3f}."
    )
    assert abs((here - before) - (after - here)) > 1e-3


def test_around_the_middle_of_the_bend_both_rises_are_equal_by_chance() -> None:
    explorer = BendExplorer()
    explorer.values = {"x": 0.0, "W1": 1.0, "b1": 0.0}
    rise = f"{2 / (1 + math.exp(-1)) - 1:.3f}"
    assert f"rises by {rise} and then by {rise}; the linear" in explorer.sentence


def test_the_page_draws_it() -> None:
    assert BendExplorer().in_page
