"""PassesExplorer: a Jacobian that forward mode fills column by column and reverse mode row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 100


class PassesExplorer(Explorer):
    """Choose how many inputs and outputs a function has, and watch both modes fill its Jacobian, pass by pass:
    `PassesExplorer(n=40, m=10)`.

    The Jacobian has a row for each of the m outputs and a column for each of the n inputs. A pass of forward mode (one
    input seeded) gives a column, a pass of reverse mode (one output seeded) a row: all of it takes n passes or m. Both
    numbers go from 1 to 100.
    """

    def __init__(self, n: int = 40, m: int = 10) -> None:
        def empty(axes: tuple[Axes, Axes]) -> None:
            for one, title in zip(axes, ("forward mode", "reverse mode"), strict=True):
                one.set(xlim=(-2, _MOST + 2), ylim=(_MOST + 2, -2), xlabel="inputs", ylabel="outputs", title=title)

        def filled(axes: tuple[Axes, Axes], n: Any, m: Any, passes: Any) -> str:
            columns, rows = np.minimum(passes, n), np.minimum(passes, m)
            forward, reverse = axes
            forward.fill_between([0, columns], [m, m], color="C0", alpha=0.8)
            reverse.fill_between([0, n], [rows, rows], color="C1", alpha=0.8)
            for one in axes:
                one.plot([0, n, n, 0, 0], [0, 0, m, m, 0], "k-", lw=1.5)
            return (
                f"{n:.0f} inputs and {m:.0f} outputs have {m * n:.0f} derivatives; after {passes:.0f} passes "
                f"forward mode has {columns * m:.0f} of them, reverse mode {rows * n:.0f}"
            )

        super().__init__(
            filled,
            backdrop=empty,
            panels=2,
            size=(700, 380),
            n=Slider(1, _MOST, n, 1, label="n inputs"),
            m=Slider(1, _MOST, m, 1, label="m outputs"),
            passes=Slider(0, _MOST, 5, 1),
        )
