"""Exercises whose answer is a few named values, typed into code or onto a graph."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autodiff_lessons.errors import ExerciseError
from autodiff_lessons.exercises import source
from autodiff_lessons.exercises.base import Exercise, Finding, WrongAnswer
from autodiff_lessons.exercises.blame import why_it_stopped
from autodiff_lessons.exercises.comparing import Difference, difference, is_open, kind_of, short
from autodiff_lessons.exercises.guards import guarded
from autodiff_lessons.exercises.outcome import Outcome
from autodiff_lessons.exercises.variants import Variants, drawn

Fields = Mapping[str, Any]
Comparison = Callable[[Any, Any], Difference | None]


@dataclass(frozen=True)
class GraphQuestion:
    """The same exercise asked on a live graph: of which function, at which inputs, and which number each field is.

    blanks   a (field, what, node) each, as in `Blank` of the graph view
    """

    function: Callable[..., Any]
    inputs: Mapping[str, float]
    blanks: Sequence[tuple[str, str, str | tuple[str, str]]]


class ValueExercise(Exercise):
    """The learner gives named values. The reference is a function that returns `{"name": expression, ...}`.

    The order of its names is the order in which one follows from another: the first wrong one is told. A wrong answer
    is a function that returns the values that its misconception leads to; it is recognised where the first wrong value
    and every other value that it speaks of are the learner's (with `by_item`: or are right).

    graph    how the exercise is asked on a graph
    variants how it is drawn anew with other numbers (see `variants`)
    compare  for a field that need not be exact: compare(given, truth), a Difference or None (see `estimates`)
    choices  the texts that a field is chosen from; capitals, spaces and signs make no difference

    Where an answer can be right in more than one way, a subclass says so in `examine`.
    """

    so_far = "Right so far. "

    def __init__(
        self,
        *about: str,
        graph: GraphQuestion | None = None,
        variants: Variants | None = None,
        compare: Mapping[str, Comparison] | None = None,
        choices: Mapping[str, Sequence[str]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*about, **more)
        self.graph = graph
        self.variants = variants
        self._told: dict[Callable[..., Any], Fields] = {}
        self.given = ""  # the numbers of a variant, in words
        self.compare = dict(compare or {})
        self.choices = dict(choices or {})

    def copied(self) -> ValueExercise:
        """The same exercise as another object."""
        return copy.copy(self)

    def variant(self, number: int) -> ValueExercise:
        """The same exercise with other numbers. ExerciseError where it has no variants."""
        if self.variants is None:
            raise ExerciseError(f"{self.id} has no numbers that could be drawn anew.")
        return drawn(self, number)

    @property
    def reference(self) -> dict[str, Any]:
        values: dict[str, Any] = self.reference_code()
        return values

    @property
    def stub(self) -> str:
        return self._stub or source.values_stub(self.id, list(self.reference))

    def solution_source(self, stub_cell_source: str) -> str:
        return source.with_values(stub_cell_source, self.id, self._reference_source())

    def check(self, candidate: Any) -> Outcome:
        if not isinstance(candidate, Mapping):
            told = f"Give each value with its name, as in `{self.stub.strip()}`; this is {kind_of(candidate)}."
            return self._incorrect(Finding(told))
        truth = self.reference
        unknown = [str(name) for name in candidate if name not in truth]
        if unknown:
            return self._incorrect(Finding(_not_asked(unknown[0], list(truth))))
        for wrong in self.wrong_answers:  # ours, and slow where a machine is busy: not in the learner's time
            self._told_by(wrong)
        # A value may be any object, and comparing it runs its code.
        run = guarded(lambda: self._judged(candidate, truth), self.seconds)
        if run.timed_out:
            return self._incorrect(Finding(f"Reading your values did not end within {self.seconds:g} seconds."))
        if run.error is not None:
            return self._incorrect(Finding(f"Reading your values {why_it_stopped(run.error, None)}"))
        outcome: Outcome = run.value
        return outcome

    def _judged(self, candidate: Fields, truth: Fields) -> Outcome:
        given = {name: self._chosen(name, candidate[name]) for name in truth if not is_open(candidate.get(name, ...))}
        open_names = ", ".join(f"`{name}`" for name in truth if name not in given)
        if not given:
            message = f"{self._given()}Not attempted yet: put your answer in place of each `...`, then run this cell."
            return self._outcome("not attempted", f"{message} Open: {open_names}.")
        finding = self.examine(given)
        still_open = f"Still open: {open_names}." if open_names else ""
        if finding is not None:
            return self._incorrect(finding, more=still_open)
        if open_names:
            return self._outcome("not attempted", f"{self._given()}{self.so_far}{still_open}")
        return self._correct()

    def _given(self) -> str:
        """The numbers of a variant, as the first sentence of a message."""
        return f"With {self.given}. " if self.given else ""

    def examine(self, given: Fields) -> Finding | None:
        """Judge the values that are filled in: what is wrong with them, or None."""
        return self._first_wrong(given, self.reference)

    def _first_wrong(self, given: Fields, truth: Fields) -> Finding | None:
        differences = {name: self._difference(name, value, truth[name]) for name, value in given.items()}
        wrong = {name: found for name, found in differences.items() if found}
        if not wrong:
            return None
        first, *others = wrong
        options = self.choices.get(first)
        if options and not (isinstance(given[first], str) and given[first] in options):
            asked = ", ".join(f'`"{option}"`' for option in options)
            shown = short(given[first]) if isinstance(given[first], str) else kind_of(given[first])
            return Finding(f"`{first}` is {shown}, which is none of the answers. Choose one of {asked}.")
        kind = wrong[first].kind
        if kind:
            return Finding(f"`{first}` is {kind}.", self._recognised(first, given, truth))
        told = f"{self._given()}`{first} = {short(given[first])}` is not right."
        if others:
            names = ", ".join(f"`{name}`" for name in others)
            told += f" Begin with this one; {names} may follow from it."
        return Finding(told, self._recognised(first, given, truth))

    def _chosen(self, name: str, value: Any) -> Any:
        """The option that a text stands for ("Round-off error" for "round-off"); everything else as it is."""
        text = _plain(value) if isinstance(value, str) else ""
        named = [option for option in self.choices.get(name, ()) if _plain(option) in text]  # one, not "this and that"
        return named[0] if len(named) == 1 and text.startswith(_plain(named[0])) else value

    def _recognised(self, first: str, given: Fields, truth: Fields) -> str | None:
        for wrong in self.wrong_answers:
            told = self._told_by(wrong)
            if wrong.whole and not set(told) <= set(given):
                continue
            others = [name for name in told if name in given and name != first]
            if wrong.by_item:  # a field that is right does not speak against it
                others = [name for name in others if self._difference(name, given[name], truth[name])]
            if first in told and not any(self._difference(one, given[one], told[one]) for one in [first, *others]):
                return wrong.misconception
        return None

    def _told_by(self, wrong: WrongAnswer) -> Fields:
        """The values that a wrong answer speaks of; worked out once."""
        if wrong.code not in self._told:
            self._told[wrong.code] = wrong.code()
        return self._told[wrong.code]

    def _difference(self, name: str, given: Any, truth: Any) -> Difference | None:
        return self.compare.get(name, difference)(given, truth)


def _not_asked(name: str, asked: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, asked, 1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    return f"`{name}` is not asked for here.{meant} The names are {', '.join(f'`{one}`' for one in asked)}."


def _plain(text: str) -> str:
    """Its letters and digits alone."""
    return re.sub(r"[\W_]", "", text.casefold())
