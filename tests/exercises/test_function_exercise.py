"""The check of code, on exercises of the tests' own."""

from __future__ import annotations

import functools
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autodiff_lessons.errors import ExerciseError
from autodiff_lessons.exercises.function_exercise import FunctionExercise

ABOUT = {"hints": ["Think.", "Think again."], "takeaway": "Sum and difference."}

both = FunctionExercise("99.1", "Sum and difference", probes=[(3.0, 1.0), (5.0, 8.0), (0.5, 0.25)], **ABOUT)


@both.set_reference
def sum_and_difference(a: float, b: float) -> tuple[float, float]:
    return a + b, a - b


@both.wrong("one-is-zero", "Neither of them is zero.", by_item=True)
def nothing(a: float, b: float) -> tuple[float, float]:
    return 0.0, 0.0


@both.wrong("turned-difference", "The difference is a minus b.")
def turned(a: float, b: float) -> tuple[float, float]:
    return a + b, b - a


total = FunctionExercise(
    "99.2", "Sum of an array", probes=[(np.array([1.0, 2.0]),), (np.array([4.0, 5.0, 7.0]),)], seconds=0.4, **ABOUT
)


@total.set_reference
def total_of(values: Any) -> float:
    return float(np.sum(values))


@total.wrong("changes-its-argument", "Each number is replaced by the sum so far: work on a copy.")
def summed_in_place(values: Any) -> float:
    for place in range(1, len(values)):
        values[place] += values[place - 1]
    return 2 * float(values[-1])


@total.wrong("endless-sum", "The place has to move on.", endless=True)
def never_moves_on(values: Any) -> float:
    place, found = 0, 0.0
    while place < len(values):
        found = values[place]
    return found


@total.wrong("recursion", "Python stops after a thousand calls.")
def recursive(values: Any) -> float:
    return recursive(values) + 1


def no_end(a: float, b: float) -> Any:
    raise NotImplementedError


def untouched(a: float, b: float) -> Any:
    """Add and subtract."""
    ...


def dots(a: float, b: float) -> Any:
    return ...


def half(a: float, b: float) -> Any:
    difference: Any = ...
    return a + b, difference


def computes_with_dots(a: float, b: float) -> Any:
    rest: Any = ...
    return a + b, a - rest


@pytest.mark.parametrize(
    "stub",
    [
        no_end,
        untouched,
        dots,
        half,
        computes_with_dots,
        lambda a, b: None,
        lambda a, b: sum([..., ...]),
        lambda a, b: np.sin(...),
    ],
)
def test_not_attempted(stub: Callable[..., Any]) -> None:
    outcome = both.check(stub)
    assert (outcome.status, outcome.misconception) == ("not attempted", None)
    assert "`...`" in outcome.message


class Callable2:
    def __call__(self, a: float, b: float) -> Any:
        return a + b, a - b

    def method(self, a: float, b: float) -> Any:
        return [a + b, a - b]


@pytest.mark.parametrize(
    "honest",
    [
        lambda a, b: (a + b, a - b),
        lambda first, second, scale=1.0: [scale * (first + second), scale * (first - second)],
        lambda *numbers: np.array([[1, 1], [1, -1]]) @ numbers,
        lambda a, b, **more: tuple(a + sign * b for sign in (1, -1)),
        functools.partial(lambda one, a, b: (one * a + b, a - b), 1.0),
        Callable2(),
        Callable2().method,
    ],
)
def test_honest_solutions_are_accepted(honest: Callable[..., Any]) -> None:
    outcome = both.check(honest)
    assert (outcome.status, outcome.message) == ("correct", "Sum and difference.")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3, "99.1 is about a function that you write; this is one number."),
        (dict, "99.1 is about a function that you write; this is the class dict."),
        (lambda a: a, "The check calls your function with two arguments, as in `sum_and_difference(3, 1)`. Yours is"),
        (lambda a, b, c: a, "written as `(a, b, c)`."),
        (lambda a, b: print(a), "`sum_and_difference(3, 1)` gave None where two values are needed. Is a `return`"),
        (lambda a, b: a + b, "`sum_and_difference(3, 1)` gave `4`, one number where two values are needed."),
        (lambda a, b: {a, b}, "a set of two values where two values in a list or tuple are needed."),
        (lambda a, b: (n for n in (a, b)), "a generator, which has computed nothing yet, where two values are needed."),
        (lambda a, b: ("4", "2"), "gave `('4', '2')`, text where a number is needed."),
        (lambda a, b: (a + b, True), "gave `(4, True)`, the truth value True where a number is needed."),
        (lambda a, b: (a + b, 2j), "gave `(4, (0+2j))`, a complex number where a number is needed."),
        (lambda a, b: (a + b, math.nan), "gave `(4, nan)`. Its second value is not right, the rest is."),
        (lambda a, b: [a] * 10_000_000, "10000000 values where there should be 2."),
        (lambda a, b: (10**10_000, 1), "gave `(an integer of about 10001 digits, 1)`."),
        (
            lambda a, b: (a + b, 2),
            "`sum_and_difference(5, 8)` gave `(13, 2)`. Its second value is not right, the rest is.",
        ),
        (lambda a, b: (a + b, 2), "(`sum_and_difference(3, 1)` was right.)"),
        (lambda a, b: sys.exit(), "asked Python to exit"),
        (lambda a, b: input(), "asked for input()"),
        (lambda a, b: undefined_name, "stopped with NameError: name 'undefined_name' is not defined"),  # type: ignore[name-defined]  # noqa: F821
        (lambda a, b: turned(a), "stopped with TypeError: turned() missing 1 required positional argument: 'b'"),
        (max, "`max(3, 1)` gave `3`, one number where two values are needed."),
    ],
)
def test_what_is_told(given: Any, told: str) -> None:
    outcome = both.check(given)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)
    assert told in outcome.message
    assert outcome.message.endswith('`hint("99.1")` gives a hint.')


