"""tf.Tensor and tf.Variable: faces on the engine's Tensor and Variable, and the way from plain values to them.

A tf.Tensor holds one engine tensor. Every operation takes the engine tensors out, runs one record of the engine's table
on them (`operate`) and puts the result in a tf.Tensor again. It never promotes number types by itself: two tensors that
are computed together have one type, and a plain value beside a tensor becomes a tensor of that tensor's type.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf.conventions import BINARY
from autodiff_lessons.dialects.tf.dtypes import DType, TensorShape, as_dtype
from autodiff_lessons.dialects.tf.errors import ConversionError, InvalidArgumentError
from autodiff_lessons.engine import tensor as engine
from autodiff_lessons.engine import variable as engine_variable
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES


class Reference:
    """A stand-in that can be a key of a dict, which a tensor or a variable can't be."""

    __slots__ = ("_one",)

    def __init__(self, one: Any) -> None:
        self._one = one

    def deref(self) -> Any:
        """What this stands for."""
        return self._one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and other._one is self._one

    def __hash__(self) -> int:
        return id(self._one)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._one!r}>"


class Operators:
    """What tensors and variables have in common: operators, and ways out to plain numbers."""

    __slots__ = ()
    __array_priority__ = 100.0

    def __hash__(self) -> int:
        raise TypeError(
            "Tensors and variables compare element by element, so they are no keys: use x.ref() as the key."
        )

    @property
    def _value(self) -> engine.Tensor:
        """The engine's tensor; of a variable: one more read."""
        raise NotImplementedError

    @property
    def _peek(self) -> Any:
        """The plain value, without any tape's notice."""
        raise NotImplementedError

    @property
    def shape(self) -> TensorShape:
        return TensorShape(np.shape(self._peek))

    @property
    def dtype(self) -> DType:
        return as_dtype(self._peek.dtype)

    @property
    def ndim(self) -> int:
        return np.ndim(self._peek)

    def get_shape(self) -> TensorShape:
        """The shape, by its older name."""
        return self.shape

    def ref(self) -> Reference:
        """A stand-in that can be a key of a dict."""
        return Reference(self)

    def numpy(self) -> Any:
        """The value as a NumPy array or scalar: plain numbers, which no tape follows."""
        value = self._value.numpy()
        return np.array(value)[()]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self._value.__array__(dtype)

    def __float__(self) -> float:
        return float(self.__array__())

    def __int__(self) -> int:
        return int(self.__array__())

    def __index__(self) -> int:
        return self.__array__().__index__()  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return bool(self.__array__())

    def __complex__(self) -> complex:
        return complex(self.__array__())

    def __format__(self, spec: str) -> str:
        return format(self.numpy(), spec) if not self.ndim else format(str(self), spec)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("A scalar tensor has no len().")
        return len(self._peek)

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("A scalar tensor can't be looped over, or unpacked.")
        return (self[place] for place in range(len(self)))

    def __getitem__(self, index: Any) -> Tensor:
        return get_item(self, index)

    def _two(name: str) -> Callable[[Any, Any], Tensor]:  # type: ignore[misc]
        def operator(self: Any, other: Any) -> Tensor:
            return noted(self, binary(name, self, other))

        return operator

    def _two_reflected(name: str) -> Callable[[Any, Any], Tensor]:  # type: ignore[misc]
        def operator(self: Any, other: Any) -> Tensor:
            return binary(name, other, self)

        return operator

    def _compare(name: str) -> Callable[[Any, Any], Any]:  # type: ignore[misc]
        def operator(self: Any, other: Any) -> Any:
            if other is None:
                return name == "not_equal"
            return binary(name, self, other)

        return operator

    __add__, __radd__ = _two("add"), _two_reflected("add")
    __sub__, __rsub__ = _two("sub"), _two_reflected("sub")
    __mul__, __rmul__ = _two("mul"), _two_reflected("mul")
    __truediv__, __rtruediv__ = _two("div"), _two_reflected("div")
    __floordiv__, __rfloordiv__ = _two("floordiv"), _two_reflected("floordiv")
    __mod__, __rmod__ = _two("mod"), _two_reflected("mod")
    __pow__, __rpow__ = _two("pow"), _two_reflected("pow")
    __matmul__, __rmatmul__ = _two("matmul"), _two_reflected("matmul")
    __and__, __rand__ = _two("logical_and"), _two_reflected("logical_and")
    __or__, __ror__ = _two("logical_or"), _two_reflected("logical_or")
    __xor__, __rxor__ = _two("logical_xor"), _two_reflected("logical_xor")
    __lt__, __le__ = _compare("less"), _compare("less_equal")
    __gt__, __ge__ = _compare("greater"), _compare("greater_equal")
    __eq__, __ne__ = _compare("equal"), _compare("not_equal")

    del _two, _two_reflected, _compare

    def __neg__(self) -> Tensor:
        return noted(self, operate(PRIMITIVES["neg"], (self._value,)))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Tensor:
        return noted(self, operate(PRIMITIVES["abs"], (self._value,)))

    def __invert__(self) -> Tensor:
        return operate(BINARY["logical_xor"], (self._value, engine.leaf(np.bool_(True))))


