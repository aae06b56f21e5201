"""Draft: a graph to go on writing at. From a graph's nodes it writes new ones, and makes a graph of what they say."""

from __future__ import annotations

from typing import Any

from autodiff_lessons.errors import GraphError
from autodiff_lessons.graph.graph import Graph
from autodiff_lessons.graph.tracing import Builder, Traced
from autodiff_lessons.graph.transforms import alive_part


class Draft:
    """A copy of a graph whose nodes can be calculated with: operators and NumPy's functions write new nodes.

    `draft[place]` stands for the node at that place of the graph, or of that name. It has a shape and no number, so
    nothing is computed. `draft.finished(result)` is the graph that ends in `result`: a node, a plain number, or a
    tuple, list or dict of them. It has the same arguments, and no nodes that the result does not need.

    >>> from autodiff_lessons.graph import trace
    >>> draft = Draft(trace(lambda x: x**2 + 3 * x + 2, 2.0))
    >>> slope = 2 * draft["x"] + 3
    >>> print(draft.finished(slope, title="slope"))
    slope(x): 5 nodes
      v2 = 2 * x
      v4 = v2 + 3
      return v4

    Raises GraphError for a node that the graph does not have, and where a node is asked for its number.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.builder = Builder()
        self.builder.nodes += graph.nodes

    def __len__(self) -> int:
        """How many nodes there are by now."""
        return len(self.builder.nodes)

    def __getitem__(self, node: int | str) -> Any:
        if isinstance(node, str):
            return Traced(self.builder, self.graph.place(node))
        if isinstance(node, bool) or not isinstance(node, int) or not 0 <= node < len(self.graph):
            raise GraphError(
                f"The graph {self.graph.title} has the nodes 0 to {len(self.graph) - 1}, and no node {node!r:.40}. "
                "Name one by its place or its name, as in draft[0] or draft['x']."
            )
        return Traced(self.builder, node)

    def finished(self, result: Any, title: str | None = None) -> Graph:
        """The graph of the same arguments that gives `result`."""
        made = self.builder.finished(self.graph.arguments, result, {}, title or self.graph.title)
        return alive_part(made)