async def waiting(a: float, b: float) -> Any:
    return a + b, a - b


def test_how_a_function_takes_its_arguments_is_told() -> None:
    def by_name(a: float, *, b: float) -> Any:
        return a + b, a - b

    assert "Yours is written as `(a: 'float', *, b: 'float')`." in both.check(by_name).message


def test_a_coroutine_is_named_and_closed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "a coroutine (leave out `async`)" in both.check(waiting).message


class Evil:
    def __repr__(self) -> str:
        raise RuntimeError("no picture")

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not equal")

    __hash__ = None  # type: ignore[assignment]


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def raising(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    "evil",
    [
        lambda a, b: Evil(),
        lambda a, b: (Evil(), Evil()),
        lambda a, b: raising(Unspeakable()),
        lambda a, b: raising(ValueError("long " * 1_000_000)),
        lambda a, b: raising(KeyboardInterrupt()),
        lambda a, b: [0] * 10**15,
        lambda a, b: itself(),
    ],
)
def test_it_survives_anything(evil: Callable[..., Any]) -> None:
    outcome = both.check(evil)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)
    assert len(outcome.message) < 1_000


def itself() -> Any:
    items: list[Any] = []
    items += [items, items]
    return items


def test_a_misconception_needs_every_probe() -> None:
    assert both.check(turned).misconception == "turned-difference"
    assert both.check(lambda a, b: turned(a, b) if a < 5 else (a * b, 0)).misconception is None
    assert both.check(lambda a, b: (a + b, b - a + 1e-4)).misconception is None


def test_a_misconception_can_sit_in_one_item() -> None:
    assert both.check(lambda a, b: (0.0, a - b)).misconception == "one-is-zero"
    assert both.check(lambda a, b: (a + b, 0)).misconception == "one-is-zero"
    assert both.check(lambda a, b: (0, b - a)).misconception is None


two_rules = FunctionExercise("99.5", "Two rules", probes=[("double", 3.0), ("square", 3.0), ("cube", 3.0)], **ABOUT)


@two_rules.set_reference
def by_rule(rule: str, x: float) -> float:
    return {"double": 2 * x, "square": x * x, "cube": x**3}[rule]


@two_rules.wrong("square-is-double", "To square is not to double.", by_probe=True)
def square_is_double(rule: str, x: float) -> float:
    return 2 * x if rule == "square" else by_rule(rule, x)


@two_rules.wrong("cube-is-triple", "To cube is not to triple.", by_probe=True)
def cube_is_triple(rule: str, x: float) -> float:
    return 3 * x if rule == "cube" else by_rule(rule, x)


def test_a_misconception_can_sit_in_one_probe() -> None:
    table = {"double": 6.0, "square": 6.0, "cube": 9.0}
    assert two_rules.check(lambda rule, x: table[rule]).misconception == "square-is-double"
    assert two_rules.check(lambda rule, x: {**table, "square": 9.0}[rule]).misconception == "cube-is-triple"
    # Doubling whatever the rule says explains the square too, but not by this misconception.
    assert two_rules.check(lambda rule, x: 2 * x).misconception is None
    assert two_rules.check(lambda rule, x: {**table, "double": 1.0}[rule]).misconception is None


def test_a_changed_argument_is_named() -> None:
    def sorts(numbers: Any) -> float:
        result = float(sum(numbers))
        numbers[0] = 0
        return result

    outcome = total.check(sorts)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)
    assert "`sorts([1., 2.])` gave the right result. It changed its argument `numbers`" in outcome.message


