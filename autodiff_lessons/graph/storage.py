"""Graphs as JSON text, there and back.

    {"format": "autodiff_lessons.graph", "version": 1, "title": "f", "note": "",
     "arguments": [["x", 0], ["w", {"dict": [["a", 1], ["b", 2]]}]],
     "result": {"tuple": [5, 6]},
     "nodes": [{"kind": "input", "shape": [], "dtype": "float64", "name": "x"},
               {"kind": "constant", "value": 3.0},
               {"kind": "mul", "inputs": [0, 1], "shape": [], "dtype": "float64", "parameters": {...}}, ...]}

A node's `inputs` are places of earlier nodes, so a file can hold no cycle. A value that JSON has no word for is an
object with one key that says what it is: {"array": {"dtype", "shape", "numbers"}}, {"full": {"dtype", "shape",
"number"}}, {"scalar": {"dtype", "number"}}, {"tuple": [...]}, {"slice": [start, stop, step]}, {"dtype": "float32"},
{"ellipsis": true}, {"number": "inf"}. A constant that is a plain JSON number is a Python number, which leaves float32
as it is.

A file is data: nothing in it is looked up but the names of operations, and nothing is ever executed. What is wrong with
one is said with the place where it stands.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from typing import Any

import fastjsonschema
import numpy as np

from autodiff_lessons.errors import GraphFileError, MissingRuleError, ShapeError
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.operations import operation
from autodiff_lessons.graph.tracing import inferred

FORMAT, VERSION = "autodiff_lessons.graph", 1
MOST_CHARACTERS = 256_000_000
MOST_NODES = 1_000_000
MOST_NUMBERS = 50_000_000  # in one array
DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
)

_PLACE = {"type": "integer", "minimum": 0}
_SHAPE = {"type": "array", "maxItems": 32, "items": {"type": "integer", "minimum": 0}}
_NODE = {
    "type": "object",
    "required": ["kind"],
    "additionalProperties": False,
    "properties": {
        "kind": {"type": "string", "maxLength": 60},
        "inputs": {"type": "array", "items": _PLACE},
        "shape": _SHAPE,
        "dtype": {"enum": list(DTYPES)},
        "name": {"type": "string", "maxLength": 200},
        "parameters": {"type": "object"},
        "value": {},
    },
}
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "A computation graph of autodiff_lessons",
    "type": "object",
    "required": ["format", "version", "arguments", "result", "nodes"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": FORMAT},
        "version": {"const": VERSION},
        "title": {"type": "string", "maxLength": 200},
        "note": {"type": "string", "maxLength": 2000},
        "arguments": {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}},
        "result": {},
        "nodes": {"type": "array", "maxItems": MOST_NODES, "items": _NODE},
    },
}


def to_json(graph: Graph) -> str:
    """The graph as JSON text, a line a node; `from_json` gives it back, to the last bit."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "title": graph.title,
        "note": graph.note,
        "arguments": [[name, _structure(places)] for name, places in graph.arguments.items()],
        "result": _structure(graph.result),
    }
    start = json.dumps(head, allow_nan=False)[:-1]
    nodes = ",\n".join(json.dumps(_node_data(node), allow_nan=False) for node in graph.nodes)
    return f'{start}, "nodes": [\n{nodes}\n]}}\n'


def from_json(text: str) -> Graph:
    """The graph that `to_json` wrote.

    Raises GraphFileError, with the place, where the text is broken, too large, of another version, names an unknown
    operation, refers to a later node, or says something that does not fit together.
    """
    if len(text) > MOST_CHARACTERS:
        raise GraphFileError(f"The file has {len(text):,} characters; a graph's has {MOST_CHARACTERS:,} at most.")
    data = _checked(_parsed(text))
    nodes: list[Node] = []
    for place, given in enumerate(data["nodes"]):
        try:
            nodes.append(_node(given, nodes))
        except (GraphFileError, MissingRuleError, ShapeError) as error:
            raise GraphFileError(f"Node {place} ({given['kind']:.60}) of the file: {error}") from None
    arguments: dict[str, Any] = {}
    for name, places in data["arguments"]:
        if not isinstance(name, str) or name in arguments:
            raise GraphFileError(f"The file's arguments: {name!r:.60} is no name, or stands there twice.")
        arguments[name] = _read_structure(places, nodes, f"argument {name}")
    graph = Graph(
        tuple(nodes), arguments, _read_structure(data["result"], nodes, "result"), data.get("title", "graph"),
        data.get("note", ""),
    )  # fmt: skip
    strangers = [place for place in graph.inputs if not nodes[place].is_input]
    inputs = [place for place, node in enumerate(nodes) if node.is_input]
    if strangers or sorted(graph.inputs) != inputs:
        raise GraphFileError(
            f"The file's arguments name the nodes {list(graph.inputs)[:8]}, but its inputs are {inputs[:8]}."
        )
    return graph


