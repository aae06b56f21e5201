"""Derivatives of functions: what `backward()` gives on a graph, as a function of a function.

`grad(f)` is again an ordinary function, so it can be given to `grad` or to `jvp` again: any order, any mixture. Each
call makes leaves from its arguments, runs f, and sweeps (reverse.py); a call inside another one records its own sweep.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.broadcasting import shape_of
from autodiff_lessons.engine.forward import Dual, floating, jvp, split
from autodiff_lessons.engine.modes import MODES, transforming
from autodiff_lessons.engine.reverse import seed, sweep, topological_order
from autodiff_lessons.engine.tensor import Tensor, as_value, leaf
from autodiff_lessons.errors import GradientTypeError, GraphError

Function = Callable[..., Any]


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that gives (f(x), ∇f(x)) by one forward and one backward pass; see `grad`.

    >>> value, slope = value_and_grad(lambda x: x * x)(3.0)
    >>> float(value), float(slope)
    (9.0, 6.0)
    """

    def both(*arguments: Any, **keywords: Any) -> tuple[Any, Any]:
        run = _Run(*_of_chosen(f, arguments, keywords, argnums))
        _refuse_all_but_one_number(run.outs)
        gradients = run.rebuild_inputs(run.sweep(run.outs[0], None))
        return run.values()[0], gradients if isinstance(argnums, tuple) else gradients[0]

    return both


def grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that gives the gradient ∇f of f, a function with one number as its result.

    `argnums` says with respect to which of f's arguments; a tuple of numbers gives a tuple of gradients. An argument
    may be a number, an array, or a nested dict, list or tuple of them; its gradient is built alike. Where f does not
    depend on an argument its gradient is 0. The result can be differentiated again.

    >>> float(grad(lambda x, y: np.log(x) + x * y - np.sin(y))(2.0, 5.0))
    5.5
    >>> float(grad(grad(lambda x: x**3))(2.0))
    12.0
    """
    both = value_and_grad(f, argnums)
    return lambda *arguments, **keywords: both(*arguments, **keywords)[1]


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """f(*primals), and the function v -> vᵀ J: one cotangent, of f's result's structure, gives a tuple of cotangents.

    The graph is kept, so the function can be called for several v.

    >>> value, pull = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))[0].tolist()
    [2.0, 40.0]
    """
    return _pullback(f, primals)


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0, mode: str = "auto") -> Function:
    """A function that gives the Jacobian J[i, j] = d f_i / d x_j: of shape (*shape of f(x), *shape of x).

    `mode="reverse"` takes one sweep an output, `"forward"` one run an input; `"auto"` takes the cheaper, which is the
    one for which fewer are needed. For structures of arguments or results, a structure of Jacobians: the result's
    outside, the argument's inside.

    >>> jacobian(lambda x: np.array([[2.0, 0.0], [3.0, 1.0], [0.0, 4.0]]) @ x)(np.array([1.0, 1.0])).tolist()
    [[2.0, 0.0], [3.0, 1.0], [0.0, 4.0]]
    """
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f'mode is "auto", "forward" or "reverse", not {mode!r}.')

    def full(*arguments: Any, **keywords: Any) -> Any:
        of_chosen, chosen = _of_chosen(f, arguments, keywords, argnums)
        if mode == "forward":
            blocks, rebuild_outs = _columns(of_chosen, chosen)
        else:
            run = _Run(of_chosen, chosen)
            if mode == "auto" and sum(map(np.size, run.given)) < sum(map(np.size, run.outs)):
                blocks, rebuild_outs = _columns(of_chosen, chosen)
            else:
                blocks, rebuild_outs = [_rows(run, out) for out in run.outs], run.rebuild_outs
        rebuild_inputs = trees.flatten(chosen)[1]
        nested = [rebuild_inputs(row) for row in blocks]
        return rebuild_outs(nested if isinstance(argnums, tuple) else [one for (one,) in nested])

    return full


def _rows(run: _Run, out: Any) -> list[Any]:
    """The Jacobians of one result with respect to every leaf: a sweep for each of its elements gives a row of each."""
    rows = [run.sweep(out, unit) for unit in _units(out)]
    return [
        np.reshape(np.stack(parts), np.shape(out) + np.shape(x)) if parts else np.zeros(np.shape(out) + np.shape(x))
        for x, parts in zip(run.given, zip(*rows, strict=True) if rows else [()] * len(run.given), strict=True)
    ]


def _columns(f: Function, primals: tuple[Any, ...]) -> tuple[list[list[Any]], trees.Rebuild]:
    """The same by forward mode: a run of f for each element of each leaf gives a column of each result's Jacobian."""
    leaves, rebuild = trees.flatten(primals)
    zeros = [np.zeros(np.shape(x))[()] for x in leaves]
    blocks: list[list[Any]] = []
    for place, x in enumerate(leaves):
        columns = []
        for unit in _units(x):
            value, dots = jvp(f, primals, rebuild([*zeros[:place], unit, *zeros[place + 1 :]]))
            outs, rebuild_outs = trees.flatten(value)
            columns.append(trees.flatten(dots)[0])
        stacked = [np.stack(parts, axis=-1) for parts in zip(*columns, strict=True)]
        blocks.append([np.reshape(one, np.shape(out) + np.shape(x)) for one, out in zip(stacked, outs, strict=True)])
    return [list(row) for row in zip(*blocks, strict=True)], rebuild_outs


