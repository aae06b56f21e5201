"""`autodiff-lessons teach 5`: a page for the teacher of a lesson, made of the lesson itself and of its exercises.

Nothing in it is written twice: the plan is the lesson's headings with its own time shared out among them, the questions
are those that the lesson asks, the wrong answers are the ones that the checks know.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autodiff_lessons import exercises
from autodiff_lessons.course.exercise_cells import exercise_ids
from autodiff_lessons.course.lessons import Lesson, lesson_named, lessons
from autodiff_lessons.course.workcopy import learner_notebooks
from autodiff_lessons.errors import UsageError
from autodiff_lessons.exercises.base import Exercise
from autodiff_lessons.exercises.comparing import short
from autodiff_lessons.exercises.value_exercise import ValueExercise

# What takes how long, in minutes before they are scaled to the lesson's own time.
WORDS_A_MINUTE = 150
CODE, PICTURE, EXERCISE = 0.25, 1.0, 3.0
EXAMPLE_CHARACTERS = 80

_HEADING = re.compile(r"^(#{2,3}) (.+)$", re.MULTILINE)
_QUESTION = re.compile(r"(?:^|(?<=[.?:!] )|(?<=\n))([A-Z][^.?!\n|]*\?)(?=\s|$)", re.MULTILINE)


@dataclass
class Section:
    """A heading of the lesson with what stands under it."""

    heading: str
    words: int = 0
    code_cells: int = 0
    pictures: int = 0
    exercises: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @property
    def weight(self) -> float:
        done = CODE * self.code_cells + PICTURE * self.pictures + EXERCISE * len(self.exercises)
        return self.words / WORDS_A_MINUTE + done


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons teach` takes."""
    parser.add_argument("lesson", nargs="?", help="its number or file; without it, every lesson")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="write a file a lesson there, instead of printing")


def run(arguments: argparse.Namespace) -> int:
    """Print the pages as Markdown, or write them into a folder."""
    chosen = lessons() if arguments.lesson is None else (lesson_named(arguments.lesson, lessons()),)
    if arguments.to is None:
        print("\n\n".join(page(lesson) for lesson in chosen))
        return 0
    try:
        arguments.to.mkdir(parents=True, exist_ok=True)
        for lesson in chosen:
            path = arguments.to / f"teaching_{lesson.file.removesuffix('.ipynb')}.md"
            path.write_text(page(lesson) + "\n", encoding="utf-8")
            print(path)
    except OSError as error:
        raise UsageError(f"can't write into {arguments.to} ({error.strerror or error})") from None
    return 0


def page(lesson: Lesson) -> str:
    """The teacher's page of a lesson, as Markdown."""
    cells = json.loads(learner_notebooks()[lesson.file])["cells"]
    sections = list(sections_of(cells))
    asked = [exercises.get(name) for name in dict.fromkeys(name for one in sections for name in one.exercises)]
    parts = [
        f"# Teaching lesson {lesson.number}: {lesson.title}",
        f"{lesson.minutes} minutes for a learner alone. {lesson.do}",
        "## The plan",
        _plan(sections, lesson.minutes),
        "## Questions to ask",
        "They stand in the lesson too. Let the room answer before anybody drags or steps.",
        _questions(sections),
        "## The exercises, and what goes wrong in them",
        f'Whoever comes late goes on with the course\'s own solution: `use_reference("{asked[0].id}")` and so on.',
        *(_exercise(one) for one in asked),
    ]
    return "\n\n".join(part for part in parts if part)


def sections_of(cells: list[dict[str, Any]]) -> Iterator[Section]:
    """The lesson in sections, in order; what stands above the first heading is its opening."""
    section = Section("Opening")
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            section.code_cells += 1
            section.pictures += any("image/png" in output.get("data", {}) for output in cell["outputs"])
            section.exercises += [name for name in exercise_ids(source) if name not in section.exercises]
            continue
        pieces = _HEADING.split(source)
        _read(section, pieces[0])
        for heading, text in zip(pieces[2::3], pieces[3::3], strict=True):
            yield section
            section = Section(heading)
            _read(section, text)
    yield section


def _read(section: Section, text: str) -> None:
    section.words += len(text.split())
    section.questions += [found for found in _QUESTION.findall(text) if len(found.split()) > 2]  # not "Stuck?"


def minutes_of(sections: list[Section], minutes: int) -> list[tuple[int, int]]:
    """The minute in which each section begins and ends; the last ends with the lesson."""
    whole = sum(section.weight for section in sections)
    passed, ends = 0.0, []
    for section in sections:
        passed += section.weight
        ends.append(round(minutes * passed / whole))
    return list(zip([0, *ends], ends, strict=False))


def _plan(sections: list[Section], minutes: int) -> str:
    rows = ["| minutes | section | in it |", "|---|---|---|"]
    for section, (start, end) in zip(sections, minutes_of(sections, minutes), strict=True):
        if start == end:  # the last lines of a lesson
            continue
        counted = [(section.pictures, "picture"), (section.code_cells - section.pictures, "cell")]
        held = [f"{number} {what}{'s' if number > 1 else ''}" for number, what in counted if number > 0]
        held += [f"exercise {name}" for name in section.exercises]
        rows.append(f"| {start}–{end} | {section.heading} | {', '.join(held)} |")
    return "\n".join(rows)


def _questions(sections: list[Section]) -> str:
    return "\n".join(f"- {section.heading}: {' '.join(section.questions)}" for section in sections if section.questions)


def _exercise(exercise: Exercise) -> str:
    parts = [f"### {exercise.id} {exercise.title}", "Wrong answers to expect, each with the sentence that helps:"]
    parts.append("\n".join(_wrong(exercise, *known) for known in exercise.misconceptions.items()))
    parts.append("Hints: " + " ".join(f"({number}) {text}" for number, text in enumerate(exercise.hints, 1)))
    parts.append(f"To say at the end: {exercise.takeaway}")
    parts.append(f"One solution:\n\n```python\n{exercise.solution.rstrip()}\n```")
    return "\n\n".join(parts)


def _wrong(exercise: Exercise, misconception: str, sentence: str) -> str:
    example = ""
    if isinstance(exercise, ValueExercise):
        first = next(one for one in exercise.wrong_answers if one.misconception == misconception)
        values = ", ".join(f"{name}={short(value)}" for name, value in first.code().items())
        example = f" For example `{values}`." if len(values) <= EXAMPLE_CHARACTERS else ""
    return f"- *{misconception}*: {sentence}{example}"
