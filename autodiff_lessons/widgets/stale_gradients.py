"""StaleGradientsExplorer: gradient descent that clears its gradients, beside one that never does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine.functional import grad
from autodiff_lessons.widgets.explorer import Explorer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROUNDS = 30


class StaleGradientsExplorer(Explorer):
    """Slide the learning rate and compare two runs of gradient descent.

    `StaleGradientsExplorer(lambda w: (w - 3) ** 2, start=0.0, best=3.0)`: each round computes the gradient of the loss
    at w, and moves w against what is in `grad`, times the rate. One run clears `grad` before each round; in the other
    it adds up. best is the w that the loss is smallest at.
    """

    def __init__(self, loss: Callable[[Any], Any], start: float, best: float) -> None:
        rounds = np.arange(_ROUNDS + 1.0)
        slope = grad(loss)
        reach = 1.4 * abs(start - best) or 1.0

        def goal(axes: Axes) -> None:
            axes.axhline(best, color="gray", linestyle=":")
            axes.plot([], [], "C0-o", label="cleared each round")
            axes.plot([], [], "C1--s", label="never cleared")
            axes.set(xlim=(0, _ROUNDS), ylim=(best - reach, best + reach), xlabel="round", ylabel="w")
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)

        def runs(axes: Axes, rate: float) -> str:
            cleared, added_up = _run(slope, start, rate, True), _run(slope, start, rate, False)
            axes.plot(rounds, cleared, color="C0", linestyle="-", marker="o", ms=4)
            axes.plot(rounds, added_up, color="C1", linestyle="--", marker="s", ms=4)
            return (
                f"rate {rate:.2f}: after {_ROUNDS} rounds w = {cleared[-1]:.3f} if the gradients are cleared, "
                f"and {added_up[-1]:.3f} if they add up"
            )

        super().__init__(runs, backdrop=goal, rate=(0.01, 0.3, 0.1, 0.01))


def _run(slope: Callable[[Any], Any], start: float, rate: Any, clear: bool) -> list[Any]:
    """w after 0, 1, 2, ... rounds."""
    w, gradient = start + 0.0 * rate, 0.0
    places = [w]
    for _ in range(_ROUNDS):
        gradient = slope(w) if clear else gradient + slope(w)
        w = w - rate * gradient
        places.append(w)
    return places
