"""A class that gets the course by an nbgitpuller link: a new version arrives, and nothing of a learner's is touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autodiff_lessons.course.workcopy import learner_notebooks

pytest.importorskip("nbgitpuller")

LESSON, OTHER = "05_read_computation_graphs.ipynb", "06_build_reverse_mode.ipynb"
SOLVED = 'answer("5.2", x1=6, x2=7, loss=3)  # mine'


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


@pytest.fixture
def upstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The instructor's repository, with one lesson released."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    folder = tmp_path / "upstream"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    release(folder, LESSON, learner_notebooks()[LESSON])
    return folder


def release(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", f"release {name}")


def pull(upstream: Path, learner: Path) -> None:
    """What the link does when a learner follows it."""
    command = "from nbgitpuller.pull import main; main()"
    subprocess.run([sys.executable, "-c", command, upstream, "main", learner], check=True, capture_output=True)


def edited(path: Path, change: Any) -> bytes:
    notebook = nbformat.read(path, as_version=4)
    change({cell.id: cell for cell in notebook.cells})
    return nbformat.writes(notebook).encode()


def solve(cells: dict[str, Any]) -> None:
    """What running a changed cell in JupyterLab leaves in the file."""
    cell = cells["exercise-5-2"]
    cell.source, cell.execution_count = SOLVED, 41
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/plain": "5.2: correct"})]
    for number, other in enumerate(cells.values()):
        if other.cell_type == "code" and other.execution_count:
            other.execution_count = 50 + number


def reword(cells: dict[str, Any]) -> None:
    """The new version: another first paragraph, and another stub."""
    first = next(iter(cells.values()))
    first.source = first.source.replace("# 5. Read", "# 5. Read and draw")
    cells["exercise-5-2"].source += "\n# A new comment"


def test_a_new_version_arrives_around_the_learners_work(upstream: Path, tmp_path: Path) -> None:
    learner = tmp_path / "learner"
    pull(upstream, learner)
    assert (learner / LESSON).read_bytes() == learner_notebooks()[LESSON]
    (learner / LESSON).write_bytes(edited(learner / LESSON, solve))
    (learner / "notes.ipynb").write_text("mine")
    (learner / OTHER).write_text("mine, and by chance of this name")
    release(upstream, LESSON, edited(upstream / LESSON, reword))
    release(upstream, OTHER, learner_notebooks()[OTHER])

    pull(upstream, learner)

    merged = nbformat.read(learner / LESSON, as_version=4)
    nbformat.validate(merged)
    cells = {cell.id: cell for cell in merged.cells}
    assert cells["exercise-5-2"].source == SOLVED
    assert cells["exercise-5-2"].outputs[0].data["text/plain"] == "5.2: correct"
    assert merged.cells[0].source.startswith("# 5. Read and draw")
    assert (learner / "notes.ipynb").read_text() == "mine"
    assert (learner / OTHER).read_bytes() == learner_notebooks()[OTHER]
    (moved,) = learner.glob("06_build_reverse_mode_*.ipynb")
    assert moved.read_text() == "mine, and by chance of this name"


def test_a_lesson_that_was_thrown_away_comes_back(upstream: Path, tmp_path: Path) -> None:
    learner = tmp_path / "learner"
    pull(upstream, learner)
    (learner / LESSON).unlink()
    pull(upstream, learner)
    assert (learner / LESSON).read_bytes() == learner_notebooks()[LESSON]


def test_the_lab_goes_on_in_a_folder_that_a_link_has_filled(upstream: Path, tmp_path: Path) -> None:
    from autodiff_lessons.course.workcopy import WorkingCopy  # noqa: PLC0415

    learner = tmp_path / "learner"
    pull(upstream, learner)
    (learner / LESSON).write_bytes(edited(learner / LESSON, solve))
    mine = (learner / LESSON).read_bytes()
    WorkingCopy(learner).bring_up_to_date({LESSON: b"another version"})
    assert (learner / LESSON).read_bytes() == mine
    pull(upstream, learner)
    assert (learner / LESSON).read_bytes() == mine
