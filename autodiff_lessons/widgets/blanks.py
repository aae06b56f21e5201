"""Questions on a graph: which numbers are left blank, and how typed answers are read.

An answer that is hidden in the picture must not be anywhere in the page's data either, nor follow from what is there
without the work that the question asks for. So a question shows the structure, the values that the asked ones do not
lead to, and nothing of the backward pass.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.graph_data import Graph, GraphNode
from autodiff_lessons.widgets.narration import narrated
from autodiff_lessons.widgets.number_text import MINUS
from autodiff_lessons.widgets.scene import Scene

KINDS = ("value", "cotangent", "edge")
BLANK = "?"
HOW_TO_ANSWER = "Fill in the boxes on the graph, then press Enter or Check."


@dataclass(frozen=True)
class Blank:
    """One number that the learner types: the "value" or "cotangent" of a node, or the local derivative on an "edge".

    `node` is the node's name as the picture shows it, for an edge (source name, target name); `field` is the name
    under which the answer reaches `check`.
    """

    field: str
    what: str
    node: str | tuple[str, str]

    def __post_init__(self) -> None:
        pair = isinstance(self.node, tuple) and len(self.node) == 2
        if self.what not in KINDS or pair != (self.what == "edge"):
            raise WidgetError(
                f"{self!r} describes no blank: write Blank({self.field!r}, 'value', 'x1'), 'cotangent' in the place of "
                f"'value', or Blank({self.field!r}, 'edge', ('w', 'x1'))."
            )

    @property
    def spoken(self) -> str:
        """What a screen reader says for its box."""
        if isinstance(self.node, tuple):
            source, target = self.node
            return f"local derivative on the edge from {source} to {target}"
        return f"{self.what} of {self.node}"


def slots_of(graph: Graph, blanks: Sequence[Blank]) -> dict[str, Blank]:
    """The slot of the picture that each blank stands in. WidgetError for a node or an edge that the graph lacks."""
    found: dict[str, Blank] = {}
    for blank in blanks:
        slot = _slot_of(graph, blank)
        if slot in found or blank.field in {one.field for one in found.values()}:
            raise WidgetError(f"{blank!r} asks twice for the same number or the same field.")
        found[slot] = blank
    return found


def question_legend(blanks: Sequence[Blank]) -> list[str]:
    """What the boxes of a question stand for."""
    asked = {blank.what for blank in blanks}
    lines = ["Arrows follow the data, down to the output (double border)."]
    if "edge" in asked:
        lines.append("A box on an arrow asks for the local derivative: d (where the arrow ends) / d (where it starts).")
    if "cotangent" in asked:
        lines.append("Cotangent of a node: d output / d node.")
    return lines


def question_data(graph: Graph, slots: Mapping[str, Blank]) -> dict[str, Any]:
    """The graph's data without the answers: one step; the blanks read "?", and what would tell them is empty."""
    asked = {slot.split(".")[0] for slot, blank in slots.items() if blank.what == "value"}
    hidden = _with_descendants(graph, asked)
    data = narrated(graph)
    data["steps"] = [{"phase": "question", "node": None, "say": HOW_TO_ANSWER}]
    values = {f"{node.id}.value" for node in graph.nodes if node.id not in hidden}
    values |= {slot.replace(".value", ".full") for slot in values}
    data["texts"] = {
        slot: [[0, timeline[-1][1] if slot in values else BLANK if slot.replace(".full", ".value") in slots else ""]]
        for slot, timeline in data["texts"].items()
    }
    for node in graph.nodes:
        if f"{node.id}.cotangent" in slots:
            data["texts"][f"{node.id}.total"] = [[0, BLANK]]
    data["states"] = {owner: [[0, "asked" if f"{owner}.local" in slots else "ready"]] for owner in data["states"]}
    for node in data["nodes"]:
        node["cotangent"], node["terms"] = None, []
        if node["id"] in hidden:
            node["value"] = None
    for edge in data["edges"]:
        edge["local"] = edge["sent"] = None
    return data


def boxes(scene: Scene, slots: Mapping[str, Blank]) -> list[dict[str, Any]]:
    """Where the page puts an input for each blank, and what it is called."""
    found = []
    for slot, blank in slots.items():
        box = scene.places[slot]
        place = {"left": box.left, "top": box.top, "width": box.width, "height": box.height}
        rounded = {side: round(number, 1) for side, number in place.items()}
        found.append({"field": blank.field, "label": blank.spoken, **rounded})
    return found


def read_answers(typed: Mapping[str, Any], blanks: Sequence[Blank]) -> dict[str, float | str | None]:
    """Each field's number: None where nothing was typed, the text itself where it is no number. 1/2 is a number."""
    return {blank.field: _number(str(typed.get(blank.field, ""))) for blank in blanks}


def _number(text: str) -> float | str | None:
    cleaned = text.strip().replace(MINUS, "-")
    if not cleaned:
        return None
    try:
        numerator, _, denominator = cleaned.partition("/")
        number = float(numerator) / float(denominator or 1)
    except (ValueError, ZeroDivisionError):
        return text.strip()
    return number if math.isfinite(number) else text.strip()


def _slot_of(graph: Graph, blank: Blank) -> str:
    if isinstance(blank.node, tuple):
        ends = tuple(_node(graph, one, blank).id for one in blank.node)
        edges = [edge for edge in graph.edges if (edge.source, edge.target) == ends and edge.tracked]
        if len(edges) != 1:
            raise WidgetError(f"{blank!r}: the graph has {len(edges)} tracked edges between these nodes, not one.")
        return f"{edges[0].id}.local"
    node = _node(graph, blank.node, blank)
    if blank.what == "cotangent" and not node.tracked:
        raise WidgetError(f"{blank!r}: {blank.node} is not tracked, so it has no cotangent.")
    return f"{node.id}.{blank.what}"


def _node(graph: Graph, label: str, blank: Blank) -> GraphNode:
    for node in graph.nodes:
        if node.label == label and not node.is_plain_constant:
            return node
    labels = ", ".join(node.label for node in graph.nodes if not node.is_plain_constant)
    raise WidgetError(f"{blank!r}: the graph has no node named {label!r}. It has {labels}.")


def _with_descendants(graph: Graph, asked: set[str]) -> set[str]:
    hidden = set(asked)
    for node in graph.nodes:  # inputs come before their users
        if hidden.intersection(node.inputs):
            hidden.add(node.id)
    return hidden
