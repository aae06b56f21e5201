"""What explorers of curves share: points along a curve, its slope by the engine, and the scale that shows it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError

Curve: TypeAlias = Callable[[Any], Any]
Points: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

POINTS = 400


def points_of(f: Curve, xs: Points) -> Points:
    """f at each of the points; not-a-number, which is drawn as a gap, where f has no value."""
    return np.array([_value(f, x) for x in xs])


def value_and_slope(f: Curve, x: Any, name: str) -> tuple[Any, Any]:
    """f(x) and f'(x) by reverse mode, also of a traced x. WidgetError where f does not compute with x."""
    point = Tensor(x, requires_grad=True)
    result = f(point)
    if isinstance(result, Tensor) and result.requires_grad:
        result.backward()
    if point.grad is None:
        raise WidgetError(f"{name} gave {result!r}, which was not computed from x, so the engine has no slope for it.")
    return result.data, point.grad.data


def limits(ys: Points) -> tuple[float, float]:
    """The curve's range with room above and below; its outermost hundredths don't count, for they may be a pole's."""
    shown = ys[np.isfinite(ys)]
    if shown.size == 0:
        return -1.0, 1.0
    bottom, top = np.percentile(shown, [1, 99])
    room = 0.15 * (top - bottom) or 1.0
    return float(bottom - room), float(top + room)


def _value(f: Curve, x: float) -> float:
    try:
        with np.errstate(all="ignore"):
            result = f(Tensor(x))
    except (ArithmeticError, ValueError):
        return math.nan
    value = float(result.item() if isinstance(result, Tensor) else result)
    return value if math.isfinite(value) else math.nan
