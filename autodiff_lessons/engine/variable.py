"""Variable: a named place for a value that changes, such as a weight.

A tensor's value stays what it is; a variable's is replaced with `assign`. To compute with a variable is to read it, and
what is read is a tensor of its own, a snapshot: a later `assign` does not disturb what was computed before it. A
running tape is told of each read, as an operation on the variable's *handle*, the tensor that stands for it there.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.tensor import Tensor, apply, as_value, leaf, plain
from autodiff_lessons.errors import GradientTypeError, ShapeError

READ = Primitive("read", "read", lambda x: x, transposes=(lambda out_bar, x: out_bar,), joint=True)

# Which tensors an operator made from a variable directly, by their id: x = x + 1 makes a tensor of what was a variable.
MADE_FROM: weakref.WeakValueDictionary[int, Tensor] = weakref.WeakValueDictionary()


_next_number = itertools.count().__next__  # in the order in which variables are made


class Variable:
    """A value with a place: read it in any formula, change it with `assign`.

    >>> w = Variable(2.0, name="w")
    >>> w * 3.0
    Tensor(6.0)
    >>> w.assign_add(1.0)
    Variable(3.0, name='w')

    trainable   whether a gradient tape watches this variable as soon as it is read
    """

    __slots__ = ("__weakref__", "handle", "number", "trainable")
    __apply_rank__ = 1000  # a variable is read first, whatever it is computed with
    __array_priority__ = 3000.0

    def __init__(self, value: Any, trainable: bool = True, name: str | None = None) -> None:
        numbers = as_value(plain(value.value() if isinstance(value, Variable) else value))
        if numbers.dtype.kind not in "fiub":
            raise GradientTypeError(f"A variable holds real numbers; {value!r} is of type {numbers.dtype}.")
        self.handle, self.trainable = leaf(numbers, name=name), trainable
        self.number = _next_number()

    def value(self) -> Tensor:
        """The present value, as a tensor of its own; running tapes record that it was read."""
        for tape in MODES.tapes:
            tape.see_read(self)
        result: Tensor = apply(READ, (self.handle,))
        return result

    # Changing it

    def assign(self, value: Any) -> Variable:
        """Replace the value by another of the same shape; it is converted to the variable's number type."""
        new = np.array(plain(value.value() if isinstance(value, Variable) else value), self.dtype)[()]
        if new.shape != self.shape:
            which = f"the variable {self.name!r}" if self.name else "a variable"
            raise ShapeError(
                f"A value of shape {new.shape} can't be assigned to {which} of shape {self.shape}: its shape stays."
            )
        self.handle._data = new
        return self

    def assign_add(self, delta: Any) -> Variable:
        """Add `delta` to the value."""
        return self.assign(self.handle._data + plain(delta.value() if isinstance(delta, Variable) else delta))

    def assign_sub(self, delta: Any) -> Variable:
        """Subtract `delta` from the value."""
        return self.assign(self.handle._data - plain(delta.value() if isinstance(delta, Variable) else delta))

    # What it is

    @property
    def name(self) -> str | None:
        return self.handle.name

    @property
    def shape(self) -> tuple[int, ...]:
        return self.handle.shape

    @property
    def ndim(self) -> int:
        return self.handle.ndim

    @property
    def size(self) -> int:
        return self.handle.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.handle.dtype

    def numpy(self) -> Any:
        """The present value as a NumPy array."""
        return np.array(self.value().numpy())

    def item(self) -> float | int | bool:
        """The single number in this variable."""
        return self.value().item()

    def __float__(self) -> float:
        return float(self.value())

    def __bool__(self) -> bool:
        return bool(self.value())

    def __len__(self) -> int:
        return len(self.handle)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.value().__array__(dtype)

    def __repr__(self) -> str:
        inside = repr(self.handle).removeprefix("Tensor(").removesuffix(")")
        return f"Variable({inside}{f', name={self.name!r}' if self.name else ''})"

    # Computing with it: each of these reads first

    def __getitem__(self, index: Any) -> Tensor:
        return self.value()[index]

    @staticmethod
    def __apply_primitive__(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        return _noted(primitive(*map(_read, inputs), **parameters))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        return _noted(getattr(ufunc, method)(*map(_read, inputs), **keywords))

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        leaves, rebuild = trees.flatten(list(arguments))
        return _noted(function(*rebuild(list(map(_read, leaves))), **keywords))

    def _operator(name: str) -> Callable[..., Any]:  # type: ignore[misc]
        def operator(self: Variable, *others: Any) -> Any:
            return _noted(getattr(self.value(), name)(*map(_read, others)))

        return operator

    __add__, __radd__, __sub__, __rsub__ = map(_operator, ("__add__", "__radd__", "__sub__", "__rsub__"))
    __mul__, __rmul__, __truediv__, __rtruediv__ = map(
        _operator, ("__mul__", "__rmul__", "__truediv__", "__rtruediv__")
    )
    __pow__, __rpow__, __matmul__, __rmatmul__ = map(_operator, ("__pow__", "__rpow__", "__matmul__", "__rmatmul__"))
    __neg__, __abs__ = map(_operator, ("__neg__", "__abs__"))
    __lt__, __le__, __gt__, __ge__ = map(_operator, ("__lt__", "__le__", "__gt__", "__ge__"))

    del _operator


def _read(one: Any) -> Any:
    return one.value() if isinstance(one, Variable) else one


def _noted(result: Any) -> Any:
    """Remember that `result` was made from a variable."""
    if type(result) is Tensor:
        MADE_FROM[id(result)] = result
    return result
