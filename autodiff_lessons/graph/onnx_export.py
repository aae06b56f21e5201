"""A graph as an ONNX file, which Netron and every other ONNX viewer opens, and onnxruntime runs.

    graph.to_onnx("f.onnx")

ONNX has no nested arguments and results. So the file has

inputs      one for each number or array in the arguments, from left to right, with the names that `print(graph)` shows:
            params["w"] is params_w
outputs     one for each number or array in the result, from left to right: result, or of a nested one result_0 or
            result_KEY (and a number more where an argument is called so); `graph.rebuild_result(outputs)` nests them
nodes       with the names that `print(graph)` shows, and the line that it shows as their description; where ONNX needs
            several for one, they are called v3/Exp, v3/Add, and the last of them v3

Every value has the shape and the number type that it has in the graph, and a Python number has the type that NumPy
gives it. onnxruntime (1.29 or newer: older ones have no Cos in float64) computes what `graph.run` computes: in float64
to about 1e-15, by a formula where it has no operation that is as exact (onnx_formulas.py); in float32 as exactly as its
own operations are (Sigmoid to 6e-8). There are exceptions: as in a compiled graph, log(-1) is nan; a nan among the
elements of a maximum may get lost; sinh and cosh are infinite beyond 709; powers of whole numbers are rounded beyond
2**53.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import autodiff_lessons
from autodiff_lessons.errors import GraphFileError
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.onnx_operations import TABLE
from autodiff_lessons.graph.onnx_writer import Call, Value, Writer, computed_in
from autodiff_lessons.graph.operations import operation
from autodiff_lessons.graph.source import listing, shown
from autodiff_lessons.graph.storage import DTYPES
from autodiff_lessons.graph.tracing import paths_of

if TYPE_CHECKING:
    import onnx

OPSET, IR_VERSION = 18, 8  # of 2022: what today's viewers and runtimes all read
MOST_BYTES = 2_000_000_000  # the file's format ends there


def write_onnx(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write `to_onnx(graph)` to the file `path`."""
    Path(path).write_bytes(to_onnx(graph).SerializeToString())


