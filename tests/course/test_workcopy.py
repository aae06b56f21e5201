"""The working copy: what a learner changed is never lost, and new versions arrive without piling up."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from autodiff_lessons import cli
from autodiff_lessons.course.workcopy import OWN_FOLDER, WorkingCopy, learner_notebooks

LESSON, OTHER = "05_graphs.ipynb", "00_start_here.ipynb"
SECOND, THIRD = "05_graphs (new version 2).ipynb", "05_graphs (new version 3).ipynb"


@pytest.fixture(autouse=True)
def _own_jupyter(tmp_path, monkeypatch):
    """Signatures go into a throw-away place."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "my lessons"


def notebook(text):
    cell = nbformat.v4.new_markdown_cell(text, id="a")
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode()


def deliver(folder, version):
    """Bring the folder to a version of the course, in a new process's stead."""
    return WorkingCopy(folder).bring_up_to_date({OTHER: notebook("start"), LESSON: notebook(f"version {version}")})


def names(folder):
    return sorted(path.name for path in folder.glob("*.ipynb"))


def change(folder, name, text="mine"):
    (folder / name).write_bytes(notebook(text))


def test_the_first_run_delivers_everything_and_says_so(folder):
    assert deliver(folder, 1) == [f"new: {OTHER}", f"new: {LESSON}"]
    assert names(folder) == [OTHER, LESSON]
    assert (folder / LESSON).read_bytes() == notebook("version 1")


def test_a_second_run_writes_and_says_nothing(folder):
    deliver(folder, 1)
    change(folder, OTHER)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.ipynb")}
    assert deliver(folder, 1) == []
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.ipynb")} == before


def test_an_untouched_lesson_is_updated_in_place(folder):
    deliver(folder, 1)
    assert deliver(folder, 2) == [f"new version: {LESSON}"]
    assert names(folder) == [OTHER, LESSON]
    assert (folder / LESSON).read_bytes() == notebook("version 2")


def test_a_changed_lesson_stays_and_its_new_version_arrives_beside_it_once(folder):
    deliver(folder, 1)
    change(folder, LESSON)
    assert deliver(folder, 2) == [f"new version: {SECOND}, beside {LESSON}, which you have changed"]
    assert deliver(folder, 2) == []
    assert names(folder) == [OTHER, SECOND, LESSON]
    assert (folder / LESSON).read_bytes() == notebook("mine")
    assert (folder / SECOND).read_bytes() == notebook("version 2")


def test_a_third_version_replaces_an_untouched_second(folder):
    deliver(folder, 1)
    change(folder, LESSON)
    deliver(folder, 2)
    assert deliver(folder, 3) == [f"new version: {SECOND}, beside {LESSON}, which you have changed"]
    assert names(folder) == [OTHER, SECOND, LESSON]
    assert (folder / SECOND).read_bytes() == notebook("version 3")


def test_a_third_version_arrives_beside_a_changed_second(folder):
    deliver(folder, 1)
    change(folder, LESSON)
    deliver(folder, 2)
    change(folder, SECOND, "mine too")
    assert len(deliver(folder, 3)) == 1
    assert deliver(folder, 3) == []
    assert (folder / SECOND).read_bytes() == notebook("mine too")
    assert (folder / THIRD).read_bytes() == notebook("version 3")


def test_a_new_version_that_was_thrown_away_does_not_come_back(folder):
    deliver(folder, 1)
    change(folder, LESSON)
    deliver(folder, 2)
    (folder / SECOND).unlink()
    assert deliver(folder, 2) == []
    assert deliver(folder, 3) == [f"new version: {SECOND}, beside {LESSON}, which you have changed"]


def test_a_deleted_lesson_comes_back(folder):
    deliver(folder, 1)
    (folder / LESSON).unlink()
    assert deliver(folder, 1) == [f"new: {LESSON}"]
    assert (folder / LESSON).read_bytes() == notebook("version 1")


