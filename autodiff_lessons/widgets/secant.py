"""SecantExplorer: a secant that turns into the tangent, and its slope against the step, with a hole at step zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.curves import POINTS, Curve, limits, points_of, value_and_slope
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HOLE = 0.05  # how much of the curve of slopes is left out around step zero, as a part of the reach


class SecantExplorer(Explorer):
    """Slide the second point of a secant towards the first: `SecantExplorer(lambda x: x**2, at=2.0)`.

    The secant through (at, f(at)) and (at + h, f(at + h)) has the slope (f(at + h) - f(at)) / h; the second panel shows
    that slope for every h from -reach to reach. At h = 0 it is 0 / 0, and there is no secant. The tangent's slope is by
    reverse mode. f is any function of one number that has a value from at - reach to at + reach.
    """

    def __init__(self, f: Curve, at: float, reach: float = 2.0, start: float = 1.0, name: str = "f(x)") -> None:
        value, tangent = (float(one) for one in value_and_slope(f, float(at), name))
        steps = np.linspace(-reach, reach, POINTS + 1)
        if not np.isfinite(points_of(f, at + steps)).all():
            raise WidgetError(
                f"{name} has no value at some of the points from {at - reach:g} to {at + reach:g}; choose a smaller "
                f"reach than {reach:g}."
            )

        def backdrop(both: tuple[Axes, Axes]) -> None:
            curve, slopes = both
            xs = at + 1.2 * steps
            ys = points_of(f, xs)
            curve.plot(xs, ys, "C0")
            curve.axline((at, value), slope=tangent, color="C2", linestyle="-.")
            curve.plot([], [], "C1--", label="secant")
            curve.plot([], [], "C2-.", label="tangent")
            curve.plot([at], [value], "ko")
            curve.set(xlim=(xs[0], xs[-1]), ylim=limits(ys), xlabel="x", ylabel=name)
            curve.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)
            there_is_one = np.abs(steps) > _HOLE * reach
            measured = np.full(steps.shape, np.nan)
            measured[there_is_one] = (points_of(f, at + steps[there_is_one]) - value) / steps[there_is_one]
            slopes.axhline(tangent, color="C2", linestyle="-.")
            slopes.plot(steps, measured, "C1")
            slopes.set(
                xlim=(-1.1 * reach, 1.1 * reach), ylim=limits(measured), xlabel="step h", ylabel="slope of the secant"
            )

        def draw(both: tuple[Axes, Axes], h: float) -> str:
            curve, slopes = both
            step = Tensor(h, name="h")  # a tensor's division by zero says what it can't do
            end = f(at + step).data
            slope = ((end - value) / step).data
            curve.axline((at, value), slope=slope, color="C1", linestyle="--")
            curve.plot([at + h], [end], "ko", zorder=3)
            slopes.plot([h], [slope], "ko", zorder=3)
            return (
                f"h = {h + 0.0:.2f}: the secant from x = {at:g} to {at + h:.2f} has the slope {slope:.4f}, "
                f"the tangent {tangent:.4f}; they differ by {slope - tangent:.4f}"
            )

        slider = Slider(-reach, reach, start, 0.01, "step h")
        super().__init__(draw, backdrop=backdrop, panels=2, size=(780, 360), h=slider)
