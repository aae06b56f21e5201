"""How a class of dual numbers is tried out: expressions in x and y, worked out in duals of that class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import kind_of, short


def worked_out(made: Any, text: str, expression: Callable[..., Any], *numbers: float) -> Any:
    """(primal, tangent) of the expression; `numbers` are those of x, then of y."""
    result = expression(*[made(primal, tangent) for primal, tangent in _pairs(numbers)])
    if result is ...:
        return result
    if result is None:
        raise Unfit("None where a dual number is needed. Is a `return` missing?")
    if isinstance(result, made) and not hasattr(result, "primal"):
        raise Unfit("a dual number without `primal`: its two numbers are kept as `primal` and `tangent`.")
    if not (hasattr(result, "primal") and hasattr(result, "tangent")):
        raise Unfit(f"`{short(result)}`, {kind_of(result)} where a dual number is needed.")
    return result.primal, result.tangent


def written(text: str, expression: Callable[..., Any], *numbers: float) -> str:
    """Such as "x * y with x = Dual(3, 4), y = Dual(5, 7)"."""
    duals = [f"{name} = Dual({short(primal)}, {short(tangent)})" for name, (primal, tangent) in _named(numbers)]
    return f"{text} with {', '.join(duals)}"


def _named(numbers: tuple[float, ...]) -> list[tuple[str, tuple[float, float]]]:
    return list(zip("xy", _pairs(numbers), strict=False))


def _pairs(numbers: tuple[float, ...]) -> list[tuple[float, float]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))
