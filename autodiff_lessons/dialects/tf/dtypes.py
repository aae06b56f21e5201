"""Number types, shapes, and what a plain Python value becomes: a float is float32, an int is int32."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "DType",
    "TensorShape",
    "as_dtype",
    "bool_",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]  # fmt: skip


class DType:
    """A number type: tf.float32 and its kin. It equals NumPy's type of that name, and the name."""

    __slots__ = ("as_numpy_dtype", "name")

    def __init__(self, name: str) -> None:
        self.name, self.as_numpy_dtype = name, np.dtype(name).type

    @property
    def is_floating(self) -> Any:
        return np.dtype(self.name).kind == "f"

    @property
    def is_integer(self) -> Any:
        return np.dtype(self.name).kind in "iu"

    @property
    def is_bool(self) -> Any:
        return self.name == "bool"

    @property
    def is_complex(self) -> Any:
        return False

    @property
    def base_dtype(self) -> DType:
        return self

    @property
    def size(self) -> int:
        """Bytes a number takes."""
        return np.dtype(self.name).itemsize

    @property
    def min(self) -> Any:
        """The least number of this type."""
        return np.finfo(self.name).min if self.is_floating else np.iinfo(self.name).min

    @property
    def max(self) -> Any:
        """The greatest number of this type."""
        return np.finfo(self.name).max if self.is_floating else np.iinfo(self.name).max

    def __eq__(self, other: object) -> Any:
        if isinstance(other, DType):
            return self.name == other.name
        try:
            return np.dtype(self.name) == other
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(np.dtype(self.name))

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"


float16, float32, float64 = DType("float16"), DType("float32"), DType("float64")
half, double = float16, float64
int8, int16, int32, int64 = DType("int8"), DType("int16"), DType("int32"), DType("int64")
uint8, uint16, uint32, uint64 = DType("uint8"), DType("uint16"), DType("uint32"), DType("uint64")
bool_ = DType("bool")
KNOWN = {
    one.name: one
    for one in (float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool_)
}
ALIASES = {"half": "float16", "double": "float64", "float": "float32"}


def as_dtype(type_value: Any) -> DType:
    """The number type of a name, a NumPy type or a Python type."""
    if isinstance(type_value, DType):
        return type_value
    if type_value is float or type_value is int:
        return float32 if type_value is float else int32
    name = ALIASES.get(type_value, type_value) if isinstance(type_value, str) else type_value
    try:
        known = KNOWN.get(np.dtype(name).name) if name is not None else None
    except TypeError:
        known = None
    if known is None:
        raise TypeError(f"{type_value!r} is no number type that is known here; there are: {', '.join(KNOWN)}.")
    return known


class TensorShape(tuple[int, ...]):
    """The lengths of a tensor's axes, as a tuple with TensorFlow's methods."""

    __slots__ = ()

    @property
    def rank(self) -> int:
        return len(self)

    @property
    def ndims(self) -> int:
        return len(self)

    @property
    def dims(self) -> list[int]:
        return list(self)

    def as_list(self) -> list[int]:
        """The lengths, as a list."""
        return list(self)

    def num_elements(self) -> int:
        """How many numbers a tensor of this shape holds."""
        return int(np.prod(self, dtype=int))

    def concatenate(self, other: Any) -> TensorShape:
        """The axes of this shape, then those of the other."""
        return TensorShape((*self, *other))

    def is_fully_defined(self) -> Any:
        """Whether every length is known: always."""
        return True

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return TensorShape(part) if isinstance(key, slice) else part

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __eq__(self, other: object) -> Any:
        return tuple(self) == tuple(other) if isinstance(other, tuple | list) else NotImplemented

    __hash__ = tuple.__hash__

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"

    def __str__(self) -> str:
        return str(tuple(self))
