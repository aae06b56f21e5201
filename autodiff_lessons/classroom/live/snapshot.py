"""The room as JSON, made at most once a second for all who watch, and sent only to whom it is new."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

SECONDS = 1.0  # how old a snapshot may be


class Snapshot(NamedTuple):
    """One state of the view: its tag, its JSON, and the same packed."""

    tag: str
    body: bytes
    packed: bytes


class Snapshots:
    """The latest snapshot of what `view(now)` says."""

    def __init__(
        self,
        view: Callable[[float], dict[str, Any]],
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._view = view
        self._clock = clock
        self._steady = steady
        self._made = -SECONDS
        self._latest: Snapshot | None = None

    def latest(self) -> Snapshot:
        if self._latest is None or self._steady() - self._made >= SECONDS:
            self._made = self._steady()
            body = json.dumps(self._view(self._clock()), ensure_ascii=False, separators=(",", ":")).encode()
            tag = hashlib.blake2b(body, digest_size=12).hexdigest()
            if self._latest is None or tag != self._latest.tag:
                self._latest = Snapshot(tag, body, gzip.compress(body, 4, mtime=0))
        return self._latest
