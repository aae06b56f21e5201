"""Measure what shards cost and where they pay: a loss and its gradient here, and in k shards on a cluster.

    python tests/benchmarks/shards.py [--only WORDS] [--seconds S] [--write README.md]

Each row is one traced loss with its gradient. The first column is `graph.run` on one core; the others are multiples of
it, so that 0.5 is twice as fast: `graph.run` where NumPy's matrix products may use all cores, the compiled graph on one
core, then k shards on a cluster of as many workers as there are cores, of one core each. There the cluster has started
and the data is on the workers, as in training; the last column sends tasks and data each time. The contenders take
turns, in processes of their own, and each number is a median. `--write` puts the table between the `shards` marks of a
file.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import pathlib
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import dask
import numpy as np
from report import shown, write_between

from autodiff_lessons.graph import Cluster, Graph, trace

SHARDS = (1, 2, 4)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
COLUMNS = {
    "threads": f"NumPy's threads, {CORES} cores",
    "compiled": "compiled",
    **{f"k = {k}": f"k = {k}" for k in SHARDS},
    "sent": "k = 2, all sent each time",
}


@dataclass(frozen=True)
class Loss:
    """A loss over a batch, at the arguments that it is measured for."""

    name: str
    graph: Graph
    batch: dict[str, Any]
    parameters: dict[str, Any]

    def with_gradient(self, shards: int | None = None) -> Graph:
        graph = self.graph if shards is None else self.graph.partition(shards, list(self.batch))
        return graph.value_and_derivative(list(self.parameters)).simplify()


def network(rows: int) -> Loss:
    """An MLP 784-128-10 with the squared error: matrix products, which NumPy computes on all cores itself."""
    generator = np.random.default_rng(0)

    def loss(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        return np.mean((np.tanh(x @ w1 + b1) @ w2 + b2 - y) ** 2)

    batch = {"x": generator.normal(size=(rows, 784)), "y": generator.normal(size=(rows, 10))}
    shapes = {"w1": (784, 128), "b1": (128,), "w2": (128, 10), "b2": (10,)}
    parameters = {name: 0.05 * generator.normal(size=shape) for name, shape in shapes.items()}
    return Loss(f"MLP 784-128-10, {rows:,} rows", trace(loss, *batch.values(), *parameters.values()), batch, parameters)


def pendulums(rows: int, steps: int = 50) -> Loss:
    """Where do so many pendulums end, and for which pull and friction? Sines, which NumPy computes on one core."""
    generator = np.random.default_rng(1)

    def loss(angle: Any, seen: Any, pull: Any, friction: Any) -> Any:
        speed = 0.0 * angle
        for _ in range(steps):
            speed = speed - 0.05 * (pull * np.sin(angle) + friction * speed)
            angle = angle + 0.05 * speed
        return np.mean((angle - seen) ** 2)

    batch = {"angle": generator.uniform(-2, 2, rows), "seen": generator.normal(size=rows)}
    parameters = {"pull": 9.81, "friction": 0.3}
    graph = trace(loss, *batch.values(), *parameters.values())
    return Loss(f"{rows:,} pendulums, {steps} steps", graph, batch, parameters)


LOSSES: dict[str, Callable[[], Loss]] = {
    "few": functools.partial(pendulums, 1_000),
    "network": functools.partial(network, 20_000),
    "many": functools.partial(pendulums, 100_000),
}


# A process that computes without a cluster


@functools.lru_cache(maxsize=2)
def _here(which: str, compiled: bool) -> Callable[[], Any]:
    loss = LOSSES[which]()
    graph = loss.with_gradient()
    return functools.partial(
        graph.compile() if compiled else graph.run, *loss.batch.values(), *loss.parameters.values()
    )


def seconds_here(which: str, compiled: bool) -> tuple[float, Any]:
    """The time of one run in this process, and its result."""
    return timed(_here(which, compiled))


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """The second of two runs: the first one finds its memory again after the others' turns."""
    run()
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


