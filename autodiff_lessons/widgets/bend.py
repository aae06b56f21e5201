"""BendExplorer: two layers with a sigmoid between them, and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

W2, B2 = 2.0, -1.0
XS = np.linspace(-6, 6, 121)


class BendExplorer(Explorer):
    """Walk over the networks 2 σ(W1 x + b1) - 1 and 2 (W1 x + b1) - 1 in two steps of 1 and compare the rises.

    On a line both rises are equal. The sliders are where the middle of the walk is, and the first layer's weight and
    bias.
    """

    def __init__(self) -> None:
        super().__init__(
            _networks,
            backdrop=_paper,
            x=Slider(-5, 5, 1, 0.1),
            W1=Slider(-3, 3, 1, 0.1),
            b1=Slider(-4, 4, 0, 0.1),
        )


def linear(x: Any, weight: Any, bias: Any) -> Any:
    return W2 * (weight * x + bias) + B2


def with_sigmoid(x: Any, weight: Any, bias: Any) -> Any:
    return W2 / (1 + np.exp(-(weight * x + bias))) + B2


NETWORKS = {"with the sigmoid": (with_sigmoid, "C0-", "C0o"), "linear": (linear, "C1--", "C1s")}


def _paper(axes: Axes) -> None:
    for name, (_, look, _) in NETWORKS.items():
        axes.plot([], [], look, label=name)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)
    axes.set(xlim=(-6, 6), ylim=(-3, 3), xlabel="x", ylabel="network(x)")


def _networks(axes: Axes, x: Any, W1: Any, b1: Any) -> str:
    rises = []
    for network, look, marks in NETWORKS.values():
        axes.plot(XS, network(XS, W1, b1), look)
        before, here, after = (network(at, W1, b1) for at in (x - 1, x, x + 1))
        axes.plot([x - 1, x, x + 1], [before, here, after], marks, markersize=8)
        rises.append((here - before, after - here))
    (first, second), (one, other) = rises
    return (
        f"From x = {x - 1:.1f} to {x:.1f} to {x + 1:.1f} the network with the sigmoid rises by {first:.3f} and then by "
        f"{second:.3f}; the linear one rises by {one:.3f} and then by {other:.3f}."
    )
