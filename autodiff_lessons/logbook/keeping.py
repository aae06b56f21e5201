"""Between the exercises of this session and the file: what was done is written down, and read back after a restart.

Nothing here raises for a full or read-only disk: a learner's answer is worth more than its record. What could not be
written is said once.
"""

from __future__ import annotations

import sqlite3
import time

from autodiff_lessons.logbook.outbox import Outbox, SessionOutbox
from autodiff_lessons.logbook.store import Event, Store, progress_file


class Keeper:
    """The events of the learner's folder; only of this session where there is none, or where it can't be written."""

    def __init__(self) -> None:
        self._session: list[Event] = []
        self.session_outbox = SessionOutbox()
        self._said: set[str] = set()

    def begin_session(self) -> None:
        """As after a restart of the kernel."""
        self._session.clear()
        self.session_outbox.clear()
        self._said.clear()

    def add(
        self,
        exercise: str,
        kind: str,
        status: str = "",
        misconception: str | None = None,
        send_as_attempt: int | None = None,
    ) -> str:
        """Write an event down, and where it has the number of an attempt, that it is to be sent to the class.

        What there is to say about it is returned: a problem with the file, once; else nothing.
        """
        event = Event(time.time(), exercise, kind, status, misconception or "")
        path = progress_file()
        if path is None:
            self._keep_in_session(event, send_as_attempt)
            return ""
        outbox = Outbox(path)
        try:
            if send_as_attempt is None:
                outbox.add(event)
            else:
                outbox.post(event, send_as_attempt)
        except (OSError, sqlite3.Error) as error:
            self._keep_in_session(event, send_as_attempt)
            return self._once(
                f"Your progress could not be written to {path.name} ({error}): it is kept until this kernel ends."
            )
        return self._damaged(outbox)

    def _keep_in_session(self, event: Event, send_as_attempt: int | None) -> None:
        self._session.append(event)
        if send_as_attempt is not None:
            self.session_outbox.post(event, send_as_attempt)

    def events(self) -> tuple[list[Event], str]:
        """All events, and what there is to say about the file."""
        path = progress_file()
        if path is None:
            return list(self._session), ""
        store = Store(path)
        try:
            return [*store.events(), *self._session], self._damaged(store)
        except (OSError, sqlite3.Error) as error:
            return list(self._session), f"Your progress could not be read from {path.name} ({error})."

    def _damaged(self, store: Store) -> str:
        if store.set_aside is None:
            return ""
        return self._once(
            f"The file with your progress was damaged. It was put aside as {store.set_aside.name!r}, unchanged, and a "
            "new one was begun. With a progress text from earlier, import_progress(...) brings it back."
        )

    def _once(self, sentence: str) -> str:
        if sentence in self._said:
            return ""
        self._said.add(sentence)
        return sentence


KEEPER = Keeper()
