"""TapeStory: a gradient tape, line by line as it was written, and then as it is read backwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf.tape import engine_side
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.tape import GradientTape
from autodiff_lessons.engine.tape_record import Record, Step, Sweep, handle
from autodiff_lessons.engine.tensor import Tensor, plain
from autodiff_lessons.engine.variable import READ
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.graph_story import GraphStory
from autodiff_lessons.widgets.number_text import number_text

LEGEND = (
    "The arrows show the order in which the lines were written. Each line names what it used: v1 is line 1. After ← "
    "stands what has arrived on the way back. Reading a variable is not shown as a line of its own."
)


class TapeStory(GraphStory):
    """Watch a tape fill and be read: `TapeStory(tape, z, x=x, y=y)`.

    tape     a GradientTape, this engine's or the TensorFlow dialect's, that still has its record: one that is
             persistent, or that nobody has asked yet
    target   the tensor that is differentiated, recorded by this tape
    **names  the variables and watched tensors to differentiate by, with the names that they get

    The lines are the tape's own record, and the numbers on the way back are those of its own sweep: what arrives at a
    line is the derivative of the target by that line's result. The tape is left as it was.
    """

    def __init__(self, tape: GradientTape, target: Any, /, **names: Any) -> None:
        record = tape._record
        if record is None:
            raise WidgetError(
                "This tape has no record (any more): it answered already, or never ran. Use persistent=True."
            )
        sources = {name: handle(engine_side(one)) for name, one in names.items()}
        end = handle(engine_side(target))
        lines = [step for step in record.steps if step.op is not READ]
        if not names or not any(step.result is end for step in lines):
            raise WidgetError("TapeStory needs a target that this tape has recorded, and a name for each source.")
        super().__init__("A tape, written and read")
        self.legend = [LEGEND]
        self._names = {id(one): name for name, one in sources.items()}
        reads = {id(step.result): step.inputs[0] for step in record.steps if step.op is READ}
        for key, variable in reads.items():
            self._names[key] = self._names.get(id(variable), variable.name or "a variable")
        self._names |= {id(step.result): f"v{number}" for number, step in enumerate(lines, start=1)}
        self._boxes_of: dict[int, int] = {}
        for name, one in sources.items():
            self._add(one, f"{name} = {number_text(one._data)}", "input")
        for step in lines:
            self._add(step.result, self._written(step), "output" if step.result is end else "operation")
        for key, variable in reads.items():
            if id(variable) in self._boxes_of:
                self._boxes_of[key] = self._boxes_of[id(variable)]
        self._tell_writing(list(sources.values()), lines, record)
        self._tell_reading(end, list(sources.values()), lines, record)

    def _add(self, one: Tensor, text: str, kind: str) -> None:
        """A box below the last one."""
        last = len(self._boxes) - 1
        self._boxes_of[id(one)] = self.node(text, uses=[last] if last >= 0 else [], kind=kind)

    def _written(self, step: Step) -> str:
        """Such as "v3 = v1 + v2 = 10.6931"."""
        inputs = [self._name(one) for one in step.inputs]
        infix = len(inputs) == 2 and step.op.symbol != step.op.name
        right = f" {step.op.symbol} ".join(inputs) if infix else f"{step.op.name}({', '.join(inputs)})"
        return f"{self._name(step.result)} = {right} = {number_text(step.result._data)}"

    def _name(self, one: Any) -> str:
        return self._names.get(id(one)) or number_text(plain(one))

    def _tell_writing(self, sources: list[Tensor], lines: list[Step], record: Record) -> None:
        watched = " and ".join(self._name(one) for one in sources if id(one) in record.watched)
        shown = [self._boxes_of[id(one)] for one in sources]
        self.tell(f"The tape is empty. It watches {watched or 'none of the sources'}.", shows=shown)
        for number, step in enumerate(lines, start=1):
            box = self._boxes_of[id(step.result)]
            self.tell(f"Line {number} is written down: {self._boxes[box].label}.", active=[box])

    def _tell_reading(self, end: Tensor, sources: list[Tensor], lines: list[Step], record: Record) -> None:
        sweep = _Noted(record, sources)
        with ieee():
            sweep.run([end], [None])
        arrived = {self._boxes_of[id(end)]: np.ones(end.shape)[()]}
        say = f"Now it is read from the end. The target is {self._name(end)}: its derivative by itself is 1."
        self.tell(say, backward=arrived, texts=self._arrived(arrived, arrived))
        for step in reversed(lines):
            box = self._boxes_of[id(step.result)]
            if id(step.result) not in sweep.sent:
                self.tell(
                    f"{self._name(step.result)} has nothing to send: it is not on a way from a source to the target."
                )
                continue
            parts = []
            changed = []
            for one, amount in sweep.sent[id(step.result)]:
                parts.append(f"{number_text(amount)} to {self._name(one)}")
                place = self._boxes_of.get(id(one))
                if place is not None:
                    arrived[place] = arrived.get(place, 0.0) + amount
                    changed.append(place)
            say = f"{self._name(step.result)} has {number_text(arrived[box])} and sends {' and '.join(parts)}."
            self.tell(say, backward=[box], texts=self._arrived(arrived, changed))
        places = {self._name(one): self._boxes_of[id(one)] for one in sources}
        found = [
            f"by {name} it is {number_text(arrived[at]) if at in arrived else None}" for name, at in places.items()
        ]
        self.tell(f"The derivative of {self._name(end)} is ready: {', '.join(found)}.", done=places.values())

    def _arrived(self, arrived: Mapping[int, Any], which: Iterable[int]) -> dict[int, str]:
        return {box: f"{self._boxes[box].label}  ←  {number_text(arrived[box])}" for box in which}


class _Noted(Sweep):
    """A sweep that notes what each line sent to which of its inputs, by the id of the line's result."""

    def __init__(self, record: Record, sources: list[Tensor]) -> None:
        super().__init__(record, sources)
        self.sent: dict[int, list[tuple[Tensor, Any]]] = {}

    def send_back(self, step: Step, cotangent: Any, cotangents: dict[int, Any], recorded: bool) -> None:
        own: dict[int, Any] = {}
        super().send_back(step, cotangent, own, recorded)
        inputs = {id(one): one for one in step.inputs}
        self.sent[id(step.result)] = [(inputs[key], plain(amount)) for key, amount in own.items()]
        for key, amount in own.items():
            cotangents[key] = cotangents[key] + amount if key in cotangents else amount