class Tensor(Operators):
    """An immutable array of numbers of one type; made with tf.constant and by every operation."""

    __slots__ = ("__weakref__", "_tensor")

    def __init__(self, tensor: engine.Tensor) -> None:
        self._tensor = tensor

    @property
    def _value(self) -> engine.Tensor:
        return self._tensor

    @property
    def _peek(self) -> Any:
        return self._tensor._data

    @property
    def device(self) -> str:
        return "CPU:0"

    def __repr__(self) -> str:
        return f"<tf.Tensor: {_described(self, ', ')}>"

    def __str__(self) -> str:
        return f"tf.Tensor({self._peek}, shape={self.shape}, dtype={self.dtype.name})"


class Variable(Operators):
    """A value with a place, such as a weight: a tape follows it of itself, and `assign` changes it.

    >>> w = Variable(2.0)
    >>> w.assign_sub(0.5)
    <tf.Variable 'Variable:0' shape=() dtype=float32, numpy=1.5>
    """

    __slots__ = ("__weakref__", "_variable", "constraint")

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[[Any], Any] | None = None,
        shape: Any = None,
    ) -> None:
        if initial_value is None:
            raise ValueError("A variable needs an initial value: tf.Variable(2.0).")
        made = initial_value() if callable(initial_value) else initial_value
        value = convert(made, as_dtype(dtype) if dtype is not None else None)
        self.constraint = constraint
        self._variable = engine_variable.Variable(
            value._peek, trainable=trainable is not False, name=f"{name or 'Variable'}:0"
        )
        OWNERS[self._variable] = self

    @property
    def _value(self) -> engine.Tensor:
        return self._variable.value()

    @property
    def _peek(self) -> Any:
        return self._variable.handle._data

    @property
    def handle(self) -> engine.Tensor:
        """What stands for this variable on a tape."""
        return self._variable.handle

    @property
    def name(self) -> str:
        return str(self._variable.name)

    @property
    def trainable(self) -> bool:
        return self._variable.trainable

    def value(self) -> Tensor:
        """A snapshot of the present value."""
        return Tensor(self._value)

    def read_value(self) -> Tensor:
        """A snapshot of the present value."""
        return Tensor(self._value)

    def initialized_value(self) -> Tensor:
        """A snapshot of the present value, by an older name."""
        return Tensor(self._value)

    def assign(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Variable:
        """Replace the value; no gradient flows through an assignment."""
        return self._put(convert(value, self.dtype)._peek)

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Variable:
        """Add `delta` to the value."""
        with ieee():
            return self._put(self._peek + convert(delta, self.dtype)._peek)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Variable:
        """Subtract `delta` from the value."""
        with ieee():
            return self._put(self._peek - convert(delta, self.dtype)._peek)

    def _put(self, value: Any) -> Variable:
        self._variable.assign(value)
        return self

    def __iadd__(self, other: Any) -> Any:
        return self._refuse("+=", "assign_add")

    def __isub__(self, other: Any) -> Any:
        return self._refuse("-=", "assign_sub")

    def __imul__(self, other: Any) -> Any:
        return self._refuse("*=", "assign")

    def __itruediv__(self, other: Any) -> Any:
        return self._refuse("/=", "assign")

    def _refuse(self, written: str, instead: str) -> Variable:
        raise RuntimeError(
            f"`variable {written} value` would make a new tensor of what was a variable. Write variable.{instead}(...) "
            "to change the variable, or out = variable + value to compute something new."
        )

    def __repr__(self) -> str:
        return f"<tf.Variable {self.name!r} {_described(self, ' ', ', ')}>"


# The face of each of the engine's variables, so that tape.watched_variables() gives back what the learner made.
OWNERS: weakref.WeakKeyDictionary[engine_variable.Variable, Variable] = weakref.WeakKeyDictionary()


def _described(one: Operators, separator: str, last: str | None = None) -> str:
    numbers = repr(one._peek.item() if not one.ndim else one._peek)
    if one.ndim > 1:
        numbers = "\n" + numbers
    return f"shape={one.shape}{separator}dtype={one.dtype.name}{last or separator}numpy={numbers}"


# From plain values to tensors


def convert(value: Any, dtype: DType | None = None) -> Tensor:
    """`value` as a tensor, of the number type `dtype` where one is given; a tensor is never cast by this.

    A list that holds tensors is stacked, and the gradients flow into them.
    """
    if isinstance(value, Operators) or hasattr(value, "to_dense"):
        tensor = (
            value.value() if isinstance(value, Variable) else value.to_dense() if hasattr(value, "to_dense") else value
        )
        assert isinstance(tensor, Tensor)
        if dtype is not None and tensor.dtype != dtype:
            raise MixedTypesError(
                f"A tensor of type {dtype.name} was asked for, and one of type {tensor.dtype.name} was given: "
                f"{tensor!r}. Number types are never changed silently; write tf.cast(x, tf.{dtype.name})."
            )
        return tensor
    if isinstance(value, engine.Tensor):
        return Tensor(value)
    if isinstance(value, list | tuple) and _holds_tensor(value):
        wanted = dtype or _first_dtype(value)
        parts = [convert(one, wanted) for one in value]
        return operate(PRIMITIVES["stack"], tuple(one._tensor for one in parts), {"axis": 0})
    return Tensor(engine.leaf(_numbers(value, dtype)))


class MixedTypesError(InvalidArgumentError, ValueError):
    """A tensor of one number type was given where another is wanted."""


def _numbers(value: Any, dtype: DType | None) -> Any:
    """A plain value as NumPy numbers."""
    plain_kind = not isinstance(value, np.ndarray | np.generic)
    try:
        array = np.array(value)
    except ValueError as error:
        raise ValueError(f"{value!r} can't become a tensor: {error}.") from None
    if array.dtype.kind not in "fiub":
        raise ConversionError(
            f"{value!r} can't become a tensor here: the tensors of this dialect hold real numbers and truth values."
        )
    if dtype is None:
        if plain_kind and not _holds_numpy(value):
            small = array.size == 0 or np.all(np.abs(array) < 2**31) if array.dtype.kind in "iu" else False
            array = array.astype(np.int32 if small else np.float32 if array.dtype.kind == "f" else array.dtype)
        return array[()]
    fits = {"f": "fiub", "i": "iu", "u": "iu", "b": "b"}[np.dtype(dtype.name).kind]
    if plain_kind and array.size and array.dtype.kind not in fits:
        raise ConversionError(
            f"{value!r} can't become a tensor of type {dtype.name}. Beside a tensor, a plain value takes that tensor's "
            "type; write the tensor's numbers with a decimal point, or tf.cast it."
        )
    with np.errstate(all="ignore"):
        return array.astype(dtype.name)[()]


def _holds_numpy(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_numpy(one) for one in value)
    return isinstance(value, np.ndarray | np.generic)


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_tensor(one) for one in value)
    return isinstance(value, Operators)


