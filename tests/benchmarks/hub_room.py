"""What a room costs on one machine: memory and start time of each learner's server, on `autodiff-lessons hub`.

    python tests/benchmarks/hub_room.py [--learners 30] [--at-once 4] [--write README.md ...]

The hub is started as an instructor would; each learner's server starts through its API, `--at-once` at a time, and a
kernel there runs every cell of lesson 05 in the learner's own working copy, as *Run All* does. Memory is what Linux
says once all have run it: RSS counts pages that servers share in each of them, as the limit of a container may; PSS
divides them, so that its sum is what the machine really needs. The most is of each process's whole life.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import platform
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import aiohttp

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / name) for name in ("browser", "classroom")]

from lab_server import descendants  # noqa: E402
from report import shown, write_between  # noqa: E402
from room_process import Room, running_room  # noqa: E402

LESSON = "05_read_computation_graphs.ipynb"
PASSWORD = "a room full of long walks"
IDLE_SECONDS = 20
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Learner:
    """One learner, and what was measured; memory in bytes, times in seconds."""

    name: str
    server: int = 0  # process ids
    kernel: int = 0
    start: float = 0.0
    lesson: float = 0.0
    failures: list[str] = field(default_factory=list)


class Class:
    """All learners, through the hub's own API."""

    def __init__(self, room: Room, session: aiohttp.ClientSession, learners: int, at_once: int) -> None:
        self._room = room
        self._session = session
        self._turns = asyncio.Semaphore(at_once)
        self.learners = [Learner(f"learner{number:02}") for number in range(learners)]

    async def run(self) -> None:
        auth = {"username": "teacher", "password": PASSWORD}
        token = (await self._ask("POST", "/hub/api/users/teacher/tokens", {"auth": auth}))["token"]
        self._session.headers["Authorization"] = f"token {token}"
        await self._ask("POST", "/hub/api/users", {"usernames": [one.name for one in self.learners]})
        await asyncio.gather(*(self._learn(one) for one in self.learners))

    async def _learn(self, learner: Learner) -> None:
        async with self._turns:
            start = time.perf_counter()
            await self._ask("POST", f"/hub/api/users/{learner.name}/server")
            while not (state := await self._server(learner))["ready"]:
                await asyncio.sleep(0.1)
            await self._ask("GET", f"/user/{learner.name}/api/status")
            learner.start = time.perf_counter() - start
            learner.server = state["state"]["pid"]
            await self._run_lesson(learner)

    async def _server(self, learner: Learner) -> Any:
        return (await self._ask("GET", f"/hub/api/users/{learner.name}"))["servers"][""]

    async def _run_lesson(self, learner: Learner) -> None:
        root = f"/user/{learner.name}/api"
        notebook = (await self._ask("GET", f"{root}/contents/{LESSON}"))["content"]
        start = time.perf_counter()
        body = {"path": LESSON, "name": LESSON, "type": "notebook", "kernel": {"name": "python3"}}
        kernel = (await self._ask("POST", f"{root}/sessions", body))["kernel"]["id"]
        async with self._session.ws_connect(
            f"{self._room.url}{root}/kernels/{kernel}/channels", max_msg_size=0
        ) as line:
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    reply = await _execute(line, "".join(cell["source"]))
                    if reply["status"] != "ok":
                        learner.failures.append(f"{learner.name}: {reply}")
        learner.lesson = time.perf_counter() - start
        learner.kernel = next(pid for pid in descendants(learner.server) if kernel in _command_of(pid))

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"{self._room.url}{path}", json=body) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
            return json.loads(text) if text else None


async def _execute(line: aiohttp.ClientWebSocketResponse, code: str) -> Any:
    """Run a cell; its reply, once the kernel is idle again."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "session": "room",
        "username": "",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
    await line.send_json(
        {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
    )
    reply, idle = None, False
    while reply is None or not idle:
        received = await line.receive()
        if received.type is aiohttp.WSMsgType.BINARY:  # a widget's picture: neither a reply nor a state
            continue
        message = received.json()
        if message["parent_header"].get("msg_id") == header["msg_id"]:
            idle = idle or message["content"].get("execution_state") == "idle"
            reply = message["content"] if message["msg_type"] == "execute_reply" else reply
    return reply


def _command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    return ""


def memory_of(pids: Sequence[int]) -> dict[str, int]:
    """Bytes that these processes hold together now, and the most that each ever held."""
    found = {"Rss": 0, "Pss": 0, "VmHWM": 0}
    for pid in pids:
        for file in ("smaps_rollup", "status"):
            for line in pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines():
                name, _, value = line.partition(":")
                if name in found:
                    found[name] += int(value.split()[0]) * 1024
    return found


def processor_seconds(pids: Sequence[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def available() -> int:
    """Bytes that the machine can still give."""
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) * 1024


async def measure(room: Room, count: int, at_once: int) -> str:
    """The table, and a sentence on where and how."""
    before = available()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=300)) as session:
        lessons = Class(room, session, count, at_once)
        start = time.perf_counter()
        await lessons.run()
        whole = time.perf_counter() - start
        load = os.getloadavg()[0]
    learners = lessons.learners
    if failures := [line for one in learners for line in one.failures]:
        raise SystemExit("\n".join(failures[:5]))
    both = [pid for one in learners for pid in (one.server, one.kernel)]
    used = processor_seconds(both)
    taken = before - available()
    rows = {
        "a learner's server": [memory_of([one.server]) for one in learners],
        "a learner's kernel after lesson 05": [memory_of([one.kernel]) for one in learners],
        "**a learner, both**": [memory_of([one.server, one.kernel]) for one in learners],
        "hub, proxy and class view": [memory_of([pid for pid in descendants(room.process) if pid not in both])],
    }
    lines = ["| memory, MB | PSS, median | RSS, median | RSS, largest | the most ever |", "|---|---|---|---|---|"]
    for name, found in rows.items():
        pss, rss = ([one[key] for one in found] for key in ("Pss", "Rss"))
        numbers = (statistics.median(pss), statistics.median(rss), max(rss), max(one["VmHWM"] for one in found))
        lines.append(f"| {name} | " + " | ".join(f"{number / 1e6:.0f}" for number in numbers) + " |")
    await asyncio.sleep(IDLE_SECONDS)
    idle = (processor_seconds(both) - used) / IDLE_SECONDS
    starts, durations = (sorted(getattr(one, name) for one in learners) for name in ("start", "lesson"))
    lines += [
        "",
        f"{count} servers, {at_once} at a time, each with all of lesson 05 run: {taken / 1e9:.1f} GB of this machine's "
        f"memory. A server starts in {shown(statistics.median(starts))} (longest {shown(starts[-1])}), the lesson runs "
        f"in {shown(statistics.median(durations))} (longest {shown(durations[-1])}), the whole room was ready after "
        f"{shown(whole)}; both together take {used / count:.1f} s of one core a learner. "
        f"All of them idle: {idle:.2f} cores.",
        f"CPython {platform.python_version()}, JupyterHub {version('jupyterhub')}, JupyterLab {version('jupyterlab')}; "
        f"{CORES} cores, load {load:.0f} at the end.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument(
        "--write", type=pathlib.Path, nargs="*", default=[], help="put the table between these files' marks"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, running_room(pathlib.Path(scratch), PASSWORD) as room:
        table = asyncio.run(measure(room, arguments.learners, arguments.at_once))
    print(table)
    for page in arguments.write:
        write_between(page, "hub", table)


if __name__ == "__main__":
    main()
