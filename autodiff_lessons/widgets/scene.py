"""The picture of a graph as shapes: rectangles, paths and texts, in groups whose look depends on their state.

A scene depends on the graph's structure only. Its changing texts are *slots*, filled from the timelines of
narration.py by whoever shows the scene: the page (live), or pictures.py (SVG and PNG).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from autodiff_lessons.widgets.graph_data import Graph, GraphNode
from autodiff_lessons.widgets.layout import Box, Route, lay_out

MARGIN = 22.0
CHARACTER = 0.66  # mean width of a character in ems; a little generous, since fonts differ
ROW = 18.0
BLANK = 24.0  # what a learner fills in, high enough for a finger
NUMBER_WIDTH = 68.0
LABEL_WIDTH = 58.0  # the word cotangent
EDGE_LABEL = (78.0, 34.0)
FRAME_WIDTH = 430.0  # a still picture is at least this wide, for its heading and its legend
TITLE_LINE, SMALL_LINE = 20.0, 16.0

Command = tuple[str, tuple[float, ...]]


@dataclass(frozen=True)
class Rect:
    role: str
    box: Box
    radius: float


@dataclass(frozen=True)
class Path:
    role: str
    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Text:
    """Fixed `words`, or the text of a `slot`; written smaller where it would be wider than `room`."""

    role: str
    x: float
    y: float  # the baseline
    anchor: str  # start, middle, end
    size: float
    room: float
    words: str = ""
    slot: str | None = None

    def fitted_size(self, text: str) -> float:
        return min(self.size, self.room / (CHARACTER * max(len(text), 1)))


Shape = Rect | Path | Text


@dataclass(frozen=True)
class Group:
    """Shapes that change together: `owner` is the id of the node or edge whose state they show."""

    owner: str | None
    kind: str  # input, constant, operation, output, edge, label, frame
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Scene:
    width: float
    height: float
    groups: tuple[Group, ...]
    places: dict[str, Box]  # slot -> where an answer can be typed over it


def draw(
    graph: Graph, asked: Collection[str] | None = None, heading: Sequence[str] = (), legend: Sequence[str] = ()
) -> Scene:
    """The scene of a graph; with a heading and a legend it is a picture that can stand alone.

    A question shows of the backward pass only the slots that are `asked`.
    """
    slots = {f"{node.id}.cotangent" for node in graph.nodes}
    slots |= {f"{edge.id}.local" for edge in graph.edges if edge.tracked}
    slots = slots if asked is None else slots.intersection(asked)
    users = Counter(edge.source for edge in graph.edges if edge.tracked and asked is None)
    sizes = [_size(node, users[node.id], slots) for node in graph.nodes]
    edges = [(int(edge.source[1:]), int(edge.target[1:])) for edge in graph.edges]
    labelled = any(slot.endswith(".local") for slot in slots)
    layout = lay_out(sizes, edges, EDGE_LABEL if labelled else (8.0, 0.0))
    places: dict[str, Box] = {}

    def groups(left: float, top: float) -> list[Group]:
        drawn = [
            Group(edge.id, "edge", edge_shapes(route, left, top))
            for edge, route in zip(graph.edges, layout.edges, strict=True)
        ]
        for edge, route in zip(graph.edges, layout.edges, strict=True):
            if f"{edge.id}.local" in slots:
                box = _moved(route.label, left, top)
                places[f"{edge.id}.local"] = Box(box.left + 4, box.top + 4, box.width - 8, box.height - 8)
                drawn.append(Group(edge.id, "label", _label_shapes(edge.id, box)))
        for node, unmoved in zip(graph.nodes, layout.nodes, strict=True):
            shapes = _node_shapes(node, _moved(unmoved, left, top), users[node.id], slots, places)
            drawn.append(Group(node.id, node.kind, shapes))
        return drawn

    scene = framed(layout.width, layout.height, groups, heading, legend)
    return replace(scene, places=places)


def framed(
    width: float,
    height: float,
    groups: Callable[[float, float], list[Group]],
    heading: Sequence[str] = (),
    legend: Sequence[str] = (),
) -> Scene:
    """The scene of what `groups(left, top)` draws in a field of this size; with a heading and a legend around it, it is
    a picture that can stand alone."""
    has_frame = bool(heading or legend)
    whole = max(width + 2 * MARGIN, FRAME_WIDTH if has_frame else 0.0)
    columns = int((whole - 2 * MARGIN) / (11.5 * 0.58))
    above = [line for part in heading[1:] for line in wrap(part, columns)]
    below = [line for part in legend for line in wrap(part, columns)]
    top = MARGIN + (TITLE_LINE + SMALL_LINE * len(above) + 10 if heading else 0.0)
    total = top + height + MARGIN + (SMALL_LINE * len(below) + 14 if below else 0.0)
    drawn = groups((whole - width) / 2, top)
    if has_frame:
        foot = total - MARGIN - SMALL_LINE * len(below) + 10
        drawn.append(Group(None, "frame", _frame_shapes(whole, heading[:1], above, below, foot)))
    return Scene(whole, total, tuple(drawn), {})


def _size(node: GraphNode, users: int, slots: Collection[str]) -> tuple[float, float]:
    if node.is_plain_constant:
        return 60.0, 28.0
    has_cotangent = f"{node.id}.cotangent" in slots
    words = max(_name_width(node), LABEL_WIDTH if has_cotangent else 0.0) + NUMBER_WIDTH
    height = ROW + 14 + (ROW if has_cotangent else 0)
    if has_cotangent and users > 1:  # room for the terms of the sum
        words, height = max(words, 148.0), height + 15
    return _chip_width(node) + words + 24, height


def _name_width(node: GraphNode) -> float:
    return 12.5 * CHARACTER * len(node.label) + 6 if _is_named_operation(node) else LABEL_WIDTH


def _is_named_operation(node: GraphNode) -> bool:
    return node.is_operation and node.name is not None


def _chip_width(node: GraphNode) -> float:
    return max(30.0, 9.4 * len(_chip_words(node)) + 12)


def _chip_words(node: GraphNode) -> str:
    return (node.operation or "") if _is_named_operation(node) else node.label


def _node_shapes(
    node: GraphNode, box: Box, users: int, slots: Collection[str], places: dict[str, Box]
) -> tuple[Shape, ...]:
    value_slot = f"{node.id}.value"
    if node.is_plain_constant:
        return (
            Rect("box", box, 2),
            Text("value", box.centre, box.top + 18.5, "middle", 13, box.width - 10, slot=value_slot),
        )
    radius = 15.0 if node.kind == "input" else 6.0
    shapes: list[Shape] = [Rect("box", box, radius)]
    if node.kind == "output":
        shapes.append(Rect("outline", Box(box.left - 4, box.top - 4, box.width + 8, box.height + 8), radius + 4))
    chip = Box(box.left + 5, box.top + 5, _chip_width(node), box.height - 10)
    shapes.append(Rect("chip", chip, 10.0 if node.kind == "input" else 3.0))
    middle = box.top + box.height / 2
    shapes.append(Text("symbol", chip.centre, middle + 5.5, "middle", 16, chip.width - 4, words=_chip_words(node)))
    left, right = chip.right + 8, box.right - 9
    first = box.top + 7 + ROW * 0.72
    if _is_named_operation(node):
        shapes.append(Text("name", left, first, "start", 12.5, _name_width(node), words=node.label))
    else:
        shapes.append(Text("row", left, first, "start", 10.5, 2 * LABEL_WIDTH, words="value"))
    shapes.append(Text("value", right, first, "end", 13, NUMBER_WIDTH, slot=value_slot))
    places[value_slot] = Box(right - NUMBER_WIDTH + 1, box.top + 3, NUMBER_WIDTH + 3, BLANK)
    slot = f"{node.id}.cotangent"
    if slot in slots:
        second = first + ROW
        shapes.append(Text("row", left, second, "start", 10.5, 2 * LABEL_WIDTH, words="cotangent"))
        shapes.append(Text("cotangent", right, second, "end", 13, NUMBER_WIDTH, slot=slot))
        places[slot] = Box(right - NUMBER_WIDTH + 1, box.top + 4 + ROW, NUMBER_WIDTH + 3, BLANK)
        if users > 1:
            shapes.append(Text("terms", right, second + 16, "end", 11, right - left, slot=f"{node.id}.terms"))
    x = box.left - (17 if node.kind == "output" else 13)
    shapes.append(Path("marker-forward", _triangle(x, middle, 12, 10)))
    shapes.append(Path("marker-backward", _triangle(x, middle, 12, -10)))
    return tuple(shapes)


def edge_shapes(unmoved: Route, left: float, top_of_field: float) -> tuple[Shape, ...]:
    """A smooth line from port to port: straight down between other boxes, on a slant under its own label."""
    route = _moved_route(unmoved, left, top_of_field)
    stops = [(x, top, bottom, 0.0) for x, top, bottom in route.stretches]
    (before, _, leaves, _), (x, top, bottom, _), (after, arrives, _, _) = stops[-3:]
    if before < x < after or before > x > after:
        middle = (top + bottom) / 2
        steepest = 0.8 * route.label.width / max(route.label.height, 1.0)
        stops[-2] = (x, middle, middle, max(-steepest, min(steepest, (after - before) / (arrives - leaves))))
    end_x, end_top, end, _ = stops[-1]
    stops[-1] = (end_x, min(end_top, end - 8), end - 8, 0.0)  # the head covers the rest
    commands: list[Command] = [("M", stops[0][:2])]
    for number, (x, top, bottom, slope) in enumerate(stops):
        if number:
            last_x, _, last_y, last_slope = stops[number - 1]
            half = (top - last_y) / 2
            commands.append(("C", (last_x + last_slope * half, last_y + half, x - slope * half, top - half, x, top)))
        if bottom > top:
            commands.append(("L", (x, bottom)))
    return Path("wire", tuple(commands)), Path("head", _triangle(end_x, end - 4.5, 9, 9))


def _label_shapes(edge: str, box: Box) -> tuple[Shape, ...]:
    room = box.width - 10
    return (
        Rect("pill", box, 7),
        Text("local", box.centre, box.top + 14, "middle", 11.5, room, slot=f"{edge}.local"),
        Path("up", _triangle(box.left + 11, box.top + 24, 8, -8)),
        Text("sent", box.centre + 6, box.top + 28, "middle", 12, room - 14, slot=f"{edge}.sent"),
    )


def _frame_shapes(
    width: float, title: Sequence[str], above: Sequence[str], below: Sequence[str], foot: float
) -> tuple[Shape, ...]:
    room = width - 2 * MARGIN
    shapes: list[Shape] = [Text("title", MARGIN, MARGIN + 10, "start", 14, room, words=words) for words in title]
    for number, words in enumerate(above):
        y = MARGIN + 10 + TITLE_LINE + SMALL_LINE * number
        shapes.append(Text("say", MARGIN, y, "start", 11.5, 2 * room, words=words))
    for number, words in enumerate(below):
        shapes.append(Text("legend", MARGIN, foot + SMALL_LINE * number, "start", 11, 2 * room, words=words))
    return tuple(shapes)


def _triangle(x: float, y: float, width: float, height: float) -> tuple[Command, ...]:
    """Centred at (x, y); it points down, or up where the height is negative."""
    flat, tip = y - height / 2, y + height / 2
    return ("M", (x - width / 2, flat)), ("L", (x + width / 2, flat)), ("L", (x, tip)), ("Z", ())


def _moved(box: Box, dx: float, dy: float) -> Box:
    return Box(box.left + dx, box.top + dy, box.width, box.height)


def _moved_route(route: Route, dx: float, dy: float) -> Route:
    stretches = tuple((x + dx, top + dy, bottom + dy) for x, top, bottom in route.stretches)
    return Route(stretches, _moved(route.label, dx, dy))
