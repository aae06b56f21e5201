"""Computation is data: graphs in, graphs out.

graph = trace(f, 2.0, 5.0)          once, by running f
graph.derivative("x").simplify()    again a graph
Draft(graph)                        a copy to write new nodes at: a graph by rules of your own
graph.partition(4)                  again a graph, in independent shards of its batch
graph.compile(), graph.to_json()    a function, a text
graph.to_onnx("f.onnx")             a file for Netron and onnxruntime
run_distributed(graph, 2.0, 5.0)    its value, from several processes or machines
"""

from autodiff_lessons.graph.distributed import Cluster, run_distributed
from autodiff_lessons.graph.draft import Draft
from autodiff_lessons.graph.graph import Graph, Node
from autodiff_lessons.graph.partitioning import partition
from autodiff_lessons.graph.storage import from_json
from autodiff_lessons.graph.tracing import trace

__all__ = ["Cluster", "Draft", "Graph", "Node", "from_json", "partition", "run_distributed", "trace"]
