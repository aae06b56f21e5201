"""The local rules: what a node sends to its parents, once its own cotangent is complete."""
# mypy: disable-error-code="operator"

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.small_engine.var import Var


def contributions(node: Var, upstream: Any) -> dict[Var, Any]:
    """What `node` sends to each tracked parent: upstream * (d node / d parent), added up where a parent stands twice.

    upstream is the cotangent of `node`: d output / d node. A leaf sends nothing.
    """
    slopes = {
        None: lambda out: [],
        "+": lambda out, a, b: [1, 1],
        "-": lambda out, a, b: [1, -1],
        "*": lambda out, a, b: [b, a],
        "/": lambda out, a, b: [1 / b, -a / b**2],
        "sin": lambda out, a: [np.cos(a)],
        "cos": lambda out, a: [-np.sin(a)],
        "log": lambda out, a: [1 / a],
        "exp": lambda out, a: [out],
    }
    sent = {parent: 0.0 for parent in node.parents if parent.requires_grad}
    found = slopes[node.op](node.value, *[parent.value for parent in node.parents])
    for parent, slope in zip(node.parents, found, strict=True):
        if parent in sent:
            sent[parent] += upstream * slope
    return sent
