"""One term of the field."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term and what it means.

    english  the name, as the glossary's heading has it
    chinese  the standard Chinese term; another one that is common too stands in brackets
    lesson   the number of the lesson that explains it
    meaning  one or two short sentences
    formula  LaTeX, where one says it shorter
    also     other names and forms of it, such as a plural, by which a lesson's bold word finds it
    """

    english: str
    chinese: str
    lesson: int
    meaning: str
    formula: str = ""
    also: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The glossary's heading for it."""
        return self.english[0].upper() + self.english[1:]

    @property
    def anchor(self) -> str:
        """What a link to that heading ends with: JupyterLab, nbconvert and nbviewer all name headings so."""
        return self.heading.replace(" ", "-")

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that a lesson may call it by, without capitals."""
        return tuple(name.casefold() for name in (self.english, *self.also))
