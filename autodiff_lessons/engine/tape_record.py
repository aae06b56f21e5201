"""What a gradient tape writes down, and the sweep that reads it backwards."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.reverse import infinite_derivatives_raise, infinite_message, written_call
from autodiff_lessons.engine.tensor import LATEST_CHANGE, Tensor, as_value, leaf, plain, plain_number
from autodiff_lessons.engine.variable import Variable
from autodiff_lessons.errors import DomainError, GraphError, NotFiniteError, ShapeError


@dataclass(slots=True, eq=False)
class Step:
    """One line of the tape: an operation that depends on something watched.

    `lost` says why no cotangent can pass it (its result is an integer, its operation has no derivative); such a step is
    kept only so that `explain` can name it.
    """

    op: Primitive
    inputs: tuple[Any, ...]
    parameters: dict[str, Any]
    result: Tensor
    made: int  # how many changes in place there had been by then
    lost: str | None


class Record:
    """What a tape has written down since it was made or reset; everything in here goes when the tape is released."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        # Tensors by their id; that they are kept here is what keeps the ids theirs.
        self.watched: dict[int, Tensor] = {}
        self.taken_out: dict[int, Tensor] = {}
        self.followed: set[int] = set()  # what a cotangent can flow through: watched, or computed from it
        self.lost: dict[int, str] = {}  # computed from it too, but cut off, and why
        self.seen: weakref.WeakValueDictionary[int, Tensor] = weakref.WeakValueDictionary()  # computed from others
        self.read: dict[int, Variable] = {}  # the variables that were read or watched


class Sweep:
    """Reads a record backwards, for the cotangents of `sources`; any number of times."""

    def __init__(self, record: Record, sources: list[Tensor]) -> None:
        self.sources = sources
        # Only what depends on a source needs a cotangent; a source that is not watched counts as a constant.
        self.needed = {id(one) for one in sources} & record.followed
        self.steps = []
        for step in record.steps:
            if step.lost is None and any(type(one) is Tensor and id(one) in self.needed for one in step.inputs):
                self.needed.add(id(step.result))
                self.steps.append(step)

    def run(self, targets: list[Tensor], seeds: list[Any], stops: frozenset[int] = frozenset()) -> list[Any]:
        """The cotangents of the sources; None for one that no target depends on. Recorded, where a tape is running.

        `stops` are ids of tensors that count as constants: nothing is sent on from them.
        """
        recorded = bool(MODES.tapes)
        cotangents: dict[int, Any] = {}
        kept = {id(one) for one in self.sources}
        for target, seed in zip(targets, seeds, strict=True):
            if id(target) in self.needed or (id(target) in kept and target.dtype.kind == "f"):
                _add(cotangents, target, _seed(target, seed, recorded))
        with infinite_derivatives_raise():
            for step in reversed(self.steps):
                key = id(step.result)
                cotangent = cotangents.get(key) if key in kept else cotangents.pop(key, None)
                if cotangent is not None and key not in stops:
                    self.send_back(step, cotangent, cotangents, recorded)
        return [None if id(one) not in cotangents else self.finish(cotangents[id(one)]) for one in self.sources]

    def finish(self, cotangent: Any) -> Any:
        """The complete cotangent of a source, as it is handed out."""
        return as_tensor(cotangent)

    def send_back(self, step: Step, cotangent: Any, cotangents: dict[int, Any], recorded: bool) -> None:
        """Add what this step contributes to the cotangents of its inputs."""
        out = step.result if recorded else step.result._data
        values = step.inputs if recorded else [plain(one) for one in step.inputs]
        wanted = [place for place, one in enumerate(step.inputs) if type(one) is Tensor and id(one) in self.needed]
        if LATEST_CHANGE.time != step.made:
            _refuse_changed_values(step, wanted)
        for place in wanted:
            try:
                sent = step.op.pull(place, cotangent, out, values, step.parameters)
            except FloatingPointError:
                raise DomainError(infinite_message(step.op, step.inputs)) from None
            if sent is None:
                continue
            if MODES.trace_nan and not np.all(np.isfinite(plain_number(sent))):
                raise NotFiniteError(
                    f"The tape met its first cotangent that is not finite at {written_call(step.op, step.inputs)}: "
                    f"its input number {place + 1} would receive {plain_number(sent)}."
                )
            _add(cotangents, step.inputs[place], sent)


def handle(one: Tensor | Variable) -> Tensor:
    """The tensor that stands for a tensor or a variable on a tape."""
    return one.handle if isinstance(one, Variable) else one


def _add(cotangents: dict[int, Any], one: Tensor, sent: Any) -> None:
    """cotangent += sent, in the number type of `one`."""
    if hasattr(sent, "dtype") and sent.dtype != one.dtype:
        sent = sent.astype(one.dtype)
    key = id(one)
    cotangents[key] = cotangents[key] + sent if key in cotangents else sent


def _seed(target: Tensor, seed: Any, recorded: bool) -> Any:
    if seed is None:
        seed = np.ones_like(target._data)[()]
    if isinstance(seed, Variable):
        seed = seed.value()
    if np.shape(seed) != target.shape:
        try:
            seed = np.broadcast_to(seed if type(seed) is Tensor else as_value(seed), target.shape)
        except ValueError:
            raise ShapeError(
                f"An output gradient of shape {np.shape(seed)} was given for a target of shape {target.shape}: "
                "it needs one number for each element of the target."
            ) from None
    if type(seed) is Tensor:
        return seed.astype(target.dtype) if recorded else plain(seed).astype(target.dtype)
    value = as_value(seed).astype(target.dtype)
    return leaf(value) if recorded else value


def as_tensor(value: Any) -> Tensor:
    return value if type(value) is Tensor else leaf(value)


def why_lost(op: Primitive, result: Tensor) -> str | None:
    """Why no cotangent can pass an operation on followed tensors, in words that end a sentence; None where it can."""
    if result.dtype.kind != "f":
        return f"{op.name} gives numbers of type {result.dtype}, which have no gradient"
    if op.registered is None and all(rule is None for rule in (op.partials, op.weight, op.transposes, op.vjp)):
        return f"{op.name} lets no gradient through"
    return None


def _refuse_changed_values(step: Step, wanted: list[int]) -> None:
    for place in step.op.reads(wanted, len(step.inputs)):
        one = step.result if place < 0 else step.inputs[place]
        if type(one) is Tensor and one._changed > step.made:
            raise GraphError(
                f"The rule of {step.op.name} needs the value that {one.name or 'a tensor'} had when the tape recorded "
                "it, but it was changed in place since. Compute with a copy: t = t + 0; or use a Variable and assign()."
            )
