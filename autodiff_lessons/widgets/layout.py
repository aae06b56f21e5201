"""Where the boxes and arrows of a computation graph go: in layers, the inputs at the top and the output at the bottom.

The steps are those of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures"
(1981): give every node a row, cut long edges into pieces of one row each, order the rows so that few edges cross
(row_order.py), then move the boxes towards their neighbours. Between two rows of nodes lies a row of edge labels. A
label is a box of its own, so that nothing can overlap it and two edges between the same nodes are drawn apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from autodiff_lessons.widgets.row_order import ordered_rows

Edge = tuple[int, int]

SIDE_GAP = 22.0  # between neighbours in a row
WIRE_WIDTH = 4.0  # what a long edge takes up in the rows that it only passes
PLACE_SWEEPS = 8


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> float:
        return self.left + self.width / 2

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Route:
    """An edge: the vertical stretches (x, from y, to y) that it passes, and where its label goes.

    The label is centred on the last stretch but one.
    """

    stretches: tuple[tuple[float, float, float], ...]
    label: Box


@dataclass(frozen=True)
class Layout:
    width: float
    height: float
    nodes: tuple[Box, ...]
    edges: tuple[Route, ...]


def lay_out(sizes: Sequence[tuple[float, float]], edges: Sequence[Edge], label_size: tuple[float, float]) -> Layout:
    """Place nodes of the given (width, height) and route the edges (source, target) between them.

    Each source must come before its target in the list of nodes. The same input gives the same layout.
    """
    return _Rows(sizes, edges, label_size).placed()


def depths(count: int, edges: Sequence[Edge]) -> list[int]:
    """The layer of each node: one below its lowest input; a node without inputs stands just above its first user."""
    depth = [0] * count
    has_inputs = [False] * count
    for source, target in sorted(edges, key=lambda edge: edge[1]):
        depth[target] = max(depth[target], depth[source] + 1)
        has_inputs[target] = True
    lowest: dict[int, int] = {}
    for source, target in edges:
        lowest[source] = min(lowest.get(source, depth[target]), depth[target])
    return [lowest[node] - 1 if not has_inputs[node] and node in lowest else depth[node] for node in range(count)]


class _Rows:
    """The items of each row (nodes, then labels and passing wires, by number) with their neighbours one row away."""

    def __init__(self, sizes: Sequence[tuple[float, float]], edges: Sequence[Edge], label: tuple[float, float]) -> None:
        self.sizes = list(sizes)
        self.edges = edges
        depth = depths(len(sizes), edges)
        self.rows: list[list[int]] = [[] for _ in range(2 * max(depth, default=-1) + 1)]
        self.above: list[list[int]] = []
        self.below: list[list[int]] = []
        for node in range(len(sizes)):
            self._add(node, 2 * depth[node])
        self.chains: list[list[int]] = []
        for source, target in edges:
            chain = [source]
            for row in range(2 * depth[source] + 1, 2 * depth[target]):
                is_label = row == 2 * depth[target] - 1  # beside the operation whose derivative it shows
                self.sizes.append(label if is_label else (WIRE_WIDTH, 0.0))
                chain.append(self._add(len(self.sizes) - 1, row))
            chain.append(target)
            for upper, lower in pairwise(chain):
                self.below[upper].append(lower)
                self.above[lower].append(upper)
            self.chains.append(chain)

    def _add(self, item: int, row: int) -> int:
        self.rows[row].append(item)
        self.above.append([])
        self.below.append([])
        return item

    def placed(self) -> Layout:
        self.rows = ordered_rows(self.rows, self.above, self.below)
        self._find_ports()
        x = self._columns()
        tops = self._heights(x)
        row_of = {item: number for number, row in enumerate(self.rows) for item in row}
        row_height = [max((self.sizes[item][1] for item in row), default=0.0) for row in self.rows]

        def box(item: int) -> Box:
            width, height = self.sizes[item]
            row = row_of[item]
            return Box(x[item] - width / 2, tops[row] + (row_height[row] - height) / 2, width, height)

        routes = []
        for number, chain in enumerate(self.chains):
            source, *middle, target = chain
            first, last = row_of[source], row_of[target]
            stretches = [(x[source] + self.leave[number], box(source).bottom, tops[first] + row_height[first])]
            for item in middle:
                row = row_of[item]
                stretches.append((x[item], tops[row], tops[row] + row_height[row]))
            stretches.append((x[target] + self.arrive[number], tops[last], box(target).top))
            routes.append(Route(tuple(stretches), box(middle[-1])))
        nodes = tuple(box(node) for node in range(len(self.sizes) - sum(len(chain) - 2 for chain in self.chains)))
        width = max((x[item] + self.sizes[item][0] / 2 for row in self.rows for item in row), default=0.0)
        height = tops[-1] + row_height[-1] if tops else 0.0
        return Layout(width, height, nodes, tuple(routes))

    # Ports: the edges of a node leave and arrive side by side, in the order of where they lead.

    def _find_ports(self) -> None:
        place = {item: number for row in self.rows for number, item in enumerate(row)}
        self.leave = [0.0] * len(self.chains)
        self.arrive = [0.0] * len(self.chains)
        leaving: dict[int, list[tuple[int, int]]] = {}
        arriving: dict[int, list[tuple[int, int]]] = {}
        for number, chain in enumerate(self.chains):
            leaving.setdefault(chain[0], []).append((place[chain[1]], number))
            arriving.setdefault(chain[-1], []).append((place[chain[-2]], number))
        for ends, offsets in ((leaving, self.leave), (arriving, self.arrive)):
            for node, found in ends.items():
                spread = min(30.0, 0.8 * self.sizes[node][0] / len(found))
                for rank, (_, number) in enumerate(sorted(found)):
                    offsets[number] = (rank - (len(found) - 1) / 2) * spread

    # Columns: move every item towards its neighbours, as near as the ones beside it allow.

    def _columns(self) -> list[float]:
        x = [0.0] * len(self.sizes)
        for row in self.rows:
            self._settle(row, x, [0.0] * len(row), [1.0] * len(row))
        # (neighbour, how far off its middle it wants this item, how strongly: a long edge should run straight)
        pull: list[list[tuple[int, float, float]]] = [[] for _ in self.sizes]
        push: list[list[tuple[int, float, float]]] = [[] for _ in self.sizes]
        for number, chain in enumerate(self.chains):
            offsets = [self.leave[number], *[0.0] * (len(chain) - 2), self.arrive[number]]
            for place, ((upper, at), (lower, to)) in enumerate(pairwise(zip(chain, offsets, strict=True))):
                strength = 8.0 if 0 < place < len(chain) - 2 else 1.0
                pull[lower].append((upper, at - to, strength))
                push[upper].append((lower, to - at, strength))
        count = len(self.rows)
        for sweep in range(PLACE_SWEEPS):
            both = sweep >= PLACE_SWEEPS - 2
            order = range(count) if sweep % 2 == 0 else range(count - 1, -1, -1)
            for number in order:
                row = self.rows[number]
                wanted, weights = [], []
                for item in row:
                    ties = pull[item] + push[item] if both else (pull if sweep % 2 == 0 else push)[item]
                    weight = sum(strength for _, _, strength in ties)
                    moment = sum((x[one] + off) * strength for one, off, strength in ties)
                    wanted.append(moment / weight if ties else x[item])
                    weights.append(0.1 + weight)
                self._settle(row, x, wanted, weights)
        self._straighten(x)
        left = min((x[item] - self.sizes[item][0] / 2 for row in self.rows for item in row), default=0.0)
        return [one - left for one in x]

    def _straighten(self, x: list[float]) -> None:
        """Let every long edge run straight for as many rows as the boxes beside it allow."""
        beside: dict[int, tuple[int | None, int | None]] = {}
        for row in self.rows:
            for before, item, after in zip([None, *row], row, [*row[1:], None], strict=False):
                beside[item] = before, after
        for chain in self.chains:
            run: list[int] = []
            low, high = -inf, inf
            for item in chain[1:-1] if len(chain) > 3 else []:
                before, after = beside[item]
                least = -inf if before is None else x[before] + self._apart(before, item)
                most = inf if after is None else x[after] - self._apart(item, after)
                if max(low, least) > min(high, most):
                    _align(run, x, low, high)
                    run, low, high = [], -inf, inf
                run, low, high = [*run, item], max(low, least), min(high, most)
            _align(run, x, low, high)

    def _apart(self, left: int, right: int) -> float:
        """The least distance between the middles of two neighbours in a row."""
        gap = SIDE_GAP / 2 if 0.0 in (self.sizes[left][1], self.sizes[right][1]) else SIDE_GAP
        return (self.sizes[left][0] + self.sizes[right][0]) / 2 + gap

    def _settle(self, row: list[int], x: list[float], wanted: list[float], weights: list[float]) -> None:
        """The places nearest to the wanted ones (least squares) that keep the order and the gaps: pool the neighbours
        that would overlap, again and again, and give each pool its weighted mean."""
        offset = 0.0
        pools: list[list[float]] = []  # [weighted sum, weight, number of items], of the places less the offsets
        offsets = []
        for number, item in enumerate(row):
            if number:
                offset += self._apart(row[number - 1], item)
            offsets.append(offset)
            pools.append([(wanted[number] - offset) * weights[number], weights[number], 1])
            while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
                total, weight, length = pools.pop()
                pools[-1] = [pools[-1][0] + total, pools[-1][1] + weight, pools[-1][2] + length]
        means = [total / weight for total, weight, length in pools for _ in range(int(length))]
        for item, mean, off in zip(row, means, offsets, strict=True):
            x[item] = mean + off

    def _heights(self, x: list[float]) -> list[float]:
        """The top of each row; the further an edge has to go sideways, the more room there is below its row."""
        tops, y = [], 0.0
        reach = [0.0] * len(self.rows)
        row_of = {item: number for number, row in enumerate(self.rows) for item in row}
        for number, chain in enumerate(self.chains):
            ends = [x[item] for item in chain]
            ends[0] += self.leave[number]
            ends[-1] += self.arrive[number]
            for item, (start, end) in zip(chain, pairwise(ends), strict=False):
                reach[row_of[item]] = max(reach[row_of[item]], abs(end - start))
        for number, row in enumerate(self.rows):
            tops.append(y)
            least = 14.0 if number % 2 == 0 else 20.0  # an arrow's head needs room below the labels
            y += max((self.sizes[item][1] for item in row), default=0.0)
            y += max(least, min(48.0, 8.0 + 0.16 * reach[number]))
        return tops


def _align(run: list[int], x: list[float], low: float, high: float) -> None:
    """Put all of `run` on one vertical line between `low` and `high`, near where they are."""
    if run:
        middle = sum(x[item] for item in run) / len(run)
        for item in run:
            x[item] = min(max(middle, low), high)
