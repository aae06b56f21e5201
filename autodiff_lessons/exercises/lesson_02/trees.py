"""Lesson 2, Differentiate formulas: sums, products and powers.

Trees are compared by their values at a few points, so every form of a derivative is as good as ours. The rules that a
reference writes down are the learner's; tests hold them against the engine's own.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from autodiff_lessons.engine import symbolic
from autodiff_lessons.exercises.formula_trees import Add, Const, Mul, Node, Pow, Var
from autodiff_lessons.exercises.formula_values import values_at
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Rule = Callable[[Node], Any]

x, y = Var("x"), Var("y")


# 2.1: the rules for sums, products and powers

rules = FunctionExercise(
    "2.1",
    "Differentiate sums, products and powers",
    probes=[
        (x**2 + 3 * x + 2, "x"),
        (x * y, "x"),
        (x * y, "y"),
        (x**3 + y**2, "y"),
        ((x**2 + 1) ** 3, "x"),
        ((x + 2 * y) ** 2 * (x * y + 1), "y"),
        (Const(7), "x"),
    ],
    compared=values_at([{"x": 2.0, "y": 5.0}, {"x": -1.5, "y": 1.25}, {"x": 0.5, "y": -3.0}]),
    stub="""\
@exercise("2.1")
def diff(node, name):
    match node:
        case Const():
            return Const(0)
        case Var():
            return ...
        case Add(u, v):
            return diff(u, name) + diff(v, name)
        case Mul(u, v):
            return ...
        case Pow(u, n):
            return ...
""",
    hints=[
        "A rule says what to do with one node; its inputs may be whole formulas. Their derivatives are `diff(u, name)` "
        "and `diff(v, name)`, whatever they look like.",
        "A variable has the slope 1 if it is the one that moves, `node.name == name`, and 0 if it is another. In a "
        "product each factor moves in turn, while the other one stays as it is.",
        "The product's derivative is a sum of two products. The power's: n comes to the front, the exponent falls by "
        "1, and the chain rule brings the derivative of u as a factor.",
    ],
    takeaway="Three short rules differentiate every polynomial, and the derivative of a tree is a tree again.",
)


@rules.set_reference
def diff(node: Node, name: str) -> Any:
    match node:
        case Const():
            return Const(0)
        case Var():
            return Const(1) if node.name == name else Const(0)
        case Add(u, v):
            return diff(u, name) + diff(v, name)
        case Mul(u, v):
            return diff(u, name) * v + u * diff(v, name)
        case Pow(u, n):
            return n * u ** (n - 1) * diff(u, name)


def with_another_rule(rule: Callable[[Node, str, Rule], Any]) -> Callable[[Node, str], Any]:
    """Differentiate as `diff` does, but by this rule wherever it gives something; `d` is for the inputs."""

    def code(node: Node, name: str) -> Any:
        def d(u: Node) -> Any:
            return code(u, name)

        match node:
            case _ if (other := rule(node, name, d)) is not None:
                return other
            case Add(u, v):
                return d(u) + d(v)
            case Mul(u, v):
                return d(u) * v + u * d(v)
            case Pow(u, n):
                return n * u ** (n - 1) * d(u)
        return diff(node, name)

    code.__name__ = rule.__name__
    return code


@rules.wrong(
    "product-of-derivatives",
    "A product's derivative is not the product of the derivatives. Let one factor move at a time, and add: there are "
    "two terms.",
)
@with_another_rule
def derivatives_multiplied(node: Node, name: str, d: Rule) -> Any:
    match node:
        case Mul(u, v):
            return d(u) * d(v)


@rules.wrong(
    "exponent-stays",
    "The exponent has to fall by 1: from u**n comes n * u**(n - 1), times the derivative of u.",
)
@with_another_rule
def exponent_kept(node: Node, name: str, d: Rule) -> Any:
    match node:
        case Pow(u, n):
            return n * u**n * d(u)


@rules.wrong(
    "every-variable-moves",
    "Only the variable called `name` moves; every other one is a constant here. `case Var(...)` matches them all, so "
    "ask whether `node.name == name`.",
)
@with_another_rule
def one_for_every_variable(node: Node, name: str, d: Rule) -> Any:
    match node:
        case Var():
            return Const(1)


@rules.wrong(
    "no-inner-derivative",
    "The base of a power may be a whole formula that moves at its own pace: multiply by `diff(u, name)`.",
)
@with_another_rule
def power_without_its_inside(node: Node, name: str, d: Rule) -> Any:
    match node:
        case Pow(u, n):
            return n * u ** (n - 1)


@rules.wrong(
    "half-the-product-rule",
    "One factor never moves in your product: that is right only if it is a constant. The other half is missing.",
)
@with_another_rule
def second_factor_only(node: Node, name: str, d: Rule) -> Any:
    match node:
        case Mul(u, v):
            return u * d(v)


@rules.wrong("half-the-product-rule")
@with_another_rule
def first_factor_only(node: Node, name: str, d: Rule) -> Any:
    match node:
        case Mul(u, v):
            return d(u) * v


@rules.wrong("exponent-lost", "The exponent has to come to the front as a factor: u**n gives n * u**(n - 1) * u'.")
@with_another_rule
def no_factor_in_front(node: Node, name: str, d: Rule) -> Any:
    match node:
        case Pow(u, n):
            return u ** (n - 1) * d(u)


@rules.alternative
def with_constructors(tree: Node, variable: str, simple: bool = True) -> Node:
    def d(part: Node) -> Node:
        return with_constructors(part, variable, simple)

    if isinstance(tree, Add):
        return Add(d(tree.left), d(tree.right))
    if isinstance(tree, Mul):
        return Add(Mul(tree.left, d(tree.right)), Mul(tree.right, d(tree.left)))
    if isinstance(tree, Pow):
        return Mul(Mul(Const(tree.exponent), Pow(tree.base, tree.exponent - 1)), d(tree.base))
    return Const(float(tree == Var(variable)))


@rules.alternative
def by_a_table(node: Any, name: str) -> Any:
    def d(part: Any) -> Any:
        return by_a_table(part, name)

    table: dict[type[Node], Callable[..., Any]] = {
        Const: lambda value: 0,
        Var: lambda own_name: int(own_name == name),
        Add: lambda *terms: sum(map(d, terms)),
        Mul: lambda u, v: d(v) * u + v * d(u),
        Pow: lambda u, n: d(u) if n == 1 else d(u * u ** (n - 1)),
    }
    return table[type(node)](*node.parts)


@rules.alternative
def with_a_truth_value(node: Any, name: str) -> Any:
    match node:
        case Const():
            return Const(False)
        case Var():
            return Const(node.name == name)
        case Add(u, v):
            return with_a_truth_value(u, name) + with_a_truth_value(v, name)
        case Mul(u, v):
            return node * (with_a_truth_value(u, name) / u + with_a_truth_value(v, name) / v)
        case Pow(u, n):
            return Fraction(n) * u ** np.array(n - 1) * with_a_truth_value(u, name)


@rules.alternative
def by_the_engine(node: Node, name: str) -> Any:
    return symbolic.diff(node.formula, name, naive=False)
