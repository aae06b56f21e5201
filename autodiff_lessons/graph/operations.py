"""The operations that a graph's nodes may have: the engine's table, and the steps, which have no derivative.

A *step* is piecewise constant, such as a comparison or a rounding. On a tensor it is computed at once, on the plain
values; in a graph it has to be a node, because its value changes with the inputs.
"""

from __future__ import annotations

import difflib
from typing import Any

from autodiff_lessons.engine.numpy_protocol import PLAIN_UFUNCS
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.errors import MissingRuleError

_SYMBOLS = {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
    "logical_and": "and", "logical_or": "or", "logical_not": "not", "floor_divide": "//",
}  # fmt: skip
STEPS = {
    ufunc.__name__: Primitive(ufunc.__name__, _SYMBOLS.get(ufunc.__name__, ufunc.__name__), ufunc)
    for ufunc in sorted(PLAIN_UFUNCS, key=lambda one: one.__name__)
}


def operation(name: str) -> Primitive:
    """The operation of this name; a MissingRuleError (a LookupError) lists names that come near."""
    found = STEPS.get(name) or PRIMITIVES.get(name)
    if found is None:
        near = difflib.get_close_matches(name, [*PRIMITIVES, *STEPS], n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise MissingRuleError(f"There is no operation {name!r:.60}.{hint}")
    return found


def is_step(op: Primitive) -> bool:
    """Whether `op` is piecewise constant and has no derivative."""
    return STEPS.get(op.name) is op


def is_element_wise(op: Primitive) -> bool:
    """Whether each element of the result depends on one element of each input alone."""
    return op.partials is not None or is_step(op)


def apply(op: Primitive, inputs: Any, parameters: dict[str, Any]) -> Any:
    """Compute one operation on numbers, arrays, tensors, dual numbers, symbols or traced values."""
    return op.value(*inputs) if is_step(op) else op(*inputs, **parameters)
