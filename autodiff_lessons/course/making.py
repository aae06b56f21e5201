"""Make the course's notebooks from their sources and find those that are stale."""

from __future__ import annotations

import asyncio
import difflib
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from nbformat import NotebookNode

from autodiff_lessons.course import editions, glossary, pages, workcopy
from autodiff_lessons.course.build import SOURCES
from autodiff_lessons.course.executing import executed

LEARNER = Path("notebooks")
SOLUTIONS = LEARNER / "solutions"
CHEAT_SHEETS = LEARNER / workcopy.CHEAT_SHEETS
SHOWN_LINES = 24


@dataclass(frozen=True)
class Target:
    """One notebook to make; paths are relative to the repository's root. The glossary's source is all sources."""

    source: Path
    path: Path
    kind: Literal["learner edition", "solution edition", "cheat sheet", "glossary"]


def targets_in(root: Path, only: str | None = None) -> list[Target]:
    """List the notebooks that the sources ask for, of every lesson or of the one with this number."""
    targets = []
    for source in sorted(path.relative_to(root) for path in (root / SOURCES).glob("*.md")):
        name = f"{source.stem}.ipynb"
        if only is None or source.name.startswith(f"{only.zfill(2)}_"):
            targets.append(Target(source, LEARNER / name, "learner edition"))
            targets.append(Target(source, SOLUTIONS / name, "solution edition"))
            if pages.is_summed_up(root / source):
                targets.append(Target(source, CHEAT_SHEETS / name, "cheat sheet"))
    if targets and only is None:
        targets.append(Target(SOURCES, LEARNER / glossary.FILE, "glossary"))
    return targets


def orphans(root: Path, targets: list[Target]) -> dict[Path, str]:
    """Name the notebooks that no source makes, each with what to do."""
    folders = (LEARNER, SOLUTIONS, CHEAT_SHEETS)
    found = (path.relative_to(root) for folder in folders for path in (root / folder).glob("*.ipynb"))
    made = {target.path for target in targets}
    advice = f"no source in {SOURCES} makes it: delete it or write its source"
    return {path: advice for path in found if path not in made}


def make(root: Path, targets: list[Target], say: Callable[[str], object]) -> dict[Path, str]:
    """Write the notebooks, each in one step and only where it changes; return those that failed, with the reason."""
    for folder in {target.path.parent for target in targets}:
        (root / folder).mkdir(parents=True, exist_ok=True)
    failed = {}
    for target, outcome in _each_built(root, targets):
        if isinstance(outcome, BaseException):
            failed[target.path] = f"not built\n{outcome}"
        else:
            say(f"{target.path}: {'written' if _replaced(root / target.path, outcome) else 'unchanged'}")
    return failed


def stale(root: Path, targets: list[Target]) -> dict[Path, str]:
    """Build in memory and name each notebook whose file is not what its source makes, with the first difference."""
    problems = {target.path: "stale: missing" for target in targets if not (root / target.path).is_file()}
    there = [target for target in targets if target.path not in problems]
    for target, outcome in _each_built(root, there):
        if isinstance(outcome, BaseException):
            problems[target.path] = f"can't be built\n{outcome}"
            continue
        try:
            committed = _read(root / target.path)
        except Exception as error:  # JSON's, nbformat's and the schema's errors have no common parent
            problems[target.path] = f"stale: not a valid notebook: {str(error).splitlines()[0]}"
            continue
        difference = editions.first_difference(committed, outcome)
        if difference:
            problems[target.path] = f"stale: it differs first in {difference.where}\n{_compared(difference)}"
    return problems


async def built(root: Path, target: Target) -> NotebookNode:
    """Make one notebook in memory: read its source, solve it if that is its edition, link it, run it, tidy it."""
    if target.kind == "glossary":
        return pages.glossary_page(root / target.source)
    if target.kind == "cheat sheet":
        return pages.cheat_sheet_page(root / target.source)
    solved = target.kind == "solution edition"
    notebook = editions.learner_edition((root / target.source).read_text(encoding="utf-8"))
    if solved:
        notebook = editions.solution_edition(notebook)
    pages.link(notebook, target.source, pages="../" if solved else "")
    notebook = editions.tidied(await executed(notebook, root / target.path.parent))
    editions.refuse_unless("correct" if solved else "not attempted", notebook)
    return notebook


def _each_built(root: Path, targets: list[Target]) -> list[tuple[Target, NotebookNode | BaseException]]:
    """Build them, a kernel for each core at a time; what stops one lesson stands in its place, and the others go on."""

    async def all_built() -> list[NotebookNode | BaseException]:
        cores = asyncio.Semaphore(os.cpu_count() or 1)

        async def one(target: Target) -> NotebookNode:
            async with cores:
                return await built(root, target)

        return await asyncio.gather(*map(one, targets), return_exceptions=True)

    return list(zip(targets, asyncio.run(all_built()), strict=True))


def _read(path: Path) -> NotebookNode:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nbformat repairs a missing id with a warning
        notebook: NotebookNode = nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    return notebook


def _replaced(path: Path, notebook: NotebookNode) -> bool:
    text = editions.written(notebook)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(beside, path)
    return True


def _compared(difference: editions.Difference) -> str:
    lines = difflib.unified_diff(
        difference.committed.splitlines(), difference.built.splitlines(), "committed", "built", lineterm="", n=1
    )
    return "\n".join(list(lines)[:SHOWN_LINES])
