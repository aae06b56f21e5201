"""Python's own control flow under TensorFlow's names, and structures of tensors (tf.nest)."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from autodiff_lessons.dialects.tf import arrays
from autodiff_lessons.dialects.tf.custom import custom_gradient
from autodiff_lessons.dialects.tf.dtypes import TensorShape, as_dtype, float32
from autodiff_lessons.dialects.tf.tensor import Operators
from autodiff_lessons.engine import trees


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str | None = None) -> Any:
    """true_fn() or false_fn(): `if pred:`."""
    return true_fn() if pred else false_fn()


def while_loop(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, *settings: Any, **more: Any) -> Any:
    """Repeat `loop_vars = body(*loop_vars)` while cond(*loop_vars) holds."""
    values = [arrays.convert_to_tensor(one) for one in loop_vars]
    while cond(*values):
        new = body(*values)
        values = list(new) if isinstance(new, list | tuple) else [new]
    return type(loop_vars)(values) if isinstance(loop_vars, list | tuple) else values


def map_fn(fn: Callable[[Any], Any], elems: Any, *settings: Any, **more: Any) -> Any:
    """fn of each slice along the first axis, stacked."""
    leaves, rebuild = trees.flatten(elems)
    rows = builtins.zip(*(arrays.unstack(one) for one in leaves), strict=True)
    results = [fn(rebuild(list(row))) for row in rows]
    _, rebuild_result = trees.flatten(results[0])
    columns = builtins.zip(*(trees.flatten(one)[0] for one in results), strict=True)
    return rebuild_result([arrays.stack(column) for column in columns])


vectorized_map = map_fn


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """f as it is, with the identity's gradient."""
    return custom_gradient(lambda *arguments: (f(*arguments), lambda *upstream: upstream))  # type: ignore[no-any-return]


@contextlib.contextmanager
def name_scope(name: str) -> Iterator[str]:
    """A block with a name; names are not kept here."""
    yield name


def tf_print(*inputs: Any, **settings: Any) -> None:
    """Print tensors by their values."""
    builtins.print(*(one.numpy() if isinstance(one, Operators) else one for one in inputs))


class TensorSpec:
    """The shape and number type of a tensor to come, for a tf.function's input_signature."""

    def __init__(self, shape: Any, dtype: Any = float32, name: str | None = None) -> None:
        self.shape = None if shape is None else TensorShape(shape)
        self.dtype, self.name = as_dtype(dtype), name

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"


def _map_structure(func: Callable[..., Any], *structures: Any) -> Any:
    _, rebuild = trees.flatten(structures[0])
    return rebuild([func(*some) for some in builtins.zip(*(trees.flatten(one)[0] for one in structures), strict=True)])


nest = SimpleNamespace(
    flatten=lambda structure: trees.flatten(structure)[0],
    map_structure=_map_structure,
    pack_sequence_as=lambda structure, flat_sequence: trees.flatten(structure)[1](list(flat_sequence)),
)
