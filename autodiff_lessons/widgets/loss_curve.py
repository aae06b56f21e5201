"""LossCurve: the losses of a training so far, as a picture for the page, as a still one, and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.easel import Easel
from autodiff_lessons.widgets.sketch import Numbers, Sketch

POINTS = 400  # of one curve: more than it has pixels in its width would be sent for nothing
LOOKS = (("-", "o"), ("--", "s"), ("-.", "^"), (":", "D"))  # of a line and of its end: no curve differs by colour alone


class LossCurve:
    """Each loss by its name, one number an epoch, over a scale of powers of ten that grows with them.

    epochs: how long the axis is.
    """

    def __init__(self, epochs: int, size: tuple[int, int]) -> None:
        self.epochs = epochs
        self.history: dict[str, list[float]] = {}
        self._easel = Easel(self._draw, None, size)
        self._laid_out: Any = None  # what the panels below were laid out for
        self._panels: list[dict[str, Any]] = []

    def add(self, losses: Any) -> None:
        """Keep the losses of one epoch: a dict of numbers by their names, or one number."""
        named = losses if isinstance(losses, Mapping) else {"loss": losses}
        numbers = {str(label): _as_number(label, loss) for label, loss in named.items()}
        if not numbers or (self.history and numbers.keys() != self.history.keys()):
            wanted = f"as before, {', '.join(map(repr, self.history))}" if self.history else "at least one"
            raise WidgetError(f"An epoch returns its losses by their names, {wanted}; this one returned {losses!r}.")
        for label, number in numbers.items():
            self.history.setdefault(label, []).append(number)

    def sentence(self) -> str:
        """Such as "training loss 0.12, held-out loss 0.15"; empty before the first epoch."""
        return ", ".join(f"{label} {losses[-1]:.3g}" for label, losses in self.history.items())

    def png(self) -> bytes:
        """The still picture."""
        return self._easel.paint({}, 2.0)[0]

    def for_the_page(self) -> dict[str, Any]:
        """What sketch.js draws: the axes, and on them the curves."""
        asked = (self.epochs, self._limits())
        if self._laid_out != asked:
            self._easel.paint({}, 1.0)
            self._laid_out, self._panels = asked, self._easel.described()
        sketch = Sketch(0, Numbers())
        self._draw(sketch)
        return {"panels": self._panels, "marks": sketch.marks}

    def _limits(self) -> tuple[float, float]:
        """The powers of ten around all losses that have a logarithm."""
        shown = [loss for losses in self.history.values() for loss in losses if _is_shown(loss)]
        low = math.floor(math.log10(min(shown, default=1.0)))
        high = math.ceil(math.log10(max(shown, default=1.0)))
        return 10.0**low, 10.0 ** max(high, low + 1)

    def _draw(self, axes: Any) -> str:
        axes.set_yscale("log")
        axes.set(xlim=(0, 1.02 * self.epochs), ylim=self._limits(), xlabel="epoch", ylabel="loss")
        for place, (label, losses) in enumerate(self.history.items()):
            colour, (dashes, marker) = f"C{place % 7}", LOOKS[place % len(LOOKS)]
            step = math.ceil(len(losses) / POINTS)
            at = sorted({*range(0, len(losses), step), len(losses) - 1})
            shown = [losses[one] if _is_shown(losses[one]) else math.nan for one in at]
            epochs = [one + 1 for one in at]
            axes.plot(epochs, shown, colour + dashes, label=label)
            axes.plot(epochs[-1:], shown[-1:], colour + marker)
        if self.history:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)
        return self.sentence()


def _is_shown(loss: float) -> bool:
    return math.isfinite(loss) and loss > 0


def _as_number(label: Any, loss: Any) -> float:
    try:
        return float(loss.data if isinstance(loss, Tensor) else loss)
    except (TypeError, ValueError):
        raise WidgetError(f"The loss {label!r} is {loss!r}, and a curve needs one number an epoch.") from None
