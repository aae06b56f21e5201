"""Reverse mode: order the graph, then sweep it once from the output back to the leaves.

The cotangent of a node v is v_bar = d output / d v. It starts as the seed at the output. A node whose cotangent is
complete sends to each input   input_bar += v_bar * (d v / d input)   and is done: every node is visited once, after
all its users, so the cost is that of the forward pass times a small constant, however often a node is shared.
(Reverse accumulation: Linnainmaa 1970; Griewank and Walther, "Evaluating Derivatives", 2008, chapter 3.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from autodiff_lessons.engine.broadcasting import unbroadcast
from autodiff_lessons.engine.tensor import FREED, Tensor, as_value, plain
from autodiff_lessons.errors import DomainError, GraphError, ShapeError


def backward(output: Tensor, gradient: Any = None, retain_graph: bool = False) -> None:
    """Add d output / d leaf to the `.grad` of every leaf that `output` was computed from and that requires grad.

    For an output that is a single number the seed is 1. For any other, `gradient` is the seed v, of the output's
    shape, and what arrives at a leaf is the vector-Jacobian product vᵀ J. The sweep frees the graph, so that its
    memory can be used again, unless `retain_graph` is true. Inner nodes keep no gradient, hence a second backward on
    a kept graph adds the right amount to each leaf, once.
    """
    if not output.requires_grad:
        raise GraphError(
            "backward() found nothing to differentiate: no input of this tensor requires a gradient. "
            "Make the input with Tensor(2.0, requires_grad=True) and compute the output from it again."
        )
    with infinite_derivatives_raise():
        swept = [
            (node, cotangent if node.is_leaf else None) for node, cotangent in sweep(output, seed(output, gradient))
        ]
    for node, cotangent in swept:  # only now: a sweep that fails leaves graph and gradients as they were
        if node.is_leaf:
            node.grad = Tensor(cotangent if node.grad is None else node.grad.data + cotangent)
        elif not retain_graph:
            node._inputs = FREED


def seed(output: Tensor, gradient: Any = None) -> Any:
    """The cotangent that the sweep starts with: 1 for a single number, else `gradient`, checked against the output."""
    if gradient is None:
        if output.data.size != 1:
            raise GraphError(
                f"backward() of a tensor of shape {output.shape} needs a gradient: it has {output.data.size} outputs, "
                "and so a Jacobian J instead of one gradient. Give a vector v of the same shape, backward(v), to get "
                "the vector-Jacobian product v @ J; or reduce it to one number first, for example np.sum(t)."
            )
        return np.ones_like(output.data)[()]
    gradient = as_value(plain(gradient)).astype(output.data.dtype)
    if gradient.shape != output.shape:
        raise ShapeError(
            f"The gradient given to backward() has the shape {gradient.shape}, the tensor has {output.shape}: "
            "it needs one number for each output."
        )
    return gradient


def topological_order(output: Tensor) -> list[Tensor]:
    """Every tracked tensor that `output` was computed from, each after its inputs; the output is last.

    A depth-first walk with a stack of its own, so a chain of a million operations needs no recursion.
    """
    order: list[Tensor] = []
    placed = {id(output)}  # on the way into the order, or there
    stack = [(output, iter(output.inputs))]
    while stack:
        node, waiting = stack[-1]
        for one in waiting:
            if type(one) is Tensor and one.requires_grad and id(one) not in placed:
                placed.add(id(one))
                stack.append((one, iter(one.inputs)))
                break
        else:
            order.append(node)
            stack.pop()
    return order


def sweep(output: Tensor, seed: Any) -> Iterator[tuple[Tensor, Any]]:
    """Walk from `output` back to the leaves; give each tensor with its cotangent, complete and final.

    Cotangents live here, not on the graph: two sweeps of one graph agree, and nothing is left behind.
    """
    cotangents = {id(output): seed}
    for node in reversed(topological_order(output)):
        cotangent = cotangents.pop(id(node))
        for _, one, contribution in contributions(node, cotangent):
            key = id(one)
            cotangents[key] = cotangents[key] + contribution if key in cotangents else contribution
        yield node, cotangent


def contributions(node: Tensor, cotangent: Any) -> list[tuple[int, Tensor, Any]]:
    """What `node` sends back: (position, input, contribution) for each of its inputs that requires grad."""
    primitive, inputs = node.op, node.inputs
    if primitive is None:
        return []
    values = [plain(one) for one in inputs]
    sent = []
    for position, one in enumerate(inputs):
        if type(one) is not Tensor or not one.requires_grad:
            continue
        if primitive.partials is not None:
            contribution = cotangent * _partial(node, position, values)
            if contribution.shape != one.data.shape:
                contribution = unbroadcast(contribution, one.data.shape)
        else:
            assert primitive.transposes is not None
            contribution = primitive.transposes[position](cotangent, *values, **node.parameters)
        sent.append((position, one, contribution))
    return sent


def local_derivatives(node: Tensor) -> tuple[Any, ...]:
    """d node / d input for each input of an element-wise operation; None where the input is untracked, or where the
    derivative is a whole matrix (a sum, a product of matrices), which reverse mode never builds."""
    if node.op is None:
        return ()
    values = [plain(one) for one in node.inputs]
    return tuple(
        _partial(node, position, values)
        if node.op.partials is not None and isinstance(one, Tensor) and one.requires_grad
        else None
        for position, one in enumerate(node.inputs)
    )


def infinite_derivatives_raise() -> AbstractContextManager[Any]:
    """Within it, a rule that divides by zero (sqrt at 0) raises a DomainError instead of giving inf and a warning."""
    return np.errstate(divide="raise", invalid="raise")


def _partial(node: Tensor, position: int, values: list[Any]) -> Any:
    """The rule of the table for d node / d input number `position`, evaluated."""
    assert node.op is not None
    assert node.op.partials is not None
    rule = node.op.partials[position]
    if not callable(rule):
        return rule
    try:
        return rule(node.data, *values)
    except FloatingPointError:
        given = ", ".join(f"{one:.6g}" if np.ndim(one) == 0 else "an array" for one in values)
        raise DomainError(
            f"{node.op.name}({given}) has a value, but its derivative there is infinite or undefined. "
            "Move the input away from that point."
        ) from None
