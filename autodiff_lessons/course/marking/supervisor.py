"""Mark one notebook after the other with a marking process, whatever that process meets.

A cell that ends its process, or that has to be killed, is left out in a second run, so that it costs the learner no
more than what it holds.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autodiff_lessons.classroom.sharing import VARIABLE as CLASS
from autodiff_lessons.course.answers import COULD_NOT_RUN, Answers
from autodiff_lessons.course.marking import fence
from autodiff_lessons.course.marking.marks import Limits, Marked, tidied
from autodiff_lessons.course.verdicts import PRINTED_CHARACTERS
from autodiff_lessons.logbook.store import VARIABLE as PROGRESS

START_SECONDS = 120.0  # for a marking process to load, on a busy machine
GRACE = 3.0  # seconds between the alarm in a cell and the end of its process
MOST_LEFT_OUT = 3
MOST_SAID = 4_000_000  # characters about one notebook
# What a marking process gets of the environment: no tokens and passwords, which are there for you.
KEPT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE"),
    *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "MPLCONFIGDIR"),
)
_SAY_NOTHING = "could not be marked: the marking process said nothing"


class Supervisor:
    """A marking process and what is known of it; a context manager. Not for two threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._requests = itertools.count()
        self._child: int | None = None
        self._closed = False

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *problem: object) -> None:
        """End what runs, also from another thread than the one that waits for it."""
        self._closed = True
        self._end()

    def mark(self, content: bytes, lessons: Collection[int] = ()) -> Marked:
        """Run a notebook and judge its exercises, and those of `lessons` that it should have."""
        with tempfile.TemporaryDirectory(prefix="autodiff-lessons-mark-", ignore_cleanup_errors=True) as name:
            notebook = Path(name) / "submitted.ipynb"
            notebook.write_bytes(content)
            start = START_SECONDS if self._process is None else 0.0
            end = time.monotonic() + self._limits.notebook_seconds + start
            left_out: dict[int, str] = {}
            for attempt in range(MOST_LEFT_OUT + 1):
                folder = Path(name) / f"run-{attempt}"
                folder.mkdir()
                seen = self._run(notebook, folder, left_out, end)
                if seen.died_in is None or len(left_out) == MOST_LEFT_OUT or seen.out_of_time or self._closed:
                    break
                left_out[seen.died_in] = seen.death
            return _judged(seen, left_out, lessons, str(folder))

    def _run(self, notebook: Path, folder: Path, left_out: dict[int, str], end: float) -> _Seen:
        limits = self._limits
        request = f"{os.getpid()}-{next(self._requests)}-{time.monotonic_ns()}"
        seen = _Seen()
        words = {
            "id": request,
            "notebook": str(notebook),
            "folder": str(folder),
            "leave_out": sorted(left_out),
            "cell_seconds": limits.cell_seconds,
            "notebook_seconds": limits.notebook_seconds,
            "megabytes": limits.megabytes,
        }
        self._send(json.dumps(words) + "\n")
        begun = time.monotonic()
        room = MOST_SAID
        while not seen.over:
            cell_end = begun + (START_SECONDS if seen.cell is None else limits.cell_seconds + GRACE)
            line = self._line(max(0.0, min(cell_end, end) - time.monotonic()))
            if line is None or (room := room - len(line) - 100) < 0:
                late = line is None
                seen.out_of_time = late and time.monotonic() >= end
                seconds = limits.notebook_seconds if seen.out_of_time else limits.cell_seconds
                seen.end(f"did not end within {seconds:g} s and was killed" if late else "reported too much")
                self._kill()
                break
            if line == "":
                seen.end("ended the marking process")
                self._end()
                break
            with contextlib.suppress(
                ValueError, KeyError, TypeError, AttributeError, RecursionError
            ):  # a line that the code itself wrote
                said = json.loads(line)
                if said["request"] == request:
                    seen.hear(said)
                    self._child = None if seen.over else seen.child
                    begun = time.monotonic() if "begun" in said or "finished" in said else begun
        return seen

    def _send(self, request: str) -> None:
        """Hand the request to the marking process, a new one where there is none that listens."""
        for _ in range(2):
            if self._process is None:
                self._start()
            assert self._process is not None
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(request)
                self._process.stdin.flush()
                return
            except OSError:
                self._end()

    def _start(self) -> None:
        quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
        same = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
        silent = {PROGRESS: "off", CLASS: "off"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autodiff_lessons.course.marking.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | quiet | same | silent,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._lines = queue.Queue(maxsize=1000)
        threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True).start()

    def _line(self, seconds: float) -> str | None:
        """The next line, "" where there will be none, None when the time is up."""
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def _kill(self) -> None:
        """End the child that runs the notebook; where there is none, the whole marking process."""
        child, self._child = self._child, None
        if child is None or not hasattr(os, "killpg"):
            self._end()
            return
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(child, signal.SIGKILL)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if self._child is not None:
            self._kill()
        process.kill()
        lines = self._lines
        while process.poll() is None or not lines.empty():  # the reader must not wait for room
            with contextlib.suppress(queue.Empty):
                lines.get(timeout=0.05)
        lines.put("")  # for a thread that waits
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()


