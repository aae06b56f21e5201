"""What can be known about the Binder image without building it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
from packaging.specifiers import SpecifierSet

from autodiff_lessons.course.jupyter import FOLDER

REPOSITORY = Path(__file__).parents[2]
BINDER = REPOSITORY / "binder"
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the image's start script is for bash")


def test_the_environment_is_the_project_and_nothing_else():
    assert sorted(path.name for path in BINDER.iterdir()) == ["requirements.txt", "runtime.txt", "start"]
    lines = (BINDER / "requirements.txt").read_text(encoding="ascii").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["."]
    assert len(lines) > 1  # of a file of two bytes repo2docker reads one Chinese character, and installs too early


def test_its_python_is_one_that_the_project_supports():
    version = re.fullmatch(r"python-(3\.\d+)\n", (BINDER / "runtime.txt").read_text())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert SpecifierSet(project["requires-python"]).contains(f"{version[1]}.0")


@needs_bash
def test_the_start_script_sets_jupyters_path_and_runs_its_command():
    start = BINDER / "start"
    assert os.access(start, os.X_OK)
    assert start.read_text().startswith("#!/bin/bash\n")
    subprocess.run(["bash", "-n", start], check=True)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
    }
    for before, expected in [("", f"{FOLDER}"), ("/their settings", f"{FOLDER}:/their settings")]:
        environment["JUPYTER_CONFIG_PATH"] = before
        shown = subprocess.run(
            [start, "bash", "-c", 'printf "%s|%s" "$JUPYTER_CONFIG_PATH" "$1"', "bash", "two words"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert shown.stdout == f"{expected}|two words"


def test_the_launch_link_opens_jupyterlab_at_a_notebook_that_exists():
    links = re.findall(r"https://mybinder\.org/v2/gh/[^)\s\"]+", (REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert links
    for link in links:
        path = re.fullmatch(r"https://mybinder\.org/v2/gh/[^/]+/[^/]+/[^/?]+\?urlpath=lab/tree/(.+)", unquote(link))
        assert path[1] == "notebooks/00_start_here.ipynb"
        assert (REPOSITORY / path[1]).is_file()
