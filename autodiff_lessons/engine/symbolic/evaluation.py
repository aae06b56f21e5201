"""The value of a formula: its parts are computed one after the other, each once, inputs first."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np

from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.symbolic.expression import Expr, parts
from autodiff_lessons.engine.symbolic.printing import shortened
from autodiff_lessons.errors import DomainError, FormulaError


def value_of(expr: Expr, values: dict[str, Any]) -> Any:
    """What `expr.evaluate(**values)` gives."""
    order = parts(expr)
    missing = [one.name for one in order if one.name is not None and one.name not in values]
    if missing:
        euler = " (Euler's number is written exp(1).)" if "e" in missing else ""
        raise FormulaError(
            f"The formula {shortened(expr)} needs a value for {', '.join(map(str, missing))}: "
            f"write evaluate({', '.join(f'{name}=...' for name in expr.variables)}).{euler}"
        )
    given = {name: _operand(value) for name, value in values.items()}
    formulas = any(isinstance(one, Expr) for one in given.values())
    done: dict[Expr, Any] = {}
    for node in order:
        if node.op is not None:
            done[node] = _computed(node, [done[one] for one in node.inputs])
        elif node.name is not None:
            done[node] = given[node.name]
        else:
            done[node] = node if formulas else node.value  # a Python float keeps an array of float32 as it is
    return done[expr]


def _operand(value: Any) -> Any:
    """A value for a variable: whole numbers become floats, lists become arrays."""
    if isinstance(value, (int, float, list, tuple, np.generic, np.ndarray)):
        value = np.asarray(value)[()]
        return value if value.dtype.kind == "f" else value.astype(float)
    return value


def _computed(node: Expr, inputs: list[Any]) -> Any:
    """The value of one part, from those of its inputs."""
    assert node.op is not None
    if any(hasattr(one, "__apply_rank__") for one in inputs):
        return node.op(*inputs)
    if all(type(one) is float for one in inputs):
        inputs = list(map(np.float64, inputs))  # NumPy's floats overflow to inf, Python's raise errors of their own
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise") if not MODES.ieee else nullcontext():
            value = node.op.evaluate(inputs, {}, node.inputs)
    except DomainError as error:
        raise DomainError(f"{error} (In the formula this is {shortened(node)}.)") from None
    except FloatingPointError:
        raise DomainError(f"{shortened(node)} has no finite floating-point value there.") from None
    return value[()] if isinstance(value, np.ndarray) else value  # np.where makes arrays of single numbers
