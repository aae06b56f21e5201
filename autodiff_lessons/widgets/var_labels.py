"""What pictures of the small engine call its nodes: as the graph view would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autodiff_lessons.small_engine.var import Var
from autodiff_lessons.widgets.graph_data import GraphNode, give_labels
from autodiff_lessons.widgets.number_text import MINUS


def labelled(order: Sequence[Var], names: Mapping[Var, str]) -> dict[Var, GraphNode]:
    """Each node of a topological order with its kind and its label: its name, its operation, or a constant's value."""
    found = {
        node: GraphNode(
            f"n{number}",
            _kind(node, order),
            "",
            names.get(node),
            MINUS if node.op == "-" else node.op,
            node.requires_grad,
            node.value,
        )
        for number, node in enumerate(order)
    }
    give_labels(list(found.values()))
    return found


def _kind(node: Var, order: Sequence[Var]) -> str:
    if node.op is None:
        return "input" if node.requires_grad else "constant"
    return "output" if node is order[-1] else "operation"
