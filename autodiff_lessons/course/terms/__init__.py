"""The field's terms as the course uses them, in English and Chinese: one place, which the glossary is made from."""

from __future__ import annotations

from autodiff_lessons.course.terms import calculus, graphs, training
from autodiff_lessons.course.terms.term import Term

__all__ = ["TERMS", "Term"]

TERMS: tuple[Term, ...] = tuple(
    sorted((*calculus.TERMS, *graphs.TERMS, *training.TERMS), key=lambda term: term.english.casefold())
)
