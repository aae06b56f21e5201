"""Easel: one matplotlib figure that is drawn on again and again, in the kernel."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.number_text import MINUS

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
_DOTS_PER_INCH = 100  # at one device pixel a CSS pixel; the pixel ratio multiplies it


class Easel:
    """One figure, drawn on again and again; it is made, and matplotlib loaded, at the first painting."""

    def __init__(
        self,
        draw: Callable[..., str],
        backdrop: Callable[..., object] | None,
        size: tuple[int, int],
        panels: int = 1,
    ) -> None:
        self.panels = panels
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

    def _cleared_axes(self) -> list[Axes]:
        self.figure.clear()  # not axes.clear(): a draw that made a colour bar would pile them up
        width, height = self.size
        # Fixed margins, so that the axes stand still while numbers beside them change.
        self.figure.subplots_adjust(
            left=92 / width, right=1 - 20 / width, bottom=60 / height, top=1 - 35 / height, wspace=0.32
        )
        return [self.figure.add_subplot(1, self.panels, place + 1) for place in range(self.panels)]

    def _given(self, axes: list[Axes]) -> Any:
        """What draw and backdrop get: the axes, or a tuple of several."""
        return axes[0] if self.panels == 1 else tuple(axes)

    def _paint_all(self, values: Mapping[str, float]) -> str:
        sentence = self.draw(self._given(self._cleared_axes()), **values)
        self.figure.canvas.draw()
        return sentence

    def _paint_what_moves(self, backdrop: Callable[..., object], values: Mapping[str, float]) -> str:
        canvas = self.figure.canvas
        if self.backdrop_pixels is None:
            axes = self._cleared_axes()
            backdrop(self._given(axes))
            canvas.draw()
            for one in axes:
                one.autoscale(False)  # what moves must not move the scale, which is drawn now
            self.backdrop_pixels = canvas.copy_from_bbox(self.figure.bbox)
        axes = self.figure.axes
        standing = {artist for one in axes for artist in one.get_children()}
        for one in axes:
            one.set_prop_cycle(None)  # the same first colour every time
        canvas.restore_region(self.backdrop_pixels)
        try:
            sentence = self.draw(self._given(axes), **values)
            for one in axes:
                for artist in sorted(self._added(one, standing), key=lambda artist: artist.get_zorder()):
                    one.draw_artist(artist)
        finally:
            for one in axes:
                for artist in self._added(one, standing):
                    artist.remove()
        return sentence

    def limits_stand_still(self) -> bool:
        """Whether no movement changes the scale: every limit was set, or comes from the backdrop."""
        scaled = [one.get_autoscalex_on() or one.get_autoscaley_on() for one in self.figure.axes]
        return len(scaled) == self.panels and not any(scaled)

    def described(self) -> list[dict[str, Any]]:
        """Each panel's box in CSS pixels, limits, scales, ticks and labels, as matplotlib has laid them out."""
        width, height = self.size
        panels = []
        for axes in self.figure.axes:
            place = axes.get_position()
            box = {
                "left": round(place.x0 * width, 1),
                "top": round((1 - place.y1) * height, 1),
                "width": round(place.width * width, 1),
                "height": round(place.height * height, 1),
            }
            x = _axis(axes.get_xlim(), axes.get_xticks(), axes.get_xscale(), axes.get_xlabel())
            y = _axis(axes.get_ylim(), axes.get_yticks(), axes.get_yscale(), axes.get_ylabel())
            panels.append({"box": box, "x": x, "y": y, "title": axes.get_title()})
        return panels

    @staticmethod
    def _added(axes: Axes, standing: Set[Artist]) -> list[Artist]:
        return [artist for artist in axes.get_children() if artist not in standing]

    def _png(self) -> bytes:
        from PIL import Image  # noqa: PLC0415  (matplotlib's own dependency)

        buffer = io.BytesIO()
        opaque = Image.fromarray(np.asarray(self.figure.canvas.buffer_rgba())).convert("RGB")
        opaque.save(buffer, "png", compress_level=1)  # a third of the default's time, a quarter larger
        return buffer.getvalue()


def _axis(limits: Any, ticks: Any, scale: str, label: str) -> dict[str, Any]:
    low, high = (float(one) for one in limits)
    inside = [float(one) for one in ticks if min(low, high) - 1e-12 <= one <= max(low, high) + 1e-12]
    texts = [f"{one + 0.0:g}".replace("e-0", "e-").replace("e+0", "e").replace("-", MINUS) for one in inside]
    return {
        "limits": [low, high],
        "log": scale == "log",
        "ticks": [list(pair) for pair in zip(inside, texts, strict=True)],
        "label": label,
    }
