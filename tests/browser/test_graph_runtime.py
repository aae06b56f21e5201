"""Graphs that run in the page give the values of the engine; what can't run there is refused, with the node."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import graph_samples
import numpy as np
import pytest
from domain_cases import FUNCTIONS, GRID, said_by_the_engine
from graph_page import agreeing, check_nodes, fits, for_page, load, run_all
from playwright.sync_api import Browser, Error, Page

from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.graph import Graph, trace
from autodiff_lessons.graph.domains import domains
from autodiff_lessons.graph.operations import STEPS
from autodiff_lessons.widgets.sliders import GRAPH_RUNTIME, static

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A blank page with the runtime in it, and nothing else."""
    made = browser.new_page()
    load(made, static(*GRAPH_RUNTIME))
    yield made
    made.close()


# Group of samples -> how many of them run in the page at least; the others have two dimensions.
GROUPS = {
    "operations": 181,
    "odd_numbers": 169,
    "vectors": 72,
    "other_types": 18,
    "array_functions": 120,
    "random_formulas": 430,
}


@functools.cache
def samples_of(group: str) -> list[graph_samples.Sample]:
    return list(getattr(graph_samples, group)())


@pytest.mark.parametrize("group", GROUPS)
def test_values_are_the_engine_s(page: Page, group: str) -> None:
    ran, agree = 0, []
    for sample, answer in zip(samples_of(group), run_all(page, samples_of(group)), strict=True):
        assert isinstance(answer, list) == fits(sample.graph), answer
        if fits(sample.graph):
            ran += 1
            for point, (results, values) in zip(sample.points, answer, strict=True):
                check_nodes(sample.graph, values)
                agree += agreeing(sample.graph, point, results)
    assert ran >= GROUPS[group]
    # A formula may lose so many digits, as 1 - tanh(9)**2 does, that the last one of a function is among those left.
    assert np.mean(agree) >= (0.999 if group == "random_formulas" else 1)


def test_every_operation_of_the_table_has_run() -> None:
    graphs = [sample.graph for group in GROUPS for sample in samples_of(group)]
    ran = {node.kind for graph in graphs if fits(graph) for node in graph.nodes}
    assert ran == {*PRIMITIVES, *STEPS, "input", "constant"}


def data_of(function: Callable[..., Any], *examples: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(trace(function, *examples).to_json())
    return data


def changed(place: int, **changes: Any) -> dict[str, Any]:
    data = data_of(lambda x: np.sum(x * np.ones(3)), np.ones(3))
    data["nodes"][place] |= changes
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            data_of(lambda w, x: w @ x, np.eye(2), np.ones(2)),
            r"The graph graph can't run in the page: in node 0 \(w, input\) the shape is \(2, 2\), and only "
            r"numbers and one-dimensional arrays can run there\.",
        ),
        (data_of(lambda x: np.sum(x * np.ones((2, 3))), 2.0), r"in node 1 \(constant\) the shape is \(2, 3\)"),
        (data_of(lambda x: np.sum(np.outer(x, x)), np.ones(3)), r"in node 1 \(outer\) the shape is \(3, 3\)"),
        (data_of(lambda x: np.sin(x), np.float16(1)), r"in node 0 \(x, input\) the numbers are of type float16"),
        (
            data_of(lambda x: np.einsum("...i,i", x, x), np.ones(3)),
            r"\(einsum\) the subscripts ...i,i have an ellipsis",
        ),
        (data_of(lambda x: x[(True,)][0], np.ones(3)), r"in node 1 \(getitem\) the index true is unknown there"),
        (changed(2, kind="constructor"), r"in node 2 \(constructor\) the operation is unknown there"),
        (changed(2, kind="logg", name="y"), r"in node 2 \(y, logg\) the operation is unknown there"),
        (changed(3, parameters={"where": True}), r"in node 3 \(sum\) the parameter where is unknown there"),
    ],
)
def test_what_can_t_run_is_refused_with_the_first_such_node(page: Page, data: dict[str, Any], message: str) -> None:
    with pytest.raises(Error, match=message):
        page.evaluate("data => { runtime.loadGraph(data) }", data)


def nested(params: dict[str, Any], x: Any) -> dict[str, Any]:
    y = x * params["w"]
    return {"out": (y, [params["b"][1] > 0]), "none": None, "sum": np.sum(y)}


NESTED = data_of(nested, {"w": 2.0, "b": [1.0, 1.0]}, np.ones(3))


