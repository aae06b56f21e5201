"""TangentExplorer: a curve, and the tangent at the point that a slider moves, its slope by the engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import as_slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 400


class TangentExplorer(Explorer):
    """Slide along the curve of f from low to high and watch its tangent: `TangentExplorer(np.sin, -3, 3, start=1)`.

    The tangent at x is the line f(x) + f'(x) (t - x); reverse mode gives f'(x). f is any function of one number that
    the engine can record; start is the middle of the range when it is left out; name says on the axis and in the
    sentence what f is. Where f has no value the curve has a gap, and the slider says why.
    """

    def __init__(
        self, f: Callable[[Any], Any], low: float, high: float, start: float | None = None, name: str = "f"
    ) -> None:
        slider = as_slider("x", (low, high) if start is None else (low, high, start))
        xs = np.linspace(slider.low, slider.high, _POINTS)

        def curve(axes: Axes) -> None:
            ys = np.array([_value(f, x) for x in xs])
            axes.plot(xs, ys, label=name)
            axes.plot([], [], label="tangent")
            axes.plot([], [], "ko", label="point")
            axes.set(xlim=(slider.low, slider.high), ylim=_limits(ys), xlabel="x", ylabel=name)
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)

        def tangent(axes: Axes, x: float) -> str:
            value, slope = _value_and_slope(f, x, name)
            axes.axline((x, value), slope=slope, color="C1", linestyle="--")
            axes.plot([x], [value], "ko", zorder=3)
            return f"at x = {x + 0.0:.6g}, {name} = {value + 0.0:.6g} and the slope is {slope + 0.0:.6g}"

        super().__init__(tangent, backdrop=curve, x=slider)


def _value_and_slope(f: Callable[[Any], Any], x: Any, name: str) -> tuple[Any, Any]:
    point = Tensor(x, requires_grad=True)
    result = f(point)
    if isinstance(result, Tensor) and result.requires_grad:
        result.backward()
    if point.grad is None:
        raise WidgetError(f"{name} gave {result!r}, which was not computed from x, so the engine has no slope for it.")
    return result.data, point.grad.data


def _value(f: Callable[[Any], Any], x: float) -> float:
    """f(x); not-a-number, which matplotlib draws as a gap, where f has no value."""
    try:
        with np.errstate(all="ignore"):
            result = f(Tensor(x))
    except (ArithmeticError, ValueError):
        return math.nan
    value = float(result.item() if isinstance(result, Tensor) else result)
    return value if math.isfinite(value) else math.nan


def _limits(ys: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    """The curve's range with room above and below; its outermost hundredths don't count, for they may be a pole's."""
    shown = ys[np.isfinite(ys)]
    if shown.size == 0:
        return -1.0, 1.0
    bottom, top = np.percentile(shown, [1, 99])
    room = 0.15 * (top - bottom) or 1.0
    return float(bottom - room), float(top + room)
