"""Explorer: sliders -> a pure function -> a picture and a sentence, drawn again at every movement.

The function draws on matplotlib's axes. Where it can be traced (sketch.py), the page gets the picture as a program and
draws it by itself: no kernel is asked, and none is needed. Anything else is drawn in the kernel, on one figure
(easel.py). The sentence is the picture's text alternative.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

import anywidget
import traitlets

from autodiff_lessons.errors import AutodiffError, WidgetError
from autodiff_lessons.widgets.easel import Easel
from autodiff_lessons.widgets.page_program import page_program
from autodiff_lessons.widgets.sketch import sketched
from autodiff_lessons.widgets.sliders import PAGE_PROGRAM, Slider, SliderSpec, as_slider, static


class Explorer(anywidget.AnyWidget):
    """A picture under sliders: `Explorer(draw, x=(-3, 3, 1.0))` shows what `draw(axes, x=1.0)` draws, drawn again at
    every movement.

    draw: draws on cleared axes and returns one sentence with the numbers it shows, for those who can't see the picture.
    backdrop: draws, once, what no slider moves, and sets limits and labels; draw then only adds what moves.
    panels: how many axes there are beside each other; with more than one, draw gets a tuple of them.
    size: width and height in CSS pixels.
    Each further keyword is a slider (see `as_slider`). `explorer.values = {"x": 2}` moves it from code.

    `in_page` says whether the page draws by itself. It does where draw computes with operators, NumPy's functions and
    the engine, does not branch on its values, draws with the commonest methods of axes (plot, scatter, axline, axhline,
    axvline, fill_between, bar, text, annotate), and the limits of the axes are set or come from the backdrop.

    An error in draw is said in place of the sentence, beside the last good picture; the next movement that works shows
    the picture again. An error in the very first drawing is raised.
    """

    _esm = static(*PAGE_PROGRAM, "sketch.js", "explorer.js")
    _css = static("sliders.css", "sketch.css", "explorer.css")

    sliders = traitlets.List(traitlets.Dict()).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    size = traitlets.Tuple(traitlets.Int(), traitlets.Int()).tag(sync=True)
    pixel_ratio = traitlets.Float(2.0, min=1.0, max=3.0).tag(sync=True)
    program = traitlets.Dict().tag(sync=True)  # what the page draws by itself; {} where the kernel draws
    refused = traitlets.Unicode().tag(sync=True)  # why the page can't run the program; the kernel then draws
    image = traitlets.Bytes().tag(sync=True)  # these three are sent only where the kernel draws
    said = traitlets.Unicode().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        draw: Callable[..., str],
        /,
        *,
        backdrop: Callable[..., object] | None = None,
        panels: int = 1,
        size: tuple[int, int] = (640, 400),
        **sliders: SliderSpec,
    ) -> None:
        self._sliders: dict[str, Slider] = {name: as_slider(name, spec) for name, spec in sliders.items()}
        self._easel = Easel(draw, backdrop, size, panels)
        self._one_at_a_time = RLock()  # some kernels run a widget's callback beside a running cell
        starts = {name: slider.start for name, slider in self._sliders.items()}
        picture, sentence = self._easel.paint(starts, 2.0)
        self._shown = Shown(starts, picture, sentence, "")
        super().__init__(
            sliders=[slider.to_json(name) for name, slider in self._sliders.items()],
            values=starts,
            size=size,
            program=self._page_program(draw, backdrop, starts),
        )
        if not self.in_page:
            self._send_picture()
        self.observe(self._redraw, names=["values", "pixel_ratio", "refused"])

    @property
    def in_page(self) -> bool:
        """Whether the page draws the picture by itself, without the kernel."""
        return bool(self.program) and not self.refused

    @property
    def picture(self) -> bytes:
        """The picture at the sliders' values, as PNG."""
        return self._current().picture

    @property
    def sentence(self) -> str:
        """What the picture shows, in words."""
        return self._current().sentence

    @property
    def problem(self) -> str:
        """Why there is no picture at the sliders' values; empty where there is one."""
        return self._current().problem

    def _page_program(
        self, draw: Callable[..., str], backdrop: Callable[..., object] | None, starts: Mapping[str, float]
    ) -> dict[str, Any]:
        """The picture as a program for the page; {} where the kernel has to draw it."""
        if not self._easel.limits_stand_still():
            return {}
        found = sketched(draw, backdrop, starts, self._easel.panels)
        if found is None:
            return {}
        described = {"panels": self._easel.described(), "marks": found["marks"], "sentence": found["sentence"]}
        return page_program(found["graph"], arrays_have_gaps=True) | described

    @traitlets.validate("values")
    def _complete_values(self, proposal: Mapping[str, Any]) -> dict[str, float]:
        """All sliders' values as floats: a name that is left out keeps its value."""
        asked = proposal["value"]
        for name, value in asked.items():
            if name not in self._sliders:
                raise WidgetError(f"There is no slider {name!r}; there is {', '.join(self._sliders) or 'none'}.")
            slider = self._sliders[name]
            if not slider.low <= value <= slider.high:
                raise WidgetError(f"{name} = {value!r} is not on its slider, from {slider.low:g} to {slider.high:g}.")
        return {name: float(asked.get(name, self.values.get(name))) for name in self._sliders}

    def _redraw(self, _change: object) -> None:
        if not self.in_page:
            self._current()
            self._send_picture()

    def _send_picture(self) -> None:
        shown = self._shown
        with self.hold_sync():
            self.image, self.said, self.trouble = shown.picture, shown.sentence, shown.problem

    def _current(self) -> Shown:
        """What there is to see at the newest values, painted now unless it was."""
        with self._one_at_a_time:
            values = self.values  # the newest, whatever was under way meanwhile
            if self._shown.values == values and self._shown.pixel_ratio == self.pixel_ratio:
                return self._shown
            try:
                picture, sentence = self._easel.paint(values, self.pixel_ratio)
                self._shown = Shown(values, picture, sentence, "", self.pixel_ratio)
            except Exception as error:
                message = str(error) if isinstance(error, AutodiffError) else f"{type(error).__name__}: {error}"
                problem = f"At {_said(values)}: {message.rstrip('.')}. The picture is the last one that could be drawn."
                self._shown = replace(self._shown, values=values, problem=problem, pixel_ratio=self.pixel_ratio)
            return self._shown

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_said(self.values)})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]  # None only without a view
        width, height = self.size
        shown = self._current()
        return (
            {
                **data,
                "text/plain": f"{self!r}: {shown.problem or shown.sentence}",
                "image/png": base64.b64encode(shown.picture).decode("ascii"),
            },
            {**metadata, "image/png": {"width": width, "height": height}},
        )


@dataclass(frozen=True)
class Shown:
    """What was painted last, and at which values; the picture stays where a later painting failed."""

    values: Mapping[str, float]
    picture: bytes
    sentence: str
    problem: str
    pixel_ratio: float = 2.0


def _said(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:.6g}" for name, value in values.items())
