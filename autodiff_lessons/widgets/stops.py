"""Numbers that are computed beforehand, one for each stop of a slider: the page looks them up.

Round-off is in the last digits, and there a page's sine need not agree with NumPy's. What is looked up is the kernel's
own number, wherever the picture is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.widgets.sliders import Slider


class Stops:
    """The stops of a slider, and what is known at each: `stops.table(f)` computes it, `stops.at(x, table)` reads it."""

    def __init__(self, slider: Slider) -> None:
        self._slider = slider
        self._places = np.arange(round((slider.high - slider.low) / slider.step) + 1)
        self.values = np.round(slider.low + slider.step * self._places, 12)  # 0.3, not 0.30000000000000004

    def table(self, f: Callable[[float], float]) -> Any:
        """f at each stop."""
        return np.array([float(f(float(one))) for one in self.values])

    def at(self, x: Any, table: Any) -> Any:
        """The number at the stop that is nearest to x."""
        return np.sum(np.where(self._chosen(x), table, 0.0))

    def point(self, x: Any, table: Any) -> Any:
        """The table with a gap everywhere but at that stop: a curve of it is one point."""
        return np.where(self._chosen(x), table, np.nan)

    def _chosen(self, x: Any) -> Any:
        return self._places == np.rint((x - self._slider.low) / self._slider.step)
