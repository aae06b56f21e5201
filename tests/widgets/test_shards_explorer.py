"""ShardsExplorer: the means that it says, beside those that NumPy finds, and batches that can't be cut."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.shards import ShardsExplorer

SQUARES = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0]


@pytest.mark.parametrize(
    ("losses", "cut", "said"),
    [
        (SQUARES, 1, "Shards of 1 and 5 rows with the means 1 and 18: the mean of the means is 9.5, "),
        (SQUARES, 3, "Shards of 3 and 3 rows with the means 4.66667 and 25.6667: the mean of the means is 15.1667, "),
        (SQUARES, 5, "Shards of 5 and 1 rows with the means 11 and 36: the mean of the means is 23.5, "),
        (np.array([2.0, 2.0, 2.0]), 2, "Shards of 2 and 1 rows with the means 2 and 2: the mean of the means is 2, "),
    ],
)
def test_it_says_the_means(losses, cut, said):
    explorer = ShardsExplorer(losses)
    explorer.values = {"cut": cut}
    assert explorer.in_page
    assert explorer.sentence == f"{said}the mean of all rows {np.mean(losses):.6g}"


def test_every_cut_is_one_of_the_sliders_stops():
    explorer = ShardsExplorer(SQUARES)
    for cut in range(1, 6):
        explorer.values = {"cut": cut}
        means = np.mean(SQUARES[:cut]), np.mean(SQUARES[cut:])
        assert f"is {np.mean(means):.6g}, the mean of all rows 15.1667" in explorer.sentence


@pytest.mark.parametrize("losses", [[1.0, 4.0], [], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
def test_batches_that_can_t_be_cut(losses):
    with pytest.raises(WidgetError, match="A batch to cut has 3 rows or more, a number each; this is"):
        ShardsExplorer(losses)
