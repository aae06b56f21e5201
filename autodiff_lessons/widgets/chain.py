"""ChainExplorer: two functions in a row, a small push that runs through both, and the slopes that scale it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.curves import POINTS, Curve, limits, points_of, value_and_slope
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import as_slider

if TYPE_CHECKING:
    from typing import Any

    from matplotlib.axes import Axes

_PUSH = 1 / 12  # of the range of x


class ChainExplorer(Explorer):
    """Slide x through u = inner(x) and y = outer(u): `ChainExplorer(np.square, np.sin, 0, 3, names=("x²", "sin u"))`.

    On each curve stands the tangent where the number arrives, with a push along it: dx on the first is made du = u' dx,
    and that same du on the second is made dy = y' du, so that the slopes multiply. Both functions have values
    wherever x goes; `names` say on the axes what they are.
    """

    def __init__(
        self,
        inner: Curve,
        outer: Curve,
        low: float,
        high: float,
        start: float | None = None,
        names: tuple[str, str] = ("u(x)", "y(u)"),
    ) -> None:
        slider = as_slider("x", (low, high) if start is None else (low, high, start))
        dx = _PUSH * (slider.high - slider.low)
        xs = np.linspace(slider.low, slider.high + 2 * dx, POINTS)
        us = points_of(inner, xs)
        arrives = np.linspace(*limits(us), POINTS)
        ys = points_of(outer, arrives)
        if not np.isfinite(np.concatenate([us, ys])).all():
            raise WidgetError(
                f"{names[0]} for x from {low:g} to {high:g}, or {names[1]} of what it gives, has no value at some "
                "points. Choose low and high so that both have one."
            )

        room = [(float(np.ptp(across)), float(np.ptp(limits(up)))) for across, up in ((xs, us), (arrives, ys))]

        def backdrop(both: tuple[Axes, Axes]) -> None:
            first, second = both
            first.plot(xs, us, "C0")
            first.set(xlim=(xs[0], xs[-1]), ylim=limits(us), xlabel="x", ylabel=f"u = {names[0]}")
            second.plot(arrives, ys, "C0")
            second.set(xlim=(arrives[0], arrives[-1]), ylim=limits(ys), xlabel="u", ylabel=f"y = {names[1]}")

        def draw(both: tuple[Axes, Axes], x: float) -> str:
            u, du_dx = value_and_slope(inner, x, names[0])
            y, dy_du = value_and_slope(outer, u, names[1])
            first, second = both
            for axes, point, slope in ((first, (x, u), du_dx), (second, (u, y), dy_du)):
                axes.axline(point, slope=slope, color="gray", linestyle=":")
            du = du_dx * dx
            _push(first, (x, u), (dx, du), (("dx", "C1"), ("du", "C2")), room[0])
            _push(second, (u, y), (du, dy_du * du), (("du", "C2"), ("dy", "C3")), room[1])
            return (
                f"x = {x + 0.0:.2f}: u = {u:.4f}, y = {y:.4f}. The slopes are du/dx = {du_dx:.5f} and "
                f"dy/du = {dy_du:.5f}; their product is dy/dx = {dy_du * du_dx:.5f}"
            )

        super().__init__(draw, backdrop=backdrop, panels=2, size=(780, 360), x=slider)


def _push(
    axes: Axes,
    point: tuple[Any, Any],
    by: tuple[Any, Any],
    names: tuple[tuple[str, str], ...],
    room: tuple[float, float],
) -> None:
    """A step from a point, across and then up or down, with its names beside it; `room` is how far the axes reach."""
    x, y = point
    across, up = by
    corner, end = (x + across, y), (x + across, y + up)
    for (_, colour), start, tip in zip(names, (point, corner), (corner, end), strict=True):
        arrow = {"arrowstyle": "->", "color": colour, "lw": 3, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", tip, start, arrowprops=arrow)
    axes.plot([x], [y], "ko", markersize=7)
    below = y - 0.05 * room[1] * np.where(up < 0, -1.0, 1.0)
    beside = x + across + 0.05 * room[0] * np.where(across < 0, -1.0, 1.0)
    for (name, colour), at in zip(names, ((x + across / 2, below), (beside, y + up / 2)), strict=True):
        axes.text(*at, name, color=colour, ha="center", va="center")
