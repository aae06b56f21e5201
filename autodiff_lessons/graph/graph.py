"""Graph: a computation as data.

A graph is an immutable list of nodes, each an operation of the engine's table on earlier nodes. It is made once, by
tracing the learner's own function (tracing.py), and then read as often as one likes: run on other numbers,
differentiated into another graph, simplified, printed as Python, saved, drawn, cut into shards.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.broadcasting import shape_of
from autodiff_lessons.engine.primitive import PLAIN, Primitive
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import GraphError, ShapeError
from autodiff_lessons.graph.operations import apply, is_step

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One value of the graph: an input, a constant, or an operation on earlier nodes.

    op          the operation; None for an input or a constant
    inputs      the places of the nodes that it is applied to, all of them earlier in the list
    parameters  the operation's settings, such as {"axis": 0}
    shape       of the value, () for a single number
    dtype       of the value
    name        what the traced function calls it, where it has a name
    value       of a constant; None elsewhere
    """

    op: Primitive | None
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    name: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None

    @property
    def is_input(self) -> bool:
        return self.op is None and self.value is None

    @property
    def is_constant(self) -> bool:
        return self.value is not None

    @property
    def kind(self) -> str:
        return "constant" if self.is_constant else "input" if self.op is None else self.op.name


@dataclass(frozen=True, eq=False)
class Graph:
    """A traced function. Make one with `trace(f, 2.0, 5.0)`; call it like `f`.

    >>> import numpy as np
    >>> from autodiff_lessons.graph import trace
    >>> def f(x, y):
    ...     return np.log(x) + x * y - np.sin(y)
    >>> graph = trace(f, 2.0, 5.0)
    >>> print(graph)
    f(x, y): 7 nodes
      v2 = log(x)
      v3 = x * y
      v4 = v2 + v3
      v5 = sin(y)
      v6 = v4 - v5
      return v6
    >>> graph.run(2.0, 5.0)
    np.float64(11.652071455223084)
    >>> graph.derivative("x").simplify().run(2.0, 5.0)
    np.float64(5.5)

    nodes      every node after the nodes that it uses
    arguments  the function's arguments by name; each is the place of an input, or nested as the argument is
    result     the place of the result, or nested as the result is
    title      the function's name
    note       what made it from another graph, in a few words
    """

    nodes: tuple[Node, ...]
    arguments: dict[str, Any]
    result: Any
    title: str = "graph"
    note: str = ""

    # Run it

    def run(self, *arguments: Any, **named: Any) -> Any:
        """The value of the traced function at `arguments`, which have the shapes and number types of the examples.

        Numbers and arrays give numbers and arrays, and where an operation has no value a DomainError says so. Tensors,
        dual numbers and symbols work as in the function itself. Raises ShapeError for other shapes or number types.
        """
        given = self.bound(arguments, named)
        leaves = trees.flatten_like(tuple(given.values()), tuple(self.arguments.values()), "arguments", "examples")
        return self.rebuild_result(self.run_flat(leaves))

    __call__ = run

    def run_flat(self, leaves: Sequence[Any]) -> list[Any]:
        """The same on the list of all inputs, for the list of all results."""
        values = self.all_values(leaves)
        return [values[place] for place in self.outputs]

    def all_values(self, leaves: Sequence[Any]) -> list[Any]:
        """The value of every node."""
        values: list[Any] = [node.value for node in self.nodes]
        for place, one in zip(self.inputs, leaves, strict=True):
            values[place] = self.checked(self.nodes[place], one)
        for place, node in enumerate(self.nodes):
            if node.op is None:
                continue
            given = [values[one] for one in node.inputs]
            if not is_step(node.op) and all(type(one) in PLAIN for one in given):
                sources = [self.nodes[one] for one in node.inputs]
                values[place] = node.op.evaluate(given, dict(node.parameters), sources)
            else:
                values[place] = made = apply(node.op, given, dict(node.parameters))
                if node.name is not None and type(made) is Tensor:
                    made.name = node.name
        return values

    # What it has

    @cached_property
    def inputs(self) -> tuple[int, ...]:
        """The places of the inputs, in the order of the arguments."""
        return tuple(trees.flatten(tuple(self.arguments.values()))[0])

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """The places of the results."""
        return tuple(trees.flatten(self.result)[0])

    def rebuild_result(self, outs: list[Any]) -> Any:
        """Nest a list of results as the traced function's result is nested."""
        return trees.flatten(self.result)[1](outs)

    @property
    def __name__(self) -> str:
        """What it is called, as of a function."""
        return self.title

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def tree_nodes(self) -> int:
        """How many nodes it would have as a tree, where a value that is used twice stands there twice."""
        sizes: list[int] = []
        for node in self.nodes:
            sizes.append(1 + sum(sizes[one] for one in node.inputs))
        return sum(sizes[place] for place in self.outputs)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A different name for every node: its own, or v and its place; for a constant number that number."""
        from autodiff_lessons.graph.source import names_of  # noqa: PLC0415  (it imports this module)

        return names_of(self)

    def place(self, name: str) -> int:
        """The place of the node of this name; a GraphError lists the names."""
        if name not in self.names:
            raise GraphError(f"The graph {self.title} has no node {name!r}; it has {', '.join(self.names[:12])}.")
        return self.names.index(name)

    def __str__(self) -> str:
        from autodiff_lessons.graph.source import listing  # noqa: PLC0415

        return listing(self)

    def __repr__(self) -> str:
        return f"Graph({self.title}({', '.join(self.arguments)}): {len(self.nodes)} nodes)"

    # Another graph from it

    def derivative(self, wrt: str | int | Sequence[str | int] | None = None) -> Graph:
        """The graph of the gradient; see `transforms.derivative`."""
        from autodiff_lessons.graph.transforms import derivative  # noqa: PLC0415

        return derivative(self, wrt)

    def value_and_derivative(self, wrt: str | int | Sequence[str | int] | None = None) -> Graph:
        """The graph of (value, gradient), which share their nodes; see `transforms.derivative`."""
        from autodiff_lessons.graph.transforms import derivative  # noqa: PLC0415

        return derivative(self, wrt, with_value=True)

    def simplify(self) -> Graph:
        """A graph of the same values with fewer nodes; see `transforms.simplify`."""
        from autodiff_lessons.graph.transforms import simplify  # noqa: PLC0415

        return simplify(self)

    def partition(self, shards: int, batch: str | Sequence[str] | None = None) -> Graph:
        """The graph in independent shards of a batch, and what combines them; see `partitioning.partition`."""
        from autodiff_lessons.graph.partitioning import partition  # noqa: PLC0415

        return partition(self, shards, batch)

    # Out of it

    def to_python(self) -> str:
        """The graph as readable Python on NumPy, one line a node."""
        from autodiff_lessons.graph.source import to_python  # noqa: PLC0415

        return to_python(self)

    def compile(self) -> Callable[..., Any]:
        """The function that `to_python` writes: the fastest way to run the graph many times."""
        from autodiff_lessons.graph.source import compiled  # noqa: PLC0415

        return compiled(self)

    def to_dot(self) -> str:
        """The graph in the language of Graphviz."""
        from autodiff_lessons.graph.source import to_dot  # noqa: PLC0415

        return to_dot(self)

    def to_json(self) -> str:
        """The graph as JSON text; `from_json` reads it back. See storage.py for the schema."""
        from autodiff_lessons.graph.storage import to_json  # noqa: PLC0415

        return to_json(self)

    def to_dask(self, *arguments: Any, **named: Any) -> tuple[dict[str, Any], str]:
        """A Dask graph of the value at these arguments, and the key of it; see `distributed.to_dask`."""
        from autodiff_lessons.graph.distributed import to_dask  # noqa: PLC0415

        return to_dask(self, *arguments, **named)

    def to_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the graph to an ONNX file, for Netron and onnxruntime; onnx_export.py says what is in it."""
        from autodiff_lessons.graph.onnx_export import write_onnx  # noqa: PLC0415

        write_onnx(self, path)

    # Inside

    def __reduce__(self) -> tuple[Callable[[str], Graph], tuple[str]]:
        """As its JSON text it travels to other processes: the rules of its operations are there already."""
        from autodiff_lessons.graph.storage import from_json  # noqa: PLC0415

        return from_json, (self.to_json(),)

    def renamed(self, title: str, note: str = "") -> Graph:
        """The same graph under another title."""
        return replace(self, title=title, note=note)

    def bound(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, in the graph's order."""
        wanted = list(self.arguments)
        call = f"{self.title}({', '.join(wanted)})"
        if len(arguments) > len(wanted):
            raise GraphError(f"The graph {call} takes {len(wanted)} arguments; {len(arguments)} were given.")
        given = dict(zip(wanted, arguments, strict=False))
        for name in named:
            if name not in wanted or name in given:
                problem = "is given twice" if name in given else "is none of its arguments"
                raise GraphError(f"The graph {call} was called with {name}=..., but {name} {problem}.")
        given |= named
        missing = [name for name in wanted if name not in given]
        if missing:
            raise GraphError(f"The graph {call} needs a value for {', '.join(missing)}.")
        return {name: given[name] for name in wanted}

    @staticmethod
    def checked(node: Node, given: Any) -> Any:
        """One input, in the number type that was traced; a ShapeError where it can't be."""
        value = given
        if isinstance(given, (bool, int, float, list, tuple)):
            value = np.asarray(given, None if np.asarray(given).dtype.kind not in "biuf" else node.dtype)[()]
        elif type(given) in PLAIN:
            value = given[()] if isinstance(given, np.ndarray) else given
        if shape_of(value) != node.shape:
            raise ShapeError(
                f"The graph was traced with {node.name} of shape {node.shape}, and got one of shape {shape_of(value)}. "
                "Trace the function again with an example of that shape."
            )
        dtype = getattr(value, "dtype", node.dtype)
        if dtype != node.dtype:
            raise ShapeError(
                f"The graph was traced with {node.name} of type {node.dtype}, and got {dtype}. "
                f"Write {node.name}.astype({str(node.dtype)!r}), or trace the function again."
            )
        return value
