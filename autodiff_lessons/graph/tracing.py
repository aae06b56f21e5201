"""Trace: run a function once on values that have a shape but no number, and write down what it does.

Python's own control flow is gone afterwards: a loop is unrolled, a branch on a plain number was taken. A branch on a
traced value can't be taken, since it has no number yet; the error says what to write instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.forward import Dual
from autodiff_lessons.engine.local_names import watching_the_return_of
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.numpy_protocol import PLAIN_UFUNCS, call_function, call_ufunc
from autodiff_lessons.engine.primitive import PLAIN, Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import GradientTypeError, GraphError, ShapeError
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.operations import STEPS, is_element_wise

Shape = tuple[int, ...]


def trace(f: Callable[..., Any], /, *examples: Any) -> Graph:
    """The graph of what `f` computes, for arguments of the shapes and number types of the `examples`.

    An example may be a number, an array, a tensor, or a nested dict, list or tuple of them; so may the result.
    Whole numbers are read as floating-point ones where they are Python's own; arrays keep their type. `f` is run once.

    Raises GraphError where `f` branches on a traced value or takes it out of the graph, ShapeError where shapes do not
    fit.

    >>> graph = trace(lambda x: x**2 + 3 * x + 2, 2.0)
    >>> print(graph)
    graph(x): 8 nodes
      v2 = x ** 2
      v4 = 3 * x
      v5 = v2 + v4
      v7 = v5 + 2
      return v7
    """
    names = _argument_names(f, len(examples))
    builder = Builder()
    arguments = {name: builder.add_argument(name, example) for name, example in zip(names, examples, strict=True)}
    local: dict[str, Any] = {}
    with watching_the_return_of(f, local), ieee():
        result = f(*(builder.traced(one) for one in arguments.values()))
    title = getattr(f, "__name__", type(f).__name__)
    return builder.finished(arguments, result, local, "graph" if title == "<lambda>" else title)


class Builder:
    """The nodes written down so far."""

    def __init__(self, write: Callable[[int, str], str] | None = None) -> None:
        self.nodes: list[Node] = []
        self.write = write  # what f"{value:.3f}" gives for a node: a text to fill in later; None: that is refused

    def add_argument(self, name: str, example: Any) -> Any:
        """An input for each number or array in `example`; their places, nested alike."""
        leaves, rebuild = trees.flatten(example)
        paths = paths_of(name, example)
        return rebuild([self.add_input(path, one) for path, one in zip(paths, leaves, strict=True)])

    def add_input(self, name: str, example: Any) -> int:
        if isinstance(example, (Tensor, Dual, Traced)):
            shape, dtype = example.shape, example.dtype
        else:
            value = np.asarray(example, float if isinstance(example, int) and not isinstance(example, bool) else None)
            shape, dtype = value.shape, value.dtype
        if dtype.kind not in "fiub":
            raise GradientTypeError(f"A graph computes with numbers; the example {name} = {example!r:.60} is none.")
        self.nodes.append(Node(None, (), shape, dtype, name))
        return len(self.nodes) - 1

    def copied_arguments(self, graph: Graph) -> dict[str, Any]:
        """The same inputs as `graph` has; their places, nested alike."""
        start, (places, rebuild) = len(self.nodes), trees.flatten(graph.arguments)
        self.nodes += [graph.nodes[one] for one in places]
        copied: dict[str, Any] = rebuild(list(range(start, len(self.nodes))))
        return copied

    def traced(self, places: Any) -> Any:
        """A traced value for each place, nested as the places are."""
        leaves, rebuild = trees.flatten(places)
        return rebuild([Traced(self, one) for one in leaves])

    def place_of(self, one: Any) -> int:
        """The place of an operand; a plain number or array becomes a constant."""
        if type(one) is Traced:
            if one.builder is not self:
                raise GraphError(
                    "A value of one trace was used inside another one. Give it to the inner function as an argument."
                )
            return one.place
        value = one if type(one) in PLAIN else np.asarray(one)
        shape, dtype = np.shape(value), np.asarray(value).dtype
        if dtype.kind not in "fiub":
            raise GraphError(f"{one!r:.60} can't be a value in a graph: it is no number and no array of numbers.")
        if isinstance(value, np.ndarray):
            value = value.copy() if value.flags.writeable else value
            value.flags.writeable = False
        self.nodes.append(Node(None, (), shape, dtype, value=value))
        return len(self.nodes) - 1

    def add(self, op: Primitive, operands: tuple[Any, ...], parameters: dict[str, Any]) -> Traced:
        """Write down one operation."""
        _refuse_traced_parameters(op, parameters)
        inputs = tuple(map(self.place_of, operands))
        shape, dtype = inferred(op, [self.nodes[one] for one in inputs], parameters)
        self.nodes.append(Node(op, inputs, shape, dtype, parameters=parameters))
        return Traced(self, len(self.nodes) - 1)

    def name(self, value: Any, name: str) -> None:
        """Call the node behind `value` so, unless it is called something already."""
        one = _inside(value)
        if type(one) is Traced and one.builder is self and self.nodes[one.place].name is None:
            self.nodes[one.place] = replace(self.nodes[one.place], name=name)

    def finished(self, arguments: dict[str, Any], result: Any, local: dict[str, Any], title: str) -> Graph:
        leaves, rebuild = trees.flatten(result)
        outs = [self.place_of(_inside(one)) for one in leaves]
        for name, value in local.items():
            self.name(value, name)
        return Graph(tuple(self.nodes), arguments, rebuild(outs), title)


class Traced:
    """A value of the traced function: it has a shape and a number type, and no number yet."""

    __slots__ = ("builder", "dtype", "place", "shape")
    __array_priority__ = 1500.0
    __apply_rank__ = -1  # it stands for a number: beside a tensor or a dual number, that one takes the operation

    def __init__(self, builder: Builder, place: int) -> None:
        node = builder.nodes[place]
        self.builder, self.place, self.shape, self.dtype = builder, place, node.shape, node.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    @property
    def base(self) -> None:
        """As of an array that owns its numbers: a traced value is never changed in place."""
        return None

    @property
    def T(self) -> Traced:
        return self.transpose()

    def sum(self, axis: Any = None, keepdims: bool = False) -> Traced:
        """The sum of the elements along `axis`."""
        return self._method("sum", axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Traced:
        """The mean of the elements along `axis`."""
        return self._method("mean", axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Traced:
        """The same elements in another shape."""
        return self._method("reshape", shape=shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Traced:
        """The same elements with the axes in another order."""
        return self._method("transpose", axes=axes[0] if len(axes) == 1 else (axes or None))

    def astype(self, dtype: Any, copy: bool = True) -> Traced:
        """The same numbers in another type."""
        return self._method("cast", dtype=np.dtype(dtype))

    def _method(self, name: str, **parameters: Any) -> Traced:
        return self.builder.add(PRIMITIVES[name], (self,), parameters)

    def __getitem__(self, index: Any) -> Traced:
        return self._method("getitem", index=index)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("A traced single number has no length.")
        return self.shape[0]

    def __iter__(self) -> Iterator[Traced]:
        if not self.shape:
            raise TypeError("A traced single number can't be looped over.")
        return (self[place] for place in range(self.shape[0]))

    # What a traced value is not

    def __bool__(self) -> bool:
        raise GraphError(
            f"A branch on {self._called()}: while a function is traced its values have no numbers yet, so `if`, "
            "`while` and `and` can't choose. Write np.where(condition, a, b) to keep both branches, or let the "
            "branch depend on a plain Python number."
        )

    def __float__(self) -> float:
        raise GraphError(
            f"{self._called()} was asked for its number, which it does not have while the function is traced. Use "
            "np.sin and its kin instead of math.sin, and no float(), int() or .item()."
        )

    __int__ = __index__ = item = __float__

    def __format__(self, spec: str) -> str:
        if self.builder.write is None:
            return repr(self) if not spec else format(float(self), spec)
        return self.builder.write(self.place, spec)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise GraphError(
            f"{self._called()} was taken out of the graph, by a NumPy function that has no record in the table or by "
            "np.array. Compute with the operators and with np.sin, np.sum and their kin."
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        raise GraphError("A traced value can't be changed in place; write np.where(mask, value, t), or np.concatenate.")

    def _called(self) -> str:
        node = self.builder.nodes[self.place]
        return node.name or f"the result of {node.kind}"

    def __repr__(self) -> str:
        return f"Traced({self._called()}, shape={self.shape}, dtype={self.dtype})"

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if ufunc in BITWISE and all(getattr(one, "dtype", None) == np.bool_ for one in inputs):
            ufunc = BITWISE[ufunc]
        if ufunc in PLAIN_UFUNCS and method == "__call__" and not keywords:
            return self.builder.add(STEPS[ufunc.__name__], tuple(map(_inside, inputs)), {})
        return call_ufunc(ufunc, method, inputs, keywords, _no_number)

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        if function in STATIC:
            return STATIC[function](*arguments, **keywords)
        return call_function(function, arguments, keywords, _no_number)

    @staticmethod
    def __apply_primitive__(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        builder = next(one.builder for one in inputs if type(one) is Traced)
        return builder.add(primitive, inputs, parameters)

    # Operators

    def _two(op: Primitive) -> Callable[[Traced, Any], Any]:  # type: ignore[misc]
        return lambda self, other: self._apply(op, self, other)

    def _reflected(op: Primitive) -> Callable[[Traced, Any], Any]:  # type: ignore[misc]
        return lambda self, other: self._apply(op, other, self)

    def _apply(self, op: Primitive, left: Any, right: Any) -> Any:
        if op.name in STEPS:
            return self.builder.add(op, (_inside(left), _inside(right)), {})
        return op(left, right)

    __add__, __radd__ = _two(PRIMITIVES["add"]), _reflected(PRIMITIVES["add"])
    __sub__, __rsub__ = _two(PRIMITIVES["sub"]), _reflected(PRIMITIVES["sub"])
    __mul__, __rmul__ = _two(PRIMITIVES["mul"]), _reflected(PRIMITIVES["mul"])
    __truediv__, __rtruediv__ = _two(PRIMITIVES["div"]), _reflected(PRIMITIVES["div"])
    __pow__, __rpow__ = _two(PRIMITIVES["pow"]), _reflected(PRIMITIVES["pow"])
    __matmul__, __rmatmul__ = _two(PRIMITIVES["matmul"]), _reflected(PRIMITIVES["matmul"])
    __lt__, __le__ = _two(STEPS["less"]), _two(STEPS["less_equal"])
    __gt__, __ge__ = _two(STEPS["greater"]), _two(STEPS["greater_equal"])
    __eq__, __ne__ = _two(STEPS["equal"]), _two(STEPS["not_equal"])
    __and__ = __rand__ = _two(STEPS["logical_and"])
    __or__ = __ror__ = _two(STEPS["logical_or"])
    __hash__ = object.__hash__

    del _two, _reflected

    def __invert__(self) -> Traced:
        return self.builder.add(STEPS["logical_not"], (self,), {})

    def __neg__(self) -> Traced:
        return self.builder.add(PRIMITIVES["neg"], (self,), {})

    def __pos__(self) -> Traced:
        return self

    def __abs__(self) -> Traced:
        return self.builder.add(PRIMITIVES["abs"], (self,), {})


def inferred(op: Primitive, inputs: list[Node], parameters: dict[str, Any]) -> tuple[Shape, np.dtype[Any]]:
    """Shape and number type of `op` on nodes like `inputs`: computed on stand-ins, where a rule of NumPy does not tell.

    Raises ShapeError where NumPy can't compute it.
    """
    shapes = [one.shape for one in inputs]
    try:
        if is_element_wise(op) and not parameters:
            shape = shapes[0] if all(one == shapes[0] for one in shapes) else np.broadcast_shapes(*shapes)
            return shape, _dtype(op, inputs)
        if op.name == "matmul" and len(shapes[0]) == len(shapes[1]) == 2 and shapes[0][1] == shapes[1][0]:
            return (shapes[0][0], shapes[1][1]), (_ones(inputs[0], (1, 1)) @ _ones(inputs[1], (1, 1))).dtype
        with np.errstate(all="ignore"):
            value = op.value(*(_ones(one, one.shape) for one in inputs), **parameters)
    except (ValueError, IndexError, TypeError) as error:  # NumPy's own words for shapes that do not fit
        given = " and ".join(map(str, shapes))
        detail = str(error).strip().splitlines()[0] if str(error) else type(error).__name__
        raise ShapeError(f"{op.name} can't be computed for the shape {given}: {detail}.") from None
    return np.shape(value), np.asarray(value).dtype


_KNOWN: dict[Any, np.dtype[Any]] = {}


def _dtype(op: Primitive, inputs: list[Node]) -> np.dtype[Any]:
    """The number type of an element-wise operation, from one computation on single numbers for each combination."""
    key = (id(op), *(type(one.value) if type(one.value) in (bool, int, float) else one.dtype for one in inputs))
    if key not in _KNOWN:
        with np.errstate(all="ignore"):
            _KNOWN[key] = np.asarray(op.value(*map(stand_in, inputs))).dtype
    return _KNOWN[key]


def _ones(node: Node, shape: Shape) -> Any:
    """A stand-in of this shape, which takes no memory."""
    return np.broadcast_to(stand_in(node), shape)[()]


def stand_in(node: Node) -> Any:
    """A single number that takes part in NumPy's promotion of types as the node's value does."""
    return type(node.value)(1) if type(node.value) in (bool, int, float) else node.dtype.type(1)


def _inside(one: Any) -> Any:
    """What a tensor or a dual number holds: the traced value of which it is the record, or the primal."""
    while type(one) in (Tensor, Dual):
        one = one.data if type(one) is Tensor else one.primal
    return one


def _refuse_traced_parameters(op: Primitive, parameters: dict[str, Any]) -> None:
    """Indices, axes and shapes are part of the graph, so they must be known while it is traced."""
    for name, value in parameters.items():
        if any(type(_inside(one)) is Traced for one in (value if isinstance(value, tuple | list) else (value,))):
            instead = " Write np.where(mask, a, b) instead of t[mask]." if op.name == "getitem" else ""
            raise GraphError(f"The {name} of {op.name} depends on a traced value, which has no number yet.{instead}")


def _no_number(one: Any) -> Any:
    """What NumPy's functions without a record (np.argmax, np.all) compute on; a traced value has none."""
    return one.__float__() if type(one) is Traced else one


