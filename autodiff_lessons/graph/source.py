"""A graph as text: a listing for people, Python on NumPy for the interpreter, DOT for Graphviz.

Python's text is also how a graph is compiled: straight-line code has no loop over nodes and no look-up of operations,
so it runs at the speed of what a person would have written by hand.
"""

from __future__ import annotations

import itertools
import keyword
import linecache
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.graph.graph import Graph, Node

INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "matmul": "@", "floor_divide": "//",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
}  # fmt: skip
# What NumPy writes in another way than name(inputs, parameter=...).
WRITTEN = {
    "neg": "-{0}",
    "relu": "np.maximum({0}, 0)",
    "clip": "np.clip({0}, {low}, {high})",
    "getitem": "{0}[{index}]",
    "cast": "np.asarray({0}).astype({dtype})[()]",
    "concatenate": "np.concatenate(({all},), axis={axis})",
    "stack": "np.stack(({all},), axis={axis})",
    "einsum": "np.einsum({subscripts}, {all})",
    "reshape": "np.reshape({0}, {shape})",
    "broadcast_to": "np.broadcast_to({0}, {shape})",
    "pad": "np.pad({0}, {pad_width})",
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "clip": {"low": None, "high": None}, "concatenate": {"axis": 0}, "stack": {"axis": 0},
}  # fmt: skip
# The table's own functions, where NumPy has none or one that rounds in another way.
OURS = {"sigmoid", "softplus", "logsumexp", "norm", "softmax", "log_softmax", "scatter"}
MOST_LINES = 60


def names_of(graph: Graph) -> tuple[str, ...]:
    """A different identifier for every node, but a literal for a constant that is a single number."""
    taken: set[str] = {"np"}
    names = []
    for place, node in enumerate(graph.nodes):
        if node.is_constant and node.shape == ():
            names.append(literal(node.value))
            continue
        name = node.name or ""
        if not name.isidentifier() or keyword.iskeyword(name) or name in taken or name in OURS:
            stem = f"{'c' if node.is_constant else 'v'}{place}"
            name = next(one for one in (f"{stem}{'_' * more}" for more in itertools.count()) if one not in taken)
        taken.add(name)
        names.append(name)
    return tuple(names)


