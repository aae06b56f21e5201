"""The trees of lesson 2, and that its rules are the engine's."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autodiff_lessons.engine import symbolic
from autodiff_lessons.errors import AutodiffError, DomainError, FormulaError, NodeError
from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.formula_trees import Add, Const, Cos, Div, Exp, Log, Mul, Node, Pow, Sin, Var
from autodiff_lessons.exercises.lesson_02.simplify import UNSIMPLE, WITH_A_HOLE

x, y = Var("x"), Var("y")

WRITTEN = [
    (x**2 + 3 * x + 2, "Add(Add(Pow(Var('x'), 2), Mul(Const(3), Var('x'))), Const(2))", "x**2 + 3*x + 2"),
    (1 - x, "Add(Const(1), Mul(Const(-1), Var('x')))", "1 + (-1*x)"),
    (x - 3, "Add(Var('x'), Const(-3))", "x - 3"),
    (3 / -(+x), "Div(Const(3), Mul(Const(-1), Var('x')))", "3/(-1*x)"),
    (np.log(x) * np.sin(y), "Mul(Log(Var('x')), Sin(Var('y')))", "log(x)*sin(y)"),
    (np.exp(x) / np.cos(y), "Div(Exp(Var('x')), Cos(Var('y')))", "exp(x)/cos(y)"),
    (
        np.float64(2) * x + np.float64(0.5),
        "Add(Mul(Const(2.0), Var('x')), Const(0.5))",
        "2*x + 0.5",
    ),
    (np.power(x, 2) - np.int64(1), "Add(Pow(Var('x'), 2), Const(-1))", "x**2 - 1"),
    (x * True + Fraction(1, 2), "Add(Mul(Var('x'), Const(1)), Const(0.5))", "x*1 + 0.5"),
    (x ** np.array(2) + np.bool_(False), "Add(Pow(Var('x'), 2), Const(0))", "x**2 + 0"),
    (Mul(2, Pow(x, Const(3))), "Mul(Const(2), Pow(Var('x'), 3))", "2*x**3"),
]


@pytest.mark.parametrize(("tree", "structure", "text"), WRITTEN, ids=str)
def test_a_tree_is_written_as_its_structure_and_as_a_formula(tree: Node, structure: str, text: str) -> None:
    assert repr(tree) == structure
    assert str(tree) == text


def test_the_courses_function_runs_on_trees() -> None:
    f = np.log(x) + x * y - np.sin(y)
    assert f.evaluate(x=2.0, y=5.0) == 11.652071455223084
    with pytest.raises(DomainError, match="log"):
        f.evaluate(x=-1.0, y=0.0)


def test_trees_of_one_shape_are_equal_and_a_set_holds_them_once() -> None:
    assert x * y + 1 == Add(Mul(Var("x"), Var("y")), Const(1.0))
    assert x * y != y * x
    assert len({x * y, Var("x") * Var("y"), y * x}) == 2
    assert copy.deepcopy(x / y) == x / y


def test_a_tree_is_taken_apart_and_put_together() -> None:
    match x**2 / y:
        case Div(Pow(base, exponent), denominator):
            assert (base, exponent, denominator) == (x, 2, y)
    assert (x**2).parts == (x, 2)
    assert ((x**2).inputs, (x / y).inputs, x.inputs, Const(1).inputs) == ((x,), (x, y), (), ())
    assert (x**2 / y).map(lambda one: one + 1) == (x**2 + 1) / (y + 1)
    assert (x**2).map(Sin) == Sin(x) ** 2
    assert x.map(Sin) == x


@pytest.mark.parametrize(
    ("tree", "everywhere"),
    [
        (x**2 + 3 * x, True),
        (Sin(x) * Exp(Cos(y)), True),
        (x / y, False),
        (Log(x), False),
        (x**-1, False),
        (x**0.5, False),
        (Sin(x + 1 / y) ** 2, False),
    ],
    ids=str,
)
def test_where_a_tree_has_a_value(tree: Node, everywhere: bool) -> None:
    assert tree.defined_everywhere is everywhere


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: x + None, "made of nodes and numbers; None (is a `return` missing?) is neither"),
        (lambda: "2" * x, "the str '2' is neither"),
        (lambda: Mul(x, Var), "the class Var is neither"),
        (lambda: x + 1j, "the complex 1j is neither"),
        (lambda: x + np.ones(2), "the ndarray array([1., 1.]) is neither"),
        (lambda: ... + x, "the ellipsis Ellipsis is neither"),
        (lambda: x**y, "The exponent of Pow is a number, such as 2; this is y."),
        (lambda: 2**x, "The exponent of Pow is a number, such as 2; this is x."),
        (lambda: Const("2"), "Const holds a number, such as Const(2); this is the str '2'."),
        (lambda: Const(x), "Const holds a number, such as Const(2); this is x."),
        (lambda: Var(1), 'Var has a name, such as Var("x"); this is the int 1.'),
        (lambda: np.tan(x), "no node for np.tan; they know sin, cos, log, exp"),
        (lambda: np.add.reduce(x), "no node for np.add"),
    ],
)
def test_what_makes_no_tree_is_told(build: Callable[[], Any], told: str) -> None:
    with pytest.raises(NodeError) as caught:
        build()
    assert told in str(caught.value)
    assert isinstance(caught.value, AutodiffError)


def test_a_variable_can_not_be_called_like_a_function() -> None:
    with pytest.raises(FormulaError, match="sin is a function"):
        Var("sin")


def test_a_node_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        (x + y).left = y  # type: ignore[attr-defined]


# The references of lesson 2 write rules down that the engine's table has, too.


def grown(chance: random.Random, depth: int, kinds: list[Any]) -> Any:
    if depth == 0:
        return chance.choice([x, y, Const(chance.randint(2, 5))])
    kind = chance.choice(kinds)
    inner = grown(chance, depth - 1, kinds)
    if kind is Pow:
        return Pow(inner, chance.randint(2, 3))
    return kind(inner, grown(chance, depth - 1, kinds)) if kind in (Add, Mul) else kind(inner)


def slope(formula: Any, name: str) -> Any:
    return symbolic.diff(formula, name, naive=False).evaluate(x=1.25, y=0.75)


@pytest.mark.parametrize("seed", range(20))
def test_the_rules_of_2_1_are_the_engines(seed: int) -> None:
    diff = get("2.1").reference
    tree = grown(random.Random(seed), 4, [Add, Mul, Pow])
    for name in "xy":
        assert diff(tree, name).evaluate(x=1.25, y=0.75) == pytest.approx(slope(tree.formula, name), rel=1e-12)


@pytest.mark.parametrize("kind", [Div, Sin, Cos, Log, Exp])
def test_the_rules_of_2_2_are_the_engines(kind: Any) -> None:
    tree = kind(x**2 + y, x * y + 3) if kind is Div else kind(x**2 + y)
    derivative = get("2.2").reference(tree, lambda node: get("2.1").reference(node, "x"))
    assert derivative.evaluate(x=1.25, y=0.75) == pytest.approx(slope(tree.formula, "x"), rel=1e-12)


def test_the_first_probes_are_the_courses_numbers() -> None:
    secant, diff, diff_more = (get(one).reference for one in ("1.1", "2.1", "2.2"))
    assert [secant(*probe) for probe in get("1.1").probes[:3]] == pytest.approx([8, 7.1, 7.01], rel=1e-12)
    assert get("1.2").reference(*get("1.2").probes[0]) == (5.5, 1.7163378145367738)
    assert get("1.3").reference(*get("1.3").probes[0]) == pytest.approx(-5.46678, abs=5e-6)
    assert diff(*get("2.1").probes[0]).evaluate(x=2.0) == 7
    assert diff_more(*get("2.2").probes[0]).evaluate(x=5.0) == -1.5
    assert str(get("2.3").reference(*get("2.3").probes[0])) == "2*x + 3"


def test_counts_of_2_4_come_from_the_trees() -> None:
    by_counting = get("2.4").alternatives[0]()
    for name, numbers in by_counting.items():
        assert list(numbers) == list(get("2.4").reference[name]) or name == "automatic"


def test_the_reference_of_2_3_is_as_short_as_the_engine_and_keeps_the_holes() -> None:
    simplify = get("2.3").reference
    for tree in UNSIMPLE:
        assert simplify(tree).formula.tree_nodes == symbolic.simplify(tree.formula).tree_nodes
    assert [simplify(tree) for tree in WITH_A_HOLE] == WITH_A_HOLE
