"""StaircaseExplorer: a function beside a point, so near that the floating-point numbers show."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.functional import value_and_grad
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider
from autodiff_lessons.widgets.stops import Stops

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class StaircaseExplorer(Explorer):
    """Slide a tiny step h and watch the forward difference of f at x fail: `StaircaseExplorer(np.sin, 1.0)`.

    Left: the rise f(x + h) - f(x) as the computer has it, a staircase, since x + h and f are rounded to floating-point
    numbers; the line from the origin to the point has the slope that is measured. Right: that slope for every h. The
    unit is the power of ten below the gap between x and the next number, or below that of f, whichever is larger: 1e-16
    for the sine at 1. Every number was computed with NumPy beforehand.
    """

    def __init__(self, f: Callable[[Any], Any], x: float, name: str = "f") -> None:
        value, slope = (float(one) for one in value_and_grad(f)(float(x)))
        power = math.floor(math.log10(max(np.spacing(abs(float(x))), np.spacing(abs(value)))))
        if power < -300:
            raise WidgetError(f"At x = {x:g} and f(x) = {value:g} the numbers have no gaps to see; take another point.")
        unit = 10.0**power
        slider = Slider(0.1, 30, 1, 0.1, label=f"h in 1e{power}")
        stops = Stops(slider)
        steps = stops.values
        taken = stops.table(lambda h: ((x + h * unit) - x) / unit)
        rises = stops.table(lambda h: (float(f(x + h * unit)) - value) / unit)
        slopes = rises / steps
        top = 1.15 * max(30 * abs(slope), float(np.abs(rises).max()))
        limits = (-0.06 * top, top) if slope > 0 else (-top, 0.06 * top)
        span = max(abs(slope), 0.5)

        def stairs(axes: tuple[Axes, Axes]) -> None:
            left, right = axes
            left.axline((0, 0), slope=slope, color="gray", linestyle=":", label="true slope")
            left.plot(steps, rises, "C0-", lw=1.5, label=f"computed {name}")
            left.set(xlim=(-1, 30), ylim=limits, xlabel=f"h in 1e{power}", ylabel=f"rise in 1e{power}")
            right.axhline(slope, color="gray", linestyle=":")
            right.plot(steps, slopes, "C0-", lw=1.5)
            right.set(xlim=(-1, 30), ylim=(slope - 1.3 * span, slope + 1.3 * span), xlabel=f"h in 1e{power}")
            right.set_ylabel("measured slope")
            left.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)

        def point(axes: tuple[Axes, Axes], h: float) -> str:
            left, right = axes
            left.axline((0, 0), slope=stops.at(h, slopes), color="C1", linestyle="--", label="measured slope")
            left.plot(steps, stops.point(h, rises), "C1s", ms=10)
            right.plot(steps, stops.point(h, slopes), "C1s", ms=10)
            return (
                f"with h = {stops.at(h, steps):.1f} the computer moves x by {stops.at(h, taken):.2f} and {name} by "
                f"{stops.at(h, rises):.2f}, all in 1e{power}: the slope reads {stops.at(h, slopes):.3f}, and is "
                f"{slope:.3f}"
            )

        super().__init__(point, backdrop=stairs, panels=2, size=(720, 380), h=slider)
