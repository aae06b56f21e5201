"""A gradient tape: write every operation down while the tape runs, then read the list backwards.

In a graph the order has to be found (reverse.py). A tape needs no search: operations were written down in the order in
which they happened, so each step stands after the steps that made its inputs. The last written is read first, its
cotangent is complete by then, and the rules are the table's, as in every other mode. (Wengert, "A simple automatic
derivative evaluation program", 1964; the semantics here are those of TensorFlow's tf.GradientTape.)

What is written down is what depends on a *watched* tensor. A Variable that is read while the tape runs is watched of
itself; a constant has to be watched with `tape.watch(x)`.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.modes import start_tape, stop_tape
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.tape_record import Record, Step, Sweep, as_tensor, handle, why_lost
from autodiff_lessons.engine.tensor import LATEST_CHANGE, Tensor, leaf
from autodiff_lessons.engine.variable import Variable
from autodiff_lessons.errors import GradientTypeError, GraphError, ShapeError

__all__ = ["GradientTape", "UnconnectedGradients", "Variable"]

LOG = logging.getLogger(__name__)


class UnconnectedGradients(enum.Enum):
    """What a tape answers for a source that the target does not depend on: None, or zeros of the source's shape."""

    NONE = "none"
    ZERO = "zero"

    @classmethod
    def _missing_(cls, value: object) -> UnconnectedGradients:
        raise ValueError(f'unconnected_gradients is "none" or "zero", not {value!r}.')


class WatchError(GradientTypeError, ValueError):
    """Something that is no tensor was given to `watch`."""


class TapeStateError(GraphError, ValueError):
    """A tape was asked for something that it can't do just now: start while it runs, be reset while it doesn't."""


