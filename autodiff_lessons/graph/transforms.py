"""From a graph to another graph: its derivative, and the same values in fewer nodes.

The derivative needs no rules of its own. The graph is run on the engine's tensors, whose values are traced ones: what
the sweep computes from the table's rules is then written down instead of calculated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autodiff_lessons.engine import functional, trees
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.errors import GradientTypeError, GraphError
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.operations import is_step
from autodiff_lessons.graph.tracing import Builder

Wrt = str | int | Sequence[str | int] | None


def derivative(graph: Graph, wrt: Wrt = None, with_value: bool = False) -> Graph:
    """The graph of the gradient of `graph`, whose result is one number; again a graph of the same arguments.

    `wrt` says with respect to which arguments, by name or place: one of them gives its gradient, a list a tuple of
    gradients; by default all of them. The gradient of a nested argument is nested like it. `with_value=True` gives
    (value, gradient) in one graph, which computes what both need once. By the rules of the engine's table, so it can be
    applied again.

    >>> from autodiff_lessons.graph import trace
    >>> graph = trace(lambda x: x**2 + 3 * x + 2, 2.0)
    >>> print(graph.derivative().simplify())
    graph'(x): 4 nodes, simplified from 6 (1 without effect)
      v1 = x + x
      v3 = 3.0 + v1
      return v3
    >>> graph.derivative().derivative().run(2.0)
    np.float64(2.0)
    """
    if len(graph.outputs) != 1 or graph.nodes[graph.outputs[0]].shape != ():
        shapes = ", ".join(str(graph.nodes[place].shape) for place in graph.outputs)
        raise GraphError(
            f"derivative needs a graph with one number as its result; the result of {graph.title} has the shape "
            f"{shapes}. Trace a function that reduces it to one number first, for example with np.sum."
        )
    names = list(graph.arguments)
    chosen = [_argument(graph, one) for one in _listed(wrt, names)]
    single = isinstance(wrt, str | int) or (wrt is None and len(names) == 1)
    builder = Builder()
    arguments = builder.copied_arguments(graph)
    given = {name: builder.traced(places) for name, places in arguments.items()}

    def run(*some: Any) -> Any:
        values = graph.all_values(trees.flatten(tuple((given | dict(zip(chosen, some, strict=True))).values()))[0])
        for node, value in zip(graph.nodes, values, strict=True):
            if node.op is not None and node.name is not None:
                builder.name(value, node.name)
        return values[graph.outputs[0]]

    with ieee():
        both = functional.value_and_grad(run, tuple(range(len(chosen))))
        value, gradients = both(*(given[name] for name in chosen))
    gradient = gradients[0] if single else gradients
    made = builder.finished(arguments, (value, gradient) if with_value else gradient, {}, f"{graph.title}'")
    return alive_part(made)


def simplify(graph: Graph) -> Graph:
    """The same values in fewer nodes; `note` says what was done, and `len` how many nodes are left.

    Constants are folded, equal nodes shared, nodes that nothing needs pruned, and what does nothing is left out (x * 1,
    x + 0, x - 0, x / 1, x ** 1, a double minus, a reshape to the same shape). No value changes, in no digit and not at
    inf or nan either: 0 * x stays. (Only the sign of a zero may, since -0.0 + 0 is 0.0.)
    """
    new: list[Node] = []
    place: list[int] = []  # where each old node went
    known: dict[Any, int] = {}
    done: Counter[str] = Counter()

    def put(node: Node, key: Any) -> int:
        if key in known:
            done["shared"] += node.op is not None
            return known[key]
        new.append(node)
        known[key] = len(new) - 1
        return known[key]

    for old, node in enumerate(graph.nodes):
        if node.op is None:
            place.append(put(node, _constant_key(node.value) if node.is_constant else ("input", old)))
            continue
        inputs = tuple(place[one] for one in node.inputs)
        operands = [new[one] for one in inputs]
        kept = _idle(node, node.op, operands)
        if kept is not None:
            done["without effect"] += 1
            place.append(inputs[kept])
            continue
        if all(one.is_constant for one in operands):
            folded = _folded(node, node.op, operands)
            if folded is not None:
                done["folded"] += 1
                place.append(put(folded, _constant_key(folded.value)))
                continue
        written = _as_negative(replace(node, inputs=inputs), operands)
        if written.op is NEG and new[written.inputs[0]].op is NEG:
            done["without effect"] += 1
            place.append(new[written.inputs[0]].inputs[0])
            continue
        place.append(put(written, (id(written.op), written.inputs, _parameters_key(written.parameters))))
    moved = _moved(graph, tuple(new), place)
    alive = alive_part(moved)
    words = {
        "folded": ("constant folded", "constants folded"),
        "shared": ("equal node shared", "equal nodes shared"),
        "without effect": ("without effect", "without effect"),
    }
    said = [f"{done[what]} {words[what][done[what] > 1]}" for what in words if done[what]]
    pruned = sum(node.op is not None for node in moved.nodes) - sum(node.op is not None for node in alive.nodes)
    said += [f"{pruned} pruned"] if pruned else []
    note = f"simplified from {len(graph)}" + (f" ({', '.join(said)})" if said else "")
    return replace(alive, note=note)


def _listed(wrt: Wrt, names: list[str]) -> list[str | int]:
    if wrt is None:
        return list(names)
    return [wrt] if isinstance(wrt, str | int) else list(wrt)


def _argument(graph: Graph, which: str | int) -> str:
    names = list(graph.arguments)
    if isinstance(which, int) and -len(names) <= which < len(names):
        which = names[which]
    if which not in names:
        raise GraphError(f"{graph.title} has no argument {which!r}; it has {', '.join(names)}.")
    assert isinstance(which, str)
    for place in trees.flatten(graph.arguments[which])[0]:
        dtype = graph.nodes[place].dtype
        if dtype.kind != "f":
            raise GradientTypeError(
                f"The argument {which} was traced with numbers of type {dtype}, which can't be moved by a small "
                "amount. Trace the function with floating-point numbers."
            )
    return which


def alive_part(graph: Graph) -> Graph:
    """The graph without the nodes that no result needs; inputs stay."""
    needed = bytearray(len(graph.nodes))
    for place in (*graph.outputs, *graph.inputs):
        needed[place] = 1
    for place in range(len(graph.nodes) - 1, -1, -1):
        if needed[place]:
            for one in graph.nodes[place].inputs:
                needed[one] = 1
    if all(needed):
        return graph
    place_now: list[int] = []
    kept: list[Node] = []
    for place, node in enumerate(graph.nodes):
        place_now.append(len(kept))
        if needed[place]:
            kept.append(replace(node, inputs=tuple(place_now[one] for one in node.inputs)) if node.inputs else node)
    return _moved(graph, tuple(kept), place_now)


def _moved(graph: Graph, nodes: tuple[Node, ...], place: list[int]) -> Graph:
    """The graph with its nodes replaced, where `place` says where each of the old ones went."""

    def follow(places: Any) -> Any:
        leaves, rebuild = trees.flatten(places)
        return rebuild([place[one] for one in leaves])

    arguments = {name: follow(places) for name, places in graph.arguments.items()}
    return replace(graph, nodes=nodes, arguments=arguments, result=follow(graph.result))


NEG = PRIMITIVES["neg"]
IDLE: dict[str, Callable[[float, float], bool]] = {
    "add": lambda position, number: number == 0,
    "sub": lambda position, number: position == 0 and number == 0,
    "mul": lambda position, number: number == 1,
    "div": lambda position, number: position == 0 and number == 1,
    "pow": lambda position, number: position == 0 and number == 1,
}
SAME_SHAPE = {"reshape", "broadcast_to", "squeeze", "expand_dims", "cast"}


def _idle(node: Node, op: Primitive, operands: list[Node]) -> int | None:
    """Which of its inputs the operation passes on unchanged, in shape and type too; None where it does something."""
    if op.name in SAME_SHAPE:
        same = operands[0].shape == node.shape and operands[0].dtype == node.dtype
        return 0 if same and not is_step(op) else None
    if op.name in IDLE:
        for position in (0, 1):
            one, other = operands[position], operands[1 - position]
            if one.shape != node.shape or one.dtype != node.dtype or not other.is_constant or other.shape != ():
                continue
            if IDLE[op.name](position, float(other.value)):
                return position
    return None


def _as_negative(node: Node, operands: list[Node]) -> Node:
    """-1 * x as -x; anything else as it is."""
    if node.op is PRIMITIVES["mul"]:
        for position in (0, 1):
            one, other = operands[position], operands[1 - position]
            minus = other.is_constant and other.shape == () and other.value == -1
            if minus and one.shape == node.shape and one.dtype == node.dtype:
                return replace(node, op=NEG, inputs=(node.inputs[position],))
    return node


def _folded(node: Node, op: Primitive, operands: list[Node]) -> Node | None:
    """The operation on constants, done once; None where it has no value."""
    if op.inside is not None and not np.all(op.inside(*(one.value for one in operands), **node.parameters)):
        return None
    with ieee():
        value = op.value(*(one.value for one in operands), **node.parameters)
    if isinstance(value, np.ndarray):
        value = value[()]
    return Node(None, (), node.shape, node.dtype, value=value)


def _constant_key(value: Any) -> Any:
    """Equal for constants that are the same to the last bit and of the same type."""
    array = np.asarray(value)
    return "constant", type(value), array.dtype.str, array.shape, array.tobytes()


def _parameters_key(parameters: Any) -> Any:
    return tuple((name, _hashable(value)) for name, value in sorted(parameters.items()))


def _hashable(value: Any) -> Any:
    if isinstance(value, slice):
        return "slice", value.start, value.stop, value.step
    if isinstance(value, np.ndarray):
        return _constant_key(value)
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(map(_hashable, value))
    return type(value).__name__, value
