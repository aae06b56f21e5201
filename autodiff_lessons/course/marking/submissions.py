"""Find the notebooks that were handed in, in any of the usual layouts; whatever else lies there gets its reason.

FOLDER/ada.ipynb                          the learner is the file's name
FOLDER/ada/01_measure_a_slope.ipynb       the learner is the folder
FOLDER/submitted/ada/lesson_01/01_....ipynb   a course of nbgrader
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autodiff_lessons.course.lessons import lessons
from autodiff_lessons.course.marking.marks import printable
from autodiff_lessons.errors import UsageError

NBGRADER = "submitted"
SUFFIX = ".ipynb"


@dataclass(frozen=True)
class Submission:
    """One file that was handed in.

    learner  whose it is
    file     its path in the folder, with "/" between the parts
    path     where to read it
    problem  why it can't be read; "" where it can
    """

    learner: str
    file: str
    path: Path
    problem: str = ""

    @property
    def lessons(self) -> tuple[int, ...]:
        """The lessons that its name speaks of."""
        return tuple(one.number for one in lessons() if one.file.removesuffix(SUFFIX) in self.path.name)


def submissions(folder: Path, largest: int) -> list[Submission]:
    """Every notebook in the folder, sorted by learner and file, and every reason why something is none.

    Nothing outside the folder is read: symbolic links are named, not followed.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; give the one that the submitted notebooks are in")
    if (folder / NBGRADER).is_dir():
        folder = folder / NBGRADER
    found = []
    for entry in sorted(_visible(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        if entry.is_symlink() or not entry.is_dir(follow_symlinks=False):
            if entry.is_symlink() or _is_notebook(path):
                found.append(_looked_at(printable(path.stem), folder, path, largest))
            continue
        learner = printable(entry.name)
        inside = [_looked_at(learner, folder, one, largest) for one in _notebooks(path)]
        found += inside or [Submission(learner, learner, path, "there is no notebook in this folder")]
    return sorted(found, key=lambda one: (one.learner, one.file))


def _notebooks(folder: Path) -> Iterator[Path]:
    """Notebooks and links, at any depth."""
    try:
        entries = sorted(_visible(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder  # named, with its reason
        return
    for entry in entries:
        if entry.is_symlink() or _is_notebook(Path(entry.path)):
            yield Path(entry.path)
        elif entry.is_dir(follow_symlinks=False):
            yield from _notebooks(Path(entry.path))


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]  # such as .ipynb_checkpoints


def _is_notebook(path: Path) -> bool:
    return path.suffix.lower() == SUFFIX


def _looked_at(learner: str, folder: Path, path: Path, largest: int) -> Submission:
    return Submission(learner, printable(path.relative_to(folder).as_posix()), path, _problem(path, largest))


def _problem(path: Path, largest: int) -> str:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return "a symbolic link, which is not followed: hand in the file itself"
        if not stat.S_ISREG(status.st_mode):
            return "not a file" if not stat.S_ISDIR(status.st_mode) or _is_notebook(path) else "can't be read"
        if status.st_size > largest:
            size, most = status.st_size / 1e6, largest / 1e6
            return f"{size:,.0f} MB, and no more than {most:,.0f} MB are read: clear its outputs, or use --largest"
        with path.open("rb"):
            return ""
    except OSError as error:
        return f"can't be read: {error.strerror}"
