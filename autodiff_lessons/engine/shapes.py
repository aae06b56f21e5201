"""Where elements go: the bookkeeping of axes, indices and subscripts that the linear rules of the table share.

Nothing here differentiates. Functions that take an array work on tensors too: they use NumPy's overloadable functions.
"""

from __future__ import annotations

import itertools
import math
import string
from typing import Any

import numpy as np

Shape = tuple[int, ...]


def reduced_axes(shape: Shape, axis: Any) -> tuple[int, ...]:
    """The axes that a reduction over `axis` takes away, as numbers from 0."""
    if axis is None:
        return tuple(range(len(shape)))
    return tuple(one % len(shape) for one in (axis if isinstance(axis, tuple) else (axis,)))


def kept(shape: Shape, axis: Any) -> Shape:
    """`shape` after a reduction over `axis` that keeps the reduced axes with length 1."""
    reduced = reduced_axes(shape, axis)
    return tuple(1 if place in reduced else length for place, length in enumerate(shape))


def reduced_last(x: Any, axis: Any) -> Any:
    """`x` with the reduced axes moved to the end."""
    reduced = reduced_axes(np.shape(x), axis)
    return np.transpose(x, (*(place for place in range(np.ndim(x)) if place not in reduced), *reduced))


def reduced_back(x: Any, shape: Shape, axis: Any) -> Any:
    """Undo `reduced_last`, for an `x` whose reduced axes were made one."""
    reduced = reduced_axes(shape, axis)
    order = (*(place for place in range(len(shape)) if place not in reduced), *reduced)
    return np.transpose(np.reshape(x, tuple(shape[place] for place in order)), inverse(order))


def inverse(axes: Any) -> Any:
    """The permutation that undoes the permutation `axes`; None, for all axes reversed, undoes itself."""
    return None if axes is None else tuple(int(place) for place in np.argsort([one % len(axes) for one in axes]))


def at(axis: int, place: Any, ndim: int) -> tuple[Any, ...]:
    """The index that picks `place` along `axis` and everything along the others."""
    return (*(slice(None),) * (axis % ndim), place)


def unpadded(shape: Shape, pad_width: Any) -> tuple[slice, ...]:
    """The index that picks the original out of what np.pad made of an array of `shape`."""
    widths = np.broadcast_to(np.asarray(pad_width), (len(shape), 2))
    return tuple(slice(int(before), int(before) + length) for (before, _), length in zip(widths, shape, strict=True))


def scatter(x: Any, index: Any, shape: Shape) -> Any:
    """Zeros of `shape` with `x` added at `index`; an element that `index` names twice receives both."""
    zeros = np.zeros(shape, x.dtype if type(x) is np.ndarray else np.asarray(x).dtype)
    if type(index) is slice or all(map(_is_basic, index if isinstance(index, tuple) else (index,))):
        zeros[index] = x
    else:
        np.add.at(zeros, index, x)
    return zeros


def _is_basic(part: Any) -> bool:
    """Whether this part of an index names each element at most once, as every index without an array in it does."""
    return part is None or part is Ellipsis or isinstance(part, slice | int | np.integer)


def take_index(shape: Shape, indices: Any, axis: int | None) -> tuple[Any, ...]:
    """What np.take picks from an array of `shape`, as an index."""
    places = np.asarray(indices)
    if axis is not None:
        return at(axis, places, len(shape))
    return tuple(np.unravel_index(places % math.prod(shape), shape))  # -1 is the last of all elements


def nth_part(position: int, joined: Any, parts: Any, axis: int | None) -> Any:
    """The stretch of a concatenation that came from part number `position`, in that part's shape."""
    if axis is None:
        sizes = [np.size(one) for one in parts]
        start = sum(sizes[:position])
        return np.reshape(joined[start : start + sizes[position]], np.shape(parts[position]))
    lengths = [np.shape(one)[axis] for one in parts]
    start = sum(lengths[:position])
    return joined[at(axis, slice(start, start + lengths[position]), np.ndim(joined))]


def dot_subscripts(a: Any, b: Any) -> str:
    """np.dot as an einsum: the last axis of `a` against the last but one of `b` (or its only one)."""
    left, right = np.ndim(a), np.ndim(b)
    letters = string.ascii_letters
    first, second = letters[:left], letters[left : left + right]
    if left and right:
        place = max(right - 2, 0)
        second = second[:place] + first[-1] + second[place + 1 :]
        return f"{first},{second}->{first[:-1]}{second[:place]}{second[place + 1 :]}"
    return f"{first},{second}->{first}{second}"


def explicit_subscripts(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """einsum's subscripts with the output and every ellipsis written out: "...i,i" of ranks 2, 1 is ["Zi", "i"], "Z".

    Ellipses become letters that the subscripts do not use; the last axis is the last letter.
    """
    written, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = written.split(",")
    spare = [letter for letter in reversed(string.ascii_letters) if letter not in subscripts]
    widest = max((rank - len(one) + 3 for one, rank in zip(inputs, ranks, strict=True) if "..." in one), default=0)
    batch = "".join(reversed(spare[:widest]))
    inputs = [
        one.replace("...", batch[widest - (rank - len(one) + 3) :]) if "..." in one else one
        for one, rank in zip(inputs, ranks, strict=True)
    ]
    if arrow:
        return inputs, output.replace("...", batch)
    letters = "".join(inputs)
    return inputs, batch + "".join(sorted(one for one in set(letters) - set(batch) if letters.count(one) == 1))


def einsum_transpose(position: int, subscripts: str, operand_shapes: list[Shape]) -> tuple[list[Any], str]:
    """The einsum that gives the cotangent of operand `position`: extra operands, and subscripts from out_bar on.

    An index that repeats within the operand (a diagonal) is tied by an identity matrix; an index that only this operand
    has was summed, so its cotangent is a copy: a factor of ones.
    """
    inputs, output = explicit_subscripts(subscripts, [len(shape) for shape in operand_shapes])
    wanted, shape = inputs[position], operand_shapes[position]
    others = [one for place, one in enumerate(inputs) if place != position]
    spare = itertools.filterfalse((output + "".join(inputs)).__contains__, string.ascii_letters)
    extra_operands: list[Any] = []
    extra_subscripts, distinct = [], ""
    for letter, length in zip(wanted, shape, strict=True):
        name = letter
        if letter in distinct:
            name = next(spare)
            extra_operands.append(np.eye(length))
            extra_subscripts.append(letter + name)
        elif letter not in output + "".join(others):
            extra_operands.append(np.ones(length))
            extra_subscripts.append(letter)
        distinct += name
    return extra_operands, f"{','.join([output, *others, *extra_subscripts])}->{distinct}"
