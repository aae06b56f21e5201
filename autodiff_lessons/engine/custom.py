"""Put a function with a derivative rule of your own into the graph: any number of inputs, any number of outputs.

    custom(name, values, inputs, vjp) -> tuple of tensors, one a value

`values` are the outputs as plain numbers or arrays, computed already; `inputs` is what they were computed from
(tensors; anything else is a constant). `vjp(*cotangents)` is called at most once a sweep, with one cotangent an output
(None where nothing used that output), and returns a sequence with one cotangent an input (None: nothing is sent to this
input; what is returned for a constant is ignored). The cotangents are plain values in an ordinary sweep, which records
nothing, and tensors in a recorded one (`create_graph`): a `vjp` that calculates with tensors can be differentiated
again.

The engine's nodes have one output each, so a custom function is a chain of three kinds of node:

    inputs ── gather ── name ──┬── select 0
                               └── select 1 ...

`gather` and `select` only bundle cotangents and take them apart again, and `name` turns the bundle of the outputs'
cotangents into the bundle of the inputs' in one call. With one output, the node `name` is that output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from autodiff_lessons.engine.broadcasting import unbroadcast
from autodiff_lessons.engine.modes import MODES, no_grad
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.tensor import Tensor, plain, record
from autodiff_lessons.errors import GraphError, MissingRuleError, ShapeError

Pullback = Callable[..., Sequence[Any]]

NO_NUMBERS = np.empty(0)  # the value of a node that stands for several values


class Bundle:
    """One cotangent each of several values, None where there is none. Two bundles add up part by part."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = tuple(parts)

    def __add__(self, other: Bundle) -> Bundle:
        return Bundle([add(one, another) for one, another in zip(self.parts, other.parts, strict=True)])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """All numbers in a row, for a look at whether they are finite."""
        rows = [np.ravel(one._data if type(one) is Tensor else one) for one in self.parts if one is not None]
        return np.concatenate(rows) if rows else NO_NUMBERS


def add(one: Any, another: Any) -> Any:
    """The sum of two cotangents either of which may be None, for none."""
    return another if one is None else one if another is None else one + another


def _nothing_forward(*inputs: Any, **parameters: Any) -> Any:
    raise MissingRuleError("A custom function has no forward rule; use reverse mode for a function that contains one.")


# What a gather sends back: the share of input `position`.
GATHER = Primitive(
    "gather", "{ }", _nothing_forward, transposes=lambda position, out_bar, *inputs: out_bar.parts[position], joint=True
)
# What an output sends back: a bundle with its cotangent in its own place.
SELECT = Primitive(
    "select",
    "[ ]",
    _nothing_forward,
    transposes=(
        lambda out_bar, bundle, place, count: Bundle([out_bar if one == place else None for one in range(count)]),
    ),
)


def gather(inputs: Sequence[Any]) -> Tensor:
    """A node that stands for all of `inputs`; its cotangent is a Bundle."""
    tracked = any(type(one) is Tensor and one.requires_grad for one in inputs)
    return record(GATHER, tuple(inputs), None, NO_NUMBERS, tracked)


def _fitted(name: str, place: int, cotangent: Any, one: Any, followed: bool) -> Any:
    """The cotangent of `one`, summed down to its shape; None for a constant, which nobody follows."""
    if cotangent is None or type(one) is not Tensor or not followed:
        return None
    shape = np.shape(cotangent)
    if shape == one.shape:
        return cotangent
    if not _copies(one.shape, shape):
        raise ShapeError(
            f"The reverse rule of {name} returned a cotangent of shape {shape} for input {place + 1}, which has the "
            f"shape {one.shape}: it needs one number for each element of the input."
        )
    return unbroadcast(cotangent, one.shape)


def _copies(shape: tuple[int, ...], wider: tuple[int, ...]) -> bool:
    """Whether NumPy would broadcast `shape` to `wider`."""
    padded = (1,) * (len(wider) - len(shape)) + shape
    return len(padded) == len(wider) and all(one in (1, many) for one, many in zip(padded, wider, strict=True))


def custom(name: str, values: Sequence[Any], inputs: Sequence[Any], vjp: Pullback) -> tuple[Tensor, ...]:
    """Record a function with its own reverse rule; see above.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> square, cube = custom("powers", (9.0, 27.0), (x,), lambda of_square, of_cube: (6 * of_square + 27 * of_cube,))
    >>> (square + cube).backward()
    >>> x.grad
    Tensor(33.0)
    """
    several, count = len(values) > 1, len(inputs)
    inputs_followed = [(one, bool(MODES.tapes) or getattr(one, "requires_grad", False)) for one in inputs]

    def pull(out_bar: Any, bundle: Any) -> Bundle:
        cotangents = out_bar.parts if several else (out_bar,)
        recorded = any(type(one) is Tensor for one in cotangents)
        with nullcontext() if recorded else no_grad():
            sent = [one if recorded else plain(one) for one in vjp(*cotangents)]
        if len(sent) != count:
            raise GraphError(
                f"The reverse rule of {name} returned {len(sent)} cotangents for {count} inputs: it returns one for "
                "each input, and None for an input that needs none."
            )
        return Bundle([_fitted(name, place, one, *inputs_followed[place]) for place, one in enumerate(sent)])

    primitive = Primitive(name, name, _nothing_forward, transposes=(pull,))
    together = gather(inputs)
    made = record(primitive, (together,), None, NO_NUMBERS if several else values[0], together.requires_grad)
    if not several:
        return (made,)
    return tuple(
        record(SELECT, (made,), {"place": place, "count": len(values)}, value, made.requires_grad)
        for place, value in enumerate(values)
    )
