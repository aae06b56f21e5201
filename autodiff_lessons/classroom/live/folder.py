"""The events in the files of a shared folder: each learner's kernels append to files of their own, here they are read.

Only whole lines are taken, each event once, and nothing but ordinary files is opened. Who may write into the folder may
write in any name: where that matters, use a hub, which knows its users.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from autodiff_lessons.classroom.delivery import ENDING
from autodiff_lessons.classroom.event import ClassEvent, read
from autodiff_lessons.classroom.sharing import LONGEST_NAME
from autodiff_lessons.errors import ClassError

MOST_FILES = 10_000
MOST_BYTES = 10_000_000  # of one file
_READ_AT_ONCE = 1_000_000


class FolderEvents:
    """Reads on where it stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, int] = {}  # file -> bytes of it that were taken
        self._known: set[tuple[str, str]] = set()  # (learner, uid)

    def new(self) -> list[tuple[str, ClassEvent]]:
        """(learner, event) pairs that were not there before, in the order of time. OSError where there is no folder."""
        names = sorted(name for name in os.listdir(self.folder) if name.endswith(ENDING))[:MOST_FILES]
        found = []
        for name in names:
            for learner, event in self._new_in(name):
                if (learner, event.uid) not in self._known:
                    self._known.add((learner, event.uid))
                    found.append((learner, event))
        return sorted(found, key=lambda pair: pair[1].time)

    def _new_in(self, name: str) -> Iterator[tuple[str, ClassEvent]]:
        now = time.time()
        for line in self._lines(name):
            try:
                value = json.loads(line)
                learner = value.pop("learner") if isinstance(value, dict) else None
                event = read(value).not_after(now)
            except (ValueError, KeyError, RecursionError, ClassError):
                continue  # half a line of a kernel that was killed, or no event at all
            if isinstance(learner, str) and 0 < len(learner) <= LONGEST_NAME:
                yield learner, event

    def _lines(self, name: str) -> list[bytes]:
        """The whole lines that were written since the last look."""
        start = self._read.get(name, 0)
        try:
            # A pipe would keep us waiting, and a link could lead anywhere.
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
            file = os.open(self.folder / name, flags | getattr(os, "O_BINARY", 0))
        except OSError:
            return []
        try:
            state = os.fstat(file)
            if not stat.S_ISREG(state.st_mode) or not start < state.st_size or start >= MOST_BYTES:
                return []
            os.lseek(file, start, os.SEEK_SET)
            content = os.read(file, _READ_AT_ONCE)
        except OSError:
            return []
        finally:
            os.close(file)
        whole = content.rfind(b"\n") + 1
        if not whole and len(content) == _READ_AT_ONCE:
            whole = len(content)  # no line of ours is so long
        self._read[name] = start + whole
        return content[:whole].split(b"\n")
