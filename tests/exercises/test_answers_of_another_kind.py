"""Answers that the exercises' own lists don't have: wrong ones that are right by chance, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff_lessons.dialects import torch
from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.formula_trees import Cos, Exp, Log, Node, Sin
from autodiff_lessons.exercises.lesson_02.functions import diff_more
from autodiff_lessons.exercises.lesson_02.trees import x
from autodiff_lessons.exercises.lesson_03.gradient_check import slope, wrong_rules
from autodiff_lessons.exercises.lesson_04.arithmetic import Arithmetic
from autodiff_lessons.exercises.lesson_04.functions import Dual
from autodiff_lessons.exercises.lesson_04.passes import ForwardMode
from autodiff_lessons.exercises.lesson_06.local_rules import slopes_of


def right_inside(kind: type[Node], inner: Any) -> Any:
    """2.2, right where the inner derivative is this one."""

    def rule(node: Node, d: Any) -> Any:
        return diff_more(node, lambda _: inner) if isinstance(node, kind) else diff_more(node, d)

    return rule


def never_falls(f: Any, x: float, h: float) -> Any:
    return abs(f(x + h) - f(x - h)) / (2 * h)


def without_the_last_point(rules: Any, points: list[float]) -> Any:
    return wrong_rules(rules, points[:-1])


def without_the_first_rule(rules: Any, points: list[float]) -> Any:
    return wrong_rules(dict(list(rules.items())[1:]), points)


def relative_to_a_claim_with_a_sign(rules: Any, points: list[float]) -> Any:
    return [name for name, (f, df) in rules.items() if any(abs(df(x) - slope(f, x)) / df(x) > 1e-6 for x in points)]


def after_one_look(rules: Any, points: list[float]) -> Any:
    (name, rule), *_ = rules.items()
    return wrong_rules({name: rule}, points[:1])


def one_slope_as_often_as_the_parent_stands_there(node: Any, upstream: float) -> Any:
    return {
        parent: upstream * slope * node.parents.count(parent)
        for parent, slope in zip(node.parents, slopes_of(node), strict=True)
    }


def first_row_as_the_product(f: Any, x: Any, v: Any) -> Any:
    rows = list(torch.autograd.functional.jacobian(f, x))
    return rows[0], rows


def of_the_class_before(name: str) -> type[Dual]:
    """4.3, with one function whose result knows no functions any more."""

    def forgetful(self: Any) -> Any:
        found = getattr(Dual, name)(self)
        return Arithmetic(found.primal, found.tangent)

    return type("Forgetful", (Dual,), {name: forgetful})


class FewInputs(ForwardMode):
    def cheaper(self, n: int, m: int) -> Any:
        return "forward" if n < 100 else "reverse"


class OneOutput(ForwardMode):
    def cheaper(self, n: int, m: int) -> Any:
        return "reverse" if m == 1 or n > 700 else "forward"


@pytest.mark.parametrize(
    ("exercise", "code"),
    [
        ("2.2", right_inside(Cos, 2 * x)),
        ("2.2", right_inside(Log, 2 * x)),
        ("2.2", right_inside(Exp, 3)),
        ("2.2", right_inside(Sin, 2 * x)),
        ("3.1", never_falls),
        ("3.4", without_the_last_point),
        ("3.4", without_the_first_rule),
        ("3.4", relative_to_a_claim_with_a_sign),
        ("3.4", after_one_look),
        ("3.4", lambda rules, points: []),
        ("3.4", lambda rules, points: list(rules)),
        *[("4.3", of_the_class_before(name)) for name in ("sin", "cos", "log", "exp")],
        ("6.1", one_slope_as_often_as_the_parent_stands_there),
        ("7.3", first_row_as_the_product),
        ("4.4", FewInputs),
        ("4.4", OneOutput),
    ],
)
def test_what_is_right_by_chance_is_found_out(exercise: str, code: Any) -> None:
    outcome = get(exercise).check(code)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)


PLAIN = (False, True, None, None)
TRACKED = {"x": PLAIN, "y": PLAIN, "z": (True, True, None, 1.0), "a": PLAIN}


@pytest.mark.parametrize(
    ("exercise", "given", "misconception"),
    [
        ("3.2", {"forward": 1e-5}, "too-large"),
        ("3.2", {"forward": 1e-5, "central": 1e-8}, "swapped"),
        ("3.2", {"grows_when_smaller": "truncation and round-off"}, None),
        ("7.1", {**TRACKED, "b": (True, True, "AddBackward0", None)}, "recorded-leaf"),
        ("7.1", {**TRACKED, "b": (True, True, None, None)}, "recorded-leaf"),
        ("7.1", {**TRACKED, "b": (False, True, "AddBackward0", None)}, "result-untracked"),
        ("7.1", {**TRACKED, "b": (True, False, None, None)}, "result-untracked"),
        ("7.1", {**TRACKED, "b": (True, True, None, 1.0)}, "recorded-leaf"),
        ("7.1", {"a": (False, True, None, 1.0)}, "slope-of-the-untracked"),
        ("7.1", {"a": (True, True, None, 1.0)}, "tracking-flows-back"),
        ("7.1", {"x": (True, False, None, None), "a": (True, False, None, None)}, "tracked-by-default"),
        ("8.2", {"unwatched": 2}, "constant-overlooked"),
        ("8.2", {"unwatched": 2, "outside": 4, "numpy": 0, "integer": 1, "rebound": 3}, "counted-from-zero"),
    ],
)
def test_no_more_is_said_than_the_values_show(exercise: str, given: dict[str, Any], misconception: str | None) -> None:
    outcome = get(exercise).check(given)
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
