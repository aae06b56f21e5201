"""A name that can be shown, whatever it is made of: no invisible signs, no reversed text, not long."""

from __future__ import annotations

import unicodedata

LONGEST = 60
# Control, format (right-to-left marks among them), surrogate, private and unassigned characters; line separators.
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MOST_MARKS = 2  # combining marks on one character; more would reach into the lines above and below


def shown(name: str) -> str:
    """The name on one line, with � for each character that can't be seen or that moves others."""
    characters: list[str] = []
    marks = 0
    for character in name[: 4 * LONGEST]:
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if marks <= _MOST_MARKS:
            characters.append("\N{REPLACEMENT CHARACTER}" if category in _NOT_SHOWN else character)
    text = " ".join("".join(characters).split())
    return (f"{text[: LONGEST - 1]}…" if len(text) > LONGEST else text) or "(no name)"
