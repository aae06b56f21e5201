"""Make the course's notebooks from their sources and find those that are stale."""

from __future__ import annotations

import asyncio
import difflib
import os
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autodiff_lessons.course import editions, glossary, pages, workcopy
from autodiff_lessons.course.build import SOURCES

LEARNER = Path("notebooks")
SOLUTIONS = LEARNER / "solutions"
CHEAT_SHEETS = LEARNER / workcopy.CHEAT_SHEETS
CELL_SECONDS = 120
SHOWN_LINES = 24
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Target:
    """One notebook to make; paths are relative to the repository's root. The glossary's source is all sources."""

    source: Path
    path: Path
    kind: Literal["learner edition", "solution edition", "cheat sheet", "glossary"]


class BuildError(Exception):
    """A lesson's cell can't be run; the message shows the cell."""


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


class _OneKernelSpec(KernelSpecManager):
    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


class _ThisInterpreter(AsyncKernelManager):
    """Starts the interpreter that runs the build, whatever else is installed under the name python3."""

    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return _OneKernelSpec()


async def executed(notebook: NotebookNode, folder: Path, cell_seconds: float = CELL_SECONDS) -> NotebookNode:
    """Run a notebook in a fresh kernel that works in `folder`; `BuildError` shows a cell that raises or hangs."""
    client = NotebookClient(
        notebook,
        kernel_manager_class=_ThisInterpreter,
        timeout=cell_seconds,
        store_widget_state=False,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # its warning about loopback TCP is not about the lesson
        resources={"metadata": {"path": str(folder)}},
    )
    started: list[NotebookNode] = []
    client.on_cell_start = lambda cell, cell_index: started.append(cell)
    try:
        finished: NotebookNode = await client.async_execute()
        return finished
    except CellExecutionError as error:
        raise BuildError(_COLOURS.sub("", str(error))) from None
    except (CellTimeoutError, DeadKernelError) as error:
        source = started[-1].source if started else ""
        raise BuildError(f"{str(error).splitlines()[0]}\n{source}") from None


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
