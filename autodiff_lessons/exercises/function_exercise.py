"""Exercises whose answer is code: a function (or a class), run at several probes and compared with the reference."""

from __future__ import annotations

import copy
import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.exercises import source
from autodiff_lessons.exercises.base import Exercise, Finding, WrongAnswer
from autodiff_lessons.exercises.blame import (
    code_of,
    is_unfinished,
    stopped_alike,
    why_it_cannot_be_called,
    why_it_stopped,
)
from autodiff_lessons.exercises.comparing import (
    LISTED_ITEMS,
    ROUNDING,
    Difference,
    difference,
    is_open,
    kind_of,
    listed,
    same,
    short,
)
from autodiff_lessons.exercises.formula_trees import Node
from autodiff_lessons.exercises.guards import Printed, guarded
from autodiff_lessons.exercises.outcome import Outcome

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_COPIED = (list, tuple, dict, set, np.ndarray)


@dataclass(frozen=True)
class Observation:
    """What code did at one probe.

    shown    the result in a few characters
    open     a `...` was left in it, or in what it was computed from
    changed  the name of an argument that was altered in place
    """

    value: Any = None
    shown: str = ""
    difference: Difference | None = None
    error: BaseException | None = None
    timed_out: bool = False
    open: bool = False
    changed: str | None = None
    printed: str = ""

    @property
    def right(self) -> bool:
        return not (self.difference or self.error or self.timed_out or self.changed)


