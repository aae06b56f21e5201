"""Sketch: axes that write down what is drawn on them, so that the page can draw it again at other values.

An explorer's draw function is written for matplotlib's axes. Run on a sketch and on traced values, the same function
gives a program: a graph that computes every number of the picture, the marks that show them, and the sentence. A sketch
knows the commonest of matplotlib's methods; whatever else a function uses is drawn by matplotlib, in the kernel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import AutodiffError
from autodiff_lessons.graph.graph import Graph
from autodiff_lessons.graph.tracing import Builder, Traced
from autodiff_lessons.widgets.number_template import place

# matplotlib's one-letter colours and its cycle, as places in the page's palette.
COLOURS = {f"C{number}": number for number in range(7)} | {"k": "ink", "black": "ink", "gray": "quiet", "grey": "quiet"}
DASHES = {
    "-": "", "solid": "", "--": "7 4", "dashed": "7 4",
    "-.": "7 3 2 3", "dashdot": "7 3 2 3", ":": "2 3", "dotted": "2 3",
}  # fmt: skip
CYCLE = ("", "7 4", "7 3 2 3", "2 3", "10 2", "6 3 2 3 2 3", "")
MARKERS = {"o", "s", "^", "v", "x", "+", ".", "D"}
_SHORT = re.compile(r"(?P<colour>C\d|k)|(?P<dashes>--|-\.|-|:)|(?P<marker>[os^vx+.D])")


class UnknownToSketchesError(Exception):
    """What was drawn is beyond a sketch: matplotlib draws it."""


class Sketch:
    """The axes of one panel."""

    def __init__(self, panel: int, numbers: Numbers) -> None:
        self._panel, self._numbers = panel, numbers
        self.marks: list[dict[str, Any]] = []
        self._next = 0

    def restart_colours(self) -> None:
        """The same first colour every time."""
        self._next = 0

    # What draws

    def plot(self, *data: Any, **style: Any) -> None:
        """plot(y), plot(x, y), plot(x, y, "k--")."""
        *numbers, short = data if data and isinstance(data[-1], str) else (*data, "")
        if len(numbers) not in (1, 2):
            raise UnknownToSketchesError("plot takes one line at a time")
        y = numbers[-1]
        x = numbers[0] if len(numbers) == 2 else np.arange(np.size(y))
        colour, dashes, marker = self._short_style(short)
        style |= ({"color": colour} if colour else {}) | ({"linestyle": dashes} if dashes else {})
        only_markers = bool(short and marker and "linestyle" not in style and "ls" not in style)
        look = self._line(style)
        marker = style.pop("marker", marker) or ""
        if marker and marker not in MARKERS:
            raise UnknownToSketchesError(f"marker {marker!r}")
        look |= {"marker": marker, "size": float(style.pop("markersize", style.pop("ms", 9)))}
        look["width"] = 0 if only_markers else look["width"]
        self._add("line", {"x": x, "y": y}, style, look)

    def scatter(self, x: Any, y: Any, s: float = 36.0, **style: Any) -> None:
        """Markers without a line."""
        look = self._line(style) | {"marker": style.pop("marker", "o"), "size": float(s) ** 0.5, "width": 0}
        self._add("line", {"x": x, "y": y}, style, look)

    def axline(self, xy1: Any, xy2: Any = None, *, slope: Any = None, **style: Any) -> None:
        """The whole line through a point with a slope, or through two points."""
        if slope is None:
            slope = (xy2[1] - xy1[1]) / (xy2[0] - xy1[0])
        self._add("through", {"x": xy1[0], "y": xy1[1], "slope": slope}, style, self._line(style))

    def axhline(self, y: Any = 0, **style: Any) -> None:
        """The horizontal line at y."""
        self._add("through", {"x": 0.0, "y": y, "slope": 0.0}, style, self._line(style))

    def axvline(self, x: Any = 0, **style: Any) -> None:
        """The vertical line at x."""
        self._add("vertical", {"x": x}, style, self._line(style))

    def fill_between(self, x: Any, y1: Any, y2: Any = 0, **style: Any) -> None:
        """The area between two curves."""
        style = {"alpha": 0.3} | style
        self._add("area", {"x": x, "y": y1, "base": y2}, style, self._line(style))

    def bar(self, x: Any, height: Any, width: float = 0.8, **style: Any) -> None:
        """Bars of these heights."""
        self._add("bars", {"x": x, "y": height, "wide": float(width)}, style, self._line(style))

    def text(self, x: Any, y: Any, s: str, **style: Any) -> None:
        """Words at a point."""
        look = {
            "colour": self._colour(style.pop("color", "k")), "size": float(style.pop("fontsize", 11)),
            "anchor": {"left": "start", "center": "middle", "right": "end"}[style.pop("ha", "left")],
            "middle": style.pop("va", "baseline") == "center",
        }  # fmt: skip
        self._add("text", {"x": x, "y": y}, style, look | {"words": str(s)})

    def annotate(self, text: str, xy: Any, xytext: Any = None, arrowprops: Any = None, **style: Any) -> None:
        """An arrow from xytext to xy, with words at its start."""
        if xytext is None:
            self.text(xy[0], xy[1], text, **style)
            return
        arrow = dict(arrowprops or {})
        colour = self._colour(arrow.pop("color", style.pop("color", "k")))
        look = {"colour": colour, "width": float(arrow.pop("lw", 1.5))}
        if set(arrow) - {"arrowstyle", "shrinkA", "shrinkB"}:
            raise UnknownToSketchesError(f"arrowprops {sorted(arrow)}")
        self._add("arrow", {"x": xytext[0], "y": xytext[1], "x2": xy[0], "y2": xy[1]}, {}, look | {"words": str(text)})

    def legend(self, *_: Any, **__: Any) -> None:
        """The page shows a legend wherever a mark has a label."""

    # What describes the axes is read from matplotlib's own

    def set(self, **_: Any) -> None:
        """Limits, labels, scales."""

    set_xlim = set_ylim = set_xlabel = set_ylabel = set_title = set_xscale = set_yscale = legend
    set_aspect = set_xticks = set_yticks = set_axisbelow = grid = margins = tick_params = legend

    def __getattr__(self, name: str) -> Any:
        raise UnknownToSketchesError(f"axes.{name}")

    # Inside

    def _add(self, kind: str, numbers: Mapping[str, Any], style: dict[str, Any], look: dict[str, Any]) -> None:
        label = style.pop("label", None)
        unknown = set(style) - {"zorder"}
        if unknown:
            raise UnknownToSketchesError(f"{kind} with {', '.join(sorted(unknown))}")
        mark = {"panel": self._panel, "kind": kind, **look}
        mark |= {name: self._numbers.reference(value) for name, value in numbers.items()}
        self.marks.append(mark | ({"label": str(label)} if label else {}))

    def _line(self, style: dict[str, Any]) -> dict[str, Any]:
        given = style.pop("color", style.pop("c", None))
        dashes = style.pop("linestyle", style.pop("ls", None))
        if given is None:
            colour, dashes = self._next % 7, CYCLE[self._next % 7] if dashes is None else dashes
            self._next += 1
        else:
            colour = self._colour(given)
        return {
            "colour": colour,
            "dashes": DASHES.get(dashes, dashes) if dashes is not None else "",
            "width": float(style.pop("linewidth", style.pop("lw", 2))),
            "alpha": float(style.pop("alpha", 1.0)),
        }

    def _colour(self, given: Any) -> Any:
        if given in COLOURS:
            return COLOURS[given]
        if isinstance(given, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", given):
            return given
        raise UnknownToSketchesError(f"colour {given!r}")

    @staticmethod
    def _short_style(short: str) -> tuple[str | None, str | None, str | None]:
        """matplotlib's "C1--", "ko", in any order."""
        parts = {found.lastgroup: found[0] for found in _SHORT.finditer(short)}
        if sum(map(len, parts.values())) != len(short):
            raise UnknownToSketchesError(f"the style {short!r}")
        return parts.get("colour"), parts.get("dashes"), parts.get("marker")