def _first_dtype(value: Any) -> DType | None:
    for one in value:
        found = (
            _first_dtype(one) if isinstance(one, list | tuple) else one.dtype if isinstance(one, Operators) else None
        )
        if found is not None:
            return found
    return None


def together(name: str, *values: Any) -> tuple[engine.Tensor, ...]:
    """The engine's tensors of values that are computed with each other: one number type, that of the first tensor."""
    dtype = _first_dtype(values)
    converted = []
    for one in values:
        new = convert(one) if isinstance(one, Operators) else convert(one, dtype)
        dtype = dtype or new.dtype
        if new.dtype != dtype:
            raise InvalidArgumentError(
                f"{name} was given tensors of type {dtype.name} and {new.dtype.name}. Number types are never mixed "
                f"silently: write tf.cast(x, tf.{dtype.name}), or make the numbers with that type."
            )
        converted.append(new._tensor)
    return tuple(converted)


# Running operations


class Replaced(threading.local):
    """What puts another record in the place of one of the table, in this thread; see Graph.gradient_override_map."""

    by: Callable[[Primitive], Primitive] | None = None


REPLACED = Replaced()


@contextlib.contextmanager
def replacing(by: Callable[[Primitive], Primitive]) -> Iterator[None]:
    """Run the record `by(primitive)` instead of each primitive, in the block."""
    before, REPLACED.by = REPLACED.by, by
    try:
        yield
    finally:
        REPLACED.by = before


