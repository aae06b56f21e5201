"""The computation graph as data: nodes, edges, numbers and the order of the steps, read from the engine.

Nothing is differentiated here: values, local derivatives and contributions all come from the engine's own sweep, so
the picture can't disagree with `backward()`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autodiff_lessons.engine import reverse
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import GraphError
from autodiff_lessons.widgets.number_text import MINUS, as_json, number_text
from autodiff_lessons.widgets.recording import Recording

MOST_NODES = 400
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass
class GraphNode:
    """One tensor or constant. `cotangent` is None where nothing can arrive: untracked, constant or not connected."""

    id: str
    kind: str  # input, constant, operation, output
    label: str  # unique in the graph, except for plain constants, which are called by their value
    name: str | None
    operation: str | None  # the symbol that is drawn
    tracked: bool
    value: Any
    inputs: list[str] = field(default_factory=list)
    cotangent: Any = None
    terms: list[Any] = field(default_factory=list)  # what its users sent, in the order of the sweep

    @property
    def is_operation(self) -> bool:
        return self.operation is not None

    @property
    def is_plain_constant(self) -> bool:
        """A number written in the program, such as the 3 in 3*x."""
        return self.kind == "constant" and self.name is None


@dataclass
class GraphEdge:
    """Data flows from `source` into place number `position` of `target`; what was `sent` back runs against it."""

    id: str
    source: str
    target: str
    position: int
    tracked: bool
    local: Any = None  # d target / d source where the operation is element-wise
    sent: Any = None


@dataclass
class Graph:
    """Nodes (inputs, constants, then operations as the forward pass computes them), edges, and the sweep's order."""

    title: str
    nodes: list[GraphNode]
    edges: list[GraphEdge]
    output: str
    backward_order: list[str]  # operations as the reverse sweep visits them; empty without a backward pass
    seed: Any = None  # None: the output is no single number, or nothing is tracked

    def node(self, node_id: str) -> GraphNode:
        return self.nodes[int(node_id[1:])]

    def edges_into(self, node_id: str) -> list[GraphEdge]:
        return [edge for edge in self.edges if edge.target == node_id]

    def structure(self) -> tuple[Any, ...]:
        """Equal for two graphs that have the same picture up to their numbers."""
        nodes = tuple(
            (one.kind, one.name if one.is_plain_constant else one.label, one.name, one.operation, one.tracked)
            for one in self.nodes
        )
        return nodes, tuple((edge.source, edge.target, edge.tracked) for edge in self.edges), self.seed is None

    def to_json(self) -> dict[str, Any]:
        """Plain data: what the page gets, and what a page that runs the graph itself would start from."""
        return {
            "title": self.title,
            "nodes": [
                {
                    "id": one.id,
                    "label": one.label,
                    "kind": one.kind,
                    "name": one.name,
                    "operation": one.operation,
                    "inputs": one.inputs,
                    "tracked": one.tracked,
                    "shape": list(np.shape(one.value)),
                    "value": as_json(one.value),
                    "cotangent": as_json(one.cotangent),
                    "terms": [as_json(term) for term in one.terms],
                }
                for one in self.nodes
            ],
            "edges": [
                {
                    "id": edge.id,
                    "source": edge.source,
                    "target": edge.target,
                    "position": edge.position,
                    "tracked": edge.tracked,
                    "local": as_json(edge.local),
                    "sent": as_json(edge.sent),
                }
                for edge in self.edges
            ],
        }


def graph_of(recording: Recording, title: str | None = None) -> Graph:
    """The graph behind `recording.output`, with every number that one forward and one backward pass produce.

    Raises GraphError when it has more nodes than anybody can read, and DomainError where a derivative does not exist.
    """
    order = reverse.topological_order(recording.output) if recording.output.requires_grad else [recording.output]
    if len(order) > MOST_NODES:
        raise _too_large(len(order))
    builder = _Builder(recording)
    for leaf in recording.inputs:
        builder.add_leaf(leaf)
    for tensor in order:
        if tensor.op is None:
            builder.add_leaf(tensor)
    for tensor in order:
        if tensor.op is not None:
            for one in tensor.inputs:
                builder.add_operand(one)
    operations = [tensor for tensor in order if tensor.op is not None]
    for tensor in operations:
        builder.add_operation(tensor)
    if len(builder.nodes) > MOST_NODES:
        raise _too_large(len(builder.nodes))
    graph = builder.finished(title)
    if recording.output.requires_grad and recording.output.data.size == 1:
        _sweep(graph, recording.output, operations, builder.tensor_ids)
    return graph


