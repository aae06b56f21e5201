"""Every operation of a graph in ONNX's words: `TABLE`, one entry each.

An entry is the name of the ONNX operation that does the same, or a function that writes it with several. It stands in a
group, by the number type in which NumPy reads the operands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.graph import onnx_arrays as arrays
from autodiff_lessons.graph import onnx_formulas as formulas
from autodiff_lessons.graph.onnx_writer import BOOL, FLOAT64, Call, Value, Write, computed_in
from autodiff_lessons.graph.tracing import stand_in

DTypes = list[np.dtype[Any]]

# Calculated in the type of the result.
CALCULATED: dict[str, str | Write] = {
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "div": "Div",
    "pow": "Pow",
    "neg": "Neg",
    "abs": "Abs",
    "sign": "Sign",
    "square": lambda call, x: x * x,
    "sqrt": "Sqrt",
    "exp": "Exp",
    "expm1": lambda call, x: formulas.expm1(x),
    "log": "Log",
    "log1p": lambda call, x: formulas.log1p(x),
    "sin": "Sin",
    "cos": "Cos",
    "tan": formulas.exact_in_double("Tan", formulas.tan),
    "arcsin": formulas.exact_in_double("Asin", formulas.arcsin),
    "arccos": formulas.exact_in_double("Acos", formulas.arccos),
    "arctan": formulas.exact_in_double("Atan", formulas.arctan),
    "sinh": formulas.exact_in_double("Sinh", formulas.sinh),
    "cosh": formulas.exact_in_double("Cosh", formulas.cosh),
    "tanh": "Tanh",
    "sigmoid": formulas.exact_in_double("Sigmoid", formulas.sigmoid),
    "softplus": formulas.exact_in_double("Softplus", formulas.softplus),
    "relu": "Relu",
    "maximum": "Max",
    "minimum": "Min",
    "clip": formulas.clip,
    "floor": formulas.rounded("Floor"),
    "ceil": formulas.rounded("Ceil"),
    "rint": formulas.rounded("Round"),
    "trunc": formulas.trunc,
    "floor_divide": formulas.floor_divide,
    "sum": arrays.reduced("ReduceSum"),
    "mean": arrays.reduced("ReduceMean"),
    "prod": arrays.reduced("ReduceProd"),
    "max": arrays.reduced("ReduceMax"),
    "min": arrays.reduced("ReduceMin"),
    "logsumexp": arrays.reduced("ReduceLogSumExp"),
    "norm": arrays.reduced("ReduceL2"),
    "softmax": arrays.softmax("Softmax"),
    "log_softmax": arrays.softmax("LogSoftmax"),
    "cumsum": arrays.cumsum,
    "pad": arrays.pad,
    "scatter": arrays.scatter,
    "matmul": "MatMul",
    "dot": arrays.dot,
    "outer": arrays.outer,
    "einsum": arrays.einsum,
}
# Moved about, in any type.
MOVED: dict[str, str | Write] = {
    "broadcast_to": arrays.broadcast_to,
    "reshape": arrays.reshape,
    "expand_dims": arrays.expand_dims,
    "squeeze": arrays.squeeze,
    "swapaxes": arrays.swapaxes,
    "transpose": arrays.transpose,
    "flip": arrays.flip,
    "getitem": arrays.getitem,
    "take": arrays.take,
    "concatenate": arrays.concatenate,
    "stack": arrays.stack,
}
# Compared in the type that NumPy promotes both sides to.
COMPARED: dict[str, str | Write] = {
    "less": "Less",
    "less_equal": "LessOrEqual",
    "greater": "Greater",
    "greater_equal": "GreaterOrEqual",
    "equal": "Equal",
    "not_equal": lambda call, a, b: a.op("Equal", b).op("Not"),
    "signbit": formulas.signbit,
}
# Asked of floating-point numbers.
ASKED: dict[str, str | Write] = {
    "isnan": "IsNaN",
    "isinf": "IsInf",
    "isfinite": lambda call, x: x.op("IsNaN").op("Or", x.op("IsInf")).op("Not"),
}
LOGICAL: dict[str, str | Write] = {
    "logical_and": "And",
    "logical_or": "Or",
    "logical_xor": "Xor",
    "logical_not": "Not",
}
CHOSEN: dict[str, str | Write] = {"where": lambda call, condition, a, b: formulas.where(condition, a, b)}
CAST: dict[str, str | Write] = {"cast": lambda call, x: x.op("Cast", to=call.node.dtype, dtype=call.node.dtype)}


def result_type(call: Call) -> DTypes:
    return [call.node.dtype] * len(call.operands)


def common_type(call: Call) -> DTypes:
    """Where a Python number takes the type of the other side."""
    return [np.result_type(*map(stand_in, call.operands))] * len(call.operands)


def floating_type(call: Call) -> DTypes:
    return [one if one.kind == "f" else FLOAT64 for one in common_type(call)]


def booleans(call: Call) -> DTypes:
    return [BOOL] * len(call.operands)


def condition_and_choices(call: Call) -> DTypes:
    return [BOOL, *[computed_in(call.node.dtype)] * 2]


def own_types(call: Call) -> DTypes:
    return [one.dtype for one in call.operands]


@dataclass(frozen=True, slots=True)
class Entry:
    """How one operation is written: the types in which it reads its operands, and its words.

    `calculates` says that these have to be made types that runtimes calculate in.
    """

    write: Write
    reads: Callable[[Call], DTypes]
    calculates: bool


def _entry(words: str | Write, reads: Callable[[Call], DTypes], calculates: bool) -> Entry:
    def plainly(call: Call, first: Value, *others: Value) -> Value:
        assert isinstance(words, str)
        return first.op(words, *others)

    return Entry(plainly if isinstance(words, str) else words, reads, calculates)


TABLE: dict[str, Entry] = {
    name: _entry(words, reads, calculates)
    for group, reads, calculates in (
        (CALCULATED, result_type, True),
        (MOVED, result_type, False),
        (COMPARED, common_type, True),
        (ASKED, floating_type, True),
        (LOGICAL, booleans, False),
        (CHOSEN, condition_and_choices, False),
        (CAST, own_types, False),
    )
    for name, words in group.items()
}
