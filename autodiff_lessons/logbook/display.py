"""Progress for people: a table with links in a notebook, lines in a terminal."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from autodiff_lessons.course.lessons import Lesson
from autodiff_lessons.logbook.state import Exercise, Progress

# A sign and a word beside the colour, so that none is needed to tell them apart.
SIGNS = {"solved": "✓", "tried": "◐", "open": "○"}
_COLOURS = {
    "solved": "var(--jp-success-color1, #388e3c)",
    "tried": "var(--jp-warn-color1, #a66300)",
    "open": "var(--jp-border-color1, GrayText)",
}
_CELL = "text-align: left; padding: 0.15em 1em 0.15em 0; vertical-align: top"


@dataclass(frozen=True, repr=False)
class ProgressTable:
    """The state of every exercise, the minutes that are left, the next thing to do, and a word on where it is kept."""

    progress: Progress
    kept: str = ""

    @property
    def summary(self) -> str:
        exercises = self.progress.exercises
        tried = sum(one.state == "tried" for one in exercises)
        minutes = sum(Progress.minutes_left(lesson, ours) for lesson, ours in self.progress.lessons)
        return (
            f"{self.progress.solved} of {len(exercises)} exercises solved, {tried} tried, "
            f"{len(exercises) - self.progress.solved - tried} open; about {minutes} minutes left."
        )

    @property
    def next_step(self) -> str:
        found = self.progress.next
        if found is None:
            return "Everything is solved."
        lesson, exercise = found
        return f"Next: exercise {exercise.id}, {exercise.title}, in lesson {lesson.number}."

    def __repr__(self) -> str:
        lines = [
            f"{lesson.number:2}. {lesson.title:30} {_row(ours)}   {_minutes(lesson, ours)}".rstrip()
            for lesson, ours in self.progress.lessons
        ]
        return "\n".join(part for part in (self.summary, *lines, self.next_step, self.kept) if part)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="{_CELL}">{lesson.number}. <a href="{html.escape(lesson.file)}">'
            f'{html.escape(lesson.title)}</a></th><td style="{_CELL}">{"".join(map(_chip, ours))}</td>'
            f'<td style="{_CELL}">{_minutes(lesson, ours)}</td></tr>'
            for lesson, ours in self.progress.lessons
        )
        found = self.progress.next
        following = html.escape(self.next_step)
        if found is not None:
            lesson, exercise = found
            link = f'<a href="{html.escape(lesson.file)}#exercise-{exercise.id.replace(".", "-")}">{following}</a>'
            following = link
        head = "".join(f'<th scope="col" style="{_CELL}">{word}</th>' for word in ("lesson", "exercises", "left"))
        kept = f"<p>{html.escape(self.kept)}</p>" if self.kept else ""
        return (
            f'<div class="adl-progress"><p>{html.escape(self.summary)}</p><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table><p><strong>{following}</strong></p>{kept}</div>"
        )


def _row(exercises: list[Exercise]) -> str:
    return " ".join(f"{SIGNS[one.state]} {one.id}" for one in exercises)


def _minutes(lesson: Lesson, exercises: list[Exercise]) -> str:
    left = Progress.minutes_left(lesson, exercises)
    return f"{left} min left" if left else "done"


def _chip(exercise: Exercise) -> str:
    said = html.escape(f"{exercise.id} {exercise.title}: {exercise.state}")
    style = f"display: inline-block; margin-right: 0.9em; border-bottom: 2px solid {_COLOURS[exercise.state]}"
    words = f"{SIGNS[exercise.state]} {exercise.id}"
    return f'<span role="img" title="{said}" aria-label="{said}" style="{style}">{words}</span>'