class FunctionExercise(Exercise):
    """The learner writes a function; it is called at each probe.

    probes     tuples of arguments, the simplest first; each named wrong answer gives another result at one of them
    use        what is done with the learner's code at a probe, use(code, *probe), where that is more than calling it
    written    how a probe is written in a message, written(*probe), where that is not a call
    compared   what is compared of a result, compared(result, *probe), where that is not the result itself
    of_class   the learner writes a class
    """

    decorates = True

    def __init__(
        self,
        *about: str,
        probes: Sequence[tuple[Any, ...]],
        use: Callable[..., Any] | None = None,
        written: Callable[..., str] | None = None,
        compared: Callable[..., Any] | None = None,
        of_class: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(*about, **more)
        self.probes = tuple(probes)
        self.use = use
        self.written = written
        self.compared = compared
        self.wanted = "class" if of_class else "function"
        self._truths: list[Any] = []
        self._seen: dict[int, list[Observation]] = {}  # of each wrong answer, by its place

    @property
    def reference(self) -> Callable[..., Any]:
        return self.reference_code

    @property
    def stub(self) -> str:
        return self._stub or source.definition_stub(self.id, self._reference_source())

    def solution_source(self, stub_cell_source: str) -> str:
        return source.with_body(stub_cell_source, self.id, self._reference_source())

    def check(self, candidate: Any) -> Outcome:
        if not callable(candidate) or isinstance(candidate, type) != (self.wanted == "class"):
            given = kind_of(candidate)
            return self._incorrect(Finding(f"{self.id} is about a {self.wanted} that you write; this is {given}."))
        if self._is_untouched(candidate):
            return self._open("write your own code in place of the `...`")
        if self.use is None:
            refused = why_it_cannot_be_called(candidate, len(self.probes[0]), self._call(candidate, self.probes[0]))
            if refused:
                return self._incorrect(Finding(refused))
        observations = self._observe_all(candidate)
        printed = _joined(seen.printed for seen in observations)
        if any(seen.open for seen in observations):
            return self._open("replace the `...` that is still there", printed)
        if all(seen.right for seen in observations):
            return self._correct(printed)
        return self._incorrect(Finding(self._told(candidate, observations), self._recognised(observations)), printed)

    def _open(self, what: str, printed: str = "") -> Outcome:
        return self._outcome("not attempted", f"Not attempted yet: {what}, then run this cell.", printed=printed)

    def _is_untouched(self, candidate: Any) -> bool:
        """Whether there is nothing but stubs in it; a class may come with its `__init__` written."""
        if isinstance(candidate, type):
            written = {name: getattr(one, "__func__", one) for name, one in vars(candidate).items()}  # static ones too
            methods = {name: code_of(method) for name, method in written.items() if inspect.isfunction(method)}
            asked = [code for name, code in methods.items() if name != "__init__"] or list(methods.values())
            if not asked:
                return candidate.__bases__ == (object,)  # one that inherits all it needs is no stub
            return all(code is not None and source.is_stub(code) for code in asked)
        code = code_of(candidate)
        return code is not None and source.is_stub(code)

    # Running code at the probes

    def _observe_all(self, code: Any) -> list[Observation]:
        """Run the code at the probes in order, up to one that does not end in time."""
        observations: list[Observation] = []
        deadline = time.monotonic() + self.seconds
        for place in range(len(self.probes)):
            observations.append(self._observe(code, place, deadline - time.monotonic()))
            if observations[-1].timed_out:
                break
        return observations

    def _observe(self, code: Any, place: int, seconds: float) -> Observation:
        truth = self._truth(place)
        arguments = copy.deepcopy(self.probes[place])

        def work() -> Observation:
            value = listed(self._used(code, arguments))
            if inspect.iscoroutine(value):
                value.close()  # nobody will wait for it
            unlike = difference(value, truth)
            return Observation(_snapshot(value), short(value), unlike, open=is_open(value))

        run = guarded(work, max(seconds, 0.01))
        printed = run.printed.text()
        if run.timed_out:
            return Observation(timed_out=True, printed=printed)
        changed = self._changed(code, arguments, self.probes[place])
        if run.error is not None:
            return Observation(error=run.error, open=is_unfinished(run.error), changed=changed, printed=printed)
        seen: Observation = run.value
        return Observation(seen.value, seen.shown, seen.difference, open=seen.open, changed=changed, printed=printed)

    def _used(self, code: Any, arguments: tuple[Any, ...]) -> Any:
        value = code(*arguments) if self.use is None else self.use(code, *arguments)
        return value if self.compared is None else self.compared(value, *arguments)

    def _truth(self, place: int) -> Any:
        while len(self._truths) <= place:
            arguments = copy.deepcopy(self.probes[len(self._truths)])
            self._truths.append(self._used(self.reference, arguments))
        return self._truths[place]

    def _changed(self, code: Any, arguments: tuple[Any, ...], originals: tuple[Any, ...]) -> str | None:
        names = self._argument_names(code)
        for place, (now, before) in enumerate(zip(arguments, originals, strict=True)):
            if not _unchanged(now, before):
                return names[place] if place < len(names) else f"number {place + 1}"
        return None

    def _argument_names(self, code: Any) -> list[str]:
        """What the learner calls the arguments, where the check passes the probe on as it is."""
        try:
            names = list(inspect.signature(code if self.use is None else self.use).parameters)
        except (TypeError, ValueError):
            return []
        return names if self.use is None else names[1:]

    # Recognising a misconception: the same results at every probe

    def _recognised(self, observations: Sequence[Observation]) -> str | None:
        for misconception in self.misconceptions:
            variants = [wrong for wrong in self.wrong_answers if wrong.misconception == misconception]
            if any(self._is_wrong_as(wrong, observations) for wrong in variants):
                return misconception
            if self._is_wrong_by_item([wrong for wrong in variants if wrong.by_item], observations):
                return misconception
        failing = [place for place, seen in enumerate(observations) if not seen.right]
        explained = [self._recognised_at(place, observations[place]) for place in failing]
        return explained[0] if all(explained) else None

    def _is_wrong_as(self, wrong: WrongAnswer, observations: Sequence[Observation]) -> bool:
        if wrong.endless and not observations[-1].timed_out:
            return False
        return all(_alike(seen, self._seen_of(wrong, place)) for place, seen in enumerate(observations))

    def _is_wrong_by_item(self, variants: Sequence[WrongAnswer], observations: Sequence[Observation]) -> bool:
        if not variants or any(seen.difference and seen.difference.kind for seen in observations):
            return False
        if any(seen.error or seen.timed_out for seen in observations):
            return False
        results = [seen.value for seen in observations]
        explanations = [[self._truth(place) for place in range(len(results))]]
        explanations += [[self._seen_of(wrong, place).value for place in range(len(results))] for wrong in variants]

        def explained(item: int) -> bool:
            return any(
                all(same(result[item], told[item]) for result, told in zip(results, each, strict=True))
                for each in explanations
            )

        return all(explained(item) for item in range(len(self._truth(0))))

    def _recognised_at(self, place: int, seen: Observation) -> str | None:
        """The misconception that explains this one probe, among those that show themselves by probe."""
        for wrong in self.wrong_answers:
            if wrong.by_probe and seen.timed_out >= wrong.endless and _alike(seen, self._seen_of(wrong, place)):
                return wrong.misconception
        return None

    def _seen_of(self, wrong: WrongAnswer, place: int) -> Observation:
        """What a wrong answer does at a probe; run once, when it is first needed."""
        seen = self._seen.setdefault(self.wrong_answers.index(wrong), [])
        while len(seen) <= place:
            seen.append(self._observe(wrong.code, len(seen), self.seconds))
        return seen[place]

    # Telling

    def _told(self, candidate: Any, observations: Sequence[Observation]) -> str:
        """Describe the first probe that fails, and say which before it were right."""
        place = next(place for place, seen in enumerate(observations) if not seen.right)
        seen = observations[place]
        call = f"`{self._call(candidate, self.probes[place])}`"
        if seen.timed_out:
            unit = "second" if self.seconds == 1 else "seconds"
            told = f"{call} was still running after {self.seconds:g} {unit} and was stopped."
            return f"{told} Is there a loop without an end?"
        if seen.error is not None:
            return f"{call} {why_it_stopped(seen.error, candidate)}"
        if seen.difference is None:
            told = f"{call} gave the right result."
        elif seen.difference.kind:
            shown = f"`{seen.shown}`, " if seen.value is not None else ""
            told = f"{call} gave {shown}{seen.difference.kind}."
            told += " Is a `return` missing?" if seen.value is None else ""
        else:
            told = f"{call} gave `{seen.shown}`.{self._which_items(seen.value, self._truth(place))}"
            told += f" {seen.difference.more}" if seen.difference.more else ""
        if seen.changed:
            told += f" It changed its argument `{seen.changed}`, which belongs to the caller: work on a copy."
        if place > 0:
            told += f" (`{self._call(candidate, self.probes[0])}` was right.)"
        return told

    def _which_items(self, value: Any, truth: Any) -> str:
        if not isinstance(truth, list | tuple) or len(truth) > len(ORDINALS):
            return ""
        off = [item for item in range(len(truth)) if not same(value[item], truth[item])]
        return f" Its {ORDINALS[off[0]]} value is not right, the rest is." if len(off) == 1 < len(truth) else ""

    def _call(self, candidate: Any, probe: tuple[Any, ...]) -> str:
        if self.written is not None:
            return self.written(*probe)
        name = getattr(candidate, "__name__", "")
        if not name.isidentifier():
            name = self.reference.__name__
        values = [short(value) for value in probe]
        if self.use is None:
            return f"{name}({', '.join(values)})"
        names = self._argument_names(candidate)
        return f"{name} with {', '.join(f'{one} = {value}' for one, value in zip(names, values, strict=True))}"


def _joined(parts: Iterable[str]) -> str:
    """What was printed at all probes, bounded again; the same text at each is told once."""
    different = [part for part in dict.fromkeys(parts) if part]
    if len(different) == 1:  # it says itself how much more there was
        return different[0]
    printed = Printed()
    for part in different:
        printed.write(f"{part}\n")
    return printed.text()


def _alike(one: Observation, other: Observation) -> bool:
    if one.timed_out or other.timed_out:
        return one.timed_out and other.timed_out
    if one.error is not None or other.error is not None:
        return one.error is not None and other.error is not None and stopped_alike(one.error, other.error)
    return same(one.value, other.value)


def _snapshot(value: Any) -> Any:
    """A copy of a list or array, which the code may alter at the next probe."""
    try:
        return copy.deepcopy(value) if isinstance(value, _COPIED) and len(value) <= LISTED_ITEMS else value
    except Exception:  # an array without dimensions, or a list of what can't be copied
        return value


def _unchanged(now: Any, before: Any) -> bool:
    """Compare what can be altered in place; everything else counts as unchanged.

    An array that was put back by calculating, `x[0] -= h` after `x[0] += h`, is unchanged but for rounding.
    """
    if now is before:
        return True
    match before:
        case np.ndarray():
            same_make = isinstance(now, np.ndarray) and now.shape == before.shape and now.dtype == before.dtype
            if before.dtype.kind not in "fc":
                return same_make and np.array_equal(now, before)
            return same_make and np.allclose(now, before, rtol=ROUNDING, atol=ROUNDING, equal_nan=True)
        case Mapping():
            same_keys = isinstance(now, Mapping) and list(now) == list(before)
            return same_keys and all(_unchanged(now[key], before[key]) for key in before)
        case list() | tuple():
            return type(now) is type(before) and len(now) == len(before) and all(map(_unchanged, now, before))
        case set() | int() | float() | str() | Node():
            return type(now) is type(before) and now == before
    return True
