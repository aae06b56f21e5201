"""StepSizeExplorer: the error of a measured slope against the step, from far too wide to far too small."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.functional import grad
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider
from autodiff_lessons.widgets.stops import Stops

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_EPS = float(np.finfo(np.float64).eps)
_FLOOR = 1e-14  # an error below is drawn here: a logarithmic axis has no place for 0


class StepSizeExplorer(Explorer):
    """Slide the step h through sixteen powers of ten and watch how far the measured slope of f at x is off:
    `StepSizeExplorer(np.sin, 1.0)`.

    Both errors fall with *truncation*, |f''| h / 2 for the forward difference and |f'''| h**2 / 6 for the central one,
    and rise with *round-off*, about eps |f| / h: the straight lines of the picture. Every difference was computed with
    NumPy beforehand, since the last digits are what this is about; the true derivatives are reverse mode's.
    """

    def __init__(self, f: Callable[[Any], Any], x: float, name: str = "f") -> None:
        x = float(x)
        slider = Slider(-16, 0, -1, 0.1, label="log₁₀ h")
        stops = Stops(slider)
        steps = stops.table(lambda exponent: 10.0**exponent)
        slope, bend, twist = (float(one(x)) for one in (grad(f), grad(grad(f)), grad(grad(grad(f)))))
        one_side = stops.table(lambda exponent: forward(f, x, 10.0**exponent))
        both_sides = stops.table(lambda exponent: central(f, x, 10.0**exponent))
        errors = {"one side": np.abs(one_side - slope), "both sides": np.abs(both_sides - slope)}
        drawn = {which: np.maximum(error, _FLOOR) for which, error in errors.items()}

        def curves(axes: Axes) -> None:
            axes.set(xscale="log", yscale="log")
            axes.plot(steps, drawn["one side"], "C1--", lw=1.5, label="one side")
            axes.plot(steps, drawn["both sides"], "C0-", lw=1.5, label="both sides")
            axes.plot(steps, abs(bend) / 2 * steps, color="gray", linestyle=":", label="truncation")
            axes.plot(steps, abs(twist) / 6 * steps**2, color="gray", linestyle=":")
            axes.plot(steps, _EPS * abs(float(f(x))) / steps, color="gray", linestyle="-.", label="round-off")
            axes.set(xlim=(0.6e-16, 2), ylim=(_FLOOR, 10), xlabel="step h", ylabel=f"error of the slope of {name}")
            axes.set_xticks(10.0 ** np.arange(-16, 1, 2))
            axes.set_yticks(10.0 ** np.arange(-14, 1, 2))
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, borderaxespad=0.2)

        def points(axes: Axes, log10_h: float) -> str:
            axes.plot(steps, stops.point(log10_h, drawn["one side"]), "C1s", ms=10)
            axes.plot(steps, stops.point(log10_h, drawn["both sides"]), "C0o", ms=10)
            said = [
                f"{which} {verb} {stops.at(log10_h, slopes):.10f}, off by {stops.at(log10_h, errors[which]):.1e}"
                for which, verb, slopes in (("one side", "says", one_side), ("both sides", "say", both_sides))
            ]
            return f"with h = {stops.at(log10_h, steps):.1e} {said[0]}; {said[1]}"

        super().__init__(points, backdrop=curves, log10_h=slider)


def forward(f: Callable[[Any], Any], x: float, h: float) -> Any:
    """The formula as everybody writes it; 0 where h is lost beside x (the engine's own refuses that)."""
    return (f(x + h) - f(x)) / h


def central(f: Callable[[Any], Any], x: float, h: float) -> Any:
    """The same for both sides."""
    return (f(x + h) - f(x - h)) / (2 * h)
