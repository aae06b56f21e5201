"""ShardsExplorer: the rows of a batch, cut in two, and what the mean of the two means has to do with the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ShardsExplorer(Explorer):
    """Cut a batch of losses in two, anywhere, and compare: `ShardsExplorer([1.0, 4.0, 9.0])`.

    A bar is the loss of one row. The slider says after which row the batch is cut. Two lines are the means of the two
    shards; the mean of these two moves with the cut, and the mean of all rows does not.
    """

    def __init__(self, losses: Sequence[float]) -> None:
        heights = np.array(losses, float)
        rows = len(heights)
        if heights.ndim != 1 or rows < 3:
            raise WidgetError(f"A batch to cut has 3 rows or more, a number each; this is {losses!r:.60}.")
        places, truth = np.arange(1.0, rows + 1), float(heights.mean())
        top = 1.12 * float(heights.max())

        def backdrop(axes: Axes) -> None:
            axes.bar(places, heights, width=0.7, color="gray", alpha=0.35)
            axes.axhline(truth, color="k", label="mean of all rows")
            axes.plot([], [], color="C0", linestyle="--", label="mean of a shard")
            axes.plot([], [], color="C1", linestyle="-.", label="mean of the two means")
            axes.set(xlim=(0.4, rows + 0.6), ylim=(0, top), xticks=places, xlabel="row", ylabel="loss")
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)

        def draw(axes: Axes, cut: Any) -> str:
            first = np.sum(np.where(places <= cut, heights, 0.0)) / cut
            second = np.sum(np.where(places > cut, heights, 0.0)) / (rows - cut)
            both = (first + second) / 2
            axes.axvline(cut + 0.5, color="gray", linestyle=":")
            axes.plot([0.5, cut + 0.45], [first, first], color="C0", linestyle="--")
            axes.plot([cut + 0.55, rows + 0.5], [second, second], color="C0", linestyle="--")
            axes.axhline(both, color="C1", linestyle="-.")
            return (
                f"Shards of {cut:.0f} and {rows - cut:.0f} rows with the means {first:.6g} and {second:.6g}: the mean "
                f"of the means is {both:.6g}, the mean of all rows {truth:.6g}"
            )

        super().__init__(draw, backdrop=backdrop, size=(640, 340), cut=Slider(1, rows - 1, 1, 1, label="cut after row"))
