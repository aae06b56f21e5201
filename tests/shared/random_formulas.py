"""Random formulas for hypothesis: every operation and function, numbers that compute exactly, shared parts."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from autodiff_lessons.engine.symbolic import Expr, symbols
from autodiff_lessons.engine.symbolic.expression import constant, functions

X, Y = symbols("x y")
NUMBERS = st.sampled_from([0, 1, 2, 3, 4, -1, -2, 0.5, 0.25, -0.5, 1.5]).map(constant)
EXPONENTS = st.sampled_from([-2, -1, 0, 1, 2, 3, 4, 0.5, 1.5, -0.5]).map(constant)
OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
STEPS = {"sign", "relu", "where", "maximum", "minimum", *(name for name in functions() if "e" in name and "l" in name)}
SMOOTH = sorted(
    name for name, op in functions().items() if len(op.partials) == 1 and name not in STEPS | {"logical_not"}
)


def formulas(with_functions: list[str], most: int = 12, numbers: st.SearchStrategy[Expr] = NUMBERS):
    leaves = st.one_of(st.sampled_from([X, Y]), numbers)

    def grown(smaller):
        return st.one_of(
            st.builds(lambda sign, a, b: OPERATIONS[sign](a, b), st.sampled_from("++-**/"), smaller, smaller),
            st.builds(lambda a, n: a**n, smaller, st.one_of(EXPONENTS, smaller)),
            st.builds(lambda a: -a, smaller),
            st.builds(lambda a: a + a, smaller),
            st.builds(lambda name, a: functions()[name](a), st.sampled_from(with_functions), smaller),
        )

    return st.recursive(leaves, grown, max_leaves=most)


POINTS = [(x, y) for x in (-2.0, -0.5, 0.0, 1.0, 3.0) for y in (-1.0, 0.0, 0.25, 2.0)]
GRID_X, GRID_Y = np.array(POINTS).T
