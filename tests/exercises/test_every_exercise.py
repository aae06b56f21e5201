"""Every exercise of the course, walked over: adding one adds no test code here."""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutants
import numpy as np
import pytest

from autodiff_lessons.exercises import all_exercises, catalogue, formula_trees, get
from autodiff_lessons.exercises.base import Exercise
from autodiff_lessons.exercises.comparing import as_number, same, short
from autodiff_lessons.exercises.formula_values import FormulaValues
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.value_exercise import ValueExercise
from autodiff_lessons.logbook.code import IN_LESSON

EXERCISES = all_exercises()

every = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
every_wrong_answer = pytest.mark.parametrize(
    ("exercise", "wrong"),
    [(exercise, wrong) for exercise in EXERCISES for wrong in exercise.wrong_answers],
    ids=lambda part: part.id if isinstance(part, Exercise) else part.code.__name__,
)


def answered(exercise: Exercise, code: Any) -> Any:
    """The candidate that this code of the lesson's file stands for."""
    return code if exercise.decorates else {**exercise.reference, **code()}


def candidate_in(exercise: Exercise, cell: str) -> Any:
    """What a cell hands to its check, in a notebook that has NumPy, what the reference calls by name, and the
    references of the lesson's other exercises under the names that they have in the lesson's file."""
    handed: list[Any] = []

    def keep(candidate: Any) -> Any:
        handed.append(candidate)
        return candidate

    others = [one.reference_code for one in EXERCISES if one.lesson == exercise.lesson and one is not exercise]
    namespace = dict(vars(sys.modules[exercise.reference_code.__module__]))
    namespace.update({code.__name__: code for code in others})
    namespace.update(np=np, exercise=lambda _: keep, answer=lambda _, **values: handed.append(values))
    exec(compile(cell, "<cell>", "exec", dont_inherit=True), namespace)  # a notebook evaluates annotations
    (candidate,) = handed
    return candidate


def numbers_in(value: Any) -> Iterator[str]:
    """Each number of a result, as a message would show it; of a formula, its values and the formula itself."""
    if isinstance(value, FormulaValues):
        yield from (number for number in numbers_in(value.values) if number not in ("0", "1"))  # the rules' own numbers
        yield from [value.text] if value.nodes > 1 else []
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(item)
    elif as_number(value) is not None:
        yield short(value)


def without_what_the_learner_gave(message: str) -> str:
    given = (
        r"gave `[^`]*`|stopped with .*|`\w+ = [^`]*` is not right|`\w+\([^`]*\)|`[^`]* with [^`]*`"
        r"|At `[^`]*` that is `[^`]*`|needs to be: \d+ nodes"
    )
    return re.sub(given, "", message)


def holds(text: str, secret: str) -> bool:
    """Whether the number or the text stands there by itself: 2 is in "= 2." but not in "x2" or "2.5"."""
    return re.search(rf"(?<![\w.]){re.escape(secret)}(?!\w|\.\d)", text) is not None


def test_the_ids_are_complete_and_unique() -> None:
    lessons = sorted({exercise.lesson for exercise in EXERCISES})
    wanted = [f"{lesson}.{number}" for lesson in lessons for number in range(1, IN_LESSON[lesson] + 1)]
    assert [exercise.id for exercise in EXERCISES] == wanted
    folder = Path(catalogue.__file__).parent
    files = [*folder.glob("lesson_*.py"), *folder.glob("lesson_*/*.py")]
    defined = Counter(name for file in files for name in re.findall(r'Exercise\(\n    "([\d.]+)"', file.read_text()))
    assert defined == Counter(wanted)


@every
def test_it_is_found_by_its_id(exercise: Exercise) -> None:
    assert get(exercise.id) is exercise


@every
def test_the_untouched_stub_is_not_attempted(exercise: Exercise) -> None:
    outcome = exercise.check(candidate_in(exercise, exercise.stub))
    assert (outcome.status, outcome.misconception) == ("not attempted", None)


@every
def test_the_stub_stands_in_the_lesson(exercise: Exercise, repository: Path) -> None:
    (lesson,) = (repository / "notebooks/source").glob(f"{exercise.lesson:02}_*.md")
    assert exercise.stub in lesson.read_text(encoding="utf-8")


@every
def test_the_reference_is_correct(exercise: Exercise) -> None:
    assert exercise.check(exercise.reference).status == "correct"


@every
def test_the_solution_cell_is_correct(exercise: Exercise) -> None:
    assert exercise.check(candidate_in(exercise, exercise.solution)).status == "correct"


