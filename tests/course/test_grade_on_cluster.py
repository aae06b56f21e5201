"""`autodiff-lessons grade FOLDER --scheduler tcp://...`: the same marks from the workers of a Dask cluster."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autodiff_lessons import cli
from autodiff_lessons.graph import Cluster, distributed


def grade(folder: Path, out: Path, *options: str) -> bytes:
    code = cli.main(["grade", str(folder), "--csv", str(out), "--cell-seconds", "10", *options])
    assert code == 1  # one of them is no notebook
    return out.read_bytes()


def test_the_marks_are_those_of_this_machine(tmp_path: Path, repository: Path) -> None:
    pile = tmp_path / "pile"
    for place, file in [("ada", "solutions"), ("bob", ".")]:
        (pile / place).mkdir(parents=True)
        shutil.copy(repository / "notebooks" / file / "05_read_computation_graphs.ipynb", pile / place)
    (pile / "cy.ipynb").write_text("{")
    here = grade(pile, tmp_path / "here.csv", "--jobs", "1")
    assert here.count(b",solved,") == here.count(b",open,") == 4
    with Cluster(workers=1) as own:
        address = own.client.scheduler.address
        assert grade(pile, tmp_path / "there.csv", "--scheduler", address) == here
        # Nothing stays behind on a worker.
        from autodiff_lessons.course.marking import room  # noqa: PLC0415

        assert list(own.client.run(lambda: len(room._open)).values()) == [0]


def test_no_scheduler(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "SECONDS", 1)
    (tmp_path / "ada.ipynb").write_text("{")
    assert cli.main(["grade", str(tmp_path), "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "No scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
