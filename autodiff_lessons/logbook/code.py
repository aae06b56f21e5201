"""Progress as a short text, to take along from a place that forgets, such as Binder.

    AD1-2V0G-0C00-...    each exercise open, tried or solved, in base 3, and a checksum, in Crockford's base 32

Letters that are easily mistaken for digits are not used, and read as those digits; case and dashes make no difference.
"""

from __future__ import annotations

import zlib

from autodiff_lessons.errors import ProgressError
from autodiff_lessons.logbook.state import Progress

PREFIX = "AD1"
# The exercises in the order in which the text names them: stable for ever. New ones are added at the end, under AD2.
IN_LESSON = {1: 3, 2: 4, 3: 4, 4: 4, 5: 4, 6: 5, 7: 4, 8: 4, 9: 5, 10: 3}
ORDER = tuple(f"{lesson}.{number}" for lesson, count in IN_LESSON.items() for number in range(1, count + 1))
STATES = ("open", "tried", "solved")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_CHECKSUM = 15  # bits
_LENGTH = -(-(len(ORDER) * 1585 // 1000 + 1 + _CHECKSUM) // 5)  # letters: 1.585 bits an exercise


def exported(progress: Progress) -> str:
    """The text for a learner's progress."""
    states = {one.id: one.state for one in progress.exercises}
    number = 0
    for name in reversed(ORDER):
        number = number * 3 + STATES.index(states.get(name, "open"))
    whole = (number << _CHECKSUM) | _checksum(number)
    letters = "".join(_LETTERS[whole >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
    groups = [letters[start : start + 4] for start in range(0, _LENGTH, 4)]
    return "-".join([PREFIX, *groups])


def imported(text: str) -> dict[str, str]:
    """The state of each exercise that is not open: {"5.1": "solved"}. ProgressError says what is wrong with a text."""
    plain = "".join(text.upper().split()).replace("-", "").translate(_MISTAKEN)
    if not plain.startswith(PREFIX):
        raise ProgressError(f"A progress text begins with {PREFIX}; this one begins with {text.strip()[:6]!r}.")
    letters = plain.removeprefix(PREFIX)
    strange = sorted(set(letters) - set(_LETTERS))
    if strange:
        raise ProgressError(f"A progress text has letters, digits and dashes; this one has {strange[0]!r} in it.")
    if len(letters) != _LENGTH:
        more = "cut off" if len(letters) < _LENGTH else "too long"
        raise ProgressError(
            f"This progress text is {more}: it has {len(letters)} letters and digits after {PREFIX}, and needs "
            f"{_LENGTH}. Copy the whole line."
        )
    whole = 0
    for letter in letters:
        whole = whole << 5 | _LETTERS.index(letter)
    number, checksum = whole >> _CHECKSUM, whole & (1 << _CHECKSUM) - 1
    if checksum != _checksum(number) or number >= 3 ** len(ORDER):
        raise ProgressError("This progress text has a wrong letter or digit in it. Copy it again, the whole line.")
    found = {}
    for name in ORDER:
        number, state = divmod(number, 3)
        if state:
            found[name] = STATES[state]
    return found


def _checksum(number: int) -> int:
    return zlib.crc32(number.to_bytes(16, "big")) & (1 << _CHECKSUM) - 1
