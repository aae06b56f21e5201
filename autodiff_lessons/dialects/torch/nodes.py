"""The graph as PyTorch shows it: `grad_fn`, `next_functions`, and the hooks on tensors and nodes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.core import Handle, constant, wrap
from autodiff_lessons.dialects.torch.records import Face, Spent, SpentInside, node_name
from autodiff_lessons.engine.custom import SELECT
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.errors import GraphError


class AfterNode:
    """A hook on a node of the graph: it gets the gradients of the inputs and of the output, and may replace those of
    the inputs."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self.hook = hook

    def __call__(self, cotangent: EngineTensor) -> None:
        """Nothing happens when the output's gradient arrives."""


class AfterAccumulating(AfterNode):
    """A hook on a leaf: called with the leaf when its `.grad` is complete."""


def spent_message(node: EngineTensor) -> str:
    return (
        f"Trying to backward through the graph a second time: the values that {shown_name(node)} saved were "
        "freed by the first backward(). Compute the output again (in a notebook, run its cell again), or call the "
        "first backward with retain_graph=True."
    )


def shown(node: EngineTensor) -> bool:
    """Whether PyTorch's graph has this node: an inner part of a larger operation has a record without a face."""
    return node.op is None or isinstance(node.op, Face)


def shown_name(node: EngineTensor) -> str:
    assert node.op is not None
    if isinstance(node.op, SpentInside):
        return "a node"
    return node.op.name if isinstance(node.op, Face) else node_name(node.op.name)


