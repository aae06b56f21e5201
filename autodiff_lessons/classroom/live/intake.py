"""Events on their way from a request to the database and the room: written in groups, while the server goes on.

While one group is written the next one gathers, so that a hundred learners cost a few commits a second. A request is
answered when its events are on the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from autodiff_lessons.classroom.event import ClassEvent
from autodiff_lessons.classroom.live.room import Room

Pairs = Sequence[tuple[str, ClassEvent]]
_Request = tuple[Pairs, asyncio.Future[None]]


class Store(Protocol):
    """Where events are written; what is new of them comes back."""

    def add(self, events: Pairs) -> list[tuple[str, ClassEvent]]: ...


class Intake:
    """Takes events for a store and a room."""

    def __init__(self, store: Store, room: Room) -> None:
        self._store = store
        self._room = room
        self._thread = ThreadPoolExecutor(1, "writes events")
        self._gathered: list[_Request] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, learner: str, events: Sequence[ClassEvent]) -> None:
        """Return when they are written; raises what kept them from it, and then none of them is."""
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gathered.append(([(learner, event) for event in events], arrived))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await arrived

    async def _write(self) -> None:
        while self._gathered:
            group, self._gathered = self._gathered, []
            if not await self._written(group, alone=len(group) == 1):
                for request in group:  # what can't be written keeps no other request from it
                    await self._written([request], alone=True)

    async def _written(self, group: list[_Request], alone: bool) -> bool:
        pairs = [pair for events, _ in group for pair in events]
        try:
            new = await asyncio.get_running_loop().run_in_executor(self._thread, self._store.add, pairs)
        except Exception as error:
            for _, arrived in group if alone else ():
                if not arrived.done():
                    arrived.set_exception(error)
            return alone
        for learner, event in new:
            self._room.take(learner, event)
        for _, arrived in group:
            if not arrived.done():  # a request that was given up is done already
                arrived.set_result(None)
        return True

    def close(self) -> None:
        self._thread.shutdown()
