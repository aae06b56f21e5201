"""DerivativeGraphStory: it tells the derivative that the engine finds, and ends in that graph's boxes and arrows."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.graph import trace
from autodiff_lessons.widgets.derivative_graph_story import DerivativeGraphStory


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def polynomial(x):
    return x**2 + 3 * x + 2


def shared(x):
    u = x * x
    return u * u + u


def untouched(x, y):
    return y * y


GRAPHS = {
    "f by x": (trace(f, 2.0, 5.0), "x"),
    "f by y": (trace(f, 2.0, 5.0), "y"),
    "polynomial": (trace(polynomial, 2.0), "x"),
    "its derivative": (trace(polynomial, 2.0).derivative(), "x"),
    "a shared part": (trace(shared, 2.0), "x"),
    "a quotient": (trace(lambda x, y: np.exp(x / y) - x, 2.0, 5.0), "y"),
    "a line": (trace(lambda x: 3 * x + 1, 2.0), "x"),
    "no way to x": (trace(untouched, 2.0, 5.0), "x"),
}
every_graph = pytest.mark.parametrize(("graph", "wrt"), GRAPHS.values(), ids=GRAPHS)


def there(story, step):
    """The boxes and the arrows that are there at a step."""

    def is_there(one):
        return [state for at, state in story.graph["states"][one["id"]] if at <= step][-1] != "absent"

    boxes = {one["id"]: one for one in story.graph["nodes"] if is_there(one)}
    return boxes, [(one["source"], one["target"]) for one in story.graph["edges"] if is_there(one)]


@every_graph
def test_it_ends_in_the_derivative_graph(graph, wrt):
    story = DerivativeGraphStory(graph, wrt)
    last = len(story.graph["steps"]) - 1
    boxes, arrows = there(story, last)
    derivative = graph.derivative(wrt)
    operations = sorted(node.kind for node in derivative.nodes if not node.is_constant)
    ends = [one for one in boxes.values() if one["kind"] == "output"]
    assert len(boxes) == len(operations) + 1  # and the box of df/dx
    assert [one["label"] for one in ends] == [f"d{graph.title}/d{wrt}"]
    assert sorted(arrows) == sorted((source, one["id"]) for one in boxes.values() for source in one["inputs"])


@every_graph
def test_it_begins_with_the_graph_and_grows_until_the_last_step(graph, wrt):
    story = DerivativeGraphStory(graph, wrt)
    counts = [len(there(story, step)[0]) for step in range(len(story.graph["steps"]))]
    assert counts[0] == sum(not node.is_constant for node in graph.nodes)
    assert counts[:-1] == sorted(counts[:-1])
    assert len(there(story, len(counts) - 2)[0]) == len(story.graph["nodes"])


def test_the_story_of_the_courses_function():
    assert [one["say"] for one in DerivativeGraphStory(trace(f, 2.0, 5.0), "x").graph["steps"]] == [
        "The graph as it was traced. A slope of 1 comes from outside, to its result.",
        "The slope of v6 is 1. By the rule of -, v4 is sent 1: a number, no node.",
        "The slope of v4 is 1. By the rule of +, v2 is sent 1 and v3 is sent 1: numbers, no nodes.",
        "The slope of v3 is 1. By the rule of *, x is sent v8.",
        "The slope of v2 is 1. By the rule of log, x is sent v12; added to what it has, that makes v13.",
        "What has arrived at x, v13, is the derivative.",
        "What df/dx needs: 6 of the 11 boxes. The others go.",
    ]


def test_a_number_arrives_where_the_slope_is_one_everywhere():
    story = DerivativeGraphStory(*GRAPHS["a line"])
    assert story.graph["steps"][-2]["say"] == "What has arrived at x, 3, is the derivative."
    assert [one["say"] for one in DerivativeGraphStory(*GRAPHS["no way to x"]).graph["steps"]][1:-1] == [
        "What has arrived at x, 0, is the derivative."
    ]


def test_an_arrow_goes_with_its_box():
    story = DerivativeGraphStory(trace(f, 2.0, 5.0), "x")
    last = len(story.graph["steps"]) - 1
    assert len(there(story, last)[1]) == 6 < len(there(story, last - 1)[1]) == len(story.graph["edges"])


@pytest.mark.parametrize(
    ("graph", "wrt", "message"),
    [
        (trace(f, 2.0, 5.0), "z", r"f\(x, y\) has no single number 'z' and result to differentiate"),
        (trace(lambda x: (x, x * x), 2.0), "x", "has no single number 'x' and result"),
        (trace(f, 2.0, 5.0).value_and_derivative(), "x", "has no single number 'x' and result"),
    ],
)
def test_graphs_that_have_no_such_story(graph, wrt, message):
    with pytest.raises(WidgetError, match=message):
        DerivativeGraphStory(graph, wrt)


def test_a_graph_that_is_too_large_for_a_picture():
    def long(x):
        for _ in range(20):
            x = np.sin(x * x)
        return x

    with pytest.raises(WidgetError, match=r"more than 60 nodes.*print\(graph.derivative\(\)\)"):
        DerivativeGraphStory(trace(long, 0.5))