def _read(stream: Any, lines: queue.Queue[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in iter(lambda: stream.readline(MOST_SAID), ""):
            lines.put(line)
    lines.put("")


@dataclass
class _Seen:
    """What one run of a notebook has said so far."""

    answers: Answers | None = None
    child: int | None = None
    seal: str | None = None
    cell: int | None = None  # the one that runs
    problems: dict[int, str] = field(default_factory=dict)
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    flooded: int | None = None
    unreadable: str = ""
    isolated: bool = False
    done: bool = False
    over: bool = False
    out_of_time: bool = False
    died_in: int | None = None
    death: str = ""

    def hear(self, said: dict[str, Any]) -> None:
        """Note one line. What comes once the learner's code runs may be that code's own, so it is looked at closely."""
        if "ended" in said:
            if said["seal"] == self.seal:
                self.end(_death(int(said["ended"])))
        elif "child" in said:
            if self.child is None:
                self.child, self.seal = int(said["child"]), str(said["seal"])
        elif self.answers is None:
            self._hear_what_is_ours(said)
        elif "begun" in said:
            self.cell = int(said["begun"])
        elif "finished" in said and self.cell is not None and said["finished"] == self.cell:
            for name, verdict in said["verdicts"].items():
                known = verdict["status"] in ("correct", "incorrect", "not attempted")
                if known and isinstance(verdict["message"], str) and isinstance(verdict["misconception"], str | None):
                    self.verdicts[name] = verdict
            self.problems[self.cell] = str(said["problem"])
            if said["flooded"] and self.flooded is None:
                self.flooded = self.cell
            self.cell = None
        elif "refused" in said and len(self.refused) < fence.TOLD:
            self.refused.append(str(said["refused"]))
        elif "done" in said:
            self.done = True

    def _hear_what_is_ours(self, said: dict[str, Any]) -> None:
        if "without_network" in said:
            self.isolated = bool(said["without_network"])
        elif "unreadable" in said:
            self.unreadable = str(said["unreadable"])
        elif "checks" in said:
            self.answers = Answers(said["checks"], said["on_graph"])

    def end(self, death: str) -> None:
        self.over = True
        if not self.done:
            self.died_in, self.death = self.cell, death


def _death(code: int) -> str:
    if code >= 0:
        return f"ended Python (exit code {code})"
    names = {one.value: one.name for one in signal.Signals}
    return f"ended Python ({names.get(-code, f'signal {-code}')})"


def _judged(seen: _Seen, left_out: dict[int, str], lessons: Collection[int], folder: str) -> Marked:
    if seen.unreadable:
        return Marked(problem=tidied(seen.unreadable, folder))
    if seen.answers is None:
        return Marked(
            problem=f"could not be read: the process that read it {seen.death}" if seen.death else _SAY_NOTHING
        )
    answers = seen.answers
    cells = len(answers.checks)
    problems = dict.fromkeys(range(cells), COULD_NOT_RUN) | seen.problems | left_out
    if seen.died_in is not None:
        problems[seen.died_in] = seen.death
    notes = [f"code cell {number + 1} {why}; it was left out" for number, why in sorted(left_out.items())]
    if seen.died_in is not None:
        notes.append(f"code cell {seen.died_in + 1} {seen.death}; what follows it did not run")
    elif seen.death:
        notes.append(f"something that the cells started {seen.death}; what followed did not run")
    notes += [f"code cell {n + 1} {why}" for n, why in sorted(seen.problems.items()) if "did not end" in why]
    if seen.flooded is not None:
        notes.append(
            f"code cell {seen.flooded + 1} printed more than {PRINTED_CHARACTERS:,} characters; they were dropped"
        )
    notes += [f"tried to {tried}: refused" for tried in seen.refused]
    results = [
        replace(one, exercise=tidied(one.exercise), message=tidied(one.message, folder))
        for one in answers.results(problems, seen.verdicts, lessons)
    ]
    return Marked(tuple(results), tuple(tidied(note, folder) for note in notes), isolated=seen.isolated)
