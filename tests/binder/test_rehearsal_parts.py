"""The rehearsal's own judgements; the rehearsal itself is a program, since it takes minutes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import rehearsal

REPOSITORY = Path(__file__).parents[2]


def test_a_package_that_the_lock_does_not_pin_is_refused() -> None:
    numpy = re.search(r"^numpy==\S+", (REPOSITORY / "binder/requirements.txt").read_text(), re.MULTILINE)
    assert numpy
    rehearsal.refuse_unpinned({numpy[0], "autodiff-lessons==0.1.0"}, REPOSITORY)
    for loose in ("numpy==1.0", "tensor_flow==2.0"):
        with pytest.raises(SystemExit, match=loose):
            rehearsal.refuse_unpinned({numpy[0], loose}, REPOSITORY)


def test_the_launch_path_is_the_readmes() -> None:
    assert rehearsal.launch_path(REPOSITORY) == "autodiff-lessons-work/00_start_here.ipynb"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux alone counts memory so")
def test_memory_is_that_of_the_process_and_of_what_it_started() -> None:
    held = "import subprocess, sys; kept = b'x' * 50_000_000; print(flush=True); "
    inner = f"{held} sys.stdin.read()"
    outer = f"{held} subprocess.run([sys.executable, '-c', {inner!r}, 'ipykernel_launcher'], stdin=sys.stdin)"
    with subprocess.Popen([sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        process.stdout.readline()
        memory = rehearsal.memory_of(process.pid)
        process.stdin.close()
    assert 50 < memory.kernels < 80
    assert 50 < memory.others < 80
    assert memory.server == 0
    assert 100 < memory.proportional <= memory.total < 160
