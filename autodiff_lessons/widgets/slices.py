"""SlicesExplorer: a function of two inputs, cut along each of them, with the slope of either cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.curves import POINTS, value_and_slope
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider, SliderSpec, as_slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROOM = 0.1  # above and below the highest and the lowest value, as a part of what lies between them


class SlicesExplorer(Explorer):
    """Slide x or y of f(x, y) alone: `SlicesExplorer(f, x=(0.5, 4, 2), y=(0, 6, 5))`.

    The first panel cuts f along x with y held still, the second along y with x held still. Each has the tangent at the
    point (x, y); its slope is the partial derivative, by reverse mode. f computes with operators and NumPy's
    functions, and has a value wherever the two sliders go.
    """

    def __init__(self, f: Callable[[Any, Any], Any], *, x: SliderSpec, y: SliderSpec, name: str = "f(x, y)") -> None:
        sliders = {"x": as_slider("x", x), "y": as_slider("y", y)}
        xs, ys = (np.linspace(one.low, one.high, POINTS) for one in sliders.values())
        low, high = _lowest_and_highest(f, sliders, name)
        room = _ROOM * (high - low)

        def backdrop(both: tuple[Axes, Axes]) -> None:
            for axes, along, still in ((both[0], "x", "y"), (both[1], "y", "x")):
                axes.set(xlim=(sliders[along].low, sliders[along].high), ylim=(low - room, high + room))
                axes.set(xlabel=along, ylabel=name, title=f"{still} is held still")

        def draw(both: tuple[Axes, Axes], x: Any, y: Any) -> str:
            value, along_x = value_and_slope(lambda moving: f(moving, y), x, name)
            _, along_y = value_and_slope(lambda moving: f(x, moving), y, name)
            _cut(both[0], xs, f(xs, y), (x, value), along_x)
            _cut(both[1], ys, f(x, ys), (y, value), along_y)
            return (
                f"at x = {x + 0.0:.2f} and y = {y + 0.0:.2f}, {name} = {value:.4f}. Moving x alone, the slope is "
                f"{along_x:.4f}; moving y alone, it is {along_y:.4f}"
            )

        super().__init__(draw, backdrop=backdrop, panels=2, size=(780, 360), **sliders)


def _cut(axes: Axes, along: Any, values: Any, point: tuple[Any, Any], slope: Any) -> None:
    axes.plot(along, values, "C0")
    axes.axline(point, slope=slope, color="C1", linestyle="--")
    axes.plot([point[0]], [point[1]], "ko", zorder=3)


def _lowest_and_highest(f: Callable[[Any, Any], Any], sliders: dict[str, Slider], name: str) -> tuple[float, float]:
    """Over a grid of the places where the sliders go."""
    grid = np.meshgrid(*[np.linspace(one.low, one.high, 40) for one in sliders.values()])
    with np.errstate(all="ignore"):
        values = np.asarray(f(*grid), float)
    if not np.isfinite(values).all():
        where = ", ".join(f"{one} from {slider.low:g} to {slider.high:g}" for one, slider in sliders.items())
        raise WidgetError(f"{name} has no value at some of the points with {where}; choose a smaller range.")
    return float(values.min()), float(values.max())
