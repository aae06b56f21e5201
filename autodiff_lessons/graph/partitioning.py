"""Cut a loss over a batch into shards: the same value from k independent parts and one step that combines them.

A loss that sums over a batch splits: L(w) = sum over the rows of l(x_i, w) is the sum of the shards' own sums, since +
does not mind the order. So does a maximum, a product, a norm. A mean does too, but as the shards' sums divided by the
number of all rows: the mean of the shards' means weighs a row in a small shard more than one in a large shard.
Parameters that every row uses are given to every shard; their gradient is then the sum of the shards' gradients, as the
chain rule has it for a value that is used k times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.shapes import reduced_axes
from autodiff_lessons.errors import GraphError
from autodiff_lessons.graph.batch_axis import Carried, RowsMixed, carry
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.tracing import Builder, Traced
from autodiff_lessons.graph.transforms import alive_part

Batch = str | Sequence[str] | None


def partition(graph: Graph, shards: int, batch: Batch = None) -> Graph:
    """The graph in `shards` independent parts, each on its own rows of the batch, and what combines them.

    `batch` names the arguments whose first axis is the batch, all of the same length; each shard gets its slice of
    them, of sizes that differ by one at most. Without it they are found: an argument of one axis or more is taken as
    the batch, together with the other arguments that must be cut with it, if the graph then splits, nothing but
    arguments and constants has to be cut, always on the first axis, and the batch stays the first axis until it is
    summed. Where that fits for batches of two lengths the error asks for `batch`.

    What does not depend on the batch, and what comes after the sum over it, is computed once. The result is a graph of
    the same arguments, so it can be run, differentiated, compiled and saved like any other.

    Raises GraphError, with the operation and the reason, where the graph does not split: the result still has the
    batch's rows, an operation makes a row depend on others (a softmax along the batch, x @ x.T), or a sum over the
    batch is used beside its rows (x - mean(x)). Where several shards hold the same largest element of a max, the shards
    share its gradient before their elements do.

    >>> import numpy as np
    >>> from autodiff_lessons.graph import trace
    >>> def loss(x, y, w):
    ...     return np.mean((w * x - y) ** 2)
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> cut = partition(trace(loss, x, 2 * x, 1.0), 2)
    >>> cut.note
    '2 shards of x, y: 2 + 1 rows'
    >>> value, slope = cut.value_and_derivative("w").run(x, 2 * x, 1.0)
    >>> print(f"{value:.6f} {slope:.6f}")
    4.666667 -9.333333
    """
    graph = alive_part(graph)
    chosen = _found(graph) if batch is None else _analysed(graph, _named(graph, batch))
    rows = chosen.rows
    if isinstance(shards, bool) or not isinstance(shards, int) or not 1 <= shards <= rows:
        raise GraphError(
            f"The batch of {graph.title} has {rows} rows, so it can be cut into 1 to {rows}, not {shards!r}."
        )
    return alive_part(_Cutter(graph, chosen, shards).cut())


# What splits


@dataclass
class _Split:
    """How the nodes of a graph depend on the batch.

    batch    the places of the inputs that have it as their first axis
    rows     its length
    axes     for each node, on which axis it carries the batch; None where it does not
    carried  what a shard does for each node that has the batch's rows in its inputs
    after    the totals over the batch, and what is computed from them
    """

    batch: tuple[int, ...]
    rows: int
    axes: list[int | None]
    carried: dict[int, Carried] = field(default_factory=dict)
    after: set[int] = field(default_factory=set)

    @property
    def totals(self) -> list[int]:
        return [place for place, one in self.carried.items() if one.axis is None]


class _NotApart(GraphError):
    """The graph does not split over a batch; the message says why, after the words 'does not split: '."""


def _analysed(graph: Graph, batch: tuple[int, ...]) -> _Split:
    """How the graph splits over the batch of these inputs; a GraphError says why it does not."""
    try:
        return _split(graph, batch)
    except _NotApart as error:
        names = ", ".join(graph.names[place] for place in batch)
        raise GraphError(f"{graph.title} does not split over the batch of {names}: {error}") from None


def _split(graph: Graph, batch: tuple[int, ...]) -> _Split:
    rows = graph.nodes[batch[0]].shape[0]
    split = _Split(batch, rows, [0 if place in batch else None for place in range(len(graph))])
    for place, node in enumerate(graph.nodes):
        axes = [split.axes[one] for one in node.inputs]
        totals = [one for one in node.inputs if one in split.after]
        if all(axis is None for axis in axes):
            if totals:
                split.after.add(place)
            continue
        if totals:
            raise _NotApart(
                f"{_shown(graph, place)} uses the rows of the batch beside {graph.names[totals[0]]}, which is computed "
                "from all of them, so no shard could go on before the others are done."
            )
        try:
            carried = carry(node, [graph.nodes[one] for one in node.inputs], axes, rows)
        except RowsMixed as reason:
            raise _NotApart(f"{_shown(graph, place)} can't be computed a shard at a time: {reason}.") from None
        split.carried[place] = carried
        split.axes[place] = carried.axis
        if carried.axis is None:
            split.after.add(place)
    for place in graph.outputs:
        if split.axes[place] is not None:
            raise _NotApart(
                f"its result {graph.names[place]} has a value for each row of the batch. Return one that sums over the "
                "rows, with np.sum or np.mean."
            )
    if not split.totals:
        raise _NotApart("its result does not depend on it.")
    return split


def _shown(graph: Graph, place: int) -> str:
    """A node for a message: `v3 = softmax(v2)`."""
    node = graph.nodes[place]
    return f"{graph.names[place]} = {node.kind}({', '.join(graph.names[one] for one in node.inputs)})"


# Which inputs are the batch


def _named(graph: Graph, batch: str | Sequence[str]) -> tuple[int, ...]:
    """The places of the inputs that the caller says have the batch."""
    places: list[int] = []
    for name in [batch] if isinstance(batch, str) else batch:
        inputs = {graph.names[place]: place for place in graph.inputs}
        if name in graph.arguments:
            places += trees.flatten(graph.arguments[name])[0]
        elif name in inputs:
            places.append(inputs[name])
        else:
            raise GraphError(f"{graph.title} has no argument {name!r}; it has {', '.join(graph.arguments)}.")
    lengths = {graph.names[place]: graph.nodes[place].shape[:1] for place in places}
    if (
        len(set(lengths.values())) != 1
        or () in lengths.values()
        or (1,) in lengths.values()
        or (0,) in lengths.values()
    ):
        said = ", ".join(f"{name} has the shape {graph.nodes[graph.place(name)].shape}" for name in lengths)
        raise GraphError(
            f"The batch of {graph.title} must be the first axis of inputs of one length, which is 2 at least; "
            f"{said or 'none is named'}."
        )
    return tuple(places)


def _found(graph: Graph) -> _Split:
    """The batch, where there is one choice; see `partition` for the rule."""
    fitting: dict[tuple[int, ...], _Split] = {}
    reasons: dict[str, str] = {}
    for place in graph.inputs:
        if graph.nodes[place].shape[:1] > (1,):
            try:
                found = _with_company(graph, place)
                fitting[found.batch] = found
            except _NotApart as reason:
                reasons[graph.names[place]] = str(reason)
    lengths = {one.rows for one in fitting.values()}
    if len(lengths) == 1:
        together = tuple(place for place in graph.inputs if any(place in one for one in fitting))
        return _analysed(graph, together)
    if fitting:
        choices = [f"batch=[{', '.join(repr(graph.names[one]) for one in places)}]" for places in fitting]
        raise GraphError(f"{graph.title} splits over more than one batch. Say which: {' or '.join(choices)}.")
    if not reasons:
        raise GraphError(
            f"{graph.title} has no argument with a batch: its data must be arguments, not numbers that the function "
            "holds, and have two rows at least."
        )
    said = " ".join(f"Over the rows of {name}: {reason}" for name, reason in reasons.items())
    raise GraphError(f"{graph.title} does not split over a batch. {said}")


def _with_company(graph: Graph, place: int) -> _Split:
    """The split over this input's first axis, with the inputs that must be cut too; _NotApart where more must be."""
    batch, rows = {place}, graph.nodes[place].shape[0]
    while True:
        split = _split(graph, tuple(one for one in graph.inputs if one in batch))
        more: set[int] = set()
        for at, carried in split.carried.items():
            if carried.axis not in (0, None):
                raise _NotApart(f"{_shown(graph, at)} moves the batch to another axis than the first.")
            for one, axis in zip(graph.nodes[at].inputs, carried.cuts, strict=True):
                if axis is None or (graph.nodes[one].is_constant and axis == 0):
                    continue
                from_rows = {source for source in _sources(graph, one) if graph.nodes[source].shape[:1] == (rows,)}
                if axis != 0 or not from_rows - batch:
                    raise _NotApart(f"{_shown(graph, at)} would cut {graph.names[one]}, which is no batch.")
                more |= from_rows - batch
        if not more:
            return split
        batch |= more


