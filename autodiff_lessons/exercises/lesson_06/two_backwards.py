"""6.5: two backward passes over one graph, which add up at the leaves and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.small_engine.order import backward, topological_order
from autodiff_lessons.small_engine.rules import contributions
from autodiff_lessons.small_engine.var import Var


def gradients_after(code: Any, outputs: tuple[str, ...], x: float, y: float) -> Any:
    """Run backward from each of `outputs` on one graph: f = log(x) + v - sin(y) and g = v * x share v = x * y."""
    leaves: Any = Var(x), Var(y)
    v = leaves[0] * leaves[1]
    graph = {"f": np.log(leaves[0]) + v - np.sin(leaves[1]), "g": v * leaves[0]}
    for name in outputs:
        code(graph[name])
    return leaves[0].grad, leaves[1].grad


two_backwards = FunctionExercise(
    "6.5",
    "Run backward twice",
    probes=[(("f",), 2.0, 5.0), (("f", "f"), 2.0, 5.0), (("f", "g"), 2.0, 5.0), (("g", "f", "g"), 0.5, 4.0)],
    use=gradients_after,
    stub="""\
from autodiff_lessons.small_engine import contributions


@exercise("6.5")
def backward(out):
    order = topological_order(out)
    cotangents = dict.fromkeys(order, 0.0)
    cotangents[out] = 1.0
    for node in reversed(order):
        for parent, sent in contributions(node, ...).items():
            ...
        ...  # and if the node is a tracked leaf?
""",
    hints=[
        "After the first pass, which numbers must stay, and which must be gone before the second begins?",
        "What flows belongs to one pass: keep it in `cotangents`, which is new at each call. What a leaf has received "
        "belongs to the leaf: add it to `node.grad`.",
        "Read `cotangents[node]` where you read `node.grad` before, and add to `cotangents[parent]`. A leaf is a node "
        "without parents; if it is tracked, its `grad` grows by its cotangent.",
    ],
    takeaway="Cotangents live in the pass, gradients on the leaves: so passes add up. The course's engine does it so.",
)

two_backwards.set_reference(backward)


def send_all(order: list[Var]) -> None:
    for node in reversed(order):
        for parent, sent in contributions(node, node.grad).items():
            parent.grad += sent


@two_backwards.wrong(
    "interiors-kept",
    "The inner nodes still hold what the first pass brought, and send it on once more. Only leaves may keep something "
    "from pass to pass.",
)
def grads_of_the_last_pass(out: Var) -> None:
    out.grad = 1.0
    send_all(topological_order(out))


@two_backwards.wrong("interiors-kept")
def seed_added_too(out: Var) -> None:
    out.grad += 1.0
    send_all(topological_order(out))


@two_backwards.wrong(
    "leaves-start-anew",
    "The second pass wiped out what the first had left at the leaves. Only the inner nodes begin anew; a leaf adds up "
    "what each pass brings.",
)
def everything_zeroed(out: Var) -> None:
    order = topological_order(out)
    for node in order:
        node.grad = 0.0
    out.grad = 1.0
    send_all(order)


@two_backwards.wrong("leaves-start-anew")
def leaf_overwritten(out: Var) -> None:
    order = topological_order(out)
    cotangents = dict.fromkeys(order, 0.0) | {out: 1.0}
    for node in reversed(order):
        node.grad = cotangents[node]
        for parent, sent in contributions(node, node.grad).items():
            cotangents[parent] += sent


@two_backwards.wrong(
    "spent-nodes",
    "The second pass did not go through the nodes that the first had used. A node sends once in each pass, not once "
    "for ever: keep such marks in the pass, not on the node.",
)
def marked_as_visited(out: Var) -> None:
    order: list[Any] = [node for node in topological_order(out) if not hasattr(node, "visited")]
    cotangents = dict.fromkeys(topological_order(out), 0.0) | {out: 1.0}
    for node in reversed(order):
        for parent, sent in contributions(node, cotangents[node]).items():
            cotangents[parent] += sent
        if node.parents:
            node.visited = True
        else:
            node.grad += cotangents[node]


@two_backwards.wrong(
    "nothing-arrives",
    "Nothing arrived at a leaf. Does the output start with 1 and send first, do the nodes below it send on, and does "
    "what arrives at a leaf end up in its `grad`?",
)
def no_seed(out: Var) -> None:
    cotangents = dict.fromkeys(topological_order(out), 0.0)
    for node in reversed(list(cotangents)):
        for parent, sent in contributions(node, cotangents[node]).items():
            cotangents[parent] += sent
        node.grad += cotangents[node]


@two_backwards.alternative
def inner_nodes_zeroed(out: Var) -> None:
    order = topological_order(out)
    for node in order:
        if node.parents:
            node.grad = 0.0
    out.grad = 1.0
    send_all(order)


@two_backwards.alternative
def popped(z: Var, seed: float = 1.0) -> None:
    arrived = {z: seed}
    for node in topological_order(z)[::-1]:
        bar = arrived.pop(node, None)
        if bar is None:
            continue
        if node.op is None:
            node.grad = node.grad + bar
        for parent, sent in contributions(node, bar).items():
            arrived[parent] = arrived[parent] + sent if parent in arrived else sent
