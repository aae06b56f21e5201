"""What a check tells the class view, and the one form in which it travels: a small JSON object, never any code."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from autodiff_lessons.errors import ClassError
from autodiff_lessons.logbook.outbox import Waiting

OUTCOMES = ("not attempted", "incorrect", "correct")
MOST_AT_ONCE = 100  # events in one delivery
_FORMS = {
    "uid": re.compile(r"[0-9a-f]{32}"),
    "exercise": re.compile(r"[0-9]{1,2}\.[0-9]{1,2}"),
    "misconception": re.compile(r"[a-z0-9-]{0,80}"),
}
_SHOWN = 40  # characters of a wrong value in a message
_MOST_ATTEMPTS = 1_000_000
_LATEST = 1e11  # a time of day in the year 5138


@dataclass(frozen=True)
class ClassEvent:
    """One check's outcome.

    uid            its id in the whole world; who receives it twice knows it
    time           seconds since 1970, by the learner's clock
    exercise       such as "5.2"
    outcome        "not attempted", "incorrect" or "correct"
    misconception  the id of the recognised mistake, or ""
    attempt        how many answers were checked with this one; an untouched stub is none
    """

    uid: str
    time: float
    exercise: str
    outcome: str
    misconception: str
    attempt: int

    @classmethod
    def of(cls, waiting: Waiting) -> ClassEvent:
        """The event of a check that waits in the outbox."""
        event = waiting.event
        return cls(waiting.uid, event.time, event.exercise, event.status, event.misconception, waiting.attempt)

    def not_after(self, now: float) -> ClassEvent:
        """The same event; one that a wrong clock puts into the future happens now."""
        return self if self.time <= now else replace(self, time=now)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read(value: Any) -> ClassEvent:
    """The event in a decoded JSON value. ClassError names what is wrong with anything else."""
    fields = ClassEvent.__dataclass_fields__
    if not isinstance(value, dict) or value.keys() != fields.keys():
        raise ClassError(f"An event is an object with exactly {', '.join(fields)}; this is {_shown(value)}.")
    for name, form in _FORMS.items():
        if not isinstance(value[name], str) or form.fullmatch(value[name]) is None:
            raise ClassError(f"An event's {name} looks like {form.pattern}; this one is {_shown(value[name])}.")
    if value["outcome"] not in OUTCOMES:
        raise ClassError(f"An event's outcome is one of {', '.join(OUTCOMES)}; this one is {_shown(value['outcome'])}.")
    time, attempt = value["time"], value["attempt"]
    if type(time) not in (int, float) or not 0 <= time <= _LATEST:
        raise ClassError(f"An event's time is seconds since 1970; this one is {_shown(time)}.")
    if type(attempt) is not int or not 0 <= attempt <= _MOST_ATTEMPTS:
        raise ClassError(f"An event's attempt is a number from 0 to {_MOST_ATTEMPTS}; this one is {_shown(attempt)}.")
    return ClassEvent(**{**value, "time": float(time)})


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