def test_a_loaded_graph(page: Page) -> None:
    """Names and places, values in a list or by name, and arrays that the next run leaves alone."""
    found = page.evaluate(
        """data => {
            const graph = runtime.loadGraph(data);
            const x = new Float64Array([1, 2, 3]);
            const first = [graph.run([2, 0, 1, x]), graph.all([2, 0, 1, [1, 2, 3]])];
            const other = graph.run({ x: [0, 0, 1], params_w: true, params_b_0: 0, params_b_1: -1, more: 5 });
            const plain = (value) => (ArrayBuffer.isView(value) ? [...value] : value);
            const { inputs, outputs, nodes } = graph;
            return [inputs, outputs, nodes.length, [...first, other].map((list) => list.map(plain)), [...x]];
        }""",
        NESTED,
    )
    inputs, outputs, count, (results, values, other), x = found
    assert inputs == ["params_w", "params_b_0", "params_b_1", "x"]
    assert outputs == [4, 6, 7]
    assert count == 8
    assert results == [[2, 4, 6], 1, 12]
    assert values == [2, 0, 1, [1, 2, 3], [2, 4, 6], 0, 1, 12]
    assert other == [[0, 0, 1], 0, 1]
    assert x == [1, 2, 3]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 1, 1], "The graph needs a value for x."),
        ({"x": [1, 1, 1]}, "The graph needs a value for params_w."),
        ([1, 1, 1, [1, 2]], r"The graph was traced with x of shape \(3,\), and got 2 numbers."),
        ([1, 1, 1, 5], r"The graph was traced with x of shape \(3,\), and got a single number."),
        ([[1], 1, 1, [1, 1, 1]], r"The graph was traced with params_w of shape \(\), and got 1 numbers."),
    ],
)
def test_values_that_do_not_fit(page: Page, values: Any, message: str) -> None:
    with pytest.raises(Error, match=message):
        page.evaluate("([data, values]) => { runtime.loadGraph(data).run(values) }", [NESTED, values])


ODD_TEXTS = [-1e-7, -0.00012, -123456.75, -1e15, -1e16, -1.5e22, -0.0, -np.inf]
PROBLEMS: list[tuple[Graph, list[list[Any]]]] = [
    *((trace(function, 1.0, 1.0), [[x, y] for x in GRID for y in GRID]) for function in FUNCTIONS),
    (trace(lambda x: np.log(x), 1.0), [[x] for x in ODD_TEXTS]),
    (trace(lambda x: np.sqrt(x) + 2.0, np.float32(1)), [[-np.float32(x)] for x in (0.1, 1e-30, 3)]),
    (trace(lambda n: 1 / n, np.arange(3)), [[np.array(n)] for n in ([1, 2, 0], [0, 0, 0], [1, 1, 1])]),
    (trace(lambda n: np.sqrt(n), np.arange(2)), [[np.array([4, -1234567890123456])]]),
    (trace(lambda b: np.array([2, 3]) / b, np.ones(2, bool)), [[np.array([True, False])]]),
]


def test_where_there_is_no_value_the_page_says_what_the_engine_says(page: Page) -> None:
    with np.errstate(all="ignore"):
        graphs = PROBLEMS + [(graph.value_and_derivative(), points) for graph, points in PROBLEMS[: len(FUNCTIONS)]]
    given = []
    for graph, points in graphs:
        checks, conditions = domains(graph)
        given.append([graph.to_json(), checks.to_json(), conditions, for_page(points)])
    answers = page.evaluate(
        """given => given.map(([graph, checks, conditions, points]) => {
            const [loaded, loadedChecks] = [graph, checks].map((text) => runtime.loadGraph(JSON.parse(text)));
            return read(points).map((point) => runtime.domainProblem(loaded, loadedChecks, conditions, point));
        })""",
        given,
    )
    for (graph, points), sentences in zip(graphs, answers, strict=True):
        assert sentences == [said_by_the_engine(graph, *point) for point in points]
        assert any(sentences)


@pytest.mark.parametrize("other", ["graph_view.js", "explorer.js"])
def test_it_joins_with_the_other_files(browser: Browser, other: str) -> None:
    page = browser.new_page()
    load(page, static("sliders.js", *GRAPH_RUNTIME, other))
    assert set(page.evaluate("() => Object.keys(runtime)")) > {"default", "loadGraph", "domainProblem"}
    page.close()


def test_no_text_is_executed() -> None:
    assert not re.search(r"\beval\b|\bFunction\b|setTimeout|innerHTML", static(*GRAPH_RUNTIME))
