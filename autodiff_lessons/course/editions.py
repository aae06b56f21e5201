"""The two editions of a lesson as data: from its MyST source to notebooks whose every byte has a reason.

The learner edition is the source; the solution edition has each exercise's own reference in its stub's place.
Nothing runs here: `autodiff_lessons.course.making` executes what this module makes.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from autodiff_lessons import exercises
from autodiff_lessons.course.exercise_cells import exercise_ids
from autodiff_lessons.course.jupyter import WIDGET_VIEW
from autodiff_lessons.course.prose_numbers import without_marks

# Their bytes change with the versions of fonts and drawing libraries, as nbval knows too: only their presence counts.
BITMAPS = ("image/png", "image/jpeg")

METADATA: dict[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}

_HEADING_OR_CODE = re.compile(r"^#{1,3} |```.*?```", re.MULTILINE | re.DOTALL)
_SLIDES = {"#": "slide", "##": "slide", "###": "subslide"}

# What an output may not hold, since it differs on the next machine or in the next run.
_MACHINE = re.compile(r"ipykernel_\d+|\b0x[0-9a-f]{8,}\b|/(?:home|Users|root|tmp)/\w+")


class SourceError(ValueError):
    """A lesson's source or what its cells printed can't become a notebook of the course."""


def learner_edition(source: str) -> NotebookNode:
    """Read a lesson's MyST text as an unexecuted notebook in which each cell has an id that stays.

    An exercise's cell is called `exercise-5-2`; any other by its own `id` in the source (`:id: tangent` in a code cell,
    `+++ {"id": "tangent"}` above a text) or else by a digest of its content, so inserting a cell renames no other.
    """
    notebook: NotebookNode = jupytext.reads(without_marks(source), fmt="md:myst")
    notebook.cells = [part for cell in notebook.cells for part in _sections(cell)]
    notebook.metadata = _node(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: Counter[str] = Counter()
    for cell in notebook.cells:
        name = _name_of(cell)
        taken[name] += 1
        if taken[name] > 1 and _digest(cell) != name:
            raise SourceError(f"the id {name!r} is given to two cells; the second is:\n{cell.source}")
        cell.id = name if taken[name] == 1 else f"{name}-{taken[name]}"
        cell.metadata = _metadata(cell)
    nbformat.validate(notebook)
    return notebook


def solution_edition(learner: NotebookNode) -> NotebookNode:
    """Copy a learner edition with the reference of each exercise in its stub's place."""
    solved = copy.deepcopy(learner)
    for cell in solved.cells:
        for name in exercise_of(cell):
            cell.source = exercises.get(name).solution_source(cell.source)
    return solved


