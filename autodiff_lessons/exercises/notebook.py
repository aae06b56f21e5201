"""What a learner writes in a notebook: @exercise, answer, graph_question, hint, solution, use_reference.

None of them raises for a learner's mistake, be it a mistyped id or a forgotten name: they say what to write instead,
and the notebook runs on.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from autodiff_lessons.errors import ExerciseError, NotCorrectError
from autodiff_lessons.exercises import attempts, catalogue
from autodiff_lessons.exercises.base import Exercise
from autodiff_lessons.exercises.outcome import Note, Outcome, show
from autodiff_lessons.exercises.value_exercise import ValueExercise

if TYPE_CHECKING:
    from autodiff_lessons.widgets.graph_view import GraphView

_UNNAMED: Any = object()
WRONG_BEFORE_A_HINT = 3


def exercise(exercise_id: Any = _UNNAMED, /, *extra: Any, **unexpected: Any) -> Callable[[Any], Any]:
    """Check the function (or class) below: `@exercise("5.4")`. The function itself stays as you wrote it."""
    found = _found(exercise_id, '@exercise("5.4")', extra or unexpected)
    if found is None:
        # `@exercise` without an id has the function itself in the id's place.
        return exercise_id if callable(exercise_id) else _unchanged
    if not found.decorates:
        _say("This exercise asks for values", f"Write `{found.stub.strip()}` with your values in it.")
        return _unchanged

    def check(candidate: Any) -> Any:
        _bind(candidate, sys._getframe(1))
        _judge(found, candidate)
        return candidate

    return check


def answer(exercise_id: Any = _UNNAMED, /, *unnamed: Any, variant: Any = None, **values: Any) -> None:
    """Check values: `answer("5.2", x1=6, x2=..., loss=...)`; a `...` stays open.

    With `variant=1`, 2, 3 ... the exercise has other numbers, which an answer of `...` alone shows.
    """
    found = _drawn(_found(exercise_id, 'answer("5.2", x1=..., ...)'), variant)
    if found is None:
        return
    if found.decorates:
        _say("This exercise asks for code", f'Write `@exercise("{found.id}")` on the line above your `def`.')
    elif unnamed:
        _say("Each value needs its name", f"Write `{found.stub.strip()}` with your values in it.")
    else:
        _judge(found, values)


def graph_question(
    exercise_id: Any = _UNNAMED, /, *extra: Any, variant: Any = None, **unexpected: Any
) -> GraphView | None:
    """Ask the exercise on a live graph: type the values into the boxes, press Enter or Check.

    With `variant=1`, 2, 3 ... it has other numbers.
    """
    found = _drawn(_found(exercise_id, 'graph_question("5.2")', extra or unexpected), variant)
    if found is None:
        return None
    if not isinstance(found, ValueExercise) or found.graph is None:
        _say("This exercise is not asked on a graph", f"Its cell begins with `{found.stub.splitlines()[0]}`.")
        return None
    # The widgets load with the first question: answering in code needs none of them.
    from autodiff_lessons.widgets.graph_view import Blank, GraphView  # noqa: PLC0415

    def check(typed: dict[str, Any]) -> Outcome:
        values = {name: ... if value is None else value for name, value in typed.items()}
        outcome = found.check(values)
        attempts.record(outcome, values)
        return outcome

    question = found.graph
    blanks = [Blank(*blank) for blank in question.blanks]
    inputs: dict[str, Any] = dict(question.inputs)
    return GraphView(question.function, **inputs, ask=blanks, check=check, title=f"{found.id} {found.title}")


def hint(exercise_id: Any = _UNNAMED, /, *extra: Any, **unexpected: Any) -> None:
    """Give one hint more at each call."""
    found = _found(exercise_id, 'hint("5.2")', extra or unexpected)
    if found is None:
        return
    number, total = attempts.hint_given(found.id), len(found.hints)
    heading = f"{found.id} {found.title}: hint {min(number, total)} of {total}"
    last = f'That was the last hint. After a try of your own, `solution("{found.id}")` shows one way.'
    if number < total:
        _say(heading, f'{found.hints[number - 1]}\nOne more: call `hint("{found.id}")` again.')
    elif number == total:
        _say(heading, f"{found.hints[-1]}\n{last}")
    else:
        _say(f"{found.id} {found.title}: all {total} hints", "\n".join([*found.hints, last]))


def solution(exercise_id: Any = _UNNAMED, /, *extra: Any, **unexpected: Any) -> None:
    """Show one way to solve the exercise, once you have tried it."""
    found = _found(exercise_id, 'solution("5.2")', extra or unexpected)
    if found is None:
        return
    if not attempts.of(found.id).tries:
        text = f'First run its cell with an answer of your own, right or wrong. `hint("{found.id}")` helps to begin.'
        _say(f"{found.id} {found.title}: try it first", text)
        return
    text = "To keep your own, leave its cell as it is and paste this into a new one."
    show(Note(f"{found.id} {found.title}: one way to solve it", text, found.solution.rstrip("\n")))


def use_reference(exercise_id: Any = _UNNAMED, /, *extra: Any, **unexpected: Any) -> Any:
    """Give the course's own solution of an exercise, to go on with: the function, or a dict of the values."""
    found = _found(exercise_id, 'use_reference("5.4")', extra or unexpected)
    if found is None:
        return None
    _say(f"{found.id} {found.title}", "From here on, the course's own solution is used in place of yours.")
    return found.reference


