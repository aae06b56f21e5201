"""On the way to the database: how much one learner may send, groups, what fails, each event exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from class_events import event

from autodiff_lessons.classroom.event import MOST_AT_ONCE, ClassEvent
from autodiff_lessons.classroom.live import limits
from autodiff_lessons.classroom.live.event_store import EventStore
from autodiff_lessons.classroom.live.intake import Intake, Pairs
from autodiff_lessons.classroom.live.limits import BUCKET, EVENTS_A_SECOND, REQUEST, Limits
from autodiff_lessons.classroom.live.room import Room
from autodiff_lessons.errors import UsageError
from autodiff_lessons.exercises import all_exercises


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_is_emptied_and_fills_again() -> None:
    clock = Clock()
    allowed = Limits(clock)
    for _ in range(4):
        assert allowed.wait("ada", 100) == 0
    assert allowed.wait("ada", 100) == 1  # 4 requests took 404 of 500, and 101 are asked for
    assert allowed.wait("bob", 100) == 0
    clock.now = 1.0
    assert allowed.wait("ada", 100) == 0
    assert allowed.wait("ada", 99) == 20
    clock.now = 1_000_000.0
    assert allowed.wait("ada", int(BUCKET - REQUEST)) == 0  # never more than full
    assert allowed.wait("ada", 1) > 0


def test_whoever_waits_as_long_as_asked_is_let_in() -> None:
    clock = Clock()
    allowed = Limits(clock)
    for _ in range(50):
        wait = allowed.wait("ada", MOST_AT_ONCE)
        clock.now += wait
        assert not wait or allowed.wait("ada", MOST_AT_ONCE) == 0


def test_a_check_every_second_is_never_too_much() -> None:
    clock = Clock()
    allowed = Limits(clock)
    for _ in range(5000):
        assert allowed.wait("ada", 1) == 0
        clock.now += 2 / EVENTS_A_SECOND


def test_a_flood_of_names_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_LEARNERS", 10)
    clock = Clock()
    allowed = Limits(clock)
    for number in range(1000):
        clock.now += BUCKET / EVENTS_A_SECOND / 5
        assert allowed.wait(f"learner{number}", 400) == 0
        assert len(allowed._buckets) <= 11
    assert allowed.wait("learner999", 400) > 0  # those that are not full again are remembered


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database: a file, and a real server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'events.sqlite3'}"
        return
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    pgserver = pytest.importorskip("pgserver")
    # Its socket's path has to be short.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # a server that root starts runs as someone else
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql:", "postgresql+psycopg:")
        finally:
            server.cleanup()


def test_an_event_is_kept_once_for_each_learner_in_the_order_of_arrival(database: str) -> None:
    store = EventStore(database)
    events = [event(attempt=number) for number in range(5)]
    assert store.add([("ada", one) for one in events[:3]]) == [("ada", one) for one in events[:3]]
    assert store.add([("ada", one) for one in events]) == [("ada", one) for one in events[3:]]
    assert store.add([("bob", events[0])]) == [("bob", events[0])]
    assert store.add([]) == []
    wanted = [*(("ada", one) for one in events), ("bob", events[0])]
    assert list(store.all()) == wanted
    store.close()
    again = EventStore(database)
    assert list(again.all()) == wanted
    assert again.add([("ada", events[0])]) == []
    again.close()


def test_sqlite_writes_ahead(tmp_path: Path) -> None:
    EventStore(f"sqlite:///{tmp_path / 'events'}").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "events")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_group_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    store = EventStore(f"sqlite:///{tmp_path / 'events'}")
    with pytest.raises(Exception, match="NOT NULL"):
        store.add([("ada", event()), (None, event())])  # type: ignore[list-item]
    assert list(store.all()) == []
    store.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////no/such/folder/events", "can't be opened: .*unable to open database file"),
        ("events.sqlite3", "can't be opened: Could not parse"),
        ("mysql+nothing://localhost/class", "can't be opened"),
        ("postgresql+psycopg9://localhost/class", "can't be opened: Can't load plugin"),
    ],
)
def test_a_database_that_can_t_be_had_is_named(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        EventStore(url)
    assert len(str(caught.value).splitlines()) == 1


class Gate:
    """A store whose writes wait, and fail as the test says."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.open = threading.Event()
        self.bad = -1
        self._seen: set[str] = set()

    def add(self, pairs: Pairs) -> list[tuple[str, ClassEvent]]:
        assert self.open.wait(10)
        self.groups.append([one.attempt for _, one in pairs])
        if any(one.attempt == self.bad for _, one in pairs):
            raise OSError("the disk is full")
        new = [pair for pair in pairs if pair[1].uid not in self._seen]
        self._seen.update(one.uid for _, one in pairs)
        return new


def taken(store: Gate, events: Sequence[ClassEvent]) -> tuple[list[object], int]:
    """Each event in a request of its own, all at once: what each was answered, and how many learners are there."""

    async def go() -> tuple[list[object], int]:
        room = Room(all_exercises())
        intake = Intake(store, room)
        requests = [asyncio.create_task(intake.take(f"learner{one.attempt}", [one])) for one in events]
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in requests)  # nothing is answered before it is written
        store.open.set()
        answers = await asyncio.gather(*requests, return_exceptions=True)
        intake.close()
        return list(answers), len(room.view(1000.0)["learners"])

    return asyncio.run(go())


def test_what_comes_while_one_group_is_written_is_the_next_group() -> None:
    store = Gate()
    assert taken(store, [event(attempt=number) for number in range(20)]) == ([None] * 20, 20)
    assert sorted(itertools.chain(*store.groups)) == list(range(20))
    assert len(store.groups) <= 2


def test_one_that_can_t_be_written_keeps_no_other_from_it() -> None:
    store = Gate()
    store.bad = 3
    answers, there = taken(store, [event(attempt=number) for number in range(6)])
    assert [type(one) for one in answers] == [type(None)] * 3 + [OSError] + [type(None)] * 2
    assert there == 5


def test_the_same_event_in_two_requests_at_once_counts_once() -> None:
    one = event(attempt=1)
    answers, there = taken(Gate(), [one, one, one])
    assert (answers, there) == ([None] * 3, 1)


def test_a_request_that_was_given_up_harms_nobody() -> None:
    async def go() -> None:
        store = Gate()
        intake = Intake(store, Room(all_exercises()))
        gone = asyncio.create_task(intake.take("ada", [event(attempt=1)]))
        stays = asyncio.create_task(intake.take("bob", [event(attempt=2)]))
        await asyncio.sleep(0.02)
        gone.cancel()
        store.open.set()
        await stays
        await intake.take("bob", [event(attempt=3)])
        assert sorted(itertools.chain(*store.groups)) == [1, 2, 3]
        intake.close()

    asyncio.run(go())
