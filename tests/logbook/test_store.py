"""Nothing that was written is lost and the file is never corrupt: kills, two writers, damage, full disks."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autodiff_lessons.logbook.keeping import Keeper
from autodiff_lessons.logbook.store import Event, Store, progress_file

WRITER = """
import sys, itertools
from pathlib import Path
from autodiff_lessons.logbook.store import Event, Store
store, name, most = Store(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
print("begun", flush=True)
for number in itertools.islice(itertools.count(), most):
    store.add(Event(float(number), name, "check", "incorrect", "m" * 200))
    print(number, flush=True)
"""


def writer(path: Path, name: str, most: int = 10**9) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(most)], stdout=subprocess.PIPE, text=True
    )


def test_events_come_back_in_their_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "new folder" / "progress.sqlite3")
    assert store.events() == []
    events = [
        Event(1.5, "5.1", "check", "incorrect", "edges-reversed"),
        Event(2.0, "5.1", "hint"),
        Event(1.0, "5.1", "reset"),
    ]
    for event in events:
        store.add(event)
    assert Store(store.path).events() == events


def test_a_kill_in_the_middle_of_a_write_loses_nothing_that_was_written(tmp_path: Path) -> None:
    """Killed again and again at random moments: what was acknowledged is there, and the next writer goes on."""
    path, chance, acknowledged = tmp_path / "progress.sqlite3", random.Random(1), 0
    for turn in range(25):
        process = writer(path, f"{turn}.1")
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        said = [process.stdout.readline() for _ in range(chance.randrange(1, 4))]  # however busy the machine is
        time.sleep(chance.uniform(0.0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.read().split()
        process.wait()
        process.stdout.close()
        events = Store(path).events()
        mine = [int(event.time) for event in events if event.exercise == f"{turn}.1"]
        assert mine == list(range(len(mine)))
        assert len(mine) - len(said) in (0, 1)  # one may be written and not be said yet
        acknowledged += len(said)
    store = Store(path)
    assert len(store.events()) >= acknowledged > 25
    assert store.set_aside is None


def test_two_kernels_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    both = [writer(path, name, 60) for name in ("1.1", "1.2")]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0
    events = Store(path).events()
    for name in ("1.1", "1.2"):
        assert [int(event.time) for event in events if event.exercise == name] == list(range(60))


@pytest.mark.parametrize("damage", ["text", "cut", "flipped", "empty"])
def test_a_damaged_file_is_set_aside_and_said_and_not_overwritten(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path / "progress.sqlite3")
    for number in range(300):
        store.add(Event(float(number), "5.1", "check", "incorrect"))
    whole = store.path.read_bytes()
    broken = {
        "text": b"my notes",
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:4096] + bytes(255 - byte for byte in whole[4096:8192]) + whole[8192:],
        "empty": b"",
    }[damage]
    store.path.write_bytes(broken)
    again = Store(store.path)
    again.add(Event(1.0, "5.2", "check", "correct"))
    assert [event.exercise for event in again.events()] == ["5.2"]
    if damage == "empty":  # an empty file is a new one
        assert again.set_aside is None
        return
    assert again.set_aside is not None
    assert again.set_aside.read_bytes() == broken
    assert "damaged" in again.set_aside.name


def test_the_learner_is_told_once_of_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress.sqlite3"
    path.write_bytes(b"not a database, but notes of mine" * 50)
    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", str(path))
    keeper = Keeper()
    said = keeper.add("5.1", "check", "correct")
    assert said.startswith("The file with your progress was damaged. It was put aside as 'progress (damaged ")
    assert keeper.add("5.2", "check", "correct") == ""
    events, problem = keeper.events()
    assert ([event.exercise for event in events], problem) == (["5.1", "5.2"], "")


@pytest.mark.parametrize("error", [OSError("no space left"), sqlite3.OperationalError("database is locked")])
def test_what_can_t_be_written_is_said_once_and_kept_in_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(self: Store, event: Event) -> None:
        raise error

    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", str(tmp_path / "progress.sqlite3"))
    monkeypatch.setattr(Store, "add", refuse)
    keeper = Keeper()
    assert str(error) in keeper.add("5.1", "check", "correct")
    assert keeper.add("5.1", "check", "correct") == ""
    assert len(keeper.events()[0]) == 2


def test_where_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTODIFF_LESSONS_PROGRESS")
    inside = tmp_path / "course" / "deeper"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert progress_file() is None
    (tmp_path / "course" / ".autodiff-lessons").mkdir()
    assert progress_file() == tmp_path / "course" / ".autodiff-lessons" / "progress.sqlite3"
    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", "off")
    assert progress_file() is None
    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", str(tmp_path / "mine"))
    assert progress_file() == tmp_path / "mine"
