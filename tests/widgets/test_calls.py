"""CallsExplorer: its numbers are those that the engines themselves count."""

from __future__ import annotations

import pytest

from autodiff_lessons import CallsExplorer
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.small_engine import RecursiveVar, recursive_backward, topological_order


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_it_says_what_the_engines_count(n: int) -> None:
    y = RecursiveVar(3.0)
    for _ in range(n):
        y = y + y  # type: ignore[assignment]
    calls, visits = recursive_backward(y), len(topological_order(y))
    said = f"with n = {n} doublings the recursive engine makes {calls} calls, and the sweep visits {visits} nodes"
    assert CallsExplorer(n).sentence == said


def test_the_number_of_the_course() -> None:
    explorer = CallsExplorer()
    explorer.values = {"n": 20}
    assert "makes 2097151 calls, and the sweep visits 21 nodes" in explorer.sentence
    explorer.values = {"n": 24}
    assert "makes 33554431 calls, and the sweep visits 25 nodes" in explorer.sentence


def test_the_page_draws_it() -> None:
    assert CallsExplorer().in_page


def test_the_points_lie_on_both_curves() -> None:
    explorer = CallsExplorer(10)
    marks = explorer.program["marks"]
    curves = [
        mark for mark in marks if mark["kind"] == "line" and len(mark["x"] if type(mark["x"]) is list else []) > 20
    ]
    assert [(curve["y"][10], curve["y"][24]) for curve in curves] == [(2047.0, 2.0**25 - 1), (11.0, 25.0)]


def test_a_start_that_is_not_on_the_slider_is_refused() -> None:
    with pytest.raises(WidgetError, match="start is 30, which is not between low 1 and high 24"):
        CallsExplorer(30)
