"""Graphs as Python, as DOT, as a listing."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from rule_cases import cases, draw

from autodiff_lessons.graph import trace
from autodiff_lessons.graph.source import literal


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def executed(text, name):
    namespace = {}
    exec(text, namespace)
    return namespace[name]


def test_the_derivative_of_the_course_s_function_is_what_a_person_writes():
    assert trace(f, 2.0, 5.0).derivative().simplify().to_python() == (
        "import numpy as np\n\n\n"
        "def f_prime(x, y):\n"
        "    v2 = np.cos(y)\n"
        "    v3 = -v2\n"
        "    v4 = v3 + x\n"
        "    v6 = 1.0 / x\n"
        "    v7 = y + v6\n"
        "    return (v7, v4)\n"
    )


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_every_operation_compiles_to_its_own_value(primitive, ranges, shapes, parameters):
    inputs = draw(ranges, shapes)
    graph = trace(lambda *some: primitive(*some, **parameters), *inputs)
    truth = graph.run(*inputs)
    for made in (graph.compile(), executed(graph.to_python(), "graph")):
        np.testing.assert_array_equal(made(*inputs), truth)


def test_constants_and_numbers_are_complete():
    weights = np.array([[0.1, -2.0], [1e-300, np.inf]])

    def function(x):
        return (x * -0.1 + weights) @ np.full(2, 1 / 3) + np.ones(2, np.float32) * 2

    graph = trace(function, np.ones((2, 2)))
    made = executed(graph.to_python(), "function")
    x = np.random.default_rng(0).normal(size=(2, 2))
    np.testing.assert_array_equal(made(x), function(x))
    assert "(-0.1)" in graph.to_python()


def test_nested_arguments_and_awkward_names():
    def function(params, lambda_, np_=1.0):
        np1 = params["a b"] * lambda_[0]
        return {"out": (np1, [np1 + np_])}

    graph = trace(function, {"a b": 2.0}, [3.0])
    assert executed(graph.to_python(), "function")({"a b": 5.0}, [2.0]) == {"out": (10.0, [11.0])}
    assert graph.renamed("class").compile()({"a b": 5.0}, [2.0])["out"][0] == 10.0
    assert graph.renamed("2 π/'\"\n()").compile()({"a b": 5.0}, [2.0])["out"][0] == 10.0


def test_names_that_two_nodes_would_share():
    def function(x):
        v2 = x + 1.0
        return v2 * (x + 2.0)

    graph = trace(function, 1.0)
    assert len(set(graph.names)) == len(graph)
    assert graph.compile()(3.0) == 20.0


def test_a_traceback_shows_the_line_of_the_graph():
    made = trace(lambda x: np.log(x) @ np.ones(3), np.ones(3)).compile()
    with pytest.raises(ValueError, match="matmul") as caught:
        made(np.ones(4))
    assert "v1 @ c2" in str(caught.traceback[-1].statement)


def test_the_listing_of_a_large_graph_is_short_and_shows_shapes():
    text = str(trace(lambda x: np.sum(x[1:, ::2] * np.ones((2, 2)), axis=0), np.ones((3, 4))))
    assert text.splitlines()[1:] == [
        "  v1 = x[1:, ::2]   (2, 2)",
        "  c2 = a constant   (2, 2)",
        "  v3 = v1 * c2   (2, 2)",
        "  v4 = sum(v3, axis=0)   (2,)",
        "  return v4",
    ]


def test_dot_is_read_by_graphviz():
    text = trace(f, 2.0, 5.0).renamed('a "name"').to_dot()
    assert text.count("->") == 8
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True)


@pytest.mark.parametrize(
    "value", [0.1, -0.0, np.inf, 3, True, np.float32(0.1), np.array([1.5, -2.0]), (slice(None, 3),)]
)
def test_a_literal_reads_back(value):
    read = eval(literal(value), {"np": np})
    assert repr(read) == repr(value)
