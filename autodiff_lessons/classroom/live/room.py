"""What the events amount to: each learner's exercises, who is stuck on what, which misconceptions are frequent.

Every event is taken once, in its order; the view is worked out when someone looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autodiff_lessons.classroom.event import ClassEvent
from autodiff_lessons.classroom.live.names import shown
from autodiff_lessons.exercises.base import Exercise

STUCK_TRIES = 3  # wrong answers in a row
STUCK_SECONDS = 5 * 60  # since the first wrong answer in a row
GONE_SECONDS = 30 * 60  # without any check: not stuck, but gone
PRESENT_SECONDS = 12 * 60 * 60  # who checked anything in this time is in the view


@dataclass
class Answers:
    """One learner's answers to one exercise."""

    tries: int = 0
    solved: bool = False
    solved_at_try: int = 0
    wrong_in_a_row: int = 0
    wrong_since: float = 0.0
    misconception: str = ""  # of the latest answer

    def take(self, event: ClassEvent) -> bool:
        """Take an event; whether it shows that the learner works on this exercise now."""
        if event.outcome == "not attempted":
            return False
        self.tries = max(event.attempt, 1)
        self.misconception = event.misconception
        news = not self.solved
        if event.outcome == "correct":
            if not self.solved:
                self.solved, self.solved_at_try = True, self.tries
            self.wrong_in_a_row = 0
        else:
            if not self.wrong_in_a_row:
                self.wrong_since = event.time
            self.wrong_in_a_row += 1
        return news

    @property
    def cell(self) -> list[str | int]:
        """The state's name, and the number that goes with it."""
        if self.solved:
            return ["solved", self.solved_at_try]
        return ["wrong", self.tries] if self.tries else ["opened", 0]


@dataclass
class Learner:
    """Everything that is known of one learner."""

    number: int  # in the order in which they came: what is shown in place of a hidden name
    name: str
    seen: float = 0.0
    at: str = ""  # the exercise that the learner works on
    answers: dict[str, Answers] = field(default_factory=dict)
    mistakes: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)  # how often, the last time

    def take(self, event: ClassEvent) -> None:
        self.seen = max(self.seen, event.time)
        answers = self.answers.setdefault(event.exercise, Answers())
        if answers.take(event):
            self.at = event.exercise
        if event.misconception:
            mistake = (event.exercise, event.misconception)
            self.mistakes[mistake] = (self.mistakes.get(mistake, (0, 0.0))[0] + 1, event.time)

    def stuck_on(self, now: float) -> Answers | None:
        """The answers to the exercise that the learner is stuck on."""
        answers = self.answers.get(self.at)
        if answers is None or answers.solved or not answers.wrong_in_a_row or now - self.seen > GONE_SECONDS:
            return None
        long = now - answers.wrong_since >= STUCK_SECONDS
        return answers if long or answers.wrong_in_a_row >= STUCK_TRIES else None


class Room:
    """All learners of a class view."""

    def __init__(self, exercises: Sequence[Exercise]) -> None:
        self._exercises = {exercise.id: exercise for exercise in exercises}
        self._learners: dict[str, Learner] = {}

    def take(self, learner: str, event: ClassEvent) -> None:
        """Take the next event of a learner. An exercise or a misconception that this course has not is let go."""
        exercise = self._exercises.get(event.exercise)
        if exercise is None:
            return
        if event.misconception not in exercise.misconceptions:
            event = replace(event, misconception="")
        if learner not in self._learners:
            self._learners[learner] = Learner(len(self._learners) + 1, shown(learner))
        self._learners[learner].take(event)

    def view(self, now: float) -> dict[str, Any]:
        """What an instructor sees, as plain data: the learners who were here of late."""
        here = [one for one in self._learners.values() if now - one.seen <= PRESENT_SECONDS]
        begun = {self._exercises[name].lesson for one in here for name in one.answers}
        columns = [one for one in self._exercises.values() if one.lesson in begun]
        return {
            "exercises": [_column(exercise, here) for exercise in columns],
            "learners": [
                {
                    "number": one.number,
                    "name": one.name,
                    "seen": round(one.seen),
                    "cells": {name: answers.cell for name, answers in one.answers.items()},
                }
                for one in sorted(here, key=lambda one: (one.name.casefold(), one.number))
            ],
            "stuck": self._stuck(here, now),
            "misconceptions": self._misconceptions(here, now),
        }

    def _stuck(self, here: Sequence[Learner], now: float) -> list[dict[str, Any]]:
        found = [(one, answers) for one in here if (answers := one.stuck_on(now)) is not None]
        return [
            {
                "learner": one.number,
                "exercise": one.at,
                "wrong": answers.wrong_in_a_row,
                "since": round(answers.wrong_since),
                "sentence": teachers_sentence(self._exercises[one.at], answers.misconception),
            }
            for one, answers in sorted(found, key=lambda pair: pair[1].wrong_since)
        ]

    def _misconceptions(self, here: Sequence[Learner], now: float) -> list[dict[str, Any]]:
        """Each that was seen of late, the most frequent first: by learners, then by answers."""
        counts: dict[tuple[str, str], list[int]] = {}
        for one in here:
            for (name, misconception), (times, last) in one.mistakes.items():
                if now - last <= PRESENT_SECONDS:
                    answers = one.answers[name]
                    count = counts.setdefault((name, misconception), [0, 0, 0])
                    count[0] += 1
                    count[1] += not answers.solved and answers.misconception == misconception
                    count[2] += times
        return [
            {
                "exercise": name,
                "id": misconception,
                "sentence": teachers_sentence(self._exercises[name], misconception),
                "learners": learners,
                "now": still,
                "answers": answers,
            }
            for (name, misconception), (learners, still, answers) in sorted(
                counts.items(), key=lambda item: (-item[1][0], -item[1][2], item[0])
            )
        ]


def _column(exercise: Exercise, here: Sequence[Learner]) -> dict[str, Any]:
    states = [one.answers[exercise.id].cell[0] for one in here if exercise.id in one.answers]
    return {
        "id": exercise.id,
        "title": exercise.title,
        "lesson": exercise.lesson,
        "solved": states.count("solved"),
        "wrong": states.count("wrong"),
    }


def teachers_sentence(exercise: Exercise, misconception: str) -> str:
    """What helps against a misconception, as the lesson's page for teachers has it too; "" where there is none."""
    return exercise.misconceptions.get(misconception, "")
