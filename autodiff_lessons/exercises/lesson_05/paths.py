"""5.4: derivatives as sums over paths."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.function_exercise import FunctionExercise

paths = FunctionExercise(
    "5.4",
    "List the paths",
    probes=[(2.0, 3.0), (3.0, 5.0), (-1.5, 4.0), (0.5, -0.75)],
    stub="""\
@exercise("5.4")
def by_paths(x, w):
    d_dx = ...
    d_dw = ...
    return d_dx, d_dw
""",
    hints=[
        "From the output back to x there are two paths: one through the sum, one through the product. To w there are "
        "two as well. Follow them with a finger on the graph.",
        "Write a number on each edge first. The last node is a product, so the edge from `total` carries `product`, "
        "and the edge from `product` carries `total`.",
        "Through the sum: `product * 1`. Through the product: `total` times the other factor. Multiply along each "
        "path, then add the two.",
    ],
    takeaway="Multiply along each path, add over the paths: that is the chain rule, read from a picture.",
)


@paths.set_reference
def by_paths(x: float, w: float) -> tuple[float, float]:
    total = x + w
    product = x * w
    d_dx = product * 1 + total * w  # through total, through product
    d_dw = product * 1 + total * x
    return d_dx, d_dw


@paths.wrong(
    "one-path",
    "You followed one path only. Two arrows leave each leaf, so there is a second path to the output; add what comes "
    "through it.",
    by_item=True,
)
def only_through_the_sum(x: float, w: float) -> tuple[float, float]:
    return x * w, x * w


@paths.wrong("one-path", by_item=True)
def only_through_the_product(x: float, w: float) -> tuple[float, float]:
    return (x + w) * w, (x + w) * x


@paths.wrong(
    "product-of-paths",
    "You multiplied the paths with each other. Numbers multiply along one path; different paths bring separate "
    "pushes, and pushes add.",
    by_item=True,
)
def paths_multiplied(x: float, w: float) -> tuple[float, float]:
    return (x * w) * ((x + w) * w), (x * w) * ((x + w) * x)


@paths.wrong(
    "swapped",
    "These are the two derivatives in each other's place. Is d/dx returned first? And on the way into `x * w`, the "
    "edge from x carries w, not x.",
)
def the_other_way_round(x: float, w: float) -> tuple[float, float]:
    return x * w + (x + w) * x, x * w + (x + w) * w


@paths.wrong(
    "adds-along-a-path",
    "You added the numbers along each path. Along a path they multiply, since each edge scales the push that arrives.",
    by_item=True,
)
def edges_added(x: float, w: float) -> tuple[float, float]:
    return (x * w + 1) + (x + w + w), (x * w + 1) + (x + w + x)


@paths.wrong(
    "stops-early",
    "You stopped one node below the output: these are the numbers on its two edges. Go on from `total` and from "
    "`product` down to the leaves.",
)
def edges_of_the_output(x: float, w: float) -> tuple[float, float]:
    return x * w, x + w


@paths.alternative
def by_expanding(a: float, b: float, scale: float = 1.0) -> list[float]:
    return [scale * (2 * a * b + b**2), scale * (a**2 + 2 * a * b)]


@paths.alternative
def by_a_list_of_paths(x: float, w: float) -> tuple[float, ...]:
    edges = {
        "output": [("total", x * w), ("product", x + w)],
        "total": [("x", 1.0), ("w", 1.0)],
        "product": [("x", w), ("w", x)],
    }

    def walks(node: str, leaf: str) -> float:
        if node == leaf:
            return 1.0
        return sum(slope * walks(below, leaf) for below, slope in edges.get(node, []))

    return tuple(walks("output", leaf) for leaf in ("x", "w"))


@paths.alternative
def by_matrices(x: float, w: float) -> Any:
    return np.array([x * w, x + w]) @ np.array([[1, 1], [w, x]])


@paths.alternative
def by_the_engine(x: float, w: float) -> tuple[Any, Any]:
    leaves = Tensor(x, requires_grad=True), Tensor(w, requires_grad=True)
    ((leaves[0] + leaves[1]) * (leaves[0] * leaves[1])).backward()
    return leaves[0].grad, leaves[1].grad


paths.alternative(lambda x, w: (w * (2 * x + w), x * (x + 2 * w)))
