"""Modes of the engine: recording on or off, domain errors or IEEE's inf and nan, a watch for the first nan.

A mode holds for a `with` block and for the thread that entered it, and is put back whatever happens inside. Each is
also a decorator: `@no_grad()` above a function.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np


class Modes(threading.local):
    """The modes of the running thread."""

    recording: bool = True
    ieee: bool = False
    trace_nan: bool = False
    tapes: tuple[Any, ...] = ()
    special: bool = False  # whether one of the modes above is other than at first, so that one look tells
    transforms: int = 0  # how many grad, jacobian ... are running the learner's function right now


class Somewhere:
    """How many threads are in a special mode: a plain number, cheaper to look at than the thread's own modes."""

    special = 0
    lock = threading.Lock()


MODES = Modes()
SOMEWHERE = Somewhere()


@contextlib.contextmanager
def _within(**changes: Any) -> Iterator[None]:
    before = {name: getattr(MODES, name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(MODES, name, value)
    special = not MODES.recording or MODES.trace_nan or bool(MODES.tapes)
    with SOMEWHERE.lock:
        SOMEWHERE.special += special - MODES.special
    MODES.special = special


def no_grad() -> contextlib.AbstractContextManager[None]:
    """Record nothing: results are untracked leaves. For the update of a weight, or where only values are wanted."""
    return _within(recording=False)


def enable_grad() -> contextlib.AbstractContextManager[None]:
    """Record again inside a `no_grad` block."""
    return _within(recording=True)


def set_recording(recording: bool) -> None:
    """Switch recording on or off in this thread until it is switched again: `no_grad` without a block."""
    _set({"recording": recording})


@contextlib.contextmanager
def ieee() -> Iterator[None]:
    """Give inf and nan where an operation has no value, as PyTorch and TensorFlow do, instead of a DomainError."""
    with ExitStack() as stack:
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(_within(ieee=True))
        yield


def trace_nan() -> contextlib.AbstractContextManager[None]:
    """Stop at the first operation whose value, or whose contribution to a cotangent, is not finite, and name it."""
    return _within(trace_nan=True)


class transforming:
    """Marks that a transformation such as `grad` runs a function, with recording on: one inside it records its sweep.

    A class of its own because it is entered at each call of a gradient, and must cost little.
    """

    __slots__ = ("recording",)

    def __enter__(self) -> None:
        self.recording = MODES.recording
        if not self.recording:
            _set({"recording": True})
        MODES.transforms += 1

    def __exit__(self, *_: object) -> None:
        MODES.transforms -= 1
        if not self.recording:
            _set({"recording": False})


def start_tape(tape: Any) -> None:
    """Let `tape` see every operation of this thread until `stop_tape`; a tape may stop before its block ends."""
    _set({"tapes": (*MODES.tapes, tape)})


def stop_tape(tape: Any) -> None:
    """Hide the operations from `tape` again."""
    _set({"tapes": tuple(one for one in MODES.tapes if one is not tape)})
