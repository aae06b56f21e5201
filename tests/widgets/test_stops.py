"""Stops: numbers of the kernel, read at a slider's stops by the kernel and by a traced function alike."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.graph import trace
from autodiff_lessons.widgets.sliders import Slider
from autodiff_lessons.widgets.stops import Stops

STOPS = Stops(Slider(-2, 1, 0, 0.1))
SQUARES = STOPS.table(lambda x: x**2)


def test_there_is_a_number_for_every_stop():
    np.testing.assert_array_equal(STOPS.values, [round(-2 + place / 10, 1) for place in range(31)])
    assert SQUARES[3] == (-1.7) ** 2


@pytest.mark.parametrize(
    ("x", "stop"), [(-2, -2), (1, 1), (-0.3, -0.3), (-2 + 17 * 0.1, -0.3), (0.14, 0.1), (0.16, 0.2)]
)
def test_the_nearest_stop_s_number_is_read(x, stop):
    graph = trace(lambda x: (STOPS.at(x, SQUARES), STOPS.point(x, SQUARES)), 0.0)
    for number, point in (graph.run(x), (STOPS.at(x, SQUARES), STOPS.point(x, SQUARES))):
        assert number == stop**2
        np.testing.assert_array_equal(np.flatnonzero(np.isfinite(point)), [np.searchsorted(STOPS.values, stop)])
        assert np.nanmax(point) == stop**2
