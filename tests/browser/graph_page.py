"""A page that runs graphs with files of widgets/static alone, and the check that it computes what the engine does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from graph_samples import Sample
from playwright.sync_api import Page

from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.graph import Graph

# Numbers that JSON has no word for travel as text.
LOAD = """async text => {
    window.runtime = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    window.read = (text) => JSON.parse(text, (_, value) => (typeof value === "string" ? Number(value) : value));
    const isOdd = (value) => typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0));
    const written = (_, value) => {
        if (isOdd(value)) return Object.is(value, -0) ? "-0" : String(value);
        return ArrayBuffer.isView(value) ? Array.from(value) : value;
    };
    window.write = (value) => JSON.stringify(value, written);
}"""
RUN = """texts => write(texts.map(([graph, points]) => {
    try {
        const loaded = runtime.loadGraph(JSON.parse(graph));
        return read(points).map((point) => [loaded.run(point), loaded.all(point)]);
    } catch (error) {
        return error.message;
    }
}))"""
PRECISION = {"float64": 1e-12, "float32": 1e-6}  # relative; other numbers are equal


def load(page: Page, module: str) -> None:
    page.evaluate(LOAD, module)


def run_all(page: Page, samples: Sequence[Sample]) -> list[Any]:
    """For each sample a [results, values of all nodes] for each point, or why the page can't run it. In one call."""
    texts = [[sample.graph.to_json(), for_page(sample.points)] for sample in samples]
    answers: list[Any] = json.loads(page.evaluate(RUN, texts))
    return answers


def for_page(values: Any) -> str:
    """Nested lists of numbers and arrays as JSON."""

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [plain(one) for one in value]
        if np.ndim(value) > 0:
            return [plain(one) for one in np.ravel(value)]
        number = float(value)
        odd = not np.isfinite(number) or (number == 0 and np.signbit(number))
        return str(number).replace("inf", "Infinity") if odd else number

    return json.dumps(plain(values))


def fits(graph: Graph) -> bool:
    """Whether every value is a number, or an array with one axis that is longer than 1 at most."""
    return all(np.prod(node.shape, dtype=int) == max(node.shape, default=1) for node in graph.nodes)


def check_nodes(graph: Graph, values: list[Any]) -> None:
    """Every node has the value that the engine computes from the values that its inputs have in the page."""
    arrays = [
        node.value if node.is_constant else np.array(value, float).astype(node.dtype).reshape(node.shape)[()]
        for node, value in zip(graph.nodes, values, strict=True)
    ]
    for node, got in zip(graph.nodes, arrays, strict=True):
        if node.op is not None:
            with ieee():
                truth = node.op.value(*(arrays[one] for one in node.inputs), **node.parameters)
            precision = PRECISION.get(str(node.dtype), 0)
            message = f"{node.kind} {node.parameters} of {[arrays[one] for one in node.inputs]}"
            np.testing.assert_allclose(got, truth, precision, 0, equal_nan=True, err_msg=message)


def agreeing(graph: Graph, point: list[Any], results: list[Any]) -> list[bool]:
    """For each result whether it is the engine's, from one end of the graph to the other."""
    typed = [np.asarray(one, graph.nodes[place].dtype)[()] for place, one in zip(graph.inputs, point, strict=True)]
    with ieee():
        truths = graph.run_flat(typed)
    precision = max(PRECISION.get(str(node.dtype), 0) for node in graph.nodes)
    return [
        np.allclose(np.array(got, float).ravel(), np.ravel(truth), precision, 0, equal_nan=True)
        for got, truth in zip(results, truths, strict=True)
    ]
