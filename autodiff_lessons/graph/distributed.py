"""Run a graph on several processes or machines, as tasks of a Dask cluster.

A partitioned graph is taken apart into pieces (pieces.py), each of them one task: the shards side by side, then what
combines them. A task travels as the JSON text of its piece, which a worker reads once and keeps, with its slice of the
data. A worker that dies takes its results with it; the scheduler has them computed again by another one.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
import math
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.engine import trees
from autodiff_lessons.engine.modes import MODES, ieee
from autodiff_lessons.engine.primitive import PLAIN
from autodiff_lessons.errors import ClusterError, GraphError
from autodiff_lessons.graph.graph import Graph
from autodiff_lessons.graph.pieces import LARGE, Given, Made, Piece, pieces
from autodiff_lessons.graph.storage import from_json, to_json

SECONDS = 15  # to wait for a scheduler, and for its first worker


def to_dask(graph: Graph, /, *arguments: Any, **named: Any) -> tuple[dict[str, Any], str]:
    """A Dask graph that computes `graph` at these arguments, and the key of its result: give both to a `get` of Dask.

    A task for each piece: for a loss of k shards k + 1 tasks, for its derivative as many, or 2k + 2 where the gradient
    in a shard needs the total, and then k small ones that pick what travels out of what stays. A shard gets its own
    slices of the batch, and the parameters.

    >>> import dask, numpy as np
    >>> from autodiff_lessons.graph import trace
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> graph = trace(lambda x, w: np.mean((w * x - 2 * x) ** 2), x, 1.0).partition(3)
    >>> tasks, key = to_dask(graph, x, 1.0)
    >>> dask.get(tasks, key) == graph.run(x, 1.0)
    np.True_
    """
    tasks = _Tasks(graph)
    return tasks.at(tasks.values(graph.bound(arguments, named)), {})


def run_distributed(
    graph: Graph, /, *arguments: Any, scheduler: str | None = None, workers: int = 2, **named: Any
) -> Any:
    """What `graph.run(*arguments)` gives, from a cluster: one of this machine's own that ends with the call, or the one
    whose scheduler listens at `scheduler`, such as "tcp://127.0.0.1:8786". To run more than once, open a `Cluster`."""
    with Cluster(scheduler, workers) as cluster:
        return cluster.run(graph, *arguments, **named)


class Cluster:
    """Processes that graphs are run on, in a `with` block.

        with Cluster(workers=4) as cluster:
            step = cluster.keep(loss.partition(4).value_and_derivative("w"), x=x, y=y)  # the data travels once
            for _ in range(100):
                value, slope = step(w=w)
                w = w - 0.1 * slope

    Without `scheduler` they are `workers` processes of this machine, of one thread each, which only this machine can
    reach, and they end with the block. With `scheduler="tcp://..."` they are the workers of a running Dask scheduler,
    where this version of autodiff-lessons has to be installed.

    Raises ClusterError where there is no Dask, no scheduler or no worker.
    """

    def __init__(self, scheduler: str | None = None, workers: int = 2) -> None:
        self.scheduler, self.workers = scheduler, workers
        self.client: Any = None
        self._opened = contextlib.ExitStack()

    def __enter__(self) -> Cluster:
        with contextlib.ExitStack() as opened:
            address = self.scheduler or opened.enter_context(_own_cluster(self.workers))
            self.client = opened.enter_context(_connected(address))
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *problem: object) -> None:
        self._opened.close()

    def run(self, graph: Graph, /, *arguments: Any, **named: Any) -> Any:
        """What `graph.run(*arguments)` gives, or the error that it raises."""
        tasks = _Tasks(graph)
        return self._result(*tasks.at(tasks.values(graph.bound(arguments, named)), {}))

    def keep(self, graph: Graph, /, **kept: Any) -> Callable[..., Any]:
        """Send some of the arguments to the workers, once; the function that is returned takes the others, by name.

        The slices of the first shard go to the first worker, those of the second to the second, and round again.
        """
        tasks = _Tasks(graph)
        held = tasks.values(kept)
        known = tasks.known(held)
        starts = sorted({one.first for one in known})
        workers = sorted(self.client.ncores())
        sent: dict[Need, Any] = {}
        for one in known:
            worker = None if one.last is None else workers[starts.index(one.first) % len(workers)]
            sent[one] = self._sent(tasks.value(one, held), f"kept-{tasks.name(one)}", worker)
        with self.client.as_current():
            _dask("distributed").wait(list(sent.values()))  # from now on the arrays may be changed here

        def run(**named: Any) -> Any:
            for name in kept.keys() & named.keys():
                raise GraphError(f"{name} is on the workers already; leave it out, or keep the graph again.")
            graph.bound((), kept | named)
            return self._result(*tasks.at(held | tasks.values(named), sent))

        return run

    def _sent(self, value: Any, name: str, worker: str | None) -> Any:
        """The value, held by a worker. It is the result of a task, which is done again where that worker dies."""
        key, anywhere = f"{name}-{uuid.uuid4().hex}", worker is not None
        with _of_any_size():
            return self.client.submit(_aligned, value, key=key, workers=worker, allow_other_workers=anywhere)

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """What the function gives for each item, computed by the workers, in the items' order.

        It is computed anew at each call, whatever a worker remembers.
        """
        with _of_any_size():
            futures = self.client.map(function, list(items), pure=False)
        for future in futures:
            with _workers_problems():
                result = future.result()
            yield result

    def _result(self, tasks: dict[str, Any], key: str) -> Any:
        with _workers_problems(), _of_any_size():
            return self.client.get(tasks, key)


@dataclass(frozen=True, slots=True)
class _Results:
    """What one task takes of another piece's results: those at these positions, or None for all of them."""

    piece: int
    positions: tuple[int, ...] | None


