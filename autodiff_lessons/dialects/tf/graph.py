"""tf.function, tf.gradients and tf.RegisterGradient: the names of TensorFlow's graph mode.

There is no second mode here: a tf.function runs like any other function, each time that it is called, while a tape of
its own writes every operation down, watched or not. That record is its graph, and `tf.gradients` reads it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf import arrays
from autodiff_lessons.dialects.tf import tensor as dialect
from autodiff_lessons.dialects.tf.tape import RowsSweep, UnconnectedGradients, dialect_side, engine_side
from autodiff_lessons.dialects.tf.tensor import Operators, Tensor, convert
from autodiff_lessons.engine import tape as engine
from autodiff_lessons.engine import trees
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitive import Operation, Primitive
from autodiff_lessons.engine.tape_record import handle
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.engine.tensor import leaf
from autodiff_lessons.errors import GraphError, MissingRuleError

# TensorFlow's names for the operations of the table.
OP_NAMES = {
    "add": "AddV2", "sub": "Sub", "mul": "Mul", "div": "RealDiv", "pow": "Pow", "neg": "Neg", "matmul": "MatMul",
    "abs": "Abs", "sign": "Sign", "square": "Square", "sqrt": "Sqrt", "rsqrt": "Rsqrt", "exp": "Exp",
    "expm1": "Expm1", "log": "Log", "log1p": "Log1p", "sin": "Sin", "cos": "Cos", "tan": "Tan", "arcsin": "Asin",
    "arccos": "Acos", "arctan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "asinh": "Asinh",
    "acosh": "Acosh", "atanh": "Atanh", "erf": "Erf", "sigmoid": "Sigmoid", "softplus": "Softplus", "relu": "Relu",
    "relu6": "Relu6", "elu": "Elu", "selu": "Selu", "softmax": "Softmax", "log_softmax": "LogSoftmax",
    "maximum": "Maximum", "minimum": "Minimum", "where": "SelectV2", "clip_by_value": "ClipByValue", "sum": "Sum",
    "mean": "Mean", "prod": "Prod", "max": "Max", "min": "Min", "reshape": "Reshape", "transpose": "Transpose",
    "expand_dims": "ExpandDims", "squeeze": "Squeeze", "broadcast_to": "BroadcastTo", "concatenate": "ConcatV2",
    "stack": "Pack", "getitem": "StridedSlice", "pad": "Pad", "flip": "ReverseV2", "cumsum": "Cumsum",
    "cast": "Cast", "identity": "Identity", "einsum": "Einsum", "take": "GatherV2", "gather_rows": "GatherV2",
    "floor": "Floor", "stop_gradient": "StopGradient", "atan2": "Atan2", "floormod": "FloorMod",
}  # fmt: skip

Rule = Callable[..., Any]
REGISTERED: dict[str, Rule | None] = dict.fromkeys(OP_NAMES.values())  # None: the table's own rule


class RegisterGradient:
    """Register a reverse rule `(op, grad)` under a name that `gradient_override_map` can put in an operation's place.

    `op.inputs` and `op.outputs` are the tensors that the operation had. A name is given once, and TensorFlow's
    own operations have theirs: a second rule is a KeyError. (To replace a rule of the table everywhere, use the
    engine's `register_gradient`.)
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError(f"The name of an operation is text, such as 'MySquare', not {op_type!r}.")
        self._op_type = op_type

    def __call__(self, f: Rule) -> Rule:
        if self._op_type in REGISTERED:
            raise KeyError(
                f"There is a gradient registered as {self._op_type!r} already; choose another name, and put it in "
                "place with graph.gradient_override_map."
            )
        REGISTERED[self._op_type] = f
        return f


def no_gradient(op_type: str) -> None:
    """Register that an operation lets no gradient through."""
    RegisterGradient(op_type)(lambda op, grad: None)


class Graph:
    """What a tf.function records; the default graph while it runs."""

    def __init__(self) -> None:
        self.tape = engine.GradientTape(persistent=True)
        self.tape.follows_everything = True
        self.overrides: dict[str, str] = {}

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Record in this graph, in the block."""
        before = RUNNING.graphs
        RUNNING.graphs = (*before, self)
        try:
            with self.tape:
                yield self
        finally:
            RUNNING.graphs = before

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """In the block, give operations such as "Square" the reverse rule registered under another name."""
        before, self.overrides = self.overrides, {**self.overrides, **op_type_map}
        try:
            with dialect.replacing(self._with_override):
                yield
        finally:
            self.overrides = before

    def _with_override(self, primitive: Primitive) -> Primitive:
        name = self.overrides.get(OP_NAMES.get(primitive.name, primitive.name))
        if name is None:
            return primitive
        return dataclasses.replace(primitive, registered=functools.partial(_run_rule, name), arity=0)


class Running(threading.local):
    """The graph functions that run in this thread, the innermost last."""

    graphs: tuple[Graph, ...] = ()


RUNNING = Running()


@dataclasses.dataclass(frozen=True)
class RecordedOperation:
    """An operation as a registered rule sees it."""

    type: str
    inputs: list[Tensor]
    outputs: list[Tensor]

    @property
    def name(self) -> str:
        return self.type


def _run_rule(name: str, operation: Operation, grad: Any) -> Any:
    """A registered rule on the dialect's tensors, for the engine's."""
    kind = OP_NAMES.get(operation.name, operation.name)
    rule = REGISTERED.get(name)
    if rule is None:
        known = [one for one, given in REGISTERED.items() if given is not None]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        raise MissingRuleError(
            f"No gradient is registered as {name!r}, which was put in the place of that of {kind}."
            + (f" Did you mean {' or '.join(near)}?" if near else " Register it with @tf.RegisterGradient.")
        )
    recorded = isinstance(grad, EngineTensor)
    inputs, outputs = ([_face(one) for one in some] for some in (operation.inputs, operation.outputs))
    sent = rule(RecordedOperation(kind, inputs, outputs), _face(grad))
    parts = [None if one is None else convert(one) for one in (sent if isinstance(sent, list | tuple) else [sent])]
    plain = [np.zeros(()) if one is None else one._tensor if recorded else one._peek for one in parts]
    return plain if len(plain) > 1 else plain[0]


def _face(one: Any) -> Tensor:
    return Tensor(one if isinstance(one, EngineTensor) else leaf(one))


def get_default_graph() -> Graph:
    """The graph of the tf.function that is running."""
    return RUNNING.graphs[-1] if RUNNING.graphs else Graph()


def executing_eagerly() -> bool:
    """Whether no tf.function is running."""
    return not RUNNING.graphs


def function(func: Callable[..., Any] | None = None, **settings: Any) -> Any:
    """Run a function as a graph: here, run it as it is, with a record of every operation that tf.gradients can read.

    NumPy arrays among the arguments become tensors, and so do the numbers that it returns. The settings
    (input_signature, jit_compile ...) change nothing.
    """
    if func is None:
        return lambda one: function(one, **settings)
    inner = func

    @functools.wraps(inner)
    def call(*arguments: Any, **keywords: Any) -> Any:
        given, rebuild = trees.flatten(list(arguments))
        converted = rebuild([convert(one) if isinstance(one, np.ndarray) else one for one in given])
        with Graph().as_default():
            result = inner(*converted, **keywords)
        leaves, rebuild_result = trees.flatten(result)
        return rebuild_result([one if _is_tensor_like(one) else convert(one) for one in leaves])

    call.python_function = inner  # type: ignore[attr-defined]
    return call


def _is_tensor_like(one: Any) -> bool:
    return isinstance(one, Operators) or not isinstance(one, int | float | np.generic | np.ndarray)


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """d (sum of ys) / d x for each x, as a list; only inside a tf.function.

    `grad_ys` are the seeds of ys; no gradient goes on from the tensors in `stop_gradients`, which count as constants.
    """
    if not RUNNING.graphs:
        raise GraphError(
            "tf.gradients needs a graph, and there is none in eager execution: use it inside a function decorated with "
            "@tf.function, or use tf.GradientTape instead."
        )
    empty = UnconnectedGradients(unconnected_gradients)
    record = RUNNING.graphs[-1].tape._record
    assert record is not None
    targets, sources = _tensors(ys), _tensors(xs)
    seeds = [None] * len(targets) if grad_ys is None else [_seed(one) for one in _listed(grad_ys)]
    if len(seeds) != len(targets):
        raise ValueError(f"grad_ys has {len(seeds)} gradients for {len(targets)} ys: it needs one for each, or None.")
    stops = frozenset(map(id, _tensors(stop_gradients if stop_gradients is not None else [])))
    with ieee():
        found = RowsSweep(record, sources).run(targets, seeds, stops)
    if empty is UnconnectedGradients.ZERO:
        found = [
            leaf(np.zeros_like(source._data)[()]) if one is None else one
            for one, source in zip(found, sources, strict=True)
        ]
    return [None if one is None else dialect_side(one) for one in found]


def _listed(structure: Any) -> list[Any]:
    return list(structure) if isinstance(structure, list | tuple) else [structure]


def _seed(one: Any) -> Any:
    return None if one is None else convert(one)._tensor


def _tensors(structure: Any) -> list[EngineTensor]:
    return [handle(engine_side(one if isinstance(one, Operators) else convert(one))) for one in _listed(structure)]


def hessians(
    ys: Any, xs: Any, gate_gradients: bool = False, aggregation_method: Any = None, name: str = "hessians"
) -> list[Any]:
    """The second derivatives of sum(ys) for each x, of shape (*x's shape, *x's shape); inside a tf.function."""
    found = []
    for x in _listed(xs):
        slope = gradients(ys, x)[0]
        size = slope.shape.num_elements()
        rows = [gradients(arrays.reshape(slope, [-1])[place], x)[0] for place in range(size)]
        found.append(arrays.reshape(arrays.stack(rows), [*slope.shape, *slope.shape]))
    return found