def _argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """What `f` calls its arguments; x, or x0, x1 ..., where that can't be known."""
    try:
        bound = inspect.signature(f).bind(*range(count)).arguments
    except ValueError:
        return ["x"] if count == 1 else [f"x{place}" for place in range(count)]
    except TypeError as error:
        raise GraphError(f"trace was given {count} examples, but the function does not take them: {error}.") from None
    names: list[str] = []
    for name, value in bound.items():
        names += [f"{name}{place}" for place in range(len(value))] if isinstance(value, tuple) else [name]
    return names


def paths_of(name: str, example: Any) -> list[str]:
    """A name for each leaf of a nested argument: params["w"] is params_w, layers[0] is layers_0."""
    if isinstance(example, dict):
        return [path for key, one in example.items() for path in paths_of(f"{name}_{key}", one)]
    if isinstance(example, list | tuple):
        return [path for place, one in enumerate(example) for path in paths_of(f"{name}_{place}", one)]
    return [] if example is None else [name]


# What NumPy's own truth values call for `&`, `|`, `^` and `~`; a traced one calls the functions on the right.
BITWISE = {
    np.bitwise_and: np.logical_and, np.bitwise_or: np.logical_or, np.bitwise_xor: np.logical_xor,
    np.invert: np.logical_not,
}  # fmt: skip

# What depends on shapes alone is known while the function is traced.
STATIC: dict[Any, Callable[..., Any]] = {
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x, axis=None: x.size if axis is None else x.shape[axis],
    np.zeros_like: lambda x, dtype=None: np.zeros(x.shape, dtype or x.dtype)[()],
    np.ones_like: lambda x, dtype=None: np.ones(x.shape, dtype or x.dtype)[()],
    np.full_like: lambda x, value, dtype=None: np.full(x.shape, value, dtype or x.dtype)[()],
}
