"""What the benchmark of shards measures is right, and what it says follows from its numbers."""

from __future__ import annotations

import os

import pytest
from report import write_between
from shards import COLUMNS, CORES, THREADS, agrees, network, pendulums, process, table, verdict


@pytest.mark.parametrize("loss", [network(7), pendulums(7)], ids=["network", "pendulums"])
@pytest.mark.parametrize("shards", [1, 2, 4])
def test_the_shards_compute_the_same(loss, shards):
    arguments = loss.batch | loss.parameters
    truth = loss.with_gradient().run(**arguments)
    assert agrees(loss.with_gradient(shards).run(**arguments), truth)
    assert not agrees((truth[0], [2 * one for one in truth[1]]), truth)


def test_a_process_has_the_threads_that_it_was_asked_for():
    before = dict(os.environ)
    with process(3) as pool:
        assert [pool.submit(os.getenv, name).result() for name in THREADS] == ["3"] * 3
        assert dict(os.environ) == before


def row(**times):
    return "f", {
        "run": 2.0,
        "threads": 1.0,
        "compiled": 2.0,
        "k = 1": 3.0,
        "k = 2": 3.0,
        "k = 4": 3.0,
        "sent": 4.0,
    } | times


def test_the_table_states_multiples_of_the_run_on_one_core():
    assert table([row()]).splitlines()[2] == "| f | 2 s | 0.5 | 1 | 1.5 | 1.5 | 1.5 | 2 |"
    assert len(COLUMNS) == 6
    assert CORES >= 1


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"k = 2": 0.5}, "Shards pay here for: f (k = 2: 2 times as fast as the best without)."),
        (
            {"k = 4": 1.25},
            "Shards pay here for: none. They do not for: f (k = 4: 0.8 times as fast as the best without).",
        ),
        (
            {"k = 4": 0.95},
            "Shards pay here for: none. They do not for: f (k = 4: 1.1 times as fast as the best without).",
        ),
    ],
)
def test_the_verdict_compares_with_the_best_that_does_without_shards(times, said):
    assert verdict([row(**times)]) == said


def test_a_table_is_written_between_its_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- t -->\nold\n<!-- /t -->\nb\n<!-- u -->\n<!-- /u -->\n")
    write_between(page, "t", r"new \1")
    write_between(page, "u", "other")
    assert page.read_text() == "a\n<!-- t -->\nnew \\1\n<!-- /t -->\nb\n<!-- u -->\nother\n<!-- /u -->\n"
    with pytest.raises(SystemExit, match="has no <!-- v --> marks"):
        write_between(page, "v", "x")
