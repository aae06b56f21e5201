"""A learner's working copy of the notebooks: brought up to date, and nothing that the learner changed ever lost.

What was delivered under which name is kept in `.autodiff-lessons/delivered.json` as a fingerprint. A file that is still
as it was delivered may be replaced; any other is the learner's, and a lesson's new version then arrives beside it as
"NAME (new version 2).ipynb". Without that record (lost, damaged) every file counts as the learner's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count
from pathlib import Path

from autodiff_lessons.errors import UsageError

OWN_FOLDER = ".autodiff-lessons"
CHEAT_SHEETS = "cheat_sheets"
DEFAULT_FOLDER = Path("autodiff-lessons-work")


def learner_notebooks() -> dict[str, bytes]:
    """The learner edition, name -> content: the one in this package, or in a checkout the repository's.

    A cheat sheet's name begins with its folder: "cheat_sheets/05_read_computation_graphs.ipynb".
    """
    packaged = files("autodiff_lessons.course") / "notebooks"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "notebooks"
    found = {entry.name: entry for entry in _entries(folder)}
    found |= {f"{CHEAT_SHEETS}/{entry.name}": entry for entry in _entries(folder / CHEAT_SHEETS)}
    notebooks = {name: found[name].read_bytes() for name in sorted(found) if name.endswith(".ipynb")}
    if not notebooks:
        raise UsageError("this installation has no notebooks in it; install autodiff-lessons again")
    return notebooks


class WorkingCopy:
    """A folder with the learner's notebooks in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own_folder = folder / OWN_FOLDER
        self.record = self.own_folder / "delivered.json"
        self.delivered = self._read_record()  # file name -> fingerprint of what was put there

    def bring_up_to_date(self, notebooks: Mapping[str, bytes]) -> list[str]:
        """Deliver what is new and return a line for each file that was written.

        Every file is complete at every moment: an interrupted run is simply run again. Raises OSError where the folder
        can't be written.
        """
        self.own_folder.mkdir(parents=True, exist_ok=True)
        self._write(self.record, self._record_text())  # a read-only folder shows itself, even with nothing to deliver
        lines = []
        for lesson, content in notebooks.items():
            line = self._bring_lesson(lesson, content)
            lines += [line] if line else []
        return lines

    def renew(self, lesson: str, content: bytes, moment: time.struct_time) -> str | None:
        """Put a lesson there anew; the name under which the learner's was kept, "" for none, None if it is as new.

        Raises OSError where the folder can't be written; the learner's file is then still where it was.
        """
        self.own_folder.mkdir(parents=True, exist_ok=True)
        there = self._fingerprint_of(lesson)
        if there == _fingerprint(content):
            return None
        kept = ""
        if there is not None and there != self.delivered.get(lesson):
            kept = self._keep(lesson, moment)
        self._deliver(lesson, content)
        return kept

    def _keep(self, lesson: str, moment: time.struct_time) -> str:
        """Copy the learner's file to a name that was free."""
        stamp = time.strftime("%Y-%m-%d %H.%M", moment)
        for number in count(1):
            name = f"{lesson.removesuffix('.ipynb')} (mine of {stamp}{f', {number}' if number > 1 else ''}).ipynb"
            if not (self.folder / name).exists():
                break
        self._write(self.folder / name, (self.folder / lesson).read_bytes())
        return name

    def _bring_lesson(self, lesson: str, content: bytes) -> str | None:
        fingerprint = _fingerprint(content)
        there = self._fingerprint_of(lesson)
        if there is None:
            self._deliver(lesson, content)
            return f"new: {lesson}"
        if there == fingerprint:
            self._remember(lesson, fingerprint)
            return None
        if there == self.delivered.get(lesson):
            self._deliver(lesson, content)
            return f"new version: {lesson}"
        if fingerprint in self._versions(lesson):
            return None
        beside = self._name_beside(lesson)
        self._deliver(beside, content)
        return f"new version: {beside}, beside {lesson}, which you have changed"

    def _versions(self, lesson: str) -> set[str]:
        """Every version of a lesson that is here, or was put here and then changed or thrown away by the learner."""
        beside = re.compile(re.escape(lesson.removesuffix(".ipynb")) + r" \(new version \d+\)\.ipynb")
        there = [path.relative_to(self.folder).as_posix() for path in (self.folder / lesson).parent.iterdir()]
        names = {lesson, *(name for name in [*self.delivered, *there] if beside.fullmatch(name))}
        present = {fingerprint for name in names if (fingerprint := self._fingerprint_of(name)) is not None}
        return present | {self.delivered[name] for name in names if name in self.delivered}

    def _name_beside(self, lesson: str) -> str:
        """The first numbered name that is free, or that holds an earlier version which nobody touched."""
        numbered = (_numbered(lesson, number) for number in count(2))
        return next(name for name in numbered if self._fingerprint_of(name) in (None, self.delivered.get(name)))

    def _fingerprint_of(self, name: str) -> str | None:
        try:
            return _fingerprint((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None

    def _deliver(self, name: str, content: bytes) -> None:
        self._write(self.folder / name, content)
        self._remember(name, _fingerprint(content))
        _trust(content)

    def _remember(self, name: str, fingerprint: str) -> None:
        if self.delivered.get(name) != fingerprint:
            self.delivered[name] = fingerprint
            self._write(self.record, self._record_text())

    def _read_record(self) -> dict[str, str]:
        try:
            record = json.loads(self.record.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return {}
        return {str(name): str(value) for name, value in record.items()} if isinstance(record, dict) else {}

    def _record_text(self) -> bytes:
        return (json.dumps(self.delivered, indent=1, sort_keys=True) + "\n").encode()

    def _write(self, path: Path, content: bytes) -> None:
        """All of it or nothing: written under another name, then renamed."""
        part = self.own_folder / f"{os.getpid()}.part"
        try:
            part.write_bytes(content)
            path.parent.mkdir(exist_ok=True)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _entries(folder: Traversable) -> list[Traversable]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _numbered(lesson: str, number: int) -> str:
    return f"{lesson.removesuffix('.ipynb')} (new version {number}).ipynb"


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _trust(content: bytes) -> None:
    """Tell Jupyter that these outputs are trusted, so that it shows their SVG pictures; without it, it shows PNG."""
    try:
        from nbformat import reads  # noqa: PLC0415
        from nbformat.sign import NotebookNotary  # noqa: PLC0415

        notary = NotebookNotary()
        notary.sign(reads(content.decode("utf-8"), as_version=4))
        notary.store.close()
    except Exception:  # whatever it is, the lesson works without
        return
