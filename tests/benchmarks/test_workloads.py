"""What the benchmark measures is right: on each workload the engine's gradient is the hand-written one."""

from __future__ import annotations

import pytest
from run import agrees, find_peers, table
from workloads import all_workloads

PEERS = {"ours": find_peers()["ours"]}


@pytest.mark.parametrize("work", [pytest.param(one, id=one.name) for one in all_workloads(PEERS)])
def test_the_gradient_is_the_hand_written_one(work):
    assert agrees(work.contenders["ours"](), work.hand())


def test_a_wrong_gradient_is_noticed():
    assert not agrees((5.5, 1.8), (5.5, 1.7163378145367738))


def test_the_table_states_multiples_of_the_hand_written_time():
    rows = [("f", {"hand": 2e-6, "ours": 9e-6})]
    assert table(rows, {"ours": 200.4}, PEERS).splitlines()[2:] == [
        "| f | 2 us | 4.5 |",
        "| memory of an operation, chain of 100,000 | - | 200 B |",
    ]
