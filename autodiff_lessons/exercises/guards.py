"""Run a learner's code so that nothing it does can hurt the notebook: no endless loop, no flood of output, no exit.

The code runs in a thread of its own while the caller waits. When the time is up, an exception is raised in that thread
(`PyThreadState_SetAsyncExc`). Code that catches it meets the next one at once, so that `while True: try: ... except:
pass` ends too. A thread that is blocked outside Python (a long sleep, a socket) is left behind; it ends when it wakes.
Code that recurses to the limit, catches the RecursionError and recurses again is beyond help: CPython itself gives up.
This needs no signals: it works in any thread and on Windows.
"""

from __future__ import annotations

import builtins
import contextlib
import contextvars
import ctypes
import functools
import io
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

SECONDS = 3.0
GRACE = 1.0  # how long a stopped thread is waited for before it is left behind
PRINTED_CHARACTERS = 1_000
PRINTED_LINES = 10


class TimeIsUp(BaseException):
    """Raised inside a learner's code when its time is over. No `Exception`, so that `except Exception` lets it by."""


_raise_in_thread = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


class AsksForInput(Exception):
    """The code called input(), which nobody can answer during a check."""


@dataclass
class Run:
    """What became of one guarded call: a value, or the exception that ended it, or time that ran out."""

    value: Any = None
    error: BaseException | None = None
    timed_out: bool = False
    printed: Printed = field(default_factory=lambda: Printed())


