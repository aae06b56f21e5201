"""The memory of a server and of all that it started, as Linux counts it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lab_server import descendants


@dataclass(frozen=True)
class Memory:
    """Megabytes in memory (RSS) by what holds them; what programs share is in each, so the sum is an upper bound."""

    server: float
    kernels: float
    others: float
    proportional: float  # of all of them, with what is shared counted in parts (PSS)

    @property
    def total(self) -> float:
        return self.server + self.kernels + self.others

    def sum_shown(self) -> str:
        return f"{self.server:.0f} + {self.kernels:.0f} + {self.others:.0f} = {self.total:.0f}"


def memory_of(pid: int) -> Memory:
    """Look at a process and all that it started, now."""
    held = {"server": 0.0, "kernels": 0.0, "others": 0.0}
    proportional = 0.0
    for one in descendants(pid):
        words = Path(f"/proc/{one}/cmdline").read_text().split("\0")
        counted = Path(f"/proc/{one}/smaps_rollup").read_text()
        resident, share = (
            int(re.search(rf"^{name}:\s+(\d+) kB", counted, re.MULTILINE)[1]) / 1e3 for name in ("Rss", "Pss")
        )
        held[_role(words)] += resident
        proportional += share
    return Memory(**held, proportional=proportional)


def _role(words: list[str]) -> str:
    if "ipykernel_launcher" in words:
        return "kernels"
    is_server = any(Path(word).name == "jupyter-lab" for word in words[:2])
    return "server" if is_server else "others"