class GradientTape:
    """Record operations for differentiation, inside a `with` block.

    >>> x = Variable(3.0)
    >>> with GradientTape() as tape:
    ...     y = x * x
    >>> tape.gradient(y, x)
    Tensor(6.0)

    persistent                 answer any number of gradients; else the record is released after the first
    watch_accessed_variables   watch a trainable variable as soon as it is read; else only what `watch` was told

    Tapes may be nested: a gradient that is computed while an outer tape runs is itself recorded there, which gives
    second derivatives.
    """

    follows_everything = False  # a tape of a graph function writes down every operation, watched or not
    gradient_sweep: type[Sweep] = Sweep
    jacobian_sweep: type[Sweep] = Sweep

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent, self._watch_accessed_variables = persistent, watch_accessed_variables
        self._record: Record | None = None
        self._released: Record | None = None  # the record of the last gradient, where some of it was None
        self._answered: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = []
        self._variables: tuple[Variable, ...] = ()
        self._running = False

    # Running

    def __enter__(self) -> GradientTape:
        self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._running:
            self._stop()

    def _start(self) -> None:
        if self._running:
            raise TapeStateError(
                "This tape is recording already: a `with tape:` inside its own block would record twice."
            )
        if self._record is None:
            self._record, self._released = Record(), None
        self._running = True
        start_tape(self)

    def _stop(self) -> None:
        self._running = False
        stop_tape(self)

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Do not record the operations of this block, inside the tape's own."""
        if not self._running:
            raise GraphError("stop_recording() is for use inside the tape's own `with` block; it isn't recording now.")
        self._stop()
        try:
            yield
        finally:
            self._start()

    def reset(self) -> None:
        """Forget everything recorded and watched so far, and go on recording."""
        if not self._running:
            raise TapeStateError("reset() is for use inside the tape's own `with` block; it isn't recording now.")
        self._record = Record()

    def watch(self, tensor: Any) -> None:
        """Follow `tensor` (a tensor, a variable, or a nested structure of them) from here on."""
        if self._record is None:
            raise GraphError("watch() is for use inside the tape's `with` block; this tape isn't recording yet.")
        for one in trees.flatten(tensor)[0]:
            if not isinstance(one, Tensor | Variable):
                raise WatchError(
                    f"watch() was given {one!r}, of type {type(one).__name__}: only tensors and variables can be "
                    "watched. Make it one first, and compute with that."
                )
            if isinstance(one, Variable):
                self._record.read.setdefault(id(one), one)
            self._follow(self._record, handle(one))

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that this tape has watched, in the order in which they were made."""
        if self._record is not None:
            watched = self._record.watched
            found = (one for one in self._record.read.values() if id(one.handle) in watched)
            self._variables = tuple(sorted(found, key=lambda one: one.number))
        return self._variables

    # What the engine tells a running tape

    def see_read(self, variable: Variable) -> None:
        """A variable is about to be read."""
        assert self._record is not None
        self._record.read.setdefault(id(variable), variable)
        if variable.trainable and self._watch_accessed_variables:
            self._follow(self._record, variable.handle)

    def see(self, op: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any] | None, result: Tensor) -> None:
        """An operation was computed: write it down where it depends on something watched."""
        record = self._record
        assert record is not None
        followed, reason = self.follows_everything, None
        if followed:
            record.followed.update(id(one) for one in inputs if type(one) is Tensor and one.dtype.kind == "f")
        for one in inputs:
            if type(one) is Tensor:
                followed = followed or id(one) in record.followed
                reason = reason or record.lost.get(id(one))
        if not followed and reason is None:
            record.seen[id(result)] = result
            return
        if followed:
            reason = why_lost(op, result)
        record.steps.append(Step(op, inputs, parameters or {}, result, LATEST_CHANGE.time, reason))
        if reason is None:
            record.followed.add(id(result))
        else:
            record.lost[id(result)] = reason

    def see_taken_out(self, tensor: Tensor) -> None:
        """The value of a tensor was taken out as plain numbers."""
        if self._record is not None and id(tensor) in self._record.followed:
            self._record.taken_out[id(tensor)] = tensor

    @staticmethod
    def _follow(record: Record, tensor: Tensor) -> None:
        record.watched[id(tensor)] = tensor
        if tensor.dtype.kind == "f":
            record.followed.add(id(tensor))
        else:
            LOG.warning("The watched tensor is of type %s: only floating-point tensors have gradients.", tensor.dtype)

    # Gradients

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:
        """d target / d source for every tensor or variable in the structure `sources`, in that structure.

        A target that is not a single number counts as the sum of its elements; of several targets the sum is
        differentiated. `output_gradients` (one for each target, None for ones) are the seeds: what the targets'
        elements are weighted with. A source without a connection to the target gets None, or zeros where
        `unconnected_gradients` is "zero"; `explain(target, source)` says why.
        """
        record = self._record_to_read()
        empty = UnconnectedGradients(unconnected_gradients)
        targets = _targets(target)
        given, rebuild = trees.flatten(sources)
        wanted = [_source(one) for one in given]
        seeds = _seeds(output_gradients, target, len(targets))
        found = self.gradient_sweep(record, wanted).run(targets, seeds)
        self._release(targets, wanted, connected=all(one is not None for one in found))
        return rebuild([_answer(one, source, empty) for one, source in zip(found, wanted, strict=True)])

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """d target[i] / d source[j] for every element, of shape (*target's shape, *source's shape).

        One sweep an element of the target. The last two arguments are TensorFlow's, and change nothing here.
        """
        record = self._record_to_read()
        empty = UnconnectedGradients(unconnected_gradients)
        whole = _only_target(target)
        given, rebuild = trees.flatten(sources)
        wanted = [_source(one) for one in given]
        sweep = self.jacobian_sweep(record, wanted)
        units = np.eye(whole.size, dtype=whole.dtype).reshape(-1, *whole.shape)
        rows = [sweep.run([whole], [unit]) for unit in units]
        found = [
            _stacked(parts, whole.shape + one.shape) for parts, one in zip(_columns(rows, wanted), wanted, strict=True)
        ]
        self._release([whole], wanted, connected=all(one is not None for one in found))
        shapes = [leaf(np.zeros(whole.shape + one.shape, one.dtype)) for one in wanted]
        return rebuild([_answer(one, zeros, empty) for one, zeros in zip(found, shapes, strict=True)])

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The Jacobian of each example of a batch: d target[b, i] / d source[b, j], of shape (b, *i, *j).

        It takes for granted that target[b] depends on source[b] alone, and so needs one sweep an element of one example
        instead of one an element of the batch. Unconnected gives zeros, as in TensorFlow.
        """
        record = self._record_to_read()
        UnconnectedGradients(unconnected_gradients)
        whole, wanted = _only_target(target), _source(source)
        if not (whole.ndim >= 2 and wanted.ndim >= 2 and whole.shape[0] == wanted.shape[0]):
            raise ShapeError(
                "batch_jacobian needs a target and a source of two axes or more with the same first one, the batch; "
                f"here they have the shapes {whole.shape} and {wanted.shape}. For a single example, use jacobian."
            )
        sweep = self.jacobian_sweep(record, [wanted])
        units = np.eye(whole[0].size, dtype=whole.dtype).reshape(-1, 1, *whole.shape[1:])
        rows = [sweep.run([whole], [np.broadcast_to(unit, whole.shape)])[0] for unit in units]
        self._release([whole], [wanted], connected=all(one is not None for one in rows))
        shape = whole.shape + wanted.shape[1:]
        if not rows or rows[0] is None:
            return leaf(np.zeros(shape, wanted.dtype))
        return as_tensor(np.reshape(np.stack(rows, axis=1), shape))

    def explain(self, target: Any, source: Any) -> str:
        """Say in one sentence why `gradient(target, source)` is None, or that the two are connected."""
        from autodiff_lessons.engine.why_none import why_none  # noqa: PLC0415  (most tapes never need it)

        record = self._record or self._released
        if record is not None:
            return why_none(record, target, source)
        pair = tuple(handle(one) if isinstance(one, Tensor | Variable) else one for one in (target, source))
        if any((one(), another()) == pair for one, another in self._answered):
            return "They are connected: the gradient of this target with respect to this source is not None."
        raise GraphError(
            "This tape has nothing left to look at: it was released after its gradient, or never ran. "
            "Make it with GradientTape(persistent=True) to ask more of it."
        )

    def _record_to_read(self) -> Record:
        """The record, for a gradient; a tape that answers once stops recording."""
        if self._record is None:
            raise GraphError(
                "This tape has no record to differentiate: a tape that is not persistent answers one gradient (or "
                "Jacobian) and is released, and one that never ran has recorded nothing. Ask for all gradients in one "
                "call, gradient(y, [a, b]); or use GradientTape(persistent=True); or run its `with` block again."
            )
        if self._running and not self._persistent:
            self._stop()
        return self._record

    def _release(self, targets: list[Tensor], sources: list[Tensor], connected: bool) -> None:
        if self._persistent:
            return
        self.watched_variables()
        self._released = None if connected else self._record  # kept for `explain` only
        self._answered = [(weakref.ref(one), weakref.ref(another)) for one in targets for another in sources]
        self._record = None


