"""When a misconception is named, and when it is not: on a class of the tests' own, with a method a probe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autodiff_lessons.errors import GraphError, ShapeError
from autodiff_lessons.exercises.blame import Unfit, stopped_alike
from autodiff_lessons.exercises.function_exercise import FunctionExercise


def called(made: Any, method: str, *arguments: Any) -> Any:
    value = getattr(made(), method)(*arguments)
    if value == "unfit":
        raise Unfit("`unfit`, which is no number.")
    return value


kit = FunctionExercise(
    "99.7",
    "Two methods",
    probes=[("double", 3.0), ("double", np.float64(0.5)), ("negative", 4.0), ("negative", -0.5)],
    use=called,
    written=lambda method, *arguments: f"{method}{arguments}",
    of_class=True,
    hints=["Think.", "Think again."],
    takeaway="Twice, and turned.",
)


@kit.set_reference
class Kit:
    def double(self, x: Any) -> Any:
        return 2 * x

    def negative(self, x: Any) -> Any:
        return -x


@kit.wrong("unchanged", "It came back as it was.", by_probe=True)
class Unchanged:
    def double(self, x: Any) -> Any:
        return x

    def negative(self, x: Any) -> Any:
        return x


@kit.wrong("reads-a-field", "A plain number has no field.", by_probe=True)
class ReadsAField:
    def double(self, x: Any) -> Any:
        return 2 * x.field

    def negative(self, x: Any) -> Any:
        return -x.field


@kit.wrong("whole", "This is for whole numbers only.")
class Whole(Kit):
    def double(self, x: Any) -> Any:
        return 2 * int(x)


class OneUnchanged(Kit):
    negative = Unchanged.negative


class UnchangedAndOff(OneUnchanged):
    def double(self, x: Any) -> Any:
        return 3 * x


class ReadsItInOne(Kit):
    negative = ReadsAField.negative


class ReadsAnotherField(Kit):
    def negative(self, x: Any) -> Any:
        return -x.feild


class ReadsItsOwn(Kit):
    def negative(self, x: Any) -> Any:
        return -self.field * x  # type: ignore[attr-defined]


class WholeAndUnchanged(Whole):
    negative = Unchanged.negative


@pytest.mark.parametrize(
    ("made", "misconception"),
    [
        (Unchanged, "unchanged"),
        (OneUnchanged, "unchanged"),
        (UnchangedAndOff, None),
        (ReadsAField, "reads-a-field"),
        (ReadsItInOne, "reads-a-field"),
        (ReadsAnotherField, None),
        (ReadsItsOwn, None),
        (Whole, "whole"),
        (WholeAndUnchanged, None),
    ],
)
def test_by_probe(made: Any, misconception: str | None) -> None:
    outcome = kit.check(made)
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)


def test_a_probe_is_written_as_the_exercise_says() -> None:
    told = kit.check(OneUnchanged).message
    assert told.startswith("`negative(4.0,)` gave `4`. (`double(3.0,)` was right.)\n")


def test_an_unfit_result_is_told() -> None:
    class Says(Kit):
        def double(self, x: Any) -> Any:
            return "unfit"

    assert kit.check(Says).message.startswith("`double(3.0,)` gave `unfit`, which is no number.\n")


def error_of(code: Any) -> BaseException:
    try:
        code()
    except Exception as error:
        return error
    raise AssertionError("it should have stopped")


def raised(error: Exception) -> None:
    raise error


def one(x: Any) -> Any:
    return x


def two(x: Any) -> Any:
    return x


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (lambda: one(), lambda: two(), True),
        (lambda: one(), lambda: one(1, 2), False),
        (lambda: (2.0).field, lambda: (3.0).field, True),
        (lambda: (2.0).field, lambda: (2).field, False),
        (lambda: (2.0).field, lambda: Kit().field, False),
        (lambda: Unchanged().field, lambda: Kit().field, True),
        (lambda: Kit() + 1.0, lambda: Unchanged() + 1.0, True),
        (lambda: Kit() + 1.0, lambda: Kit() - 1.0, False),
        (lambda: 1 / 0, lambda: 1.0 / 0, True),
        (lambda: 1 / 0, lambda: {}["a"], False),
        (lambda: raised(GraphError("No record: ask once. 3")), lambda: raised(GraphError("No record: 4")), True),
        (lambda: raised(ShapeError("Shape (2, 3)")), lambda: raised(ShapeError("Shape (4, 1)")), True),
        (lambda: raised(GraphError("No record: 3")), lambda: raised(GraphError("No seed: 3")), False),
        (lambda: raised(GraphError("No record: 3")), lambda: raised(ShapeError("No record: 3")), False),
    ],
)
def test_which_exceptions_are_alike(first: Any, second: Any, alike: bool) -> None:
    assert stopped_alike(error_of(first), error_of(second)) is alike
    assert stopped_alike(Unfit("a"), Unfit("a"))
    assert not stopped_alike(Unfit("a"), Unfit("b"))


class Unwritten:
    def __init__(self, start: float = 1.0) -> None:
        self.start = start

    def double(self, x: Any) -> Any: ...

    def negative(self, x: Any) -> Any: ...


class HalfWritten(Unwritten):
    double = Kit.double


class Static:
    @staticmethod
    def double(x: Any) -> Any: ...

    @classmethod
    def negative(cls, x: Any) -> Any: ...


class HalfStatic(Static):
    @staticmethod
    def double(x: Any) -> Any:
        return 2 * x


class Inherits(Kit):
    pass


class Empty:
    pass


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (Empty, "not attempted"),
        (Unwritten, "not attempted"),
        (Static, "not attempted"),
        (HalfWritten, "incorrect"),
        (HalfStatic, "incorrect"),
        (Inherits, "correct"),
    ],
)
def test_which_classes_are_stubs(made: Any, status: str) -> None:
    assert kit.check(made).status == status


put_back = FunctionExercise(
    "99.8", "Put back", probes=[(np.array([2.0, 5.0]), 0.01)], hints=["One.", "Two."], takeaway="As it was."
)


@put_back.set_reference
def first_of(values: Any, h: float) -> float:
    return float(values[0])


def test_an_array_that_was_put_back_by_calculating_is_unchanged() -> None:
    def moves(values: Any, h: float) -> float:
        values[0] += h
        values[0] -= 2 * h
        values[0] += h
        assert values[0] != 2.0
        return 2.0

    def keeps(values: Any, h: float) -> float:
        values[0] += 1e-9
        return 2.0

    assert put_back.check(moves).status == "correct"
    assert "It changed its argument `values`" in put_back.check(keeps).message
