"""Parts of tensors under PyTorch's names: slices, indices, masks, diagonals. Slices are views; what a list of indices
or a mask picks is a copy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.core import Handle, composite, constant, data_of, run, share, view
from autodiff_lessons.dialects.torch.reductions import along
from autodiff_lessons.dialects.torch.shaping import by_places, shape_of


def split(input: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Parts along `dim`: of one length, or of the given lengths."""
    length = shape_of(input)[dim]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        sizes = [min(step, length - start) for start in range(0, length, step)]
    else:
        sizes = list(split_size_or_sections)
    parts, start = [], 0
    operation = "split" if isinstance(split_size_or_sections, int) else "split_with_sizes"
    for size in sizes:
        parts.append(_indexed(operation, input, _at(input, dim, slice(start, start + size))))
        start += size
    return tuple(parts)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` parts of equal length along `dim`."""
    return split(input, max(1, -(-shape_of(input)[dim] // chunks)), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along `dim`."""
    return tuple(_indexed("unbind", input, _at(input, dim, place)) for place in range(shape_of(input)[dim]))


def select(input: Any, dim: int, index: int) -> Any:
    """The slice number `index` along `dim`."""
    return _indexed("select", input, _at(input, dim, index))


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """The stretch of `length` slices from `start` along `dim`."""
    return _indexed("slice", input, _at(input, dim, slice(start, start + length)))


def _at(input: Any, dim: int, place: Any) -> tuple[Any, ...]:
    rank = len(shape_of(input))
    if not -rank <= dim < rank:
        raise IndexError(f"A tensor of {rank} axes has no dim {dim}.")
    return (*(slice(None),) * (dim % rank), place)


def _indexed(operation: str, input: Any, index: Any) -> Any:
    return view(operation, input, {"index": index})


def index_steps(index: Any, shape: tuple[int, ...]) -> list[tuple[str, tuple[Any, ...]]]:
    """input[index] as PyTorch does it: one step for each number, slice and None, then one for all lists and masks.

    Each step is the name of an operation and an index as NumPy takes it.
    """
    given = index if isinstance(index, tuple) else (index,)
    parts = [_index_part(one) for one in given]
    taken = sum(_axes_taken(one) for one in parts)
    if taken > len(shape):
        raise IndexError(f"There are {taken} indices for a tensor of shape {list(shape)}.")
    steps: list[tuple[str, tuple[Any, ...]]] = []
    arrays: list[Any] = []
    axis = 0
    for one in parts:
        before = (slice(None),) * axis
        if one is Ellipsis:
            axis += len(shape) - taken
        elif one is None:
            steps.append(("unsqueeze_index", (*before, None)))
            axis += 1
        elif isinstance(one, int):
            steps.append(("select", (*before, one)))
        elif isinstance(one, slice):
            if one != slice(None):
                steps.append(("slice", (*before, one)))
            axis += 1
        else:
            arrays += [slice(None)] * (axis - len(arrays)) + [one] + [None] * (_axes_taken(one) - 1)
            axis += _axes_taken(one)
    if any(one is not None and not isinstance(one, slice) for one in arrays):
        steps.append(("index", tuple(one for one in arrays if one is not None)))
    if not steps:
        steps.append(("slice" if any(isinstance(one, slice) for one in parts) else "alias", (Ellipsis,)))
    return steps


def _index_part(one: Any) -> Any:
    if isinstance(one, Handle | list | tuple | np.ndarray | range):
        plain = [data_of(each) for each in one] if isinstance(one, list | tuple) else data_of(one)
        array = np.asarray(plain)
        if array.dtype.kind not in "iub" and array.size:
            raise IndexError(f"An index holds whole numbers or booleans, not {array.dtype}.")
        array = array if array.size else array.astype(np.int64)
        return int(array) if not array.ndim and array.dtype.kind in "iu" else array
    if isinstance(one, bool | np.bool_):
        return np.asarray(one)
    if isinstance(one, slice):
        ends = (None if end is None else int(end) for end in (one.start, one.stop, one.step))
        part = slice(*ends)
        if part.step is not None and part.step < 0:
            raise ValueError(
                "A slice of a tensor can't go backwards (its step must be greater than 0): use torch.flip."
            )
        return part
    if isinstance(one, np.integer):
        return int(one)
    if one is None or one is Ellipsis or isinstance(one, int):
        return one
    raise TypeError(f"A tensor is indexed by numbers, slices, lists, masks, None and ..., not by {one!r}.")


def _axes_taken(part: Any) -> int:
    """How many axes of the tensor a part of an index stands for."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1


def getitem(input: Any, index: Any) -> Any:
    """input[index]: a view for numbers and slices, a copy for lists, tensors of indices and masks."""
    result = input
    for operation, part in index_steps(index, shape_of(input)):
        try:
            if operation == "index":
                result = run("index", (result,), {"index": part})
            else:
                result = _indexed(operation, result, part)
        except IndexError as error:
            raise IndexError(f"{error} (the tensor has the shape {list(shape_of(input))}).") from None
    return result


def elements_at(index: Any, shape: tuple[int, ...]) -> Any:
    """The numbers of the elements that an index picks from a tensor of `shape`."""
    places = np.arange(math.prod(shape)).reshape(shape)
    for _, part in index_steps(index, shape):
        places = places[part]
    return np.asarray(places)


def gather(input: Any, dim: int, index: Any) -> Any:
    """out[i][j] = input[index[i][j]][j] for dim 0, and so on for the other axes."""
    return along("gather", input, np.asarray(data_of(index)), dim)


def _scatter_places(input: Any, dim: int, index: Any) -> Any:
    """The numbers of the elements that `index` means along `dim`."""
    places, shape = np.asarray(data_of(index)), shape_of(input)
    grid: list[Any] = list(np.indices(places.shape))
    grid[dim % len(shape)] = places
    return np.ravel_multi_index(grid, shape)


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None) -> Any:
    """out[index[i][j]][j] = src[i][j] for dim 0, and so on for the other axes."""
    places = _scatter_places(input, dim, index)
    given = src if src is not None else value
    if not isinstance(given, Handle):
        given = constant(np.full(places.shape, given, dtype=data_of(input).dtype))
    part = run("getitem", (given,), {"index": tuple(slice(0, length) for length in places.shape)})
    return run("scatter_values", (input, part), {"places": places.reshape(-1)})


@composite("scatter_add")
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """out[index[i][j]][j] += src[i][j] for dim 0, and so on for the other axes."""
    places = _scatter_places(input, dim, index)
    part = run("getitem", (src,), {"index": tuple(slice(0, length) for length in places.shape)})
    indices = np.unravel_index(places, shape_of(input))
    return run("add", (input, run("scatter", (part,), {"index": tuple(indices), "shape": shape_of(input)})))


@composite("index_add")
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """A copy with alpha times the slices of `source` added at `index` along `dim`."""
    place = (*(slice(None),) * (dim % len(shape_of(input))), np.asarray(data_of(index)))
    added = run("scatter", (source,), {"index": place, "shape": shape_of(input)})
    return run("add", (input, added if alpha == 1 else run("mul", (added, alpha))))


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices with the numbers `index` along `dim`."""
    return run("index_select", (input,), {"indices": data_of(index), "axis": dim})


def take(input: Any, index: Any) -> Any:
    """The elements with the numbers `index`, counted through all axes."""
    return run("take", (input,), {"indices": data_of(index), "axis": None})


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where `mask` holds, in a row."""
    return run("masked_select", (input,), {"index": np.broadcast_to(data_of(mask), shape_of(input))})


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The elements at equal places of two axes."""
    places = np.arange(math.prod(shape_of(input))).reshape(shape_of(input))
    flat = np.diagonal(places, offset, dim1, dim2)
    picked = by_places("diagonal", input, flat)
    share(picked, input, (("view", {"shape": (-1,)}), ("index", {"index": flat})))
    return picked


def diag(input: Any, diagonal: int = 0) -> Any:
    """A matrix's diagonal; of a vector, the matrix with it on the diagonal."""
    places = np.diag(np.arange(1, math.prod(shape_of(input)) + 1).reshape(shape_of(input)), diagonal)
    if len(shape_of(input)) == 2:
        return by_places("diag", input, places - 1)
    rows, columns = np.nonzero(places)
    return run("diag_embed", (input,), {"index": (rows, columns), "shape": places.shape})
