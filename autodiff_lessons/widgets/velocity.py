"""VelocityExplorer: a dual number as a moving point, carried through one function after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff_lessons.engine.forward import jvp
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.explorer import Explorer
from autodiff_lessons.widgets.sliders import Slider, SliderSpec, as_slider

_NAMES = ("x", "u", "v", "y")
_LOOKS = ("C0--", "C2-.", "C3:", "C4--")  # one a quantity: the same for a panel's rise and the next one's run


class VelocityExplorer(Explorer):
    """Slide a point and its velocity and watch where functions send both: `VelocityExplorer(np.sin, x=(0, 6, 1))`.

    Each function has a panel, and works on what the one before it gives: `VelocityExplorer(np.square, np.sin, x=3.0)`
    shows u = x**2 and y = sin u. An arrow says where the point would be after so many `seconds` at this velocity. Its
    run belongs to the tangent of the input and its rise to the tangent of the output, so the rise in one panel is the
    run in the next. The tangents are those of `jvp`. The functions take one number, have a value everywhere on the way,
    and can be recorded by the engine; names, such as ("x", "u = x²", "y = sin u"), say on the axes what they are.
    """

    def __init__(
        self,
        *functions: Callable[[Any], Any],
        x: SliderSpec,
        names: Sequence[str] | None = None,
        seconds: float = 0.2,
    ) -> None:
        if not 1 <= len(functions) <= 3:
            raise WidgetError(f"VelocityExplorer shows one to three functions, such as np.sin, not {len(functions)}.")
        labels = list(names or (*_NAMES[: len(functions)], "y"))
        if len(labels) != len(functions) + 1:
            raise WidgetError(
                f"{len(functions)} functions have {len(functions) + 1} names, not {len(labels)}: {labels}."
            )
        slider = as_slider("x", x)
        letters = [label.partition(" =")[0] for label in labels]
        curves, low, high = [], slider.low, slider.high
        for f in functions:
            xs = np.linspace(low, high, 300)
            ys = np.array([float(f(one)) for one in xs])
            curves.append((xs, ys))
            low, high = float(ys.min()), float(ys.max())

        def curve(axes: Any) -> None:
            for place, (one, (xs, ys)) in enumerate(zip(_listed(axes), curves, strict=True)):
                one.plot(xs, ys, "k-", lw=1.5)
                for at in (place, place + 1):
                    one.plot([], [], _LOOKS[at], label=f"tangent of {letters[at]}")
                one.set(xlim=_roomy(xs), ylim=_roomy(ys), xlabel=letters[place], ylabel=labels[place + 1])
                one.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)

        def moving_point(axes: Any, x: Any, x_dot: Any) -> str:
            said = [f"{letters[0]} = {x + 0.0:.4g} with tangent {x_dot + 0.0:.4g}"]
            for place, (one, f) in enumerate(zip(_listed(axes), functions, strict=True)):
                y, y_dot = jvp(f, (x,), (x_dot,))
                right, up = x + seconds * x_dot, y + seconds * y_dot
                one.plot([x, right], [y, y], _LOOKS[place])
                one.plot([right, right], [y, up], _LOOKS[place + 1])
                one.annotate(
                    "", xy=(right, up), xytext=(x, y), arrowprops={"arrowstyle": "->", "color": "C1", "lw": 2.5}
                )
                one.plot([x], [y], "ko", zorder=3)
                x, x_dot = y, y_dot
                said.append(f"{letters[place + 1]} = {x + 0.0:.4g} with tangent {x_dot + 0.0:.4g}")
            return f"{said[0]} gives {', which gives '.join(said[1:])}"

        velocity = Slider(-2, 2, 1, 0.1, label=f"velocity of {letters[0]}")
        size = (420 * len(functions), 380) if len(functions) < 3 else (960, 360)
        super().__init__(moving_point, backdrop=curve, panels=len(functions), size=size, x=slider, x_dot=velocity)


def _listed(axes: Any) -> tuple[Any, ...]:
    return axes if isinstance(axes, tuple) else (axes,)


def _roomy(numbers: Any) -> tuple[float, float]:
    """The range of the numbers with a margin, so that an arrow at its end is seen."""
    room = 0.12 * float(np.ptp(numbers)) or 1.0
    return float(numbers.min()) - room, float(numbers.max()) + room
