"""Two printers of a scene: SVG, live for the page or still for a saved notebook, and PNG.

A still picture brings its own light background and its own colours, and reads in every theme. In a live one the page's
style sheet (graph_view.css) colours the same roles and states.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from autodiff_lessons.widgets.narration import at_step
from autodiff_lessons.widgets.scene import Group, Path, Rect, Scene, Shape, Text

FONTS = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
PAPER, INK, QUIET, LINE, FAINT = "#ffffff", "#1f2328", "#59636e", "#6e7781", "#afb8c1"
FORWARD, BACKWARD = "#0b57d0", "#b3400a"
FILLS = {"input": "#eaf2ff", "constant": "#f3f4f6", "operation": "#ffffff", "output": "#ffffff"}
CHIPS = {"input": "#cfe1ff", "constant": "#e4e7eb", "operation": "#e9ecf0", "output": "#e9ecf0"}


@dataclass(frozen=True)
class Look:
    fill: str = "none"
    stroke: str = "none"
    width: float = 0.0
    dashes: tuple[float, ...] = ()
    bold: bool = False
    italic: bool = False


def live_svg(scene: Scene, title: str, description: str) -> str:
    """Shapes with classes for their roles, and names for the slots, which the page fills."""
    lines = []
    for group in scene.groups:
        owner = f' data-of="{group.owner}"' if group.owner else ""
        lines.append(f'<g class="adl-{group.kind}"{owner}>')
        for shape in group.shapes:
            lines.append(_svg_shape(shape, f'class="adl-{shape.role}"', shape.words if isinstance(shape, Text) else ""))
        lines.append("</g>")
    return _svg(scene, lines, title, description)


def still_svg(scene: Scene, data: Mapping[str, Any], step: int, title: str, description: str) -> str:
    """The picture at one step, with every colour written out."""
    lines = [f'<rect width="{_n(scene.width)}" height="{_n(scene.height)}" rx="6" fill="{PAPER}" stroke="{FAINT}"/>']
    for group in scene.groups:
        for shape in group.shapes:
            text = _text_of(shape, data, step)
            look = _look(shape.role, group, _state_of(group, data, step), text)
            if look is not None:
                lines.append(_svg_shape(shape, _svg_look(look, shape), text))
    return _svg(scene, lines, title, description)


def still_png(scene: Scene, data: Mapping[str, Any], step: int) -> bytes:
    """The same picture in pixels (two to a unit), for viewers that refuse SVG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (loads when a picture is asked for)
    from matplotlib.figure import Figure  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415  (comes with matplotlib)

    figure = Figure(figsize=(scene.width / 100, scene.height / 100), dpi=200, facecolor=PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, scene.width)
    axes.set_ylim(scene.height, 0)
    for group in scene.groups:
        for shape in group.shapes:
            text = _text_of(shape, data, step)
            look = _look(shape.role, group, _state_of(group, data, step), text)
            if look is not None:
                _png_shape(axes, shape, look, text)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    file = io.BytesIO()
    # Few colours: a quarter of the size in the notebook's file.
    picture.quantize(48, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _look(role: str, group: Group, state: str, text: str) -> Look | None:
    """What a role looks like in a state; None where it is not drawn. Every state differs in more than its colour."""
    active = {"active-forward": FORWARD, "active-backward": BACKWARD}.get(state)
    backwards = state in ("active-backward", "sent")
    quiet = text[:1].isalpha()  # a word such as "not yet" in the place of a number
    waiting = state == "waiting"
    if state == "absent":
        return None
    match role:
        case "box":
            dashes = (4.0, 3.0) if waiting else (1.5, 2.5) if group.kind == "constant" else ()
            return Look(FILLS[group.kind], active or (LINE if not waiting else FAINT), 2.6 if active else 1.2, dashes)
        case "outline":
            return Look("none", active or (LINE if not waiting else FAINT), 1.2, (4.0, 3.0) if waiting else ())
        case "chip":
            return Look(CHIPS[group.kind])
        case "wire":
            if active:
                return Look("none", active, 2.6, (7.0, 4.0) if backwards else ())
            return Look("none", FAINT if waiting else LINE, 1.3, (7.0, 4.0) if backwards else ())
        case "head":
            return Look(active or (FAINT if waiting else LINE))
        case "marker-forward" | "marker-backward":
            return Look(active) if active and role == f"marker-{state.removeprefix('active-')}" else None
        case "pill":
            return Look(PAPER, active or FAINT, 1.8 if active else 1.0) if backwards or state == "asked" else None
        case "up":
            return Look(BACKWARD) if backwards else None
        case "local":
            return Look(INK) if backwards or state == "asked" else None
        case "sent":
            return Look(BACKWARD, bold=True) if backwards else None
        case "symbol":
            return Look(INK, bold=True)
        case "value":
            return Look(QUIET, italic=True) if quiet else Look(INK, bold=True)
        case "cotangent":
            return Look(QUIET, italic=True) if quiet else Look(BACKWARD, bold=True)
        case "name" | "title":
            return Look(INK, bold=True)
        case "say":
            return Look(INK)
        case _:
            return Look(QUIET)


def _text_of(shape: Shape, data: Mapping[str, Any], step: int) -> str:
    if not isinstance(shape, Text):
        return ""
    return at_step(data["texts"][shape.slot], step) if shape.slot else shape.words


def _state_of(group: Group, data: Mapping[str, Any], step: int) -> str:
    return at_step(data["states"][group.owner], step) if group.owner else "ready"


def _svg(scene: Scene, lines: list[str], title: str, description: str) -> str:
    width, height = _n(scene.width), _n(scene.height)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="{FONTS}">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            *lines,
            "</svg>",
        ]
    )


