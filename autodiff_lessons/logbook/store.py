"""Events in a file that no kill, no second kernel and no full disk can damage: SQLite, which is made for that.

Each event is a transaction of its own, so it is there as a whole or not at all. A file that is damaged all the same
(a broken disk, an editor) is set aside under another name, said, and never overwritten.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER, NAME = ".autodiff-lessons", "progress.sqlite3"
# Where to keep it instead: a file; "off" keeps nothing beyond the session.
VARIABLE = "AUTODIFF_LESSONS_PROGRESS"
WAIT = 20.0  # seconds for another kernel to finish its writing

_TABLE = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,
    exercise TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT '',
    misconception TEXT NOT NULL DEFAULT ''
)"""


@dataclass(frozen=True)
class Event:
    """One thing that a learner did.

    time           seconds since 1970
    exercise       such as "5.2"
    kind           check, hint, solution, reset or imported
    status         of a check: "correct", "incorrect" or "not attempted"
    misconception  the id of the recognised mistake, or ""
    """

    time: float
    exercise: str
    kind: str
    status: str = ""
    misconception: str = ""


class Store:
    """The events in one file. Every method may raise OSError or sqlite3.Error where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: Path | None = None  # where a damaged file was put

    def add(self, event: Event) -> None:
        """Write one event; when this returns it is on the disk."""
        with self._opened() as connection:
            self._insert(connection, event)

    def _insert(self, connection: sqlite3.Connection, event: Event) -> int | None:
        row = (event.time, event.exercise, event.kind, event.status, event.misconception)
        return connection.execute(
            "INSERT INTO events (time, exercise, kind, status, misconception) VALUES (?, ?, ?, ?, ?)", row
        ).lastrowid

    def events(self) -> list[Event]:
        """All events, in the order in which they were written."""
        if not self.path.exists():
            return []
        with self._opened() as connection:
            rows = connection.execute("SELECT time, exercise, kind, status, misconception FROM events ORDER BY id")
            return [Event(*row) for row in rows]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection within one transaction, to a file that was looked at."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = self._connected()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, or the disk is full: not the file's fault
                raise
            self._put_aside()
            connection = self._connected()
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=WAIT)
        try:
            connection.execute(_TABLE)
            problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if problem != "ok":
                raise sqlite3.DatabaseError(problem)
        except BaseException:
            connection.close()
            raise
        return connection

    def _put_aside(self) -> None:
        """Keep the damaged file under a name of its own."""
        stamp = time.strftime("%Y-%m-%d %H.%M.%S")
        for number in range(1, 1000):
            place = self.path.with_name(f"{self.path.stem} (damaged {stamp}, {number}){self.path.suffix}")
            if not place.exists():
                os.replace(self.path, place)
                self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
                self.set_aside = place
                return


def progress_file() -> Path | None:
    """The file of the learner's folder that this process works in; None where there is no such folder.

    `autodiff-lessons lab` and the course's images make the folder; a plain checkout has none, and nothing is kept.
    """
    asked = os.environ.get(VARIABLE, "")
    if asked:
        return None if asked == "off" else Path(asked)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir():
            return folder / FOLDER / NAME
    return None
