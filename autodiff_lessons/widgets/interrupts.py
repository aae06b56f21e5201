"""Interrupts that ask a loop to stop, instead of breaking into it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def interrupt_asks() -> Iterator[Callable[[], bool]]:
    """Let the first interrupt (Ctrl-C, or a notebook's stop button) only ask: `with interrupt_asks() as asked:`.

    A loop looks at asked() and ends between two steps, so what it works on is whole. A second interrupt raises
    KeyboardInterrupt as ever, for a step that never ends. Python brings interrupts to the main thread only; in another
    one asked() stays false.
    """
    asked = False

    def ask(number: int, frame: Any) -> None:
        nonlocal asked
        if asked:
            signal.default_int_handler(number, frame)
        asked = True

    if threading.current_thread() is not threading.main_thread():
        yield lambda: asked
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
