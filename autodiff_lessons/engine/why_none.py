"""Why a tape answers None: the causes, told apart by what the tape has seen.

None is not 0. Zero says that the target does not move with the source; None says that the tape knows of no way from the
one to the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autodiff_lessons.engine.tensor import UNRECORDED, Tensor
from autodiff_lessons.engine.variable import MADE_FROM, Variable

if TYPE_CHECKING:
    from autodiff_lessons.engine.tape_record import Record

CONNECTED = "They are connected: the tape recorded a way from the source to the target, so the gradient is not None."


def why_none(record: Record, target: Any, source: Any) -> str:
    """One sentence on the way from `source` to `target` in what a tape has recorded."""
    if not isinstance(source, Tensor | Variable):
        return (
            f"The source {source!r} is a plain {type(source).__name__}: a tape follows tensors and variables only; "
            "make it a Variable, or a tensor that the tape watches, and compute with that."
        )
    if not isinstance(target, Tensor | Variable):
        return (
            f"The target is a plain {type(target).__name__}: a NumPy function or float() made it, and the tape records "
            "operations on tensors only; use the tensor functions instead."
        )
    end = target.handle if isinstance(target, Variable) else target
    start = source.handle if isinstance(source, Variable) else source
    if start.dtype.kind != "f":
        return (
            f"The source holds integers ({start.dtype}): an integer can't be moved by a small amount, so it has no "
            "gradient; write it with a decimal point."
        )
    if id(start) not in record.followed:
        return _why_not_watched(record, source, start, end)
    reached, cut_off = _reach(record, start)
    if id(end) in reached:
        return CONNECTED
    if id(end) in cut_off:
        return f"The way from the source to the target is cut: {cut_off[id(end)]}."
    if _was_made_outside(record, end):
        return (
            "The target was computed outside of the tape's block, so the tape has not recorded how: move its "
            "computation into the block, indented below `with`."
        )
    if any(key in record.taken_out for key in reached):
        return (
            "NumPy detour: while the tape was recording, the value of the source (or of something computed from it) "
            "was taken out as plain numbers, by a NumPy function, numpy() or float(), and what is computed from plain "
            "numbers is a constant for the tape; use the tensor functions instead."
        )
    return (
        "The target does not depend on the source: no operation that the tape recorded leads from the one to the other."
    )


def _why_not_watched(record: Record, source: Any, start: Tensor, end: Tensor) -> str:
    if isinstance(source, Variable):
        if id(source) not in record.read:
            if _was_made_outside(record, end):
                return (
                    "The variable was not read while the tape was recording: the target was computed outside of the "
                    "tape's block; move its computation into the block, indented below `with`."
                )
            return (
                "The variable was not read while the tape was recording, so the target does not depend on it; if it "
                "should, check which variable the computation uses."
            )
        if not source.trainable:
            return (
                "The variable was made with trainable=False, so the tape does not watch it of itself: call "
                "tape.watch(variable) at the start of the block."
            )
        return (
            "The tape was made with watch_accessed_variables=False, so it watches nothing of itself: call "
            "tape.watch(variable) at the start of the block."
        )
    if MADE_FROM.get(id(start)) is start:
        return (
            "The source is a variable no more: an assignment such as x = x + 1 has rebound the name to a new tensor, "
            "which the tape does not watch; change a variable with x.assign_add(1)."
        )
    return (
        "The source is a constant tensor that the tape never watched: call tape.watch(x) at the start of the block, or "
        "make it a Variable. (If it was a variable once, an assignment such as x = x + 1 has rebound its name.)"
    )


def _reach(record: Record, start: Tensor) -> tuple[set[int], dict[int, str]]:
    """The ids of what depends on `start`: with a connection, and without one and why."""
    reached, cut_off = {id(start)}, dict[int, str]()
    for step in record.steps:
        inputs = [id(one) for one in step.inputs if type(one) is Tensor]
        connected = any(key in reached for key in inputs)
        lost = next((cut_off[key] for key in inputs if key in cut_off), None)
        if connected and step.lost is None:
            reached.add(id(step.result))
        elif connected or lost is not None:
            cut_off[id(step.result)] = lost or step.lost or ""
    return reached, cut_off


def _was_made_outside(record: Record, end: Tensor) -> bool:
    """Whether an operation made `end`, but not while the tape was recording."""
    recorded = id(end) in record.followed or id(end) in record.lost or record.seen.get(id(end)) is end
    return not recorded and (end._made == UNRECORDED or end.op is not None)
