"""Lesson 2, Differentiate formulas: make a tree shorter, and never change a value."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.engine import symbolic
from autodiff_lessons.exercises.formula_trees import Add, Const, Div, Mul, Node, Pow, Var
from autodiff_lessons.exercises.formula_values import values_at
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_02.trees import diff, x, y

# 2.3: simplify, and never change a value

nothing_at_0 = 1 / x
UNSIMPLE = [
    diff(x**2 + 3 * x + 2, "x"),
    *(x + 0, 0 + x, x * 1, 1 * x, x * 0, 0 * x, x**1, x**0, Const(2) * 3, Const(4) + 5),
    (0 + 1 * x) * y + (x * 0 + y**1),
    Const(2) * 3 * x + (Const(4) + 5),
    (x + 1) * (y - 2),
]
# There is nothing to simplify here, but for somebody who does not mind what happens at x = 0.
WITH_A_HOLE = [0 / x, x / x, 0 * nothing_at_0, nothing_at_0 * 0, nothing_at_0**0]


def as_short_as_ours(tree: Node) -> Node:
    return simplify(tree)


simplification = FunctionExercise(
    "2.3",
    "Simplify, and never change a value",
    probes=[(tree,) for tree in UNSIMPLE + WITH_A_HOLE],
    compared=values_at(
        [{"x": 2.0, "y": 5.0}, {"x": 0.0, "y": 0.0}, {"x": -1.5, "y": 3.0}],
        no_longer_than=as_short_as_ours,
    ),
    seconds=1.5,
    stub="""\
@exercise("2.3")
def simplify(node):
    node = node.map(simplify)  # its inputs first
    match node:
        case Add(u, Const(0)) | Add(Const(0), u):
            return u
        case Mul(u, Const(1)) | Mul(Const(1), u):
            return ...
    return node