@every
def test_other_correct_answers_say_the_same_as_the_reference(exercise: Exercise) -> None:
    expected = repr(exercise.check(exercise.reference))
    said = {repr(exercise.check(answered(exercise, code))) for code in exercise.alternatives}
    assert len(exercise.alternatives) >= 2
    assert said == {expected}


@every_wrong_answer
def test_a_wrong_answer_is_recognised(exercise: Exercise, wrong: Any) -> None:
    outcome = exercise.check(answered(exercise, wrong.code))
    assert (outcome.status, outcome.misconception) == ("incorrect", wrong.misconception)
    assert exercise.misconceptions[wrong.misconception] in outcome.message


@every
def test_each_misconception_has_code_and_a_sentence(exercise: Exercise) -> None:
    assert {wrong.misconception for wrong in exercise.wrong_answers} == set(exercise.misconceptions)
    assert len(exercise.misconceptions) >= 3
    for sentence in exercise.misconceptions.values():
        assert re.fullmatch(r"[A-Z`\w].{10,220}[.?]", sentence)


@every
def test_hints_and_takeaway(exercise: Exercise) -> None:
    assert len(exercise.hints) >= 2
    assert len(set(exercise.hints)) == len(exercise.hints)
    assert all(re.fullmatch(r".{20,260}[.?]", text) for text in [*exercise.hints, exercise.takeaway])


def secrets(exercise: Exercise, wrong: Any) -> set[str]:
    """What a message about this wrong answer must not tell."""
    if isinstance(exercise, FunctionExercise):
        return {number for place in range(len(exercise.probes)) for number in numbers_in(exercise._truth(place))}
    given = wrong.code()
    first = next(truth for name, truth in exercise.reference.items() if name in given and not same(given[name], truth))
    return {short(first)} if as_number(first) is not None else {str(first)}


@every_wrong_answer
def test_no_message_tells_the_expected_value(exercise: Exercise, wrong: Any) -> None:
    said = without_what_the_learner_gave(exercise.check(answered(exercise, wrong.code)).message)
    assert [secret for secret in secrets(exercise, wrong) if holds(said, secret)] == []


@every
def test_no_hint_tells_the_expected_value(exercise: Exercise) -> None:
    truths = list(exercise.reference.values()) if isinstance(exercise, ValueExercise) else []
    numbers = {number for truth in truths if as_number(truth) is not None for number in numbers_in(truth)}
    assert [(number, hint) for number in numbers for hint in exercise.hints if holds(hint, number)] == []


@every
def test_every_mutant_of_the_reference_is_rejected(exercise: Exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise, "seconds", 0.5)  # a mutant may never end
    made = list(mutants.mutants_of(exercise.reference_code))
    accepted = [one for one in made if exercise.check(answered_by_mutant(exercise, one[1])).status == "correct"]
    assert [source for source, code in accepted if not is_equivalent(exercise, code)] == []
    assert len(made) - len(accepted) >= 5


def answered_by_mutant(exercise: Exercise, code: Any) -> Any:
    try:
        return answered(exercise, code)
    except Exception:
        return {}  # a mutant of a reference's values that can't be computed is no answer


def is_equivalent(exercise: Exercise, mutant: Any) -> bool:
    """Prove that a mutant computes the same: at points that no check looks at, or as the same constant values."""
    if not isinstance(exercise, FunctionExercise):
        return same(mutant(), exercise.reference)
    chance = random.Random(20)
    return all(
        same(exercise._used(mutant, arguments), exercise._used(exercise.reference, arguments))
        for probe in exercise.probes
        for arguments in [tuple(moved(value, chance) for value in probe) for _ in range(5)]
    )


def moved(value: Any, chance: random.Random) -> Any:
    if isinstance(value, formula_trees.Const):  # a 0 or a 1 has a rule of its own
        return value if value.value in (-1, 0, 1) else formula_trees.Const(value.value * chance.uniform(0.5, 1.5))
    if isinstance(value, formula_trees.Node):
        return value.map(lambda one: moved(one, chance))
    return value * chance.uniform(0.5, 1.5) if isinstance(value, float | np.ndarray) else value


def test_mutants_of_a_known_function() -> None:
    def slope(x: float, h: float) -> float:
        return (x - h) / 2

    sources = "\n".join(source for source, _ in mutants.mutants_of(slope))
    for mistake in ("x + h", "h - x", "(x - h) * 2", "return x - h", "(x - h) / 3", "(x - x)", "2 / (x - h)"):
        assert mistake in sources


@every
def test_checking_twice_says_the_same(exercise: Exercise) -> None:
    candidate = answered(exercise, exercise.wrong_answers[0].code)
    assert repr(exercise.check(candidate)) == repr(exercise.check(candidate))
