"""CONTRIBUTING.md, followed step by step on a copy of the repository."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHAPTERS = dict(re.findall(r"^## (Add .+?)\n(.*?)(?=^## Add |\Z)", TEXT, re.M | re.S))
BLOCK = re.compile(r"^(?P<fence>`{3,4})(?P<kind>\w+(?: fails)?)\n(?P<content>.*?)^(?P=fence)$", re.M | re.S)
NEW_FILE = re.compile(r"New file `([^`]+)`:\s*$")
AFTER_A_LINE = re.compile(r"[Ii]n\s+`([^`]+)`,\s+after\s+the\s+line\s+`([^`]+)`:\s*$")


def steps(chapter: str) -> Iterator[tuple[str, str, str]]:
    """Each block of a chapter: its kind, its content and the text right before it."""
    end = 0
    for block in BLOCK.finditer(chapter):
        yield block["kind"], block["content"], chapter[end : block.start()].rstrip()
        end = block.end()


def write(root: Path, content: str, told: str) -> None:
    """What a step says to write, and where."""
    new, after = NEW_FILE.search(told), AFTER_A_LINE.search(told)
    if new:
        path = root / new[1]
        assert not path.exists(), f"{new[1]} is there already"
        path.write_text(content, encoding="utf-8")
        return
    assert after, f"where does this belong? {told[-200:]}"
    path = root / after[1]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line == f"{after[2]}\n"]
    assert len(places) == 1, f"{after[1]} has this line {len(places)} times: {after[2]}"
    lines[places[0] + 1 : places[0] + 1] = [content]
    path.write_text("".join(lines), encoding="utf-8")


def run(root: Path, command: str, fails: bool) -> None:
    """Run a line of a step with this Python, on the copy."""
    words = shlex.split(command)
    programs = {
        "pytest": ["-m", "pytest", "-q", "-n0"],
        "autodiff-lessons": ["-m", "autodiff_lessons.cli"],
        "python": [],
    }
    line = [sys.executable, *programs[words[0]], *words[1:]]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(line, check=False, cwd=root, env=environment, capture_output=True, text=True)
    assert (done.returncode != 0) == fails, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_there_is_a_chapter_for_each_thing_that_is_added() -> None:
    assert list(CHAPTERS) == ["Add an operation", "Add an exercise", "Add an explorer", "Add a lesson"]


@pytest.mark.parametrize("title", CHAPTERS)
def test_the_steps_can_be_followed(title: str, tmp_path: Path, repository: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, check=False, capture_output=True).stdout
    names = [name for name in listed.decode().split("\0") if name] or files_below(repository)
    for name in names:
        if (repository / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((repository / name).read_bytes())
    done = 0
    for kind, content, told in steps(CHAPTERS[title]):
        if kind.startswith("sh"):
            for command in content.splitlines():
                run(tmp_path, command, fails="fails" in kind)
        else:
            write(tmp_path, content, told)
        done += 1
    assert done >= 3


def files_below(root: Path) -> list[str]:
    """Every file of a copy that git does not know, without environments and caches."""
    found = (path for path in root.rglob("*") if path.is_file())
    names = (path.relative_to(root) for path in found)
    return [
        str(name) for name in names if not any(part.startswith(".") or part == "__pycache__" for part in name.parts)
    ]
