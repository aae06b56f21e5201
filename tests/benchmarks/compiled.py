"""Measure compiled graphs beside code written by hand, and what compiling costs beside JAX.

    python tests/benchmarks/compiled.py [--seconds S] [--write README.md]

One process, one core. Every contender gives the value and the gradient of one function, `loss`. They take turns
(`run.measure`): a cell is the median of a contender's times divided by that of the straight NumPy code which a person
writes for this one gradient. Compiling is all that lies between the function and its first gradient: for a graph trace,
derive, simplify, write and run once; for JAX trace, compile and run once. It is done five times, with JAX's memory of
earlier ones cleared; the median is shown.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from run import find_peers, machine, measure  # it gives NumPy one core, so it comes first

# isort: split

import numpy as np
from mlp import mlp_arguments, mlp_by_hand
from report import shown, write_between
from workloads import Workload

from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.graph import trace

OURS = SimpleNamespace(
    log=np.log, sin=np.sin, sum=np.sum, relu=PRIMITIVES["relu"], log_softmax=PRIMITIVES["log_softmax"]
)
TIMES_COMPILED = 5


@dataclass
class Problem:
    """A function of `arguments`, differentiated with respect to the first `wrt` of them.

    loss(library, *arguments)  the function, in the operations of a library
    hand(*arguments)           its value and gradients, by hand
    """

    name: str
    arguments: tuple[Any, ...]
    wrt: int
    loss: Callable[..., Any]
    hand: Callable[..., Any]

    def graph(self) -> Callable[..., Any]:
        """The compiled graph of the value and the gradients."""
        graph = trace(lambda *arguments: self.loss(OURS, *arguments), *self.arguments)
        return graph.value_and_derivative(range(self.wrt)).simplify().compile()

    def jax(self, jax: Any) -> Callable[..., Any]:
        """JAX's."""
        library = SimpleNamespace(
            log=jax.numpy.log, sin=jax.numpy.sin, sum=jax.numpy.sum, relu=jax.nn.relu, log_softmax=jax.nn.log_softmax
        )
        both = jax.value_and_grad(lambda *arguments: self.loss(library, *arguments), tuple(range(self.wrt)))
        run: Callable[..., Any] = jax.jit(both)
        return run


def f_at_2_5() -> Problem:
    def loss(library: Any, x: Any, y: Any) -> Any:
        return library.log(x) + x * y - library.sin(y)

    def hand(x: Any, y: Any) -> Any:
        return np.log(x) + x * y - np.sin(y), (1 / x + y, x - np.cos(y))

    return Problem("f at (2, 5)", (2.0, 5.0), 2, loss, hand)


def vectors() -> Problem:
    """1,000 operations on arrays of 10 numbers."""

    def loss(library: Any, y: Any, w: Any, b: Any) -> Any:
        for _ in range(333):
            y = library.sin(y) * w + b
        return library.sum(y)

    def hand(y: Any, w: Any, b: Any) -> Any:
        seen = []
        for _ in range(333):
            seen.append(y)
            y = np.sin(y) * w + b
        bar = np.ones(10)
        for before in reversed(seen):
            bar = bar * w * np.cos(before)
        return y.sum(), (bar,)

    arguments = (np.full(10, 0.3), np.linspace(0.5, 1.5, 10), np.linspace(-1, 1, 10))
    return Problem("1,000 operations on 10-vectors", arguments, 1, loss, hand)


def network(batch: int, dtype: Any) -> Problem:
    """784-128-10 with relu, softmax and cross-entropy."""
    arguments, _ = mlp_arguments(batch, dtype)

    def loss(library: Any, w1: Any, b1: Any, w2: Any, b2: Any, x: Any, one_hot: Any) -> Any:
        a = library.relu(x @ w1 + b1)
        return -library.sum(library.log_softmax(a @ w2 + b2) * one_hot)

    name = f"MLP 784-128-10, batch {batch}, {np.dtype(dtype).name}"
    return Problem(name, arguments, 4, loss, mlp_by_hand)


def all_problems() -> list[Problem]:
    """The table's rows, in its order."""
    return [f_at_2_5(), vectors(), network(64, np.float32), network(256, np.float64)]


def workload(problem: Problem, jax: Any = None) -> Workload:
    """What takes turns: each contender from the arguments to the value and the gradients, as one flat list."""
    graph = problem.graph()
    contenders = {"graph": lambda: flat(graph(*problem.arguments))}
    if jax is not None:
        compiled = problem.jax(jax)
        given = [jax.numpy.asarray(one) for one in problem.arguments]
        contenders["jax"] = lambda: [one.block_until_ready() for one in flat(compiled(*given))]
    return Workload(problem.name, lambda: flat(problem.hand(*problem.arguments)), contenders)


def flat(answer: tuple[Any, Any]) -> list[Any]:
    value, gradients = answer
    return [value, *gradients]


def time_to_compile(problem: Problem, jax: Any = None) -> dict[str, float]:
    """Median seconds from the function to its first gradient."""
    found = {"graph": seconds_of(lambda: problem.graph()(*problem.arguments))}
    if jax is not None:

        def anew() -> None:
            jax.clear_caches()
            jax.block_until_ready(problem.jax(jax)(*problem.arguments))

        found["jax"] = seconds_of(anew)
    return found


def seconds_of(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(TIMES_COMPILED):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(problem: Problem, running: dict[str, float], compiling: dict[str, float]) -> str:
    """One line of the table."""
    cells = [problem.name, shown(running["hand"]), *(f"{running[name] / running['hand']:.3g}" for name in compiling)]
    return f"| {' | '.join([*cells, *(shown(seconds) for seconds in compiling.values())])} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=4.0, help="time for a row")
    parser.add_argument("--write", type=pathlib.Path, help="a file with the two marks, compiled")
    arguments = parser.parse_args()
    peers = {name: peer for name, peer in find_peers().items() if name == "jax"}
    names = ["compiled graph", *(["JAX jit"] if peers else [])]
    heads = ["value and gradient", "hand-written", *names, *(f"to compile: {name}" for name in names)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for problem in all_problems():
        running = measure(workload(problem, peers.get("jax")), arguments.seconds)
        lines.append(row(problem, running, time_to_compile(problem, peers.get("jax"))))
        print(lines[-1], flush=True)
    text = "\n".join([*lines, "", machine(peers)])
    print(f"\n{text}")
    if arguments.write:
        write_between(arguments.write, "compiled", text)


if __name__ == "__main__":
    main()
