"""What is sent: a small object of one form, and nothing else gets in."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from class_events import event

from autodiff_lessons.classroom.event import ClassEvent, read
from autodiff_lessons.classroom.live.room import teachers_sentence
from autodiff_lessons.errors import ClassError
from autodiff_lessons.exercises import all_exercises

GOOD = event(misconception="edges-reversed").as_json()


def test_an_event_survives_the_journey() -> None:
    assert read(json.loads(json.dumps(GOOD))) == ClassEvent(**GOOD)
    assert GOOD.keys() == {"uid", "time", "exercise", "outcome", "misconception", "attempt"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "exactly uid, time, exercise, outcome, misconception, attempt; this is None"),
        ([], "exactly uid"),
        ({}, "exactly uid"),
        ({**GOOD, "code": "def f(): ..."}, "exactly uid"),
        ({name: value for name, value in GOOD.items() if name != "uid"}, "exactly uid"),
        ({**GOOD, "uid": "A" * 32}, "uid looks like"),
        ({**GOOD, "uid": "a" * 33}, "uid looks like"),
        ({**GOOD, "uid": "a" * 31 + "\n"}, "uid looks like"),
        ({**GOOD, "uid": ["a" * 32]}, "uid looks like"),
        ({**GOOD, "exercise": "5.4\n"}, "exercise looks like"),
        ({**GOOD, "exercise": "٥.٤"}, "exercise looks like"),
        ({**GOOD, "exercise": 5.4}, "exercise looks like"),
        ({**GOOD, "exercise": "100.1"}, "exercise looks like"),
        ({**GOOD, "outcome": "solved"}, "outcome is one of not attempted, incorrect, correct; this one is 'solved'"),
        ({**GOOD, "outcome": None}, "outcome is one of"),
        ({**GOOD, "misconception": "<script>"}, "misconception looks like"),
        ({**GOOD, "misconception": "m" * 81}, "misconception looks like"),
        ({**GOOD, "misconception": None}, "misconception looks like"),
        ({**GOOD, "time": math.nan}, "time is seconds since 1970; this one is nan"),
        ({**GOOD, "time": math.inf}, "time is seconds"),
        ({**GOOD, "time": -1}, "time is seconds"),
        ({**GOOD, "time": True}, "time is seconds"),
        ({**GOOD, "time": "now"}, "time is seconds"),
        ({**GOOD, "time": 10**400}, "time is seconds"),
        ({**GOOD, "attempt": -1}, "attempt is a number from 0"),
        ({**GOOD, "attempt": 1.0}, "attempt is a number from 0"),
        ({**GOOD, "attempt": True}, "attempt is a number from 0"),
        ({**GOOD, "attempt": 10**9}, "attempt is a number from 0"),
    ],
)
def test_anything_else_is_refused_in_one_short_line(value: Any, message: str) -> None:
    with pytest.raises(ClassError, match=re.escape(message)) as caught:
        read(value)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isascii()


def test_a_clock_that_runs_ahead_is_put_right() -> None:
    assert event(time=2000.0).not_after(1000.0).time == 1000.0
    assert event(time=500.0).not_after(1000.0).time == 500.0


def test_every_exercise_and_misconception_of_the_course_can_be_sent_and_has_a_sentence() -> None:
    for exercise in all_exercises():
        for misconception in ("", *exercise.misconceptions):
            sent = event(exercise.id, misconception=misconception)
            assert read(sent.as_json()) == sent
            assert bool(teachers_sentence(exercise, misconception)) == bool(misconception)
