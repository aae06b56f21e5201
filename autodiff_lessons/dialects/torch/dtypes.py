"""Number types under PyTorch's names, and which type an operation on several of them gives."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np


class dtype:
    """A number type, such as `torch.float32`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.numpy = np.dtype(name)
        self.is_floating_point = self.numpy.kind == "f"
        self.is_complex = False
        self.itemsize = self.numpy.itemsize
        # Booleans give way to whole numbers, and those to floating-point numbers.
        self.category = "buif".index(self.numpy.kind) if self.numpy.kind != "u" else 2

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return of_numpy, (self.numpy,)


float16, float32, float64 = dtype("float16"), dtype("float32"), dtype("float64")
int8, int16, int32, int64 = dtype("int8"), dtype("int16"), dtype("int32"), dtype("int64")
uint8 = dtype("uint8")
bool_ = dtype("bool")

_BY_NUMPY = {one.numpy: one for one in (float16, float32, float64, int8, int16, int32, int64, uint8, bool_)}
_BY_PYTHON = {builtins.float: float64, builtins.int: int64, builtins.bool: bool_}


class _Default:
    floating = float32


def get_default_dtype() -> dtype:
    """The type of a tensor made from Python's floats: torch.float32 at first."""
    return _Default.floating


def set_default_dtype(d: dtype) -> None:
    """Let tensors made from Python's floats have the type `d`."""
    if not d.is_floating_point:
        raise TypeError(f"The default type is a floating-point one, such as torch.float64, not {d}.")
    _Default.floating = d


def of_numpy(numpy_type: Any) -> dtype:
    """PyTorch's name for a type of NumPy's."""
    found = _BY_NUMPY.get(np.dtype(numpy_type))
    if found is None:
        raise TypeError(f"A tensor holds real numbers of a type that PyTorch has; {numpy_type} isn't one.")
    return found


def as_dtype(wanted: Any) -> dtype:
    """`wanted` as a type: torch.float64, or Python's float, int and bool."""
    if isinstance(wanted, dtype):
        return wanted
    if wanted in _BY_PYTHON:
        return _BY_PYTHON[wanted]
    raise TypeError(f"dtype must be a type such as torch.float32, not {wanted!r}.")


def promote_types(one: dtype, other: dtype) -> dtype:
    """The smallest type that holds both: a floating-point type wins over any whole-number type."""
    if (one.category == 3) != (other.category == 3):
        return one if one.category == 3 else other
    return of_numpy(np.promote_types(one.numpy, other.numpy))


def result_dtype(operands: Any) -> dtype:
    """The type of an operation on `operands`: pairs (type, rank), and plain Python numbers.

    Tensors with axes decide first, single-number tensors next, Python's numbers last: a lower rank changes the type
    only where it belongs to a higher category (a float beside whole numbers), so 2.5 * float32 stays float32.
    """
    ranks: list[dtype | None] = [None, None, None]
    for one in operands:
        if isinstance(one, tuple):
            place, kind = (0, one[0]) if one[1] else (1, one[0])
        elif isinstance(one, builtins.bool | np.bool_):
            place, kind = 2, bool_
        else:
            place, kind = 2, int64 if isinstance(one, builtins.int | np.integer) else _Default.floating
        known = ranks[place]
        ranks[place] = kind if known is None else promote_types(known, kind)
    result: dtype | None = None
    for lower in ranks:
        if result is None:
            result = lower
        elif lower is not None and lower.category > result.category:
            result = lower if lower.category == 3 or result is bool_ else result
    assert result is not None
    return result
