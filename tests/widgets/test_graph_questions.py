"""Questions on the graph: the answers are nowhere in the page, and what is typed reaches the check."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.blanks import read_answers
from autodiff_lessons.widgets.graph_view import Blank, GraphView

# Numbers that are not found by chance in coordinates: x1 = 713.91, x2 = 1541.55, -, loss = 1197.04
INPUTS = {"x": 23.797, "w": 29.9999957978, "b": 827.637, "y_true": 344.513}
VALUES = [Blank("x1", "value", "x1"), Blank("x2", "value", "x2"), Blank("loss", "value", "loss_val")]
DERIVATIVES = [
    Blank("grad_x1_w", "edge", ("w", "x1")),
    Blank("grad_x2_b", "edge", ("b", "x2")),
    Blank("grad_loss_x2", "cotangent", "x2"),
    Blank("dloss_dw", "cotangent", "w"),
]


def loss(x, w, b, y_true):
    x1 = x * w
    x2 = x1 + b
    loss_val = abs(y_true - x2)
    return loss_val


def outcome(answers):
    if all(answer is None for answer in answers.values()):
        return SimpleNamespace(status="not attempted", misconception=None, message="Type a number.")
    return SimpleNamespace(status="incorrect", misconception="sign", message=f"You typed {answers}.")


def question(ask, check=outcome, **inputs):
    return GraphView(loss, ask=ask, check=check, **(inputs or INPUTS))


def everything(view):
    """All that leaves the kernel, as one text, without the picture in pixels and the code of the page."""
    state = {key: value for key, value in view.get_state().items() if key not in ("_esm", "_css")}
    bundle, _ = view._repr_mimebundle_()
    del bundle["image/png"]
    return json.dumps([state, bundle], default=str, ensure_ascii=False).replace("−", "-") + repr(view)


def test_asked_values_and_what_follows_from_them_are_nowhere():
    text = everything(question(VALUES))
    for number in ("713.9", "1541.", "1197.0"):
        assert number not in text
    for number in ("23.797", "827.637", "344.513"):
        assert number in text


def test_values_that_lead_to_the_asked_ones_are_shown():
    text = everything(question([Blank("x2", "value", "x2")]))
    assert "713.91" in text
    assert "1541." not in text
    assert "1197." not in text


def test_a_question_about_derivatives_shows_values_and_nothing_of_the_backward_pass():
    view = question(DERIVATIVES)
    assert "1197.03" in everything(view)
    assert all(node["cotangent"] is None and node["terms"] == [] for node in view.graph["nodes"])
    assert all(edge["local"] is None and edge["sent"] is None for edge in view.graph["edges"])
    backward = {slot: line for slot, line in view.graph["texts"].items() if not slot.endswith((".value", ".full"))}
    assert {text for line in backward.values() for _, text in line} == {"", "?"}
    assert [slot for slot, line in backward.items() if line == [[0, "?"]] and slot.startswith("e")] == [
        "e1.local",
        "e3.local",
    ]


def test_the_whole_state_hides_a_derivative_of_every_kind():
    def scaled(x, w):
        inner = x * w
        return inner * 7.77123

    view = GraphView(scaled, ask=[Blank("g", "cotangent", "w")], check=outcome, x=3.0, w=2.0)
    assert "23.31" not in everything(view)


def test_there_is_one_step_and_no_slider():
    view = question(VALUES, x=2.0, w=3.0, b=1.0, y_true=4.0)
    assert view.sliders == []
    assert [step["phase"] for step in view.graph["steps"]] == ["question"]
    view.step = 5
    assert view.step == 0
    assert repr(view) == "GraphView(loss: 8 nodes, 7 edges, a question)"


def test_a_page_that_sends_values_learns_nothing():
    view = question(VALUES)
    before = view.graph
    view.values = {"x": 1.0}
    assert view.graph == before
    assert view.problem == ""


def test_the_text_and_the_still_show_question_marks():
    view = question(VALUES, x=2.0, w=3.0, b=1.0, y_true=4.0)
    assert re.search(r"x1 +\* +x, w +\? *\n", view.as_text())
    assert view.as_svg().count(">?<") == 3


def test_every_blank_has_a_place_inside_the_picture_and_a_spoken_name():
    view = question(DERIVATIVES)
    width, height = map(float, re.search(r'width="([\d.]+)" height="([\d.]+)"', view.svg).groups())
    assert [blank["label"] for blank in view.blanks] == [
        "local derivative on the edge from w to x1",
        "local derivative on the edge from b to x2",
        "cotangent of x2",
        "cotangent of w",
    ]
    for blank in view.blanks:
        assert 0 < blank["left"] < width - blank["width"]
        assert 0 < blank["top"] < height - blank["height"]
        assert blank["width"] >= 60
        assert blank["height"] >= 24
    boxes = [(one["left"], one["top"]) for one in view.blanks]
    assert len(set(boxes)) == 4


def test_answers_reach_the_check_as_numbers_and_its_outcome_reaches_the_page():
    asked = []

    def check(answers):
        asked.append(answers)
        return outcome(answers)

    view = question(VALUES, check)
    assert view.verdict == {}
    view.answers = {"attempt": 1, "fields": {"x1": " −3 ", "x2": "", "loss": "six"}}
    assert asked == [{"x1": -3.0, "x2": None, "loss": "six"}]
    assert view.verdict["status"] == "incorrect"
    view.answers = {"attempt": 2, "fields": {}}
    assert view.verdict == {"status": "not attempted", "message": "Type a number."}


def test_a_check_that_fails_is_said_in_the_view():
    def broken(answers):
        raise ZeroDivisionError("oh")

    view = question(VALUES, broken)
    view.answers = {"attempt": 1, "fields": {}}
    assert view.verdict == {"status": "error", "message": "The check failed with ZeroDivisionError: oh"}


@pytest.mark.parametrize(
    ("typed", "number"),
    [("6", 6.0), (" -1.5 ", -1.5), ("−1", -1.0), ("1/2", 0.5), ("1e3", 1000.0), ("", None), ("  ", None)]
    + [(word, word) for word in ("six", "nan", "inf", "1/0", "2,5", "1e999")],
)
def test_reading_what_was_typed(typed, number):
    assert read_answers({"a": typed}, [Blank("a", "value", "x")]) == {"a": number}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ([Blank("a", "value", "x9")], r"no node named 'x9'.*It has x, w, b, y_true, x1, x2, −, loss_val"),
        ([Blank("a", "edge", ("x", "x2"))], "0 tracked edges"),
        ([Blank("a", "value", "x1"), Blank("b", "value", "x1")], "asks twice"),
        ([Blank("a", "value", "x1"), Blank("a", "value", "x2")], "asks twice"),
    ],
)
def test_a_blank_that_fits_nothing_is_refused(ask, message):
    with pytest.raises(WidgetError, match=message):
        question(ask)


@pytest.mark.parametrize(("what", "node"), [("gradient", "x"), ("edge", "x"), ("value", ("w", "x1"))])
def test_a_blank_of_no_kind_is_refused(what, node):
    with pytest.raises(WidgetError, match="describes no blank"):
        Blank("a", what, node)


def test_an_untracked_node_has_no_cotangent_to_ask_for():
    with pytest.raises(WidgetError, match="is not tracked"):
        GraphView(loss, ask=[Blank("a", "cotangent", "x")], check=outcome, untracked=("x",), **INPUTS)


def test_a_question_needs_its_check():
    with pytest.raises(WidgetError, match="needs both"):
        GraphView(loss, ask=VALUES, **INPUTS)
