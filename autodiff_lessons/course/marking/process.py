"""The process that runs submitted notebooks: `python -m autodiff_lessons.course.marking.process`.

It loads the course once and then waits. For each request (a line of JSON on its input) it forks a child, which goes
behind the fence, runs the cells one after the other and says what becomes of each (lines of JSON on the output). A
child may die of what it runs; the next one starts as clean as the first. Where there is no fork, this process runs the
notebook itself and ends, and the caller starts another one.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What nearly every lesson needs, loaded here so that no child has to.
import matplotlib.pyplot
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

from autodiff_lessons import GraphView, SecantExplorer, exercises
from autodiff_lessons.course import check, verdicts
from autodiff_lessons.course.answers import Answers, code_cells
from autodiff_lessons.course.marking import fence
from autodiff_lessons.errors import UsageError
from autodiff_lessons.exercises.guards import TimeIsUp

PRELOADED = (matplotlib.pyplot, GraphView, SecantExplorer)


class Voice:
    """Says what happens, as lines of JSON; each bears the request that it is about."""

    def __init__(self, descriptor: int, request: str) -> None:
        self._descriptor, self._request = descriptor, request
        self._write, self._dumps = os.write, json.dumps

    def __call__(self, **said: Any) -> None:
        line = self._dumps({"request": self._request, **said}).encode() + b"\n"
        while line:
            line = line[self._write(self._descriptor, line) :]


def serve() -> None:
    """Answer requests until the input ends."""
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    exercises.all_exercises()
    for line in iter(requests.readline, ""):
        request = json.loads(line)
        say = Voice(output, request["id"])
        if not hasattr(os, "fork"):
            run(request, say)
            return
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
                run(request, say)
            finally:
                os._exit(1)  # only where something of ours failed: run() ends the process itself
        seal = secrets.token_hex()  # what the child can't know, so that it can't say that it has ended
        say(child=child, seal=seal)
        # Still unreaped, so that its number, and its group's, belongs to nobody else.
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        say(seal=seal, ended=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def run(request: dict[str, Any], say: Voice) -> None:
    """Run the notebook, all but the cells in `leave_out`, and end this process."""
    folder = Path(request["folder"])
    say(without_network=fence.leave_the_network())
    fence.limit(request["megabytes"], request["notebook_seconds"])
    try:
        notebook = check.read(Path(request["notebook"]))
    except (UsageError, RecursionError) as error:
        say(unreadable=str(error).replace(request["notebook"], "the file"))
        os._exit(0)
    answers = Answers.of(notebook)
    say(checks=answers.checks, on_graph=answers.on_graph)
    os.environ.update({name: str(folder) for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "IPYTHONDIR")})
    tempfile.tempdir = None
    random.seed(0)
    np.random.seed(0)
    shell = _shell()
    verdicts.prepare(str(folder))
    fence.close(folder, lambda tried: say(refused=tried))
    _run_cells(shell, notebook, answers, set(request["leave_out"]), request["cell_seconds"], say)
    say(done=True)
    os._exit(0)


class _Shell(InteractiveShell):
    """IPython that shows no traceback, which nobody would see."""

    def showtraceback(self, *_: Any, **__: Any) -> None: ...

    def showsyntaxerror(self, *_: Any, **__: Any) -> None: ...


def _shell() -> InteractiveShell:
    """IPython without a history, and without the pictures that nobody will see."""
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.DisplayFormatter.active_types = ["text/plain"]
    return _Shell.instance(config=settings)


def _run_cells(
    shell: InteractiveShell, notebook: NotebookNode, answers: Answers, leave_out: set[int], seconds: float, say: Voice
) -> None:
    for number, cell in enumerate(code_cells(notebook)):
        if number in leave_out:
            continue
        names = answers.last(number)
        for name in names:
            exercises.forget(name)
        say(begun=number)
        problem = _problem_of(shell, cell.source, seconds)
        judged = {name: exercises.latest(name) for name in names}
        say(
            finished=number,
            problem=problem,
            verdicts={name: verdicts.verdict(one)["application/json"] for name, one in judged.items() if one},
            flooded=bool(getattr(sys.stdout, "full", False) or getattr(sys.stderr, "full", False)),
        )


def _problem_of(shell: InteractiveShell, source: str, seconds: float) -> str:
    """Run a cell; what went wrong, in words that follow the cell's name, or ""."""
    try:
        with _alarm(seconds):
            result = shell.run_cell(source)
    except TimeIsUp:
        return f"did not end within {seconds:g} s"
    error = result.error_before_exec or result.error_in_exec
    if isinstance(error, TimeIsUp):
        return f"did not end within {seconds:g} s"
    if error is None:
        return ""
    try:
        return f"stopped with {type(error).__name__}: {error}"[:2000]
    except BaseException:  # an exception whose text can't be had
        return f"stopped with {type(error).__name__}"


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TimeIsUp in this thread when the time is over. Code that catches it is killed by the caller a little later,
    as everything is where there are no alarms."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: Any) -> None:
        raise TimeIsUp

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    serve()
