"""GraphStory: boxes and arrows that appear and change step by step, told by whoever makes it.

    story = GraphStory("the tree of 3*x")
    x, times = story.node("x", kind="input"), story.node("*", uses=[...])
    story.tell("First x.", shows=[x])
    story.tell("Then the product.", active=[times])

A derivative's tree that grows, the calls of a recursive function, a tape: anything that is a graph and has a story. The
whole picture is laid out at once, so nothing jumps; what has not appeared yet is not drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.layout import Box, lay_out
from autodiff_lessons.widgets.pictures import live_svg
from autodiff_lessons.widgets.scene import Group, Rect, Scene, Shape, Text, edge_shapes, framed
from autodiff_lessons.widgets.stepped import SteppedPicture

KINDS = ("input", "constant", "operation", "output")
STATES = ("absent", "waiting", "ready", "active-forward", "active-backward", "done")
CHARACTER_WIDTH = 8.4  # of the size that a box's words are written in
HEIGHT = 30.0


@dataclass
class _Box:
    label: str
    kind: str
    inputs: list[int]
    texts: list[tuple[int, str]]  # a timeline of what stands in the box
    states: list[tuple[int, str]] = field(default_factory=lambda: [(0, "absent")])


class GraphStory(SteppedPicture):
    """A picture that is told step by step. `node` adds its boxes, `tell` its steps; then show it in a cell.

    title    a heading
    """

    _sort = "Picture"

    def __init__(self, title: str) -> None:
        self._title = self._short_name = title
        self._boxes: list[_Box] = []
        self._says: list[str] = []
        super().__init__()

    def node(self, label: str, *, uses: Iterable[int] = (), kind: str = "operation") -> int:
        """Add a box under the boxes that it `uses`, and return its number. It appears when a step names it.

        kind   input, constant, operation or output: how the box is drawn
        """
        inputs = list(uses)
        if kind not in KINDS:
            raise WidgetError(f"kind is {kind!r}; it is one of {', '.join(KINDS)}.")
        if any(not 0 <= one < len(self._boxes) for one in inputs):
            raise WidgetError(f"{label} uses {inputs}, but there are only {len(self._boxes)} boxes before it.")
        self._boxes.append(_Box(label, kind, inputs, [(0, label)]))
        return len(self._boxes) - 1

    def tell(
        self,
        say: str,
        *,
        shows: Iterable[int] = (),
        active: Iterable[int] = (),
        backward: Iterable[int] = (),
        done: Iterable[int] = (),
        hides: Iterable[int] = (),
        texts: Mapping[int, str] | None = None,
    ) -> None:
        """Add a step: a sentence, and which boxes it brings, works on, finishes, takes away, or writes anew.

        A box that a step works on (`active`, or `backward` for the way back) is an ordinary one again afterwards.
        """
        step = len(self._says)
        self._says.append(say)
        for box in self._boxes:
            if box.states[-1][1] in ("active-forward", "active-backward"):
                box.states.append((step, "ready" if box.states[-1][1] == "active-forward" else "done"))
        named = {"ready": shows, "done": done, "absent": hides, "active-forward": active, "active-backward": backward}
        for state, which in named.items():
            for one in which:
                _from(self._boxes[one].states, step, state)
        for one, words in (texts or {}).items():
            _from(self._boxes[one].texts, step, words)
        self._tell_the_page()

    def _tell_the_page(self) -> None:
        ids = [f"n{number}" for number in range(len(self._boxes))]
        edges = self._edges()
        appears = [next((step for step, state in box.states if state != "absent"), None) for box in self._boxes]
        states: dict[str, Any] = {one: box.states for one, box in zip(ids, self._boxes, strict=True)}
        for number, (source, target) in enumerate(edges):
            states[f"e{number}"] = _while_both_are_there(self._boxes[source].states, self._boxes[target].states)
        with self.hold_sync():
            self.drawn = {
                "title": self._title,
                "columns": ["node", "inputs", "shows"],
                "nodes": [
                    {"id": one, "label": box.label, "kind": box.kind, "inputs": [ids[at] for at in box.inputs]}
                    for one, box in zip(ids, self._boxes, strict=True)
                ],
                "edges": [{"id": f"e{at}", "source": ids[a], "target": ids[b]} for at, (a, b) in enumerate(edges)],
                "steps": [self._step(say, number, ids) for number, say in enumerate(self._says)],
                "texts": {
                    f"{one}.words": _from_when_it_is_there(box.texts, at)
                    for one, box, at in zip(ids, self._boxes, appears, strict=True)
                },
                "states": states,
            }
            self.svg = live_svg(self._draw(), self._title, self._description())

    def _step(self, say: str, number: int, ids: Sequence[str]) -> dict[str, Any]:
        """A step's sentence, and the box that the page brings into view."""
        working = [
            one
            for one, box in zip(ids, self._boxes, strict=True)
            if (number, "active-forward") in box.states or (number, "active-backward") in box.states
        ]
        return {"phase": "told", "node": working[0] if working else None, "say": say}

    def _edges(self) -> list[tuple[int, int]]:
        return [(source, target) for target, box in enumerate(self._boxes) for source in box.inputs]

    def _draw(self, heading: Sequence[str] = (), legend: Sequence[str] = ()) -> Scene:
        sizes = [(max(34.0, CHARACTER_WIDTH * max(map(len, _words(box))) + 18), HEIGHT) for box in self._boxes]
        edges = self._edges()
        layout = lay_out(sizes, edges, (8.0, 0.0))

        def groups(left: float, top: float) -> list[Group]:
            drawn = [
                Group(f"e{number}", "edge", edge_shapes(route, left, top)) for number, route in enumerate(layout.edges)
            ]
            for number, (box, place) in enumerate(zip(self._boxes, layout.nodes, strict=True)):
                moved = Box(place.left + left, place.top + top, place.width, place.height)
                drawn.append(Group(f"n{number}", box.kind, _shapes(f"n{number}", box, moved)))
            return drawn

        return framed(layout.width, layout.height, groups, heading, legend)