class _Builder:
    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.nodes: list[GraphNode] = []
        self.edges: list[GraphEdge] = []
        self.tensor_ids: dict[int, str] = {}  # id(tensor or array) -> node id
        self.operands: list[tuple[Any, str]] = []  # plain numbers, one node an occurrence

    def _append(self, kind: str, one: Any, value: Any, operation: str | None = None) -> GraphNode:
        tracked = isinstance(one, Tensor) and one.requires_grad
        name = (one.name if isinstance(one, Tensor) else None) or self.recording.names.get(id(one))
        node = GraphNode(f"n{len(self.nodes)}", kind, "", name, operation, tracked, value)
        self.nodes.append(node)
        return node

    def add_leaf(self, leaf: Tensor) -> None:
        if id(leaf) not in self.tensor_ids:
            node = self._append("input" if leaf.requires_grad else "constant", leaf, leaf.data)
            self.tensor_ids[id(leaf)] = node.id

    def add_operand(self, one: Any) -> None:
        if isinstance(one, Tensor):
            if not one.requires_grad:
                self.add_leaf(one)
        elif id(one) not in self.tensor_ids:
            node = self._append("constant", one, one)
            if isinstance(one, np.ndarray):  # Python may share one object between two equal numbers, an array is itself
                self.tensor_ids[id(one)] = node.id
            else:
                self.operands.append((one, node.id))

    def add_operation(self, tensor: Tensor) -> None:
        assert tensor.op is not None
        symbol = MINUS if tensor.op.symbol == "-" else tensor.op.symbol
        node = self._append("output" if tensor is self.recording.output else "operation", tensor, tensor.data, symbol)
        self.tensor_ids[id(tensor)] = node.id
        for position, one in enumerate(tensor.inputs):
            source = self.tensor_ids.get(id(one)) if isinstance(one, Tensor | np.ndarray) else None
            if source is None:
                source = self.operands.pop(0)[1]  # operands are met in the order in which they were added
            node.inputs.append(source)
            tracked = isinstance(one, Tensor) and one.requires_grad
            self.edges.append(GraphEdge(f"e{len(self.edges)}", source, node.id, position, tracked))

    def finished(self, title: str | None) -> Graph:
        give_labels(self.nodes)
        output = self.nodes[int(self.tensor_ids[id(self.recording.output)][1:])]
        return Graph(title or f"graph of {output.label}", self.nodes, self.edges, output.id, [])


def give_labels(nodes: list[GraphNode]) -> None:
    """A name, or the operation's symbol; where two are equal, +₁ and +₂ in the order of the forward pass. A constant
    without a name is called by its value."""
    for node in nodes:
        node.label = node.name or node.operation or ("leaf" if node.tracked else number_text(node.value))
    named = [node for node in nodes if not node.is_plain_constant]
    counts = Counter(node.label for node in named)
    met: Counter[str] = Counter()
    for node in named:
        if counts[label := node.label] > 1:
            met[label] += 1
            node.label = label + str(met[label]).translate(_SUBSCRIPTS)


def _sweep(graph: Graph, output: Tensor, operations: list[Tensor], ids: dict[int, str]) -> None:
    """Send the cotangents back as the engine does, and write down every one on its way."""
    graph.seed = reverse.seed(output)
    graph.node(graph.output).cotangent = graph.seed
    edges = {(edge.target, edge.position): edge for edge in graph.edges}
    for tensor in reversed(operations):
        node = graph.node(ids[id(tensor)])
        graph.backward_order.append(node.id)
        local = reverse.local_derivatives(tensor)  # a DomainError where one is infinite
        for position, source, contribution in reverse.contributions(tensor, node.cotangent):
            edge = edges[node.id, position]
            edge.local, edge.sent = local[position], contribution
            receiver = graph.node(ids[id(source)])
            receiver.terms.append(contribution)
            first = len(receiver.terms) == 1
            receiver.cotangent = contribution if first else receiver.cotangent + contribution


def _too_large(count: int) -> GraphError:
    return GraphError(
        f"This graph has {count:,} nodes, and nobody can read a picture of more than {MOST_NODES}. Draw a part of it: "
        "the graph of an earlier tensor, fewer turns of a loop, or arrays in the place of single numbers."
    )
