"""The backward pass: put the graph in order, then sweep it once from the output to the leaves.

The course's engine does the same with arrays (engine/reverse.py): `topological_order`, a sweep with the cotangents in a
dict, and leaves that accumulate.
"""

from __future__ import annotations

from autodiff_lessons.small_engine.rules import contributions
from autodiff_lessons.small_engine.var import Var


def topological_order(out: Var) -> list[Var]:
    """Every node that `out` was computed from, each after its parents; `out` is last.

    A depth-first walk with a stack of its own. A node is met twice: first its parents are put on top of it, and when
    they are done it takes its place.
    """
    order: list[Var] = []
    met: set[Var] = set()
    stack = [(out, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in met:
            met.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def backward(out: Var) -> None:
    """Add d out / d leaf to the `grad` of every tracked leaf. Nothing is kept on inner nodes, so passes add up."""
    order = topological_order(out)
    cotangents = dict.fromkeys(order, 0.0)
    cotangents[out] = 1.0
    for node in reversed(order):
        for parent, sent in contributions(node, cotangents[node]).items():
            cotangents[parent] += sent
        if node.requires_grad and not node.parents:
            node.grad += cotangents[node]
