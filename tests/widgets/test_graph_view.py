"""The widget: its traits, its sliders, its errors, its text and its stills, without a browser."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import DomainError, WidgetError
from autodiff_lessons.graph import from_json
from autodiff_lessons.widgets import graph_view
from autodiff_lessons.widgets.graph_view import GraphView
from autodiff_lessons.widgets.number_template import filled


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def last(view, slot):
    return view.graph["texts"][slot][-1][1]


@pytest.fixture
def view():
    return GraphView(f, x=2.0, y=5.0)


def test_the_state_is_plain_data(view):
    state = {
        key: value
        for key, value in view.get_state().items()
        if key in ("drawn", "program", "svg", "step", "values", "sliders")
    }
    assert json.loads(json.dumps(state, allow_nan=False))["values"] == {"x": 2.0, "y": 5.0}
    assert [slider["name"] for slider in view.sliders] == ["x", "y"]
    assert (view.sliders[0]["low"], view.sliders[0]["high"]) == (0, 4)


def test_repr_is_short_and_has_no_address(view):
    assert repr(view) == "GraphView(f: 7 nodes, 8 edges, step 0 of 11: inputs)"
    view.step = 8
    assert repr(view) == "GraphView(f: 7 nodes, 8 edges, step 8 of 11: backward)"
    assert repr(GraphView(lambda x: x, x=1.0)) == "GraphView(f: 1 node, 0 edges, step 0 of 1: inputs)"


@pytest.mark.parametrize(("step", "expected"), [(0, 0), (3, 3), ("forward", 5), ("end", 11), (99, 11), (-1, 0)])
def test_where_it_opens(step, expected):
    assert GraphView(f, step=step, x=2.0, y=5.0).step == expected


def test_a_step_with_an_unknown_name_is_refused():
    with pytest.raises(WidgetError, match='"forward" or "end"'):
        GraphView(f, step="last", x=2.0, y=5.0)


def test_a_slider_recomputes_the_numbers_and_keeps_picture_and_step(view):
    view.step = 9
    svg = view.svg
    view.values = {"x": 4.0, "y": 5.0}
    assert last(view, "n0.total") == "5 + 0.25 = 5.25"
    assert (view.svg, view.step) == (svg, 9)


def test_the_picture_is_laid_out_anew_only_where_the_graph_changes_its_structure(view, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("drawn again")

    monkeypatch.setattr(graph_view, "draw", refuse)
    view.values = {"x": 3.0, "y": 1.0}
    assert (view.problem, last(view, "n0.full")) == ("", "3")


def sent_by_a_movement(view, **values):
    """The keys of each message that the kernel sends after a slider has moved."""
    sent = []
    view.comm.send = lambda data, *rest, **more: sent.append(data)
    view.values = values
    return [sorted(message["state"]) for message in sent if message["method"] == "update"]


def test_a_movement_of_a_traced_function_sends_nothing_but_the_values(view):
    assert view.in_page
    assert sent_by_a_movement(view, x=3.0, y=5.0) == [["values"]]
    assert last(view, "n0.full") == "3"
    assert sent_by_a_movement(view, x=2.0, y=5.0) == [["values"]]


def test_a_movement_that_the_kernel_computes_is_one_message_more():
    view = GraphView(lambda x: x * x if x > 0 else -x, x=2.0)
    assert not view.in_page
    assert sent_by_a_movement(view, x=3.0) == [["values"], ["drawn"]]


def test_a_page_that_can_t_run_the_program_gets_the_kernel_s_numbers(view):
    view.values = {"x": 3.0, "y": 5.0}
    view.refused = "no such operation"
    assert not view.in_page
    assert sent_by_a_movement(view, x=1.0, y=5.0) == [["values"], ["drawn"]]


def test_the_program_gives_the_texts_of_the_view_at_any_values(view):
    """The templates, filled with the program's numbers, are what the kernel says at the same values."""
    program = from_json(json.dumps(view.program["graph"]))
    for values in ({"x": 3.0, "y": 5.0}, {"x": 0.5, "y": 0.0}, {"x": 1.0, "y": 6.0}):
        view.values = values
        numbers = program.run(**values)
        for slot, timeline in view.program["texts"].items():
            assert [(at, filled(text, numbers)) for at, text in timeline] == view.graph["texts"][slot]
        for step, template in zip(view.graph["steps"], view.program["steps"], strict=True):
            assert step == {**template, "say": filled(template["say"], numbers)}


def test_a_branch_may_change_the_picture_and_the_step_stays_within():
    def branching(x):
        return x * x * x if x > 1 else -x

    view = GraphView(branching, step="end", x=(0, 4, 2.0))
    svg = view.svg
    assert view.step == 5
    view.values = {"x": 0.5}
    assert view.svg != svg
    assert (len(view.graph["nodes"]), view.step) == (2, 3)
    view.values = {"x": 3.0}
    assert view.svg == svg
    assert last(view, "n0.total") == "9 + 9 + 9 = 27"


def test_an_error_while_sliding_is_a_sentence_and_goes_away(view):
    view.values = {"x": 0.0, "y": 5.0}
    assert view.problem == "No graph here: log(x = 0.0) has no value: log(x) needs x > 0."
    assert last(view, "n0.full") == "2"
    view.values = {"x": 1.0, "y": 5.0}
    assert view.problem == ""
    assert last(view, "n0.full") == "1"


