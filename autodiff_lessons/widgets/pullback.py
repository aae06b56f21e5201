"""PullbackExplorer: a vector v that turns among the outputs, and v J, what a backward pass makes of it at the "
"inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.explorer import Explorer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pair = tuple[float, float]
_ARROW = {"arrowstyle": "->", "color": "C1", "lw": 2.5}
_TALL = 1.16  # height of a panel over its width: with it, one unit is as long upwards as sideways


class PullbackExplorer(Explorer):
    """Turn a vector v in the space of the outputs and watch v J in the space of the inputs.

    `PullbackExplorer(lambda x0, x1: (x0 * x1, x0 + x1), at=(2.0, 5.0))`: f takes two numbers and gives two. J[i, j] is
    the derivative of output i by input j at the point. Where v has a single 1, v J is a row of J. One backward pass a
    position, by the engine; J itself is worked out for the two dotted rows only.
    """

    def __init__(self, f: Callable[[Any, Any], Any], at: Pair) -> None:
        outputs = f(*map(Tensor, at))
        if not isinstance(outputs, list | tuple) or len(outputs) != 2:
            raise WidgetError(f"f gives {outputs!r}; this picture needs two outputs, as in `return x0 * x1, x0 + x1`.")
        rows = [_pulled_back(f, at, 1.0, 0.0), _pulled_back(f, at, 0.0, 1.0)]
        ends = 1.25 * max(float(np.hypot(*column)) for column in zip(*rows, strict=True)) or 1.0

        def spaces(axes: tuple[Axes, Axes]) -> None:
            turns = np.linspace(0, 2 * np.pi, 121)
            left, right = axes
            left.plot(np.cos(turns), np.sin(turns), color="gray", linestyle=":", lw=1.5)
            left.set(xlim=(-1.4, 1.4), ylim=(-1.4 * _TALL, 1.4 * _TALL), title="v, a weight for each output")
            left.set(xlabel="weight of y0", ylabel="weight of y1")
            along = [np.cos(turns) * a + np.sin(turns) * b for a, b in zip(*rows, strict=True)]
            right.plot(*along, color="gray", linestyle=":", lw=1.5)
            for number, row in enumerate(rows):
                right.annotate("", row, xytext=(0.0, 0.0), arrowprops={"arrowstyle": "->", "color": "C0", "lw": 1.5})
                away = 1 + 0.15 * ends / (float(np.hypot(*row)) or 1.0)
                right.text(away * row[0], away * row[1], f"row {number}", color="C0", ha="center", va="center")
            right.set(xlim=(-ends, ends), ylim=(-ends * _TALL, ends * _TALL), title="v J, a number for each input")
            right.set(xlabel="by x0", ylabel="by x1")

        def turned(axes: tuple[Axes, Axes], angle: float) -> str:
            v0, v1 = _exactly_zero(np.cos(angle * (np.pi / 180))), _exactly_zero(np.sin(angle * (np.pi / 180)))
            by_x0, by_x1 = _pulled_back(f, at, v0, v1)
            left, right = axes
            left.annotate("", (v0, v1), xytext=(0.0, 0.0), arrowprops=_ARROW)
            left.plot([v0], [v1], "C1o", ms=7)
            right.annotate("", (by_x0, by_x1), xytext=(0.0, 0.0), arrowprops=_ARROW)
            right.plot([by_x0], [by_x1], "C1o", ms=7)
            return f"at {angle:.3g} degrees v = ({v0:.2f}, {v1:.2f}) and v J = ({by_x0:.2f}, {by_x1:.2f})"

        super().__init__(turned, backdrop=spaces, panels=2, size=(720, 400), angle=(0.0, 360.0, 30.0, 5.0))


def _exactly_zero(number: Any) -> Any:
    """A sine or a cosine, without the round-off at a right angle that would read -0.00."""
    return np.where(np.abs(number) < 1e-9, 0.0, number)


def _pulled_back(f: Callable[[Any, Any], Any], at: Pair, v0: Any, v1: Any) -> tuple[Any, Any]:
    """v J at the point, by one backward pass from v0 * y0 + v1 * y1."""
    x0, x1 = (Tensor(one, requires_grad=True) for one in at)
    y0, y1 = f(x0, x1)
    weighted = Tensor(v0) * y0 + Tensor(v1) * y1
    weighted.backward()
    by_x0, by_x1 = (0.0 if one.grad is None else one.grad.data for one in (x0, x1))
    return by_x0, by_x1
