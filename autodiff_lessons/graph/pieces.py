"""Take a partitioned graph apart into few pieces that can be computed in different places.

Every shard of a partitioned graph begins with its slices of the batch. They give it its *colour*: what depends on the
slices of one shard alone has that colour, what depends on none is colourless, and where two colours meet they are
combined, which is colourless again and begins a new *phase*. All nodes of one colour and one phase are one piece. So a
loss of k shards is k + 1 pieces, and so is its derivative, unless the gradient of a shard needs the total: then each
shard has a second piece. A graph that is not partitioned is one piece.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.transforms import alive_part

Group = tuple[int, int]  # phase, colour; in the order in which they can be computed
COLOURLESS = -1
# They compute nothing and make nothing smaller, so they are done where their result is needed, not sent there.
FREE = {"reshape", "broadcast_to", "expand_dims", "squeeze", "swapaxes", "transpose", "scatter"}
LARGE = 1000  # numbers; a constant of more travels as an array, not in a piece's text


@dataclass(frozen=True, slots=True)
class Given:
    """An input of a piece that is known from the start: the value of the graph's input or constant `place`, or of it
    the rows from `first` to before `last` on the axis `axis`."""

    place: int
    axis: int = 0
    first: int = 0
    last: int | None = None

    def of(self, value: Any) -> Any:
        if self.last is None:
            return value
        return np.ascontiguousarray(value[(*(slice(None),) * self.axis, slice(self.first, self.last))])


@dataclass(frozen=True, slots=True)
class Made:
    """An input of a piece that another piece makes: result number `position` of the piece number `piece`."""

    piece: int
    position: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A graph that is computed in one place. It gives a tuple of results; the last piece gives the whole graph's."""

    graph: Graph
    sources: tuple[Given | Made, ...]  # one an input


def pieces(graph: Graph) -> tuple[Graph, tuple[Piece, ...]]:
    """The pieces of a graph, each after those that it needs, and the graph that the places in their sources mean.

    Sums over shards are regrouped, so that each shard adds up its own terms; the last digits may change by that.
    """
    coloured = _Coloured(alive_part(graph))
    return coloured.graph, _Assembly(coloured).pieces()


class _Coloured:
    """The graph with its sums regrouped, and the colour and the phase of every node."""

    def __init__(self, graph: Graph) -> None:
        self.nodes: list[Node] = []
        self.colour: list[int] = []
        self.phase: list[int] = []
        self.slices: dict[int, Given] = {}  # the nodes that are a shard's slice of another one
        self._place: dict[int, int] = {}  # where each old node went
        tiles, sums = _tiles(graph), _sums(graph)
        inside = {place for parts in sums.values() for place in parts[:-1]}
        for place, node in enumerate(graph.nodes):
            if place in tiles and self.colour[self._place[node.inputs[0]]] == COLOURLESS:
                colour, part = tiles[place]
                source = self._place[node.inputs[0]]
                self._place[place] = self._add(replace(node, inputs=(source,)), colour)
                self.slices[self._place[place]] = replace(part, place=source)
            elif place in sums:
                self._add_sum(graph, sums[place])
            elif place not in inside:
                self._copy(graph, place)
        leaves, rebuild = trees.flatten((tuple(graph.arguments.values()), graph.result))
        values, result = rebuild([self._place[one] for one in leaves])
        arguments = dict(zip(graph.arguments, values, strict=True))
        self.graph = Graph(tuple(self.nodes), arguments, result, graph.title)

    def _copy(self, graph: Graph, place: int) -> None:
        node = graph.nodes[place]
        self._place[place] = self._add(replace(node, inputs=tuple(self._place[one] for one in node.inputs)))

    def _add(self, node: Node, colour: int | None = None, phase: int = 0) -> int:
        """Write a node down, with the colour of its inputs unless one is given, and in this phase or a later one."""
        colours = {self.colour[one] for one in node.inputs} - {COLOURLESS}
        for one in node.inputs:
            meets = len(colours) > 1 and self.colour[one] != COLOURLESS
            phase = max(phase, self.phase[one] + meets)
        if colour is None:
            colour = colours.pop() if len(colours) == 1 else COLOURLESS
        self.nodes.append(node)
        self.colour.append(colour)
        self.phase.append(phase)
        return len(self.nodes) - 1

    def _add_sum(self, graph: Graph, parts: list[int]) -> None:
        """A sum of several terms: first each colour's own terms, then the sums of the colours and what has none."""
        inside = set(parts)
        terms = [self._place[one] for part in parts for one in graph.nodes[part].inputs if one not in inside]
        by_colour: dict[int, list[int]] = defaultdict(list)
        for one in terms:
            by_colour[self.colour[one]].append(one)
        without = by_colour.pop(COLOURLESS, [])
        if len(by_colour) < 2:
            for part in parts:
                self._copy(graph, part)
            return
        root = graph.nodes[parts[-1]]
        phase = 1 + max(self.phase[one] for own in by_colour.values() for one in own)
        sums = [self._total(root, by_colour[colour], colour) for colour in sorted(by_colour)]
        whole = self._total(root, [*sums, *without], COLOURLESS, phase)
        self.nodes[whole] = replace(self.nodes[whole], name=root.name)
        self._place[parts[-1]] = whole

    def _total(self, like: Node, terms: list[int], colour: int, phase: int = 0) -> int:
        total = terms[0]
        for one in terms[1:]:
            total = self._add(replace(like, inputs=(total, one), name=None), colour, phase)
        return total


