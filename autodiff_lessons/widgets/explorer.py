"""Explorer: sliders -> a pure function -> a matplotlib picture, on one figure that is drawn again at every movement.

The picture is an image with a sentence beside it, not an interactive plot: the sentence is its text alternative.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from threading import RLock
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from autodiff_lessons.errors import AutodiffError, WidgetError
from autodiff_lessons.widgets.sliders import Slider, SliderSpec, as_slider, static

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# The Okabe-Ito palette, which colour-blind readers can tell apart; each colour has its own line style besides.
_LINES: dict[str, list[Any]] = {
    "color": ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"],
    "linestyle": ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), "-"],
}
_INK = "#1a1a1a"
_STYLE: dict[Any, Any] = {
    "axes.edgecolor": _INK,
    "axes.facecolor": "white",
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.labelsize": 12,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "white",
    "font.size": 11,
    "grid.color": "#d9d9d9",
    "lines.linewidth": 2,
    "lines.markersize": 9,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_DOTS_PER_INCH = 100  # at one device pixel a CSS pixel; pixel_ratio multiplies it


class Explorer(anywidget.AnyWidget):
    """A picture under sliders: `Explorer(draw, x=(-3, 3, 1.0))` shows what `draw(axes, x=1.0)` draws, drawn again at
    every movement.

    draw: draws on cleared axes and returns one sentence with the numbers it shows, for those who can't see the picture.
    backdrop: draws, once, what no slider moves, and sets limits and labels; draw then only adds what moves, in
        colours that it names, which is about four times as fast.
    size: width and height in CSS pixels.
    Each further keyword is a slider (see `as_slider`). `explorer.values = {"x": 2}` moves it from code.

    An error in draw is said in place of the sentence, beside the last good picture; the next movement that works shows
    the picture again. An error in the very first drawing is raised.
    """

    _esm = static("sliders.js", "explorer.js")
    _css = static("sliders.css", "explorer.css")

    sliders = traitlets.List(traitlets.Dict()).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)
    size = traitlets.Tuple(traitlets.Int(), traitlets.Int()).tag(sync=True)
    pixel_ratio = traitlets.Float(2.0, min=1.0, max=3.0).tag(sync=True)

    def __init__(
        self,
        draw: Callable[..., str],
        /,
        *,
        backdrop: Callable[[Axes], object] | None = None,
        size: tuple[int, int] = (640, 400),
        **sliders: SliderSpec,
    ) -> None:
        self._sliders: dict[str, Slider] = {name: as_slider(name, spec) for name, spec in sliders.items()}
        self._easel = _Easel(draw, backdrop, size)
        self._one_at_a_time = RLock()  # some kernels run a widget's callback beside a running cell
        super().__init__(
            sliders=[slider.to_json(name) for name, slider in self._sliders.items()],
            values={name: slider.start for name, slider in self._sliders.items()},
            size=size,
        )
        self.picture, self.sentence = self._easel.paint(self.values, self.pixel_ratio)
        self.observe(self._redraw, names=["values", "pixel_ratio"])

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
        with self._one_at_a_time:
            values = self.values  # the newest, whatever was under way meanwhile
            try:
                picture, sentence = self._easel.paint(values, self.pixel_ratio)
            except Exception as error:
                message = str(error) if isinstance(error, AutodiffError) else f"{type(error).__name__}: {error}"
                self.problem = (
                    f"At {_said(values)}: {message.rstrip('.')}. The picture is the last one that could be drawn."
                )
                return
            with self.hold_sync():
                self.picture, self.sentence, self.problem = picture, sentence, ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_said(self.values)})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]  # None only without a view
        width, height = self.size
        return (
            {
                **data,
                "text/plain": f"{self!r}: {self.problem or self.sentence}",
                "image/png": base64.b64encode(self.picture).decode("ascii"),
            },
            {**metadata, "image/png": {"width": width, "height": height}},
        )


class _Easel:
    """One figure, drawn on again and again; it is made, and matplotlib loaded, at the first painting."""

    def __init__(
        self, draw: Callable[..., str], backdrop: Callable[[Axes], object] | None, size: tuple[int, int]
    ) -> None:
        self.draw = draw
        self.backdrop = backdrop
        self.size = size
        self.figure: Any = None
        self.backdrop_pixels: Any = None

    def paint(self, values: Mapping[str, float], pixel_ratio: float) -> tuple[bytes, str]:
        """The picture as PNG, and its sentence."""
        with self._styled():
            if self.figure is None:
                self._make_figure()
            if self.figure.dpi != pixel_ratio * _DOTS_PER_INCH:
                self.figure.set_dpi(pixel_ratio * _DOTS_PER_INCH)
                self.backdrop_pixels = None
            if self.backdrop is None:
                sentence = self._paint_all(values)
            else:
                sentence = self._paint_what_moves(self.backdrop, values)
            if not isinstance(sentence, str):
                raise WidgetError(
                    f"draw returned {sentence!r}; return one sentence (a str) with the numbers that the picture shows, "
                    "for those who can't see it."
                )
            return self._png(), sentence

    def _styled(self) -> AbstractContextManager[None]:
        from cycler import cycler  # noqa: PLC0415  (plots load when first used)
        from matplotlib import rc_context  # noqa: PLC0415

        return rc_context({**_STYLE, "axes.prop_cycle": cycler(**_LINES)})

    def _make_figure(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415

        width, height = self.size
        self.figure = Figure(figsize=(width / _DOTS_PER_INCH, height / _DOTS_PER_INCH), dpi=_DOTS_PER_INCH)
        FigureCanvasAgg(self.figure)

    def _cleared_axes(self) -> Axes:
        self.figure.clear()  # not axes.clear(): a draw that made a colour bar would pile them up
        width, height = self.size
        # Fixed margins, so that the axes stand still while numbers beside them change.
        self.figure.subplots_adjust(left=92 / width, right=1 - 20 / width, bottom=60 / height, top=1 - 35 / height)
        axes: Axes = self.figure.add_subplot()
        return axes

    def _paint_all(self, values: Mapping[str, float]) -> str:
        sentence = self.draw(self._cleared_axes(), **values)
        self.figure.canvas.draw()
        return sentence

    def _paint_what_moves(self, backdrop: Callable[[Axes], object], values: Mapping[str, float]) -> str:
        canvas = self.figure.canvas
        if self.backdrop_pixels is None:
            axes = self._cleared_axes()
            backdrop(axes)
            canvas.draw()
            axes.autoscale(False)  # what moves must not move the scale, which is drawn now
            self.backdrop_pixels = canvas.copy_from_bbox(self.figure.bbox)
        (axes,) = self.figure.axes
        standing = set(axes.get_children())
        axes.set_prop_cycle(None)  # the same first colour every time
        canvas.restore_region(self.backdrop_pixels)
        try:
            sentence = self.draw(axes, **values)
            for artist in sorted(self._added(axes, standing), key=lambda artist: artist.get_zorder()):
                axes.draw_artist(artist)
        finally:
            for artist in self._added(axes, standing):
                artist.remove()
        return sentence

    @staticmethod
    def _added(axes: Axes, standing: Set[Artist]) -> list[Artist]:
        return [artist for artist in axes.get_children() if artist not in standing]

    def _png(self) -> bytes:
        from PIL import Image  # noqa: PLC0415  (matplotlib's own dependency)

        buffer = io.BytesIO()
        opaque = Image.fromarray(np.asarray(self.figure.canvas.buffer_rgba())).convert("RGB")
        opaque.save(buffer, "png", compress_level=1)  # a third of the default's time, a quarter larger
        return buffer.getvalue()


def _said(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:.6g}" for name, value in values.items())