def _svg_shape(shape: Shape, look: str, text: str) -> str:
    match shape:
        case Rect(box=box):
            place = f'x="{_n(box.left)}" y="{_n(box.top)}" width="{_n(box.width)}" height="{_n(box.height)}"'
            return f'<rect {place} rx="{_n(shape.radius)}" {look}/>'
        case Path():
            commands = (code + " ".join(map(_n, numbers)) for code, numbers in shape.commands)
            return f'<path d="{" ".join(commands)}" {look}/>'
        case Text():
            slot = f" data-slot={quoteattr(shape.slot)}" if shape.slot else ""
            room = f' data-size="{_n(shape.size)}" data-room="{_n(shape.room)}"' if shape.slot else ""
            size = _n(shape.fitted_size(text) if text else shape.size)
            place = f'x="{_n(shape.x)}" y="{_n(shape.y)}" text-anchor="{shape.anchor}" font-size="{size}"'
            return f"<text {place} {look}{slot}{room}>{escape(text)}</text>"


def _svg_look(look: Look, shape: Shape) -> str:
    parts = [f'fill="{look.fill}"']
    if look.stroke != "none":
        parts.append(f'stroke="{look.stroke}" stroke-width="{_n(look.width)}"')
    if look.dashes:
        parts.append(f'stroke-dasharray="{" ".join(map(_n, look.dashes))}"')
    if isinstance(shape, Text) and look.bold:
        parts.append('font-weight="600"')
    if isinstance(shape, Text) and look.italic:
        parts.append('font-style="italic"')
    return " ".join(parts)


def _n(number: float) -> str:
    """A coordinate, to a tenth: the same text on every machine."""
    return f"{number:.1f}".removesuffix(".0")


def _png_shape(axes: Any, shape: Shape, look: Look, text: str) -> None:
    from matplotlib.patches import FancyBboxPatch, PathPatch  # noqa: PLC0415
    from matplotlib.path import Path as Outline  # noqa: PLC0415

    points = 0.72  # a unit of the scene is a hundredth of an inch
    dashes: Any = (0, tuple(one / look.width for one in look.dashes)) if look.dashes else "-"
    line = {"facecolor": look.fill, "edgecolor": look.stroke, "linewidth": look.width * points, "linestyle": dashes}
    match shape:
        case Rect(box=box):
            style = f"round,pad=0,rounding_size={min(shape.radius, box.height / 2)}"
            axes.add_patch(FancyBboxPatch((box.left, box.top), box.width, box.height, boxstyle=style, **line))
        case Path():
            codes = {"M": [Outline.MOVETO], "L": [Outline.LINETO], "C": [Outline.CURVE4] * 3, "Z": [Outline.CLOSEPOLY]}
            vertices, kinds = [], []
            for code, numbers in shape.commands:
                pairs = list(zip(numbers[::2], numbers[1::2], strict=True)) or [(0.0, 0.0)]
                vertices += pairs
                kinds += codes[code]
            axes.add_patch(PathPatch(Outline(vertices, kinds), **line))
        case Text():
            size = shape.fitted_size(text) if text else shape.size
            axes.text(
                shape.x,
                shape.y,
                text.replace("$", r"\$"),
                ha={"start": "left", "middle": "center", "end": "right"}[shape.anchor],
                va="baseline",
                fontsize=size * points * 0.94,  # matplotlib's DejaVu Sans is a wide font
                color=look.fill,
                fontweight="bold" if look.bold else "normal",
                fontstyle="italic" if look.italic else "normal",
            )