""",
    hints=[
        "Write one `case` for each rule: 1*u, u**1, 0*u, u**0, and two numbers that are added or multiplied. The "
        "inputs of `node` are simple already when you look at it, so each rule needs to see one node only.",
        "`case Add(Const(a), Const(b))` matches two numbers and names them: return one Const with their sum. Leave a "
        "fraction as it is: 0/x and x/x have no value at x = 0, and a number has one.",
        "0*u is 0 only where u has a value: write `case Mul(Const(0), u) if u.defined_everywhere`, and the same with u "
        "first. u**0 is 1 under the same condition.",
    ],
    takeaway="The derivative of x**2 + 3*x + 2 reads 2*x + 3 now, and nowhere has a value changed, come or gone.",
)


@simplification.set_reference
def simplify(node: Node) -> Node:
    node = node.map(simplify)  # its inputs first
    match node:
        case Add(Const(a), Const(b)):
            return Const(a + b)
        case Mul(Const(a), Const(b)):
            return Const(a * b)
        case Add(u, Const(0)) | Add(Const(0), u):
            return u
        case Mul(u, Const(1)) | Mul(Const(1), u) | Pow(u, 1):
            return u
        case Mul(u, Const(0)) | Mul(Const(0), u) if u.defined_everywhere:
            return Const(0)
        case Pow(u, 0) if u.defined_everywhere:
            return Const(1)
    return node


@simplification.wrong(
    "power-zero-is-zero",
    "Two cubed is eight. Halve it three times and you are at two to the power of zero: which number is that?",
    by_probe=True,
)
def nothing_for_the_power_zero(node: Node) -> Node:
    match node.map(nothing_for_the_power_zero):
        case Pow(_, 0):
            return Const(0)
        case simpler:
            return simplify(simpler)


@simplification.wrong(
    "fraction-loses-its-hole",
    "Where its denominator is 0, a fraction has no value, so no number may take its place. Leave it as it is.",
    by_probe=True,
)
def cancels(node: Node) -> Node:
    match node.map(cancels):
        case Div(Const(0), _):
            return Const(0)
        case Div(u, v) if u == v:
            return Const(1)
        case simpler:
            return simplify(simpler)


@simplification.wrong(
    "zero-times-nothing",
    "0*u is 0, and u**0 is 1, only where u has a value; this u has none at x = 0. Ask `u.defined_everywhere` first.",
    by_probe=True,
)
def zero_times_anything(node: Node) -> Node:
    match node.map(zero_times_anything):
        case Mul(_, Const(0)) | Mul(Const(0), _):
            return Const(0)
        case Pow(_, 0):
            return Const(1)
        case simpler:
            return simplify(simpler)


@simplification.wrong(
    "endless-rewriting",
    "Your code never comes to an end. If it rewrites until nothing changes: let each rule give a smaller tree, and "
    "stop where no rule fits any more.",
    endless=True,
)
def swaps_until_nothing_changes(node: Node) -> Node:
    before: Node | None = None
    while node != before:
        before = node
        match node:
            case Add(u, v) | Mul(u, v):
                node = type(node)(v, u)
    return simplify(node)


@simplification.wrong("endless-rewriting", by_probe=True)
def swaps_and_begins_again(node: Node) -> Node:
    match node:
        case Add(u, v) | Mul(u, v):
            return swaps_and_begins_again(type(node)(v, u))
    return simplify(node)


@simplification.wrong(
    "inputs-not-simplified",
    "Only the node at the top was simplified. Simplify its inputs first, with `node.map(simplify)`: a rule may fit "
    "only after that.",
)
def only_the_top(node: Node) -> Node:
    match node:
        case Add(Const(a), Const(b)):
            return Const(a + b)
        case Mul(Const(a), Const(b)):
            return Const(a * b)
        case Add(u, Const(0)) | Add(Const(0), u) | Mul(u, Const(1)) | Mul(Const(1), u) | Pow(u, 1):
            return u
        case Mul(u, Const(0)) | Mul(Const(0), u) if u.defined_everywhere:
            return Const(0)
        case Pow(u, 0) if u.defined_everywhere:
            return Const(1)
    return node


@simplification.wrong("inputs-not-simplified")
def only_the_top_and_zero_times_anything(node: Node) -> Node:
    match node:
        case Mul(_, Const(0)) | Mul(Const(0), _):
            return Const(0)
        case Pow(_, 0):
            return Const(1)
    return only_the_top(node)


@simplification.wrong(
    "zero-and-one-confused",
    "Adding 0 changes nothing, and multiplying by 1 changes nothing: what is left is u. It is `0*u` that is 0.",
)
def sum_with_zero_vanishes(node: Node) -> Node:
    match node.map(sum_with_zero_vanishes):
        case Add(_, Const(0)) | Add(Const(0), _):
            return Const(0)
        case simpler:
            return simplify(simpler)


@simplification.wrong("zero-and-one-confused")
def product_with_one_vanishes(node: Node) -> Node:
    match node.map(product_with_one_vanishes):
        case Mul(_, Const(1)) | Mul(Const(1), _):
            return Const(1)
        case simpler:
            return simplify(simpler)


@simplification.wrong("zero-and-one-confused")
def product_with_zero_stays(node: Node) -> Node:
    match node.map(product_with_zero_stays):
        case Mul(u, Const(0)) | Mul(Const(0), u):
            return u
        case simpler:
            return simplify(simpler)


@simplification.alternative
def until_nothing_changes(tree: Node, rounds: int = 100) -> Node:
    def once(node: Node) -> Node:
        node = node.map(once)
        numbers = [one.value for one in node.inputs if isinstance(one, Const)]
        others = [one for one in node.inputs if not isinstance(one, Const)]
        if isinstance(node, Add | Mul) and not others:
            return Const(sum(numbers) if isinstance(node, Add) else float(np.prod(numbers)))
        if isinstance(node, Add | Mul) and numbers == [float(isinstance(node, Mul))]:
            return others[0]
        if isinstance(node, Mul) and numbers == [0] and others[0].defined_everywhere:
            return Const(0)
        if isinstance(node, Pow) and node.exponent in (0, 1) and node.defined_everywhere:
            return node.base if node.exponent else Const(1)
        return node

    for _ in range(rounds):
        before, tree = tree, once(tree)
        if before == tree:
            break
    return tree


@simplification.alternative
def with_powers_first(node: Any) -> Any:
    if not node.inputs:
        return node
    if isinstance(node, Pow):
        base = with_powers_first(node.base)
        if node.exponent == 1:
            return base
        return Const(1) if node.exponent == 0 and base.defined_everywhere else base**node.exponent
    u, v = map(with_powers_first, node.inputs)
    if isinstance(node, Div):
        return u / v
    if isinstance(u, Const) and isinstance(v, Const):
        return u.value + v.value if isinstance(node, Add) else u.value * v.value
    for one, other in ((u, v), (v, u)):
        if isinstance(node, Add) and one == Const(0):
            return other
        if isinstance(node, Mul) and one == Const(1):
            return other
        if isinstance(node, Mul) and one == Const(0) and isinstance(other, Var):
            return one
    return type(node)(u, v)


simplification.alternative(lambda node: symbolic.simplify(node.formula))
