"""SwellExplorer: how many nodes the derivative of a repeated step has, as a tree and with its equal parts shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.symbolic import diff, shared_nodes, symbols
from autodiff_lessons.engine.symbolic.expression import as_expr, parts
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from autodiff_lessons.engine.symbolic import Expr

_BARS = (("as a tree", "C1", -0.2), ("equal parts shared", "C0", 0.2))
_NUMBERS = "automatic differentiation"


class SwellExplorer(Explorer):
    """Repeat a step on the formula x and count: `SwellExplorer(lambda u: u * np.sin(u), times=8)`.

    For 1, 2, ..., `times` steps: the nodes of the derivative's formula written out as a tree, its different parts, and
    the numbers that automatic differentiation keeps instead, a value and a slope for each node of the function's graph
    that is no constant. The slider says how many steps are shown; the scale is logarithmic.
    """

    def __init__(self, step: Callable[[Any], Any], times: int = 6) -> None:
        if times < 2:
            raise WidgetError(f"times is {times}; it takes at least 2 steps to see something grow.")
        counts = _counts(step, times)
        steps = np.arange(1.0, times + 1)

        def backdrop(axes: Axes) -> None:
            for label, colour, _ in _BARS:
                axes.bar([1.0], [np.nan], color=colour, label=label)
            axes.plot([], [], "kD-", markersize=6, label=_NUMBERS)
            axes.set(xlim=(0.4, times + 0.6), ylim=(1, 4 * counts.max()), yscale="log", xticks=steps)
            axes.set(xlabel="steps n", ylabel="nodes, or numbers")
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)

        def draw(axes: Axes, n: Any) -> str:
            shown = [np.where(steps <= n, series, np.nan) for series in counts]
            tree, shared, numbers = (np.sum(np.where(steps == n, series, 0.0)) for series in counts)
            for (_, colour, beside), heights, now in zip(_BARS, shown, (tree, shared), strict=False):
                axes.bar(steps + beside, heights, width=0.36, color=colour)
                axes.text(n + beside, 1.15 * now, f"{now:.0f}", color=colour, ha="center")
            axes.plot(steps, shown[2], "kD-", markersize=6)
            return (
                f"n = {n:.0f}: the derivative has {tree:.0f} nodes as a tree and {shared:.0f} different parts; "
                f"automatic differentiation keeps {numbers:.0f} numbers"
            )

        super().__init__(draw, backdrop=backdrop, size=(780, 380), n=Slider(1, times, 1, 1, "steps n"))


def _counts(step: Callable[[Any], Any], times: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A row each for the tree, the different parts and the numbers; a column for each number of steps."""
    found, formula = [], symbols("x")
    for _ in range(times):
        formula = as_expr(step(formula))
        slope = diff(formula, "x")
        found.append((slope.tree_nodes, shared_nodes(slope), 2 * _that_move(formula)))
    return np.array(found, float).T


def _that_move(formula: Expr) -> int:
    return sum(one.value is None for one in parts(formula))
