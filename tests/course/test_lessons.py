"""Every lesson has the shape that a reader can rely on, and every number in its prose is computed anew."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import nbformat
import pytest

from autodiff_lessons import exercises
from autodiff_lessons.course import editions, prose_numbers

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "notebooks/source").glob("*.md"))
LESSONS = [path for path in SOURCES if not path.name.startswith("00_")]
OPENING = ("**What you will do.**", "**What you will learn.**", "**What you need.**", "**Time.**")
SLIDER = re.compile(r"^\s*(\w+Explorer|Explorer|GraphView)\(", re.MULTILINE)

every_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def cells(path: Path) -> list[nbformat.NotebookNode]:
    return list(editions.learner_edition(path.read_text(encoding="utf-8")).cells)


def code(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in cells(path) if cell.cell_type == "code"]


def prose(path: Path) -> str:
    return "\n\n".join(cell.source for cell in cells(path) if cell.cell_type == "markdown")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)


def lines(cell: nbformat.NotebookNode) -> int:
    return len(cell.source.rstrip().splitlines())


def number_of(path: Path) -> int:
    return int(path.name[:2])


@every_source
def test_every_number_in_the_prose_is_right(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    names = prose_numbers.names(path.name[:2])
    wrong = [
        (written, expression)
        for written, expression in prose_numbers.marked(source)
        if not prose_numbers.agrees(written, eval(expression, dict(names)))
    ]
    assert wrong == []


@every_source
def test_no_decimal_number_in_the_prose_is_without_its_expression(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    prose_of_the_source = without_code(prose_numbers._MARK.sub("", source).split("---", 2)[2])
    exercise_ids = re.compile(r"\b[Ee]xercises? \d+\.\d+(?:(?:,| and| to) \d+\.\d+)*")
    assert re.findall(r"\d+\.\d+", exercise_ids.sub("", prose_of_the_source)) == []


@pytest.mark.parametrize(
    ("written", "value", "right"),
    [
        ("5.5", 5.5, True), ("5.5", 5.56, False), ("0.283662", 0.28366219, True), ("0.283663", 0.28366219, False),
        ("2 097 151", 2097151, True), ("2 097 151", 2097152, False), ("−3", -3.0, True), ("3", 3.2, False),
        ("1.2e-5", 1.2e-5, True), ("1.2e-5", 1.3e-5, False),
    ],
)  # fmt: skip
def test_a_wrong_number_would_be_found(written: str, value: float, right: bool) -> None:
    assert prose_numbers.agrees(written, value) is right


@every_lesson
def test_the_opening_and_the_closing(path: Path) -> None:
    text = prose(path)
    assert re.match(rf"# {number_of(path)}\. [A-Z]\w+ ", text)
    assert [text.index(heading) for heading in OPENING] == sorted(text.index(heading) for heading in OPENING)
    minutes = re.search(r"\*\*Time\.\*\* (\d+) minutes", text)
    assert minutes
    assert 25 <= int(minutes[1]) <= 40
    assert re.findall(r"^## (.*)$", text, re.MULTILINE)[-2:] == ["Summary", "Where next"]


@every_lesson
def test_the_budget_of_words_and_cells(path: Path) -> None:
    words = len(prose(path).split())
    sizes = [lines(cell) for cell in code(path)]
    assert 900 <= words <= 1400
    assert 12 <= len(sizes) <= 20
    assert statistics.median(sizes) <= 6
    assert max(sizes) <= 20


@every_lesson
def test_a_slider_early_an_exercise_soon_and_never_many_tasks_without_a_check(path: Path) -> None:
    everything = cells(path)
    sliders = [
        place for place, cell in enumerate(everything) if cell.cell_type == "code" and SLIDER.search(cell.source)
    ]
    assert sliders[0] < len(everything) / 3
    checks = [place for place, cell in enumerate(everything) if editions.exercise_of(cell)]
    before = " ".join(cell.source for cell in everything[: checks[0]] if cell.cell_type == "markdown")
    assert len(before.split()) < 400
    tasks = 0
    for cell in everything:
        tasks = 0 if editions.exercise_of(cell) else tasks + cell.source.count("**Try it.**")
        assert tasks <= 2, cell.source


@every_lesson
def test_at_least_two_explorers(path: Path) -> None:
    explorers = {
        found
        for cell in code(path)
        for found in re.findall(r"\b(?:\w*Explorer|GraphView|\w+Story)\([^)]*", cell.source)
    }
    assert len(explorers) >= 2


@every_lesson
def test_the_start_page_leads_to_it_under_its_title_and_with_its_time(path: Path) -> None:
    found = re.search(rf"^# ({number_of(path)}\. .*)$", prose(path), re.MULTILINE)
    minutes = re.search(r"\*\*Time\.\*\* (\d+ minutes)", prose(path))
    assert found
    assert minutes
    row = rf"^\| \[{re.escape(found[1])}\]\({path.stem}\.ipynb\) \| .+ \| {minutes[1]} \|$"
    assert re.search(row, prose(SOURCES[0]), re.MULTILINE)


@every_lesson
def test_its_exercises_are_all_there_in_their_order(path: Path) -> None:
    found = [name for cell in cells(path) for name in editions.exercise_of(cell)]
    assert found == [one.id for one in exercises.all_exercises() if one.lesson == number_of(path)]
    assert [name for name in found if f"## Exercise {name}: " not in prose(path)] == []


@every_lesson
def test_no_solution_leaks_into_the_learner_edition(path: Path) -> None:
    """Most of what a reference adds to its stub stands nowhere in the learner's notebook (`total = x + w` may)."""
    text = "\n".join(cell.source for cell in cells(path))
    learner = {line.strip() for line in text.splitlines()}
    for exercise in exercises.all_exercises():
        if exercise.lesson == number_of(path):
            stub = {line.strip() for line in exercise.stub.splitlines()}
            added = {line.strip() for line in exercise.solution.splitlines() if len(line.strip()) > 8} - stub
            assert len(added & learner) <= len(added) / 2, exercise.id
