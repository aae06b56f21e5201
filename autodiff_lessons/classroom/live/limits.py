"""How much one learner may send: a bucket of events that fills again at a steady rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

EVENTS_A_SECOND = 5.0
BUCKET = 500.0  # events at once: what waited while the service was away
REQUEST = 1.0  # each request takes as much as an event, whatever is in it
_MOST_LEARNERS = 10_000


@dataclass
class _Bucket:
    level: float
    filled: float


class Limits:
    """One bucket for each learner."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, learner: str, events: int) -> int:
        """Take a request with this many events from the learner's bucket: 0, or the whole seconds to wait for it."""
        now = self._clock()
        if learner not in self._buckets and len(self._buckets) >= _MOST_LEARNERS:
            self._forget_full(now)
        bucket = self._buckets.setdefault(learner, _Bucket(BUCKET, now))
        bucket.level = min(BUCKET, bucket.level + (now - bucket.filled) * EVENTS_A_SECOND)
        bucket.filled = now
        missing = events + REQUEST - bucket.level
        if missing > 0:
            return math.ceil(missing / EVENTS_A_SECOND)
        bucket.level -= events + REQUEST
        return 0

    def _forget_full(self, now: float) -> None:
        full = [name for name, one in self._buckets.items() if now - one.filled >= BUCKET / EVENTS_A_SECOND]
        for name in full:
            del self._buckets[name]