@contextlib.contextmanager
def process(threads: int) -> Iterator[ProcessPoolExecutor]:
    """A process whose matrix products use this many threads, which NumPy asks for once, when it is imported."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        before = {name: os.environ.get(name) for name in THREADS}
        os.environ.update(dict.fromkeys(THREADS, str(threads)))
        try:
            pool.submit(time.perf_counter).result()  # starts it
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                os.environ.update({name: value} if value is not None else {})
        yield pool


# All contenders


def measure(which: str, cluster: Cluster, seconds: float) -> tuple[str, dict[str, float]]:
    """The name of a loss, and the median seconds of each contender; the others are compared to `run`."""
    loss = LOSSES[which]()
    with process(1) as alone, process(CORES) as threaded:
        runs: dict[str, Callable[[], tuple[float, Any]]] = {
            "run": lambda: alone.submit(seconds_here, which, False).result(),
            "threads": lambda: threaded.submit(seconds_here, which, False).result(),
            "compiled": lambda: alone.submit(seconds_here, which, True).result(),
        }
        for shards in SHARDS:
            step = cluster.keep(loss.with_gradient(shards), **loss.batch)
            runs[f"k = {shards}"] = functools.partial(timed, functools.partial(step, **loss.parameters))
        again = functools.partial(cluster.run, loss.with_gradient(2), **loss.batch, **loss.parameters)
        runs["sent"] = functools.partial(timed, again)
        truth = runs["run"]()[1]
        for name, run in runs.items():
            if not agrees(run()[1], truth):
                raise SystemExit(f"{loss.name}: {name} computed something else than graph.run")
        times: dict[str, list[float]] = {name: [] for name in runs}
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(times["run"]) < 5:
            for name, run in runs.items():
                times[name].append(run()[0])
    return loss.name, {name: statistics.median(values) for name, values in times.items()}


def agrees(answer: Any, truth: Any) -> bool:
    """Whether (value, gradients) are the same up to rounding."""
    pairs = zip([answer[0], *answer[1]], [truth[0], *truth[1]], strict=True)
    return all(np.allclose(one, other, rtol=1e-9, atol=1e-9 * np.max(np.abs(other))) for one, other in pairs)


def table(rows: list[tuple[str, dict[str, float]]]) -> str:
    lines = [
        f"| loss and gradient | `graph.run`, 1 core | {' | '.join(COLUMNS.values())} |",
        f"|---|---|{'---|' * len(COLUMNS)}",
    ]
    for name, times in rows:
        cells = [f"{times[one] / times['run']:.2g}" for one in COLUMNS]
        lines.append(f"| {name} | {shown(times['run'])} | {' | '.join(cells)} |")
    return "\n".join(lines)


def verdict(rows: list[tuple[str, dict[str, float]]]) -> str:
    """Where it pays, from the numbers alone: against the best that one process does with the same cores."""
    pays, not_ = [], []
    for name, times in rows:
        alone = min(times[one] for one in ("run", "threads", "compiled"))
        best = min((f"k = {shards}" for shards in SHARDS), key=times.__getitem__)
        gain = alone / times[best]
        (pays if gain > 1.1 else not_).append(f"{name} ({best}: {gain:.2g} times as fast as the best without)")
    return " ".join(
        [f"Shards pay here for: {'; '.join(pays) or 'none'}."]
        + ([f"They do not for: {'; '.join(not_)}."] if not_ else [])
    )


def machine() -> str:
    return (
        f"CPython {platform.python_version()}, NumPy {np.__version__}, Dask {dask.__version__}; {CORES} cores, medians."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="losses whose name contains this: few, network, many")
    parser.add_argument("--seconds", type=float, default=30.0, help="time for a row")
    parser.add_argument("--write", type=pathlib.Path, help="a file with the two shards marks")
    arguments = parser.parse_args()
    rows = []
    with Cluster(workers=CORES) as cluster:
        for which in LOSSES:
            if arguments.only in which:
                rows.append(measure(which, cluster, arguments.seconds))
                print(rows[-1], flush=True)
    text = f"{table(rows)}\n\n{verdict(rows)} {machine()}"
    print(f"\n{text}")
    if arguments.write:
        write_between(arguments.write, "shards", text)


if __name__ == "__main__":
    sys.exit(main())
