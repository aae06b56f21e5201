"""The committed notebooks are executed, and nbval's comparison of them can fail."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
# Both editions of each lesson; their names begin with its number.
COMMITTED = sorted(ROOT.glob("notebooks/[0-9]*.ipynb")) + sorted(ROOT.glob("notebooks/solutions/*.ipynb"))


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_each_source_has_its_two_notebooks() -> None:
    lessons = {path.stem for path in ROOT.glob("notebooks/source/*.md")}
    assert lessons
    assert {path.stem for path in COMMITTED} == lessons
    assert len(COMMITTED) == 2 * len(lessons)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_cell_was_run_and_none_failed(path: Path) -> None:
    for number, cell in enumerate(code_cells(path), start=1):
        assert cell.execution_count == number, f"nbval compares nothing in a cell that was not run:\n{cell.source}"
        assert not [output for output in cell.outputs if output.output_type == "error"], cell.source
        assert not {"nbval-skip", "nbval-ignore-output", "raises-exception"} & set(cell.metadata.get("tags", [])), (
            cell.source
        )
        assert "NBVAL" not in cell.source


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Run nbval on one notebook with the settings of the README's test command."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            str(ROOT / "pyproject.toml"),
            "-n0",
            "-p",
            "no:cacheprovider",
            str(path),
        ],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def changed(path: Path, pattern: str, replacement: str, folder: Path) -> Path:
    """Copy a notebook up to exercise 5.2, with this change in that exercise's cell."""
    notebook = nbformat.read(path, as_version=4)
    place = [cell.id for cell in notebook.cells].index("exercise-5-2")
    notebook.cells = notebook.cells[: place + 1]
    notebook.cells[place].source, count = re.subn(pattern, replacement, notebook.cells[place].source)
    assert count == 1, notebook.cells[place].source
    nbformat.write(notebook, folder / path.name)
    return folder / path.name


SOLVED = ROOT / "notebooks/solutions/05_read_computation_graphs.ipynb"
UNSOLVED = ROOT / "notebooks/05_read_computation_graphs.ipynb"


def test_nbval_passes_a_copy_that_answers_the_same(tmp_path: Path) -> None:
    copy = changed(SOLVED, r"\Z", "\n# nothing that counts", tmp_path)
    run = nbval(copy)
    assert run.returncode == 0, run.stdout
    assert f"{len(code_cells(copy))} passed" in run.stdout


@pytest.mark.parametrize("path", [SOLVED, UNSOLVED], ids=["solution edition", "learner edition"])
def test_nbval_fails_where_an_answer_is_another(path: Path, tmp_path: Path) -> None:
    copy = changed(path, r"\bx1=[^,)]+", "x1=5", tmp_path)
    run = nbval(copy)
    cells = len(code_cells(copy))
    assert run.returncode == 1, run.stdout
    assert re.search(rf"::Cell {cells - 1}\b", run.stdout.partition("short test summary info")[2])
    assert f"1 failed, {cells - 1} passed" in run.stdout