def _seeds(output_gradients: Any, target: Any, count: int) -> list[Any]:
    """One seed for each of the `count` tensors in the structure `target`."""
    if output_gradients is None:
        return [None] * count
    if isinstance(output_gradients, list | tuple) and len(output_gradients) == count:
        return list(output_gradients)
    if count == 1:
        return [output_gradients]
    return trees.flatten_like(output_gradients, target, "output_gradients", "targets")


def _targets(target: Any) -> list[Tensor]:
    if target is None:
        raise GradientTypeError("The target is None: give the tensor that was computed while the tape was running.")
    found = []
    for one in trees.flatten(target)[0]:
        if not isinstance(one, Tensor | Variable):
            raise GradientTypeError(
                f"A target is {one!r}, of type {type(one).__name__}, and not a tensor: no operation of the tape made "
                "it. Keep NumPy's own functions and float() out of what is to be differentiated."
            )
        found.append(handle(one))
    return found


def _only_target(target: Any) -> Tensor:
    targets = _targets(target)
    if len(targets) != 1 or isinstance(target, dict | list | tuple):
        raise GradientTypeError("A Jacobian is of one tensor; stack several targets into one, or ask for each in turn.")
    return targets[0]


def _source(one: Any) -> Tensor:
    if not isinstance(one, Tensor | Variable):
        raise GradientTypeError(
            f"A source is {one!r}, of type {type(one).__name__}: a gradient is with respect to a tensor or a variable. "
            "Make it one before the tape runs, and compute with that."
        )
    return handle(one)


def _answer(found: Any, source: Tensor, empty: UnconnectedGradients) -> Any:
    if found is None and empty is UnconnectedGradients.ZERO:
        return leaf(np.zeros_like(source._data)[()])
    return found


def _columns(rows: list[list[Any]], sources: list[Tensor]) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(len(sources))]


def _stacked(parts: list[Any], shape: tuple[int, ...]) -> Any:
    if not parts or parts[0] is None:
        return None
    return as_tensor(np.reshape(np.stack(parts), shape))
