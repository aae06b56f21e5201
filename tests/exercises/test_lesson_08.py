"""Lesson 8: the course's numbers, why an answer came out as None, and which misconceptions are not named."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from autodiff_lessons.dialects import tf
from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.lesson_08.why_none import SNIPPETS

# (exercise, wrong answer, what its message shows)
SHOWN = [
    ("8.1", "computed_before", "x = 3` gave `(9, None)`: no tape was recording while `f` ran."),
    ("8.1", "constant", "x = 3` gave `(9, None)`: `f` ran on a tensor that no tape was watching."),
    ("8.1", "float_throughout", "x = 3` stopped with GradientTypeError: A target is 9.0, of type float"),
    ("8.3", "plain_tape_twice", "x = [1, 3]` stopped with GraphError: This tape has no record to differentiate"),
    ("8.3", "new_tape_after_the_fact", "x = [1, 3]` gave `([ 4., 108.], None)`: the tape that followed `f` has given"),
    ("8.4", "both_outside", "x = 1` gave `(3, None)`: no tape has recorded how the first derivative came about."),
]


@pytest.mark.parametrize(("exercise", "name", "shown"), SHOWN)
def test_the_smallest_probe_that_fails_is_shown(exercise: str, name: str, shown: str) -> None:
    found: Any = get(exercise)
    (code,) = [wrong.code for wrong in found.wrong_answers if wrong.code.__name__ == name]
    assert shown in found.check(code).message


def test_the_truths_of_the_course() -> None:
    one, two, nested = (get(exercise) for exercise in ("8.1", "8.3", "8.4"))
    assert one._truth(0) == (9.0, 6.0)  # type: ignore[attr-defined]
    assert [part.tolist() for part in two._truth(0)] == [[4.0, 108.0], [2.0, 6.0]]  # type: ignore[attr-defined]
    assert [nested._truth(place) for place in range(2)] == [(3.0, 6.0), (22.0, 6.0)]  # type: ignore[attr-defined]


def test_each_snippet_gives_none_for_its_own_reason() -> None:
    reasons = {name: number for name, number in get("8.2").reference.items() if name != "none_says"}
    assert sorted(reasons.values()) == [1, 2, 3, 4, 5]
    assert get("8.2").check(get("8.2").alternatives[0]()).status == "correct"  # it asks the tapes themselves
    for snippet in SNIPPETS:
        tape, y, x = snippet()
        assert tape.gradient(y, x) is None


def test_the_snippets_are_those_of_the_lesson(repository: Path) -> None:
    lesson = (repository / "notebooks/source/08_record_with_a_gradient_tape.md").read_text(encoding="utf-8")
    cells = [cell.partition("```")[0] for cell in lesson.split("```{code-cell} ipython3\n")[1:]]
    shown = {
        node.name: [ast.dump(line) for line in node.body]
        for cell in cells
        if "def snippet_" in cell
        for node in ast.parse(cell).body
        if isinstance(node, ast.FunctionDef)
    }
    kept = [ast.parse(inspect.getsource(snippet)).body[0] for snippet in SNIPPETS]
    assert shown == {node.name: [ast.dump(line) for line in node.body] for node in kept}  # type: ignore[attr-defined]


def not_trainable(f: Any, x: Any) -> Any:
    x = tf.Variable(x, trainable=False)
    with tf.GradientTape() as tape:
        y = f(x)
    return y, tape.gradient(y, x)


def whole_number(f: Any, x: Any) -> Any:
    x = tf.constant(int(x))
    with tf.GradientTape() as tape:
        y = f(x)
    return y, tape.gradient(y, x)


def no_tape(f: Any, x: Any) -> Any:
    return f(x), None


def not_called(f: Any, x: Any) -> Any:
    return 9.0, None


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (not_trainable, "`f` ran on a variable that no tape was watching."),
        (whole_number, "`f` ran on whole numbers, which have no slope."),
        (no_tape, "`f` was called with a plain number, which no tape follows."),
        (not_called, "`f` was not called."),
    ],
)
def test_other_reasons_for_none_are_told_and_are_no_misconception(code: Any, told: str) -> None:
    outcome = get("8.1").check(code)
    assert (outcome.status, outcome.misconception) == ("incorrect", None)
    assert f"gave `(9, None)`: {told}" in outcome.message


def outer_asked_twice(f: Any, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            y = f(x)
        first = inner.gradient(y, x)
    return first, outer.gradient(x, first)


def one_tape_inside(f: Any, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
        first = tape.gradient(y, x)
    return first, tape.gradient(first, x)


def taken_out(f: Any, x: Any) -> Any:
    first = one_tape_inside(f, x)[0]
    return float(first), None


@pytest.mark.parametrize(
    ("code", "status", "misconception"),
    [
        (outer_asked_twice, "incorrect", None),
        (taken_out, "incorrect", None),
        (one_tape_inside, "correct", None),
    ],
)
def test_answers_of_8_4_at_the_edge(code: Any, status: str, misconception: str | None) -> None:
    outcome = get("8.4").check(code)
    assert (outcome.status, outcome.misconception) == (status, misconception)


def test_five_numbers_that_count_from_zero_and_one_that_is_off_by_one() -> None:
    reference = get("8.2").reference
    shifted = {name: value - 1 for name, value in reference.items() if name != "none_says"}
    assert get("8.2").check({**reference, **shifted}).misconception == "counted-from-zero"
    assert get("8.2").check({**reference, "rebound": 3}).misconception == "rebinding-overlooked"
    assert get("8.2").check({**reference, "rebound": 0}).misconception is None
