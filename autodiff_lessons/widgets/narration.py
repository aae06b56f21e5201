"""What the graph view shows and says at each step.

Everything that changes is a *timeline*: pairs (from this step on, text or state), in the order of time. The page and
the still picture both look up the last entry that is not in the future, so what they show is a function of the data
and the step alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.widgets.graph_data import Graph, GraphNode
from autodiff_lessons.widgets.number_text import DOTS, MINUS, factor_text, number_text, with_ascii_minus

Timeline = list[tuple[int, str]]

NOT_YET = "not yet"
TERMS_SHOWN = 3


def narrated(graph: Graph) -> dict[str, Any]:
    """The graph's data with its `steps`, its `texts` and its `states`; see `_Clock` for when things happen."""
    clock = _Clock(graph)
    texts: dict[str, Timeline] = {}
    states: dict[str, Timeline] = {}
    for node in graph.nodes:
        _tell_node(node, clock, texts, states)
    for edge in graph.edges:
        forward, backward = clock.forward[edge.target], clock.backward.get(edge.target)
        moments = {0: "waiting", forward: "active-forward", forward + 1: "ready"}
        if backward is not None and edge.tracked:
            moments |= {backward: "active-backward", backward + 1: "sent"}
            local = "vjp" if edge.local is None else f"× {_short(edge.local)}"
            texts[f"{edge.id}.local"] = [(0, ""), (backward, local)]
            texts[f"{edge.id}.sent"] = [(0, ""), (backward, _short(edge.sent))]
        states[edge.id] = _timeline(moments)
    return {**graph.to_json(), "steps": _steps(graph), "texts": texts, "states": states}


def at_step(timeline: Timeline, step: int) -> str:
    """The entry of a timeline that holds at `step`."""
    return [text for start, text in timeline if start <= step][-1]


COLUMNS = ("node", "operation", "inputs", "value", "cotangent")


def table(data: dict[str, Any], step: int) -> list[tuple[str, ...]]:
    """The graph as rows of words, under the headings of its `columns`; graph_view.js shows the same ones."""
    labels = {node["id"]: node["label"] for node in data["nodes"]}
    cells: dict[str, Callable[[dict[str, Any]], str]] = {
        "node": lambda node: node["label"],
        "operation": lambda node: node["operation"] or node["kind"],
        "inputs": lambda node: ", ".join(labels[one] for one in node["inputs"]),
        "value": lambda node: at_step(data["texts"][f"{node['id']}.full"], step),
        "cotangent": lambda node: at_step(data["texts"][f"{node['id']}.total"], step),
        "shows": lambda node: at_step(data["texts"][f"{node['id']}.words"], step),
    }
    return [tuple(cells[column](node) for column in data.get("columns", COLUMNS)) for node in data["nodes"]]


