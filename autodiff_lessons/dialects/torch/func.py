"""torch.func: derivatives as functions of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.autograd import functional
from autodiff_lessons.dialects.torch.autograd.functional import _Run, pushed
from autodiff_lessons.dialects.torch.autograd.gradients import grad as gradients
from autodiff_lessons.dialects.torch.autograd.modes import enable_grad
from autodiff_lessons.dialects.torch.core import Handle, constant, data_of
from autodiff_lessons.dialects.torch.shaping import stack
from autodiff_lessons.engine import trees
from autodiff_lessons.errors import OperandError

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


class _Depth:
    """How many of these transformations run each other's function now: an inner one must record its sweep."""

    now = 0


def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that gives (gradient, value) of func, whose result is a single number."""

    def both(*arguments: Any, **keywords: Any) -> Any:
        chosen = argnums if isinstance(argnums, tuple) else (argnums,)
        leaves, rebuild = trees.flatten(tuple(arguments[one] for one in chosen))
        inside = _Depth.now > 0 or any(isinstance(one, Handle) and one._node.requires_grad for one in leaves)
        fresh = [_fresh(one) for one in leaves]
        given = list(arguments)
        for place, one in zip(chosen, rebuild(fresh), strict=True):
            given[place] = one
        _Depth.now += 1
        try:
            with enable_grad():
                out = func(*given, **keywords)
        finally:
            _Depth.now -= 1
        value, aux = out if has_aux else (out, None)
        if not isinstance(value, Handle) or value._node.ndim:
            shape = list(value.shape) if isinstance(value, Handle) else type(value).__name__  # type: ignore[attr-defined]
            raise OperandError(f"grad needs a function with a single number as its result; this one gave {shape}.")
        found: list[Any]
        if value._node.requires_grad:
            found = list(gradients(value, fresh, create_graph=inside, materialize_grads=True))
        else:
            found = [constant(np.zeros_like(data_of(one))[()]) for one in fresh]
        nested = rebuild(found)
        result = nested if isinstance(argnums, tuple) else nested[0]
        value = value if inside else value.detach()  # type: ignore[attr-defined]
        return (result, (value, aux)) if has_aux else (result, value)

    return both


def _fresh(one: Any) -> Any:
    """A tensor of this transformation's own; a tracked one stays connected."""
    if not isinstance(one, Handle):
        raise TypeError(f"A derivative with respect to a {type(one).__name__}: give a tensor.")
    return one.view_as(one) if one._node.requires_grad else one.detach().clone().requires_grad_()  # type: ignore[attr-defined]


def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that gives the gradient of func; it can be given to `grad` again."""
    both = grad_and_value(func, argnums, has_aux)

    def gradient(*arguments: Any, **keywords: Any) -> Any:
        result, value = both(*arguments, **keywords)
        return (result, value[1]) if has_aux else result

    return gradient


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """func(*primals), and the function that takes a cotangent v to v^T J (a tuple, for several primals)."""
    leaves, rebuild = trees.flatten(primals)
    inside = _Depth.now > 0 or any(one._node.requires_grad for one in leaves)
    fresh = [_fresh(one) for one in leaves]
    _Depth.now += 1
    try:
        with enable_grad():
            out = func(*rebuild(fresh))
    finally:
        _Depth.now -= 1
    result, aux = out if has_aux else (out, None)
    outs, rebuild_outs = trees.flatten(result)

    def pull(cotangents: Any) -> Any:
        bars = trees.flatten_like(cotangents, result, "cotangents", "results")
        pairs = [(one, bar) for one, bar in zip(outs, bars, strict=True) if one._node.requires_grad]
        if not pairs:
            return rebuild([constant(np.zeros_like(data_of(one))[()]) for one in fresh])
        tracked, seeds = zip(*pairs, strict=True)
        recorded = inside or any(one._node.requires_grad for one in seeds)
        return rebuild(
            list(gradients(tracked, fresh, seeds, retain_graph=True, create_graph=recorded, materialize_grads=True))
        )

    values = rebuild_outs(outs if inside else [one.detach() for one in outs])
    return (values, pull, aux) if has_aux else (values, pull)


def jvp(func: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...], *, strict: bool = False,
        has_aux: bool = False) -> Any:  # fmt: skip
    """(func(*primals), J v)."""
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple) or len(primals) != len(tangents):
        raise OperandError("jvp takes a tuple of primals and a tuple of as many tangents, of the same shapes.")
    aux: list[Any] = []

    def values(*given: Any) -> Any:
        out = func(*given)
        if has_aux:
            aux.append(out[1])
        return out[0] if has_aux else out

    inside = _Depth.now > 0 or any(one._node.requires_grad for one in primals)
    _Depth.now += 1
    try:
        run = _Run(values, primals, create_graph=inside)
        along = pushed(run, functional._vectors(tangents, run.inputs, "input"), inside)
    finally:
        _Depth.now -= 1
    value = functional._finished(run.outputs, run.one_output, inside)
    tangent = functional._finished(along, run.one_output, inside)
    return (value, tangent, aux[0]) if has_aux else (value, tangent)


def jacrev(func: Function, argnums: Argnums = 0, has_aux: bool = False, **settings: Any) -> Function:
    """A function that gives the Jacobian of func, with a backward pass an output."""
    if has_aux:
        raise NotImplementedError("jacrev(has_aux=True): return the auxiliary value from another call instead.")

    def full(*arguments: Any) -> Any:
        chosen = argnums if isinstance(argnums, tuple) else (argnums,)

        def of_chosen(*some: Any) -> Any:
            given = list(arguments)
            for place, one in zip(chosen, some, strict=True):
                given[place] = one
            return func(*given)

        picked = tuple(arguments[one] for one in chosen)
        inside = _Depth.now > 0 or any(one._node.requires_grad for one in picked)
        _Depth.now += 1
        try:
            found = functional.jacobian(of_chosen, picked if isinstance(argnums, tuple) else picked[0], inside)
        finally:
            _Depth.now -= 1
        return found

    return full


jacfwd = jacrev  # the same numbers; the engine's forward mode is for its own functions


def hessian(func: Function, argnums: int = 0) -> Function:
    """A function that gives the matrix of second derivatives of func."""
    return jacrev(grad(func, argnums), argnums)


def vmap(func: Function, in_dims: Any = 0, out_dims: int = 0, **settings: Any) -> Function:
    """A function that applies func to each slice along `in_dims` and stacks the results: a loop, with vmap's result."""

    def mapped(*arguments: Any, **keywords: Any) -> Any:
        dims = in_dims if isinstance(in_dims, tuple) else (in_dims,) * len(arguments)
        lengths = {one.shape[dim] for one, dim in zip(arguments, dims, strict=True) if dim is not None}
        if len(lengths) != 1:
            raise ValueError(f"vmap needs mapped axes of one length; here they are {sorted(lengths)}.")
        results = []
        for place in range(lengths.pop()):
            slices = [one if dim is None else one.select(dim, place) for one, dim in zip(arguments, dims, strict=True)]
            results.append(func(*slices, **keywords))
        if isinstance(results[0], tuple):
            return tuple(stack(parts, out_dims) for parts in zip(*results, strict=True))
        return stack(results, out_dims)

    return mapped
