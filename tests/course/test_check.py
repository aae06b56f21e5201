"""`autodiff-lessons check my.ipynb` judges any notebook that a learner can bring, and changes none."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autodiff_lessons import cli, exercises

IMPORTS = "from autodiff_lessons import answer, exercise, graph_question"
RIGHT_5_2 = 'answer("5.2", x1=6, x2=7, loss=3)'


def notebook_of(path: Path, *cells: str) -> Path:
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Mine"), *map(new_code_cell, (IMPORTS, *cells))]), path)
    return path


def check(path: Path, *options: str) -> int:
    return cli.main(["check", str(path), *options])


def lines(text: str) -> dict[str, str]:
    """The line on each exercise, by its id."""
    return {line.split()[0]: line for line in text.splitlines() if line[:1].isdigit() and " of " not in line[:6]}


def test_a_solved_lesson_passes(repository: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_bytes((repository / "notebooks/solutions/05_read_computation_graphs.ipynb").read_bytes())
    assert check(path) == 0
    said = capsys.readouterr().out
    assert set(lines(said)) == {"5.1", "5.2", "5.3", "5.4"}
    assert all("correct" in line and "incorrect" not in line for line in lines(said).values())
    assert said.endswith("4 of 4 exercises are correct.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.ipynb"]


def test_an_unsolved_lesson_does_not(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(repository / "notebooks/05_read_computation_graphs.ipynb") == 1
    said = capsys.readouterr().out
    assert all("not attempted" in line for line in lines(said).values())
    assert said.endswith("0 of 4 exercises are correct.\n")


def test_every_kind_of_cell_that_a_learner_leaves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One notebook for all, since each start of a kernel takes a second."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/number.txt").write_text("6")
    (tmp_path / "mine/conftest.py").write_text("raise SystemExit('a conftest in the way')")
    (tmp_path / "mine/pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    path = notebook_of(
        tmp_path / "mine/mine.ipynb",
        "1 / 0",
        "this is not Python",
        "while True:\n    print('x' * 1000)",
        "%%capture\nx1 = int(open('number.txt').read())",
        "print('debugging')\nanswer('5.2', x1=x1, x2=7, loss=3)\n# NBVAL_SKIP",
        '#NBVAL_IGNORE_OUTPUT\nanswer("5.3", grad_loss_x2=-1,'
        " grad_x2_x1=1, grad_x2_b=1, grad_x1_w=2, dloss_dw=-2, dloss_db=-1)",
        '@exercise("5.4")\ndef by_paths(x, w):\n    return w * w + 2 * x * w, x * x + 2 * x * w',
        '@exercise("5.4")\ndef by_paths(x, w:\n    return x',
        'answer("9.99", x=1)',
    )
    before = path.read_bytes()
    assert check(path, "--timeout", "2") == 1
    said = lines(capsys.readouterr().out)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        "conftest.py",
        "mine.ipynb",
        "number.txt",
        "pytest.ini",
    ]
    assert "missing" in said["5.1"]
    assert "  correct  " in said["5.2"]
    assert "  incorrect  " in said["5.3"]
    assert exercises.get("5.3").title in said["5.3"]
    assert "not checked" in said["5.4"]
    assert "checked 2 times, the last one counts" in said["5.4"]
    assert "SyntaxError" in said["5.4"]
    assert "unknown" in said["9.99"]


def test_the_message_is_about_the_learners_own_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a notebook of an older format, too, in which cells have no ids."""
    path = notebook_of(
        tmp_path / "mine.ipynb",
        'answer("5.2", x1=6, x2=7, loss=-3)',
        'graph_question("5.3")',
        'answer("5.3", grad_loss_x2=...)',
    )
    data = json.loads(path.read_text())
    data["nbformat_minor"] = 2
    for cell in data["cells"]:
        del cell["id"]
    path.write_text(json.dumps(data))
    assert check(path) == 1
    said = lines(capsys.readouterr().out)
    expected = exercises.get("5.2").check({"x1": 6, "x2": 7, "loss": -3}).message
    assert " ".join(expected.split())[:80] in said["5.2"]
    assert "not attempted" in said["5.3"]
    assert "typed on the graph" in said["5.3"]


@pytest.mark.parametrize(
    ("killer", "reason"),
    [("import os; os._exit(1)", "ended Python"), ("while True:\n    pass", "correct")],
    ids=["the kernel dies", "an endless loop"],
)
def test_what_a_cell_does_to_the_kernel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], killer: str, reason: str
) -> None:
    assert check(notebook_of(tmp_path / "mine.ipynb", killer, RIGHT_5_2), "--timeout", "1") == 1
    assert reason in lines(capsys.readouterr().out)["5.2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        (b"{", "is not a notebook"),
        (b"[]", "is not a notebook"),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is not a notebook"),
        (b"\xff\xfe\x00", "is not a notebook"),
        (b'{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "has no exercise in it"),
    ],
)
def test_what_can_not_be_checked_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    path = tmp_path / "mine.ipynb"
    if content is not None:
        path.write_bytes(content)
    assert check(path) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_folder_and_a_timeout_of_nothing_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path) == 2
    assert "can't be read" in capsys.readouterr().err
    assert check(notebook_of(tmp_path / "mine.ipynb", RIGHT_5_2), "--timeout", "0") == 2
    assert "above 0" in capsys.readouterr().err


def test_without_nbval_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "nbval" else found(name, *more)
    )
    assert check(tmp_path / "mine.ipynb") == 2
    assert "pip install '.[check]'" in capsys.readouterr().err
