"""Each event arrives exactly once and in order, whatever fails on the way; no check waits for it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_lessons.classroom import sender as sending
from autodiff_lessons.classroom.delivery import TryLater
from autodiff_lessons.classroom.event import MOST_AT_ONCE, ClassEvent
from autodiff_lessons.classroom.live.event_store import EventStore
from autodiff_lessons.classroom.sender import Sender
from autodiff_lessons.logbook.outbox import Outbox, Queue, SessionOutbox, Waiting
from autodiff_lessons.logbook.store import Event


class View:
    """A class view with a real database, on a network that fails as `fails` says: before or after it has arrived."""

    def __init__(self, fails: Callable[[], str] = lambda: "", file: Path | None = None) -> None:
        self.store = EventStore("sqlite://" if file is None else f"sqlite:///{file}")  # a file for several threads
        self._fails = fails
        self.calls: list[int] = []

    def deliver(self, events: Sequence[ClassEvent]) -> None:
        how = self._fails()
        self.calls.append(len(events))
        if how == "before":
            raise OSError("nobody answers")
        self.store.add([("ada", event) for event in events])
        if how == "after":
            raise TimeoutError("the answer was lost")

    def attempts(self) -> list[int]:
        return [event.attempt for _, event in self.store.all()]


class Crash(BaseException):
    """The kernel is killed."""


def crashing(queue: Queue, crashes: Callable[[], bool]) -> Queue:
    """The same queue for a kernel that may be killed between an arrival and its confirmation."""

    class Crashing:
        def waiting(self, most: int) -> list[Waiting]:
            return queue.waiting(min(most, 3))

        def confirm(self, last: Waiting) -> None:
            if crashes():
                raise Crash
            queue.confirm(last)

    return Crashing()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["check", "send", "send other"]), max_size=40),
    st.lists(st.sampled_from(["", "", "before", "after"]), max_size=40),
    st.lists(st.booleans(), max_size=40),
)
def test_exactly_once_and_in_order_whatever_fails(acts: list[str], failures: list[str], crashes: list[bool]) -> None:
    """Two kernels of one learner check and send; each try may fail before or after it arrived, each kernel may die."""
    view = View(lambda: failures.pop() if failures else "")
    outbox, posted = SessionOutbox(), 0
    queue = crashing(outbox, lambda: crashes.pop() if crashes else False)
    kernels = {act: Sender(lambda: iter([queue]), lambda: view) for act in ("send", "send other")}

    def act(kernel: Sender) -> None:
        try:
            kernel.send_waiting()
        except (OSError, Crash):
            return

    for what in acts:
        if what == "check":
            posted += 1
            outbox.post(Event(1.0, "5.1", "check", "incorrect"), posted)
        else:
            act(kernels[what])
        assert view.attempts() == list(range(1, len(view.attempts()) + 1))
    failures.clear()
    crashes.clear()
    kernels["send"].send_waiting()
    assert view.attempts() == list(range(1, posted + 1))
    assert outbox.waiting(1) == []
    view.store.close()


def test_batches_are_taken_from_the_front_until_nothing_is_left() -> None:
    view, outbox = View(), SessionOutbox()
    for number in range(2 * MOST_AT_ONCE + 5):
        outbox.post(Event(1.0, "5.1", "check", "incorrect"), number)
    Sender(lambda: iter([outbox]), lambda: view).send_waiting()
    assert view.calls == [MOST_AT_ONCE, MOST_AT_ONCE, 5]
    assert view.attempts() == list(range(2 * MOST_AT_ONCE + 5))


@pytest.fixture
def running() -> Iterator[Callable[..., Sender]]:
    """Starts senders, and ends them."""
    started: list[Sender] = []

    def start(*arguments: object) -> Sender:
        made = Sender(*arguments)  # type: ignore[arg-type]
        started.append(made)
        made.start()
        return made

    yield start
    for one in started:
        one.end()
        one.join(10)
        assert not one.is_alive()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("failure", [OSError("away"), ValueError("odd"), TryLater(0.01), RuntimeError("no")])
def test_the_thread_tries_again_until_it_has_arrived(
    running: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, failure: Exception
) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.01)
    view, outbox, left = View(file=tmp_path / "events"), SessionOutbox(), [failure] * 4

    class Failing:
        def deliver(self, events: Sequence[ClassEvent]) -> None:
            if left:
                raise left.pop()
            view.deliver(events)

    sender = running(lambda: iter([outbox]), Failing)
    outbox.post(Event(1.0, "5.1", "check", "incorrect"), 1)
    sender.wake()
    wait_until(lambda: not outbox.waiting(1))
    assert (view.attempts(), left) == ([1], [])
    outbox.post(Event(1.0, "5.1", "check", "correct"), 2)
    sender.wake()
    wait_until(lambda: view.attempts() == [1, 2])


def test_pauses_grow_and_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = SessionOutbox()
    outbox.post(Event(1.0, "5.1", "check", "incorrect"), 1)
    view = View(lambda: "before")
    sender = Sender(lambda: iter([outbox]), lambda: view)
    pauses, pause = [], 0.0
    for _ in range(8):
        pause = sender._try(pause)
        pauses.append(pause)
    assert pauses == [0.5, 1, 2, 4, 8, 15, 15, 15]


def test_a_view_that_never_answers_keeps_nobody_waiting(running: Callable[..., Sender], tmp_path: Path) -> None:
    """While a delivery hangs, checks are posted and the sender is woken; all arrives when it hangs no more."""
    answers, view, outbox = threading.Event(), View(file=tmp_path / "events"), SessionOutbox()

    class Hanging:
        def deliver(self, events: Sequence[ClassEvent]) -> None:
            answers.wait(30)
            view.deliver(events)

    sender = running(lambda: iter([outbox]), Hanging)
    for number in range(50):
        outbox.post(Event(1.0, "5.1", "check", "incorrect"), number)
        sender.wake()
    assert view.calls == []
    answers.set()
    wait_until(lambda: len(view.attempts()) == 50)
    assert view.attempts() == list(range(50))


def test_nothing_is_sent_and_nothing_lost_while_there_is_no_delivery() -> None:
    outbox = SessionOutbox()
    outbox.post(Event(1.0, "5.1", "check", "incorrect"), 1)
    Sender(lambda: iter([outbox]), lambda: None).send_waiting()
    assert len(outbox.waiting(5)) == 1


def test_many_random_rounds_over_a_file(tmp_path: Path) -> None:
    """The same property with the file that a learner's folder has, and two kernels that take turns."""
    chance = random.Random(5)
    view = View(lambda: chance.choice(["", "before", "after"]))
    outbox = Outbox(tmp_path / "progress.sqlite3")
    queue = crashing(outbox, lambda: chance.random() < 0.3)
    sender = Sender(lambda: iter([queue]), lambda: view)
    for number in range(60):
        outbox.post(Event(1.0, "5.1", "check", "incorrect"), number)
        for _ in range(chance.randrange(3)):
            try:
                sender.send_waiting()
            except (OSError, Crash):
                continue
    while outbox.waiting(1):
        try:
            sender.send_waiting()
        except (OSError, Crash):
            continue
    assert view.attempts() == list(range(60))
