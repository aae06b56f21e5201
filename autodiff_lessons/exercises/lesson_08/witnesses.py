"""A function that notes which tapes followed it, so that a check can say why a gradient came out as None."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.dialects import tf
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.why_none import CONNECTED
from autodiff_lessons.errors import GraphError
from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import as_number, short
from autodiff_lessons.exercises.tensors import as_arrays

PLAIN = (int, float, list, tuple)


class Witnessed:
    """The function `f`; what it was last called with, and which tapes were running then and followed it.

    asked_while_recording  whether one of these was asked for a gradient while another one was recording
    """

    def __init__(self, f: Callable[[Any], Any], name: str = "f") -> None:
        self.f, self.name = f, name
        self.called_with: Any = None
        self.running: tuple[Any, ...] = ()
        self.following: list[Any] = []
        self.asked_while_recording = False

    def __call__(self, x: Any) -> Any:
        result = self.f(x)
        self.called_with, self.running = x, MODES.tapes
        self.following = [tape for tape in MODES.tapes if connects(tape, result, x)]
        for tape in self.following:
            tape.gradient = self._noted(tape, tape.gradient)
        return result

    def _noted(self, tape: Any, gradient: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*asked: Any, **more: Any) -> Any:
            self.asked_while_recording |= any(one in self.following for one in MODES.tapes if one is not tape)
            return gradient(*asked, **more)

        return noted

    def why_not_followed(self) -> str | None:
        """Why no tape followed this function; None where one did, or where it can't be told."""
        x = self.called_with
        if x is None:
            return f"`{self.name}` was not called."
        if isinstance(x, PLAIN) or (as_number(x) is not None and not hasattr(x, "numpy")):
            return f"`{self.name}` was called with a plain number, which no tape follows."
        if not isinstance(x, tf.Tensor | tf.Variable):
            return None
        if not self.running:
            return f"no tape was recording while `{self.name}` ran."
        if not x.dtype.is_floating:
            return f"`{self.name}` ran on whole numbers, which have no slope."
        kind = "tensor" if isinstance(x, tf.Tensor) else "variable"
        return None if self.following else f"`{self.name}` ran on a {kind} that no tape was watching."


def connects(tape: Any, target: Any, source: Any) -> bool:
    """Whether a tape has recorded a way from `source` to `target`; False for one that has let go of its record."""
    try:
        return bool(tape.explain(target, source) == CONNECTED)
    except GraphError:
        return False


def without_none(found: Any, why: Callable[[], str]) -> Any:
    """The results as arrays; where one of a pair is None, `why` says so in words."""
    if type(found) in (list, tuple) and len(found) == 2 and any(one is None for one in found):
        raise Unfit(f"`{short(as_arrays(found))}`: {why()}")
    return as_arrays(found)


ASKED_FOR_ANOTHER = "a tape followed the calculation, but was asked for something else, or another tape was asked."