class RemovableHandle:
    """What registering a hook gives: `remove()` takes the hook away."""

    def __init__(self, remove: Callable[[], None]) -> None:
        self._remove: Callable[[], None] | None = remove

    def remove(self) -> None:
        """Take the hook away."""
        if self._remove is not None:
            self._remove()
            self._remove = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Node:
    """A node of the graph, as `tensor.grad_fn` gives it: the operation that made a tensor.

    `name()` is the operation; `next_functions` are the nodes of its inputs, each with the number of the output of that
    node that it is; (None, 0) stands for an input that needs no gradient. A leaf's node is an AccumulateGrad, whose
    `variable` is the leaf.
    """

    def __init__(self, node: EngineTensor) -> None:
        self._tensor = node

    def name(self) -> str:
        """The name of the operation."""
        kind = type(self).__name__
        return f"torch::autograd::{kind}" if kind in ("AccumulateGrad", "CopySlices", "CopyBackwards") else kind

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with an output number."""
        return tuple(_functions_of_inputs(self._tensor))

    @property
    def variable(self) -> Any:
        """The leaf that an AccumulateGrad adds to."""
        if self._tensor.op is not None:
            raise AttributeError(f"Only AccumulateGrad has a variable; {self.name()} computes its result.")
        return leaf_handle(self._tensor)

    @property
    def metadata(self) -> dict[str, Any]:
        return {}

    def __getattr__(self, name: str) -> Any:
        """`_saved_self`, `_saved_other` and `_saved_result`: the values that the derivative rule reads."""
        places = {"_saved_self": 0, "_saved_other": 1, "_saved_result": -1, "_saved_exponent": 1}
        node = self._tensor
        if name not in places or node.op is None:
            raise AttributeError(f"{type(self).__name__} has no {name}.")
        if isinstance(node.op, Spent):
            raise GraphError(spent_message(node))
        tracked = [place for place, one in enumerate(node._inputs) if type(one) is EngineTensor and one.requires_grad]
        if places[name] not in node.op.reads(tracked, len(node._inputs)):
            raise AttributeError(f"{type(self).__name__} saved no {name}: its derivative doesn't need it.")
        value = node if places[name] < 0 else node._inputs[places[name]]
        return wrap(value) if type(value) is EngineTensor else value

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after this node's rule; what it returns takes grad_inputs' place."""
        return attach(self._tensor, AfterNode(hook))

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` before this node's rule; what it returns takes grad_outputs' place."""

        def on_one(gradient: Any) -> Any:
            changed = hook((gradient,))
            return changed[0] if isinstance(changed, tuple) else changed

        return hook_on(self._tensor, on_one)

    def release(self) -> None:
        """A backward pass has used this node."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


_KINDS: dict[str, type[Node]] = {}
_NODES: weakref.WeakValueDictionary[int, Node] = weakref.WeakValueDictionary()
_LEAVES: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()


def grad_fn(node: EngineTensor) -> Any:
    """The node of PyTorch's graph that made `node`; AccumulateGrad for a leaf. The same object each time."""
    if node.op is SELECT:
        node = node._inputs[0]
    found = _NODES.get(id(node))
    if found is None or found._tensor is not node:
        name = "AccumulateGrad" if node.op is None else shown_name(node)
        if name not in _KINDS:
            _KINDS[name] = type(name, (Node,), {})
        found = _NODES[id(node)] = _KINDS[name](node)
    return found


def face_of(node: EngineTensor) -> Node | None:
    """The node's `grad_fn`, if somebody has one in hand."""
    return _NODES.get(id(node))


def adopt(node: EngineTensor, context: Any) -> None:
    """Let `context` (of a custom Function) be what `grad_fn` gives for `node`."""
    _NODES[id(node)] = context


def _functions_of_inputs(node: EngineTensor) -> Iterable[tuple[Any, int]]:
    edges = node.op.edges if isinstance(node.op, Face) else None
    if edges is not None:
        for one in edges:
            yield (None, 0) if one is None else (grad_fn(one), _output_number(one))
        return
    for one in node._inputs:
        if type(one) is not EngineTensor or not one.requires_grad:
            if not _is_setting(node, one):
                yield None, 0
        elif one.op is SELECT:
            yield grad_fn(one), _output_number(one)
        elif shown(one):
            yield grad_fn(one), 0
        else:
            yield from (pair for pair in _functions_of_inputs(one) if pair[0] is not None)


def _output_number(node: EngineTensor) -> int:
    return int(node.parameters["place"]) if node.op is SELECT else 0


def _is_setting(node: EngineTensor, one: Any) -> bool:
    """Whether PyTorch counts this untracked input as a setting of the operation, not as an input."""
    name = node.op.name if node.op is not None else ""
    if name in ("PowBackward0", "PowBackward2", "RsubBackward1", "FillBackward2", "ZeroBackward0"):
        return type(one) is not EngineTensor
    if name in ("MaskedFillBackward0", "FmodBackward0", "RemainderBackward0", "DivBackward1"):
        return type(one) is not EngineTensor or one is node._inputs[0]
    return name == "WhereBackward0" and one is node._inputs[0]


def remember_leaf(handle: Handle) -> None:
    """So that AccumulateGrad's `variable` is the very tensor of the user."""
    _LEAVES[id(handle._value)] = handle


def leaf_handle(node: EngineTensor) -> Any:
    found = _LEAVES.get(id(node))
    return found if found is not None and found._value is node else wrap(node)


def attach(node: EngineTensor, hook: Callable[[Any], Any]) -> RemovableHandle:
    """One more hook of the engine's kind."""
    node._hooks = [*(node._hooks or []), hook]

    def remove() -> None:
        node._hooks = [one for one in node._hooks or [] if one is not hook] or None

    return RemovableHandle(remove)


def hook_on(node: EngineTensor, hook: Callable[[Any], Any]) -> RemovableHandle:
    """One more hook that is a function of PyTorch tensors."""

    def on_engine_tensors(cotangent: EngineTensor) -> Any:
        given = wrap(cotangent)
        changed = hook(given)
        if changed is None:
            return given._node if given._node is not cotangent else None
        if not isinstance(changed, Handle):
            raise TypeError(
                f"A hook returns the gradient that takes the place of the old one, or None, not {changed!r}."
            )
        return changed._node

    return attach(node, on_engine_tensors)


def as_gradient(value: Any) -> Any:
    """A cotangent as a tensor: untracked, unless the sweep was recorded."""
    return wrap(value) if type(value) is EngineTensor else constant(np.array(value)[()])
