"""What the benchmark of compiled graphs measures is right: each compiled gradient is the hand-written one."""

from __future__ import annotations

import pytest
from compiled import all_problems, row, time_to_compile, workload
from run import agrees


@pytest.mark.parametrize("problem", [pytest.param(one, id=one.name) for one in all_problems()])
def test_the_gradient_is_the_hand_written_one(problem):
    work = workload(problem)
    assert agrees(work.contenders["graph"](), work.hand())


def test_a_row_states_multiples_of_the_hand_written_time_and_the_time_to_compile():
    problem = all_problems()[0]
    assert set(time_to_compile(problem)) == {"graph"}
    line = row(problem, {"hand": 2e-6, "graph": 3e-6, "jax": 8e-6}, {"graph": 5e-4, "jax": 0.05})
    assert line == "| f at (2, 5) | 2 us | 1.5 | 4 | 500 us | 50 ms |"
