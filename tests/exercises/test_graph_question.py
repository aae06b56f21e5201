"""5.2 and 5.3 answered on the graph itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autodiff_lessons import graph_question
from autodiff_lessons.exercises import all_exercises, attempts, get, latest
from autodiff_lessons.exercises.value_exercise import ValueExercise

ON_GRAPHS = [one for one in all_exercises() if isinstance(one, ValueExercise) and one.graph]
every = pytest.mark.parametrize("exercise", ON_GRAPHS, ids=lambda exercise: exercise.id)


@pytest.fixture(autouse=True)
def _fresh_session() -> Iterator[None]:
    attempts.begin_session()
    yield
    attempts.begin_session()


def typed(view: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Fill the boxes in as the page does, and read the verdict."""
    view.answers = {"fields": {name: str(value) for name, value in values.items()}, "count": len(view.answers)}
    verdict: dict[str, Any] = view.verdict
    return verdict


def test_5_2_and_5_3_are_asked_on_graphs() -> None:
    assert [exercise.id for exercise in ON_GRAPHS] == ["5.2", "5.3"]


@every
def test_the_blanks_are_the_exercises_own_fields(exercise: ValueExercise) -> None:
    view: Any = graph_question(exercise.id)
    assert {box["field"] for box in view.blanks} == set(exercise.reference)


@every
def test_the_graph_and_the_code_are_judged_by_one_check(exercise: ValueExercise) -> None:
    view: Any = graph_question(exercise.id)
    assert typed(view, {})["status"] == "not attempted"
    assert latest(exercise.id).status == "not attempted"  # type: ignore[union-attr]
    for wrong in exercise.wrong_answers:
        values = {**exercise.reference, **wrong.code()}
        assert typed(view, values) == {"status": "incorrect", "message": exercise.check(values).message}
        assert latest(exercise.id).misconception == wrong.misconception  # type: ignore[union-attr]
    assert typed(view, exercise.reference) == {"status": "correct", "message": exercise.takeaway}
    assert attempts.of(exercise.id).tries == len(exercise.wrong_answers) + 1
    assert attempts.of(exercise.id).solved


def test_what_is_no_number_is_said() -> None:
    view: Any = graph_question("5.2")
    assert "`x1` is text where a number is needed." in typed(view, {"x1": "six"})["message"]


@every
def test_the_question_does_not_hold_its_answers(exercise: ValueExercise) -> None:
    view: Any = graph_question(exercise.id)
    assert repr(get(exercise.id).reference) not in view.as_text()
    assert "?" in view.as_text()