def _parsed(text: str) -> Any:
    def refuse(word: str) -> Any:
        raise GraphFileError(f'The file has the word {word} in it, which is not JSON; write {{"number": "{word}"}}.')

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise GraphFileError(f"The file is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise GraphFileError("The file is nested too deeply for a graph.") from None


@functools.cache
def _validate() -> Callable[[Any], Any]:
    """The schema as a function, made when the first file is read."""
    made: Callable[[Any], Any] = fastjsonschema.compile(SCHEMA)
    return made


def _checked(data: Any) -> Any:
    if isinstance(data, dict) and data.get("format") == FORMAT and data.get("version") != VERSION:
        raise GraphFileError(
            f"The file is of version {data.get('version')!r}; this course reads version {VERSION}. Install the release "
            "that wrote it, or write it again."
        )
    try:
        return _validate()(data)
    except fastjsonschema.JsonSchemaException as error:
        raise GraphFileError(f"The file is no graph: {str(error).replace('data', 'file', 1)}.") from None


# Nodes


def _node_data(node: Node) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": node.kind}
    if node.is_constant:
        return data | {"value": _value_data(node.value)} | ({"name": node.name} if node.name else {})
    if node.op is not None:
        data["inputs"] = list(node.inputs)
    data |= {"shape": list(node.shape), "dtype": str(node.dtype)}
    if node.name:
        data["name"] = node.name
    if node.parameters:
        data["parameters"] = {name: _value_data(value) for name, value in node.parameters.items()}
    return data


def _node(data: dict[str, Any], before: list[Node]) -> Node:
    name = data.get("name")
    if data["kind"] == "constant":
        value = _value(_needed(data, "value"))
        if not isinstance(value, (bool, int, float, np.ndarray, np.generic)):
            raise GraphFileError("its value is no number and no array of numbers.")
        return Node(None, (), np.shape(value), np.asarray(value).dtype, name, value=value)
    shape, dtype = tuple(_needed(data, "shape")), np.dtype(_needed(data, "dtype"))
    if data["kind"] == "input":
        return Node(None, (), shape, dtype, name)
    op, inputs = operation(data["kind"]), tuple(_needed(data, "inputs"))
    for one in inputs:
        if one >= len(before):
            raise GraphFileError(f"it uses node {one}, which does not come before it.")
    parameters = {key: _value(value) for key, value in data.get("parameters", {}).items()}
    try:
        found = inferred(op, [before[one] for one in inputs], parameters)
    except ShapeError:
        raise
    except Exception as error:  # an operation with parameters that it does not take, or too few inputs
        raise GraphFileError(f"it can't be computed: {error}.") from None
    if found != (shape, dtype):
        raise GraphFileError(f"it gives {found[0]} {found[1]}, and the file says {shape} {dtype}.")
    return Node(op, inputs, shape, dtype, name, parameters)


def _needed(data: dict[str, Any], key: str) -> Any:
    if key not in data:
        raise GraphFileError(f"it has no {key!r}.")
    return data[key]


# Values


def _value_data(value: Any) -> Any:
    """What JSON says for a constant or a parameter."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, np.dtype):
        return {"dtype": str(value)}
    if isinstance(value, np.ndarray):
        about = {"dtype": str(value.dtype), "shape": list(value.shape)}
        if value.size > 1 and (value == value.flat[0]).all():
            return {"full": about | {"number": _number_data(value.flat[0])}}
        return {"array": about | {"numbers": [_number_data(one) for one in value.flat]}}
    if isinstance(value, float) and not isinstance(value, np.generic):
        return value if math.isfinite(value) else {"number": repr(value)}
    if isinstance(value, np.generic):
        return {"scalar": {"dtype": str(value.dtype), "number": _number_data(value)}}
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, tuple):
        return {"tuple": [_value_data(one) for one in value]}
    if isinstance(value, list):
        return [_value_data(one) for one in value]
    raise GraphFileError(f"{value!r:.60} can't be written to a file.")


def _number_data(value: Any) -> Any:
    number = value.item() if isinstance(value, np.generic) else value
    return repr(number) if isinstance(number, float) and not math.isfinite(number) else number


def _value(data: Any) -> Any:
    if data is None or isinstance(data, (bool, int, float, str)):
        return data
    if isinstance(data, list):
        return [_value(one) for one in data]
    if not isinstance(data, dict) or len(data) != 1:
        raise GraphFileError(f"{data!r:.80} is no value.")
    ((kind, content),) = data.items()
    if kind not in _READERS:
        raise GraphFileError(f"{kind!r:.40} is no kind of value; there are {', '.join(_READERS)}.")
    try:
        return _READERS[kind](content)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise GraphFileError(f"its {kind} {content!r:.60} can't be read: {error}.") from None


def _read_array(about: Any) -> Any:
    shape = tuple(about["shape"])
    numbers = [_read_number(one) for one in about["numbers"]]
    if math.prod(shape) != len(numbers):
        raise ValueError(f"{len(numbers)} numbers do not fill the shape {shape}")
    return _read_only(np.array(numbers, _read_dtype(about["dtype"])).reshape(shape))


def _read_full(about: Any) -> Any:
    shape = tuple(about["shape"])
    if math.prod(shape) > MOST_NUMBERS:
        raise ValueError(f"an array has {MOST_NUMBERS:,} numbers at most")
    return _read_only(np.full(shape, _read_number(about["number"]), _read_dtype(about["dtype"])))


def _read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array


def _read_dtype(name: Any) -> np.dtype[Any]:
    if name not in DTYPES:
        raise ValueError(f"no number type; there are {', '.join(DTYPES)}")
    dtype: np.dtype[Any] = np.dtype(name)
    return dtype


def _read_number(data: Any) -> Any:
    if data in ("inf", "-inf", "nan"):
        return float(data)
    if not isinstance(data, (bool, int, float)):
        raise ValueError("no number")
    return data


def _read_slice(parts: Any) -> slice:
    start, stop, step = parts
    if not all(one is None or isinstance(one, int) for one in parts):
        raise ValueError("a slice has three whole numbers or null")
    return slice(start, stop, step)


_READERS: dict[str, Callable[[Any], Any]] = {
    "array": _read_array,
    "full": _read_full,
    "scalar": lambda about: _read_dtype(about["dtype"]).type(_read_number(about["number"])),
    "number": _read_number,
    "dtype": _read_dtype,
    "slice": _read_slice,
    "ellipsis": lambda _: Ellipsis,
    "tuple": lambda parts: tuple(map(_value, parts)),
}


# Nested arguments and results


def _structure(places: Any) -> Any:
    if isinstance(places, dict):
        return {"dict": [[key, _structure(one)] for key, one in places.items()]}
    if isinstance(places, tuple):
        return {"tuple": [_structure(one) for one in places]}
    if isinstance(places, list):
        return {"list": [_structure(one) for one in places]}
    return places


def _read_structure(data: Any, nodes: list[Node], where: str) -> Any:
    if data is None:
        return None
    if isinstance(data, int) and not isinstance(data, bool):
        if not 0 <= data < len(nodes):
            raise GraphFileError(f"The file's {where} is node {data}; there are {len(nodes)}.")
        return data
    if isinstance(data, dict) and len(data) == 1:
        ((kind, parts),) = data.items()
        if kind == "dict" and isinstance(parts, list) and all(isinstance(one, list) and len(one) == 2 for one in parts):
            return {_key(key): _read_structure(one, nodes, where) for key, one in parts}
        if kind in ("tuple", "list") and isinstance(parts, list):
            read = [_read_structure(one, nodes, where) for one in parts]
            return tuple(read) if kind == "tuple" else read
    raise GraphFileError(f"The file's {where} is {data!r:.60}, which names no node.")


def _key(key: Any) -> str | int:
    if not isinstance(key, (str, int)):
        raise GraphFileError(f"{key!r:.60} is no key of a dict.")
    return key
