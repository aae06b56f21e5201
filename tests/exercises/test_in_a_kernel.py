"""The exercises in a real kernel: what a cell shows, and that the learner's lines are told by the cell's numbers."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

RAISES = """\
# a comment
@exercise("5.4")
def mine(x, w):
    print("at", x)
    total = x + w
    return total / 0
"""
HELPER = """\
def by_hand(x):
    return x.real.not_there
"""
ENDLESS = """\
@exercise("5.4")
def mine(x, w):
    while True:
        try:
            w += 1
        except:
            pass
"""
RECURSIVE = """\
@exercise("5.4")
def mine(x, w, turned=False):
    return (w * (2 * x + w), mine(w, x, True)[0]) if not turned else (w * (2 * x + w),)
"""
OF_ITS_KIND = """\
@exercise("4.1")
class Dual:
    def __init__(self, primal, tangent=0.0):
        self.primal, self.tangent = primal, tangent

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.primal + other.primal, self.tangent + other.tangent)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.primal * other.primal, self.primal * other.tangent + self.tangent * other.primal)
"""
CELLS = {
    "import": "from autodiff_lessons import answer, exercise, hint, use_reference",
    "correct": 'answer("5.2", x1=6, x2=7, loss=3)',
    "raises": RAISES,
    "helper": HELPER,
    "in helper": '@exercise("5.4")\ndef mine(x, w):\n    return by_hand(x)',
    "endless": ENDLESS,
    "still here": 'mine.__name__, exercise("5.4")(use_reference("5.4"))(2, 3)',
    "recursive": RECURSIVE,
    "of its kind": OF_ITS_KIND,
    "of its kind, after another": "class Dual: ...\n\n\n" + OF_ITS_KIND,
    "asks": '@exercise("5.4")\ndef mine(x, w):\n    return input("?"), 0',
    "mistyped": '@exercise("5.5")\ndef mine(x, w):\n    return x',
    "hint": 'hint("5.1")',
}


@pytest.fixture(scope="module")
def outputs() -> dict[str, list[Any]]:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


def text(output: Any) -> str:
    return str(output["data"]["text/plain"])


def test_each_check_is_one_output_with_text_and_html(outputs: dict[str, list[Any]]) -> None:
    for name in ("correct", "raises", "in helper", "endless", "asks", "mistyped", "hint"):
        output, *offered = outputs[name]
        assert len(offered) == (name == "endless")  # the third wrong answer in a row
        assert output["output_type"] == "display_data", name
        assert set(output["data"]) == {"text/plain", "text/html"}
    assert outputs["import"] == []


def test_a_correct_answer(outputs: dict[str, list[Any]]) -> None:
    assert text(outputs["correct"][0]).startswith("✓ 5.2 Be the forward pass: correct\n")


def test_the_line_is_the_cells_own(outputs: dict[str, list[Any]]) -> None:
    said = text(outputs["raises"][0])
    assert "`mine(2, 3)` stopped with ZeroDivisionError: " in said
    assert ", on line 6: `return total / 0`." in said
    assert said.endswith("Your code printed, while it was checked:\nat 2.0\nat 3.0\nat -1.5\nat 0.5")


def test_a_line_in_another_cell(outputs: dict[str, list[Any]]) -> None:
    assert ", on line 2 of `by_hand`: `return x.real.not_there`." in text(outputs["in helper"][0])


def test_an_endless_loop_leaves_the_kernel_well(outputs: dict[str, list[Any]]) -> None:
    assert "`mine(2, 3)` was still running after 3 seconds and was stopped." in text(outputs["endless"][0])
    assert text(outputs["still here"][-1]) == "('mine', (21, 16))"


def test_a_definition_has_its_name_while_it_is_checked(outputs: dict[str, list[Any]]) -> None:
    for name in ("recursive", "of its kind", "of its kind, after another"):
        assert text(outputs[name][0]).split("\n")[0].endswith(": correct"), name


def test_input_is_told(outputs: dict[str, list[Any]]) -> None:
    assert 'asked for input(), on line 3: `return input("?"), 0`' in text(outputs["asks"][0])


def test_an_unknown_id(outputs: dict[str, list[Any]]) -> None:
    assert 'There is no exercise "5.5".' in text(outputs["mistyped"][0])
