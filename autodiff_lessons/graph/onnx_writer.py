"""What an ONNX file is put together from: values with operators, so that an operation's translation reads as a formula.

`x / (x.op("Abs") + 1)` on the Value x writes three nodes, Abs, Add and Div. This file knows about names and number
types, and nothing about the package onnx: a node is a record, until onnx_export.py turns it into the file's format.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.graph.graph import Node

Write = Callable[..., "Value"]

# ONNX operations that say yes or no.
BOOLEAN = {"And", "Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less", "LessOrEqual", "Not", "Or", "Xor"}
BOOL, FLOAT32, FLOAT64, INT64 = (np.dtype(name) for name in ("bool", "float32", "float64", "int64"))
SHORT = 8


@dataclass(frozen=True, slots=True)
class Call:
    """A node of the graph, and the nodes that it is applied to."""

    node: Node
    operands: Sequence[Node]

    def get(self, name: str, default: Any = None) -> Any:
        """One of the operation's parameters."""
        return self.node.parameters.get(name, default)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the first operand."""
        return self.operands[0].shape


def computed_in(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in which every runtime can calculate what NumPy calculates in `dtype`.

    onnxruntime adds, picks the largest and so on in float32, float64, int32 and int64. The other types are cast to one
    of these, and the result is cast back: float16 is rounded as NumPy rounds it, and whole numbers wrap as they should.
    (uint64 becomes int64 on the way, so its comparisons and quotients are right below 2**63.)
    """
    if dtype.kind == "f":
        return FLOAT64 if dtype == FLOAT64 else FLOAT32
    return dtype if dtype in (np.int32, np.int64) else INT64


@dataclass(slots=True)
class Record:
    """One node of the file."""

    kind: str
    name: str
    inputs: list[str]
    output: str
    attributes: dict[str, Any]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A value in the file: its name and its number type. Beside it, a number is a constant of the same type."""

    writer: Writer
    name: str
    dtype: np.dtype[Any]

    def op(self, kind: str, *others: Any, dtype: np.dtype[Any] | None = None, **attributes: Any) -> Value:
        """Write the ONNX operation `kind` on this value and on `others`: values, numbers, lists of whole numbers, None.

        The result has the type of this value, or `dtype`; of a comparison it is bool.
        """
        made = BOOL if kind in BOOLEAN else dtype or self.dtype
        return self.writer.put(kind, [self, *others], made, attributes)

    def cast(self, dtype: np.dtype[Any]) -> Value:
        """The same numbers in another type."""
        return self if dtype == self.dtype else self.op("Cast", to=dtype, dtype=dtype)

    def __add__(self, other: Any) -> Value:
        return self.op("Add", other)

    def __sub__(self, other: Any) -> Value:
        return self.op("Sub", other)

    def __mul__(self, other: Any) -> Value:
        return self.op("Mul", other)

    def __truediv__(self, other: Any) -> Value:
        return self.op("Div", other)


class Writer:
    """The nodes and the constants written down so far."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.records: list[Record] = []
        self.constants: dict[str, Any] = {}  # by name
        self._taken = set(taken)
        self._known: dict[Any, Value] = {}  # a constant, or a cast of an operand: there once
        self._inside = ""  # the node of the graph that is being written
        self._start = 0

    def begin(self, name: str) -> None:
        """What is put down from now on belongs to the graph's node `name`."""
        self._inside, self._start = name, len(self.records)

    def end(self, value: Value, name: str, dtype: np.dtype[Any], about: str = "") -> Value:
        """The node is written, and `value` is its result: in the type `dtype`, under the name `name`."""
        value = value.cast(dtype)
        last = self.records[-1] if len(self.records) > self._start else None
        if last is None or last.output != value.name:
            value = value.op("Identity")
            last = self.records[-1]
        last.output, last.name, last.about = name, self._inside, about
        return Value(self, name, dtype)

    def put(self, kind: str, operands: list[Any], dtype: np.dtype[Any], attributes: dict[str, Any]) -> Value:
        """Write one ONNX operation down; its value has a name that says in which node of the graph it is."""
        inputs = [self._named(one, operands[0].dtype) for one in operands]
        while not inputs[-1]:
            inputs.pop()
        name = self.free(f"{self._inside}/{kind}")
        self.records.append(Record(kind, name, inputs, name, attributes))
        return Value(self, name, dtype)

    def constant(self, number: Any, name: str = "") -> Value:
        """A constant of the file, there once for all who use it; `name` is for an array that has one in the graph."""
        array = np.asarray(number)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self._known:
            if not name or array.shape == ():
                name = self._called(array)
                name = self.free(name if array.dtype in (FLOAT64, INT64, BOOL) else f"{name}_{array.dtype}")
            self.constants[name] = array
            self._known[key] = Value(self, name, array.dtype)
        return self._known[key]

    def _called(self, array: Any) -> str:
        """A single number and a short list of whole numbers are their own names."""
        if array.shape == ():
            return str(array[()])
        is_list = array.ndim == 1 and array.size <= SHORT and array.dtype == INT64
        return str(array.tolist()) if is_list else f"{self._inside}/constant"

    def operand(self, node: Node, value: Value | None, name: str, dtype: np.dtype[Any], wide: np.dtype[Any]) -> Value:
        """A node of the graph where an operation reads it in the type `dtype`, and calculates in the type `wide`.

        A constant is converted here and now; so a Python number takes the type that it has in NumPy beside an array.
        """
        if value is None:
            with np.errstate(over="ignore"):
                given = np.asarray(node.value, dtype).astype(wide)
            return self.constant(given, name if wide == node.dtype else "")
        if value.dtype == wide:
            return value
        key = value.name, wide
        if key not in self._known:
            cast = self.free(f"{value.name}/{wide}")
            self.records.append(Record("Cast", cast, [value.name], cast, {"to": wide}))
            self._known[key] = Value(self, cast, wide)
        return self._known[key]

    def free(self, name: str) -> str:
        """`name`, with a number behind it where that name is taken."""
        numbered = itertools.chain([name], (f"{name}_{more}" for more in itertools.count(1)))
        name = next(one for one in numbered if one not in self._taken)
        self._taken.add(name)
        return name

    def _named(self, one: Any, dtype: np.dtype[Any]) -> str:
        if one is None:
            return ""
        if isinstance(one, Value):
            return one.name
        return self.constant(np.asarray(one, dtype if isinstance(one, int | float) else INT64)).name
