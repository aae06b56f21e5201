"""GradFnStory: the data of a PyTorch calculation, and beside it the record that points the other way."""

from __future__ import annotations

import re
from typing import Any

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.graph_story import GraphStory
from autodiff_lessons.widgets.number_text import number_text

_SYMBOLS = {"Add": "+", "Sub": "−", "Mul": "*", "Div": "/", "Pow": "**", "Neg": "−"}
LEGEND = (
    "Left: data flows from the leaves to the output. Right: the record, nodes that are operations (Functions). Their "
    "next_functions point from the output to the leaves, which is the way of the backward pass."
)


class GradFnStory(GraphStory):
    """Watch a record grow and run: `GradFnStory(z, x=x, y=y)`, on this course's dialect or on PyTorch itself.

    z        a tensor that was computed from tracked ones, with a single number
    **names  leaves, by the names that they get in the picture

    The boxes on the right are what `z.grad_fn` and its `next_functions` give, the numbers what hooks on them saw in a
    real backward pass from 1. The graph is kept, and the leaves have the `grad` that they had before. What is not
    tracked is in no record, and not in the picture. WidgetError for a tensor without a record, or with several numbers.
    """

    def __init__(self, z: Any, /, **names: Any) -> None:
        if z.grad_fn is None or z.numel() != 1:
            raise WidgetError("GradFnStory needs a tensor with one number that was computed from a tracked one.")
        super().__init__("A calculation, and its record")
        self.legend = [LEGEND]
        order = _from_the_output(z.grad_fn)
        self._words = {node: _words(node, names) for node in order}
        forwards = list(reversed(order))
        self._data: dict[Any, int] = {}
        for node in forwards:
            kind = "input" if not node.next_functions else "output" if node is z.grad_fn else "operation"
            uses = list(dict.fromkeys(self._data[one] for one in _next(node)))
            self._data[node] = self.node(_symbol(node, names), uses=uses, kind=kind)
        users: dict[Any, list[int]] = {node: [] for node in order}
        self._functions: dict[Any, int] = {}
        for node in order:
            made = self.node(self._short(node), uses=users[node], kind="operation" if _next(node) else "constant")
            self._functions[node] = made
            for one in dict.fromkeys(_next(node)):
                users[one].append(made)
        self._tell_forwards(forwards)
        self._tell_backwards(z, order)

    def _short(self, node: Any, number: Any = None) -> str:
        """What stands in the box of a Function, with the number that has come to it."""
        name = self._words[node].replace(" of ", " ")
        return name if number is None else f"{name}: {number_text(number, 5)}"

    def _tell_forwards(self, forwards: list[Any]) -> None:
        leaves = [node for node in forwards if not _next(node)]
        self.tell("Leaves: nothing made them, so they have no grad_fn.", shows=[self._data[node] for node in leaves])
        there: set[Any] = set()
        for node in forwards:
            if node in leaves:
                continue
            inputs = list(dict.fromkeys(_next(node)))
            ends = [self._functions[one] for one in inputs if one in leaves and one not in there]
            there.update(inputs)
            pointed = " and ".join(self._words[one] for one in inputs)
            operation = self._boxes[self._data[node]].label
            say = f"{operation} gives a value. Its grad_fn is {self._words[node]}, pointing to {pointed}."
            self.tell(say, shows=ends, active=[self._data[node], self._functions[node]])

    def _tell_backwards(self, z: Any, order: list[Any]) -> None:
        arrived: dict[Any, list[Any]] = {node: [] for node in order}
        passes = _passes(z, order)
        waiting = {node: sum(_next(user).count(node) for user, _, _ in passes) for node in order}  # parts to come
        for node, upstream, sent in passes:
            parts = []
            for one, amount in zip(_next(node), sent, strict=True):
                arrived[one].append(amount)
                waiting[one] -= 1
                parts.append(f"{number_text(amount)} to {self._words[one]}")
            texts = {self._functions[one]: self._short(one, sum(arrived[one])) for one in _next(node)}
            texts[self._functions[node]] = self._short(node, upstream)
            starts = "backward() begins here with 1. " if node is z.grad_fn else ""
            say = f"{starts}{self._words[node]} got {number_text(upstream)} and sends {' and '.join(parts)}."
            self.tell(say, backward=[self._functions[node]], texts=texts)
            for leaf in dict.fromkeys(one for one in _next(node) if not _next(one) and not waiting[one]):
                amounts = " + ".join(number_text(amount) for amount in arrived[leaf])
                total = f" = {number_text(sum(arrived[leaf]))}" if len(arrived[leaf]) > 1 else ""
                name = self._boxes[self._data[leaf]].label
                say = f"Nothing more will come. AccumulateGrad adds {amounts}{total} to {name}.grad."
                self.tell(say, backward=[self._functions[leaf]])


def _next(node: Any) -> list[Any]:
    """The nodes that a node sends to."""
    return [one for one, _ in node.next_functions if one is not None]


def _from_the_output(first: Any) -> list[Any]:
    """Every node of a record, each after all that point to it."""
    users: dict[Any, int] = {first: 0}
    todo = [first]
    while todo:
        for one in _next(todo.pop()):
            if one not in users:
                users[one] = 0
                todo.append(one)
            users[one] += 1
    order, ready = [], [first]
    while ready:
        node = ready.pop(0)
        order.append(node)
        for one in _next(node):
            users[one] -= 1
            if not users[one]:
                ready.append(one)
    return order


def _passes(z: Any, order: list[Any]) -> list[tuple[Any, Any, list[Any]]]:
    """(node, what it got, what it sent to each of its next nodes), in the order of a real backward pass."""
    seen: list[tuple[Any, Any, list[Any]]] = []

    def seeing(node: Any) -> Any:
        tracked = [place for place, (one, _) in enumerate(node.next_functions) if one is not None]

        def hook(sent: Any, got: Any) -> None:
            seen.append((node, _numbers(got[0]), [_numbers(sent[place]) for place in tracked]))

        return node.register_hook(hook)

    leaves = [node.variable for node in order if not _next(node)]
    before = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = None
    hooks = [seeing(node) for node in order if _next(node)]
    try:
        z.backward(retain_graph=True)
    finally:
        for one in hooks:
            one.remove()
        for leaf, grad in zip(leaves, before, strict=True):
            leaf.grad = grad
    return seen


def _numbers(tensor: Any) -> Any:
    """A tensor's numbers; nothing has come to an output that nobody used."""
    return 0.0 if tensor is None else tensor.detach().numpy().copy()


def _words(node: Any, names: dict[str, Any]) -> str:
    kind = type(node).__name__
    return kind if _next(node) else f"{kind} of {_symbol(node, names)}"


def _symbol(node: Any, names: dict[str, Any]) -> str:
    if not _next(node):
        return next((name for name, leaf in names.items() if leaf is node.variable), "a leaf")
    operation = re.sub(r"Backward\d*$", "", type(node).__name__)
    return _SYMBOLS.get(operation, operation.lower())
