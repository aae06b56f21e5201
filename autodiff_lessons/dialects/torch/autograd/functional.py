"""torch.autograd.functional: Jacobians, Hessians and their products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.autograd.gradients import grad
from autodiff_lessons.dialects.torch.autograd.modes import enable_grad
from autodiff_lessons.dialects.torch.core import Handle, constant, data_of
from autodiff_lessons.dialects.torch.shaping import squeeze, stack
from autodiff_lessons.errors import OperandError

Function = Callable[..., Any]


class _Run:
    """One run of `func` on tracked copies of the inputs."""

    def __init__(self, func: Function, inputs: Any, create_graph: bool) -> None:
        self.one_input = not isinstance(inputs, tuple)
        given = (inputs,) if self.one_input else inputs
        for one in given:
            if not isinstance(one, Handle):
                raise TypeError(f"The inputs are tensors or a tuple of them, not {type(one).__name__}.")
        with enable_grad():
            # A tracked input stays connected with create_graph; else the copy is a leaf of its own.
            self.inputs = [
                one.view_as(one) if create_graph and one.requires_grad else one.detach().clone().requires_grad_()
                for one in given
            ]
            out = func(*self.inputs)
        self.one_output = not isinstance(out, tuple)
        self.outputs = [out] if self.one_output else list(out)
        for one in self.outputs:
            if not isinstance(one, Handle):
                raise TypeError(f"The function must give tensors, not {type(one).__name__}.")

    def pull(self, cotangents: list[Any], create_graph: bool, strict: bool = False) -> list[Any]:
        """v^T J for each input, zeros for one that the outputs don't depend on."""
        pairs = [(o, v) for o, v in zip(self.outputs, cotangents, strict=True) if o.requires_grad]
        if strict and len(pairs) < len(self.outputs):
            raise OperandError("With strict=True every output must depend on an input; one of them is a constant.")
        if not pairs:
            return [constant(np.zeros_like(data_of(one))[()]) for one in self.inputs]
        outputs, seeds = zip(*pairs, strict=True)
        with enable_grad():
            found = grad(outputs, self.inputs, seeds, retain_graph=True, create_graph=create_graph, allow_unused=True)
        if strict and any(one is None for one in found):
            raise OperandError("With strict=True the outputs must depend on every input; they don't on one of them.")
        return [
            constant(np.zeros_like(data_of(x))[()]) if one is None else one
            for one, x in zip(found, self.inputs, strict=True)
        ]


def _finished(values: list[Any], alone: bool, create_graph: bool) -> Any:
    done = values if create_graph else [one.detach() for one in values]
    return done[0] if alone else tuple(done)


def _vectors(v: Any, like: list[Any], what: str) -> list[Any]:
    if v is None:
        if len(like) == 1 and like[0].numel() == 1:
            return [constant(np.ones_like(data_of(like[0]))[()])]
        raise OperandError(f"The vector v can be left out only for a single number; here the {what} has more.")
    given = list(v) if isinstance(v, tuple) else [v]
    if len(given) != len(like) or any(a.shape != b.shape for a, b in zip(given, like, strict=False)):
        raise OperandError(f"v needs the structure and the shapes of the {what}: {[list(one.shape) for one in like]}.")
    return given


def vjp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), v^T J): one cotangent an output in, one an input out."""
    run = _Run(func, inputs, create_graph)
    sent = run.pull(_vectors(v, run.outputs, "output"), create_graph, strict)
    return _finished(run.outputs, run.one_output, create_graph), _finished(sent, run.one_input, create_graph)


def jvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), J v), by differentiating v^T J a second time, with respect to its cotangent."""
    run = _Run(func, inputs, create_graph)
    return _finished(run.outputs, run.one_output, create_graph), _finished(
        pushed(run, _vectors(v, run.inputs, "input"), create_graph), run.one_output, create_graph
    )


def pushed(run: _Run, tangents: list[Any], create_graph: bool) -> list[Any]:
    """J v for each output: u -> u^T J is linear in u, and its transpose is v -> J v."""
    with enable_grad():
        dummies = [constant(np.zeros_like(data_of(one))[()]).requires_grad_() for one in run.outputs]
        sent = run.pull(dummies, create_graph=True)
        pairs = [(one, tangent) for one, tangent in zip(sent, tangents, strict=True) if one.requires_grad]
        if not pairs:
            return [constant(np.zeros_like(data_of(one))[()]) for one in run.outputs]
        outputs, seeds = zip(*pairs, strict=True)
        return list(grad(outputs, dummies, seeds, retain_graph=True, create_graph=create_graph, materialize_grads=True))


def jacobian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """J[i, j] = d out_i / d in_j, of the output's shape and then the input's; one for each output and input."""
    run = _Run(func, inputs, create_graph)
    blocks = []
    for place, out in enumerate(run.outputs):
        rows = []
        for element in range(out.numel()):
            cotangents = [constant(np.zeros_like(data_of(one))) for one in run.outputs]
            unit = np.zeros(out.numel(), dtype=data_of(out).dtype)
            unit[element] = 1
            cotangents[place] = constant(unit.reshape(out.shape))
            rows.append(run.pull(cotangents, create_graph, strict))
        block = [
            stack(parts).view(*out.shape, *x.shape)
            for x, parts in zip(run.inputs, zip(*rows, strict=True), strict=True)
        ]
        blocks.append(_finished(block, run.one_input, create_graph))
    return blocks[0] if run.one_output else tuple(blocks)


def _one_number(func: Function) -> Function:
    def checked(*inputs: Any) -> Any:
        out: Any = func(*inputs)
        if not isinstance(out, Handle) or out._node.size != 1:
            raise OperandError("A Hessian is of a function with a single number as its result; reduce it with .sum().")
        return squeeze(out)

    return checked


def _gradient(func: Function) -> Function:
    """The gradient of func, recorded; zeros stay connected to nothing."""

    def gradients(*inputs: Any) -> Any:
        run = _Run(_one_number(func), inputs, create_graph=True)
        found = run.pull([constant(np.ones_like(data_of(run.outputs[0])))], create_graph=True)
        return tuple(found)

    return gradients


def hessian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The matrix of second derivatives: the Jacobian of the gradient."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    blocks = jacobian(_gradient(func), given, create_graph, strict)
    return blocks if isinstance(inputs, tuple) else blocks[0][0]


def vhp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), v^T H)."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    run = _Run(_gradient(func), given, create_graph)
    sent = run.pull(_vectors(v, run.inputs, "input"), create_graph)
    value = _finished([func(*run.inputs)], True, create_graph)
    return value, _finished(sent, not isinstance(inputs, tuple), create_graph)


def hvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), H v); H is symmetric, so this is v^T H."""
    return vhp(func, inputs, v, create_graph, strict)