def to_onnx(graph: Graph) -> onnx.ModelProto:
    """The graph as an ONNX model, which the checker of the package onnx has passed, with the shapes that the graph has.

    Needs that package. Raises GraphFileError, with the node and the operation, where ONNX has no words for one, no such
    number type, or no room.
    """
    checker, helper = _package()
    names, outputs, writer = _written(graph)
    model: onnx.ModelProto = helper.make_model(
        _graph_proto(graph, names, outputs, writer),
        producer_name="autodiff_lessons",
        producer_version=autodiff_lessons.__version__,
        doc_string=_text(listing(graph)),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    checker.check_model(model, full_check=True)
    return model


def _package() -> tuple[Any, Any]:
    """What is needed of the package onnx, which the course itself can do without."""
    try:
        from onnx import checker, helper  # noqa: PLC0415
    except ImportError as error:
        raise GraphFileError(
            f"Writing an ONNX file needs the package onnx ({error}): pip install 'autodiff-lessons[onnx]'"
        ) from None
    return checker, helper


def _written(graph: Graph) -> tuple[list[str], list[str], Writer]:
    """The name of each node's value, the name of each result, and the nodes and constants of the file."""
    if not graph.outputs:
        raise GraphFileError(f"The graph {graph.title} has no result, so there is nothing that a file could compute.")
    numbers = {place for place, node in enumerate(graph.nodes) if node.is_constant and node.shape == ()}
    writer = Writer(name for place, name in enumerate(graph.names) if place not in numbers)
    names, outputs = list(graph.names), _output_names(graph, writer)
    for output, place in zip(outputs, graph.outputs, strict=True):
        if graph.nodes[place].op is not None and names[place] not in outputs:
            names[place] = output
    values: list[Value | None] = []
    for place, node in enumerate(graph.nodes):
        if str(node.dtype) not in DTYPES:
            raise GraphFileError(
                f"The node {graph.names[place]} ({node.kind}) has numbers of type {node.dtype}, which ONNX does not "
                "know. Trace the function with float64."
            )
        if node.op is not None:
            values.append(_write_operation(graph, place, values, names, writer))
        else:  # a constant is there when an operation reads it
            values.append(Value(writer, names[place], node.dtype) if node.is_input else None)
    for output, place in zip(outputs, graph.outputs, strict=True):
        if output != names[place]:  # an input, a constant, or what is a result already: a copy
            node = graph.nodes[place]
            writer.begin(output)
            writer.end(writer.operand(node, values[place], names[place], node.dtype, node.dtype), output, node.dtype)
    size = sum(array.nbytes for array in writer.constants.values())
    if size > MOST_BYTES:
        raise GraphFileError(
            f"The constants of the graph {graph.title} have {size:,} bytes; an ONNX file holds {MOST_BYTES:,} at most. "
            "Make the large arrays arguments of the function and trace it again."
        )
    return names, outputs, writer


def _output_names(graph: Graph, writer: Writer) -> list[str]:
    """A different name for each result; a node that has that name already, and is this result, keeps it."""
    outputs: list[str] = []
    for path, place in zip(paths_of("result", graph.result), graph.outputs, strict=True):
        name = _text(path)
        has_it = graph.names[place] == name and graph.nodes[place].op is not None and name not in outputs
        outputs.append(name if has_it else writer.free(name))
    return outputs


def _write_operation(graph: Graph, place: int, values: list[Value | None], names: list[str], writer: Writer) -> Value:
    """Write the node at `place` in ONNX's words; its value."""
    node, name = graph.nodes[place], graph.names[place]
    assert node.op is not None
    entry = TABLE.get(node.op.name)
    if entry is None or node.op.value is not operation(node.op.name).value:
        raise GraphFileError(
            f"The node {name} ({node.kind}) is an operation of its own, for which ONNX has no words. Compute it with "
            "NumPy's functions, or keep the graph with to_json or to_python."
        )
    call = Call(node, [graph.nodes[one] for one in node.inputs])
    writer.begin(name)
    operands = []
    for one, dtype in zip(node.inputs, entry.reads(call), strict=True):
        wide = computed_in(dtype) if entry.calculates else dtype
        try:
            operands.append(writer.operand(graph.nodes[one], values[one], names[one], dtype, wide))
        except OverflowError:  # a Python number beside an array of small whole numbers
            raise GraphFileError(
                f"The node {name} ({node.kind}) has the constant {names[one]}, which does not fit into {dtype}."
            ) from None
    return writer.end(entry.write(call, *operands), names[place], node.dtype, f"{name} = {shown(node, graph.names)}")


def _graph_proto(graph: Graph, names: list[str], outputs: list[str], writer: Writer) -> Any:
    """The nodes and constants in the file's format; each value has the shape and the type that it has in the graph."""
    from onnx import helper, numpy_helper  # noqa: PLC0415

    def typed(name: str, node: Node, about: str = "") -> Any:
        return helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(node.dtype), node.shape, _text(about)
        )

    def attributes(given: dict[str, Any]) -> dict[str, Any]:
        return {key: helper.np_dtype_to_tensor_dtype(one) if key == "to" else one for key, one in given.items()}

    results = set(outputs)
    inner = [place for place, node in enumerate(graph.nodes) if node.op is not None and names[place] not in results]
    return helper.make_graph(
        [
            helper.make_node(
                one.kind, one.inputs, [one.output], one.name, _text(one.about), **attributes(one.attributes)
            )
            for one in writer.records
        ],
        _text(graph.title) or "graph",
        [typed(names[place], graph.nodes[place], graph.nodes[place].name or "") for place in graph.inputs],
        [typed(output, graph.nodes[place]) for output, place in zip(outputs, graph.outputs, strict=True)],
        [numpy_helper.from_array(array, name) for name, array in writer.constants.items()],
        value_info=[typed(names[place], graph.nodes[place]) for place in inner],
    )


def _text(text: str) -> str:
    """What a file's text can hold: half a character, which Python's strings may have, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
