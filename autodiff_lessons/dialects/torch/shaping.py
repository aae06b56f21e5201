"""Shapes under PyTorch's names. A view shares its elements with the tensor that it was made from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import dtypes
from autodiff_lessons.dialects.torch.core import (
    Handle,
    as_type,
    composite,
    data_of,
    described,
    run,
    view,
)
from autodiff_lessons.errors import OperandError


class Size(tuple[int, ...]):
    """A shape."""

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return math.prod(self)

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return Size(found) if isinstance(place, slice) else found

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


def shape_from(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """A shape given as numbers or as one sequence."""
    given = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes
    return tuple(int(one) for one in given)


def shape_of(one: Any) -> tuple[int, ...]:
    return one._node.shape  # type: ignore[no-any-return]


def view_as_shape(input: Any, *shape: Any) -> Any:
    """The same elements in another shape; -1 stands for what is left."""
    wanted = shape_from(shape)
    known = math.prod(one for one in wanted if one != -1)
    count = math.prod(shape_of(input))
    if isinstance(data_of(input), np.ndarray) and input._base is not None and not _fits(data_of(input), wanted):
        raise OperandError("view() can't give these elements another shape without a copy; use reshape().")
    if wanted.count(-1) > 1 or (known != count if -1 not in wanted else not known or count % known):
        raise OperandError(
            f"The {count} elements of a tensor of shape {list(shape_of(input))} don't fill {list(wanted)}."
        )
    return view("view", input, {"shape": wanted})


def _fits(values: Any, shape: tuple[int, ...]) -> bool:
    """Whether the elements lie in memory so that another shape needs no copy."""
    try:
        return values.flags.c_contiguous or np.may_share_memory(values, values.reshape(shape))
    except ValueError:
        return True  # another check will say what is wrong


def reshape(input: Any, *shape: Any, **keywords: Any) -> Any:
    """The same elements in another shape; -1 stands for what is left."""
    wanted = shape or (keywords["shape"],)
    values = data_of(input)
    if isinstance(values, np.ndarray) and input._base is not None and not _fits(values, shape_from(wanted)):
        return run("unsafe_view", (run("clone", (input,)),), {"shape": shape_from(wanted)})
    return view_as_shape(input, *wanted)


def ravel(input: Any) -> Any:
    """All elements in a row."""
    return reshape(input, -1)


def view_as(input: Any, other: Any) -> Any:
    """The same elements in the shape of `other`."""
    return view_as_shape(input, *shape_of(other))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from `start_dim` to `end_dim` made one."""
    shape = shape_of(input)
    if not shape:
        return view_as_shape(input, 1)
    first, last = start_dim % len(shape), end_dim % len(shape)
    if first == last:
        return input
    return view_as_shape(input, *shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One axis made several."""
    shape = shape_of(input)
    place = dim % len(shape)
    length, known = shape[place], math.prod(one for one in sizes if one != -1)
    filled = [length // known if one == -1 else one for one in sizes]
    return view_as_shape(input, *shape[:place], *filled, *shape[place + 1 :])


def unsqueeze(input: Any, dim: int) -> Any:
    """A new axis of length 1 at `dim`."""
    return view("unsqueeze", input, {"axis": dim})


def squeeze(input: Any, dim: Any = None) -> Any:
    """Without the axes of length 1; with `dim`, without that one if its length is 1."""
    if dim is None:
        return view("squeeze", input, {"axis": None})
    shape = shape_of(input)
    wanted = dim if isinstance(dim, tuple | list) else (dim,)
    return view("squeeze_dim", input, {"axis": tuple(one for one in wanted if shape and shape[one] == 1)})


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two axes exchanged."""
    return view("transpose", input, {"axis1": dim0, "axis2": dim1})


def t(input: Any) -> Any:
    """A matrix transposed."""
    if len(shape_of(input)) > 2:
        raise OperandError(f"t() takes a matrix, not the shape {list(shape_of(input))}; use transpose(dim0, dim1).")
    return view("t", input, {"axes": None})


def permute(input: Any, *dims: Any) -> Any:
    """The axes in the order `dims`."""
    order = shape_from(dims)
    if len(order) != len(shape_of(input)):
        raise OperandError(f"permute of {len(shape_of(input))} axes needs as many numbers, not {list(order)}.")
    return view("permute", input, {"axes": order})


def reversed_axes(input: Any) -> Any:
    """The axes in reverse order: what `.T` gives."""
    return view("permute", input, {"axes": None})


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """The axes `source` moved to the places `destination`."""
    labelled = np.empty(tuple(range(len(shape_of(input)))))  # an axis's length is its number
    return permute(input, *np.moveaxis(labelled, source, destination).shape)


def expand(input: Any, *sizes: Any) -> Any:
    """Copied along axes of length 1, without taking memory; -1 leaves an axis as it is."""
    wanted, have = shape_from(sizes), shape_of(input)
    padded = (1,) * (len(wanted) - len(have)) + have
    full = tuple(old if new == -1 else new for new, old in zip(wanted, padded, strict=False))
    return view("expand", input, {"shape": full})


def expand_as(input: Any, other: Any) -> Any:
    """Copied to the shape of `other`."""
    return expand(input, *shape_of(other))


def repeat(input: Any, *sizes: Any) -> Any:
    """Copies side by side, as often as `sizes` says for each axis."""
    counts = shape_from(sizes)
    places = np.tile(np.arange(max(math.prod(shape_of(input)), 1)).reshape(shape_of(input)), counts)
    return by_places("repeat", input, places)


@composite("repeat")
def repeat_interleave(input: Any, repeats: Any, dim: int | None = None) -> Any:
    """Each element repeated."""
    places = np.arange(math.prod(shape_of(input))).reshape(shape_of(input))
    return by_places("getitem", input, np.repeat(places, data_of(repeats), axis=dim))


def by_places(operation: str, input: Any, places: Any) -> Any:
    """The elements with the numbers `places`."""

    @composite(operation)
    def pick(input: Any) -> Any:
        flat = run("reshape", (input,), {"shape": (-1,)})
        return run("getitem", (flat,), {"index": places})

    return pick(input)


def flip(input: Any, *dims: Any) -> Any:
    """The order along `dims` reversed."""
    return run("flip", (input,), {"axis": shape_from(dims)})


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements shifted along `dims`; what leaves at the end enters at the beginning."""
    places = np.arange(math.prod(shape_of(input))).reshape(shape_of(input))
    return by_places("roll", input, np.roll(places, shifts, dims))


def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors one after the other along an axis that they have."""
    return run("cat", tuple(_alike(tensors)), {"axis": dim})


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors side by side along a new axis."""
    return run("stack", tuple(_alike(tensors)), {"axis": dim})


def _alike(tensors: Sequence[Any]) -> list[Any]:
    if not tensors:
        raise ValueError("There are no tensors to put together: the list is empty.")
    for one in tensors:
        if not isinstance(one, Handle):
            raise TypeError(f"Only tensors can be put together, not {type(one).__name__}: use torch.tensor first.")
    kinds = [(described(one)[0], 1) for one in tensors]
    wanted = dtypes.result_dtype(kinds)
    return [as_type(one, wanted) for one in tensors]


def hstack(tensors: Sequence[Any]) -> Any:
    """Side by side: vectors one after the other, matrices column by column."""
    return cat(tensors, 0 if len(shape_of(tensors[0])) < 2 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """One above the other, a vector as a row."""
    return cat([unsqueeze(one, 0) if len(shape_of(one)) < 2 else one for one in tensors], 0)


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Zeros (or `value`) around; `pad` gives (before, after) for the last axis, then for the one before it ..."""
    if mode != "constant":
        raise NotImplementedError(f'pad knows mode="constant", not {mode!r}.')
    rank = len(shape_of(input))
    widths = [(0, 0)] * rank
    for place in range(len(pad) // 2):
        widths[rank - 1 - place] = (int(pad[2 * place]), int(pad[2 * place + 1]))
    return (
        _padded(input, tuple(widths), value)
        if value
        else run("constant_pad_nd", (input,), {"pad_width": tuple(widths)})
    )


@composite("constant_pad_nd")
def _padded(input: Any, widths: tuple[tuple[int, int], ...], value: float) -> Any:
    around = np.pad(np.zeros_like(data_of(input)), widths, constant_values=value)
    return run("add", (run("pad", (input,), {"pad_width": widths}), around))


@composite("tril")
def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle; zeros above."""
    kept = np.tril(np.ones(shape_of(input), dtype=bool), diagonal)
    return run("where", (kept, input, np.zeros((), data_of(input).dtype)[()]))


@composite("triu")
def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle; zeros below."""
    kept = np.triu(np.ones(shape_of(input), dtype=bool), diagonal)
    return run("where", (kept, input, np.zeros((), data_of(input).dtype)[()]))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors
    lengths = [shape_of(one)[0] for one in given]
    grids = [
        expand(view_as_shape(one, *(-1 if other == place else 1 for other in range(len(given)))), *lengths)
        for place, one in enumerate(given)
    ]
    return tuple(grids if indexing == "ij" else [transpose(one, 0, 1) for one in grids])
