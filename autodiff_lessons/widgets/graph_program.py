"""The numbers of a graph view as a program for the page.

The widget's own computation (record the function, read its graph, sweep it) is run once on traced values. Every number
that it produces becomes a result of one graph, and every text of the picture a template with places for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.errors import AutodiffError
from autodiff_lessons.graph.graph import Graph as Traces
from autodiff_lessons.graph.tracing import Builder, Traced
from autodiff_lessons.widgets.graph_data import Graph, graph_of
from autodiff_lessons.widgets.narration import narrated
from autodiff_lessons.widgets.number_text import Slot
from autodiff_lessons.widgets.page_program import page_program
from autodiff_lessons.widgets.recording import Recording


def graph_program(
    source: Callable[[Mapping[str, Any]], Recording], starts: Mapping[str, float], drawn: Graph
) -> dict[str, Any] | None:
    """What the page needs to fill in the picture `drawn` at other values of the sliders; None where that can't be told
    in advance, because the function branches on its values or computes outside of the graph."""
    builder = Builder()
    arguments = {name: builder.add_input(name, start) for name, start in starts.items()}
    try:
        with ieee():
            graph = graph_of(source({name: Traced(builder, at) for name, at in arguments.items()}), drawn.title)
    except (AutodiffError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    if not arguments or graph.structure() != drawn.structure():
        return None
    places: list[int] = []

    def slot(value: Any) -> Any:
        if type(value) is not Traced:
            return value
        if value.place not in places:
            places.append(value.place)
        return Slot(places.index(value.place), value.shape)

    for node in graph.nodes:
        node.value, node.cotangent = slot(node.value), slot(node.cotangent)
        node.terms = [slot(one) for one in node.terms]
    for edge in graph.edges:
        edge.local, edge.sent = slot(edge.local), slot(edge.sent)
    told = narrated(graph)
    traced = Traces(tuple(builder.nodes), dict(arguments), places, "view").simplify()
    return page_program(traced) | {"texts": told["texts"], "steps": told["steps"]}