def _tiles(graph: Graph) -> dict[int, tuple[int, Given]]:
    """The slices that cut one axis of a value into parts without gaps: the number of the part, and which it is."""
    found: dict[tuple[int, int], dict[int, Given]] = defaultdict(dict)
    for place, node in enumerate(graph.nodes):
        if node.kind == "getitem":
            index = node.parameters["index"]
            parts = index if isinstance(index, tuple) else (index,)
            if all(isinstance(one, slice) for one in parts) and all(one == slice(None) for one in parts[:-1]):
                first, last = parts[-1].start, parts[-1].stop
                if isinstance(first, int) and isinstance(last, int) and parts[-1].step is None:
                    axis, (source,) = len(parts) - 1, node.inputs
                    found[source, axis][place] = Given(source, axis, first, last)
    tiles: dict[int, tuple[int, Given]] = {}
    for (source, axis), slices in found.items():
        edges = sorted({(one.first, one.last) for one in slices.values()})
        ends = [0, *(last for _, last in edges)]
        if (
            len(edges) > 1
            and [first for first, _ in edges] == ends[:-1]
            and ends[-1] == graph.nodes[source].shape[axis]
        ):
            tiles |= {place: (edges.index((one.first, one.last)), one) for place, one in slices.items()}
    return tiles


def _sums(graph: Graph) -> dict[int, list[int]]:
    """The sums of three terms or more: the additions that make each up, by the place of the last one."""
    uses = Counter([*graph.outputs, *(one for node in graph.nodes for one in node.inputs)])
    sums: dict[int, list[int]] = {}
    for place, node in enumerate(graph.nodes):
        operands = [graph.nodes[one] for one in node.inputs]
        if node.kind == "add" and all((one.shape, one.dtype) == (node.shape, node.dtype) for one in operands):
            inner = [sums.pop(one) for one in set(node.inputs) if one in sums and uses[one] == 1]
            longest = max(inner, key=len, default=[])
            for one in inner:
                if one is not longest:
                    longest += one
            longest.append(place)
            sums[place] = longest
    return {place: sorted(parts) for place, parts in sums.items() if len(parts) > 1}


