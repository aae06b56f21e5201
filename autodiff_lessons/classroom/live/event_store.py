"""The events of a class in a database, each exactly once: SQLite in WAL mode, or whatever a URL names.

`postgresql+psycopg://user@host/class` needs `pip install 'psycopg[binary]'`, and nothing else changes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from autodiff_lessons.classroom.event import ClassEvent
from autodiff_lessons.errors import UsageError

_METADATA = sa.MetaData()
EVENTS = sa.Table(
    "autodiff_lessons_class_events",
    _METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("learner", sa.Text, nullable=False),
    sa.Column("uid", sa.String(32), nullable=False),
    sa.Column("received", sa.Double, nullable=False),
    sa.Column("time", sa.Double, nullable=False),
    sa.Column("exercise", sa.String(8), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("misconception", sa.String(80), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.UniqueConstraint("learner", "uid"),
)
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_READ_AT_ONCE = 1000


class EventStore:
    """The events in one database. What `add` has returned from is on the disk."""

    def __init__(self, url: str) -> None:
        """Open it, and make its table where there is none. UsageError where it can't be had."""
        try:
            self._engine = sa.create_engine(url, pool_pre_ping=True)
            if self._engine.dialect.name not in _INSERT:
                raise UsageError(f"a class view keeps its events in SQLite or PostgreSQL, not {self._engine.name}")
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _use_wal)
            _METADATA.create_all(self._engine)
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"the class view's database can't be opened: {reason}") from None
        insert = _INSERT[self._engine.dialect.name](EVENTS)
        self._insert = insert.on_conflict_do_nothing(index_elements=["learner", "uid"]).returning(EVENTS.c.id)

    def add(self, events: Sequence[tuple[str, ClassEvent]]) -> list[tuple[str, ClassEvent]]:
        """Write (learner, event) pairs down, all or none; those that are new come back, in their order."""
        received = time.time()
        new = []
        with self._engine.begin() as connection:
            for learner, event in events:
                row = {"learner": learner, "received": received, **event.as_json()}
                if connection.scalar(self._insert, row) is not None:
                    new.append((learner, event))
        return new

    def all(self) -> Iterator[tuple[str, ClassEvent]]:
        """Every event, in the order in which they came."""
        columns = [EVENTS.c.learner, *(EVENTS.c[name] for name in ClassEvent.__dataclass_fields__)]
        query = sa.select(*columns).order_by(EVENTS.c.id)
        with self._engine.connect().execution_options(yield_per=_READ_AT_ONCE) as connection:
            for learner, *fields in connection.execute(query):
                yield learner, ClassEvent(*fields)

    def close(self) -> None:
        self._engine.dispose()


def _use_wal(connection: Any, _: Any) -> None:
    """Readers and the writer do not wait for each other, and a commit is on the disk when it returns."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
