"""What every exercise has: hints, one reference, wrong answers with the sentence that helps, other correct answers.

Reference and wrong answers are real code beside each other in the lesson's file. The check runs them, the tests run
them, and the solution edition of the notebooks shows the reference's own source.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from autodiff_lessons.errors import ExerciseError
from autodiff_lessons.exercises import source
from autodiff_lessons.exercises.guards import SECONDS
from autodiff_lessons.exercises.outcome import Outcome, Status

Code = TypeVar("Code", bound=Callable[..., Any])


@dataclass(frozen=True)
class WrongAnswer:
    """Code that has one misconception.

    by_item   each item of a result shows the misconception on its own (the others may be right, or another variant's)
    by_probe  each probe shows the misconception on its own (the others may be right, or another misconception's)
    endless   the code never ends, so it is only compared with code that did not end either
    whole     one value alone may have another reason: every value that it speaks of must have been given
    """

    misconception: str
    code: Callable[..., Any]
    by_item: bool = False
    by_probe: bool = False
    endless: bool = False
    whole: bool = False


class Finding(NamedTuple):
    """What is wrong with an answer, in words, and the misconception where one is recognised."""

    message: str
    misconception: str | None = None


class Exercise(ABC):
    """One exercise of the course.

    id          such as "5.4"; stable for ever
    title       what it is about, a few words
    hints       from a nudge to nearly all; shown one a call
    takeaway    what a correct answer has shown; it follows "correct"
    stub        the cell's source as it stands in the lesson, where it is more than the bare header
    seconds     how long the learner's code may run in all
    """

    decorates = False  # whether it is answered with @exercise(...) over a definition, or with answer(...)

    def __init__(
        self,
        id: str,
        title: str,
        *,
        hints: Sequence[str],
        takeaway: str,
        stub: str | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self.id = id
        self.title = title
        self.hints = tuple(hints)
        self.takeaway = takeaway
        self.seconds = seconds
        self.misconceptions: dict[str, str] = {}
        self.wrong_answers: list[WrongAnswer] = []
        self.alternatives: list[Any] = []
        self._stub = stub
        self._reference: Callable[..., Any] | None = None

    # Written over the functions of a lesson's file

    def set_reference(self, code: Code) -> Code:
        """Make this the course's own solution."""
        self._reference = code
        return code

    def wrong(self, misconception: str, sentence: str | None = None, **shown: bool) -> Callable[[Code], Code]:
        """Keep this as a wrong answer, with the sentence that unlocks its misconception.

        A further variant of a misconception comes under the same id, without a sentence. `shown` says how it shows
        itself: `by_item`, `by_probe`, `endless`, `whole` (see WrongAnswer).
        """
        if (sentence is None) != (misconception in self.misconceptions):
            raise ExerciseError(f"{self.id}: the misconception {misconception!r} needs its sentence, once.")
        if sentence is not None:
            self.misconceptions[misconception] = sentence

        def keep(code: Code) -> Code:
            self.wrong_answers.append(WrongAnswer(misconception, code, **shown))
            return code

        return keep

    def alternative(self, code: Code) -> Code:
        """Keep this as another correct solution, which must be accepted."""
        self.alternatives.append(code)
        return code

    # What tools and tests ask

    @property
    def lesson(self) -> int:
        return int(self.id.split(".")[0])

    @property
    @abstractmethod
    def reference(self) -> Any:
        """The course's own answer: `check(reference)` is correct."""

    @property
    def reference_code(self) -> Callable[..., Any]:
        """The function in the lesson's file that is the reference, or that returns it."""
        if self._reference is None:
            raise ExerciseError(f"{self.id} has no reference: write one under @....set_reference.")
        return self._reference

    @property
    @abstractmethod
    def stub(self) -> str:
        """The source of the cell that a learner fills in."""

    @property
    def solution(self) -> str:
        """The source of that cell with the reference in it."""
        return self.solution_source(self.stub)

    @abstractmethod
    def solution_source(self, stub_cell_source: str) -> str:
        """Put the reference into the stub's place in a cell's source; everything else in the cell stays as it is.

        ExerciseError where the cell does not hold this exercise's stub.
        """

    @abstractmethod
    def check(self, candidate: Any) -> Outcome:
        """Judge an answer, whatever it is or does. Nothing is displayed and no attempt is counted."""

    def _outcome(self, status: Status, message: str, misconception: str | None = None, printed: str = "") -> Outcome:
        return Outcome(self.id, self.title, status, message, misconception, printed)

    def _incorrect(self, finding: Finding, printed: str = "", more: str = "") -> Outcome:
        """Say what was seen, then the sentence that helps."""
        helps = f'`hint("{self.id}")` gives a hint.'
        if finding.misconception is not None:
            helps = self.misconceptions[finding.misconception]
        message = "\n".join(part for part in (finding.message, helps, more) if part)
        return self._outcome("incorrect", message, finding.misconception, printed)

    def _correct(self, printed: str = "") -> Outcome:
        return self._outcome("correct", self.takeaway, printed=printed)

    def _reference_source(self) -> str:
        return source.definition_source(self.reference_code)
