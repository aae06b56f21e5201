"""backward and grad: what they check, and where the gradients go."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.core import Handle, constant, data_of
from autodiff_lessons.dialects.torch.nodes import AfterAccumulating, as_gradient, leaf_handle
from autodiff_lessons.dialects.torch.sweeping import sweep
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.errors import GraphError, OperandError


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the `.grad` of every leaf, or of `inputs` only."""
    outputs, seeds = _outputs_and_seeds(tensors, grad_tensors, create_graph)
    targets = None
    if inputs is not None:
        wanted = _listed(inputs)
        if not wanted:
            raise OperandError("backward(inputs=[]) has nothing to give gradients to; leave inputs out for all leaves.")
        targets = [one._node for one in wanted]
    if create_graph:
        warnings.warn(
            "backward(create_graph=True) leaves a reference cycle between a leaf and its gradient; "
            "torch.autograd.grad(..., create_graph=True) does not.",
            UserWarning,
            stacklevel=3,
        )
    keep = create_graph if retain_graph is None else retain_graph
    for node, cotangent in sweep(outputs, seeds, targets, keep, create_graph):
        if targets is None or node.op is not None or any(node is one for one in targets):
            _accumulate(node, cotangent)


def _accumulate(node: EngineTensor, cotangent: Any) -> None:
    """node.grad += cotangent: in place, unless the sweep was recorded."""
    had: Any = node.grad
    if had is None:
        node.grad = as_gradient(cotangent)
    elif type(cotangent) is EngineTensor or had._node.requires_grad:
        node.grad = had + as_gradient(cotangent)
    else:
        from autodiff_lessons.dialects.torch.autograd.modes import no_grad  # noqa: PLC0415

        with no_grad():
            had += constant(cotangent)
    for hook in node._hooks or []:
        if isinstance(hook, AfterAccumulating) and hook.hook(leaf_handle(node)) is not None:
            raise OperandError("A hook after accumulating changes .grad itself, and returns None.")


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to each of `inputs`, as a tuple; nothing is added to `.grad`."""
    if is_grads_batched:
        raise NotImplementedError("is_grads_batched: give one grad_outputs after the other instead.")
    if materialize_grads and allow_unused is False:
        raise ValueError("materialize_grads=True fills in zeros for unused inputs, so allow_unused can't be False.")
    wanted = _listed(inputs)
    nodes, seeds = _outputs_and_seeds(outputs, grad_outputs, create_graph)
    targets = [one._node for one in wanted]
    for place, one in enumerate(targets):
        if not one.requires_grad:
            raise GraphError(
                f"The input number {place} does not require grad, so nothing that was computed from it was recorded. "
                "Call requires_grad_() on it first, and compute the outputs from it again."
            )
    keep = create_graph if retain_graph is None else retain_graph
    arrived = {id(node): cotangent for node, cotangent in sweep(nodes, seeds, targets, keep, create_graph)}
    found = [as_gradient(arrived[id(one)]) if id(one) in arrived else None for one in targets]
    for place, (one, handle) in enumerate(zip(found, wanted, strict=True)):
        if one is None and not (allow_unused or materialize_grads):
            raise GraphError(
                f"The input number {place} (of shape {list(handle.shape)}) was not used to compute the outputs, so it "
                "has no gradient. If that is as you want it, allow_unused=True gives None for it, and "
                "materialize_grads=True gives zeros."
            )
        if one is None and materialize_grads:
            found[place] = constant(np.zeros_like(data_of(handle))[()])
    return tuple(found)


def _listed(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, Handle) else list(tensors)


def _outputs_and_seeds(tensors: Any, given: Any, create_graph: bool) -> tuple[list[EngineTensor], list[Any]]:
    outputs = _listed(tensors)
    seeds: Sequence[Any]
    if given is None:
        seeds = [None] * len(outputs)
    elif isinstance(given, Handle):
        seeds = [given]
    elif isinstance(given, int | float):
        raise TypeError(
            f"The gradient is a tensor of the output's shape, not {given!r}: write torch.tensor({given!r})."
        )
    else:
        seeds = list(given)
    if len(seeds) != len(outputs):
        raise OperandError(f"There are {len(outputs)} outputs and {len(seeds)} gradients for them: give one each.")
    for one in outputs:
        if not one.requires_grad:
            raise GraphError(
                "There is nothing to differentiate: the output does not require grad and has no grad_fn. Make the "
                "input with requires_grad=True, compute the output from it, and don't do so inside torch.no_grad()."
            )
    return [one._node for one in outputs], [
        _seed(one, seed, create_graph) for one, seed in zip(outputs, seeds, strict=True)
    ]


def _seed(output: Any, given: Any, create_graph: bool) -> Any:
    node = output._node
    if given is None:
        if node.size != 1:
            raise GraphError(
                f"backward() without a gradient needs an output with a single number; this one has the shape "
                f"{list(node.shape)}, and so a Jacobian J. Give a vector v of that shape to get the vector-Jacobian "
                "product v @ J, or reduce the output to one number first, for example with .sum()."
            )
        return np.ones_like(node._data)[()]
    if given._node.shape != node.shape:
        raise GraphError(
            f"The gradient has the shape {list(given._node.shape)} and the output {list(node.shape)}: the gradient "
            "needs one number for each element of the output."
        )
    if create_graph:
        return given._node
    return np.array(data_of(given), dtype=node._data.dtype)[()]
