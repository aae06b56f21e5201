"""What marking is given and what it gives back: plain records that travel between processes and machines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autodiff_lessons.course.answers import Result

SOLVED, WRONG, OPEN, NOT_THERE = "solved", "wrong", "open", "not there"
# A check's outcome, in a teacher's words; "not checked" and "unknown" are such words already.
WORDS = {"correct": SOLVED, "incorrect": WRONG, "not attempted": OPEN, "missing": NOT_THERE}
MESSAGE_CHARACTERS = 300
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


@dataclass(frozen=True)
class Limits:
    """What one notebook may use.

    cell_seconds      for one code cell
    notebook_seconds  for the whole notebook
    megabytes         of memory
    """

    cell_seconds: float = 20.0
    notebook_seconds: float = 180.0
    megabytes: int = 2_000


@dataclass(frozen=True)
class Marked:
    """One notebook: what became of each exercise, and what else a teacher should know about the file.

    problem   why it could not be marked at all; "" where it could
    isolated  whether the system itself kept it from the network
    """

    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    isolated: bool = False


def tidied(text: str, folder: str = "") -> str:
    """A message in one line that says the same on every run: without memory addresses and the name of a temporary
    folder, and not longer than a line of a table should be."""
    if folder:
        text = text.replace(folder, ".")
    words = printable(" ".join(_ADDRESS.sub("0x...", text).split()))
    return words if len(words) <= MESSAGE_CHARACTERS else words[: MESSAGE_CHARACTERS - 4] + " ..."


def printable(text: str) -> str:
    """The text with control characters, marks that turn the direction of writing and bytes that are no text spelled
    out, so that it can be shown, sorted and written anywhere."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
