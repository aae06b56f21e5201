"""`autodiff-lessons doctor` passes a whole installation, and names the part that is broken."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace
from typing import Any

import pytest

import autodiff_lessons
from autodiff_lessons import cli, exercises
from autodiff_lessons.course import doctor


@pytest.fixture(autouse=True)
def _environment_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sets these for its process."""
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", "off")


def test_a_whole_installation_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said[:-1]] == [f"ok      {part}" for part in doctor.PARTS]
    assert said[-1] == "All is there: `autodiff-lessons` opens the course."


def absent(name: str) -> str:
    raise PackageNotFoundError(name)


def always(status: str) -> list[Any]:
    """An exercise that says the same to every answer."""
    given = SimpleNamespace(status=status, message="as always")
    wrong = [SimpleNamespace(code=None)]
    return [SimpleNamespace(id="0.1", decorates=True, reference=None, wrong_answers=wrong, check=lambda _: given)]


BROKEN = [
    ("versions", doctor, "version", absent, "No package metadata"),
    ("notebooks", doctor, "learner_notebooks", lambda: {"00_start.ipynb": b'{"cells": [1]}'}, "no lesson"),
    ("notebooks", doctor, "learner_notebooks", lambda: {"00.ipynb": b"cut off"}, "JSONDecodeError"),
    ("engine", autodiff_lessons, "grad", lambda f, argnums: lambda x, y: (5.0, 1.7), "wrong derivatives: 5.0, 1.7"),
    ("exercises", exercises, "all_exercises", lambda: [], "there are none"),
    ("exercises", exercises, "all_exercises", lambda: always("correct"), "calls a wrong answer correct"),
    ("exercises", exercises, "all_exercises", lambda: always("incorrect"), "calls its own solution incorrect"),
    ("pictures", autodiff_lessons.GraphView, "_esm", "", "GraphView has no program"),
    ("pictures", autodiff_lessons.GraphView, "_repr_mimebundle_", lambda self: None, "no still picture"),
    ("JupyterLab", doctor, "EXTENSIONS", ("of nobody",), "of nobody is missing"),
    ("kernel", doctor, "WIDGET", "1 / 0", "division by zero"),
    ("kernel", doctor, "WIDGET", "1", "showed no widget"),
]


@pytest.mark.parametrize(("part", "owner", "name", "broken", "told"), BROKEN)
def test_a_broken_part_is_named_with_what_is_wrong(
    part: str,
    owner: Any,
    name: str,
    broken: Any,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(owner, name, broken)
    monkeypatch.setattr(doctor, "PARTS", {part: doctor.PARTS[part]})
    assert cli.main(["doctor"]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"FAILED  {part}: ")
    assert told in first
    assert last.startswith("1 of 1 parts do not work.")
