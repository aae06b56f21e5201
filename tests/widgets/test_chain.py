"""ChainExplorer: the slopes of a chain at known points, and pushes that are handed on."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.chain import ChainExplorer
from autodiff_lessons.widgets.sketch import sketched


@pytest.mark.parametrize(
    ("x", "point", "du_dx", "dy_du", "product"),
    [
        ("3.00", "u = 9.0000, y = 0.4121", "6.00000", "-0.91113", "-5.46678"),
        ("0.00", "u = 0.0000, y = 0.0000", "0.00000", "1.00000", "0.00000"),
        ("-1.00", "u = 1.0000, y = 0.8415", "-2.00000", "0.54030", "-1.08060"),
    ],
)
def test_it_says_both_slopes_and_their_product(x, point, du_dx, dy_du, product):
    explorer = ChainExplorer(np.square, np.sin, -2, 3.2, names=("x²", "sin u"))
    explorer.values = {"x": float(x)}
    assert explorer.in_page
    assert explorer.sentence == (
        f"x = {x}: {point}. The slopes are du/dx = {du_dx} and dy/du = {dy_du}; their product is dy/dx = {product}"
    )


def test_the_push_that_leaves_the_first_picture_enters_the_second():
    explorer = ChainExplorer(np.square, np.sin, -2, 3.2, start=3.0)
    program = sketched(explorer._easel.draw, explorer._easel.backdrop, {"x": 3.0}, 2)
    assert program is not None
    numbers = program["graph"].run(x=3.0)

    def ends(mark):
        return [
            numbers[mark[name]["out"]] if isinstance(mark[name], dict) else mark[name]
            for name in ("x", "y", "x2", "y2")
        ]

    arrows = {0: [], 1: []}
    for mark in program["marks"]:
        if mark["kind"] == "arrow":
            arrows[mark["panel"]].append(ends(mark))
    (dx, du), (du_again, dy) = (
        [right - left + top - bottom for left, bottom, right, top in arrows[panel]] for panel in (0, 1)
    )
    assert du == pytest.approx(6 * dx)
    assert du_again == pytest.approx(du)
    assert dy == pytest.approx(np.cos(9) * du)


def test_a_chain_without_values_is_refused():
    with pytest.raises(WidgetError, match=r"x\^2 for x from -1 to 3, or log u of what it gives, has no value"):
        ChainExplorer(np.square, np.log, -1, 3, names=("x^2", "log u"))
