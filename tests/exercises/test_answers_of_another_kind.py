"""Answers that the exercises' own lists don't have: wrong ones that are right by chance, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.formula_trees import Cos, Exp, Log, Node, Sin
from autodiff_lessons.exercises.lesson_02.functions import diff_more
from autodiff_lessons.exercises.lesson_02.trees import x
from autodiff_lessons.exercises.lesson_04.arithmetic import Arithmetic
from autodiff_lessons.exercises.lesson_04.functions import Dual
from autodiff_lessons.exercises.lesson_04.passes import ForwardMode


def right_inside(kind: type[Node], inner: Any) -> Any:
    """2.2, right where the inner derivative is this one."""

    def rule(node: Node, d: Any) -> Any:
        return diff_more(node, lambda _: inner) if isinstance(node, kind) else diff_more(node, d)

    return rule


def never_falls(f: Any, x: float, h: float) -> Any:
    return abs(f(x + h) - f(x - h)) / (2 * h)


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
        *[("4.3", of_the_class_before(name)) for name in ("sin", "cos", "log", "exp")],
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
        ("7.1", {"x": (True, False, None, None), "a": (True, False, None, None)}, "tracked-by-default"),
        ("8.2", {"unwatched": 2}, "constant-overlooked"),
        ("8.2", {"unwatched": 2, "outside": 4, "numpy": 0, "integer": 1, "rebound": 3}, "counted-from-zero"),
    ],
)
def test_no_more_is_said_than_the_values_show(exercise: str, given: dict[str, Any], misconception: str | None) -> None:
    outcome = get(exercise).check(given)
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
