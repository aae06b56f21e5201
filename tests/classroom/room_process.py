"""`autodiff-lessons hub`, started as an instructor would, and ended with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab_server import alive, descendants, free_port


@dataclass
class Room:
    """A hub that the command started; its instructor is `teacher`."""

    url: str
    folder: Path
    log: Path
    process: int = 0

    def learner(self, name: str) -> Path:
        return self.folder / "homes" / name

    def view_process(self) -> int:
        """The class view's, or 0 while there is none."""
        for pid in descendants(self.process):
            with contextlib.suppress(OSError):
                if b"autodiff_lessons.classroom" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return pid
        return 0

    def view_answers(self) -> bool:
        return _answers(f"{self.url}/services/class/static/text.js")

    def events(self) -> list[tuple[str, str, str]]:
        """(learner, exercise, outcome) of all that has arrived, in its order."""
        with contextlib.closing(sqlite3.connect(self.folder / "hub" / "class.sqlite3", timeout=20)) as database:
            return database.execute(
                "SELECT learner, exercise, outcome FROM autodiff_lessons_class_events ORDER BY id"
            ).fetchall()


@contextlib.contextmanager
def running_room(scratch: Path, password: str) -> Iterator[Room]:
    """Start it in this folder, all under one account, with this password of the instructor."""
    room = Room(f"http://127.0.0.1:{free_port()}", scratch / "hub", scratch / "log")
    command = [sys.executable, "-m", "autodiff_lessons.cli", "hub", "--one-account", "--instructor", "teacher"]
    with room.log.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--dir", str(room.folder), "--port", room.url.rpartition(":")[2]],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "AUTODIFF_LESSONS_PROGRESS": ""},
            start_new_session=True,
        )
    room.process = process.pid
    assert process.stdin is not None
    process.stdin.write(f"{password}\n".encode() * 2)
    process.stdin.close()
    try:
        _wait_until_it_answers(room, process)
        yield room
    finally:
        family = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        deadline = time.monotonic() + 20  # the learners' servers end by themselves, each in its own time
        while (left := [pid for pid in family if alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.2)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        process.wait(10)
    if left:
        raise RuntimeError(f"the hub ended and left {len(left)} processes")


def _wait_until_it_answers(room: Room, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while not (_answers(f"{room.url}/hub/login") and room.view_answers()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(room.log.read_text(errors="replace")[-3000:])
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
