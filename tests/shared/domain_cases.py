"""Functions of x and y that have no value somewhere on a grid, and what the engine says there."""

from __future__ import annotations

import numpy as np

from autodiff_lessons.errors import DomainError

HALF = np.float64(0.5)
ARRAY = np.array([1.0, -2.0, 0.5])
GRID = [-2.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0]
# Conditions on constants, on whole and broken exponents, on arrays and on places in them.
FUNCTIONS = [
    lambda x, y: x**2 + y**-1,
    lambda x, y: x**0.5 + y**-0.5,
    lambda x, y: x**HALF + HALF**y,
    lambda x, y: (-2) ** x / (x - y) + np.log(y),
    lambda x, y: np.log(np.sqrt(x) - 1.0) + 1 / (y + 2),
    lambda x, y: np.sum(np.log(x + ARRAY) / (ARRAY - y)),
    lambda x, y: np.sum(ARRAY[np.newaxis] ** x),
    lambda x, y: np.sqrt(HALF - 1.0 + 0 * x) + np.log(HALF * 0),
]


def said_by_the_engine(graph, *values):
    """The sentence of the DomainError at `values`; "" where there is a value."""
    try:
        with np.errstate(all="ignore"):
            graph.run_flat(values)
    except DomainError as found:
        return str(found)
    return ""
