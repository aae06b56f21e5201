"""Graphs on real clusters: one of this machine's own, and one whose scheduler and worker run by themselves."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from batch_losses import batch_of, loss_over, same

from autodiff_lessons import Tensor, cli
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.errors import ClusterError, DomainError, GraphError
from autodiff_lessons.graph import Cluster, distributed, run_distributed, trace

BATCH = batch_of(7)
LOSS = trace(loss_over([("tanh", 0), ("mix", 1)], "norm"), *BATCH)
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has but the one, which kills
PATIENCE = 60.0  # seconds for what should take one


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(workers=2) as one:
        yield one


def until(condition, what):
    """Wait for it to be true, and give what it was."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {PATIENCE:g} s")


def test_examples_in_the_documentation_run():
    assert doctest.testmod(importlib.import_module("autodiff_lessons.graph.distributed")).failed == 0


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_value_and_gradient_from_other_processes(cluster, shards):
    derivative = LOSS.partition(shards).value_and_derivative()
    same(cluster.run(derivative, *BATCH), LOSS.value_and_derivative().run(*BATCH))
    x, y, w = BATCH
    same(cluster.run(derivative, x, w=w, y=y), LOSS.value_and_derivative().run(*BATCH))


def test_training_with_the_data_kept_on_the_workers(cluster):
    x, y, w = BATCH
    mine = x.copy()
    step = cluster.keep(LOSS.partition(2).value_and_derivative("w"), x=mine, y=y)
    mine[:] = np.nan
    placed = held(cluster)
    assert placed["x-0-4"] == placed["y-0-4"] != placed["x-4-7"] == placed["y-4-7"]
    alone, here = LOSS.value_and_derivative("w"), w
    for _ in range(5):
        value, slope = step(w=w)
        same((value, slope), alone.run(x, y, here))
        w, here = w - 0.1 * slope, here - 0.1 * alone.run(x, y, here)[1]
    same(cluster.keep(LOSS)(x=x, y=y, w=w), LOSS.run(x, y, w))
    for call, message in [
        (lambda: step(), "needs a value for w"),
        (lambda: step(w=w, x=x), "x is on the workers already"),
        (lambda: step(w=w, z=x), "z is none of its arguments"),
        (lambda: cluster.keep(LOSS, z=x), "has no argument 'z'"),
    ]:
        with pytest.raises(GraphError, match=message):
            call()


def test_the_errors_are_those_of_a_run_here(cluster):
    graph = trace(lambda x, w: np.sum(np.log(x * w)), np.ones(4), 1.0).partition(2)
    x = np.array([1.0, 2.0, 3.0, -4.0])
    with pytest.raises(DomainError, match=r"log\(-4.0\), at index 1, has no value: log\(x\) needs x > 0"):
        cluster.run(graph, x, 1.0)
    with ieee():
        assert np.isnan(cluster.run(graph, x, 1.0))
    with pytest.raises(GraphError, match="Workers compute with numbers and arrays; w is a Tensor"):
        cluster.run(graph, x, Tensor(1.0))


def test_an_array_from_the_middle_of_a_message_is_aligned_once():
    numbers = np.zeros(25, np.uint8)[1:].view(np.float64)
    assert not numbers.flags.aligned
    assert distributed._aligned(numbers).flags.aligned
    assert distributed._aligned(BATCH[0]) is BATCH[0]
    assert distributed._aligned(2.0) == 2.0


def slow(x, w):
    h = x
    for _ in range(60):
        h = np.tanh(h @ w)
    return np.mean(h**2)


def test_a_killed_worker_does_not_lose_the_result(cluster):
    """It is killed while it computes a shard, and with it goes the slice of the data that it held."""
    generator = np.random.default_rng(0)
    x, w = generator.normal(size=(600, 250)), generator.normal(size=(250, 250)) / 16
    graph = trace(slow, x, w).partition(2).value_and_derivative("w")
    step = cluster.keep(graph, x=x)
    holders = held(cluster)
    assert len({*holders.values()}) == 2
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(step(w=w)))
    workers = cluster.client.run(os.getpid)
    thread.start()
    try:
        victim = until(lambda: busy(cluster) & {*holders.values()}, "a shard being computed").pop()
        os.kill(workers[victim], KILL)
        assert not found
    finally:
        thread.join(PATIENCE)
    assert len(found) == 1
    same(found[0], graph.run(x, w))
    assert workers[victim] not in cluster.client.run(os.getpid).values()


def held(cluster):
    """Which worker holds what was sent, by its name, once all of it has arrived."""
    kept = {key: some for key, some in cluster.client.who_has().items() if key.startswith("kept")}
    return (
        {key.split("-", 1)[1].rpartition("-")[0]: some[0] for key, some in kept.items()} if all(kept.values()) else {}
    )


def busy(cluster):
    """The workers that compute a shard right now."""
    doing = cluster.client.processing().items()
    return {address for address, tasks in doing if any(str(one).startswith("shard") for one in tasks)}


