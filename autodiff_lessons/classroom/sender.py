"""The thread that sends what waits: in order, in batches, until it has arrived. No check waits for it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from autodiff_lessons.classroom import sharing
from autodiff_lessons.classroom.delivery import Delivery, FolderDelivery, HubDelivery, TryLater
from autodiff_lessons.classroom.event import MOST_AT_ONCE, ClassEvent
from autodiff_lessons.logbook.keeping import KEEPER
from autodiff_lessons.logbook.outbox import Queue, SenderOutbox
from autodiff_lessons.logbook.store import progress_file

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds between tries while nothing arrives


class Sender(threading.Thread):
    """Brings what waits in the queues to where `delivery` says; None there keeps it waiting."""

    def __init__(self, queues: Callable[[], Iterator[Queue]], delivery: Callable[[], Delivery | None]) -> None:
        super().__init__(name="tells the class view", daemon=True)
        self._queues = queues
        self._delivery = delivery
        self._something = threading.Event()
        self._ended = False

    def wake(self) -> None:
        """There is something to send."""
        self._something.set()

    def end(self) -> None:
        """Send no more; for tests, since a kernel simply ends."""
        self._ended = True
        self.wake()

    def run(self) -> None:
        pause = 0.0
        while not self._ended:
            self._something.wait()
            self._something.clear()
            pause = self._try(pause)
            if pause:
                threading.Event().wait(pause)
                self._something.set()

    def _try(self, pause: float) -> float:
        """Send all that waits; the seconds to wait before the next try, 0 where nothing is left."""
        try:
            self.send_waiting()
            return 0.0
        except TryLater as later:
            return min(max(FIRST_PAUSE, later.seconds), LONGEST_PAUSE)
        except Exception:  # the class view, the network, the disk: whatever it is, it is tried again
            return min(max(FIRST_PAUSE, 2 * pause), LONGEST_PAUSE)

    def send_waiting(self) -> None:
        """Send all that waits, oldest first; raises what keeps it from arriving."""
        for queue in self._queues():
            while waiting := queue.waiting(MOST_AT_ONCE):
                delivery = self._delivery()
                if delivery is None or self._ended:
                    return
                delivery.deliver([ClassEvent.of(one) for one in waiting])
                queue.confirm(waiting[-1])


_sender: Sender | None = None
_deliveries: dict[tuple[str, ...], Delivery] = {}


def wake() -> None:
    """Send what waits, in a thread of this kernel; also what an earlier kernel left."""
    global _sender  # noqa: PLW0603
    if _sender is None or not _sender.is_alive():  # the first time, or in a child of the process that had it
        _sender = Sender(_queues, _delivery)
        _sender.start()
    _sender.wake()


def forget_waiting() -> bool:
    """Drop what waits: the learner wants nothing to be sent. False where the file can't be written now."""
    KEEPER.session_outbox.clear()
    path = progress_file()
    try:
        if path is not None:
            SenderOutbox(path).clear()
    except (OSError, sqlite3.Error):
        return False
    return True


def _queues() -> Iterator[Queue]:
    path = progress_file()
    if path is not None:
        yield SenderOutbox(path)
    yield KEEPER.session_outbox


def _delivery() -> Delivery | None:
    if not sharing.is_on():
        return None
    address = sharing.address()
    if sharing.is_hub(address):
        token = os.environ.get(sharing.HUB_TOKEN, "")
        return _deliveries.setdefault((address, token), HubDelivery(address, token))
    name = sharing.name()
    key = (address, name, str(os.getpid()))  # a child of this process writes a file of its own
    return _deliveries.setdefault(key, FolderDelivery(Path(address), name))
