"""The pile that marking is measured on is what it says, and the table says what was measured."""

from __future__ import annotations

import random
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("the benchmark asks the system for its load", allow_module_level=True)

from marking import Measured, answered, pile, stands_alone, table

from autodiff_lessons import exercises
from autodiff_lessons.course.exercise_cells import exercise_ids


def test_the_pile_is_the_same_each_time_and_one_in_20_is_bad(tmp_path):
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pile(tmp_path / name, 60)
        texts.append({one.parent.name: one.read_text() for one in sorted((tmp_path / name).rglob("*.ipynb"))})
    assert texts[0] == texts[1]
    assert len(texts[0]) == 60
    bad = ["while True" in texts[0]["learner-019"], "os._exit" in texts[0]["learner-039"]]
    assert bad == [True, True]
    assert not texts[0]["learner-059"].endswith("}")


@pytest.mark.parametrize("exercise", exercises.all_exercises(), ids=lambda one: one.id)
def test_every_kind_of_answer_is_one(exercise):
    chance = random.Random(0)
    cells = {answered(exercise, chance) for _ in range(30)}
    assert {exercise.solution, exercise.stub} <= cells
    assert all(exercise_ids(cell) == [exercise.id] for cell in cells)


def test_most_exercises_are_answered_wrongly_too():
    wrong = [
        one.id
        for one in exercises.all_exercises()
        if any(not w.endless and stands_alone(w.code) for w in one.wrong_answers)
    ]
    assert len(wrong) > len(exercises.all_exercises()) / 2


def test_the_table():
    rows = [Measured(2, 100.0, 150.0, (3.0, 1.5))]
    assert table(rows, 200).splitlines()[2] == "| `--jobs 2` | 100 s | 120 | 0.75 s | 1.5 to 3.0 |"