class Printed:
    """The first lines of what was printed, and how many more there were."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._room = PRINTED_CHARACTERS
        self._lines = 0
        self._mid_line = False

    def write(self, text: str) -> None:
        if not text:
            return
        if self._room > 0:
            self._kept.append(text[: self._room])
            self._room -= len(text)
        self._lines += text.count("\n")
        self._mid_line = not text.endswith("\n")

    def text(self) -> str:
        """Give the kept lines, with a last line that counts the rest; "" where nothing was printed."""
        whole = "".join(self._kept)
        lines = whole.splitlines()[:PRINTED_LINES]
        more = self._lines + self._mid_line - len(lines)
        if more > 0:
            lines.append(f"... and {more} more line{'s' if more > 1 else ''}")
        elif self._room < 0:
            lines.append("... and more")
        return "\n".join(lines)


def guarded(call: Callable[[], Any], seconds: float = SECONDS) -> Run:
    """Call it in a thread of its own and say what became of it; never raises what the call raised.

    Only a KeyboardInterrupt of the waiting caller (the notebook's stop button) passes, once the code is stopped.
    """
    worker = _Worker(call)
    with _output_kept(worker), _warnings_kept(worker), _input_refused(worker), _recursion_limit_restored():
        worker.start()
        try:
            worker.ended.wait(seconds)
        finally:
            timed_out = not worker.over
            if timed_out:
                _stop(worker)
    if timed_out:
        return Run(timed_out=True, printed=worker.printed)
    return Run(worker.value, worker.error, printed=worker.printed)


class _Worker(threading.Thread):
    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__(name="exercise check", daemon=True)
        self.value: Any = None
        self.error: BaseException | None = None
        self.over = False
        # Not is_alive(): Python 3.11 takes a thread for dead when Ctrl-C interrupts its join().
        self.ended = threading.Event()
        self.printed = Printed()
        self._call = call
        # NumPy's errstate and the like stay as the notebook set them. (Python 3.14's Thread has a `_context` itself.)
        self._settings = contextvars.copy_context()
        self._poking = threading.Lock()
        # Catching it makes an object of this class, which raises the next one: C code only, so that nothing of ours
        # is interrupted.
        self._signal = type("TimeIsUp", (TimeIsUp,), {})

    def run(self) -> None:
        try:
            try:
                self._call_it()
                self._let_pokes_arrive()
            except TimeIsUp:
                self._let_pokes_arrive()
        except TimeIsUp:  # from a poke that was under way when the code ended: with the one before, the last
            pass
        self.ended.set()

    def _call_it(self) -> None:
        # CPython delivers an exception from outside only at calls and at backward jumps: between the end of the call
        # and the disarmed signal there are none.
        try:
            value = self._settings.run(self._call)
        except BaseException as error:
            self.error = error
            self.over = True
            self._signal.__init__ = BaseException.__init__  # type: ignore[misc]
        else:
            self.value = value
            self.over = True
            self._signal.__init__ = BaseException.__init__  # type: ignore[misc]

    def _let_pokes_arrive(self) -> None:
        with self._poking:
            pass

    def poke(self) -> None:
        """Raise `TimeIsUp` in the learner's code, unless it has ended."""
        with self._poking:
            if not self.over and self.ident is not None:
                if "__init__" not in vars(self._signal):
                    again = functools.partial(_raise_in_thread, self.ident, self._signal)
                    self._signal.__init__ = staticmethod(again)  # type: ignore[misc]
                _raise_in_thread(self.ident, self._signal)


def _stop(worker: _Worker) -> None:
    patience = time.monotonic() + GRACE
    while not worker.ended.is_set():
        _press(worker, 0.01)
        if time.monotonic() > patience:
            threading.Thread(target=_keep_stopping, args=(worker,), name="ends a check", daemon=True).start()
            return


def _keep_stopping(worker: _Worker) -> None:
    while not worker.ended.wait(0.5):
        _press(worker, 0.01)


def _press(worker: _Worker, seconds: float) -> None:
    """Try for so long to end the code, once in each of two ways."""
    worker.poke()
    if not worker.ended.wait(seconds):
        with _raising_at_each_line(worker):
            worker.ended.wait(seconds)


@contextlib.contextmanager
def _raising_at_each_line(worker: _Worker) -> Iterator[None]:
    """Raise `TimeIsUp` at each new line of the functions that the worker is in, where Python can (from 3.12 on).

    Python 3.12 takes an exception that arrives at the jump back from an `except` block for one of the `try` block, so
    that `while True: try: f() except: pass` would catch every poke.
    """
    monitoring: Any = getattr(sys, "monitoring", None)
    tool = next((number for number in range(5, -1, -1) if monitoring and monitoring.get_tool(number) is None), None)
    if tool is None:
        yield
        return

    def at_line(code: CodeType, line: int) -> None:
        if threading.get_ident() == worker.ident:
            raise TimeIsUp

    codes = _learners_codes(worker)
    monitoring.use_tool_id(tool, "exercise check")
    monitoring.register_callback(tool, monitoring.events.LINE, at_line)
    for code in codes:
        monitoring.set_local_events(tool, code, monitoring.events.LINE)
    try:
        yield
    finally:
        for code in codes:
            monitoring.set_local_events(tool, code, 0)
        monitoring.register_callback(tool, monitoring.events.LINE, None)
        monitoring.free_tool_id(tool)


def _learners_codes(worker: _Worker) -> set[CodeType]:
    """The code of each function that the worker is in, but for those that started it."""
    frame = sys._current_frames().get(worker.ident or 0)
    codes = set()
    while frame is not None and frame.f_code is not _Worker._call_it.__code__:
        codes.add(frame.f_code)
        frame = frame.f_back
    return codes if frame is not None else set()


class _Outlet(io.TextIOBase):
    """Stands in for sys.stdout: keeps what the worker prints and passes on what other threads print."""

    def __init__(self, worker: _Worker, original: Any) -> None:
        self._worker = worker
        self._original = original

    def write(self, text: str) -> int:
        if threading.current_thread() is not self._worker:
            return int(self._original.write(text) or 0)
        if not isinstance(text, str):
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        self._worker.printed.write(text)
        return len(text)

    def flush(self) -> None:
        self._original.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return int(self._original.fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self._original, "encoding", None) or "utf-8"


@contextlib.contextmanager
def _output_kept(worker: _Worker) -> Iterator[None]:
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Outlet(worker, out), _Outlet(worker, err)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


@contextlib.contextmanager
def _warnings_kept(worker: _Worker) -> Iterator[None]:
    """A warning is among what the worker printed, without the line that gave it, which may be one of ours."""
    original = warnings.showwarning

    def shown(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
        if threading.current_thread() is worker:
            worker.printed.write(f"{category.__name__}: {message}\n")
        else:
            original(message, category, *where, **more)

    warnings.showwarning = shown
    try:
        yield
    finally:
        warnings.showwarning = original


@contextlib.contextmanager
def _input_refused(worker: _Worker) -> Iterator[None]:
    original = builtins.input

    def input(prompt: object = "", /) -> str:
        if threading.current_thread() is worker:
            raise AsksForInput("input() waits for somebody to type")
        return original(prompt)

    builtins.input = input
    try:
        yield
    finally:
        builtins.input = original


@contextlib.contextmanager
def _recursion_limit_restored() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
