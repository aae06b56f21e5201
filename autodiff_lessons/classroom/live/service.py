"""The class view as a service of a JupyterHub: it learns from the hub where it is, and ends with it.

A hub that was killed leaves its services running. One that its new self starts would then find the port taken, so the
old one ends by itself when its parent is gone, and the new one waits for the port.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from autodiff_lessons.classroom.live import hub_access
from autodiff_lessons.classroom.live.event_store import EventStore
from autodiff_lessons.classroom.live.hub_settings import DATABASE, DEFAULT_DATABASE
from autodiff_lessons.classroom.live.intake import Intake
from autodiff_lessons.classroom.live.limits import Limits
from autodiff_lessons.classroom.live.pages import StaticFile
from autodiff_lessons.classroom.live.receiving import MOST_BYTES, Events
from autodiff_lessons.classroom.live.room import Room
from autodiff_lessons.classroom.live.snapshot import Snapshots
from autodiff_lessons.errors import UsageError
from autodiff_lessons.exercises.catalogue import all_exercises

_PORT_SECONDS = 30  # to wait for a port that an earlier service still has
_LOOK_SECONDS = 0.5  # between looks at whether the parent is there


class ClassView:
    """The room, its database, and the web application that shows it."""

    def __init__(self, database: str, prefix: str) -> None:
        self.store = EventStore(database)
        self.room = Room(all_exercises())
        for learner, event in self.store.all():
            self.room.take(learner, event)
        self.intake = Intake(self.store, self.room)
        snapshots, root = {"snapshots": Snapshots(self.room.view)}, prefix.rstrip("/")
        self.application = Application(
            [
                (f"{root}/events", Events, {"intake": self.intake, "limits": Limits()}),
                (f"{root}/?", hub_access.HubPage),
                (f"{root}/state", hub_access.HubState, snapshots),
                (f"{root}/static/([a-z_.]+)", StaticFile),
                (f"{root}/oauth_callback", hub_access.LoggedIn),
            ],
            cookie_secret=os.urandom(32),
        )

    def close(self) -> None:
        self.intake.close()
        self.store.close()


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Serve until the hub says to end, or is gone."""
    try:
        url = urlsplit(environment["JUPYTERHUB_SERVICE_URL"])
        prefix = environment["JUPYTERHUB_SERVICE_PREFIX"]
    except KeyError as error:
        print(
            f"A JupyterHub runs this, and says where in {error}. Without a hub: autodiff-lessons class --folder DIR",
            file=sys.stderr,
        )
        return 2
    hub_access.hub_auth()
    try:
        view = ClassView(environment.get(DATABASE, DEFAULT_DATABASE), prefix)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        asyncio.run(_serve(view.application, url.hostname or "127.0.0.1", url.port or 80, os.getppid()))
    finally:
        view.close()
    return 0


async def _serve(application: Application, host: str, port: int, parent: int) -> None:
    ended = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    server = HTTPServer(application, max_body_size=MOST_BYTES, max_header_size=16 * 1024, idle_connection_timeout=60)
    server.add_sockets(await _sockets(host, port))
    while not ended.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(ended.wait(), _LOOK_SECONDS)
        except TimeoutError:
            continue
    server.stop()
    await server.close_all_connections()


async def _sockets(host: str, port: int) -> list[socket.socket]:
    for _ in range(int(_PORT_SECONDS / _LOOK_SECONDS)):
        try:
            return bind_sockets(port, host)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        await asyncio.sleep(_LOOK_SECONDS)
    return bind_sockets(port, host)
