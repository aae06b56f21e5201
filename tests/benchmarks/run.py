"""Measure the engine beside hand-written gradients, and beside the peers that `pip install -e '.[bench]'` installs.

    python tests/benchmarks/run.py [--only WORDS] [--seconds S] [--write README.md]

One process, one core; the contenders of a row take turns, and each cell is the median of its times divided by the
median of the hand-written gradient's in the same turns. A fresh graph each time, forward and backward; a compiled
function is compiled before the clock starts. `--write` puts the table between the two `benchmark` marks of a file.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
from report import shown, write_between  # noqa: E402
from workloads import Workload, all_workloads  # noqa: E402

from autodiff_lessons.engine.functional import grad, hvp, jacobian  # noqa: E402
from autodiff_lessons.engine.primitives import PRIMITIVES  # noqa: E402
from autodiff_lessons.engine.tensor import Tensor, leaf  # noqa: E402

COLUMNS = {
    "ours": "this course",
    "micrograd": "micrograd",
    "autograd": "HIPS autograd",
    "torch": "PyTorch",
    "jax": "JAX jit",
}
DEPTH = 400_000  # frames for micrograd's recursive order


def find_peers() -> dict[str, Any]:
    """The contenders that can be imported."""
    names = {"Tensor": Tensor, "leaf": leaf, "PRIMITIVES": PRIMITIVES, "grad": grad, "hvp": hvp, "jacobian": jacobian}
    peers: dict[str, Any] = {"ours": SimpleNamespace(**names)}
    if value := imported("micrograd.engine"):
        peers["micrograd"] = SimpleNamespace(Value=value.Value)
    if (hips := imported("autograd")) and (anp := imported("autograd.numpy")):
        functions = {name: getattr(hips, name) for name in ("grad", "jacobian", "hessian_vector_product")}
        peers["autograd"] = SimpleNamespace(numpy=anp, **functions)
    if torch := imported("torch"):
        torch.set_num_threads(1)
        peers["torch"] = torch
    if jax := imported("jax"):
        jax.config.update("jax_enable_x64", True)
        peers["jax"] = jax
    return peers


def imported(name: str) -> Any:
    """The module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def measure(work: Workload, seconds: float) -> dict[str, float]:
    """Median seconds of each contender, and of `hand`; they take turns, so that a slow moment meets them all."""
    runs = {"hand": work.hand, **work.contenders}
    answers = {name: run() for name, run in runs.items()}
    for name, answer in answers.items():
        if not agrees(answer, answers["hand"]):
            raise SystemExit(f"{work.name}: {name} computed something else: {answer} instead of {answers['hand']}")
    counts = {name: max(1, int(0.002 / max(once(run, 1), 1e-9))) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["hand"]) < 5:
        for name, run in runs.items():
            times[name].append(once(run, counts[name]))
    return {name: statistics.median(values) for name, values in times.items()}


def once(run: Callable[[], Any], count: int) -> float:
    """Seconds of one run; each contender clears away its own garbage, not that of the one before it.

    Clearing walks through the whole process and empties the caches: one run fills them before the clock starts.
    """
    gc.collect()
    run()
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count


def agrees(answer: Any, truth: Any) -> bool:
    """Whether two gradients, each an array or several, are the same to single precision."""
    return all(
        np.allclose(np.asarray(one), np.asarray(other), rtol=1e-3, atol=1e-6)
        for one, other in zip(as_list(answer), as_list(truth), strict=True)
    )


def as_list(answer: Any) -> list[Any]:
    return list(answer) if isinstance(answer, tuple | list) else [answer]


def memory_of_a_chain(peers: dict[str, Any], length: int = 100_000) -> dict[str, float]:
    """Bytes that one operation of a recorded chain holds: by how much the process grows (Linux)."""
    code = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "name, length = sys.argv[1], {length}\n"
        "if name == 'ours':\n    from autodiff_lessons.engine.tensor import Tensor\n"
        "    x = Tensor(2.0, requires_grad=True)\n"
        "elif name == 'micrograd':\n    from micrograd.engine import Value; x = Value(2.0)\n"
        "elif name == 'torch':\n"
        "    import torch; x = torch.tensor(2.0, requires_grad=True, dtype=torch.float64)\n"
        "    (x * 2.0 + 1.0).backward()\n"
        "def rss():\n"
        "    return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "before, y = rss(), x\n"
        "for _ in range(length // 2):\n    y = y * 1.0001; y = y + 0.5\n"
        "print((rss() - before) / length); sys.stdout.flush(); os._exit(0)\n"
    ).replace("{length}", str(length))
    found = {}
    for name in ("ours", "micrograd", "torch"):
        if name in peers:
            done = subprocess.run(
                [sys.executable, "-c", code, name, *sys.path], capture_output=True, text=True, check=True
            )
            found[name] = float(done.stdout)
    return found


def table(rows: list[tuple[str, dict[str, float]]], memory: dict[str, float], peers: dict[str, Any]) -> str:
    """The rows as Markdown: the hand-written time, and everybody's as a multiple of it."""
    names = [name for name in COLUMNS if name in peers]
    lines = [
        f"| work | hand-written | {' | '.join(COLUMNS[name] for name in names)} |",
        f"|---|---|{'---|' * len(names)}",
    ]
    for title, times in rows:
        cells = [f"{times[name] / times['hand']:.3g}" if name in times else "-" for name in names]
        lines.append(f"| {title} | {shown(times['hand'])} | {' | '.join(cells)} |")
    if memory:
        cells = [f"{memory[name]:.0f} B" if name in memory else "-" for name in names]
        lines.append(f"| memory of an operation, chain of 100,000 | - | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--seconds", type=float, default=4.0, help="time for a row")
    parser.add_argument("--write", type=pathlib.Path, help="a file with the two benchmark marks")
    arguments = parser.parse_args()
    peers = find_peers()
    gc.collect()
    gc.freeze()  # what the peers' libraries hold is no contender's garbage to walk through
    rows = []
    for work in all_workloads(peers):
        if arguments.only.lower() in work.name.lower():
            times = measure(work, arguments.seconds)
            rows.append((work.name, times))
            ratios = "  ".join(f"{name} {value / times['hand']:.3g}" for name, value in times.items() if name != "hand")
            print(f"{work.name}: hand {shown(times['hand'])}  {ratios}", flush=True)
    memory = {} if arguments.only else memory_of_a_chain(peers)
    text = table(rows, memory, peers)
    print(f"\n{text}\n\n{machine(peers)}")
    if arguments.write:
        write_between(arguments.write, "benchmark", f"{text}\n\n{machine(peers)}")


def machine(peers: dict[str, Any]) -> str:
    """What the numbers were measured on."""
    versions = [f"NumPy {np.__version__}"]
    versions += [f"{COLUMNS[name].split()[0]} {peers[name].__version__}" for name in ("torch", "jax") if name in peers]
    return f"CPython {platform.python_version()}, {', '.join(versions)}; one core, medians."


def with_a_deep_stack(run: Callable[[], None]) -> None:
    """micrograd orders its graph by recursion: give it a stack for that."""
    sys.setrecursionlimit(DEPTH)
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


if __name__ == "__main__":
    with_a_deep_stack(main)