def test_the_same_values_after_an_error_bring_the_picture_back(view):
    view.values = {"x": 0.0, "y": 5.0}
    view.values = {"x": 2.0, "y": 5.0}
    assert view.problem == ""


def test_any_exception_of_the_learner_s_function_is_said():
    def picky(x):
        if x > 3:
            raise KeyError("too large")
        return x * x

    view = GraphView(picky, x=(0, 4, 2.0))
    view.values = {"x": 3.5}
    assert view.problem == "No graph here: KeyError: 'too large'"


def test_at_the_start_an_error_is_raised():
    with pytest.raises(DomainError, match="log"):
        GraphView(f, x=(-1, 1, 0.0), y=5.0)


def test_an_overflow_while_sliding_is_drawn_without_a_warning():
    view = GraphView(lambda x: np.exp(x), x=(0, 2000, 1.0))
    view.values = {"x": 1000.0}
    assert last(view, "n1.value") == "inf"


def test_untracked_inputs_slide_too_and_have_no_cotangent():
    view = GraphView(f, untracked=("y",), step="end", x=2.0, y=5.0)
    assert last(view, "n1.total") == "None (not tracked)"
    assert [slider["name"] for slider in view.sliders] == ["x", "y"]
    svg = view.svg
    view.values = {"x": 2.0, "y": 4.0}
    assert last(view, "n1.full") == "4"
    assert view.svg == svg


def test_untracked_names_must_be_inputs():
    with pytest.raises(WidgetError, match="'z', which is not an input; the inputs are x, y"):
        GraphView(f, untracked=("z",), x=2.0, y=5.0)


def test_arrays_have_no_slider():
    def layer(X, w):
        return np.sum(X * w)

    view = GraphView(layer, X=np.ones((4, 3)), w=2.0, untracked="X")
    assert [slider["name"] for slider in view.sliders] == ["w"]
    view.values = {"w": 3.0}
    assert last(view, "n3.value") == "36"


def test_a_tensor_s_graph_is_named_after_the_variables_around_it_and_replayed():
    a, b = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    product = (a + b) * (a * b)
    view = GraphView(product, step="end")
    assert view.values == {"a": 2.0, "b": 3.0}
    assert last(view, "n0.total") == "15 + 6 = 21"
    product.backward()
    view.values = {"a": 3.0, "b": 3.0}
    assert view.problem == ""
    assert last(view, "n0.total") == "18 + 9 = 27"
    view.values = {"a": 2.0, "b": 3.0}
    assert last(view, "n0.total") == "15 + 6 = 21"
    assert float(a.grad.data) == 21


def test_a_tensor_takes_no_inputs_and_other_things_are_no_graph():
    with pytest.raises(WidgetError, match="takes no inputs"):
        GraphView(Tensor(1.0, requires_grad=True) * 2.0, x=1.0)
    with pytest.raises(WidgetError, match=r"a function or a Tensor, not 3\.0"):
        GraphView(3.0)


def test_the_bundle_has_the_view_a_text_and_two_stills(view):
    data, metadata = view._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/plain", "image/svg+xml", "image/png"}
    assert data["text/plain"].startswith("f(x, y). Computation graph with 7 nodes and 8 edges. Step 0 of 11: inputs.\n")
    assert "−" not in data["text/plain"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    svg = ElementTree.fromstring(data["image/svg+xml"])
    assert "Step 0 of 11" in svg.find("{http://www.w3.org/2000/svg}desc").text
    assert metadata["image/png"]["width"] == pytest.approx(float(svg.get("width")), abs=1)


def test_a_graph_of_hundreds_of_nodes_has_no_png():
    def long(x):
        for _ in range(100):
            x = np.sin(x) * 2.0
        return x

    data, metadata = GraphView(long, x=1.0)._repr_mimebundle_()
    assert "image/png" not in {**data, **metadata}
    assert "image/svg+xml" in data


def test_the_text_follows_the_step(view):
    view.step = 11
    assert "x     input              2          5 + 0.5 = 5.5" in view.as_text()
    assert "The cotangent of x is complete: 5 + 0.5 = 5.5." in view.as_text()


def test_titles():
    assert GraphView(f, x=2.0, y=5.0).graph["title"] == "f(x, y)"
    assert GraphView(f, title="A picture", x=2.0, y=5.0).graph["title"] == "A picture"
    assert GraphView(lambda x: x * x, x=2.0).graph["title"] == "f(x)"


def test_two_processes_draw_the_same():
    program = (
        "import numpy as np, hashlib\n"
        "from autodiff_lessons.widgets.graph_view import GraphView\n"
        "def f(x, y):\n    a = np.log(x)\n    return a + x*y - np.sin(y)\n"
        "view = GraphView(f, x=2.0, y=5.0, step='end')\n"
        "data, _ = view._repr_mimebundle_()\n"
        "drawn = data['text/plain'] + data['image/svg+xml'] + view.svg + repr(view)\n"
        "print(hashlib.sha256(drawn.encode()).hexdigest())\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1] != ""


def test_drawing_nothing_loads_no_matplotlib():
    program = (
        "import sys\n"
        "from autodiff_lessons.widgets.graph_view import GraphView\n"
        "view = GraphView(lambda x: x * x, x=2.0)\n"
        "view.as_svg(), view.as_text(), repr(view)\n"
        "print('matplotlib' in sys.modules)\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
