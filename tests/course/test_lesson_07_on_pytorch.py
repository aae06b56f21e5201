"""Lesson 7 runs on PyTorch itself, where that is installed, and prints there what it prints on the dialect."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autodiff_lessons.course import editions
from autodiff_lessons.dialects import torch as dialect

DIALECT = "from autodiff_lessons.dialects import torch\n"
SOURCE = Path(__file__).parents[2] / "notebooks/source/07_autograd_the_pytorch_way.md"


def printed(notebook: nbformat.NotebookNode, module: Any) -> list[str]:
    """What each code cell prints, with `module` in the place of the import of the dialect."""
    cells = [f"{cell.source}\n" for cell in notebook.cells if cell.cell_type == "code"]
    (first,) = [cell for cell in cells if DIALECT in cell]
    assert first is cells[0]
    namespace: dict[str, Any] = {"__name__": "__main__", "torch": module}
    outputs = []
    for cell in [first.replace(DIALECT, ""), *cells[1:]]:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(cell, "<lesson 7>", "exec", dont_inherit=True), namespace)
        outputs.append(out.getvalue())
    assert namespace["torch"] is module
    assert isinstance(namespace["x"], module.Tensor)
    return outputs


@pytest.mark.parametrize("verdict", ["not attempted", "correct"])
def test_pytorch_prints_the_same(verdict: str) -> None:
    real = pytest.importorskip("torch", reason="PyTorch is not installed")
    notebook = editions.learner_edition(SOURCE.read_text(encoding="utf-8"))
    if verdict == "correct":
        notebook = editions.solution_edition(notebook)
    outputs = printed(notebook, dialect)
    assert outputs == printed(notebook, real)
    assert "tensor(5.5000) tensor(1.7163)" in "".join(outputs)
    assert "".join(outputs).count(f": {verdict}\n") == 4