def table_text(data: dict[str, Any], step: int) -> str:
    """The table for a terminal, in columns of plain characters."""
    rows = [tuple(data.get("columns", COLUMNS)), *table(data, step)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return with_ascii_minus("\n".join(lines))


class _Clock:
    """Step 0 has the inputs only; then each operation's forward step, the seed, each operation's backward step."""

    def __init__(self, graph: Graph) -> None:
        operations = [node.id for node in graph.nodes if node.is_operation]
        self.forward = {node: number for number, node in enumerate(operations, start=1)}
        self.seed = len(operations) + 1
        self.backward = {node: self.seed + 1 + number for number, node in enumerate(graph.backward_order)}
        self.output = graph.output if graph.seed is not None else None
        self.arrivals: dict[str, list[int]] = {}  # when each term of a node's cotangent arrives
        for step, node in enumerate(graph.backward_order, start=self.seed + 1):
            for edge in graph.edges_into(node):
                if edge.tracked:
                    self.arrivals.setdefault(edge.source, []).append(step)
        if self.output is not None:
            self.arrivals[self.output] = [self.seed]


def _timeline(moments: dict[int, str]) -> Timeline:
    """In the order of time; what is written down later holds where two moments fall on one step."""
    return sorted(moments.items())


def _short(value: Any) -> str:
    return number_text(value, digits=4, room=10)


def _tell_node(node: GraphNode, clock: _Clock, texts: dict[str, Timeline], states: dict[str, Timeline]) -> None:
    forward, backward = clock.forward.get(node.id), clock.backward.get(node.id)
    value = number_text(node.value, digits=5, room=12)
    texts[f"{node.id}.value"] = [(0, value)] if forward is None else [(0, NOT_YET), (forward, value)]
    full_value = number_text(node.value, room=40)
    texts[f"{node.id}.full"] = [(0, full_value)] if forward is None else [(0, NOT_YET), (forward, full_value)]
    moments = {0: "ready"} if forward is None else {0: "waiting", forward: "active-forward", forward + 1: "ready"}
    arrivals = clock.arrivals.get(node.id, [])
    if backward is not None:
        if node.id == clock.output:
            moments |= {clock.seed: "active-backward"}
        moments |= {backward: "active-backward", backward + 1: "done"}
    elif arrivals:
        moments |= {arrivals[-1]: "done"}
    states[node.id] = _timeline(moments)

    shown: Timeline = [(0, NOT_YET)]
    terms: Timeline = [(0, "")]
    total: Timeline = [(0, NOT_YET)]
    if not node.tracked:
        shown = [(0, "not tracked")]
        total = [(0, "None (constant)" if node.is_plain_constant else "None (not tracked)")]
    elif not arrivals and clock.output is not None:
        shown, total = [(0, "not connected")], [(0, "None (not connected)")]
    elif len(arrivals) == 1:
        shown.append((arrivals[0], number_text(node.cotangent, digits=5, room=12)))
        total.append((arrivals[0], number_text(node.cotangent, room=40)))
    else:
        for count, step in enumerate(arrivals, start=1):
            complete = count == len(arrivals)
            terms.append((step, f"= {_sum_text(node.terms[:count], len(arrivals), digits=4)}"))
            sum_text = _sum_text(node.terms[:count], len(arrivals))
            shown.append((step, number_text(node.cotangent, digits=5, room=12) if complete else DOTS))
            total.append((step, f"{sum_text} = {number_text(node.cotangent)}" if complete else sum_text))
    texts[f"{node.id}.cotangent"] = shown
    texts[f"{node.id}.terms"] = terms
    texts[f"{node.id}.total"] = total


def _sum_text(terms: list[Any], expected: int, digits: int = 6) -> str:
    """0.5 + 5, or 0.5 + … while terms are missing, or the number of terms where they would be too many to read."""
    if expected > TERMS_SHOWN or any(np.ndim(term) for term in terms):
        return f"sum of {len(terms)} terms" if len(terms) == expected else f"{len(terms)} of {expected} terms"
    parts = [number_text(term, digits) for term in terms] + [DOTS] * (len(terms) < expected)
    text = " + ".join(parts)
    return text.replace(f"+ {MINUS}", f"{MINUS} ")


def _steps(graph: Graph) -> list[dict[str, Any]]:
    leaves = [node for node in graph.nodes if not node.is_operation]
    known = ", ".join(f"{node.label} = {number_text(node.value)}" for node in leaves if not node.is_plain_constant)
    operations = [node for node in graph.nodes if node.is_operation]
    nothing = f"Start: only the inputs have values{f': {known}' if known else ''}."
    steps: list[dict[str, Any]] = [{"phase": "start", "node": None, "say": nothing}]
    steps += [{"phase": "forward", "node": node.id, "say": _say_forward(graph, node)} for node in operations]
    output = graph.node(graph.output)
    if graph.seed is None:
        reason = (
            f"The output has the shape {np.shape(output.value)}: it has no single gradient, and no backward pass."
            if output.tracked
            else "No input that the output depends on is tracked, so there is no backward pass."
        )
        steps[-1]["say"] += f" {reason}"
        return steps
    seed = number_text(graph.seed)
    called = output.name or "output"
    say = f"Seed: the cotangent of the output is {seed}, because d {called} / d {called} = 1."
    steps.append({"phase": "seed", "node": output.id, "say": say})
    received: dict[str, int] = {}
    for node_id in graph.backward_order:
        steps.append({"phase": "backward", "node": node_id, "say": _say_backward(graph, graph.node(node_id), received)})
    return steps


def _say_forward(graph: Graph, node: GraphNode) -> str:
    sources = [graph.node(one) for one in node.inputs]
    if any(np.ndim(one.value) for one in (node, *sources)):
        what = f"an array of shape {np.shape(node.value)}" if np.ndim(node.value) else number_text(node.value)
        return f"Forward: {node.label} computes {what} from {' and '.join(one.label for one in sources)}."
    symbol = {"*": "×"}.get(node.operation or "", node.operation or "")
    first, *others = (one.value for one in sources)
    if others and not symbol.isidentifier():
        written = f" {symbol} ".join([number_text(first), *map(factor_text, others)])
    elif symbol == MINUS:
        written = f"{symbol}{factor_text(first)}"
    else:
        written = f"{symbol}({', '.join(map(number_text, (first, *others)))})"
    return f"Forward: {node.label} computes {written} = {number_text(node.value)}."


def _say_backward(graph: Graph, node: GraphNode, received: dict[str, int]) -> str:
    """`* passes 1 × 5 = 5 to x and 1 × 2 = 2 to y.` and, where the last of several terms arrives, the sum."""
    passed, complete, stopped = [], [], []
    for edge in graph.edges_into(node.id):
        source = graph.node(edge.source)
        if not edge.tracked:
            constant = source.is_plain_constant
            stopped.append(f"the constant {source.label}" if constant else f"{source.label} (not tracked)")
            continue
        if edge.local is None:
            product = "its vector-Jacobian product"
        elif np.ndim(edge.sent) or np.ndim(node.cotangent):
            product = "cotangent × local derivative, element by element,"
        else:
            product = f"{number_text(node.cotangent)} × {factor_text(edge.local)} = {number_text(edge.sent)}"
        passed.append(f"{product} to {source.label}")
        received[source.id] = received.get(source.id, 0) + 1
        if received[source.id] == len(source.terms) > 1:
            total = "" if np.ndim(source.cotangent) else f" = {number_text(source.cotangent)}"
            complete.append(
                f"The cotangent of {source.label} is complete: {_sum_text(source.terms, len(source.terms))}{total}."
            )
    say = f"Backward: {node.label} passes {' and '.join(passed)}."
    if stopped:
        say += f" Nothing goes to {' or '.join(stopped)}."
    return " ".join([say, *complete])