def listing(graph: Graph) -> str:
    """The graph for people: a line for each operation, with its shape where that is not a single number's."""
    note = f", {graph.note}" if graph.note else ""
    lines = [f"{graph.title}({', '.join(graph.arguments)}): {len(graph)} nodes{note}"]
    for place, node in enumerate(graph.nodes):
        if node.op is not None:
            shape = f"   {node.shape}" if node.shape else ""
            lines.append(f"  {graph.names[place]} = {shown(node, graph.names)}{shape}")
        elif node.is_constant and node.shape:
            lines.append(f"  {graph.names[place]} = a constant   {node.shape}")
    if len(lines) > MOST_LINES:
        lines[MOST_LINES // 2 : -MOST_LINES // 2] = [f"  ... {len(lines) - MOST_LINES} more lines"]
    return "\n".join([*lines, f"  return {_nested(graph.result, graph.names)}"])


def to_python(graph: Graph) -> str:
    """The graph as a Python function on NumPy, one line a node, complete with its imports and constants."""
    ours = sorted({node.op.name for node in graph.nodes if node.op is not None and node.op.name in OURS})
    lines = ["import numpy as np"]
    lines += [f"from autodiff_lessons.graph.functions import {', '.join(ours)}"] if ours else []
    constants = [
        f"{graph.names[place]} = {literal(node.value)}"
        for place, node in enumerate(graph.nodes)
        if node.is_constant and node.shape
    ]
    if constants:
        lines += ["", *constants]
    return "\n".join([*lines, "", "", *_definition(graph), ""])


def compiled(graph: Graph) -> Callable[..., Any]:
    """The function that `to_python` writes. It checks no shapes and no domains: log(-1) gives NumPy's nan."""
    namespace: dict[str, Any] = {"np": np, **{name: PRIMITIVES[name].value for name in OURS}}
    for place, node in enumerate(graph.nodes):
        if node.is_constant and node.shape:
            namespace[graph.names[place]] = node.value
    text = "\n".join(_definition(graph)) + "\n"
    file = f"<graph {graph.title} {next(_COUNT)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # tracebacks show its lines
    exec(compile(text, file, "exec"), namespace)  # text made by this module, from names and numbers that were checked
    made: Callable[..., Any] = namespace[_function_name(graph)]
    return made


def to_dot(graph: Graph) -> str:
    """The graph for Graphviz: boxes for values, arrows along the flow of the data."""
    lines = ["digraph {", "  rankdir=TB; node [shape=box, style=rounded];"]
    for place, node in enumerate(graph.nodes):
        what = node.op.symbol if node.op is not None else ("input" if node.is_input else "constant")
        label = graph.names[place] if node.op is None else f"{graph.names[place]} = {what}"
        outline = ", peripheries=2" if place in graph.outputs else ", style=filled" if node.is_input else ""
        lines.append(f"  n{place} [label={_quoted(label)}{outline}];")
    for place, node in enumerate(graph.nodes):
        lines += [f"  n{one} -> n{place};" for one in node.inputs]
    return "\n".join([*lines, "}", ""])


def literal(value: Any) -> str:
    """Python's text for a constant or a parameter, complete to the last bit."""
    if isinstance(value, np.ndarray):
        if value.size > 1 and (value == value.flat[0]).all():
            return f"np.full({value.shape}, {_number(value.flat[0])}, {str(value.dtype)!r})"
        numbers = [_number(one) for one in value.flat]
        return f"np.array([{', '.join(numbers)}], {str(value.dtype)!r}).reshape({value.shape})"
    if isinstance(value, np.dtype):
        return repr(str(value))
    if isinstance(value, slice):
        return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if value is Ellipsis:
        return "..."
    if isinstance(value, np.generic):
        plain = value.dtype in (np.float64, np.bool_)
        return _number(value) if plain else f"np.{value.dtype.name}({_number(value)})"
    return _number(value) if isinstance(value, float) else repr(value)


_COUNT = itertools.count(1)


def _number(value: Any) -> str:
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(text, text)


def _function_name(graph: Graph) -> str:
    name = "".join(one if one.isidentifier() or one.isdigit() else "_" for one in graph.title.replace("'", "_prime"))
    return name if name.isidentifier() and not keyword.iskeyword(name) and name not in ("np", *OURS) else f"f_{name}"


def _definition(graph: Graph) -> list[str]:
    """The lines of the function alone."""
    parameters = [name if name.isidentifier() and not keyword.iskeyword(name) else "" for name in graph.arguments]
    parameters = [name or f"argument_{place}" for place, name in enumerate(parameters)]
    lines = [f"def {_function_name(graph)}({', '.join(parameters)}):"]
    for parameter, places in zip(parameters, graph.arguments.values(), strict=True):
        lines += [f"    {name} = {path}" for name, path in _unpacked(parameter, places, graph.names) if name != path]
    for place, node in enumerate(graph.nodes):
        if node.op is not None:
            lines.append(f"    {graph.names[place]} = {written(node, [_operand(graph, one) for one in node.inputs])}")
    return [*lines, f"    return {_nested(graph.result, graph.names)}"]


def written(node: Node, operands: list[str]) -> str:
    """The right side of a node's line in Python."""
    assert node.op is not None
    name, parameters = node.op.name, {**DEFAULTS.get(node.op.name, {}), **node.parameters}
    if name in INFIX:
        left, right = operands
        return f"{left} {INFIX[name]} {right}"
    if name in WRITTEN:
        texts = {key: literal(value) for key, value in parameters.items()}
        return WRITTEN[name].format(*operands, all=", ".join(operands), **texts)
    function = name if name in OURS else f"np.{name}"
    given = [*operands, *(f"{key}={literal(value)}" for key, value in _telling(parameters).items())]
    return f"{function}({', '.join(given)})"


def _operand(graph: Graph, place: int) -> str:
    """A name, or a number in brackets where it begins with a sign."""
    text = graph.names[place]
    return f"({text})" if text.startswith("-") else text


def _telling(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are not what NumPy takes anyway."""
    usual = {"axis": None, "keepdims": False, "axes": None}
    return {key: value for key, value in parameters.items() if not (key in usual and value is usual[key])}


def shown(node: Node, names: tuple[str, ...]) -> str:
    """A node's operation for people: `x * y`, `log(x)`, `sum(v3, axis=0)`."""
    assert node.op is not None
    operands = [names[one] if len(names[one]) <= 24 else "..." for one in node.inputs]
    if node.op.name in INFIX:
        return f"{operands[0]} {INFIX[node.op.name]} {operands[1]}"
    if node.op.name == "neg":
        return f"-{operands[0]}"
    if node.op.name == "getitem":
        return f"{operands[0]}[{_short(node.parameters['index'])}]"
    given = [*operands, *(f"{key}={_short(value)}" for key, value in _telling(node.parameters).items())]
    return f"{node.op.name}({', '.join(given)})"


def _short(value: Any) -> str:
    if isinstance(value, slice):
        parts = [value.start, value.stop] + ([value.step] if value.step is not None else [])
        return ":".join("" if one is None else str(one) for one in parts)
    if isinstance(value, tuple) and any(isinstance(one, slice) or one is Ellipsis for one in value):
        return ", ".join(map(_short, value))
    text = literal(value)
    return text if len(text) <= 40 else "..."


def _unpacked(path: str, places: Any, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """(name, expression) for each input in a nested argument."""
    if isinstance(places, dict):
        return [pair for key, one in places.items() for pair in _unpacked(f"{path}[{key!r}]", one, names)]
    if isinstance(places, list | tuple):
        return [pair for at, one in enumerate(places) for pair in _unpacked(f"{path}[{at}]", one, names)]
    return [] if places is None else [(names[places], path)]


def _nested(places: Any, names: tuple[str, ...]) -> str:
    """The result's expression, nested as the traced function's was."""
    if isinstance(places, dict):
        return "{" + ", ".join(f"{key!r}: {_nested(one, names)}" for key, one in places.items()) + "}"
    if isinstance(places, list):
        return f"[{', '.join(_nested(one, names) for one in places)}]"
    if isinstance(places, tuple):
        return f"({', '.join(_nested(one, names) for one in places)}{',' if len(places) == 1 else ''})"
    return "None" if places is None else names[places]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
