"""What a learner has tried: counted in this session, kept in the learner's folder (logbook), and told to the class
where there is one (classroom)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autodiff_lessons.classroom import sharing
from autodiff_lessons.exercises.outcome import Note, Outcome, show
from autodiff_lessons.logbook.keeping import KEEPER


@dataclass
class Attempts:
    """One exercise's history: checked answers (an untouched stub is none), hints shown, the last outcome.

    wrong_since_hint   incorrect answers in a row, since the last hint was shown or offered
    answer             what was checked last in this session: the learner's function, or a dict of values
    """

    tries: int = 0
    hints: int = 0
    solved: bool = False
    wrong_since_hint: int = 0
    latest: Outcome | None = None
    answer: Any = None


_history: dict[str, Attempts] = {}


def of(exercise: str) -> Attempts:
    """The history of one exercise, also of earlier sessions."""
    if exercise not in _history:
        from autodiff_lessons.logbook.state import progress_of  # noqa: PLC0415  (it lists the exercises)

        events, _ = KEEPER.events()
        earlier = progress_of([event for event in events if event.exercise == exercise])
        known = next((one for one in earlier.exercises if one.id == exercise), None)
        _history[exercise] = Attempts(known.tries, known.hints, known.solved) if known else Attempts()
    return _history[exercise]


def record(outcome: Outcome, answer: Any) -> None:
    """Note the outcome of checking this answer."""
    attempts = of(outcome.exercise)
    attempts.latest, attempts.answer = outcome, answer
    in_class = sharing.is_on()
    if outcome.status == "not attempted" and not in_class:
        return
    attempts.tries += outcome.status != "not attempted"
    attempts.wrong_since_hint += outcome.status == "incorrect"
    if outcome.status == "correct":
        attempts.solved, attempts.wrong_since_hint = True, 0
    number = attempts.tries if in_class else None
    _say(KEEPER.add(outcome.exercise, "check", outcome.status, outcome.misconception, send_as_attempt=number))
    if in_class:
        sharing.send()


def hint_given(exercise: str) -> int:
    """Count one hint more and return how many it makes."""
    attempts = of(exercise)
    attempts.hints += 1
    attempts.wrong_since_hint = 0
    _say(KEEPER.add(exercise, "hint"))
    return attempts.hints


def forget(exercise: str) -> None:
    """Start this exercise anew in this session, for tools."""
    _history[exercise] = Attempts()


def begin_session() -> None:
    """As after a restart of the kernel: only what the learner's folder keeps is left."""
    _history.clear()
    KEEPER.begin_session()
    sharing.begin_session()


def forget_session(exercise: str) -> None:
    """Read this exercise's history anew when it is next asked for."""
    _history.pop(exercise, None)


def begin_anew(exercise: str) -> None:
    """Start this exercise anew, also in the learner's folder."""
    _history[exercise] = Attempts()
    _say(KEEPER.add(exercise, "reset"))


def _say(problem: str) -> None:
    if problem:
        show(Note("Your progress", problem))
