"""Where a graph has a value, as a graph again: what a page without the engine needs to say that log(-1) has none.

The rules are the table's own: each operation's `inside` is run on traced values, and so becomes nodes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitive import no_value
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.tracing import Builder, Traced
from autodiff_lessons.graph.transforms import simplify


class Condition(NamedTuple):
    """One operation that is not defined everywhere.

    place    of its node in the graph
    message  the DomainError's sentence, with the slots {0}, {1} for the numbers of its inputs and {place} for the words
             ", at index 3," in an array; the numbers of constants stand there already
    """

    place: int
    message: str


def domains(graph: Graph) -> tuple[Graph, list[Condition]]:
    """A graph of the same arguments whose results say where each operation of `graph` is defined, and a `Condition` for
    each of the results.

    A result is True or False, or an array of them. `graph.run` raises a DomainError where one of them is False: about
    the first such condition, at the first such element. Run it within `ieee()`: a later condition may be about a number
    that an earlier operation has not.

    >>> from autodiff_lessons.graph import trace
    >>> checks, conditions = domains(trace(lambda x: np.log(x - 1.0) / x, 2.0))
    >>> print(checks)
    domains of graph(x): 6 nodes, simplified from 9 (2 pruned)
      v2 = x - 1.0
      v4 = v2 > 0
      v5 = x != 0
      return (v4, v5)
    >>> conditions[1]
    Condition(place=4, message='{0} / (x = {1}){place} has no value: a / b needs b != 0.')
    """
    builder = Builder()
    arguments = builder.copied_arguments(graph)
    inputs = trees.flatten(builder.traced(tuple(arguments.values())))[0]
    results: list[Any] = []
    conditions: list[Condition] = []
    with ieee():
        values = graph.all_values(inputs)
        for place, node in enumerate(graph.nodes):
            if node.op is None or node.op.inside is None:
                continue
            inside = node.op.inside(*(values[one] for one in node.inputs), **node.parameters)
            if isinstance(inside, Traced) or not np.all(inside):
                results.append(inside)
                conditions.append(Condition(place, _message(graph, node)))
    made = builder.finished(arguments, tuple(results), {}, f"domains of {graph.title}")
    return simplify(made), conditions


def _message(graph: Graph, node: Node) -> str:
    assert node.op is not None
    sources = [graph.nodes[one] for one in node.inputs]
    numbers = [
        repr(np.asarray(one.value).item()) if one.is_constant and one.shape == () else f"{{{slot}}}"
        for slot, one in enumerate(sources)
    ]
    return no_value(node.op, numbers, [one.name for one in sources], "{place}")