def test_when_every_worker_that_tries_dies(cluster):
    scheduler = cluster.client.cluster.scheduler
    allowed, scheduler.allowed_failures = scheduler.allowed_failures, 0
    generator = np.random.default_rng(0)
    x, w = generator.normal(size=(600, 250)), generator.normal(size=(250, 250)) / 16
    errors: list[BaseException] = []

    def run():
        try:
            cluster.run(trace(slow, x, w).partition(2), x, w)
        except ClusterError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    workers = cluster.client.run(os.getpid)
    thread.start()
    try:
        os.kill(workers[until(lambda: busy(cluster), "a shard being computed").pop()], KILL)
    finally:
        thread.join(PATIENCE)
        scheduler.allowed_failures = allowed
    assert "One worker after the other died while it computed shard-" in str(errors[0])


# A scheduler of its own


@contextlib.contextmanager
def program(folder: Path, *words: str) -> Iterator[None]:
    """A command of Dask that runs until the end of the block, with its files in the folder."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    inside = os.environ | {"DASK_TEMPORARY_DIRECTORY": str(folder)}
    with subprocess.Popen([sys.executable, "-m", "dask", *words], env=inside, **quiet) as started:
        try:
            yield
        finally:
            started.terminate()
            try:
                started.wait(10)
            except subprocess.TimeoutExpired:
                started.kill()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler that has no workers yet."""
    folder = tmp_path_factory.mktemp("scheduler")
    file = folder / "scheduler.json"
    place = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file)]
    with program(folder, "scheduler", *place):
        until(lambda: file.exists() and file.read_text().strip().endswith("}"), "the scheduler's start")
        yield json.loads(file.read_text())["address"]


def test_a_scheduler_without_workers_and_then_with_one(scheduler, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(distributed, "SECONDS", 3)
    with pytest.raises(ClusterError, match=rf"at {scheduler} has no workers; `dask worker {scheduler}` starts some"):
        run_distributed(LOSS, *BATCH, scheduler=scheduler)
    monkeypatch.setattr(distributed, "SECONDS", PATIENCE)
    cut = LOSS.partition(3).value_and_derivative("w")
    with program(
        tmp_path, "worker", scheduler, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard",
    ):  # fmt: skip
        same(run_distributed(cut, *BATCH, scheduler=scheduler), cut.run(*BATCH))
        (tmp_path / "graph.json").write_text(LOSS.to_json())
        np.savez(tmp_path / "data.npz", **dict(zip("xyw", BATCH, strict=True)))
        words = ["run", str(tmp_path / "graph.json"), "--data", str(tmp_path / "data.npz"), "--scheduler", scheduler]
        assert cli.main([*words, "--shards", "2", "--derivative", "w", "--out", str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as written:
        same((written["value"][()], written["gradient_w"]), LOSS.value_and_derivative("w").run(*BATCH))
    assert capsys.readouterr().out.startswith("value = ")


def test_the_command_starts_a_cluster_for_shards_and_ends_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # another run's clusters are none of ours
    (tmp_path / "graph.json").write_text(LOSS.to_json())
    np.savez(tmp_path / "data.npz", **dict(zip("xyw", BATCH, strict=True)))
    before = left_behind()
    assert cli.main(["run", f"{tmp_path}/graph.json", "--data", f"{tmp_path}/data.npz", "--shards", "2"]) == 0
    name, _, number = capsys.readouterr().out.strip().partition(" = ")
    assert name == "value"
    assert float(number) == pytest.approx(float(LOSS.run(*BATCH)), rel=1e-14)
    assert left_behind() == before


def left_behind():
    """The processes and the folders of clusters that there are."""
    folders = Path(tempfile.gettempdir()).glob("autodiff-lessons-*")
    return {one.pid for one in multiprocessing.active_children()}, set(folders)


@pytest.mark.parametrize(
    ("scheduler", "workers", "message"),
    [
        ("tcp://127.0.0.1:9", 1, r"No scheduler answers at tcp://127.0.0.1:9 \(.*\). `dask scheduler` starts one"),
        ("nothing://here", 1, r"No scheduler answers at nothing://here"),
        (None, 0, r"A cluster has one worker at least, not 0"),
        (None, 1.5, r"not 1.5"),
    ],
)
def test_clusters_that_can_t_be_had(scheduler, workers, message, monkeypatch):
    monkeypatch.setattr(distributed, "SECONDS", 1)
    with pytest.raises(ClusterError, match=message):
        run_distributed(LOSS, *BATCH, scheduler=scheduler, workers=workers)


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"A cluster needs Dask, which the course installs: pip install dask dist"):
        run_distributed(LOSS, *BATCH)


def test_workers_without_the_course():
    def get(tasks, key):
        raise ModuleNotFoundError("No module named 'autodiff_lessons'", name="autodiff_lessons")

    elsewhere = Cluster()
    elsewhere.client = SimpleNamespace(get=get)
    with pytest.raises(ClusterError, match="can't load autodiff_lessons: install this version of autodiff-lessons"):
        elsewhere.run(LOSS, *BATCH)
