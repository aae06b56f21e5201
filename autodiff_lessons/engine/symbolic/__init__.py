"""Formulas: read them, differentiate them into formulas, simplify them, print them.

A formula is what the learner's own function gives when it is run on symbols instead of numbers:

>>> import numpy as np
>>> from autodiff_lessons.engine.symbolic import diff, parse, simplify, symbols
>>> x, y = symbols("x y")
>>> f = np.log(x) + x * y - np.sin(y)
>>> f is parse("log(x) + x*y - sin(y)")
True
>>> simplify(diff(f, "x"))
1/x + y
>>> f.evaluate(x=2.0, y=5.0)
np.float64(11.652071455223084)

The derivative comes from the rules of the one table (primitives.py), which `diff` runs on formulas: sin's rule
`np.cos(x)` gives the formula cos(x) here, and a number on numbers.
"""

from autodiff_lessons.engine.symbolic.derivation import Derivation, Step, derivation, diff
from autodiff_lessons.engine.symbolic.expression import Expr, shared_nodes, symbols, trace, tree_nodes
from autodiff_lessons.engine.symbolic.parsing import parse
from autodiff_lessons.engine.symbolic.simplification import simplify

__all__ = [
    "Derivation",
    "Expr",
    "Step",
    "derivation",
    "diff",
    "parse",
    "shared_nodes",
    "simplify",
    "symbols",
    "trace",
    "tree_nodes",
]
