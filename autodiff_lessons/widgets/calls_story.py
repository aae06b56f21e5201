"""CallsStory: every call of the recursive engine as a box of its own, and beside them the sweep of the same graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autodiff_lessons.engine.local_names import watching_the_return_of
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.small_engine.order import topological_order
from autodiff_lessons.small_engine.recursive import RecursiveVar, recursive_backward
from autodiff_lessons.small_engine.rules import contributions
from autodiff_lessons.small_engine.var import Var
from autodiff_lessons.widgets.graph_data import GraphNode
from autodiff_lessons.widgets.graph_story import GraphStory
from autodiff_lessons.widgets.number_text import number_text
from autodiff_lessons.widgets.var_labels import labelled

MOST_CALLS = 60
LEGEND = (
    "Left, a box for each call, under its caller; right, a box for each node, under its users. Arrows go against "
    "the data, from caller to called. The number in a box is what the node's grad holds when its turn comes."
)


class CallsStory(GraphStory):
    """Watch the recursive engine call, and then the sweep visit: `CallsStory(diamond, x=3.0)`.

    graph      a function of numbers; its local variables name the nodes
    **inputs   a number for each of its inputs

    WidgetError for a graph with more than 60 calls.
    """

    def __init__(self, graph: Callable[..., Any], /, **inputs: float) -> None:
        super().__init__(f"{graph.__name__}({', '.join(inputs)}): recursive calls, and the sweep")
        self.legend = [LEGEND]
        calls, self._called = _recursive_calls(graph, inputs)
        visits = _visits(calls[0].node)
        self._tell_the_calls(calls)
        self._tell_the_visits(visits)
        recursive, swept = self._leaves(calls), self._leaves(visits)
        right = "which is right too" if recursive == swept else "and that is right"
        self.tell(f"{len(calls)} calls gave {recursive}. {len(visits)} visits gave {swept}, {right}.")

    def _tell_the_calls(self, calls: list[_Turn]) -> None:
        boxes: list[int] = []
        for call in calls:
            boxes.append(self._box(call, [] if call.caller is None else [boxes[call.caller]]))
        seeded = self._name(calls[0].node)
        self.tell(
            f"The recursive engine. The seed is there: {seeded} holds 1. Nothing is called yet.",
            shows=boxes[:1],
            texts={boxes[0]: self._words(calls[0])},
        )
        for number, call in enumerate(calls):
            by = "" if call.caller is None else f", by {self._name(calls[call.caller].node)}"
            before = [number_text(other.holds) for other in calls[:number] if other.node is call.node]
            again = ", called again," if before else ""
            say = f"Call {number + 1}{by}: {self._name(call.node)}{again} {self._turn(call)}"
            if before and call.sent:
                say += f" It has sent {' and '.join(before)} of this before."
            self.tell(say, active=[boxes[number]], texts={boxes[number]: self._words(call)})

    def _tell_the_visits(self, visits: list[_Turn]) -> None:
        boxes: dict[Var, int] = {}
        users = {visit.node: [other.node for other in visits if visit.node in other.node.parents] for visit in visits}
        for visit in visits:
            boxes[visit.node] = self._box(visit, [boxes[user] for user in users[visit.node]])
        for number, visit in enumerate(visits, start=1):
            say = (
                f"{'' if number > 1 else 'Now the sweep. '}Visit {number}: {self._name(visit.node)} {self._turn(visit)}"
            )
            if len(users[visit.node]) > 1:
                say += f" Its users {' and '.join(map(self._name, users[visit.node]))} have all sent by now."
            self.tell(say, backward=[boxes[visit.node]], texts={boxes[visit.node]: self._words(visit)})

    def _box(self, turn: _Turn, above: list[int]) -> int:
        return self.node(self._name(turn.node), uses=above, kind=self._called[turn.node].kind)

    def _words(self, turn: _Turn) -> str:
        name = self._name(turn.node)
        return f"{name}: {number_text(turn.holds)}" if turn.node.requires_grad else name

    def _turn(self, turn: _Turn) -> str:
        """`holds 1 and sends 6 to x, which then holds 6.`"""
        if not turn.node.requires_grad:
            return "is a constant and sends nothing."
        sent = [
            f"{number_text(amount)} to {self._name(parent)}, which then holds {number_text(turn.then[parent])}"
            for parent, amount in turn.sent.items()
        ]
        return f"holds {number_text(turn.holds)} and sends {', and '.join(sent) or 'nothing'}."

    def _leaves(self, turns: list[_Turn]) -> str:
        """What each tracked leaf held at its last turn."""
        held = {
            self._name(turn.node): turn.holds for turn in turns if turn.node.requires_grad and not turn.node.parents
        }
        return " and ".join(f"{name}.grad = {number_text(held[name])}" for name in sorted(held))

    def _name(self, node: Var) -> str:
        return self._called[node].label


@dataclass(frozen=True)
class _Turn:
    """A node at work: what it holds then, what it sends to each tracked parent, and what each of those holds then."""

    node: Var
    caller: int | None  # the number of the call that made this one
    holds: Any
    sent: Mapping[Var, Any]
    then: Mapping[Var, Any]


def _recursive_calls(
    graph: Callable[..., Any], inputs: Mapping[str, float]
) -> tuple[list[_Turn], dict[Var, GraphNode]]:
    """Run the recursive engine on the function's graph: each call in order, and what the nodes are called."""
    calls: list[_Turn] = []
    path: list[int] = []

    class Told(RecursiveVar):
        def backward(self) -> None:
            if len(calls) == MOST_CALLS:
                raise WidgetError(
                    f"On the graph of {graph.__name__} the recursive engine calls backward() more than {MOST_CALLS} "
                    "times, and nobody can read so many boxes. Give a smaller graph."
                )
            sent = contributions(self, self.grad)
            then = {parent: parent.grad + amount for parent, amount in sent.items()}
            calls.append(_Turn(self, path[-1] if path else None, self.grad, sent, then))
            path.append(len(calls) - 1)
            super().backward()
            path.pop()

    leaves = {name: Told(value) for name, value in inputs.items()}
    variables: dict[str, Any] = {}
    with watching_the_return_of(graph, variables):
        output = graph(**leaves)
    if not isinstance(output, Told):
        raise WidgetError(f"{graph.__name__} returned {output!r}, which was not computed from its inputs.")
    names: dict[Var, str] = {one: name for name, one in [*leaves.items(), *variables.items()] if isinstance(one, Told)}
    recursive_backward(output)
    return calls, labelled(topological_order(output), names)


def _visits(output: Var) -> list[_Turn]:
    """The sweep of small_engine/order.py, visit by visit."""
    order = topological_order(output)
    held: dict[Var, Any] = dict.fromkeys(order, 0.0) | {output: 1.0}
    visits = []
    for node in reversed(order):
        sent = contributions(node, held[node])
        then = {parent: held[parent] + amount for parent, amount in sent.items()}
        visits.append(_Turn(node, None, held[node], sent, then))
        held |= then
    return visits
