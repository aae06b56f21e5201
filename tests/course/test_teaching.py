"""The teacher's page of each lesson: complete, and of nothing but what the lesson and its exercises say."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from autodiff_lessons import cli, exercises
from autodiff_lessons.course.lessons import Lesson, lessons
from autodiff_lessons.course.teaching import Section, minutes_of, page, sections_of
from autodiff_lessons.course.workcopy import learner_notebooks

each_lesson = pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.file[:2])


def cells_of(lesson: Lesson) -> list[dict]:
    return json.loads(learner_notebooks()[lesson.file])["cells"]


@each_lesson
def test_the_plan_fills_the_lessons_time_without_a_gap(lesson: Lesson) -> None:
    spans = [tuple(map(int, found)) for found in re.findall(r"^\| (\d+)–(\d+) \|", page(lesson), re.MULTILINE)]
    assert spans[0][0] == 0
    assert spans[-1][1] == lesson.minutes
    assert all(one[1] == following[0] for one, following in itertools.pairwise(spans))
    assert len(spans) >= 6


@each_lesson
def test_every_exercise_comes_with_every_wrong_answer_and_its_solution(lesson: Lesson) -> None:
    text = page(lesson)
    ours = [one for one in exercises.all_exercises() if one.lesson == lesson.number]
    assert re.findall(r"^### (\d+\.\d+) ", text, re.MULTILINE) == [one.id for one in ours]
    for one in ours:
        assert all(f"- *{name}*: {sentence}" in text for name, sentence in one.misconceptions.items())
        assert all(hint in text for hint in one.hints)
        assert one.solution.rstrip() in text
        assert one.takeaway in text


@each_lesson
def test_the_questions_stand_in_the_lesson(lesson: Lesson) -> None:
    prose = "\n".join("".join(cell["source"]) for cell in cells_of(lesson) if cell["cell_type"] == "markdown")
    asked = [question for section in sections_of(cells_of(lesson)) for question in section.questions]
    assert asked
    assert all(question in prose for question in asked)


def test_a_section_holds_its_cells_pictures_and_exercises() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "", "text/plain": "p"}}
    cells = [
        {"cell_type": "markdown", "source": "# 5. Title\n\nOne two three.\n\n## First\n\nWhat moves here? Stuck?"},
        {"cell_type": "code", "source": "show()", "outputs": [picture]},
        {"cell_type": "code", "source": 'answer("5.2", x1=...)', "outputs": []},
        {"cell_type": "code", "source": 'answer("5.2", x1=...)', "outputs": []},
        {"cell_type": "markdown", "source": "### Exercise 5.2: more\n\nText."},
    ]
    assert list(sections_of(cells)) == [
        Section("Opening", words=6),
        Section("First", 4, code_cells=3, pictures=1, exercises=["5.2"], questions=["What moves here?"]),
        Section("Exercise 5.2: more", 1),
    ]


def test_the_time_goes_where_the_work_is() -> None:
    sections = [Section("read", words=150), Section("answer", exercises=["5.2"]), Section("look", pictures=1)]
    assert minutes_of(sections, 10) == [(0, 2), (2, 8), (8, 10)]


def test_the_command_prints_one_page_or_writes_all(tmp_path, capsys) -> None:
    assert cli.main(["teach", "5"]) == 0
    assert capsys.readouterr().out.startswith("# Teaching lesson 5: Read computation graphs\n")
    assert cli.main(["teach", "--to", str(tmp_path / "pages")]) == 0
    written = sorted(path.name for path in (tmp_path / "pages").iterdir())
    assert written == [f"teaching_{lesson.file.removesuffix('.ipynb')}.md" for lesson in lessons()]
    assert (tmp_path / "pages" / written[0]).read_text().rstrip("\n") == page(lessons()[0])


def test_what_can_t_be_had_is_said(tmp_path, capsys) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["teach", "0"]) == 2
    assert "there is no lesson '0'; the lessons are 1, 2" in capsys.readouterr().err
    assert cli.main(["teach", "5", "--to", str(tmp_path / "file")]) == 2
    assert "can't write into" in capsys.readouterr().err
