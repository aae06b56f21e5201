"""How the class view bears a full room, on a real JupyterHub: learners who check at once, instructors who watch.

    python tests/benchmarks/class_load.py [--learners 200] [--seconds 60] [--watchers 20]

Each learner sends an event every two seconds with a token of their own, on a new connection, as a kernel does; each
watcher asks for the numbers every two seconds, as the page does. Clients, hub, proxy and view share this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("shared", "browser", "classroom")]

from class_events import event  # noqa: E402
from hub_process import Hub, request  # noqa: E402

from autodiff_lessons.classroom.event import ClassEvent  # noqa: E402
from autodiff_lessons.exercises import all_exercises  # noqa: E402

SEND, SEE = "access:services!service=class", "custom:autodiff:class-view"
EVERY = 2.0  # seconds


@dataclass
class Result:
    """What was measured; times in milliseconds."""

    sent: int = 0
    posts: list[float] = field(default_factory=list)
    states: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)  # from an event's arrival to a watcher who has it
    bytes: int = 0
    failures: list[str] = field(default_factory=list)
    lost: int = 0
    twice: int = 0

    def __str__(self) -> str:
        return (
            f"{self.sent} events, {self.lost} lost, {self.twice} twice, "
            f"{len(self.failures)} failed requests {self.failures[:3]}\n"
            f"event answered    {_spread(self.posts)}\n"
            f"numbers answered  {_spread(self.states)}, {self.bytes / max(1, len(self.states)) / 1000:.1f} kB each\n"
            f"event is seen     {_spread(self.fresh)}"
        )


def _spread(milliseconds: list[float]) -> str:
    if len(milliseconds) < 2:
        return "-"
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"median {cuts[49]:.1f} ms, 95th {cuts[94]:.1f} ms, 99th {cuts[98]:.1f} ms, most {max(milliseconds):.1f} ms"


class Load:
    """A room of learners and those who watch it."""

    def __init__(self, hub: Hub, address: str, learners: int, watchers: int) -> None:
        self._hub = hub
        self._address = address
        self._learners = {f"learner{number}": hub.token_of(f"learner{number}", SEND) for number in range(learners)}
        self._watchers = [hub.token_of("teacher", SEND, SEE) for _ in range(watchers)]
        for token in (*self._learners.values(), *self._watchers):
            request("GET", f"{hub.url}/hub/api/user", token)  # as each learner's server has done when it started
        self._exercises = [one for one in all_exercises() if one.misconceptions]
        self._answered: dict[str, list[float]] = {name: [] for name in self._learners}
        self._sent: set[tuple[str, str]] = set()
        self._ended = asyncio.Event()
        self.result = Result()

    async def run(self, rounds: int) -> None:
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as kernels, aiohttp.ClientSession() as pages:
            watching = [
                asyncio.create_task(self._watch(pages, token, random.Random(1000 + number)))
                for number, token in enumerate(self._watchers)
            ]
            await asyncio.gather(*(self._learn(kernels, name, rounds) for name in self._learners))
            self._ended.set()
            await asyncio.gather(*watching)
        there = [row[:2] for row in self._hub.events()]
        self.result.sent = len(self._sent)
        self.result.lost = len(self._sent - set(there))
        self.result.twice = len(there) - len(set(there))

    async def _learn(self, session: aiohttp.ClientSession, name: str, rounds: int) -> None:
        chance = random.Random(name)
        await asyncio.sleep(chance.uniform(0, EVERY))
        for attempt in range(1, rounds + 1):
            start = time.perf_counter()
            made = self._check(attempt, rounds, chance)
            headers = {"Authorization": f"token {self._learners[name]}"}
            body = {"events": [made.as_json()]}
            try:
                async with session.post(f"{self._address}events", json=body, headers=headers) as answer:
                    answer.raise_for_status()
                    await answer.read()
            except aiohttp.ClientError as error:
                self.result.failures.append(f"{type(error).__name__} {error}")
            else:
                self.result.posts.append(1000 * (time.perf_counter() - start))
                self._sent.add((name, made.uid))
                self._answered[name].append(time.perf_counter())
            await asyncio.sleep(max(0.0, start + EVERY - time.perf_counter()))

    def _check(self, attempt: int, rounds: int, chance: random.Random) -> ClassEvent:
        exercise, following = (
            self._exercises[n * len(self._exercises) // (rounds + 2)] for n in (attempt, attempt + 1)
        )
        # Solved before the last attempt, the later ones would change nothing that a watcher could see.
        outcome = "incorrect" if exercise is following else chance.choice(["incorrect", "correct"])
        mistake = chance.choice(list(exercise.misconceptions)) if outcome == "incorrect" else ""
        return event(exercise.id, outcome, misconception=mistake, attempt=attempt, time=time.time())

    async def _watch(self, session: aiohttp.ClientSession, token: str, chance: random.Random) -> None:
        await asyncio.sleep(chance.uniform(0, EVERY))
        tag, seen = "", dict.fromkeys(self._learners, 0)
        while not self._ended.is_set():
            start = time.perf_counter()
            headers = {"Authorization": f"token {token}", "If-None-Match": tag}
            try:
                async with session.get(f"{self._address}state", headers=headers) as answer:
                    answer.raise_for_status()
                    state = await answer.json() if answer.status == 200 else {"learners": []}
            except aiohttp.ClientError as error:
                self.result.failures.append(f"watcher: {type(error).__name__} {error}")
            else:
                now, tag = time.perf_counter(), answer.headers["Etag"]
                self.result.states.append(1000 * (now - start))
                self.result.bytes += int(answer.headers.get("Content-Length", 0))
                self._note_what_is_new(state, seen, now)
            await asyncio.sleep(max(0.0, start + EVERY - time.perf_counter()))

    def _note_what_is_new(self, state: dict[str, Any], seen: dict[str, int], now: float) -> None:
        for one in state["learners"]:
            latest = max(tries for _, tries in one["cells"].values())
            new = self._answered[one["name"]][seen[one["name"]] : latest]
            self.result.fresh += [max(0.0, 1000 * (now - moment)) for moment in new]
            seen[one["name"]] = latest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--watchers", type=int, default=20)
    parser.add_argument("--through-proxy", action="store_true", help="learners' servers are on other machines")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(Path(folder))
        try:
            hub.start()
            address = f"{hub.url}/services/class/" if arguments.through_proxy else hub.view
            load = Load(hub, address, arguments.learners, arguments.watchers)
            asyncio.run(load.run(round(arguments.seconds / EVERY)))
            used = hub.processor_seconds()
        finally:
            hub.end()
    result = load.result
    print(result)
    print("processor seconds ", ", ".join(f"{name} {seconds:.1f}" for name, seconds in used.items()))
    return 1 if result.lost or result.twice or result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
