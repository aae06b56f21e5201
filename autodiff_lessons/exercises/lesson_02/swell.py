"""Lesson 2, Differentiate formulas: how trees swell, and why automatic differentiation does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.engine import symbolic
from autodiff_lessons.exercises.formula_trees import Node
from autodiff_lessons.exercises.lesson_02.simplify import simplify
from autodiff_lessons.exercises.lesson_02.trees import diff, x
from autodiff_lessons.exercises.value_exercise import ValueExercise

# 2.4: how trees swell


def levels() -> Iterator[Node]:
    """What 1, 2, ..., 6 steps of the logistic map make of x."""
    term: Node = x
    for _ in range(6):
        term = 4 * term * (1 - term)
        yield term


def walked(node: Node) -> Iterator[Node]:
    """Every node of the tree; what stands in two places comes twice."""
    yield node
    for one in node.inputs:
        yield from walked(one)


def counts(count: Callable[[Node], int]) -> dict[str, Any]:
    return {
        "function_nodes": [count(tree) for tree in levels()],
        "derivative_nodes": [count(diff(tree, "x")) for tree in levels()],
    }


swell = ValueExercise(
    "2.4",
    "Count how trees swell",
    choices={"automatic": ("swells too", "does not swell")},
    stub="""\
answer(
    "2.4",
    function_nodes=...,  # six numbers: after 1, 2, ..., 6 steps
    derivative_nodes=...,  # of diff, as it is
    shared_nodes=...,  # of diff, equal parts counted once
    automatic=...,  # "swells too" or "does not swell"
)
""",
    hints=[
        "The node itself is one, and each of its `inputs` has a count of its own: a function of two lines that calls "
        "itself. Try it on `4*x*(1 + (-1)*x)` and count with a finger.",
        "For the shared count, put every node of the tree into a `set`: trees of one shape are equal, so the set keeps "
        "one of them. Its `len` is the count.",
        "Look at how the last list grows from step to step, and at how the others do. Automatic differentiation visits "
        "each operation of the program once, and keeps a number there, not a formula.",
    ],
    takeaway="Written out as a tree, the derivative more than doubles at each step; with its parts shared it grows by "
    "the same few nodes.",
)


@swell.set_reference
def counted() -> dict[str, Any]:
    return {
        "function_nodes": [9, 25, 57, 121, 249, 505],
        "derivative_nodes": [27, 111, 343, 935, 2375, 5767],
        "shared_nodes": [17, 30, 43, 56, 69, 82],
        "automatic": "does not swell",
    }


@swell.wrong(
    "leaves-only",
    "You counted the leaves only. Each operation is a node too: in `4*x`, the 4, the x and the product.",
    by_item=True,
)
def leaves() -> dict[str, Any]:
    return counts(lambda tree: sum(not node.inputs for node in walked(tree)))


@swell.wrong(
    "operations-only",
    "You counted the operations only. The numbers and the variables at the ends are nodes too: in `4*x`, the 4, the x "
    "and the product.",
    by_item=True,
)
def operations() -> dict[str, Any]:
    return counts(lambda tree: sum(bool(node.inputs) for node in walked(tree)))


@swell.wrong(
    "begins-before-the-first-step",
    "Your list begins with x itself, before any step. The first number is that after one step, `4*x*(1 + (-1)*x)`.",
    by_item=True,
)
def from_x_on() -> dict[str, Any]:
    found = counted()
    return {name: [1, *found[name][:-1]] for name in ("function_nodes", "derivative_nodes", "shared_nodes")}


@swell.wrong(
    "shared-in-the-tree",
    "You counted equal parts once here. Written out as a tree they stand in each of their places, and each one counts; "
    "`shared_nodes` asks for the other count.",
    by_item=True,
)
def shared_everywhere() -> dict[str, Any]:
    return counts(lambda tree: len(set(walked(tree))))


@swell.wrong(
    "simplified-first",
    "You simplified the derivative before you counted. It swells all the same, but count what `diff` gives, as it is.",
)
def simplified() -> dict[str, Any]:
    return {"derivative_nodes": counts(lambda tree: sum(1 for _ in walked(simplify(tree))))["derivative_nodes"]}


@swell.wrong(
    "objects-for-formulas",
    "You counted objects in memory. Two equal parts in different places are two objects but one formula: compare them "
    "with `==`, as a set does.",
)
def by_identity() -> dict[str, Any]:
    return {"shared_nodes": [len({id(node) for node in list(walked(diff(tree, "x")))}) for tree in levels()]}


@swell.wrong(
    "shared-in-the-function",
    "Those are the shared nodes of the function. The question is about its derivative: put the nodes of `diff(...)` "
    "into the set.",
)
def shared_of_the_function() -> dict[str, Any]:
    return {"shared_nodes": shared_everywhere()["function_nodes"]}


@swell.wrong(
    "ad-swells-too",
    "It builds no formula. It visits each operation of the program once and keeps a number there, so its work grows by "
    "the same few operations at each step.",
)
def swells_too() -> dict[str, Any]:
    return {"automatic": "swells too"}


@swell.alternative
def by_recursion() -> dict[str, Any]:
    def count(tree: Node) -> int:
        return 1 + sum(map(count, tree.inputs))

    shared = [len(set(walked(diff(tree, "x")))) for tree in levels()]
    return {**counts(count), "shared_nodes": tuple(shared), "automatic": " Does not swell."}


@swell.alternative
def by_the_engines_counts() -> dict[str, Any]:
    formulas = [tree.formula for tree in levels()]
    slopes = [symbolic.diff(formula, "x") for formula in formulas]
    return {
        "function_nodes": np.array([symbolic.tree_nodes(formula) for formula in formulas]),
        "derivative_nodes": [float(symbolic.tree_nodes(slope)) for slope in slopes],
        "shared_nodes": list(map(symbolic.shared_nodes, slopes)),
    }


@swell.alternative
def by_a_law() -> dict[str, Any]:
    function, derivative = [9], [27]
    for _ in range(5):
        derivative.append(2 * derivative[-1] + 4 * function[-1] + 21)
        function.append(2 * function[-1] + 7)
    shared = 13 * np.arange(1, 7) + 4
    return {"function_nodes": function, "derivative_nodes": derivative, "shared_nodes": shared}