def use_mine(exercise_id: Any = _UNNAMED, /, *extra: Any, **unexpected: Any) -> Any:
    """Give the learner's own solution once its check says correct, until then the course's; say which of the two."""
    found = _found(exercise_id, 'use_mine("5.4")', extra or unexpected)
    if found is None:
        return None
    heading, history = f"{found.id} {found.title}", attempts.of(found.id)
    status = history.latest.status if history.latest else "not run"
    if status == "correct":
        _say(heading, "This is your own solution at work.")
        return history.answer
    why = {
        "not run": "Its cell was not run since the kernel started",
        "not attempted": "Yours is still a stub",
        "incorrect": "Yours is not correct yet",
    }[status]
    _say(heading, f"{why}, so this is the course's own solution at work.")
    return found.reference


def latest(exercise_id: str) -> Outcome | None:
    """The last outcome of this exercise's check in this session, for tools; None where it was not run."""
    return attempts.of(catalogue.get(exercise_id).id).latest


def require_correct(exercise_id: str) -> None:
    """Go on only where the last check of this exercise in this session said "correct", for the cells that give points.

    NotCorrectError with what the check said where it did not.
    """
    found = catalogue.get(exercise_id)
    outcome = attempts.of(found.id).latest
    if outcome is None:
        raise NotCorrectError(f"{found.id} {found.title}: its cell did not run, or stopped before its check.")
    if outcome.status != "correct":
        raise NotCorrectError(f"{found.id} {found.title}: {outcome.status}.\n{outcome.message}")


def forget(exercise_id: str) -> None:
    """Start an exercise anew, as if it had never been tried."""
    attempts.forget(catalogue.get(exercise_id).id)


def reset(exercise_id: Any = _UNNAMED, /, *extra: Any, **unexpected: Any) -> None:
    """Start an exercise anew: as if it had never been tried, here and in your progress. Your cell stays as it is."""
    found = _found(exercise_id, 'reset("5.2")', extra or unexpected)
    if found is None:
        return
    attempts.begin_anew(found.id)
    text = "It counts as never tried, and its hints begin again. Your cell is as you left it; this is how it began:"
    show(Note(f"{found.id} {found.title}: begun anew", text, found.stub.rstrip("\n")))


def _bind(candidate: Any, cell: FrameType) -> None:
    """Give a cell's definition its name, as Python does only after its decorators.

    While it is checked, a function may call itself and a class make more of its kind; without the name they would meet
    what an earlier cell left there.
    """
    name = getattr(candidate, "__name__", "")
    is_the_cells_own = getattr(candidate, "__module__", None) == cell.f_globals.get("__name__")
    at_top = cell.f_locals is cell.f_globals and getattr(candidate, "__qualname__", "") == name
    means_it_already = cell.f_globals.get(name) is inspect.unwrap(candidate) if callable(candidate) else True
    if is_the_cells_own and at_top and name.isidentifier() and not means_it_already:
        cell.f_globals[name] = candidate


def _judge(found: Exercise, candidate: Any) -> None:
    outcome = found.check(candidate)
    show(outcome)
    attempts.record(outcome, candidate)
    _offer_a_hint(found)


def _offer_a_hint(found: Exercise) -> None:
    """After three wrong answers in a row say that there is a hint; it is shown to those who ask for it."""
    history = attempts.of(found.id)
    if history.wrong_since_hint >= WRONG_BEFORE_A_HINT and history.hints < len(found.hints):
        history.wrong_since_hint = 0
        number = f"hint {history.hints + 1} of {len(found.hints)}"
        _say(f"{found.id} {found.title}", f'Would {number} help? `hint("{found.id}")` shows it.')


def _drawn(found: Exercise | None, variant: Any) -> Exercise | None:
    """The exercise with the numbers of a variant; where it has none, or the variant is no number, say so."""
    if found is None or variant is None:
        return found
    if not isinstance(variant, int) or isinstance(variant, bool) or variant < 1:
        _say("Which variant?", f"A variant is a whole number from 1 on, such as `variant=1`, not {variant!r:.40}.")
        return None
    if not isinstance(found, ValueExercise) or found.variants is None:
        _say(f"{found.id} {found.title}", "This exercise has no numbers that could be drawn anew: leave out `variant`.")
        return None
    return found.variant(variant)


def _found(exercise_id: Any, pattern: str, unexpected: Any = ()) -> Exercise | None:
    """The exercise; where there is none, or the call is written another way, say how to write it."""
    if exercise_id is _UNNAMED or callable(exercise_id) or unexpected:
        _say("Which exercise?", f"Write its id in quotes, and nothing else, like this: `{pattern}`")
        return None
    try:
        return catalogue.get(exercise_id)
    except ExerciseError as error:
        _say("No such exercise", str(error))
        return None


def _say(heading: str, text: str) -> None:
    show(Note(heading, text))


def _unchanged(candidate: Any) -> Any:
    return candidate
