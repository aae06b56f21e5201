"""Sliders: what one may be moved over, said as briefly as `x=(-3, 3, 1.0)`, and the page's files that draw it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files
from numbers import Real
from typing import TypeAlias

from autodiff_lessons.errors import WidgetError

# The files that run a traced graph in the page; join them with the file that uses them: static(*GRAPH_RUNTIME, "x.js").
GRAPH_RUNTIME = ("graph_operations.js", "graph_runtime.js")
# Those with sliders, and with the texts that a program fills in.
PAGE_PROGRAM = ("sliders.js", "numbers.js", *GRAPH_RUNTIME, "page_program.js")

_HOW = "write {name}=1.0 (a number), {name}=(low, high), {name}=(low, high, start) or {name}=(low, high, start, step)"


@dataclass(frozen=True)
class Slider:
    """One number that a learner moves: from low to high in steps, from where it starts, under a label (else its name).

    The stops are low, low + step, low + 2*step, ... and high itself; the start need not be one of them.
    Raises WidgetError when the numbers don't make a slider.
    """

    low: float
    high: float
    start: float
    step: float
    label: str | None = None

    def __post_init__(self) -> None:
        for field in ("low", "high", "start", "step"):
            number = getattr(self, field)
            if not _is_number(number):
                raise WidgetError(f"{field} is {number!r}, but a slider's {field} must be a finite number.")
            object.__setattr__(self, field, float(number))
        if not self.low < self.high:
            raise WidgetError(f"low is {self.low:g} and high is {self.high:g}, but low must be below high.")
        if not self.low <= self.start <= self.high:
            raise WidgetError(f"start is {self.start:g}, which is not between low {self.low:g} and high {self.high:g}.")
        if not 0 < self.step <= self.high - self.low:
            raise WidgetError(
                f"step is {self.step:g}, but a step must be above 0 and at most high - low = {self.high - self.low:g}."
            )

    def to_json(self, name: str) -> dict[str, str | float]:
        """What the page needs to draw it: plain numbers and its label."""
        return {
            "name": name,
            "label": self.label or name,
            "low": self.low,
            "high": self.high,
            "start": self.start,
            "step": self.step,
        }


SliderSpec: TypeAlias = "Slider | Real | float | tuple[float, ...] | list[float]"


def as_slider(name: str, spec: SliderSpec) -> Slider:
    """The slider that a short description means.

    A number v gives 0 to 2v (-3 to 3 for 0), so that it never changes its sign; (low, high) starts in the middle;
    without a step there are 100 to 250 stops at round numbers. Raises WidgetError for anything else, with what to
    write instead.
    """
    if isinstance(spec, Slider):
        return spec
    try:
        if _is_number(spec):
            number = float(spec)  # type: ignore[arg-type]
            low, high = (min(0.0, 2 * number), max(0.0, 2 * number)) if number else (-3.0, 3.0)
            return Slider(low, high, number, _round_step(low, high))
        if not isinstance(spec, tuple | list) or not 2 <= len(spec) <= 4:
            raise WidgetError("this does not describe a slider.")
        low, high = spec[:2]
        step = spec[3] if len(spec) == 4 else _round_step(low, high)
        start = spec[2] if len(spec) > 2 else _middle_stop(low, high, step)
        return Slider(low, high, start, step)
    except WidgetError as error:
        raise WidgetError(f"{name}={spec!r}: {error} Instead {_HOW.format(name=name)}.") from None


def static(*names: str) -> str:
    """The texts of files of widgets/static, joined into one module or one style sheet."""
    folder = files("autodiff_lessons.widgets") / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _round_step(low: float, high: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that gives at least 100 steps (1, when low and high are no range:
    the slider then says what is wrong with them)."""
    if not (_is_number(low) and _is_number(high) and low < high):
        return 1.0
    at_most = (high - low) / 100
    power = 10.0 ** math.floor(math.log10(at_most))
    factor = max(factor for factor in (1, 2, 5) if factor * power <= at_most * (1 + 1e-9))
    return _tidy(factor * power)


def _middle_stop(low: float, high: float, step: float) -> float:
    if not (_is_number(low) and _is_number(high) and _is_number(step) and step > 0):
        return low
    return _tidy(low + round((high - low) / 2 / step) * step)


def _tidy(number: float) -> float:
    """Without the last digits of binary arithmetic: 0.35, not 0.35000000000000003."""
    return float(f"{number:.12g}")
