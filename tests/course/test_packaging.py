"""The wheel is a whole course: opened without the repository, without the solutions."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

LEARNERS = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/autodiff-lessons"
TESTERS = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest"


def hatchling(project: Path, target: str, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=project,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The wheel's files as a learner installs them, by their names in it."""
    built = hatchling(repository, "wheel", tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(built) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def course_files(repository: Path) -> set[str]:
    """What of the package and of the learner edition the wheel has to hold, under the names it has there."""
    package = {
        path.relative_to(repository).as_posix()
        for path in (repository / "autodiff_lessons").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert learner_edition(repository)
    return package | {f"autodiff_lessons/course/{path.relative_to(repository)}" for path in learner_edition(repository)}


def learner_edition(repository: Path) -> list[Path]:
    return [*repository.glob("notebooks/*.ipynb"), *repository.glob("notebooks/cheat_sheets/*.ipynb")]


def test_the_wheel_holds_the_package_and_the_learner_edition_and_nothing_else(
    wheel: dict[str, bytes], repository: Path
) -> None:
    names = {name for name in wheel if ".dist-info/" not in name}
    assert names == course_files(repository)
    assert "autodiff_lessons/py.typed" in names
    assert any(name.endswith(".js") for name in names)
    assert any(name.endswith(".css") for name in names)
    assert any(name.startswith("autodiff_lessons/course/jupyter/") and name.endswith(".json") for name in names)


def test_the_wheels_notebooks_are_the_learner_edition(wheel: dict[str, bytes], repository: Path) -> None:
    for path in learner_edition(repository):
        assert wheel[f"autodiff_lessons/course/{path.relative_to(repository)}"] == path.read_bytes()


def test_the_wheel_installs_the_command_and_names_its_licence(wheel: dict[str, bytes]) -> None:
    (scripts,) = (text.decode() for name, text in wheel.items() if name.endswith("/entry_points.txt"))
    (metadata,) = (text.decode() for name, text in wheel.items() if name.endswith("/METADATA"))
    assert "autodiff-lessons = autodiff_lessons.cli:main" in scripts
    assert "License-Expression: MIT" in metadata
    assert any(name.endswith("/licenses/LICENSE") for name in wheel)


def test_a_wheel_made_from_the_sdist_holds_the_same(wheel: dict[str, bytes], repository: Path, tmp_path: Path) -> None:
    with tarfile.open(hatchling(repository, "sdist", tmp_path / "sdist")) as archive:
        # As an attribute, because Debian 12's Python 3.11.2 has no argument for it yet.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    with zipfile.ZipFile(hatchling(unpacked, "wheel", tmp_path / "wheel")) as archive:
        assert set(archive.namelist()) == set(wheel)


def test_the_versions_of_the_package_and_of_the_project_agree(repository: Path) -> None:
    import autodiff_lessons  # noqa: PLC0415

    assert (
        tomllib.loads((repository / "pyproject.toml").read_text())["project"]["version"] == autodiff_lessons.__version__
    )


def test_the_readmes_two_commands_are_the_ones_that_ci_runs(repository: Path) -> None:
    readme, ci = (repository / "README.md").read_text(), (repository / ".ci/run").read_text()
    for command in (LEARNERS, TESTERS):
        assert command in readme
        assert command in ci
    assert os.access(repository / ".ci/run", os.X_OK)
