"""Reverse mode: order the graph, then sweep it once from the output back to the leaves.

The cotangent of a node v is v_bar = d output / d v. It starts as the seed at the output. A node whose cotangent is
complete sends to each input   input_bar += v_bar * (d v / d input)   and is done: every node is visited once, after all
its users, so the cost is that of the forward pass times a small constant, however often a node is shared. (Reverse
accumulation: Linnainmaa 1970; Griewank and Walther, "Evaluating Derivatives", 2008, chapter 3.)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autodiff_lessons.engine.broadcasting import unbroadcast
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.tensor import (
    FREED,
    KEEP_GRAD,
    LATEST_CHANGE,
    NOTHING,
    Tensor,
    as_value,
    freed_message,
    leaf,
    plain,
    plain_number,
)
from autodiff_lessons.errors import DomainError, GraphError, NotFiniteError, ShapeError

float64 = np.float64


def backward(output: Tensor, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
    """Add d output / d leaf to the `.grad` of every leaf that `output` was computed from and that requires grad.

    For an output that is a single number the seed is 1. For any other, `gradient` is the seed v, of the output's
    shape, and what arrives at a leaf is the vector-Jacobian product vᵀ J. The sweep frees the graph, so that its
    memory can be used again, unless `retain_graph` is true. Inner nodes keep no gradient, hence a second backward on
    a kept graph adds the right amount to each leaf, once. With `create_graph` the sweep itself is recorded, so that
    the gradients can be differentiated again.
    """
    if not output.requires_grad:
        raise GraphError(
            "backward() found nothing to differentiate: no input of this tensor requires a gradient. "
            "Make the input with Tensor(2.0, requires_grad=True) and compute the output from it again."
        )
    order = topological_order(output)
    kept = [node for node in order if node.op is None or (node._hooks and KEEP_GRAD in node._hooks)]
    cotangents = sweep(order, seed(output, gradient), kept, create_graph)
    # Only now: a sweep that fails leaves the graph and the gradients as they were.
    if not (retain_graph or create_graph):
        for node in order:
            if node.op is not None:
                node._inputs = FREED
    owners: set[int] = set()
    for node, cotangent in zip(kept, cotangents, strict=True):
        if cotangent is not None:
            _accumulate(node, cotangent, owners)


def _accumulate(node: Tensor, cotangent: Any, owners: set[int]) -> None:
    """node.grad += cotangent; `owners` are the arrays that other gradients hold already, so that no two share one."""
    if type(cotangent) is Tensor:  # a recorded sweep
        node.grad = cotangent if node.grad is None else node.grad + cotangent
        return
    if node.grad is not None:
        cotangent = node.grad._data + cotangent
    if cotangent.dtype != node.dtype:
        cotangent = cotangent.astype(node.dtype)
    elif type(cotangent) is np.ndarray:
        if cotangent.base is not None or id(cotangent) in owners:
            cotangent = np.array(cotangent)
        owners.add(id(cotangent))
    node.grad = leaf(cotangent)


def seed(output: Tensor, gradient: Any = None) -> Any:
    """The cotangent that the sweep starts with: 1 for a single number, else `gradient`, checked against the output."""
    if gradient is None:
        data = output._data
        if not data.shape:
            return data.dtype.type(1)
        if data.size != 1:
            raise GraphError(
                f"backward() of a tensor of shape {output.shape} needs a gradient: it has {output._data.size} outputs, "
                "and so a Jacobian J instead of one gradient. Give a vector v of the same shape, backward(v), to get "
                "the vector-Jacobian product v @ J; or reduce it to one number first, for example np.sum(t)."
            )
        return np.ones(data.shape, data.dtype)
    if np.shape(gradient) != output.shape:
        raise ShapeError(
            f"The gradient given to backward() has the shape {np.shape(gradient)}, the tensor has {output.shape}: "
            "it needs one number for each output."
        )
    return gradient if type(gradient) is Tensor else as_value(gradient).astype(output.dtype, copy=False)


def topological_order(output: Tensor, sources: Sequence[Tensor] = ()) -> list[Tensor]:
    """Every tracked tensor that `output` was computed from, each after its inputs; the output is last.

    What made the `sources` is left out: they come first, as if they were leaves. A depth-first walk with a stack of its
    own, so a chain of a million operations needs no recursion.
    """
    order = list(sources)
    placed = set(sources)  # on the way into the order, or there
    if output in placed:
        return [output]
    placed.add(output)
    path, waiting = [output], [iter(output.inputs)]  # the way down from the output, and what is left to do at each turn
    while path:
        for one in waiting[-1]:
            if type(one) is Tensor and one.requires_grad and one not in placed:
                placed.add(one)
                if one.op is None:
                    order.append(one)
                    continue
                if one._inputs is FREED:
                    raise GraphError(freed_message(one))
                path.append(one)
                waiting.append(iter(one._inputs))
                break
        else:
            waiting.pop()
            order.append(path.pop())
    return order


def sweep(  # noqa: PLR0915  (its commonest cases are written out)
    order: list[Tensor], seed: Any, kept: list[Tensor], create_graph: bool = False, stop_there: bool = False
) -> list[Any]:
    """Walk the topological `order` backwards; the cotangents of the tensors in `kept`, None for one not in the order.

    With `stop_there` nothing is sent on from those. Cotangents live here, not on the graph: two sweeps of one graph
    agree, and nothing is left behind. Each is complete when its node is reached, because every node that uses it was
    reached before.
    """
    finished: dict[Tensor, Any] = dict.fromkeys(kept)
    cotangents = {order[-1]: leaf(seed) if create_graph and type(seed) is not Tensor else seed}
    watching = MODES.trace_nan
    with infinite_derivatives_raise():
        for node in reversed(order):
            cotangent = cotangents.pop(node, None)
            if cotangent is None:  # a custom function sent nothing along the only way to this node
                continue
            if node._hooks is not None:
                cotangent = call_hooks(node, cotangent)
            if node in finished:
                finished[node] = cotangent
                if stop_there:
                    continue
            primitive = node.op
            if primitive is None:
                continue
            try:
                if watching or not primitive.arity or LATEST_CHANGE.time != node._made:
                    for _, one, sent in contributions(node, cotangent, create_graph):
                        cotangents[one] = cotangents[one] + sent if one in cotangents else sent
                    continue
                # What `contributions` does, written out for one input and for two: graphs spend their time here.
                out: Any = node._data
                shaped = type(out) is not float64
                if create_graph:
                    out = node
                if primitive.arity == 1:
                    (one,) = node._inputs
                    (rule,) = primitive.partials  # type: ignore[misc]
                    if type(rule) is not float:
                        rule = rule(out, one if create_graph else one._data)  # type: ignore[operator]
                    sent = cotangent * rule
                    cotangents[one] = cotangents[one] + sent if one in cotangents else sent
                    continue
                a, b = x, y = node._inputs
                by_a, by_b = primitive.partials  # type: ignore[misc]
                if not create_graph:
                    if type(a) is Tensor:
                        x = a._data
                    if type(b) is Tensor:
                        y = b._data
                if type(a) is Tensor and a.requires_grad:
                    if type(by_a) is float:
                        sent = cotangent if by_a == 1.0 else -cotangent if by_a == -1.0 else cotangent * by_a
                    else:
                        sent = cotangent * by_a(out, x, y)  # type: ignore[operator]
                    if shaped and sent.shape != a._data.shape:
                        sent = unbroadcast(sent, a._data.shape)
                    cotangents[a] = cotangents[a] + sent if a in cotangents else sent
                if type(b) is Tensor and b.requires_grad:
                    if type(by_b) is float:
                        sent = cotangent if by_b == 1.0 else -cotangent if by_b == -1.0 else cotangent * by_b
                    else:
                        sent = cotangent * by_b(out, x, y)  # type: ignore[operator]
                    if shaped and sent.shape != b._data.shape:
                        sent = unbroadcast(sent, b._data.shape)
                    cotangents[b] = cotangents[b] + sent if b in cotangents else sent
            except FloatingPointError:
                raise DomainError(infinite_message(primitive, node.inputs)) from None
    return [finished[node] for node in kept]


def contributions(node: Tensor, cotangent: Any, create_graph: bool = False) -> Iterator[tuple[int, Tensor, Any]]:
    """What `node` sends back: (position, input, contribution) for each of its inputs that requires grad.

    The table's rule is evaluated on plain numbers; with `create_graph` on tensors, which records it.
    """
    primitive, inputs = node.op, node.inputs
    if primitive is None:
        return
    if LATEST_CHANGE.time != node._made:
        _refuse_changed_values(node)
    out = node if create_graph else node._data
    values = inputs if create_graph else [one._data if type(one) is Tensor else one for one in inputs]
    parameters, watching = node._parameters or NOTHING, MODES.trace_nan
    for position, one in enumerate(inputs):
        if type(one) is Tensor and one.requires_grad:
            sent = primitive.pull(position, cotangent, out, values, parameters)
            if sent is None:
                continue
            if watching and not np.all(np.isfinite(plain_number(sent))):
                raise NotFiniteError(_not_finite(node, position, sent))
            yield position, one, sent


def local_derivatives(node: Tensor) -> tuple[Any, ...]:
    """d node / d input for each input of an element-wise operation; None where the input is untracked, or where the
    derivative is a whole matrix (a sum, a product of matrices), which reverse mode never builds."""
    if node.op is None or node.op.partials is None:
        return tuple(None for _ in node.inputs)
    values = [plain(one) for one in node.inputs]
    try:
        with infinite_derivatives_raise():
            return tuple(
                node.op.partial(position, node._data, values, node.parameters)
                if type(one) is Tensor and one.requires_grad
                else None
                for position, one in enumerate(node.inputs)
            )
    except FloatingPointError:
        raise DomainError(infinite_message(node.op, node.inputs)) from None


def infinite_derivatives_raise() -> contextlib.AbstractContextManager[Any]:
    """Within it, a rule that divides by zero (sqrt at 0) stops the sweep, instead of giving inf and a warning."""
    return contextlib.nullcontext() if MODES.ieee else np.errstate(divide="raise", invalid="raise")


def _not_finite(node: Tensor, position: int, contribution: Any) -> str:
    assert node.op is not None
    return (
        f"The backward pass met its first value that is not finite at {node.op.name}: its input number {position + 1} "
        f"would receive {plain_number(contribution)}."
    )


def written_call(primitive: Primitive, inputs: tuple[Any, ...]) -> str:
    """The operation with the numbers that it was applied to, for a message: `sqrt(0)`, `mul(2, an array)`."""
    numbers = map(plain_number, inputs)
    return f"{primitive.name}({', '.join(f'{one:.6g}' if np.ndim(one) == 0 else 'an array' for one in numbers)})"


def infinite_message(primitive: Primitive, inputs: tuple[Any, ...]) -> str:
    """What to say where an operation has a value, but no finite derivative."""
    return (
        f"{written_call(primitive, inputs)} has a value, but its derivative there is infinite or undefined. "
        "Move the input away from that point."
    )


def call_hooks(node: Tensor, cotangent: Any) -> Any:
    """The cotangent of `node` after its hooks, each of which may give another one."""
    for hook in list(node._hooks or []):
        if hook is not KEEP_GRAD:
            changed = hook(cotangent if type(cotangent) is Tensor else leaf(cotangent))
            if changed is not None:
                cotangent = changed if type(cotangent) is Tensor else plain(changed)
    return cotangent


def _refuse_changed_values(node: Tensor) -> None:
    """Raise where a rule needs a value that was changed in place after `node` was computed, and so is gone."""
    assert node.op is not None
    wanted = [place for place, one in enumerate(node.inputs) if type(one) is Tensor and one.requires_grad]
    for place in sorted(node.op.reads(wanted, len(node.inputs))):
        one = node if place < 0 else node.inputs[place]
        if type(one) is Tensor and one._changed > node._made:
            which = f"the tensor {one.name!r}" if one.name else ("its output" if place < 0 else f"input {place + 1}")
            raise GraphError(
                f"The rule of {node.op.name} needs the value that {which} had when {node.op.name} was computed, but it "
                "was changed in place since. Change it after backward(), or compute with a copy: t = t + 0."
            )
