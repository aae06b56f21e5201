"""What can be known about the Binder image without building it; `rehearsal.py` installs and starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import binder_lock
import pytest
from binder_image import Image, image_of
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autodiff_lessons.course.jupyter import FOLDER

REPOSITORY = Path(__file__).parents[2]
BINDER = REPOSITORY / "binder"
LOCK = binder_lock.LOCK.read_text(encoding="ascii")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the image's start script is for bash")


@pytest.fixture(scope="module")
def image() -> Image:
    return image_of(REPOSITORY)


def test_repo2docker_takes_its_python_build_pack_and_all_that_is_in_the_folder(image: Image) -> None:
    assert (image.build_pack, image.python) == ("PythonBuildPack", "3.12")
    assert image.steps == (
        '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        "chmod +x binder/postBuild && ./binder/postBuild",
    )
    assert image.start == "binder/start"
    assert sorted(path.name for path in BINDER.iterdir()) == ["postBuild", "requirements.txt", "runtime.txt", "start"]


def test_a_new_commit_does_not_install_the_packages_again(image: Image) -> None:
    """An engine keeps a layer for as long as what went into it is the same: this one's needs the lock alone."""
    assert image.cached == 1
    repository = re.search(r"^COPY --chown=\S+ src/ ", image.dockerfile, re.MULTILINE)
    assert repository
    assert image.dockerfile.index("pip install --no-cache-dir -r") < repository.start()


@pytest.mark.parametrize("python", binder_lock.PYTHONS)
def test_the_lock_pins_what_pyproject_asks_for(python: str) -> None:
    pinned = binder_lock.pins(LOCK, python)
    for requirement in map(Requirement, binder_lock.wanted()):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_a_stale_lock_is_named_package_by_package() -> None:
    assert binder_lock.differences(LOCK, LOCK) == []
    without = re.sub(r"^anywidget==.*\n", "", LOCK, flags=re.MULTILINE)
    told = binder_lock.differences(without, LOCK)
    assert [line.partition(":")[0] for line in told] == [f"Python {one}, anywidget" for one in binder_lock.PYTHONS]
    assert all("not pinned, 0." in line for line in told)
    newer = re.sub(
        r"^numpy==\S+ ; python_full_version >= .*$", "numpy==99.0 ; python_version >= '3.12'", LOCK, flags=re.M
    )
    assert len(binder_lock.differences(LOCK, newer)) == len(binder_lock.PYTHONS) - 1


def test_the_floors_are_at_or_below_what_the_base_environment_has(image: Image) -> None:
    """A higher one would make the image hold these twice."""
    there = [one for one in map(Requirement, binder_lock.wanted()) if canonicalize_name(one.name) in image.base]
    assert {"jupyterlab", "ipywidgets"} <= {one.name for one in there}
    for requirement in there:
        assert requirement.specifier.contains(image.base[canonicalize_name(requirement.name)]), requirement


def test_the_course_itself_is_installed_without_asking_anyone() -> None:
    script = (BINDER / "postBuild").read_text()
    assert {"--no-index", "--no-build-isolation", "--no-deps"} <= set(script.split())
    assert os.access(BINDER / "postBuild", os.X_OK)
    subprocess.run(["bash", "-n", BINDER / "postBuild"], check=True)


@needs_bash
def test_the_start_script_delivers_the_lessons_sets_jupyters_path_and_runs_its_command(tmp_path: Path) -> None:
    start = BINDER / "start"
    assert os.access(start, os.X_OK)
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, options in {"python": "", "autodiff-lessons": "-m autodiff_lessons.cli"}.items():
        (commands / name).write_text(f'#!/bin/bash\nexec {sys.executable} {options} "$@"\n')
        (commands / name).chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    for before, expected in [("", f"{FOLDER}"), ("/their settings", f"{FOLDER}:/their settings")]:
        environment["JUPYTER_CONFIG_PATH"] = before
        shown = subprocess.run(
            [start, "bash", "-c", 'printf "|%s|%s" "$JUPYTER_CONFIG_PATH" "$1"', "bash", "two words"],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert shown.stdout.endswith(f"|{expected}|two words")
    assert (tmp_path / "autodiff-lessons-work" / "00_start_here.ipynb").is_file()


def test_the_launch_link_opens_jupyterlab_at_the_learners_copy_of_a_notebook_that_exists() -> None:
    links = re.findall(r"https://mybinder\.org/v2/gh/[^)\s\"]+", (REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert links
    for link in links:
        path = re.fullmatch(r"https://mybinder\.org/v2/gh/[^/]+/[^/]+/[^/?]+\?urlpath=lab/tree/(.+)", unquote(link))
        assert path, link
        folder, _, notebook = path[1].partition("/")
        assert folder == "autodiff-lessons-work"
        assert (REPOSITORY / "notebooks" / notebook).is_file()