def test_a_wrong_answer_may_change_its_argument_and_the_probes_stay() -> None:
    assert total.check(summed_in_place).misconception == "changes-its-argument"
    assert total.check(summed_in_place).misconception == "changes-its-argument"
    assert total.check(total_of).status == "correct"


def test_a_result_that_the_code_alters_later_is_judged_as_it_was() -> None:
    kept = [0.0, 0.0]

    def reuses(a: float, b: float) -> Any:
        kept[:] = a + b, b - a
        return kept

    assert both.check(reuses).misconception == "turned-difference"


def test_an_endless_loop_is_told_and_recognised() -> None:
    def loops(values: Any) -> float:
        while True:
            pass

    outcome = total.check(loops)
    assert outcome.misconception == "endless-sum"
    assert "`loops([1., 2.])` was still running after 0.4 seconds and was stopped." in outcome.message


def test_an_endless_wrong_answer_does_not_slow_other_checks_down() -> None:
    total._seen.clear()
    begun = time.monotonic()
    assert total.check(lambda values: 1.0).status == "incorrect"
    assert time.monotonic() - begun < 0.3


def test_recursion_is_worded_and_recognised() -> None:
    def deeper(values: Any) -> Any:
        return deeper(values)

    outcome = total.check(deeper)
    assert outcome.misconception == "recursion"
    assert "called itself, or a chain of functions, too deeply" in outcome.message


def test_what_the_code_printed_is_kept() -> None:
    def talks(a: float, b: float) -> Any:
        print("sum", a + b)
        print("always")
        return a + b, a - b

    outcome = both.check(talks)
    assert outcome.printed == "sum 4.0\nalways\nsum 13.0\nalways\nsum 0.75\nalways"
    assert "always" not in repr(outcome)
    assert repr(outcome) == repr(both.check(sum_and_difference))


def test_a_flood_is_cut() -> None:
    def floods(a: float, b: float) -> Any:
        for number in range(10_000):
            print(number)

    outcome = both.check(floods)
    assert outcome.status == "incorrect"
    assert outcome.printed.splitlines()[0] == "0"
    assert len(outcome.printed) < 2_000
    assert "0\n1\n2\n" in repr(outcome)
    assert outcome.printed.endswith("\n9\n... and 9990 more lines")


# Exercises about classes, used in their own way

pair = FunctionExercise(
    "99.3",
    "A class",
    probes=[(2.0, 3.0), (-1.0, 4.0)],
    use=lambda made, first, second: made(first).times(second),
    of_class=True,
    **ABOUT,
)


@pair.set_reference
class Factor:
    def __init__(self, value: float) -> None:
        self.value = value

    def times(self, other: float) -> float:
        return self.value * other


@pair.wrong("adds", "Times is not plus.")
class Summand(Factor):
    def times(self, other: float) -> float:
        return self.value + other


class EmptyFactor:
    def __init__(self, value: float) -> None: ...

    def times(self, other: float) -> float:  # type: ignore[empty-body]
        """Multiply."""


class Raises:
    def __init__(self, value: float) -> None:
        self.value = value

    def times(self, other: float) -> float:
        return self.values * other  # type: ignore[attr-defined,no-any-return]


def test_an_exercise_about_a_class() -> None:
    assert pair.check(Factor).status == "correct"
    assert pair.check(EmptyFactor).status == "not attempted"
    assert pair.check(Summand).misconception == "adds"
    assert "99.3 is about a class that you write; this is a function." in pair.check(turned).message
    told = pair.check(Raises).message
    assert "`Raises with first = 2, second = 3` stopped with AttributeError" in told
    assert "of `times`: `return self.values * other" in told


def test_the_stub_and_the_solution_come_from_the_reference() -> None:
    assert both.stub == '@exercise("99.1")\ndef sum_and_difference(a, b):\n    ...\n'
    assert both.solution == '@exercise("99.1")\ndef sum_and_difference(a, b):\n    return a + b, a - b\n'
    assert pair.stub == '@exercise("99.3")\nclass Factor:\n    ...\n'
    assert pair.solution.startswith('@exercise("99.3")\nclass Factor:\n    def __init__(self, value):\n')


def test_an_exercise_says_what_its_author_forgot() -> None:
    empty = FunctionExercise("99.4", "Nothing", probes=[(1.0,)], **ABOUT)
    with pytest.raises(ExerciseError, match=r"99\.4 has no reference"):
        empty.check(lambda x: x)
    with pytest.raises(ExerciseError, match="'unsaid' needs its sentence"):
        empty.wrong("unsaid")


def counted() -> Iterator[int]:
    yield from range(3)


def test_a_generator_function_is_no_stub() -> None:
    assert total.check(lambda values: counted()).status == "incorrect"