def _sources(graph: Graph, place: int) -> set[int]:
    """The inputs that a node depends on."""
    seen, waiting = {place}, [place]
    while waiting:
        new = set(graph.nodes[waiting.pop()].inputs) - seen
        seen |= new
        waiting += new
    return {one for one in seen if graph.nodes[one].is_input}


# Cutting

MOST_SIZES = 8  # of shards, in a note
# How the shards' results become one. The others are the operation itself once more, over the shards' results.
ONE_BY_ONE = {"prod": "mul", **dict.fromkeys(("sum", "mean", "matmul", "einsum", "dot", "outer"), "add")}


class _Cutter:
    """Writes the partitioned graph down: what all shards share, each shard, and the rest."""

    def __init__(self, graph: Graph, split: _Split, shards: int) -> None:
        self.graph, self.split = graph, split
        edges = [len(part) for part in np.array_split(np.arange(split.rows), shards)]
        ends = [sum(edges[: place + 1]) for place in range(shards)]
        self.parts = list(zip([0, *ends[:-1]], ends, strict=True))
        self.builder = Builder()
        self.place: dict[int, int] = {}  # where each old node went

    def cut(self) -> Graph:
        graph, split = self.graph, self.split
        for place in (*graph.inputs, *(one for one in range(len(graph)) if not graph.nodes[one].is_input)):
            if place not in split.carried and place not in split.after:
                self.place[place] = self.copied(place, self.place)
        partial = [self.shard(number, first, last) for number, (first, last) in enumerate(self.parts, 1)]
        for place in sorted(split.after):
            if place in split.carried:
                self.place[place] = self.combined(place, [one[place] for one in partial])
            else:
                self.place[place] = self.copied(place, self.place)
        rows = [last - first for first, last in self.parts]
        sizes = " + ".join(map(str, rows)) if len(rows) <= MOST_SIZES else f"{rows[-1]} to {rows[0]}"
        names = ", ".join(graph.names[one] for one in split.batch)
        leaves, rebuild = trees.flatten((tuple(graph.arguments.values()), graph.result))
        values, result = rebuild([self.place[one] for one in leaves])
        return Graph(
            tuple(self.builder.nodes),
            dict(zip(graph.arguments, values, strict=True)),
            result,
            graph.title,
            f"{len(self.parts)} shard{'s' * (len(self.parts) > 1)} of {names}: {sizes} rows",
        )

    def shard(self, number: int, first: int, last: int) -> dict[int, int]:
        """One shard's nodes: where the rows and the partial totals are in it."""
        graph, split = self.graph, self.split
        mine: dict[int, int] = {}
        slices: dict[tuple[int, int], int] = {}

        def operand(place: int, cut: int | None) -> int:
            axis = 0 if place in split.batch else cut
            if axis is None:
                return mine[place] if place in mine else self.place[place]
            if (place, axis) not in slices:
                slices[place, axis] = self.slice(place, axis, first, last, number)
            return slices[place, axis]

        for place, carried in split.carried.items():
            node, shape = graph.nodes[place], list(graph.nodes[place].shape)
            if carried.axis is not None:
                shape[carried.axis] = last - first
            inputs = tuple(operand(one, cut) for one, cut in zip(node.inputs, carried.cuts, strict=True))
            op = PRIMITIVES["sum"] if self.is_mean(place) else node.op
            parameters = carried.parameters(node, first, last)
            name = f"{node.name}_{number}" if node.name else None
            mine[place] = self.add(
                replace(node, op=op, inputs=inputs, shape=tuple(shape), parameters=parameters, name=name)
            )
        return mine

    def slice(self, place: int, axis: int, first: int, last: int, number: int) -> int:
        """A shard's own rows of a value that all have."""
        node, index = self.graph.nodes[place], (*(slice(None),) * axis, slice(first, last))
        if node.is_constant:
            value = node.value[index]
            return self.add(replace(node, shape=value.shape, value=value))
        taken = self.builder.add(
            PRIMITIVES["getitem"], (self.traced(self.place[place]),), {"index": index[0] if axis == 0 else index}
        )
        if node.name:
            self.builder.name(taken, f"{node.name}_{number}")
        return taken.place

    def combined(self, place: int, partial: list[int]) -> int:
        """The total over the batch from the totals of the shards."""
        node, parts = self.graph.nodes[place], [self.traced(one) for one in partial]
        if node.kind in ONE_BY_ONE:
            whole = parts[0]
            for one in parts[1:]:
                whole = PRIMITIVES[ONE_BY_ONE[node.kind]](whole, one)
        else:
            whole = PRIMITIVES[node.kind](PRIMITIVES["stack"](*parts), axis=0)
        if self.is_mean(place):
            (of,) = node.inputs
            shape = self.graph.nodes[of].shape
            whole = whole / math.prod(shape[axis] for axis in reduced_axes(shape, node.parameters.get("axis")))
        if node.name:
            self.builder.name(whole, node.name)
        return self.builder.place_of(whole)

    def is_mean(self, place: int) -> bool:
        """Whether a node is a mean over the batch, of which a shard gives the sum."""
        return self.graph.nodes[place].kind == "mean" and self.split.carried[place].axis is None

    def copied(self, place: int, where: dict[int, int]) -> int:
        node = self.graph.nodes[place]
        return self.add(replace(node, inputs=tuple(where[one] for one in node.inputs)))

    def traced(self, place: int) -> Any:
        return Traced(self.builder, place)

    def add(self, node: Node) -> int:
        self.builder.nodes.append(node)
        return len(self.builder.nodes) - 1
