"""What a check compares of a formula: its values at a few points, and whether it is too long, never its form.

So 2*x + 3, 3 + x*2 and 2*x**1*1 + 3 are the same derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autodiff_lessons.engine.symbolic.expression import Expr
from autodiff_lessons.errors import DomainError, FormulaError
from autodiff_lessons.exercises.formula_trees import as_formula

Point = Mapping[str, float]


@dataclass(frozen=True)
class FormulaValues:
    """A formula as it was at the time.

    values     at each of the points; nan where it has none
    nodes      how many it has
    needless   how many of them are more than it needs; 0 where any length is good
    """

    text: str
    variables: tuple[str, ...]
    points: tuple[Point, ...]
    values: tuple[float, ...]
    nodes: int
    needless: int = 0

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def values_at(points: Sequence[Point], no_longer_than: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """What an exercise's `read` needs: a function's result as its values at the points.

    A result that is no formula stays what it is. Where `no_longer_than` is given, every node more than the formula
    `no_longer_than(*probe)` has is needless.
    """

    def read(result: Any, *probe: Any) -> Any:
        formula = as_formula(result)
        if formula is None:
            return result
        shortest = as_formula(no_longer_than(*probe)) if no_longer_than else None
        needless = max(0, formula.tree_nodes - shortest.tree_nodes) if shortest is not None else 0
        values = tuple(_value(formula, point) for point in points)
        return FormulaValues(str(formula), formula.variables, tuple(points), values, formula.tree_nodes, needless)

    return read


def _value(formula: Expr, point: Point) -> float:
    try:
        value = float(formula.evaluate(**point))
    except (DomainError, FormulaError):  # none there, or it has a variable that nobody gave it
        return math.nan
    return value if math.isfinite(value) else math.nan
