"""Mark many notebooks at a time: with several processes of this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from autodiff_lessons.course.marking.marks import NOT_THERE, WORDS, Limits, Marked
from autodiff_lessons.course.marking.submissions import Submission
from autodiff_lessons.course.marking.supervisor import Supervisor
from autodiff_lessons.graph.distributed import Cluster

# Each thread has a marking process of its own, which it keeps for the next notebook.
_own = threading.local()
_open: list[Supervisor] = []


def mark_here(found: Sequence[Submission], limits: Limits, jobs: int) -> Iterator[Marked]:
    """Mark each one, `jobs` at a time, and give the marks in their order."""
    with ThreadPoolExecutor(jobs, thread_name_prefix="marks") as pool:
        try:
            yield from pool.map(functools.partial(_mark_file, limits=limits), found)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            end_processes()


def mark_on_cluster(found: Sequence[Submission], limits: Limits, scheduler: str) -> Iterator[Marked]:
    """Mark each one on the workers of the scheduler at this address. Raises ClusterError where there are none."""
    with Cluster(scheduler) as cluster:
        try:
            yield from cluster.map(functools.partial(_mark, limits=limits), [_content(one) for one in found])
        finally:
            cluster.client.run(end_processes)


def with_duplicates(found: Sequence[Submission], marked: Sequence[Marked]) -> list[Marked]:
    """Add what only the whole pile shows: the same file twice, and a lesson that one learner handed in twice."""
    same: dict[str, list[Submission]] = defaultdict(list)
    again: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for one, its in zip(found, marked, strict=True):
        if not one.problem:
            same[_digest(one)].append(one)
        for lesson in _lessons(its):
            again[one.learner, lesson].append(one)
    result = []
    for one, its in zip(found, marked, strict=True):
        twins = [] if one.problem else [other.file for other in same[_digest(one)] if other is not one]
        notes = [f"the same file, byte for byte, as {_listed(twins)}"] if twins else []
        for lesson in _lessons(its):
            others = [other.file for other in again[one.learner, lesson] if other is not one]
            notes += [f"{one.learner} handed in lesson {lesson} also as {_listed(others)}"] if others else []
        result.append(replace(its, notes=(*notes, *its.notes)))
    return result


def end_processes() -> None:
    """End the marking processes of this process."""
    while _open:
        _open.pop().__exit__()


_Content = tuple[str, bytes, tuple[int, ...]]  # a problem, or what to mark, and the lessons that the file's name means


def _content(submission: Submission) -> _Content:
    if submission.problem:
        return submission.problem, b"", ()
    try:
        return "", submission.path.read_bytes(), submission.lessons
    except OSError as error:
        return f"can't be read: {error.strerror}", b"", ()


def _mark_file(submission: Submission, limits: Limits) -> Marked:
    return _mark(_content(submission), limits)


def _mark(given: _Content, limits: Limits) -> Marked:
    problem, content, lessons = given
    if problem:
        return Marked(problem=problem)
    supervisor = getattr(_own, "supervisor", None)
    if supervisor not in _open or _own.limits != limits:
        supervisor = _own.supervisor = Supervisor(limits)
        _own.limits = limits
        _open.append(supervisor)
    return supervisor.mark(content, lessons)


@functools.lru_cache(maxsize=100_000)
def _digest(submission: Submission) -> str:
    try:
        with submission.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return str(submission.path)


def _lessons(marked: Marked) -> list[str]:
    """The lessons that a notebook answers something of."""
    there = [one for one in marked.results if WORDS.get(one.outcome, one.outcome) not in (NOT_THERE, "unknown")]
    return list(dict.fromkeys(one.exercise.split(".")[0] for one in there))


def _listed(files: Sequence[str]) -> str:
    shown = ", ".join(files[:3])
    return shown if len(files) <= 3 else f"{shown} and {len(files) - 3} more"
