"""`autodiff-lessons run`: the value and the gradient of a saved graph, computed here or on a cluster."""

from __future__ import annotations

import argparse
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from autodiff_lessons.course.files import text_of
from autodiff_lessons.engine import trees
from autodiff_lessons.errors import AutodiffError, GraphFileError, UsageError
from autodiff_lessons.graph.distributed import run_distributed
from autodiff_lessons.graph.graph import Graph
from autodiff_lessons.graph.storage import from_json

MOST_SHOWN = 10  # numbers of an array


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons run` takes."""
    parser.add_argument("graph", type=Path, help="a graph as graph.to_json() writes it")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DATA.npz", help="its inputs by name, as np.savez writes them"
    )
    parser.add_argument(
        "--derivative", action="append", metavar="NAME", help="also the gradient for this argument (repeat for more)"
    )
    parser.add_argument("--shards", type=int, metavar="K", help="cut the batch into K shards, and run on a cluster")
    parser.add_argument(
        "--batch", action="append", metavar="NAME", help="an argument whose first axis is the batch (repeat for more)"
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes of the cluster on this machine (default: one a core or shard)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run on the Dask scheduler at tcp://..., not on a cluster of this machine",
    )
    parser.add_argument("--out", type=Path, metavar="OUT.npz", help="write the results to this file")


def run(arguments: argparse.Namespace) -> int:
    """Print each result, and write them all if asked. Raises UsageError where something can't be had or computed."""
    if arguments.batch and arguments.shards is None:
        raise UsageError("--batch says what is cut; say into how many parts with --shards")
    if arguments.workers is not None and (arguments.scheduler or arguments.shards is None):
        raise UsageError("--workers is for the cluster of this machine that --shards starts")
    graph = _graph(arguments.graph)
    given = _inputs(graph, arguments.data)
    try:
        whole = graph if arguments.shards is None else graph.partition(arguments.shards, arguments.batch)
        if arguments.derivative:
            whole = whole.value_and_derivative(arguments.derivative)
        if arguments.shards is None and arguments.scheduler is None:
            result = whole.run(*given)
        else:
            workers = arguments.workers
            if workers is None:
                workers = min(arguments.shards or 1, os.cpu_count() or 1)
            result = run_distributed(whole, *given, scheduler=arguments.scheduler, workers=workers)
    except AutodiffError as error:
        raise UsageError(str(error)) from None
    results = dict(zip(_names(graph, arguments.derivative), trees.flatten(result)[0], strict=True))
    for name, value in results.items():
        print(f"{name} = {_shown(value)}")
    if arguments.out is not None:
        _write(arguments.out, results)
    return 0


def _graph(path: Path) -> Graph:
    try:
        return from_json(text_of(path, "a graph"))
    except GraphFileError as error:
        raise UsageError(f"{path}: {error}") from None


def _inputs(graph: Graph, path: Path) -> tuple[Any, ...]:
    """The graph's arguments, from the arrays of the file that are called as its inputs are."""
    names = [graph.names[place] for place in graph.inputs]
    try:
        with np.load(path, allow_pickle=False) as arrays:
            missing = [name for name in names if name not in arrays]
            if missing:
                raise UsageError(
                    f"{path} has no array {missing[0]}; {graph.title} needs {', '.join(names)}, the file has "
                    f"{', '.join(arrays) or 'none'}"
                )
            leaves = [arrays[name] for name in names]
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:  # what np.load says of other files
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"{path} is no file of np.savez with arrays of numbers: {reason}") from None
    given: tuple[Any, ...] = trees.flatten(tuple(graph.arguments.values()))[1](leaves)
    return given


def _names(graph: Graph, derivative: list[str] | None) -> list[str]:
    """What the results are called: value, and gradient_w for the input w; value_0, value_1 where there are several."""
    count = len(graph.outputs)
    names = ["value"] if count == 1 else [f"value_{place}" for place in range(count)]
    for argument in derivative or []:
        names += [f"gradient_{graph.names[place]}" for place in trees.flatten(graph.arguments[argument])[0]]
    return names


def _shown(value: Any) -> str:
    if np.size(value) > MOST_SHOWN:
        return f"an array of {' x '.join(map(str, np.shape(value)))}, from {np.min(value):.6g} to {np.max(value):.6g}"
    return str(np.asarray(value).tolist())


def _write(path: Path, results: dict[str, Any]) -> None:
    try:
        with path.open("wb") as file:
            np.savez(file, **results)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from None
    print(f"written to {path}")
