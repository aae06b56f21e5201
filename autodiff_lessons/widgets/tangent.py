"""TangentExplorer: a curve, and the tangent at the point that a slider moves, its slope by the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autodiff_lessons.widgets.curves import POINTS, Curve, limits, points_of, value_and_slope
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import as_slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class TangentExplorer(Explorer):
    """Slide along the curve of f from low to high and watch its tangent: `TangentExplorer(np.sin, -3, 3, start=1)`.

    The tangent at x is the line f(x) + f'(x) (t - x); reverse mode gives f'(x). f is any function of one number that
    the engine can record; start is the middle of the range when it is left out; name says on the axis and in the
    sentence what f is. Where f has no value the curve has a gap, and the slider says why.
    """

    def __init__(self, f: Curve, low: float, high: float, start: float | None = None, name: str = "f") -> None:
        slider = as_slider("x", (low, high) if start is None else (low, high, start))
        xs = np.linspace(slider.low, slider.high, POINTS)

        def curve(axes: Axes) -> None:
            ys = points_of(f, xs)
            axes.plot(xs, ys, label=name)
            axes.plot([], [], label="tangent")
            axes.plot([], [], "ko", label="point")
            axes.set(xlim=(slider.low, slider.high), ylim=limits(ys), xlabel="x", ylabel=name)
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)

        def tangent(axes: Axes, x: float) -> str:
            value, slope = value_and_slope(f, x, name)
            axes.axline((x, value), slope=slope, color="C1", linestyle="--")
            axes.plot([x], [value], "ko", zorder=3)
            return f"at x = {x + 0.0:.6g}, {name} = {value + 0.0:.6g} and the slope is {slope + 0.0:.6g}"

        super().__init__(tangent, backdrop=curve, x=slider)
