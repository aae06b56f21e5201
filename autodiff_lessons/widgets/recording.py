"""From a learner's function, or from a tensor, to a recorded graph whose nodes have names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autodiff_lessons.engine.local_names import watching_the_return_of
from autodiff_lessons.engine.reverse import topological_order
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import GraphError


@dataclass(frozen=True)
class Recording:
    """An output with its graph, the inputs in the order in which they were given, and the names of tensors and arrays.

    `names` maps id(object) to a name; the objects themselves are kept alive in `named`.
    """

    output: Tensor
    inputs: tuple[Tensor, ...]
    names: dict[int, str]
    named: list[Any] = field(repr=False)


def record(function: Callable[..., Any], inputs: Mapping[str, Tensor]) -> Recording:
    """Call `function` on the named inputs. A tensor that a local variable holds at its return takes that name."""
    final_locals: dict[str, Any] = {}
    with watching_the_return_of(function, final_locals):
        output = function(**inputs)
    if not isinstance(output, Tensor):
        called = getattr(function, "__name__", "the function")
        raise GraphError(
            f"{called} returned {output!r}, which is no tensor, so there is no graph to draw. Return one number that "
            "was computed from the inputs with operators and NumPy's functions (np.sin, not math.sin)."
        )
    return _named(output, tuple(inputs.values()), {**inputs, **final_locals})


def replay(recording: Recording, values: Mapping[int, Any]) -> Recording:
    """The same operations once more, on leaves of their own; `values` maps the place of a leaf in `inputs` to its new
    value. Branches of the program that recorded the graph are not taken anew: this repeats what was recorded."""
    renewed: dict[int, Any] = {}
    for place, leaf in enumerate(recording.inputs):
        value = leaf.data
        if place in values:  # a traced value stays what it is
            new = values[place]
            value = new if hasattr(type(new), "__apply_rank__") else leaf.data.dtype.type(new)
        renewed[id(leaf)] = Tensor(value, leaf.requires_grad, leaf.name)
    for node in topological_order(recording.output) if recording.output.requires_grad else []:
        if node.op is not None:
            inputs = tuple(renewed.get(id(one), one) for one in node.inputs)
            renewed[id(node)] = again = node.op(*inputs, **node.parameters)
            again.name = node.name
    output = renewed.get(id(recording.output), recording.output)
    leaves = tuple(renewed[id(leaf)] for leaf in recording.inputs)
    named = [renewed.get(id(one), one) for one in recording.named]
    names = {id(new): recording.names[id(old)] for new, old in zip(named, recording.named, strict=True)}
    return Recording(output, leaves, names, named)


def recording_of(output: Tensor, variables: Mapping[str, Any]) -> Recording:
    """A private copy of the graph of `output`, which a later backward() of the learner can't free. The tensors that
    `variables` hold take their names."""
    order = topological_order(output) if output.requires_grad else [output]
    inputs = tuple(node for node in order if node.is_leaf and node.requires_grad)
    public = {name: value for name, value in variables.items() if not name.startswith("_")}
    return replay(_named(output, inputs, public), {})


def _named(output: Tensor, inputs: tuple[Tensor, ...], variables: Mapping[str, Any]) -> Recording:
    """Name every tensor and array of the graph after the first variable that holds it."""
    members = {id(one) for one in (output, *inputs)}
    for node in topological_order(output) if output.requires_grad else []:
        members.update(map(id, (node, *node.inputs)))
    names: dict[int, str] = {}
    named = []
    for name, value in variables.items():
        if isinstance(value, Tensor | np.ndarray) and id(value) in members and id(value) not in names:
            names[id(value)] = name
            named.append(value)
    return Recording(output, inputs, names, named)
