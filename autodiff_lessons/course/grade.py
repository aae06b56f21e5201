"""`autodiff-lessons grade`: mark a folder of submitted notebooks, each in a process of its own."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from autodiff_lessons.course.marking.marks import Limits, Marked
from autodiff_lessons.course.marking.page import as_page
from autodiff_lessons.course.marking.report import NOT_MARKED, Row, as_csv, points_of, rows_of, total
from autodiff_lessons.course.marking.room import mark_here, mark_on_cluster, with_duplicates
from autodiff_lessons.course.marking.submissions import Submission, submissions
from autodiff_lessons.errors import ClusterError, UsageError

DEFAULTS = Limits()
LARGEST = 100  # MB of a file


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons grade` takes."""
    parser.add_argument("folder", type=Path, help="FOLDER/ada.ipynb, FOLDER/ada/*.ipynb, or a course of nbgrader")
    parser.add_argument("--csv", type=Path, metavar="OUT.csv", help="write a line for each exercise of each notebook")
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write a page with all marks and what they show")
    parser.add_argument(
        "--points", action="append", default=[], metavar="5.3=2", help="what an exercise is worth, if not 1 (repeat)"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="notebooks at a time (default: one a core)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="mark on the workers of the Dask scheduler at tcp://..., not here"
    )
    limits: list[tuple[str, float, str, str]] = [
        ("--cell-seconds", DEFAULTS.cell_seconds, "SECONDS", "for one cell"),
        ("--seconds", DEFAULTS.notebook_seconds, "SECONDS", "for one notebook"),
        ("--memory", DEFAULTS.megabytes, "MB", "for one notebook"),
        ("--largest", LARGEST, "MB", "the largest file that is read"),
    ]
    for option, default, unit, text in limits:
        parser.add_argument(option, type=float, default=default, metavar=unit, help=f"{text} (default: %(default)g)")


def run(arguments: argparse.Namespace) -> int:
    """Print a line a notebook and write the marks; 0 if every notebook was marked, 1 if one could not be."""
    jobs = arguments.jobs if arguments.jobs is not None else os.cpu_count() or 1
    numbers = {
        "--jobs": jobs, "--cell-seconds": arguments.cell_seconds, "--seconds": arguments.seconds,
        "--memory": arguments.memory, "--largest": arguments.largest,
    }  # fmt: skip
    for option, number in numbers.items():
        if not (math.isfinite(number) and number > 0):
            raise UsageError(f"{option} {number:g}: give a number above 0")
    points = points_of(arguments.points)
    limits = Limits(arguments.cell_seconds, arguments.seconds, int(arguments.memory))
    found = submissions(arguments.folder, int(arguments.largest * 1e6))
    if not found:
        raise UsageError(f"{arguments.folder} has no notebook in it, and no folder with one")
    marks = (
        mark_on_cluster(found, limits, arguments.scheduler) if arguments.scheduler else mark_here(found, limits, jobs)
    )
    try:
        marked = with_duplicates(found, list(_shown(found, marks)))
    except ClusterError as error:
        raise UsageError(str(error)) from None
    rows = [row for one, its in zip(found, marked, strict=True) for row in rows_of(one, its, points)]
    _report(rows, _how(found, marked, limits), arguments.csv, arguments.html)
    return 1 if any(row.mark == NOT_MARKED for row in rows) else 0


def _shown(found: Sequence[Submission], marks: Iterator[Marked]) -> Iterator[Marked]:
    """Say of each notebook that it is marked, in their order."""
    for number, (one, its) in enumerate(zip(found, marks, strict=True), start=1):
        solved = sum(result.passed for result in its.results)
        said = its.problem or f"{solved} of {len(its.results)} solved" + "".join(f"; {note}" for note in its.notes)
        print(f"{number:>{len(str(len(found)))}} of {len(found)}  {one.learner}  {one.file}  {said}", flush=True)
        yield its


def _how(found: Sequence[Submission], marked: Sequence[Marked], limits: Limits) -> str:
    """How they were marked, and what that was worth as a protection."""
    ran = [one for one in marked if one.results]
    network = (
        "The system itself kept them from the network."
        if ran and all(one.isolated for one in ran)
        else "Only Python's audit hook kept them from the network: mark people that you don't trust in a container."
    )
    bad = sum(not one.results for one in marked)
    return (
        f"{len(found)} notebooks, {bad} of them not marked. Each ran in a process of its own, with "
        f"{limits.cell_seconds:g} s a cell, {limits.notebook_seconds:g} s and {limits.megabytes} MB in all. {network}"
    )


def _report(rows: Sequence[Row], how: str, csv: Path | None, html: Path | None) -> None:
    got, of = total(rows)
    print(f"{how} They got {got:g} of {of:g} points.")
    for path, text in ((csv, as_csv(rows)), (html, as_page(rows, how))):
        if path is None:
            continue
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise UsageError(f"{path} can't be written: {error.strerror}") from None
        print(f"written to {path}")
