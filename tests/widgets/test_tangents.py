"""The explorers of forward mode: a moving point carried through functions, and the passes that fill a Jacobian."""

from __future__ import annotations

import json

import numpy as np
import pytest

from autodiff_lessons import PassesExplorer, VelocityExplorer
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.graph import from_json


def numbers(value, results):
    """What a mark holds, with the results of the graph in it."""
    if isinstance(value, list):
        return [numbers(one, results) for one in value]
    return float(results[value["out"]]) if isinstance(value, dict) else value


def marks_at(explorer, kind, **values):
    results = from_json(json.dumps(explorer.program["graph"])).run(**values)
    return [
        {name: numbers(part, results) for name, part in mark.items() if name in ("x", "y", "x2", "y2")}
        for mark in explorer.program["marks"]
        if mark["kind"] == kind
    ]


@pytest.mark.parametrize(
    ("functions", "x", "x_dot", "sentence"),
    [
        ([np.square], 3, 1, "x = 3 with tangent 1 gives y = 9 with tangent 6"),
        ([np.square], 3, -2, "x = 3 with tangent -2 gives y = 9 with tangent -12"),
        ([np.cos], 1, 0, "x = 1 with tangent 0 gives y = 0.5403 with tangent 0"),
        (
            [np.square, np.sin], 3, 1,
            "x = 3 with tangent 1 gives u = 9 with tangent 6, which gives y = 0.4121 with tangent -5.467",
        ),
        (
            [np.square, np.square, np.square], 1, 0.5,
            "x = 1 with tangent 0.5 gives u = 1 with tangent 1, which gives v = 1 with tangent 2, "
            "which gives y = 1 with tangent 4",
        ),
    ],
)  # fmt: skip
def test_it_says_primal_and_tangent_after_each_function(functions, x, x_dot, sentence):
    explorer = VelocityExplorer(*functions, x=(0, 4, 2.0))
    explorer.values = {"x": x, "x_dot": x_dot}
    assert explorer.sentence == sentence
    assert explorer.in_page
    assert len(explorer.program["panels"]) == len(functions)


def test_an_arrow_s_rise_is_the_next_one_s_run():
    explorer = VelocityExplorer(np.square, np.sin, x=(0, 3.2, 3.0), seconds=0.1)
    first, second = marks_at(explorer, "arrow", x=3.0, x_dot=2.0)
    assert [first[name] for name in ("x", "y", "x2", "y2")] == pytest.approx([3, 9, 3.2, 10.2])
    assert second["x2"] - second["x"] == pytest.approx(first["y2"] - first["y"])
    assert second["y2"] - second["y"] == pytest.approx(0.1 * 12 * np.cos(9))


def test_its_names_stand_on_the_axes():
    explorer = VelocityExplorer(np.square, np.sin, x=(0, 3.2, 3.0), names=("t", "u = t²", "y = sin u"))
    assert explorer.sentence.startswith("t = 3 with tangent 1 gives u = 9")
    first, second = explorer.program["panels"]
    assert [panel[axis]["label"] for panel in (first, second) for axis in "xy"] == ["t", "u = t²", "u", "y = sin u"]


@pytest.mark.parametrize("functions", [[], [np.sin] * 4])
def test_too_few_or_too_many_functions_are_refused(functions):
    with pytest.raises(WidgetError, match=f"one to three functions, such as np.sin, not {len(functions)}"):
        VelocityExplorer(*functions, x=1.0)


def test_names_are_counted():
    with pytest.raises(WidgetError, match=r"1 functions have 2 names, not 3: \['x', 'u', 'y'\]"):
        VelocityExplorer(np.sin, x=1.0, names=("x", "u", "y"))


@pytest.mark.parametrize(
    ("n", "m", "passes", "forward", "reverse"),
    [(100, 1, 1, 1, 100), (1, 100, 1, 100, 1), (40, 10, 5, 50, 200), (7, 3, 50, 21, 21), (5, 5, 0, 0, 0)],
)
def test_a_forward_pass_fills_a_column_and_a_reverse_pass_a_row(n, m, passes, forward, reverse):
    explorer = PassesExplorer(n, m)
    assert explorer.in_page
    explorer.values = {"passes": passes}
    assert explorer.sentence == (
        f"{n} inputs and {m} outputs have {n * m} derivatives; after {passes} passes forward mode has {forward} of "
        f"them, reverse mode {reverse}"
    )
    areas = marks_at(explorer, "area", n=float(n), m=float(m), passes=float(passes))
    assert [max(area["x"]) * max(area["y"]) for area in areas] == [forward, reverse]
