"""What the events amount to, how it is shown, and how it is taken along."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from autodiff_lessons import cli
from autodiff_lessons.course.lessons import lessons
from autodiff_lessons.errors import ProgressError
from autodiff_lessons.exercises import all_exercises, attempts, exercise, forget, hint, latest, reset, solution
from autodiff_lessons.logbook import calls, code
from autodiff_lessons.logbook.display import ProgressTable
from autodiff_lessons.logbook.keeping import KEEPER
from autodiff_lessons.logbook.state import progress_of
from autodiff_lessons.logbook.store import Event


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder."""
    (tmp_path / ".autodiff-lessons").mkdir()
    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", str(tmp_path / ".autodiff-lessons" / "progress.sqlite3"))
    return tmp_path


@pytest.fixture(autouse=True)
def _own_session() -> Iterator[None]:
    attempts.begin_session()
    yield
    attempts.begin_session()


def right(x: float, w: float) -> tuple[float, float]:
    return w * (2 * x + w), x * (x + 2 * w)


def wrong(x: float, w: float) -> tuple[float, float]:
    return 0.0, 0.0


def states() -> dict[str, str]:
    return {one.id: one.state for one in calls.progress().progress.exercises}


def test_a_restart_forgets_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(states().values()) == {"open"}
    exercise("5.4")(wrong)
    assert states()["5.4"] == "tried"
    hint("5.4")
    attempts.begin_session()
    capsys.readouterr()
    hint("5.4")
    assert "hint 2 of 3" in capsys.readouterr().out
    solution("5.4")
    assert "one way to solve it" in capsys.readouterr().out  # the try was in another session
    exercise("5.4")(right)
    attempts.begin_session()
    assert states()["5.4"] == "solved"
    exercise("5.4")(wrong)
    assert states()["5.4"] == "solved"  # once solved it stays so, until it is begun anew
    reset("5.4")
    assert states()["5.4"] == "open"
    attempts.begin_session()
    assert states()["5.4"] == "open"
    assert latest("5.4") is None


def test_an_untouched_stub_is_no_try(folder: Path) -> None:
    exercise("5.4")(lambda x, w: ...)
    assert states()["5.4"] == "open"
    assert KEEPER.events()[0] == []