WIDENING = ("sum", "prod", "cumsum")  # which NumPy computes on wider whole numbers than it is given


def operate(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any] | None = None) -> Tensor:
    """Run one record of the table on engine tensors, with IEEE's inf and nan, and keep the inputs' number type."""
    calculates = (primitive.partials is not None or primitive.weight is not None) and primitive.name != "where"
    if calculates and any(isinstance(one, engine.Tensor) and one.dtype.kind == "b" for one in inputs):
        raise InvalidArgumentError(f"{primitive.name} is for numbers, not truth values: write tf.cast(x, tf.float32).")
    if REPLACED.by is not None:
        primitive = REPLACED.by(primitive)
    with ieee():
        try:
            result = engine.apply(primitive, inputs, parameters)
        except (ValueError, IndexError) as error:
            shapes = " and ".join(str(one.shape) for one in inputs if isinstance(one, engine.Tensor))
            raise InvalidArgumentError(
                f"{primitive.name} can't be computed on tensors of shape {shapes}: {error}."
            ) from error
        wanted = next((one.dtype for one in reversed(inputs) if isinstance(one, engine.Tensor)), result.dtype)
        kept = wanted.kind == result.dtype.kind and (wanted.kind == "f" or primitive.name in WIDENING)
        if kept and result.dtype != wanted:
            result = result.astype(wanted)
    return Tensor(result)


def noted(one: Any, result: Tensor) -> Tensor:
    """Remember that a variable's operator made this tensor, so that `tape.explain` can tell a rebound name."""
    if isinstance(one, Variable):
        engine_variable.MADE_FROM[id(result._tensor)] = result._tensor
    return result


def binary(name: str, a: Any, b: Any) -> Tensor:
    """An operator: `a` and `b` as tensors of one number type, and the record of that name."""
    left, right = together(name, a, b)
    kind = left.dtype.kind
    if name == "div" and kind in "iu":  # whole numbers are divided as floats
        wide = np.dtype("float32" if left.dtype.itemsize <= 2 else "float64")
        left, right = (operate(PRIMITIVES["cast"], (one,), {"dtype": wide})._tensor for one in (left, right))
    if name == "matmul" and min(left.ndim, right.ndim) < 2:
        raise InvalidArgumentError(
            f"matmul multiplies matrices, and got shapes {left.shape} and {right.shape}: for a vector use "
            "tf.linalg.matvec or tf.tensordot, or give it a second axis with v[:, tf.newaxis]."
        )
    if name in ("floordiv", "mod") and kind in "iu" and not np.all(right._data):
        raise InvalidArgumentError("Whole numbers can't be divided by zero; divide floats to get inf.")
    if name.startswith("logical") and kind != "b":
        raise InvalidArgumentError(f"{name} combines truth values, and got numbers of type {left.dtype}.")
    return operate(BINARY[name], (left, right))


def get_item(x: Any, index: Any) -> Tensor:
    """x[index] for integers, slices, ..., tf.newaxis, and a tensor of truth values."""
    parts = index if isinstance(index, tuple) else (index,)
    plain: list[Any] = []
    for one in parts:
        number = np.asarray(one._peek if isinstance(one, Operators) else one) if not _is_slice(one) else one
        if isinstance(number, np.ndarray):
            if number.dtype.kind == "b" and isinstance(one, Operators):
                plain.append(number)
                continue
            if number.ndim or number.dtype.kind not in "iu":
                raise InvalidArgumentError(
                    f"A tensor is indexed with whole numbers, slices, ..., tf.newaxis or one tensor of truth values; "
                    f"not with {one!r}. To pick several rows, use tf.gather(x, [0, 2])."
                )
            number = int(number)
        plain.append(number)
    value = x._value
    return operate(PRIMITIVES["getitem"], (value,), {"index": tuple(plain) if isinstance(index, tuple) else plain[0]})


def _is_slice(one: Any) -> bool:
    return one is None or one is Ellipsis or isinstance(one, slice)
