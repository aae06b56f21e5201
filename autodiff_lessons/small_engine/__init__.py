"""The engine that lesson 6 builds: scalars only, eight operations, each file one idea.

var.py        a number that remembers how it was made (the forward pass)
rules.py      what a node sends to its parents (exercise 6.1)
order.py      every node after its parents, and the sweep back through that order (exercises 6.4 and 6.5)
recursive.py  the engine that looks right and is not (exercise 6.3)
beside.py     anybody's backward pass beside the course's own, on one graph
"""

from autodiff_lessons.small_engine.beside import as_tensors, cotangents_by, cotangents_by_the_course, to_tensor
from autodiff_lessons.small_engine.order import backward, topological_order
from autodiff_lessons.small_engine.recursive import RecursiveVar, recursive_backward
from autodiff_lessons.small_engine.rules import contributions
from autodiff_lessons.small_engine.var import Var

__all__ = [
    "RecursiveVar",
    "Var",
    "as_tensors",
    "backward",
    "contributions",
    "cotangents_by",
    "cotangents_by_the_course",
    "recursive_backward",
    "to_tensor",
    "topological_order",
]
