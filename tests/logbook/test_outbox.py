"""What waits to be sent: in order, across kills and kernels, never twice and never given up."""

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
from autodiff_lessons.logbook.outbox import Outbox, SenderOutbox, SessionOutbox
from autodiff_lessons.logbook.store import Event, Store


def check(number: int) -> Event:
    return Event(float(number), "5.1", "check", "incorrect", "m")


@pytest.fixture(params=["file", "session"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Outbox | SessionOutbox:
    return Outbox(tmp_path / "new" / "progress.sqlite3") if request.param == "file" else SessionOutbox()


def test_what_is_confirmed_leaves_and_the_rest_stays_in_order(outbox: Outbox | SessionOutbox) -> None:
    assert outbox.waiting(10) == []
    for number in range(6):
        outbox.post(check(number), number + 1)
    first = outbox.waiting(4)
    assert [(one.event, one.attempt) for one in first] == [(check(number), number + 1) for number in range(4)]
    outbox.confirm(first[2])
    assert [one.event.time for one in outbox.waiting(10)] == [3, 4, 5]
    outbox.confirm(first[1])  # by another kernel, later
    assert [one.event.time for one in outbox.waiting(10)] == [3, 4, 5]
    outbox.confirm(outbox.waiting(10)[-1])
    outbox.post(check(9), 1)
    (last,) = outbox.waiting(10)
    assert last.event.time == 9
    assert len({one.uid for one in (*first, last)}) == 5
    outbox.clear()
    assert outbox.waiting(10) == []


def test_it_is_written_with_the_progress_and_read_by_the_next_kernel(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    Store(path).add(check(0))  # a file from before there was an outbox, and what was done before a class began
    Outbox(path).post(check(1), 1)
    Store(path).add(Event(2.0, "5.1", "hint"))
    assert [event.time for event in Store(path).events()] == [0, 1, 2]
    assert [one.event.time for one in Outbox(path).waiting(10)] == [1]


def test_a_confirmation_from_before_a_file_was_begun_anew_takes_nothing_from_it(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "progress.sqlite3")
    for number in range(3):
        outbox.post(check(number), 1)
    sent = outbox.waiting(10)
    outbox.path.unlink()
    outbox.post(check(7), 1)
    outbox.confirm(sent[-1])
    assert [one.event.time for one in outbox.waiting(10)] == [7]


def test_the_thread_that_sends_leaves_a_damaged_file_for_the_learner_to_hear_of(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    path.write_bytes(b"my notes" * 500)
    with pytest.raises(OSError, match="is damaged"):
        SenderOutbox(path).waiting(10)
    assert path.read_bytes() == b"my notes" * 500


POSTER = """
import sys
from pathlib import Path
from autodiff_lessons.logbook.outbox import Outbox
from autodiff_lessons.logbook.store import Event
outbox = Outbox(Path(sys.argv[1]))
for number in range(10**9):
    outbox.post(Event(float(number), sys.argv[2], "check", "incorrect"), number)
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_waits_and_two_kernels_share_the_queue(tmp_path: Path) -> None:
    path, chance = tmp_path / "progress.sqlite3", random.Random(3)
    said: dict[str, int] = {}
    for turn in range(6):
        both = [
            subprocess.Popen([sys.executable, "-c", POSTER, str(path), name], stdout=subprocess.PIPE, text=True)
            for name in (f"{turn}.1", f"{turn}.2")
        ]
        for process in both:
            assert process.stdout is not None
            process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.1))
        for process, name in zip(both, (f"{turn}.1", f"{turn}.2"), strict=True):
            os.kill(process.pid, signal.SIGKILL)
            said[name] = 1 + len(process.communicate()[0].split())
    waiting = Outbox(path).waiting(10**6)
    assert [one.place for one in waiting] == sorted(one.place for one in waiting)
    for name, count in said.items():
        mine = [one.attempt for one in waiting if one.event.exercise == name]
        assert mine == list(range(len(mine)))
        assert len(mine) - count in (0, 1)  # one may be written and not be said yet
    assert len(Store(path).events()) == len(waiting)


@pytest.mark.parametrize("error", [OSError("no space left"), sqlite3.OperationalError("database is locked")])
def test_what_can_t_be_written_waits_in_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(self: Outbox, event: Event, attempt: int) -> None:
        raise error

    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", str(tmp_path / "progress.sqlite3"))
    monkeypatch.setattr(Outbox, "post", refuse)
    keeper = Keeper()
    assert str(error) in keeper.add("5.1", "check", "correct", send_as_attempt=2)
    (waiting,) = keeper.session_outbox.waiting(10)
    assert (waiting.event.exercise, waiting.attempt) == ("5.1", 2)
    keeper.begin_session()
    assert keeper.session_outbox.waiting(10) == []
