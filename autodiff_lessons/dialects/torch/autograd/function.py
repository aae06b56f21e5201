"""torch.autograd.Function: operations with a backward rule of your own."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.autograd.modes import enable_grad, no_grad
from autodiff_lessons.dialects.torch.core import Handle, constant, data_of, wrap
from autodiff_lessons.dialects.torch.nodes import Node, adopt
from autodiff_lessons.dialects.torch.records import renamed
from autodiff_lessons.engine.custom import custom
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.engine.tensor import leaf
from autodiff_lessons.errors import GraphError, OperandError


class FunctionCtx(Node):
    """What `forward` leaves for `backward`; it is the `grad_fn` of the results as well."""

    def __init__(self) -> None:
        self.needs_input_grad: tuple[bool, ...] = ()
        self._saved: list[tuple[Any, Any, int]] = []
        self._to_save: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._no_gradient: tuple[Any, ...] = ()
        self._materialize = True
        self._used = False

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs and outputs for `backward`, which finds them in `saved_tensors`."""
        for one in tensors:
            if one is not None and not isinstance(one, Handle):
                raise TypeError(f"save_for_backward takes tensors; keep a {type(one).__name__} as an attribute of ctx.")
        self._to_save = tensors

    save_for_forward = save_for_backward

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept, as long as nobody changed it in place."""
        if self._used:
            raise GraphError(
                f"Trying to backward through {type(self).__name__} a second time: its saved tensors were freed by the "
                "first backward(). Compute the output again, or call the first one with retain_graph=True."
            )
        for place, (one, storage, version) in enumerate(self._saved):
            if one is not None and storage.version != version:
                raise GraphError(
                    f"The tensor number {place} that {type(self).__name__} saved, of shape {list(one._node.shape)}, "
                    f"was changed in place since: it is at version {storage.version}, and was saved at version "
                    f"{version}. Save a clone(), or change a copy."
                )
        return tuple(one for one, _, _ in self._saved)

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs `forward` changed in place (and returns)."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self._no_gradient = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """False: `backward` gets None, not zeros, for an output that nothing used."""
        self._materialize = value

    def release(self) -> None:
        self._used = self._used or bool(self._saved)

    def _finish_saving(self) -> None:
        for one in self._to_save:
            storage = one._shared() if one is not None else None
            self._saved.append((one, storage, storage.version if storage is not None else 0))


class Function:
    """Derive from it, with static methods `forward(ctx, *inputs)` and `backward(ctx, *grads)`; call it by `apply`.

    `backward` gets one gradient an output and returns one an input (None where there is none). Written with tensor
    operations, it can be differentiated again.
    """

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        raise OperandError(
            f"{type(self).__name__} is not called as an object: forward and backward are static methods, and the way "
            f"in is {type(self).__name__}.apply(x)."
        )

    @staticmethod
    def forward(*arguments: Any, **keywords: Any) -> Any:
        """The value; to be written by you."""
        raise NotImplementedError("A torch.autograd.Function needs a static method forward(ctx, *inputs).")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """What to keep for `backward`, where `forward` is written without ctx."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """One gradient an input; to be written by you."""
        raise NotImplementedError("A torch.autograd.Function needs a static method backward(ctx, *grad_outputs).")

    @classmethod
    def apply(cls, *inputs: Any) -> Any:
        """Compute `forward`, and record it with its `backward`."""
        kind = type(f"{cls.__name__}Backward", (FunctionCtx,), {})
        context = kind()
        tensors = [one if isinstance(one, Handle) else None for one in inputs]
        tracked = [one is not None and one._node.requires_grad for one in tensors]
        context.needs_input_grad = tuple(tracked)
        nodes = [None if one is None else one._node for one in tensors]
        with no_grad():
            if cls.setup_context is not Function.setup_context:
                result = cls.forward(*inputs)
                cls.setup_context(context, inputs, result)
            else:
                result = cls.forward(context, *inputs)
        outputs = result if isinstance(result, tuple) else (result,)
        if any(tracked) and MODES.recording:
            outputs = _recorded(cls, context, outputs, nodes, inputs)
        context._finish_saving()
        return outputs if isinstance(result, tuple) else outputs[0]


def _recorded(
    cls: type[Function], context: Any, outputs: tuple[Any, ...], nodes: list[Any], inputs: tuple[Any, ...]
) -> tuple[Any, ...]:
    """The outputs as results of one node, whose rule is `cls.backward`."""
    skipped = {id(one) for one in context._no_gradient}
    places = [
        place
        for place, one in enumerate(outputs)
        if isinstance(one, Handle) and id(one) not in skipped and data_of(one).dtype.kind == "f"
    ]
    if not places:
        return outputs
    values = [data_of(outputs[place]) for place in places]
    given = [one if one is not None else 0.0 for one in nodes]

    def pull(*cotangents: Any) -> list[Any]:
        recorded = any(type(one) is EngineTensor for one in cotangents)
        grads: list[Any] = [None] * len(outputs)
        for place, one in enumerate(outputs):
            if context._materialize and isinstance(one, Handle):
                grads[place] = constant(np.zeros_like(data_of(one))[()])
        for place, one in zip(places, cotangents, strict=True):
            if one is not None:
                grads[place] = wrap(one if type(one) is EngineTensor else leaf(one))
        with enable_grad() if recorded else no_grad():
            sent = cls.backward(context, *grads)
        return _checked(cls, sent, nodes, recorded)

    made = custom(f"{cls.__name__}Backward", values, given, pull)
    owner = made[0] if len(made) == 1 else made[0].inputs[0]
    assert owner.op is not None
    owner.op = renamed(owner.op, f"{cls.__name__}Backward")
    context._tensor = owner
    adopt(owner, context)
    results = list(outputs)
    for place, node in zip(places, made, strict=True):
        results[place] = _as_output(outputs[place], node, inputs, context)
    # A saved output must lead back to this node, so that a recorded backward can be differentiated again.
    swapped = {id(old): new for old, new in zip(outputs, results, strict=True) if isinstance(old, Handle)}
    context._to_save = tuple(swapped.get(id(one), one) for one in context._to_save)
    return tuple(results)


def _as_output(output: Any, node: EngineTensor, inputs: tuple[Any, ...], context: Any) -> Any:
    """The handle of a result: a changed input stays the same tensor; any other is a new one."""
    is_input = any(output is one for one in inputs)
    if is_input and any(output is one for one in context._dirty):
        output._value = node
        output._shared().nodes.append(weakref.ref(node))
        return output
    if is_input or output._base is not None:
        return wrap(node)
    output._value = node
    return output


def _checked(cls: type[Function], sent: Any, nodes: list[Any], recorded: bool) -> list[Any]:
    """What `backward` returned, one engine value an input."""
    given = list(sent) if isinstance(sent, tuple | list) else [sent]
    while len(given) > len(nodes) and given[-1] is None:
        given.pop()
    if len(given) != len(nodes):
        raise OperandError(
            f"{cls.__name__}.backward returned {len(given)} gradients, and forward has {len(nodes)} inputs beside ctx: "
            "return one for each, None for an input that has none."
        )
    cotangents: list[Any] = []
    for place, (one, node) in enumerate(zip(given, nodes, strict=True)):
        if one is None or node is None or not node.requires_grad:
            cotangents.append(None)
            continue
        if not isinstance(one, Handle):
            raise OperandError(
                f"{cls.__name__}.backward returned a {type(one).__name__} as gradient {place}, not a tensor."
            )
        have, wanted = one._node.shape, node.shape
        padded = (1,) * (len(have) - len(wanted)) + wanted
        if len(padded) != len(have) or any(a not in (1, b) for a, b in zip(padded, have, strict=True)):
            raise OperandError(
                f"{cls.__name__}.backward returned a gradient of shape {list(have)} for input {place}, whose shape is "
                f"{list(wanted)}: a gradient has the shape of its input."
            )
        cotangents.append(one._node if recorded else data_of(one))
    return cotangents


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a `backward` that can't be differentiated again; who tries is told so."""

    @functools.wraps(backward)
    def plainly(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            sent = backward(ctx, *grads)
        if not MODES.recording or not any(one is not None and one.requires_grad for one in grads):
            return sent
        several = isinstance(sent, tuple)
        marked = [_refusing(one, grads) if isinstance(one, Handle) else one for one in (sent if several else (sent,))]
        return tuple(marked) if several else marked[0]

    return plainly


def _refusing(one: Any, grads: tuple[Any, ...]) -> Any:
    """The gradient, with a node that refuses to be differentiated."""

    def refuse(*cotangents: Any) -> list[Any]:
        raise GraphError(
            "This gradient comes from a backward that is marked with @once_differentiable: it can't be differentiated "
            "a second time. Write it with tensor operations only and take the mark away."
        )

    inputs = [grad._node for grad in grads if grad is not None]
    (node,) = custom("once_differentiable", (data_of(one),), inputs, refuse)
    return wrap(node)
