"""Exercises drawn anew: the numbers of each variant are checked as those of the exercise are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autodiff_lessons import Tensor, answer
from autodiff_lessons.exercises import catalogue
from autodiff_lessons.exercises.comparing import same
from autodiff_lessons.exercises.outcome import Note, Outcome
from autodiff_lessons.exercises.value_exercise import ValueExercise

NUMBERS = range(1, 13)


def with_variants() -> Iterator[ValueExercise]:
    for exercise in catalogue.all_exercises():
        if isinstance(exercise, ValueExercise) and exercise.variants is not None:
            yield exercise


EXERCISES = list(with_variants())
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def test_the_exercises_with_numbers_of_a_graph_have_variants() -> None:
    assert {exercise.id for exercise in EXERCISES} >= {"5.2", "5.3", "6.2"}


@every_exercise
def test_the_right_values_are_accepted_and_those_of_the_exercise_are_not(exercise: ValueExercise) -> None:
    drawn = [exercise.variant(number) for number in NUMBERS]
    assert len({one.given for one in drawn}) > len(NUMBERS) / 2
    for one in drawn:
        assert one.check(one.reference).status == "correct"
        if not all(same(exercise.reference[name], value) for name, value in one.reference.items()):
            refused = one.check(exercise.reference)
            assert refused.status == "incorrect"
            assert refused.message.startswith(f"With {one.given}. ")


@every_exercise
def test_a_number_gives_the_same_variant_for_ever(exercise: ValueExercise) -> None:
    for number in NUMBERS:
        assert exercise.variant(number).given == exercise.variant(number).given
        assert exercise.variant(number).reference == exercise.variant(number).reference


@every_exercise
def test_every_misconception_is_recognised_with_other_numbers(exercise: ValueExercise) -> None:
    for number in NUMBERS:
        one = exercise.variant(number)
        assert {wrong.misconception for wrong in one.wrong_answers} == set(exercise.misconceptions)
        for wrong in one.wrong_answers:
            outcome = one.check({**one.reference, **wrong.code()})
            assert (outcome.status, outcome.misconception) == ("incorrect", wrong.misconception), one.given


@every_exercise
def test_the_wrong_answers_of_the_exercise_are_those_of_its_own_numbers(exercise: ValueExercise) -> None:
    numbers = exercise.graph.inputs if exercise.graph else {"x": 2, "y": 5}
    for wrong in exercise.wrong_answers:
        assert wrong.code() == wrong.code(**numbers)
    assert exercise.variants is not None
    truth = exercise.variants.truth(**numbers)
    assert all(same(exercise.reference[name], value) for name, value in truth.items())


@pytest.mark.parametrize("number", NUMBERS)
def test_the_engine_finds_the_same(number: int) -> None:
    for name in ("5.2", "5.3"):
        one = catalogue.get(name).variant(number)
        inputs = {name: Tensor(float(value), requires_grad=True) for name, value in one.graph.inputs.items()}
        loss = one.graph.function(**inputs)
        loss.backward()
        if name == "5.2":
            assert same(one.reference["loss"], float(loss.data))
        else:
            assert same(one.reference["dloss_dw"], inputs["w"].grad)
            assert same(one.reference["dloss_db"], inputs["b"].grad)
    run = catalogue.get("6.2").variant(number)
    x, y = (float(part.split(" = ")[1]) for part in run.given.split(", "))
    point = Tensor(x, requires_grad=True)
    (np.log(point) + point * y - np.sin(y)).backward()
    assert same(run.reference["x_grad"], point.grad)


@pytest.mark.parametrize(
    ("exercise_id", "variant", "told"),
    [
        ("5.2", 0, "A variant is a whole number from 1 on"),
        ("5.2", "one", "A variant is a whole number from 1 on"),
        ("5.2", True, "A variant is a whole number from 1 on"),
        ("6.3", 1, "no numbers that could be drawn anew"),
    ],
)
def test_variants_that_there_are_not(
    exercise_id: str, variant: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Note | Outcome] = []
    monkeypatch.setattr("autodiff_lessons.exercises.notebook.show", shown.append)
    answer(exercise_id, variant=variant, x1=1)
    assert [told in one.text for one in shown] == [True]


def test_a_variant_that_is_open_says_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Outcome] = []
    monkeypatch.setattr("autodiff_lessons.exercises.notebook.show", shown.append)
    answer("5.2", variant=3)
    (outcome,) = shown
    assert outcome.status == "not attempted"
    assert outcome.message.startswith("With x = 9, w = 6, b = 9, y_true = 2.")
