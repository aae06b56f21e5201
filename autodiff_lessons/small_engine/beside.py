"""Run anybody's backward pass beside the course's own, on one graph of Vars.

cotangents_by(backward, z)           {node: what your backward finds for it}
cotangents_by_the_course(z)          {node: what the course's engine finds}
GraphView(to_tensor(z, x=x, y=y))    the same graph, to step through
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.small_engine.order import topological_order
from autodiff_lessons.small_engine.var import VALUES, Var


def cotangents_by(backward: Callable[[Any], Any], out: Var) -> dict[Var, float | None]:
    """d out / d node for every node of the graph, as `backward(out)` finds it; None where it leaves None.

    A backward pass fills in the leaves only. So, for each node in turn, it runs on a copy of the graph in which that
    node is a leaf. The graph itself is left alone. That is one pass a node: meant for graphs that fit into a picture.
    """
    order = topological_order(out)
    found = {}
    for node in order:
        copies = _copied(order, node)
        backward(copies[out])
        found[node] = copies[node].grad
    return found


def _copied(order: list[Var], cut: Var) -> dict[Var, Var]:
    """A copy of each node, made from the copies of its parents; that of `cut` has no parents."""
    copies: dict[Var, Var] = {}
    for node in order:
        if node.op is None or node is cut:
            copies[node] = type(node)(node.value, node.requires_grad)
        else:
            copies[node] = type(node).apply(node.op, *[copies[parent] for parent in node.parents])
    return copies


def cotangents_by_the_course(out: Var) -> dict[Var, float | None]:
    """d out / d node for every node of the graph, by the engine behind `Tensor`; None where a node is not tracked."""
    tensors = as_tensors(out)
    for tensor in tensors.values():
        if isinstance(tensor, Tensor):
            tensor.retain_grad()
    tensors[out].backward()
    grads = {node: getattr(tensor, "grad", None) for node, tensor in tensors.items()}
    return {node: None if grad is None else float(grad) for node, grad in grads.items()}


def to_tensor(out: Var, /, **names: Var) -> Any:
    """The same graph as the course's engine would have recorded it: `GraphView(to_tensor(z, x=x, y=y))`.

    The keywords name leaves in the picture.
    """
    return as_tensors(out, **names)[out]


def as_tensors(out: Var, /, **names: Var) -> dict[Var, Any]:
    """A Tensor for every node of the graph, parents first; a plain number for an untracked leaf without a name."""
    called = {node: name for name, node in names.items()}
    tensors: dict[Var, Any] = {}
    for node in topological_order(out):
        if node.op is not None:
            tensors[node] = VALUES[node.op](*[tensors[parent] for parent in node.parents])
        elif node.requires_grad or node in called:
            tensors[node] = Tensor(float(node.value), node.requires_grad, called.get(node))
        else:
            tensors[node] = node.value
    return tensors
