"""DerivativeGraphStory: the backward pass over a graph, writing nodes where it would compute numbers."""

from __future__ import annotations

from typing import Any

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.graph import Draft, Graph
from autodiff_lessons.graph.source import names_of, shown
from autodiff_lessons.graph.tracing import Traced
from autodiff_lessons.widgets.graph_story import GraphStory

MOST_BOXES = 60  # beyond that nobody finds anything in the picture


class DerivativeGraphStory(GraphStory):
    """Step backwards through a graph and watch the graph of its derivative grow: `DerivativeGraphStory(graph, "x")`.

    Each step works on one node. The engine's rule of its operation gives the slopes that its inputs are sent; slopes
    that are plain numbers need no node, all others are new nodes, named by their places as in a listing of the graph.
    The last step takes away what the derivative does not need. Numbers stand in the boxes that use them.

    Raises WidgetError for a graph that has no such argument, or whose picture would be too large to read.
    """

    def __init__(self, graph: Graph, wrt: str = "x") -> None:
        super().__init__(f"The derivative graph of {graph.title} by {wrt}")
        if not isinstance(graph.arguments.get(wrt), int) or not isinstance(graph.result, int):
            raise WidgetError(
                f"{graph.title}({', '.join(graph.arguments)}) has no single number {wrt!r} and result to differentiate."
            )
        self._graph, self._draft = graph, Draft(graph)
        self._box_of: dict[int, int] = {}  # the box of a node of the draft; none for constants
        self._add_boxes(graph.result)
        begins = "The graph as it was traced. A slope of 1 comes from outside, to its result."
        self.tell(begins, shows=self._box_of.values())
        slope = self._swept(graph.arguments[wrt])
        self._tell_the_end(slope, wrt)

    def _swept(self, wrt: int) -> Any:
        """The slope that arrives at the input `wrt`; a step for each node on the way."""
        moving = {wrt}
        for place, node in enumerate(self._graph.nodes):
            if moving.intersection(node.inputs):
                moving.add(place)
        slopes: dict[int, Any] = {self._graph.result: 1.0}
        for place in sorted(moving - {wrt}, reverse=True):
            if place not in slopes:
                continue
            node, before = self._graph.nodes[place], len(self._draft)
            assert node.op is not None
            inputs, said = [self._given(one) for one in node.inputs], []
            for position, one in enumerate(node.inputs):
                if one in moving:
                    sent = node.op.pull(position, slopes[place], self._draft[place], inputs, dict(node.parameters))
                    said.append(f"{self._named(self._draft[one])} is sent {self._named(sent)}")
                    if one in slopes:
                        slopes[one] = slopes[one] + sent
                        said[-1] += f"; added to what it has, that makes {self._named(slopes[one])}"
                    else:
                        slopes[one] = sent
            self._add_boxes()
            new = [self._box_of[at] for at in range(before, len(self._draft)) if at in self._box_of]
            said[-1] += "." if new else ": numbers, no nodes." if len(said) > 1 else ": a number, no node."
            self.tell(
                f"The slope of {self._named(self._draft[place])} is {self._named(slopes[place])}. "
                f"By the rule of {node.op.symbol}, {' and '.join(said)}",
                active=[self._box_of[place]],
                backward=new,
            )
        return slopes.get(wrt, 0.0)

    def _tell_the_end(self, slope: Any, wrt: str) -> None:
        end = self.node(f"d{self._graph.title}/d{wrt}", uses=self._boxes_under(slope), kind="output")
        there = len(self._box_of)
        arrived = self._named(slope)
        self.tell(f"What has arrived at {wrt}, {arrived}, is the derivative.", active=[end])
        kept = set(self._graph.inputs)
        todo = [slope.place] if isinstance(slope, Traced) else []
        while todo:
            at = todo.pop()
            kept.add(at)
            todo += self._draft.builder.nodes[at].inputs
        needless = [box for at, box in self._box_of.items() if at not in kept]
        self.tell(
            f"What d{self._graph.title}/d{wrt} needs: {there - len(needless)} of the {there} boxes. The others go.",
            hides=needless,
            done=[end],
        )

    def _given(self, place: int) -> Any:
        """What a rule calculates with: a node of the draft, or the number of a constant."""
        node = self._graph.nodes[place]
        return node.value if node.is_constant else self._draft[place]

    def _boxes_under(self, slope: Any) -> list[int]:
        return [self._box_of[slope.place]] if isinstance(slope, Traced) and slope.place in self._box_of else []

    def _add_boxes(self, output: int = -1) -> None:
        """A box for each node of the draft that has none yet."""
        nodes, names = self._draft.builder.nodes, self._names()
        for place, node in enumerate(nodes):
            if place in self._box_of or node.is_constant:
                continue
            label = names[place] if node.op is None else f"{names[place]} = {shown(node, names)}"
            uses = [self._box_of[one] for one in dict.fromkeys(node.inputs) if one in self._box_of]
            kind = "input" if node.op is None else "output" if place == output else "operation"
            self._box_of[place] = self.node(label, uses=uses, kind=kind)
        if len(self._box_of) > MOST_BOXES:
            raise WidgetError(
                f"{self._graph.title} and its derivative have more than {MOST_BOXES} nodes, and a picture of so many "
                "can't be read. print(graph.derivative()) lists them."
            )

    def _names(self) -> tuple[str, ...]:
        return names_of(Graph(tuple(self._draft.builder.nodes), self._graph.arguments, self._graph.result))

    def _named(self, slope: Any) -> str:
        """What a node of the draft is called; a plain number as a number."""
        return self._names()[slope.place] if isinstance(slope, Traced) else f"{slope:g}"