class _Assembly:
    """Which piece computes which node, and what has to travel between them."""

    def __init__(self, coloured: _Coloured) -> None:
        self.coloured, self.graph = coloured, coloured.graph
        self.group: dict[int, Group] = {}  # the piece that computes a node
        self.needed: dict[int, set[Group]] = defaultdict(set)  # the pieces that use it
        self.end = self._last_group()
        for place in self.graph.outputs:
            self.needed[place].add(self.end)
        for place in range(len(self.graph) - 1, -1, -1):
            self._assign(place)

    def _last_group(self) -> Group:
        """The last piece, which also nests all the results. No other one needs it, since each needs earlier ones."""
        computed = [one for one, node in enumerate(self.graph.nodes) if node.op is not None and node.kind not in FREE]
        groups = [(self.coloured.phase[one], self.coloured.colour[one]) for one in computed]
        return max(groups, default=(0, COLOURLESS))

    def _assign(self, place: int) -> None:
        node, needed = self.graph.nodes[place], self.needed[place]
        if node.op is None or self._given(place) is not None:
            return
        if node.kind in FREE:
            for one in node.inputs:
                self.needed[one] |= needed
            return
        colour, phase = self.coloured.colour[place], self.coloured.phase[place]
        colours = {one for _, one in needed}
        if place in self.coloured.slices:
            colour = COLOURLESS  # it is cut where it is made, so that the slice alone travels
        elif len(colours) == 1 and all(self.coloured.colour[one] == COLOURLESS for one in node.inputs):
            phase, colour = min(needed)  # needed in one place alone, so computed there
        self.group[place] = phase, colour
        for one in node.inputs:
            self.needed[one].add((phase, colour))

    def _given(self, place: int) -> Given | None:
        """Where a piece gets this from, if it is known from the start and not written into the piece."""
        if place in self.coloured.slices:
            part = self.coloured.slices[place]
            return part if self._given(part.place) is not None else None
        node = self.graph.nodes[place]
        return Given(place) if node.is_input or (node.is_constant and _is_large(node.value)) else None

    def pieces(self) -> tuple[Piece, ...]:
        order = sorted({*self.group.values(), self.end})
        members: dict[Group, list[int]] = defaultdict(list)
        for place in range(len(self.graph)):
            if place in self.group:
                members[self.group[place]].append(place)
            elif self._given(place) is None:
                for group in self.needed[place]:
                    members[group].append(place)
        results = {
            group: [one for one in members[group] if self.group.get(one) == group and self.needed[one] - {group}]
            for group in order
        }
        made = {one: Made(order.index(group), at) for group in order for at, one in enumerate(results[group])}
        return tuple(self._piece(group, members[group], results[group], made, len(order)) for group in order)

    def _piece(self, group: Group, members: list[int], results: list[int], made: dict[int, Made], count: int) -> Piece:
        nodes: list[Node] = []
        where: dict[int, int] = {}
        sources: list[Given | Made] = []
        arguments: dict[str, int] = {}

        def local(place: int) -> int:
            if place not in where:
                node = self.graph.nodes[place]
                nodes.append(Node(None, (), node.shape, node.dtype, node.name))
                sources.append(self._given(place) or made[place])
                where[place] = arguments[f"input_{len(sources)}"] = len(nodes) - 1
            return where[place]

        for place in members:
            node = self.graph.nodes[place]
            inputs = tuple(map(local, node.inputs))
            nodes.append(replace(node, inputs=inputs))
            where[place] = len(nodes) - 1
        result: Any = tuple(map(local, results))
        if group == self.end:
            leaves, rebuild = trees.flatten(self.graph.result)
            result = rebuild([local(one) for one in leaves])
        title = self.graph.title if count == 1 else _title(*group)
        return Piece(Graph(tuple(nodes), arguments, result, title), tuple(sources))


def _title(phase: int, colour: int) -> str:
    """What a piece is called: shared, shard-1, combine, with the number of its phase where that is not the first."""
    name = f"shard-{colour + 1}" if colour != COLOURLESS else "combine" if phase else "shared"
    again = phase - (colour == COLOURLESS)
    return f"{name}-phase-{again + 1}" if again > 0 else name


def _is_large(value: Any) -> bool:
    """Whether a constant is too much for a piece's text, where an array of equal numbers takes no room."""
    return np.size(value) > LARGE and bool((value != value.flat[0]).any())
