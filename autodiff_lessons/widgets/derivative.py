"""DerivativeExplorer: a formula's curve with its tangent, beside the curve of the formula that gives the slope."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from autodiff_lessons.engine.symbolic import diff, parse
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.curves import POINTS, limits, points_of
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import as_slider

if TYPE_CHECKING:
    from typing import Any

    from matplotlib.axes import Axes

    from autodiff_lessons.engine.symbolic import Expr


class DerivativeExplorer(Explorer):
    """Slide along a formula and watch its slope draw another curve: `DerivativeExplorer("x**2 + 3*x + 2", -4, 2)`.

    The formula is read by `parse`, and has one variable. The second panel shows its derivative, which is a formula too,
    by the engine's rules: the slope of the tangent on the left is the height of the curve on the right.
    """

    def __init__(self, formula: str, low: float, high: float, start: float | None = None) -> None:
        f = parse(formula)
        if len(f.variables) != 1:
            raise WidgetError(
                f"{f} has {len(f.variables) or 'no'} variables, and there is one slider; write a formula of one "
                'variable, such as "x**2 + 3*x + 2".'
            )
        name = f.variables[0]
        slope_of_f = diff(f, name, naive=False)
        slider = as_slider(name, (low, high) if start is None else (low, high, start))
        xs = np.linspace(slider.low, slider.high, POINTS)

        def at(expr: Expr, x: Any) -> Any:
            return expr.evaluate(**{name: Tensor(x, name=name)})  # also of a traced x

        def curves(both: tuple[Axes, Axes]) -> None:
            for axes, expr, label, colour in ((both[0], f, "f", "C0-"), (both[1], slope_of_f, "f'", "C2-.")):
                ys = points_of(partial(at, expr), xs)
                axes.plot(xs, ys, colour)
                axes.set(xlim=(slider.low, slider.high), ylim=limits(ys), xlabel=name, title=f"{label} = {expr}")

        def draw(both: tuple[Axes, Axes], **sliders: Any) -> str:
            x = sliders[name]
            value, slope = at(f, x), at(slope_of_f, x)
            both[0].axline((x, value), slope=slope, color="C1", linestyle="--")
            both[0].plot([x], [value], "ko", zorder=3)
            both[1].plot([x, x], [0, slope], "C1--")
            both[1].plot([x], [slope], "ko", zorder=3)
            return f"at {name} = {x + 0.0:.2f} the curve is {value:.4f} high and has the slope {slope:.4f}"

        super().__init__(draw, backdrop=curves, panels=2, size=(780, 360), **{name: slider})
