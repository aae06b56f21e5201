"""Measure how long it takes to mark 200 submitted notebooks.

    python tests/benchmarks/marking.py [--notebooks 200] [--jobs 1 2] [--write README.md]

The pile is made here, the same in each run: each notebook is a lesson in which some exercises are solved, some open and
some answered with one of the exercise's own wrong answers. One in 20 is bad: it loops without end, ends Python, or is
no notebook. Processor time is what the marking processes used; it says the same on a busy machine, the other columns do
not, so the machine's load is stated. `--write` puts the table between the `marking` marks of a file.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import pathlib
import platform
import random
import resource
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from report import write_between

from autodiff_lessons import exercises
from autodiff_lessons.course.lessons import lessons as course_lessons
from autodiff_lessons.course.marking.marks import WORDS, Limits, Marked
from autodiff_lessons.course.marking.room import mark_here
from autodiff_lessons.course.marking.submissions import submissions
from autodiff_lessons.course.workcopy import learner_notebooks
from autodiff_lessons.exercises.base import Exercise
from autodiff_lessons.exercises.source import definition_source

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
LIMITS = Limits(cell_seconds=20.0)
BAD = ("while True:\n    pass", "import os\nos._exit(1)")


@dataclass(frozen=True)
class Measured:
    """One run over the pile: seconds that passed, processor seconds of the marking processes, load before and after."""

    jobs: int
    seconds: float
    processor_seconds: float
    loads: tuple[float, float]


def pile(folder: pathlib.Path, count: int) -> None:
    """Write so many submissions, each into its learner's folder."""
    chance = random.Random(200)
    lessons = {one.file: json.loads(learner_notebooks()[one.file]) for one in course_lessons()}
    for number in range(count):
        name = sorted(lessons)[number % len(lessons)]
        data = json.loads(json.dumps(lessons[name]))
        for cell in data["cells"]:
            if cell.get("id", "").startswith("exercise-"):
                exercise = exercises.get(cell["id"].removeprefix("exercise-").replace("-", "."))
                cell["source"] = answered(exercise, chance)
        text = json.dumps(data)
        if number % 20 == 19:
            kind = number // 20 % 3
            if kind == 2:
                text = text[:-1]
            else:
                data["cells"].insert(2, {**data["cells"][1], "id": "bad", "source": BAD[kind]})
                text = json.dumps(data)
        place = folder / f"learner-{number:03}"
        place.mkdir()
        (place / name).write_text(text, encoding="utf-8")


def answered(exercise: Exercise, chance: random.Random) -> str:
    """The cell of an exercise: solved in 6 of 10 cases, open in 1, else with a wrong answer (none that never ends)."""
    kind = chance.random()
    if kind < 0.6:
        return exercise.solution
    wrong = [one.code for one in exercise.wrong_answers if not one.endless and stands_alone(one.code)]
    if kind < 0.7 or not wrong:
        return exercise.stub
    code = chance.choice(wrong)
    if exercise.decorates:
        definition: Any = ast.parse(definition_source(code)).body[0]
        definition.decorator_list = []
        definition.returns = None
        for one in definition.args.args:
            one.annotation = None
        return f'@exercise("{exercise.id}")\n{ast.unparse(definition)}'
    values = ", ".join(f"{name}={value!r}" for name, value in code().items())
    return f'answer("{exercise.id}", {values})'


def stands_alone(code: Any) -> bool:
    """Whether this wrong answer is a function that needs nothing of the catalogue's file but NumPy."""
    if not inspect.isfunction(code):
        return False
    names = {name for name in code.__code__.co_names if name in code.__globals__}
    return names <= {"np"} and not code.__code__.co_freevars


def measure(folder: pathlib.Path, jobs: int) -> tuple[Measured, list[Marked]]:
    found = submissions(folder, 100_000_000)
    before, load, start = children_seconds(), os.getloadavg()[0], time.perf_counter()
    marked = list(mark_here(found, LIMITS, jobs))
    seconds = time.perf_counter() - start
    return Measured(jobs, seconds, children_seconds() - before, (load, os.getloadavg()[0])), marked


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(rows: list[Measured], count: int) -> str:
    lines = [
        f"| {count} notebooks | time | a minute | processor time of one | load of the machine |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        low, high = sorted(row.loads)
        lines.append(
            f"| `--jobs {row.jobs}` | {row.seconds:.0f} s | {count * 60 / row.seconds:.0f} "
            f"| {row.processor_seconds / count:.2f} s | {low:.1f} to {high:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None)
    parser.add_argument("--notebooks", type=int, default=200)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--write", type=pathlib.Path, help="a file with the two marking marks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pile(folder, arguments.notebooks)
        rows, first = [], None
        for jobs in arguments.jobs:
            measured, marked = measure(folder, jobs)
            print(measured, flush=True)
            if marked != (first or marked):
                raise SystemExit(f"--jobs {jobs} gave other marks")
            first = marked
            rows.append(measured)
    counts = Counter(WORDS.get(one.outcome, one.outcome) for its in first or [] for one in its.results)
    marks = ", ".join(f"{count} {mark}" for mark, count in sorted(counts.items()))
    text = (
        f"{table(rows, arguments.notebooks)}\n\nThe same marks in each run: {marks}; "
        f"{sum(bool(one.problem) for one in first or [])} files are no notebooks. CPython {platform.python_version()}; "
        f"{CORES} cores, which other programs used too where the load is higher than the jobs."
    )
    print(f"\n{text}")
    if arguments.write:
        write_between(arguments.write, "marking", text)


if __name__ == "__main__":
    main()