@pytest.mark.parametrize("damage", [None, "", "{", "[1]", '{"05_graphs.ipynb": 7}', b"\xff\xfe"])
def test_without_its_record_every_file_counts_as_changed(folder, damage):
    deliver(folder, 1)
    record = folder / OWN_FOLDER / "delivered.json"
    record.unlink()
    if damage is not None:
        record.write_bytes(damage if isinstance(damage, bytes) else damage.encode())
    assert deliver(folder, 2) == [f"new version: {SECOND}, beside {LESSON}, which you have changed"]
    assert (folder / LESSON).read_bytes() == notebook("version 1")
    assert deliver(folder, 2) == []
    assert {OTHER, SECOND} <= set(json.loads(record.read_text()))


@pytest.mark.parametrize("moment", ["while writing", "before renaming"])
@pytest.mark.parametrize("writes_before", range(3))
def test_an_interrupted_run_is_simply_run_again(folder, monkeypatch, moment, writes_before):
    """Wherever the interruption falls, files are whole, nothing is left over, and the next run finishes."""
    deliver(folder, 1)
    change(folder, OTHER)
    name = {"while writing": "write_bytes", "before renaming": "replace"}[moment]
    original, done = getattr(Path, name), []

    def interrupted(self, argument):
        if len(done) == writes_before:
            if moment == "while writing":
                original(self, argument[: len(argument) // 2])
            raise KeyboardInterrupt
        done.append(self)
        return original(self, argument)

    with monkeypatch.context() as patch:
        patch.setattr(Path, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            deliver(folder, 2)
    assert (folder / LESSON).read_bytes() in (notebook("version 1"), notebook("version 2"))
    assert [path.name for path in (folder / OWN_FOLDER).iterdir()] == ["delivered.json"]
    assert json.loads((folder / OWN_FOLDER / "delivered.json").read_text())
    deliver(folder, 2)
    assert names(folder) == [OTHER, LESSON]
    assert (folder / LESSON).read_bytes() == notebook("version 2")
    assert (folder / OTHER).read_bytes() == notebook("mine")


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_nothing_of_the_learner_is_lost(folder, seed):
    chance = random.Random(seed)
    mine: dict[str, bytes] = {}
    unknown = 0  # files that a lost record made look like the learner's
    for turn in range(12):
        version = chance.randrange(4)
        deliver(folder, version)
        assert deliver(folder, version) == []
        for name, content in mine.items():
            assert (folder / name).read_bytes() == content
        lessons = [name for name in names(folder) if name != OTHER]
        assert len(lessons) <= len(mine) + unknown + 2
        name, action = chance.choice(lessons), chance.choice(["change", "change", "delete", "forget", "nothing"])
        if action == "change":
            change(folder, name, f"mine {turn}")
            mine[name] = (folder / name).read_bytes()
        elif action == "delete":
            (folder / name).unlink()
            mine.pop(name, None)
        elif action == "forget":
            (folder / OWN_FOLDER / "delivered.json").unlink()
            unknown += len(lessons)


def test_delivered_notebooks_are_trusted_and_a_changed_one_is_not(folder):
    deliver(folder, 1)
    notary = NotebookNotary()
    assert notary.check_signature(nbformat.read(folder / LESSON, as_version=4))
    change(folder, LESSON)
    assert not notary.check_signature(nbformat.read(folder / LESSON, as_version=4))
    notary.store.close()


def test_a_signature_that_fails_does_not_matter(folder, monkeypatch):
    def fail(self, nb):
        raise OSError("no place for signatures")

    monkeypatch.setattr(NotebookNotary, "sign", fail)
    assert len(deliver(folder, 1)) == 2


def test_a_cheat_sheet_that_a_learner_wrote_on_stays_too(folder):
    sheet = "cheat_sheets/05_graphs.ipynb"
    for version in (1, 2, 3):
        lines = WorkingCopy(folder).bring_up_to_date({sheet: notebook(f"version {version}")})
        beside = "cheat_sheets/05_graphs (new version 2).ipynb"
        assert lines == [
            f"new: {sheet}" if version == 1 else f"new version: {beside}, beside {sheet}, which you have changed"
        ]
        change(folder, sheet)
    assert (folder / sheet).read_bytes() == notebook("mine")
    assert (folder / beside).read_bytes() == notebook("version 3")
    assert WorkingCopy(folder).bring_up_to_date({sheet: notebook("version 3")}) == []


def test_the_course_has_its_learner_notebooks_and_no_solutions():
    notebooks = learner_notebooks()
    assert {OTHER, "05_read_computation_graphs.ipynb"} <= set(notebooks)
    assert list(notebooks) == sorted(notebooks)
    for name, content in notebooks.items():
        assert re.fullmatch(r"(cheat_sheets/)?\w+\.ipynb", name)
        nbformat.validate(nbformat.reads(content.decode("utf-8"), as_version=4))


def test_every_picture_of_the_course_shows_before_its_cell_has_run():
    """A widget without its kernel would show as "model not found"; an untrusted SVG would not show at all."""
    outputs = [
        output["data"]
        for content in learner_notebooks().values()
        for cell in nbformat.reads(content.decode("utf-8"), as_version=4).cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    pictures = [data for data in outputs if any(kind.startswith("image/") for kind in data)]
    assert pictures
    assert all({"image/png", "text/plain"} <= set(data) for data in pictures)
    assert not any("application/vnd.jupyter.widget-view+json" in data for data in outputs)


NOON = time.strptime("2026-11-25 12:00", "%Y-%m-%d %H:%M")
MINE = "05_graphs (mine of 2026-11-25 12.00).ipynb"


def test_a_lesson_begun_anew_keeps_what_the_learner_made(folder):
    deliver(folder, 1)
    for text, kept in (("mine", MINE), ("mine again", MINE.replace(").", ", 2)."))):
        change(folder, LESSON, text)
        assert WorkingCopy(folder).renew(LESSON, notebook("version 1"), NOON) == kept
        assert (folder / LESSON).read_bytes() == notebook("version 1")
        assert (folder / kept).read_bytes() == notebook(text)
    assert deliver(folder, 1) == []
    assert deliver(folder, 2) == [f"new version: {LESSON}"]


@pytest.mark.parametrize(("version", "kept"), [(1, None), (2, "")])
def test_a_lesson_that_nobody_changed_leaves_no_copy(folder, version, kept):
    deliver(folder, 1)
    assert WorkingCopy(folder).renew(LESSON, notebook(f"version {version}"), NOON) == kept
    assert names(folder) == [OTHER, LESSON]
    assert (folder / LESSON).read_bytes() == notebook(f"version {version}")


def test_a_lesson_that_was_thrown_away_comes_back(folder):
    deliver(folder, 1)
    (folder / LESSON).unlink()
    assert WorkingCopy(folder).renew(LESSON, notebook("version 1"), NOON) == ""
    assert (folder / LESSON).read_bytes() == notebook("version 1")


@pytest.mark.parametrize("word", ["5", "05", "05_read_computation_graphs", "05_read_computation_graphs.ipynb"])
def test_the_command_begins_a_lesson_anew(folder, word, capsys):
    notebooks = learner_notebooks()
    lesson = "05_read_computation_graphs.ipynb"
    WorkingCopy(folder).bring_up_to_date(notebooks)
    change(folder, lesson)
    assert cli.main(["reset", word, "--dir", str(folder)]) == 0
    said = capsys.readouterr().out
    (kept,) = folder.glob("05_read_computation_graphs (mine of *).ipynb")
    assert f"{lesson} is new. Yours is kept as {kept.name}." in said
    assert kept.read_bytes() == notebook("mine")
    assert (folder / lesson).read_bytes() == notebooks[lesson]
    assert cli.main(["reset", word, "--dir", str(folder)]) == 0
    assert "is as it was delivered" in capsys.readouterr().out


@pytest.mark.parametrize(("word", "told"), [("77", "there is no lesson '77'; the lessons are 0, 1, 2"), ("", "''")])
def test_a_lesson_that_there_is_not(folder, word, told, capsys):
    deliver(folder, 1)
    assert cli.main(["reset", word, "--dir", str(folder)]) == 2
    assert told in capsys.readouterr().err


def test_there_is_nothing_to_begin_anew_without_the_folder(folder, capsys):
    assert cli.main(["reset", "5", "--dir", str(folder)]) == 2
    assert "there is no folder" in capsys.readouterr().err
