"""BackwardStory: what anybody's backward pass writes into the grads of a graph, write by write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.small_engine.beside import cotangents_by_the_course
from autodiff_lessons.small_engine.order import topological_order
from autodiff_lessons.small_engine.var import Var
from autodiff_lessons.widgets.graph_data import GraphNode
from autodiff_lessons.widgets.graph_story import GraphStory
from autodiff_lessons.widgets.number_text import number_text
from autodiff_lessons.widgets.var_labels import labelled

MOST_WRITES = 200
LEGEND = "The number in a box is the node's grad. Arrows follow the data; a backward pass goes against them."


class BackwardStory(GraphStory):
    """Watch your own backward pass at work: `BackwardStory(backward, z, x=x, y=y)`.

    backward   a function that is given the output of a graph of Vars and fills in the `grad` of its nodes
    out        the output; the pass runs on a copy of its graph, in which every grad is 0
    **names    Vars of the graph, by the names that they get in the picture

    Each value given to a `grad` is a step; the last step says whether the leaves hold what the course's engine finds.
    WidgetError where the pass writes to no grad, or more than 200 times. What the pass raises is raised here.
    """

    def __init__(self, backward: Callable[[Any], Any], out: Var, /, **names: Var) -> None:
        name = getattr(backward, "__name__", "backward")
        super().__init__(
            f"{name}({next((key for key, node in names.items() if node is out), 'output')}), write by write"
        )
        self.legend = [LEGEND]
        order = topological_order(out)
        nodes = list(labelled(order, {node: key for key, node in names.items()}).values())
        place = {node: number for number, node in enumerate(order)}
        truth = cotangents_by_the_course(out)
        grads: list[Any] = [0.0 if node.requires_grad else None for node in order]
        for node, about in zip(order, nodes, strict=True):
            inputs = [place[parent] for parent in dict.fromkeys(node.parents)]
            self.node(about.label, uses=inputs, kind=about.kind)
        before = {at: _words(about, grads[at]) for at, about in enumerate(nodes)}
        self.tell("Before the pass.", shows=before, texts=before)
        for number, (at, grad) in enumerate(_writes(backward, order, name), start=1):
            say = f"Write {number}: the grad of {nodes[at].label} was {_text(grads[at])} and is now {_text(grad)}."
            grads[at] = grad
            self.tell(say, backward=[at], texts={at: _words(nodes[at], grad)})
        leaves = [number for number, node in enumerate(order) if node.requires_grad and not node.parents]
        leaves.sort(key=lambda at: nodes[at].label)
        found = " and ".join(f"{nodes[at].label}.grad = {_text(grads[at])}" for at in leaves)
        wrong = [at for at in leaves if not _agree(grads[at], truth[order[at]])]
        course = " and ".join(f"{_text(truth[order[at]])} at {nodes[at].label}" for at in wrong)
        self.tell(f"Done: {found}. The course's engine finds {f'{course}.' if wrong else 'the same.'}")


def _writes(backward: Callable[[Any], Any], order: Sequence[Var], name: str) -> list[tuple[int, Any]]:
    """Run the pass on a copy of the graph: (number of the node, what its grad becomes) for each write, in order."""
    writes: list[tuple[int, Any]] = []
    copies: dict[Var, Any] = {}

    class Watched(type(order[-1])):  # type: ignore[misc]  # a Var, or a kind of Var
        place: int | None = None

        def __setattr__(self, attribute: str, value: Any) -> None:
            super().__setattr__(attribute, value)
            if attribute == "grad" and self.place is not None:
                writes.append((self.place, value))
                if len(writes) > MOST_WRITES:
                    raise WidgetError(
                        f"{name} wrote to a grad more than {MOST_WRITES} times on a graph of {len(order)} nodes. "
                        "A pass needs one visit a node; does it come to an end?"
                    )

    for node in order:
        parents = tuple(copies[parent] for parent in node.parents)
        copies[node] = Watched(node.value, node.requires_grad, node.op, parents)
    for number, node in enumerate(order):
        copies[node].place = number
    backward(copies[order[-1]])
    if not writes:
        raise WidgetError(f"{name} gave no node a grad. Set `out.grad = 1.0`, and let each node add to its parents'.")
    return writes


def _words(node: GraphNode, grad: Any) -> str:
    return f"{node.label}: {_text(grad)}" if node.tracked or not node.is_plain_constant else node.label


def _text(grad: Any) -> str:
    return number_text(grad) if isinstance(grad, Real) else f"{grad!r:.20}"


def _agree(grad: Any, truth: float | None) -> bool:
    if truth is None or not isinstance(grad, Real):
        return grad is truth
    return abs(float(grad) - truth) <= 1e-9 * max(1.0, abs(truth))
