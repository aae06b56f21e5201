"""DescentExplorer: the way of momentum and of Adam down a long bowl, by the learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Axis = tuple["Axes", "Axes"]
STEEPNESS = (1.0, 12.0)  # of the bowl along w1 and along w2
START = (-4.5, 2.5)
STEPS = 25
B1, B2, EPS = 0.9, 0.999, 1e-8
LOOKS = {"with momentum": "C0-o", "with Adam": "C1--s"}


class DescentExplorer(Explorer):
    """Take 25 steps down the bowl (w1² + 12 w2²)/2 and see where momentum and Adam are by then.

    Two sliders: the learning rate of both, and how much of its velocity momentum keeps; with 0 that is plain gradient
    descent. On the left the way over the bowl's level lines, on the right the loss after each step.
    """

    def __init__(self, learning_rate: float = 0.05, momentum: float = 0.0) -> None:
        super().__init__(
            _ways,
            backdrop=_bowl,
            panels=2,
            size=(820, 400),
            learning_rate=Slider(0.005, 0.25, learning_rate, 0.005, "learning rate"),
            momentum=Slider(0.0, 0.95, momentum, 0.05),
        )


def loss_at(w1: Any, w2: Any) -> Any:
    return (STEEPNESS[0] * w1**2 + STEEPNESS[1] * w2**2) / 2


def with_momentum(start: float, steepness: float, lr: Any, m: Any) -> list[Any]:
    """The weight before the first step and after each."""
    way, velocity = [start], 0.0
    for _ in range(STEPS):
        velocity = m * velocity + steepness * way[-1]
        way.append(way[-1] - lr * velocity)
    return way


def with_adam(start: float, steepness: float, lr: Any) -> list[Any]:
    """The weight before the first step and after each."""
    way, mean, square = [start], 0.0, 0.0
    for step in range(1, STEPS + 1):
        gradient = steepness * way[-1]
        mean = B1 * mean + (1 - B1) * gradient
        square = B2 * square + (1 - B2) * gradient**2
        way.append(way[-1] - lr * (mean / (1 - B1**step)) / (np.sqrt(square / (1 - B2**step)) + EPS))
    return way


def _bowl(axes: Axis) -> None:
    turn = np.linspace(0, 2 * np.pi, 120)
    for level in (0.5, 3, 9, 20, 40, 70):
        across, along = (np.sqrt(2 * level / steepness) for steepness in STEEPNESS)
        axes[0].plot(across * np.cos(turn), along * np.sin(turn), "-", color="gray", linewidth=0.8)
    axes[0].plot([0], [0], "k+")
    for name, look in LOOKS.items():
        axes[0].plot([], [], look, label=name, markersize=4.5, linewidth=1.5)
    axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)
    axes[0].set(xlim=(-6, 6), ylim=(-4, 4), xlabel="w1", ylabel="w2")
    axes[1].set_yscale("log")
    axes[1].set(xlim=(0, STEPS + 0.5), ylim=(1e-3, 1e3), xlabel="step", ylabel="loss")


def _ways(axes: Axis, learning_rate: Any, momentum: Any) -> str:
    both = list(zip(START, STEEPNESS, strict=True))
    ends = []
    ways = (
        [with_momentum(*one, learning_rate, momentum) for one in both],
        [with_adam(*one, learning_rate) for one in both],
    )
    for look, (w1, w2) in zip(LOOKS.values(), ways, strict=True):
        losses = [loss_at(*weights) for weights in zip(w1, w2, strict=True)]
        axes[0].plot(w1, w2, look, markersize=4.5, linewidth=1.5)
        axes[1].plot(np.arange(STEPS + 1), losses, look, markersize=4.5, linewidth=1.5)
        ends.append(losses[-1])
    return (
        f"The loss begins at {loss_at(*START):.3g}. After {STEPS} steps it is {ends[0]:.3g} with momentum "
        f"{momentum:.2f}, and {ends[1]:.3g} with Adam, both with a learning rate of {learning_rate:.3f}."
    )
