"""tf.GradientTape, and tf.IndexedSlices, the gradient of rows that were gathered."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf.arrays import GATHER
from autodiff_lessons.dialects.tf.conventions import IDENTITY
from autodiff_lessons.dialects.tf.dtypes import DType, TensorShape
from autodiff_lessons.dialects.tf.tensor import OWNERS, Operators, Tensor, Variable, convert
from autodiff_lessons.engine import tape as engine
from autodiff_lessons.engine import trees
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.tape_record import Step, Sweep
from autodiff_lessons.engine.tensor import Tensor as EngineTensor
from autodiff_lessons.engine.tensor import leaf, plain_number
from autodiff_lessons.engine.variable import READ
from autodiff_lessons.errors import ShapeError

UnconnectedGradients = engine.UnconnectedGradients


class IndexedSlices:
    """A gradient that is zero but for some rows: `values[k]` belongs to row `indices[k]`; a row that comes twice gets
    the sum of both. tf.convert_to_tensor(slices) makes the whole tensor."""

    __slots__ = ("dense_shape", "indices", "values")

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self.values, self.indices = convert(values), convert(indices)
        self.dense_shape = None if dense_shape is None else convert(dense_shape)

    @property
    def dtype(self) -> DType:
        return self.values.dtype

    @property
    def shape(self) -> TensorShape:
        assert self.dense_shape is not None
        return TensorShape(int(one) for one in self.dense_shape._peek)

    def to_dense(self) -> Tensor:
        """The whole tensor."""
        if self.dense_shape is None:
            raise ValueError(
                "IndexedSlices without a dense_shape can't become a tensor: its number of rows is unknown."
            )
        index = np.asarray(self.indices._peek)
        dense = PRIMITIVES["scatter"](self.values._tensor, index=index, shape=tuple(self.shape))
        return Tensor(dense)

    def __repr__(self) -> str:
        return f"IndexedSlices(indices={self.indices}, values={self.values}, dense_shape={self.dense_shape})"


class NoBatchError(ShapeError, IndexError):
    """A Jacobian for each example was asked of a tensor without a batch."""


class Rows:
    """A cotangent that is zero but for some rows, on its way back through a sweep."""

    __slots__ = ("indices", "shape", "values")
    __array_priority__ = 5000.0

    def __init__(self, values: Any, indices: Any, shape: tuple[int, ...]) -> None:
        self.values, self.indices, self.shape = values, indices, shape

    @property
    def dtype(self) -> Any:
        return self.values.dtype

    def dense(self) -> Any:
        """The whole array."""
        return PRIMITIVES["scatter"](self.values, index=self.indices, shape=self.shape)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Rows):
            values = PRIMITIVES["concatenate"](self.values, other.values, axis=0)
            return Rows(values, np.concatenate([self.indices, other.indices]), self.shape)
        return self.dense() + other

    def __radd__(self, other: Any) -> Any:
        return other + self.dense()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(plain_number(self.values))


def _rows(out_bar: Any, params: Any, indices: Any, axis: int) -> Rows:
    """The transpose of gathering rows: the same rows, by their numbers."""
    shape = np.shape(params)
    return Rows(np.reshape(out_bar, (-1, *shape[1:])), np.reshape(indices, -1), shape)


GATHER.transposes = (_rows,)


class DenseSweep(Sweep):
    """A sweep in which gathered rows stay rows until an operation needs the whole array."""

    def send_back(self, step: Step, cotangent: Any, cotangents: dict[int, Any], recorded: bool) -> None:
        if isinstance(cotangent, Rows) and step.op not in (READ, IDENTITY):
            cotangent = cotangent.dense()
        super().send_back(step, cotangent, cotangents, recorded)

    def finish(self, cotangent: Any) -> Any:
        return super().finish(cotangent.dense() if isinstance(cotangent, Rows) else cotangent)


class RowsSweep(DenseSweep):
    """The same, which hands rows out as IndexedSlices."""

    def finish(self, cotangent: Any) -> Any:
        if not isinstance(cotangent, Rows):
            return super().finish(cotangent)
        values = cotangent.values if isinstance(cotangent.values, EngineTensor) else leaf(cotangent.values)
        return IndexedSlices(Tensor(values), cotangent.indices, np.array(cotangent.shape, np.int32))


class GradientTape(engine.GradientTape):
    """Record operations for differentiation, inside a `with` block; see the engine's GradientTape."""

    gradient_sweep = RowsSweep
    jacobian_sweep = DenseSweep

    def watch(self, tensor: Any) -> None:
        super().watch(engine_side(tensor))

    def watched_variables(self) -> tuple[Any, ...]:
        return tuple(OWNERS[one] for one in super().watched_variables())

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        with ieee():
            found = super().gradient(
                engine_side(target), engine_side(sources), _values(output_gradients), unconnected_gradients
            )
        return dialect_side(found)

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        self._refuse_the_loop(experimental_use_pfor)
        with ieee():
            found = super().jacobian(engine_side(target), engine_side(sources), unconnected_gradients)
        return dialect_side(found)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        self._refuse_the_loop(experimental_use_pfor)
        if isinstance(target, Tensor) and not target.ndim:
            raise NoBatchError(
                "batch_jacobian needs a target with a first axis, the batch; this one is a single number."
            )
        with ieee():
            found = super().batch_jacobian(engine_side(target), engine_side(source), unconnected_gradients)
        return dialect_side(found)

    def explain(self, target: Any, source: Any) -> str:
        return super().explain(engine_side(target), engine_side(source))

    def _refuse_the_loop(self, vectorised: bool) -> None:
        if not vectorised and not self._persistent:
            raise RuntimeError(
                "With experimental_use_pfor=False TensorFlow computes one gradient an element, and so needs "
                "tf.GradientTape(persistent=True)."
            )


def engine_side(structure: Any) -> Any:
    """A structure of tensors and variables with the engine's in their places."""
    leaves, rebuild = trees.flatten(structure)
    return rebuild([_engine_side(one) for one in leaves])


def _engine_side(one: Any) -> Any:
    if isinstance(one, IndexedSlices):
        return one.values._tensor
    return one._variable if isinstance(one, Variable) else one._tensor if isinstance(one, Tensor) else one


def dialect_side(structure: Any) -> Any:
    """A structure of the engine's tensors with the dialect's in their places."""
    leaves, rebuild = trees.flatten(structure)
    return rebuild([Tensor(one) if isinstance(one, EngineTensor) else one for one in leaves])


def _values(structure: Any) -> Any:
    """Output gradients with the engine's tensors in their places; None stays, for ones."""
    if isinstance(structure, list | tuple):
        return [_values(one) for one in structure]
    if isinstance(structure, dict):
        return {key: _values(one) for key, one in structure.items()}
    if isinstance(structure, IndexedSlices):
        return structure.to_dense()._tensor
    return structure._value if isinstance(structure, Operators) else structure