Need = Given | _Results
Wiring = list[
    tuple[int, int | None]
]  # for each input of a piece: which argument of its task it is, or is in, and where


class _Tasks:
    """The tasks that compute a graph, for any arguments."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.pieces = pieces(graph)
        self.texts = [to_json(piece.graph) for piece in self.pieces]
        self.needs = _needs(self.pieces)

    def values(self, named: dict[str, Any]) -> dict[int, Any]:
        """The values of the inputs of some of the arguments, by their places."""
        found: dict[int, Any] = {}
        for name, value in named.items():
            if name not in self.graph.arguments:
                raise GraphError(
                    f"{self.graph.title} has no argument {name!r}; it has {', '.join(self.graph.arguments)}."
                )
            places = self.graph.arguments[name]
            leaves = trees.flatten_like(value, places, f"argument {name}", "example")
            for place, one in zip(trees.flatten(places)[0], leaves, strict=True):
                found[place] = self.graph.checked(self.graph.nodes[place], one)
                if type(found[place]) not in PLAIN:
                    raise GraphError(f"Workers compute with numbers and arrays; {name} is a {type(one).__name__}.")
        return found

    def known(self, values: dict[int, Any]) -> set[Given]:
        """What the tasks take from these inputs, and from the graph's large constants."""
        givens = {one for piece in self.pieces for one in piece.sources if isinstance(one, Given)}
        return {one for one in givens if one.place in values or self.graph.nodes[one.place].is_constant}

    def value(self, given: Given, values: dict[int, Any]) -> Any:
        node = self.graph.nodes[given.place]
        return given.of(node.value if node.is_constant else values[given.place])

    def name(self, given: Given) -> str:
        part = "" if given.last is None else f"-{given.first}-{given.last}"
        return self.graph.names[given.place] + part

    def at(self, values: dict[int, Any], sent: dict[Need, Any]) -> tuple[dict[str, Any], str]:
        """The tasks, and the key of the result; what was sent already stands for its value."""
        run = uuid.uuid4().hex  # two runs on one cluster must not take each other's results for their own
        keys = [f"{piece.graph.title}-{run}" for piece in self.pieces]

        def called(need: Need) -> str:
            if isinstance(need, Given):
                return f"{self.name(need)}-{run}"
            return keys[need.piece] + "".join(f"-{one}" for one in need.positions or ())

        tasks: dict[str, Any] = {}
        ready = dict(sent)
        for one, count in Counter(one for needs, _ in self.needs for one in needs if one not in sent).items():
            if isinstance(one, Given):
                value = self.value(one, values)
                if count == 1 or np.size(value) <= LARGE:
                    ready[one] = value  # it travels with the task
                else:
                    tasks[called(one)] = value
            elif one.positions is not None:
                tasks[called(one)] = (functools.partial(_pick, one.positions), keys[one.piece])
        for key, text, (needs, wiring) in zip(keys, self.texts, self.needs, strict=True):
            taken = [ready[one] if one in ready else called(one) for one in needs]
            tasks[key] = (functools.partial(_compute, text, wiring, MODES.ieee), *taken)
        return tasks, keys[-1]


