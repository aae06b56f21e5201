"""CallsExplorer: how often the recursive engine calls backward() on n doublings, and how many nodes a sweep visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.widgets.explorer import Explorer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DOUBLINGS = 24


class CallsExplorer(Explorer):
    """Slide n and compare two engines on `y = y + y`, run n times: `CallsExplorer()`.

    The node k steps below the output is called by both arrows of each call above it: 2**k times. In all, with the leaf,
    that is 1 + 2 + ... + 2**n = 2**(n + 1) - 1. A sweep visits each of the n + 1 nodes once.

    start   the n that the slider starts at, from 1 to 24
    """

    def __init__(self, start: int = 10) -> None:
        steps = np.arange(0, MOST_DOUBLINGS + 1)

        def curves(axes: Axes) -> None:
            axes.plot(steps, _calls(steps), label="recursive engine, calls")
            axes.plot(steps, steps + 1, label="sweep, visits")
            axes.plot([], [], "ko", label="at n")
            axes.set(xlim=(0, MOST_DOUBLINGS), yscale="log", ylim=(1, 1e9), xlabel="n, doublings y = y + y")
            axes.set_yticks([1, 1e3, 1e6, 1e9])
            axes.set_ylabel("times that a node is worked on")
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)

        def points(axes: Axes, n: Any) -> str:
            calls, visits = _calls(n), n + 1
            axes.plot([n, n], [calls, visits], "k:")
            axes.plot([n], [calls], "ko", zorder=3)
            axes.plot([n], [visits], "ko", zorder=3)
            return (
                f"with n = {n:.3g} doublings the recursive engine makes {calls:.10g} calls, "
                f"and the sweep visits {visits:.3g} nodes"
            )

        super().__init__(points, backdrop=curves, n=(1, MOST_DOUBLINGS, start, 1))


def _calls(n: Any) -> Any:
    return 2.0 ** (n + 1) - 1
