"""What each step shows and says: nothing before its time, never 0 for "not yet"."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.widgets.graph_data import graph_of
from autodiff_lessons.widgets.narration import at_step, narrated, table, table_text
from autodiff_lessons.widgets.number_text import as_json, factor_text, number_text
from autodiff_lessons.widgets.recording import record


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def told(function, untracked=(), **inputs):
    tensors = {name: Tensor(value, name not in untracked, name) for name, value in inputs.items()}
    return narrated(graph_of(record(function, tensors)))


@pytest.fixture(scope="module")
def story():
    return told(f, x=2.0, y=5.0)


def says(data):
    return [step["say"] for step in data["steps"]]


def shown(data, slot):
    """The text of a slot at every step."""
    return [at_step(data["texts"][slot], step) for step in range(len(data["steps"]))]


def states(data, owner):
    return [at_step(data["states"][owner], step) for step in range(len(data["steps"]))]


def test_the_phases_are_inputs_forward_seed_backward(story):
    phases = [step["phase"] for step in story["steps"]]
    assert phases == ["start", *["forward"] * 5, "seed", *["backward"] * 5]
    assert [step["node"] for step in story["steps"]] == [
        None, "n2", "n3", "n4", "n5", "n6", "n6", "n6", "n5", "n4", "n3", "n2",
    ]  # fmt: skip


def test_the_sentences(story):
    assert says(story) == [
        "Start: only the inputs have values: x = 2, y = 5.",
        "Forward: log computes log(2) = 0.693147.",
        "Forward: * computes 2 × 5 = 10.",
        "Forward: + computes 0.693147 + 10 = 10.6931.",
        "Forward: sin computes sin(5) = −0.958924.",
        "Forward: − computes 10.6931 − (−0.958924) = 11.6521.",
        "Seed: the cotangent of the output is 1, because d output / d output = 1.",
        "Backward: − passes 1 × 1 = 1 to + and 1 × (−1) = −1 to sin.",
        "Backward: sin passes −1 × 0.283662 = −0.283662 to y.",
        "Backward: + passes 1 × 1 = 1 to log and 1 × 1 = 1 to *.",
        "Backward: * passes 1 × 5 = 5 to x and 1 × 2 = 2 to y. "
        "The cotangent of y is complete: −0.283662 + 2 = 1.71634.",
        "Backward: log passes 1 × 0.5 = 0.5 to x. The cotangent of x is complete: 5 + 0.5 = 5.5.",
    ]


def test_a_value_appears_at_its_forward_step(story):
    assert shown(story, "n0.value") == ["2"] * 12
    assert shown(story, "n4.value") == ["not yet"] * 3 + ["10.693"] * 9
    assert shown(story, "n6.full") == ["not yet"] * 5 + ["11.6521"] * 7


def test_a_cotangent_is_not_yet_there_then_incomplete_then_complete(story):
    assert shown(story, "n0.cotangent") == ["not yet"] * 10 + ["…", "5.5"]
    assert shown(story, "n0.terms") == [""] * 10 + ["= 5 + …", "= 5 + 0.5"]
    assert shown(story, "n0.total") == ["not yet"] * 10 + ["5 + …", "5 + 0.5 = 5.5"]
    assert shown(story, "n6.cotangent") == ["not yet"] * 6 + ["1"] * 6
    assert shown(story, "n1.total") == ["not yet"] * 8 + ["−0.283662 + …"] * 2 + ["−0.283662 + 2 = 1.71634"] * 2


def test_no_gradient_reads_zero_before_its_time(story):
    for slot in story["texts"]:
        if slot.endswith((".cotangent", ".total", ".sent", ".local", ".terms")):
            assert shown(story, slot)[:6] in (["not yet"] * 6, [""] * 6)


def test_an_edge_shows_its_local_derivative_and_what_was_sent_from_its_backward_step_on(story):
    assert shown(story, "e7.local") == [""] * 7 + ["× −1"] * 5
    assert shown(story, "e7.sent") == [""] * 7 + ["−1"] * 5
    assert states(story, "e7") == [*["waiting"] * 5, "active-forward", "ready", "active-backward", *["sent"] * 4]


def test_the_states_of_nodes(story):
    assert states(story, "n6") == [
        *["waiting"] * 5, "active-forward", "active-backward", "active-backward", *["done"] * 4,
    ]  # fmt: skip
    assert states(story, "n0") == [*["ready"] * 11, "done"]
    for step in range(1, 12):
        at_work = [node for node in ("n2", "n3", "n4", "n5", "n6") if states(story, node)[step].startswith("active")]
        assert at_work == [story["steps"][step]["node"]]


def test_two_terms_that_arrive_together_are_shown_together():
    square = told(lambda x: x * x, x=3.0)
    assert shown(square, "n0.total") == ["not yet"] * 3 + ["3 + 3 = 6"]
    assert says(square)[-1] == (
        "Backward: * passes 1 × 3 = 3 to x and 1 × 3 = 3 to x. The cotangent of x is complete: 3 + 3 = 6."
    )


def test_untracked_constant_and_unconnected_each_read_as_what_they_are():
    data = told(lambda x, y, z: 3 * x * y, untracked=("y",), x=2.0, y=5.0, z=1.0)
    cells = {row[0]: row[4] for row in table(data, len(data["steps"]) - 1)}
    assert cells["y"] == "None (not tracked)"
    assert cells["3"] == "None (constant)"
    assert cells["z"] == "None (not connected)"
    assert "Nothing goes to the constant 3." in says(data)[-1]
    assert "Nothing goes to y (not tracked)." in says(data)[-2]


def test_many_terms_are_counted_instead_of_listed():
    data = told(lambda x: x * x + x * x + x, x=3.0)
    assert shown(data, "n0.total")[-1] == "sum of 5 terms = 13"
    assert "… terms" not in str(data)
    assert "1 of 5 terms" in shown(data, "n0.total")


def test_arrays_are_short_or_shapes_and_products_of_matrices_say_vjp():
    def layer(X, w):
        return np.sum(X @ w)

    data = told(layer, X=np.ones((4, 3)), w=np.array([1.0, 2.0, 3.0]))
    assert shown(data, "n0.value")[0] == "(4, 3)"
    assert shown(data, "n1.value")[0] == "[1, 2, 3]"
    assert {text for slot in data["texts"] if slot.endswith(".local") for text in shown(data, slot)} == {"", "vjp"}
    assert "its vector-Jacobian product to w" in says(data)[-1]


def test_without_a_backward_pass_the_last_step_says_why():
    assert "has the shape (2,)" in says(told(lambda x: x * 2.0, x=np.array([1.0, 2.0])))[-1]
    assert "No input that the output depends on is tracked" in says(told(f, untracked=("x", "y"), x=2.0, y=5.0))[-1]


def test_the_table_in_plain_characters(story):
    assert table_text(story, 8) == "\n".join(
        [
            "node  operation  inputs  value      cotangent",
            "x     input              2          not yet",
            "y     input              5          -0.283662 + ...",
            "log   log        x       0.693147   not yet",
            "*     *          x, y    10         not yet",
            "+     +          log, *  10.6931    1",
            "sin   sin        y       -0.958924  -1",
            "-     -          +, sin  11.6521    1",
        ]
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (-0.0, "0"),
        (-1e-9, "−1e-9".replace("-", "−")),
        (1234567.0, "1.23457e6"),
        (1.7163378145367738, "1.71634"),
        (-0.5, "−0.5"),
        (float("inf"), "inf"),
        (np.array([1.0, -2.5]), "[1, −2.5]"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "[[1, 2], [3, 4]]"),
        (np.ones(6) / 3, "(6,)"),
        (np.ones((64, 10)), "(64, 10)"),
        (3, "3"),
    ],
)
def test_numbers_as_text(value, text):
    assert number_text(value) == text


def test_a_negative_factor_stands_in_brackets():
    assert (factor_text(-3.0), factor_text(3.0)) == ("(−3)", "3")


def test_what_json_can_not_hold_becomes_a_word():
    assert (as_json(float("nan")), as_json(np.float64(2)), as_json(np.ones(7)), as_json(None)) == ("nan", 2, None, None)
