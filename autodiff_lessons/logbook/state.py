"""What the events amount to: each exercise solved, tried or open, the minutes that are left, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from autodiff_lessons.course.lessons import Lesson, lessons
from autodiff_lessons.exercises.catalogue import all_exercises
from autodiff_lessons.logbook.store import Event


@dataclass
class Exercise:
    """One exercise: how often it was tried since it was begun (anew), and whether a try was correct."""

    id: str
    title: str
    tries: int = 0
    hints: int = 0
    solved: bool = False

    @property
    def state(self) -> str:
        return "solved" if self.solved else "tried" if self.tries else "open"


@dataclass
class Progress:
    """Every lesson with its exercises."""

    lessons: list[tuple[Lesson, list[Exercise]]] = field(default_factory=list)

    @property
    def exercises(self) -> list[Exercise]:
        return [one for _, exercises in self.lessons for one in exercises]

    @property
    def solved(self) -> int:
        return sum(one.solved for one in self.exercises)

    @staticmethod
    def minutes_left(lesson: Lesson, exercises: list[Exercise]) -> int:
        """The lesson's time, by the share of its exercises that are not solved."""
        left = sum(not one.solved for one in exercises)
        return round(lesson.minutes * left / len(exercises)) if exercises else 0

    @property
    def next(self) -> tuple[Lesson, Exercise] | None:
        """The first exercise to do: of the lesson that was begun last, else of the first that is not done."""
        unfinished = [(lesson, [one for one in ours if not one.solved]) for lesson, ours in self.lessons]
        unfinished = [(lesson, left) for lesson, left in unfinished if left]
        begun = [
            (lesson, left)
            for lesson, left in unfinished
            if any(one.tries for known, ours in self.lessons if known is lesson for one in ours)
        ]
        for lesson, left in (*begun, *unfinished):
            return lesson, left[0]
        return None


def progress_of(events: Iterable[Event]) -> Progress:
    """The state after these events."""
    known = {one.id: Exercise(one.id, one.title) for one in all_exercises()}
    for event in events:
        exercise = known.get(event.exercise)
        if exercise is None:  # of a later version of the course
            continue
        match event.kind:
            case "check" if event.status in ("correct", "incorrect"):
                exercise.tries += 1
                exercise.solved = exercise.solved or event.status == "correct"
            case "hint":
                exercise.hints += 1
            case "imported":
                exercise.tries = max(exercise.tries, 1)
                exercise.solved = exercise.solved or event.status == "correct"
            case "reset":
                exercise.tries, exercise.hints, exercise.solved = 0, 0, False
    by_lesson: dict[int, list[Exercise]] = {}
    for exercise in known.values():
        by_lesson.setdefault(int(exercise.id.split(".")[0]), []).append(exercise)
    return Progress([(lesson, by_lesson.get(lesson.number, [])) for lesson in lessons()])
