"""Checks that wait to be sent to the learner's class, in the learner's own file: no restart or kill loses one.

A check and its place in the queue are written in one transaction, so that the queue costs a check nothing more. Each
has an id of its own: whoever receives it twice knows it. What is sent is taken from the front and leaves the queue
when its arrival was confirmed, so everything arrives in order, also where two kernels send at once.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from dataclasses import dataclass
from typing import Protocol

from autodiff_lessons.logbook.store import Event, Store

_QUEUE = """
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL REFERENCES events (id),
    uid TEXT NOT NULL,
    attempt INTEGER NOT NULL
)"""


@dataclass(frozen=True)
class Waiting:
    """A check in the queue: its place there, its id in the whole world, and the number of the attempt."""

    place: int
    uid: str
    event: Event
    attempt: int


class Queue(Protocol):
    """What a sender takes from."""

    def waiting(self, most: int) -> list[Waiting]: ...

    def confirm(self, last: Waiting) -> None: ...


class Outbox(Store):
    """The queue in a learner's file."""

    def post(self, event: Event, attempt: int) -> None:
        """Write an event down, and that it is to be sent."""
        with self._opened() as connection:
            row = (self._insert(connection, event), uuid.uuid4().hex, attempt)
            connection.execute("INSERT INTO outbox (event, uid, attempt) VALUES (?, ?, ?)", row)

    def waiting(self, most: int) -> list[Waiting]:
        """The front of the queue."""
        if not self.path.exists():
            return []
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT outbox.id, uid, attempt, time, exercise, kind, status, misconception "
                "FROM outbox JOIN events ON events.id = outbox.event ORDER BY outbox.id LIMIT ?",
                (most,),
            )
            return [Waiting(place, uid, Event(*event), attempt) for place, uid, attempt, *event in rows]

    def confirm(self, last: Waiting) -> None:
        """Take from the queue what has arrived, up to this one."""
        with self._opened() as connection:  # by its id: in a file that was begun anew, places are given anew
            connection.execute("DELETE FROM outbox WHERE id <= (SELECT id FROM outbox WHERE uid = ?)", (last.uid,))

    def clear(self) -> None:
        """Send nothing of what waits."""
        if self.path.exists():
            with self._opened() as connection:
                connection.execute("DELETE FROM outbox")

    def _connected(self) -> sqlite3.Connection:
        connection = super()._connected()
        try:
            connection.execute(_QUEUE)
        except BaseException:
            connection.close()
            raise
        return connection


class SenderOutbox(Outbox):
    """The same for the thread that sends: it leaves a damaged file to the next check, which can tell the learner."""

    def _put_aside(self) -> None:
        raise OSError(f"{self.path} is damaged")


class SessionOutbox:
    """The queue of a session without a file, or with one that can't be written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Waiting] = []
        self._posted = 0

    def post(self, event: Event, attempt: int) -> None:
        with self._lock:
            self._posted += 1
            self._waiting.append(Waiting(self._posted, uuid.uuid4().hex, event, attempt))

    def waiting(self, most: int) -> list[Waiting]:
        with self._lock:
            return self._waiting[:most]

    def confirm(self, last: Waiting) -> None:
        with self._lock:
            self._waiting = [one for one in self._waiting if one.place > last.place]

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
