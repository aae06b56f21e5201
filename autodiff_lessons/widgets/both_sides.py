"""BothSidesExplorer: a slope measured from one side and from both, beside the true one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.functional import value_and_grad
from autodiff_lessons.widgets.explorer import Explorer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDEST = 1.5


class BothSidesExplorer(Explorer):
    """Slide the step h and watch two measured slopes of f at x: `BothSidesExplorer(np.sin, 1.0)`.

    The forward difference (f(x + h) - f(x)) / h is the slope of the line through x and x + h; the central difference
    (f(x + h) - f(x - h)) / (2 h) is that of the line through x - h and x + h, which is drawn from there. The dotted
    line is the tangent, its slope from reverse mode. f is a function of one number that the engine can record, and has
    values from x - h to x + h; name says on the axis what it is.
    """

    def __init__(self, f: Callable[[Any], Any], x: float, name: str = "f") -> None:
        value, slope = (float(one) for one in value_and_grad(f)(float(x)))
        xs = np.linspace(x - 1.1 * _WIDEST, x + 1.1 * _WIDEST, 200)
        ys = np.array([float(f(one)) for one in xs])
        room = 0.2 * float(np.ptp(ys)) or 1.0

        def curve(axes: Axes) -> None:
            axes.plot(xs, ys, color="k", lw=1.5, label=name)
            axes.axline((x, value), slope=slope, color="gray", linestyle=":", label="tangent")
            axes.plot([], [], color="C1", linestyle="--", label="one side")
            axes.plot([], [], color="C0", linestyle="-.", label="both sides")
            axes.set(xlim=(xs[0], xs[-1]), ylim=(ys.min() - room, ys.max() + room), xlabel="x", ylabel=name)
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, borderaxespad=0.2)

        def lines(axes: Axes, h: float) -> str:
            ahead, behind = f(x + h), f(x - h)
            one_side, both_sides = (ahead - value) / h, (ahead - behind) / (2 * h)
            axes.axline((x, value), slope=one_side, color="C1", linestyle="--")
            axes.axline((x - h, behind), slope=both_sides, color="C0", linestyle="-.")
            axes.plot([x, x + h], [value, ahead], "C1s", ms=8)
            axes.plot([x - h, x + h], [behind, ahead], "C0o", ms=6)
            return (
                f"with h = {h:.2f} one side says {one_side:.6f}, off by {abs(one_side - slope):.2g}; "
                f"both sides say {both_sides:.6f}, off by {abs(both_sides - slope):.2g}"
            )

        super().__init__(lines, backdrop=curve, h=(0.01, _WIDEST, _WIDEST, 0.01))