def _units(x: Any) -> Iterator[Any]:
    """Every array of x's shape with a single 1 in it, in the order of the elements."""
    shape = shape_of(x)
    for place in range(math.prod(shape)):
        unit = np.zeros(shape)
        unit.flat[place] = 1.0
        yield unit[()]


def hessian(f: Function, argnums: int = 0) -> Function:
    """A function that gives the matrix of second derivatives H[i, j] = d² f / d x_i d x_j: forward over reverse.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0])).tolist()
    [[4.0, 2.0], [2.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")


def hvp(f: Function, primals: Any, tangents: Any) -> Any:
    """The product H v of f's Hessian with `tangents`, without building H: the gradient's derivative along v.

    Forward over reverse: one forward and one backward pass on dual numbers. `primals` is one argument or a tuple of
    them, `tangents` likewise, and so is the result. (Pearlmutter, "Fast exact multiplication by the Hessian", 1994.)

    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist()
    [6.0, 0.0]
    """
    several = isinstance(primals, tuple)
    gradient = grad(f, tuple(range(len(primals))) if several else 0)
    return jvp(gradient, primals, tangents)[1]


def stop_gradient(x: Any) -> Any:
    """The value of x, as a constant: no gradient and no tangent flows through. Structures are taken leaf by leaf."""
    leaves, rebuild = trees.flatten(x)
    return rebuild([_stopped(one) for one in leaves])


def _stopped(one: Any) -> Any:
    if type(one) is Dual:
        return _stopped(one.primal)
    return one.detach() if type(one) is Tensor else one


def _of_chosen(
    f: Function, arguments: tuple[Any, ...], keywords: dict[str, Any], argnums: int | tuple[int, ...]
) -> tuple[Function, tuple[Any, ...]]:
    """f as a function of the arguments that are differentiated alone, and those arguments."""
    if argnums == 0 and len(arguments) == 1 and not keywords:
        return f, arguments
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    for number in numbers:
        if not -len(arguments) <= number < len(arguments):
            raise IndexError(f"There is no argument number {number}: the function was called with {len(arguments)}.")

    def of_chosen(*some: Any) -> Any:
        full = list(arguments)
        for number, one in zip(numbers, some, strict=True):
            full[number] = one
        return f(*full, **keywords)

    return of_chosen, tuple(arguments[number] for number in numbers)


def _pullback(f: Function, primals: tuple[Any, ...]) -> tuple[Any, Function]:
    """f(*primals) and its pullback: cotangents of the results (None: the seed 1) to a tuple of those of the primals."""
    run = _Run(f, primals)

    def pull(cotangents: Any) -> Any:
        if cotangents is None:
            bars = [None] * len(run.outs)
        else:
            bars = trees.flatten_like(cotangents, run.rebuild_outs(run.outs), "cotangents", "results")
        total: list[Any] = [None] * len(run.given)
        for out, bar in zip(run.outs, bars, strict=True):
            parts = run.sweep(out, bar)
            total = [part if sum_ is None else sum_ + part for sum_, part in zip(total, parts, strict=True)]
        return run.rebuild_inputs(total)

    return run.rebuild_outs(run.values()), pull


class _Run:
    """One recorded run of f on leaves made from `primals`.

    A sweep is recorded too where somebody may differentiate it again: inside another transformation, or where an
    argument is tracked already.
    """

    __slots__ = ("differentiable", "given", "leaves", "orders", "outs", "rebuild_inputs", "rebuild_outs")

    def __init__(self, f: Function, primals: tuple[Any, ...]) -> None:
        self.given, self.rebuild_inputs = trees.flatten(primals)
        self.leaves = list(map(_fresh_leaf, self.given))
        self.differentiable = MODES.transforms > 0 or any(one.op is not None for one in self.leaves)
        self.orders: dict[Tensor, list[Tensor]] = {}
        with transforming():
            out = f(*self.rebuild_inputs(self.leaves))
        self.outs, self.rebuild_outs = trees.flatten(out)

    def values(self) -> list[Any]:
        """The results; plain ones where nobody may differentiate them again."""
        return self.outs if self.differentiable else [one.data if type(one) is Tensor else one for one in self.outs]

    def sweep(self, out: Any, bar: Any) -> list[Any]:
        """The cotangents of all leaves for one result; 0 where it does not depend on a leaf."""
        parts = self._sweep_to(out, bar)
        return [np.zeros(np.shape(x))[()] if part is None else part for x, part in zip(self.given, parts, strict=True)]

    def _sweep_to(self, out: Any, bar: Any) -> list[Any]:
        """The same; None where the result does not depend on a leaf."""
        if type(out) is Dual:  # the result of a function that a jvp outside of this transformation runs
            bar_primal, bar_tangent = split(bar, out.level) if bar is not None else (None, None)
            along = Dual(0.0, 1.0, out.level)
            parts = self._sweep_to(out.primal, bar_primal)
            dots = self._sweep_to(out.tangent, bar_primal)
            more = self._sweep_to(out.primal, bar_tangent) if bar_tangent is not None else []
            for extra in (dots, more):
                for place, part in enumerate(extra):
                    if part is not None:
                        parts[place] = part * along if parts[place] is None else parts[place] + part * along
            return parts
        if type(out) is not Tensor or not out.requires_grad:
            return [None] * len(self.leaves)
        order = self.orders.get(out)
        if order is None:
            order = self.orders[out] = topological_order(out, self.leaves)
        return sweep(order, seed(out, bar), self.leaves, self.differentiable, stop_there=True)


def _fresh_leaf(one: Any) -> Tensor:
    """A leaf of its own for this transformation, so that nothing outside of it is met in the sweep."""
    if type(one) is float:
        return leaf(np.float64(one), requires_grad=True)
    if type(one) is Tensor:
        if not one.requires_grad:
            return leaf(floating(one.data), requires_grad=True)
        return one + 0.0  # a node of its own that the outer sweep still reaches
    if isinstance(one, str) or (not hasattr(type(one), "__apply_rank__") and np.asarray(one).dtype.kind not in "fiub"):
        raise GradientTypeError(f"A derivative with respect to {one!r} does not exist: it is not a real number.")
    return leaf(as_value(floating(one)), requires_grad=True)


def _refuse_all_but_one_number(outs: list[Any]) -> None:
    if len(outs) != 1 or math.prod(shape_of(outs[0])) != 1:
        shapes = ", ".join(str(np.shape(one)) for one in outs)
        raise GraphError(
            f"grad(f) needs an f with one number as its result; this one gave {shapes or 'nothing'}. "
            "Use jacobian(f), or vjp(f, x) with a cotangent, or sum the result."
        )