class Numbers:
    """The numbers of a picture: plain ones are kept as they are, traced ones become results of the graph."""

    def __init__(self) -> None:
        self.places: list[int] = []  # of traced values, in the order of the results

    def reference(self, value: Any) -> Any:
        """What the mark holds: a number, a list of numbers, or {"out": which result}."""
        if isinstance(value, Tensor):
            value = value.data
        if type(value) is Traced:
            return {"out": self.index(value.place)}
        if isinstance(value, list | tuple) and any(isinstance(one, Traced | Tensor) for one in value):
            return [self.reference(one) for one in value]
        array = np.asarray(value, float)
        if array.ndim > 1:
            raise UnknownToSketchesError("an array with two axes")
        plain = [float(one) if np.isfinite(one) else None for one in array.reshape(-1)]
        return plain if array.ndim else plain[0]

    def index(self, at: int) -> int:
        """Which result the node at `at` is."""
        if at not in self.places:
            self.places.append(at)
        return self.places.index(at)

    def write(self, at: int, spec: str) -> str:
        """A place in a text for the number of a node."""
        return place(self.index(at), spec)


def sketched(
    draw: Callable[..., str], backdrop: Callable[..., object] | None, starts: Mapping[str, float], panels: int = 1
) -> dict[str, Any] | None:
    """The program of a picture: {"graph": Graph, "marks": [...], "sentence": template}; None where there can't be one,
    because `draw` branches on its values, computes outside of the graph, or draws what a sketch does not know."""
    numbers = Numbers()
    builder = Builder(numbers.write)
    arguments = {name: builder.add_input(name, start) for name, start in starts.items()}
    axes = [Sketch(panel, numbers) for panel in range(panels)]
    given: Any = axes[0] if panels == 1 else tuple(axes)
    try:
        with ieee():
            if backdrop is not None:
                backdrop(given)
                for one in axes:
                    one.restart_colours()
            sentence = draw(given, **{name: Traced(builder, at) for name, at in arguments.items()})
        still = [len(one.marks) for one in axes]
    except (UnknownToSketchesError, AutodiffError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    if not isinstance(sentence, str) or not any(still):
        return None
    graph = Graph(tuple(builder.nodes), dict(arguments), list(numbers.places), "picture").simplify()
    marks: Sequence[dict[str, Any]] = [mark for one in axes for mark in one.marks]
    return {"graph": graph, "marks": list(marks), "sentence": sentence}
