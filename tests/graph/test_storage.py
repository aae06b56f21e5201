"""Graphs as files: there and back, and files that are wrong."""

from __future__ import annotations

import json

import fastjsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_arrays import PLANS, planned
from rule_cases import cases, draw

from autodiff_lessons.errors import GraphFileError
from autodiff_lessons.graph import from_json, storage, trace


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_every_operation_and_its_derivative_come_back(primitive, ranges, shapes, parameters):
    inputs = draw(ranges, shapes)
    graph = trace(lambda *some: np.sum(primitive(*some, **parameters)), *inputs).value_and_derivative()
    text = graph.to_json()
    again = from_json(text)
    assert again.to_json() == text
    assert str(again) == str(graph)
    assert repr(again.run(*inputs)) == repr(graph.run(*inputs))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PLANS)
def test_random_graphs_come_back(steps):
    x = np.random.default_rng(len(steps)).normal(size=(2, 3))
    graph = trace(planned(steps), x)
    assert repr(from_json(graph.to_json()).run(x)) == repr(graph.run(x))


def test_numbers_that_json_has_no_word_for():
    graph = trace(lambda x: {"a": (x * np.array([np.inf, -np.inf, np.nan]), [x * float("inf")])}, np.ones(3))
    text = graph.to_json()
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert repr(from_json(text).run(np.ones(3))) == repr(graph.run(np.ones(3)))


def test_the_schema_is_a_schema():
    fastjsonschema.compile(storage.SCHEMA)
    assert storage.SCHEMA["properties"]["version"] == {"const": 1}


def changed(**changes):
    return json.dumps({**json.loads(trace(f, 2.0, 5.0).to_json()), **changes})


def with_node(place, **changes):
    data = json.loads(trace(f, 2.0, 5.0).to_json())
    data["nodes"][place] = {key: value for key, value in {**data["nodes"][place], **changes}.items() if value != "gone"}
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"The file is not JSON: line 1, column 1"),
        (trace(f, 2.0, 5.0).to_json()[:200], r"The file is not JSON: line 2"),
        ("[" * 100_000, r"nested too deeply|not JSON"),
        ("[1, NaN]", r"has the word NaN in it, which is not JSON"),
        ("[]", r"The file is no graph: file must be object"),
        ("{}", r"The file is no graph: file must contain"),
        (changed(version=2), r"of version 2; this course reads version 1"),
        (changed(format="else"), r"The file is no graph: file.format"),
        (changed(result=7), r"The file's result is node 7; there are 7"),
        (changed(result="x"), r"The file's result is 'x', which names no node"),
        (changed(arguments=[["x", 0]]), r"arguments name the nodes \[0\], but its inputs are \[0, 1\]"),
        (changed(arguments=[["x", 0], ["x", 1]]), r"'x' is no name, or stands there twice"),
        (changed(arguments=[["x", 0], ["y", 3]]), r"but its inputs are \[0, 1\]"),
        (changed(extra=1), r"must not contain"),
        (with_node(3, inputs=[0, 4]), r"Node 3 \(mul\) of the file: it uses node 4, which does not come before it"),
        (with_node(3, inputs=[0, 3]), r"Node 3 \(mul\) of the file: it uses node 3, which does not come before it"),
        (with_node(3, inputs=[0, -1]), r"file.nodes\[3\].inputs"),
        (with_node(3, inputs=[0]), r"Node 3 \(mul\) of the file"),
        (with_node(3, inputs="gone"), r"Node 3 \(mul\) of the file: it has no 'inputs'"),
        (with_node(2, kind="logg"), r"Node 2 \(logg\) of the file: There is no operation 'logg'. Did you mean log"),
        (with_node(2, kind="__import__('os').system('x')"), r"There is no operation"),
        (with_node(2, shape=[3]), r"it gives \(\) float64, and the file says \(3,\) float64"),
        (with_node(2, dtype="object"), r"file.nodes\[2\].dtype must be one of"),
        (with_node(2, parameters={"axis": 1}), r"Node 2 \(log\) of the file"),
        (with_node(2, parameters={"axis": {"slice": ["os", 1, 2]}}), r"its slice \['os', 1, 2\] can't be read"),
        (with_node(2, parameters={"axis": {"code": "1"}}), r"'code' is no kind of value"),
        (
            with_node(2, kind="constant", value={"array": {"dtype": "float64", "shape": [2], "numbers": [1]}}),
            r"do not fill",
        ),
        (with_node(2, kind="constant", value={"full": {"dtype": "int8", "shape": [10**9], "number": 1}}), r"at most"),
        (with_node(2, kind="constant", value="text"), r"its value is no number"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(text, message):
    with pytest.raises(GraphFileError, match=message):
        from_json(text)


def test_a_file_that_is_too_large(monkeypatch):
    monkeypatch.setattr(storage, "MOST_CHARACTERS", 100)
    with pytest.raises(GraphFileError, match="a graph's has 100 at most"):
        from_json(trace(f, 2.0, 5.0).to_json())


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_a_damaged_file_is_refused_or_still_a_graph(data):
    """A file with one piece cut out, doubled or exchanged never ends in another error than GraphFileError."""
    text = trace(f, 2.0, 5.0).derivative().to_json()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    new = data.draw(st.sampled_from(["", "0", "-1", "1e999", "null", "[", "}", '"', text[start:end] * 2, "99"]))
    try:
        graph = from_json(text[:start] + new + text[end:])
    except GraphFileError:
        return
    assert len(graph) > 0


def test_a_name_from_a_file_is_never_code():
    evil = "x, print('run')) #"
    data = json.loads(trace(f, 2.0, 5.0).to_json())
    data["nodes"][0]["name"] = data["nodes"][3]["name"] = data["title"] = evil
    data["arguments"][0][0] = evil
    made = from_json(json.dumps(data)).compile()
    assert made(2.0, 5.0) == 11.652071455223084
