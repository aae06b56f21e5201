"""Made-up learners of a class, for its tests."""

from __future__ import annotations

import uuid
from typing import Any

from autodiff_lessons.classroom.event import ClassEvent


def event(exercise: str = "5.4", outcome: str = "incorrect", **fields: Any) -> ClassEvent:
    """An event; what is not said is as in most events."""
    plain = {"uid": uuid.uuid4().hex, "time": 1000.0, "misconception": "", "attempt": 1}
    return ClassEvent(**{**plain, "exercise": exercise, "outcome": outcome, **fields})


# Names that try to be more than names.
HOSTILE_NAMES = {
    "script": "<script>window.hacked = 1</script>",
    "image": '<img src=x onerror="window.hacked=2">',
    "attribute": "\" onmouseover='window.hacked=3' x=\"",
    "right to left": "\u202eadnama\u202c \u200fabc",
    "hebrew": "\u05d3\u05d5\u05d3 \u05db\u05d4\u05df",
    "lines": "one\ntwo\u2028three\x00\x1b[31m",
    "marks": "Z" + "\u0335\u0322\u0328" * 40 + "algo",
    "template": "${7*7} {{7*7}} %s &lt;b&gt;",
    "nothing": "\u200b\u2060 ",
}
