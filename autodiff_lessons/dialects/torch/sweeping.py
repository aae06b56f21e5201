"""The walk backwards with PyTorch's order of events.

What each node sends back is the engine's `contributions`. This file decides what PyTorch's autograd engine decides:
which nodes are visited (only those between the outputs and the wanted inputs), which are used up afterwards (those
that saved a value), and what is done where a cotangent arrives.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.nodes import AfterNode, as_gradient, face_of, shown_name, spent_message
from autodiff_lessons.dialects.torch.records import Face, Spent, SpentInside, renamed, used_up
from autodiff_lessons.engine.custom import GATHER, SELECT, Bundle, gather
from autodiff_lessons.engine.modes import enable_grad, ieee, no_grad
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.reverse import call_hooks, contributions, topological_order
from autodiff_lessons.engine.tensor import KEEP_GRAD, leaf
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.errors import GraphError, NotFiniteError, OperandError


class Anomaly:
    """Whether `detect_anomaly` watches for nan."""

    on = False
    check_nan = True


class Watched(NotFiniteError, OperandError):
    """A backward rule gave nan while `detect_anomaly` watched."""


def sweep(
    outputs: list[EngineTensor],
    seeds: list[Any],
    targets: list[EngineTensor] | None,
    keep_graph: bool,
    create_graph: bool,
) -> list[tuple[EngineTensor, Any]]:
    """Walk from the outputs back; each leaf, each target and each tensor that retains its grad, with its cotangent.

    With `targets` only the nodes on the way to one of them are visited. Values are engine values, or engine tensors
    with `create_graph`. A walk that fails leaves the graph as it was.
    """
    with enable_grad():
        root = gather(outputs)
    order = topological_order(root)
    wanted = None if targets is None else {id(one) for one in targets}
    on_the_way = None if wanted is None else _on_the_way(order, wanted)
    arrived: list[tuple[EngineTensor, Any]] = []
    visited: list[EngineTensor] = []
    cotangents: dict[int, Any] = {id(root): Bundle(_recorded(seeds) if create_graph else seeds)}
    with ieee(), enable_grad() if create_graph else no_grad():
        for node in reversed(order):
            cotangent = cotangents.pop(id(node), None)
            if cotangent is None:
                continue
            if node._hooks:
                cotangent = call_hooks(node, cotangent)
            if node.op is None or (node._hooks and KEEP_GRAD in node._hooks) or (wanted and id(node) in wanted):
                arrived.append((node, cotangent))
            if node.op is None or (on_the_way is not None and not _leads_on(node, on_the_way)):
                continue
            if isinstance(node.op, Spent | SpentInside):
                raise GraphError(spent_message(node))
            sent = list(contributions(node, cotangent, create_graph))
            if Anomaly.on and Anomaly.check_nan:
                _refuse_nan(node, sent)
            if node._hooks:
                sent = _after_node_hooks(node, cotangent, sent)
            visited.append(node)
            for _, one, part in sent:
                key = id(one)
                if part is None or (on_the_way is not None and key not in on_the_way):
                    continue
                share = _in_the_type_of(one, part)
                cotangents[key] = cotangents[key] + share if key in cotangents else share
    if not keep_graph:
        for node in visited:
            use_up(node)
    return arrived


def _recorded(seeds: list[Any]) -> list[EngineTensor]:
    return [one if type(one) is EngineTensor else leaf(one) for one in seeds]


def _on_the_way(order: list[EngineTensor], wanted: set[int]) -> set[int]:
    """The nodes (as ids) that are wanted, or that one of their inputs leads to a wanted one."""
    found: set[int] = set()
    for node in order:
        if id(node) in wanted or _leads_on(node, found):
            found.add(id(node))
    return found


def _leads_on(node: EngineTensor, on_the_way: set[int]) -> bool:
    return any(id(one) in on_the_way for one in node._inputs)


def _in_the_type_of(one: EngineTensor, part: Any) -> Any:
    """The contribution in the number type of the tensor that it belongs to, as a gradient is."""
    if isinstance(part, Bundle) or part.dtype == one._data.dtype:
        return part
    if type(part) is EngineTensor:
        return PRIMITIVES["cast"](part, dtype=one._data.dtype)
    return np.asarray(part).astype(one._data.dtype)[()]


def _after_node_hooks(
    node: EngineTensor, cotangent: Any, sent: list[tuple[int, EngineTensor, Any]]
) -> list[tuple[int, EngineTensor, Any]]:
    for one in node._hooks or []:
        if type(one) is AfterNode:
            given = tuple(None if part is None else as_gradient(part) for _, _, part in sent)
            changed = one.hook(given, (as_gradient(cotangent),))
            if changed is not None:
                parts = changed if isinstance(changed, tuple) else (changed,)
                recorded = type(cotangent) is EngineTensor
                sent = [
                    (position, tensor, part if new is None else (new._node if recorded else new._node._data))
                    for (position, tensor, part), new in zip(sent, parts, strict=True)
                ]
    return sent


def _refuse_nan(node: EngineTensor, sent: list[tuple[int, EngineTensor, Any]]) -> None:
    for position, _, part in sent:
        values = part._data if type(part) is EngineTensor else part
        if values is not None and np.any(np.isnan(np.asarray(values))):
            name = shown_name(node)
            warnings.warn(f"Error detected in {name}.", UserWarning, stacklevel=4)
            raise Watched(
                f"Function '{name}' returned nan values in its {position}th output, the gradient for input number "
                f"{position + 1}. Its own result was {np.asarray(node._data).tolist()}. A derivative that does not "
                "exist at this point, or inf * 0, makes nan: keep the input away from it, or use torch.where on the "
                "input of the operation instead of on its result."
            )


def use_up(node: EngineTensor) -> None:
    """After a sweep: a node that saved values refuses another one. One that saved none, such as a sum, can go again."""
    primitive = node.op
    if primitive is None or primitive in (GATHER, SELECT) or isinstance(primitive, Spent | SpentInside):
        return
    context = face_of(node)
    if context is not None:
        context.release()
    tracked = [place for place, one in enumerate(node._inputs) if type(one) is EngineTensor and one.requires_grad]
    if isinstance(primitive, Face):
        if primitive.saves(tracked, len(node._inputs)):
            node.op = used_up(primitive)
    elif any(
        place < 0 or hasattr(node._inputs[place], "dtype") for place in primitive.reads(tracked, len(node._inputs))
    ):
        node.op = renamed(primitive, "", SpentInside)  # a plain number that an inner part reads is only a setting
