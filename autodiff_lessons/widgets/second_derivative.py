"""SecondDerivativeExplorer: a curve with its tangent, and beside it the curve of its slopes with a tangent of its "
"own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.functional import grad
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import as_slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 200


class SecondDerivativeExplorer(Explorer):
    """Slide along f and watch the slope of its slope: `SecondDerivativeExplorer(lambda x: x**3, -2, 2, start=1)`.

    Left the curve of f with its tangent, of slope f'(x); right the curve of f' with its tangent, of slope f''(x). Both
    derivatives are by reverse mode, the second by a sweep of the first sweep. f is a function of one number that has
    two derivatives from low to high; name says what it is.
    """

    def __init__(
        self, f: Callable[[Any], Any], low: float, high: float, start: float | None = None, name: str = "f"
    ) -> None:
        slider = as_slider("x", (low, high) if start is None else (low, high, start))
        first, second = grad(f), grad(grad(f))
        xs = np.linspace(slider.low, slider.high, _POINTS)

        def curves(axes: tuple[Axes, Axes]) -> None:
            for one, function, label in zip(axes, (f, first), (name, f"slope of {name}"), strict=True):
                ys = np.array([float(function(x)) for x in xs])
                room = 0.15 * float(np.ptp(ys)) or 1.0
                one.plot(xs, ys, color="C0", linestyle="-")
                one.set(
                    xlim=(slider.low, slider.high), ylim=(ys.min() - room, ys.max() + room), xlabel="x", ylabel=label
                )

        def tangents(axes: tuple[Axes, Axes], x: float) -> str:
            value, slope, bend = (function(x) + 0.0 for function in (f, first, second))  # 0 is never -0
            for one, height, steep in zip(axes, (value, slope), (slope, bend), strict=True):
                one.axline((x, height), slope=steep, color="C1", linestyle="--")
                one.plot([x], [height], "ko", zorder=3)
            return (
                f"at x = {x:.3g}, {name} = {value:.3g}; its slope is {slope:.3g}, "
                f"and the slope of the slope is {bend:.3g}"
            )

        super().__init__(tangents, backdrop=curves, panels=2, size=(720, 360), x=slider)