def _shapes(name: str, box: _Box, place: Box) -> tuple[Shape, ...]:
    radius = 14.0 if box.kind == "input" else 5.0
    shapes: list[Shape] = [Rect("box", place, radius)]
    if box.kind == "output":
        shapes.append(
            Rect("outline", Box(place.left - 4, place.top - 4, place.width + 8, place.height + 8), radius + 4)
        )
    middle = place.top + place.height / 2 + 4.5
    shapes.append(Text("name", place.centre, middle, "middle", 13, place.width - 8, slot=f"{name}.words"))
    return tuple(shapes)


def _words(box: _Box) -> list[str]:
    return [words for _, words in box.texts]


def _from_when_it_is_there(texts: list[tuple[int, str]], appears: int | None) -> list[tuple[int, str]]:
    """A box's texts, nothing before the step at which it appears."""
    if not appears:
        return texts if appears == 0 else [(0, "")]
    label = [words for step, words in texts if step <= appears][-1]
    return [(0, ""), (appears, label), *(entry for entry in texts if entry[0] > appears)]


def _while_both_are_there(one: list[tuple[int, str]], other: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The timeline of an arrow between two boxes."""
    timeline = [(0, "absent")]
    for step in sorted({step for step, _ in one + other}):
        now = [[state for begun, state in states if begun <= step][-1] for states in (one, other)]
        state = "absent" if "absent" in now else "ready"
        if state != timeline[-1][1]:
            _from(timeline, step, state)
    return timeline


def _from(timeline: list[tuple[int, str]], step: int, entry: str) -> None:
    """Let `entry` hold from this step on."""
    if timeline[-1][0] == step:
        timeline[-1] = (step, entry)
    else:
        timeline.append((step, entry))