def _needs(all_pieces: tuple[Piece, ...]) -> list[tuple[list[Need], Wiring]]:
    """What the task of each piece takes.

    The piece that uses most of another one's results takes all of them, so that it is computed where they are. Any
    other takes only what it needs, if that spares it many numbers.
    """
    used: dict[int, dict[int, tuple[int, ...] | None]] = {}  # maker -> user -> positions
    for user, piece in enumerate(all_pieces):
        for one in piece.sources:
            if isinstance(one, Made):
                users = used.setdefault(one.piece, {})
                users[user] = tuple(sorted({*(users.get(user) or ()), one.position}))
    for maker, users in used.items():
        graph = all_pieces[maker].graph
        sizes = [math.prod(graph.nodes[place].shape) for place in graph.outputs]
        taken = {user: sum(sizes[one] for one in positions or ()) for user, positions in users.items()}
        for user, size in taken.items():
            if size == max(taken.values()) or sum(sizes) - size <= LARGE:
                users[user] = None
    found = []
    for user, piece in enumerate(all_pieces):
        needs: list[Need] = []
        wiring: Wiring = []
        for one in piece.sources:
            need, position = (one, None) if isinstance(one, Given) else _where(one, used[one.piece][user])
            if need not in needs:
                needs.append(need)
            wiring.append((needs.index(need), position))
        found.append((needs, wiring))
    return found


def _where(made: Made, positions: tuple[int, ...] | None) -> tuple[Need, int]:
    return _Results(made.piece, positions), made.position if positions is None else positions.index(made.position)


# On a worker


def _compute(text: str, wiring: Wiring, without_errors: bool, *given: Any) -> Any:
    """The results of one piece; `given` is what its task takes."""
    piece = _read(text)
    leaves = [_aligned(given[at] if position is None else given[at][position]) for at, position in wiring]
    with ieee() if without_errors else contextlib.nullcontext():
        return piece.rebuild_result(piece.run_flat(leaves))


@functools.lru_cache(maxsize=256)
def _read(text: str) -> Graph:
    """The piece, read from its text once in each worker."""
    return from_json(text)


def _pick(positions: tuple[int, ...], results: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(results[one] for one in positions)


def _aligned(value: Any) -> Any:
    """An array that has arrived may begin at any byte of a message, and NumPy would copy it in every product."""
    return np.require(value, requirements="A") if type(value) is np.ndarray else value


# Dask


def _dask(name: str) -> Any:
    """The module of this name, `distributed` or `dask`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ClusterError("A cluster needs Dask, which the course installs: pip install dask distributed") from None


@contextlib.contextmanager
def _own_cluster(workers: int) -> Iterator[Any]:
    """Workers of this machine, which leave nothing behind."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ClusterError(f"A cluster has one worker at least, not {workers!r}.")
    with (
        tempfile.TemporaryDirectory(prefix="autodiff-lessons-") as folder,
        _dask("distributed").LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL, local_directory=folder,
            scheduler_kwargs={"dashboard": False, "local_directory": folder},
        ) as cluster,
    ):  # fmt: skip
        yield cluster


@contextlib.contextmanager
def _connected(address: Any) -> Iterator[Any]:
    """A client of the scheduler, which has a worker."""
    try:
        client = _dask("distributed").Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:  # Dask's word for an address of another form
        raise ClusterError(
            f"No scheduler answers at {address} ({error or type(error).__name__}). `dask scheduler` starts one, and "
            f"`dask worker {address}` its workers."
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError:
            raise ClusterError(
                f"The scheduler at {address} has no workers; `dask worker {address}` starts some."
            ) from None
        yield client


@contextlib.contextmanager
def _workers_problems() -> Iterator[None]:
    """Say as a ClusterError what only a cluster can meet."""
    killed = _dask("distributed").KilledWorker
    try:
        yield
    except killed as error:
        raise ClusterError(
            f"One worker after the other died while it computed {error.task}. If a shard is too much for a "
            "worker's memory, cut the batch into more shards."
        ) from None
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"The workers can't load {error.name}: install this version of autodiff-lessons where they run."
        ) from None


def _of_any_size() -> Any:
    """Dask advises against sending large arrays with a graph; here that is what keeps them from being lost."""
    return _dask("dask").config.set({"distributed.admin.large-graph-warning-threshold": "1PB"})