def text_notebook(cells: list[NotebookNode]) -> NotebookNode:
    """A notebook of the course that has no code in it."""
    notebook = _node({"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})
    for cell in notebook.cells:
        cell.metadata = _metadata(cell)
    nbformat.validate(notebook)
    return notebook


def exercise_of(cell: NotebookNode) -> list[str]:
    """Name the exercise that a cell of the course checks: a list of one name, or empty."""
    if cell.cell_type != "code":
        return []
    names = exercise_ids(cell.source)
    if len(names) > 1:
        raise SourceError(f"a cell checks one exercise, this one checks {' and '.join(names)}:\n{cell.source}")
    return names


def tidied(executed: NotebookNode) -> NotebookNode:
    """Copy an executed notebook with nothing in it that a second execution would change.

    Pieces of one stream are joined, a widget's random model id goes (its still pictures and its text stay, and a page
    without a kernel then shows those), cells are counted from 1. An error, a warning, or an output that holds a memory
    address or a temporary file's name raises `SourceError`.
    """
    notebook = copy.deepcopy(executed)
    notebook.metadata = _node(METADATA)
    count = 0
    for cell in notebook.cells:
        cell.metadata = _metadata(cell)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = _joined(cell.outputs)
        for output in cell.outputs:
            _refuse_what_will_not_repeat(output, cell)
            if "data" in output:
                output.data.pop(WIDGET_VIEW, None)
            if output.output_type == "execute_result":
                output.execution_count = count
    nbformat.validate(notebook)
    return notebook


def refuse_unless(status: str, notebook: NotebookNode) -> None:
    """Raise `SourceError` unless every exercise of an executed notebook was checked with this status."""
    for cell in notebook.cells:
        for name in exercise_of(cell):
            pages = [str(output.get("data", {}).get("text/html", "")) for output in cell.outputs]
            said = [page for page in pages if f'data-exercise="{name}"' in page]
            if not said or f'data-status="{status}"' not in said[-1]:
                raise SourceError(
                    f"exercise {name} is not {status!r}:\n{cell.source}\n{_shown(_comparable('outputs', cell.outputs))}"
                )


def written(notebook: NotebookNode) -> str:
    """The notebook's text as it stands in its file."""
    return str(nbformat.writes(notebook, version=nbformat.NO_CONVERT)).rstrip("\n") + "\n"


@dataclass(frozen=True)
class Difference:
    """The first place in which a notebook's file is not what the source makes now; `""` where a side has nothing."""

    where: str
    committed: str
    built: str


def first_difference(committed: NotebookNode, built: NotebookNode) -> Difference | None:
    """Compare all but the bytes of bitmaps, whose presence is compared; None says that the file is up to date."""
    for number, (old, new) in enumerate(zip(committed.cells, built.cells, strict=False), start=1):
        for part in ("cell_type", "id", "source", "metadata", "outputs", "execution_count"):
            old_part, new_part = (_comparable(part, cell.get(part)) for cell in (old, new))
            if old_part != new_part:
                return Difference(f"cell {number} ({new.id}), its {part}", _shown(old_part), _shown(new_part))
    if len(committed.cells) != len(built.cells):
        number = min(len(committed.cells), len(built.cells))
        extra = (committed if len(committed.cells) > number else built).cells[number]
        sides = ("", extra.source) if extra in built.cells else (extra.source, "")
        return Difference(f"cell {number + 1} ({extra.get('id')}), which one side lacks", *sides)
    for part in ("metadata", "nbformat", "nbformat_minor"):
        if committed.get(part) != built.get(part):
            return Difference(f"the notebook's {part}", _shown(committed.get(part)), _shown(built.get(part)))
    return None


def _node(data: dict[str, Any]) -> NotebookNode:
    node: NotebookNode = nbformat.from_dict(data)
    return node


def _sections(cell: NotebookNode) -> list[NotebookNode]:
    """Cut a text before each heading in it, so that a section begins with a cell: it can be folded, and be a slide."""
    if cell.cell_type != "markdown":
        return [cell]
    headings = [found.start() for found in _HEADING_OR_CODE.finditer(cell.source) if found[0].startswith("#")]
    cuts = [0, *(place for place in headings if place > 0), len(cell.source)]
    first, *others = (cell.source[start:end].strip() for start, end in pairwise(cuts))
    cell.source = first
    return [cell, *(nbformat.v4.new_markdown_cell(part) for part in others)]


def _metadata(cell: NotebookNode) -> NotebookNode:
    """What of a cell's metadata goes into the file: its tags, and what kind of slide a heading or a picture begins."""
    kept = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
    if cell.cell_type == "markdown":
        slide = _SLIDES.get(cell.source.partition(" ")[0])
    else:
        pictured = any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
        slide = "subslide" if pictured else None
    return _node({**kept, "slideshow": {"slide_type": slide}} if slide else kept)


def _name_of(cell: NotebookNode) -> str:
    for exercise in exercise_of(cell):
        return f"exercise-{exercise.replace('.', '-')}"
    return str(cell.metadata.get("id") or _digest(cell))


def _digest(cell: NotebookNode) -> str:
    return hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join each stream's pieces between two displays: how a stream is cut, and how two interleave, is an accident."""
    joined: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            streams = {}
        elif output.name in streams:
            streams[output.name].text += output.text
            continue
        else:
            streams[output.name] = output
        joined.append(output)
    return joined


def _refuse_what_will_not_repeat(output: NotebookNode, cell: NotebookNode) -> None:
    if output.output_type == "error":
        raise SourceError(f"a cell of the course raised {output.ename}: {output.evalue}\n{cell.source}")
    if output.get("name") == "stderr":
        raise SourceError(f"a cell of the course warned:\n{cell.source}\n{output.text}")
    texts = [output.get("text", ""), *(text for kind, text in output.get("data", {}).items() if kind not in BITMAPS)]
    for text in texts:
        found = _MACHINE.search(str(text))
        if found:
            raise SourceError(f"a cell's output holds {found.group()!r}, which changes from run to run:\n{cell.source}")


def _comparable(part: str, value: Any) -> Any:
    if part != "outputs" or value is None:
        return value
    outputs = []
    for output in value:
        plain = dict(output)
        if "data" in plain:
            plain["data"] = {kind: "(a picture)" if kind in BITMAPS else data for kind, data in plain["data"].items()}
        outputs.append(plain)
    return outputs


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "\n".join(_lines(value))


def _lines(value: Any) -> list[str]:
    if isinstance(value, list) and value:
        return [line for item in value for line in _lines(item)]
    if isinstance(value, dict) and value:
        return [f"{key}: {line}" for key, item in sorted(value.items()) for line in _lines(item)]
    return [str(value)] if not isinstance(value, str) else value.splitlines() or [""]
