"""Computation is data: graphs in, graphs out.

graph = trace(f, 2.0, 5.0)          once, by running f
graph.derivative("x").simplify()    again a graph
graph.compile(), graph.to_json()    a function, a text
graph.to_onnx("f.onnx")             a file for Netron and onnxruntime
"""

from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.storage import from_json
from autodiff_lessons.graph.tracing import trace

__all__ = ["Graph", "Node", "from_json", "trace"]