def test_after_three_wrong_answers_a_hint_is_offered_and_not_forced(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offered = []
    for _ in range(7):
        exercise("5.4")(wrong)
        offered.append("Would hint 1 of 3 help? `hint(" in capsys.readouterr().out)
    assert offered == [False, False, True, False, False, True, False]
    for _ in range(3):
        hint("5.4")
    capsys.readouterr()
    for _ in range(4):
        exercise("5.4")(wrong)
    assert "Would hint" not in capsys.readouterr().out  # there is none left
    forget("5.4")


def event(name: str, status: str = "correct", kind: str = "check") -> Event:
    return Event(0.0, name, kind, status)


def test_the_table_in_words() -> None:
    ours = [one.id for one in all_exercises() if one.id.startswith("5.")]
    table = ProgressTable(progress_of([event("5.1"), event("5.2", "incorrect"), event("99.1")]))
    count = len(table.progress.exercises)
    minutes = sum(lesson.minutes for lesson in lessons()) - round(lessons()[_place(5)].minutes / len(ours))
    assert table.summary == f"1 of {count} exercises solved, 1 tried, {count - 2} open; about {minutes} minutes left."
    assert table.next_step == "Next: exercise 5.2, Be the forward pass, in lesson 5."
    (line,) = [line for line in repr(table).splitlines() if line.startswith(" 5.")]
    assert "✓ 5.1 ◐ 5.2 ○ 5.3 ○ 5.4" in line
    assert line.endswith(f"{round(30 * 3 / 4)} min left")


def _place(number: int) -> int:
    return [lesson.number for lesson in lessons()].index(number)


def test_the_table_links_to_the_lessons() -> None:
    page = ProgressTable(progress_of([event("5.1")]))._repr_mimebundle_()["text/html"]
    assert '<a href="05_read_computation_graphs.ipynb">Read computation graphs</a>' in page
    assert '<a href="05_read_computation_graphs.ipynb#exercise-5-2">Next: exercise 5.2' in page
    assert 'aria-label="5.1 Write the graph down: solved"' in page
    assert html.unescape(re.sub(r"<[^>]*>", " ", page)).count("✓") == 1


def test_when_everything_is_solved() -> None:
    table = ProgressTable(progress_of([event(one.id) for one in all_exercises()]))
    assert table.next_step == "Everything is solved."
    assert "about 0 minutes left" in table.summary
    assert "min left" not in repr(table).split("\n", 1)[1]


def test_a_text_brings_every_state_back() -> None:
    chance = random.Random(3)
    for _ in range(200):
        events = [event(name, chance.choice(["correct", "incorrect"])) for name in code.ORDER if chance.random() < 0.6]
        progress = progress_of(events)
        known = {one.id: one.state for one in progress.exercises if one.state != "open"}
        text = code.exported(progress)
        assert code.imported(text) == known
        assert code.imported(f"  {text.lower().replace('-', '')} \n") == known
    assert len(text) == 23


def test_the_order_of_a_text_is_for_ever() -> None:
    assert code.ORDER[:4] == ("1.1", "1.2", "1.3", "2.1")
    assert len(code.ORDER) == 40
    assert code.exported(progress_of([])) == "AD1-0000-0000-0000-0JTN"
    assert {one.id for one in all_exercises()} <= set(code.ORDER)


SOME = code.exported(progress_of([event("5.1"), event("5.3", "incorrect")]))


def test_every_single_slip_in_a_text_is_found() -> None:
    for place, letter in enumerate(SOME):
        if letter == "-" or place < 4:
            continue
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if other != letter:
                with pytest.raises(ProgressError):
                    code.imported(SOME[:place] + other + SOME[place + 1 :])
    for place in range(4, len(SOME) - 1):
        first, second = SOME[place], SOME[place + 1]
        if first != second and "-" not in (first, second):
            with pytest.raises(ProgressError):
                code.imported(SOME[:place] + second + first + SOME[place + 2 :])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with AD1; this one begins with ''"),
        ("AD2-0000", "begins with AD1; this one begins with 'AD2-00'"),
        (SOME[:-3], "cut off: it has 13 letters and digits after AD1, and needs 16. Copy the whole line."),
        (SOME + "-0000", "too long"),
        (SOME[:-1] + "?", "this one has '?' in it"),
        (SOME[:-1] + ("0" if SOME[-1] != "0" else "1"), "has a wrong letter or digit in it"),
    ],
)
def test_a_wrong_text_is_refused_plainly(text: str, message: str) -> None:
    with pytest.raises(ProgressError, match=re.escape(message)):
        code.imported(text)


def test_import_adds_and_takes_nothing_away(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exercise("5.4")(right)
    calls.import_progress(SOME)
    assert "The text says 1 solved and 1 tried; 2 of these are new here." in capsys.readouterr().out
    assert {name: state for name, state in states().items() if state != "open"} == {
        "5.1": "solved", "5.3": "tried", "5.4": "solved",
    }  # fmt: skip
    calls.import_progress(SOME)
    assert "0 of these are new here" in capsys.readouterr().out
    calls.import_progress(SOME[:-2])
    assert "Nothing was imported" in capsys.readouterr().out
    calls.import_progress(3)
    assert 'Write the text in quotes: `import_progress("AD1-...")`' in capsys.readouterr().out
    calls.export_progress()
    assert 'import_progress("AD1-' in capsys.readouterr().out


def test_without_a_folder_it_is_kept_for_the_session_and_says_so() -> None:
    exercise("5.4")(right)
    assert states()["5.4"] == "solved"
    assert "kept until the kernel ends" in repr(calls.progress())


def test_in_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exercise("5.4")(right)
    capsys.readouterr()
    assert cli.main(["progress", "--dir", str(folder)]) == 0
    assert "✓ 5.4" in capsys.readouterr().out
    assert cli.main(["progress", "--dir", str(folder), "--export"]) == 0
    text = capsys.readouterr().out.strip()
    assert code.imported(text) == {"5.4": "solved"}
    assert cli.main(["progress", "--dir", str(folder), "--import", SOME]) == 0
    assert capsys.readouterr().out.startswith("2 exercises were added.")
    assert cli.main(["progress", "--dir", str(folder), "--import", "AD1"]) == 2
    assert "cut off" in capsys.readouterr().err


def test_in_a_terminal_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["progress"]) == 2
    assert "name their folder with --dir" in capsys.readouterr().err
