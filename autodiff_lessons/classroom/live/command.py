"""`autodiff-lessons class --folder DIR`: the class view without a hub, on this machine only."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.web import Application

from autodiff_lessons.classroom.live.folder import FolderEvents
from autodiff_lessons.classroom.live.pages import Page, State, StaticFile
from autodiff_lessons.classroom.live.room import Room
from autodiff_lessons.classroom.live.snapshot import Snapshots
from autodiff_lessons.classroom.sharing import VARIABLE
from autodiff_lessons.course.lab import HOST, port, refuse_taken
from autodiff_lessons.errors import UsageError
from autodiff_lessons.exercises.catalogue import all_exercises

LOOK_SECONDS = 2.0  # between looks into the folder


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons class` takes."""
    parser.add_argument(
        "--folder",
        type=Path,
        required=True,
        metavar="DIR",
        help=f"the folder that all learners can write into; for them, set {VARIABLE} to it",
    )
    parser.add_argument("--port", type=port, default=8900, help="the port to listen on (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C. Raises UsageError where the folder or the port can't be had."""
    folder = arguments.folder.expanduser().resolve()
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"{arguments.folder} is no folder that can be read; make it, and let all learners write there")
    refuse_taken(arguments.port)
    asyncio.run(_serve(folder, arguments.port))
    return 0


class _Local:
    """Admits whoever has the link: it holds a secret, and reaches this machine only."""

    async def admit(self) -> None:
        return


class _LocalPage(_Local, Page): ...


class _LocalState(_Local, State): ...


def application(room: Room, secret: str) -> Application:
    """The web application, all of it below the secret."""
    return Application(
        [
            (f"/{secret}/?", _LocalPage),
            (f"/{secret}/state", _LocalState, {"snapshots": Snapshots(room.view)}),
            (f"/{secret}/static/([a-z_.]+)", StaticFile),
        ]
    )


async def _serve(folder: Path, port: int) -> None:
    room, events, secret = Room(all_exercises()), FolderEvents(folder), secrets.token_urlsafe(24)
    HTTPServer(application(room, secret)).listen(port, HOST)
    print(f"For learners: {VARIABLE}={folder}")
    print(f"The class view, for you: http://{HOST}:{port}/{secret}/")
    print("Ctrl-C ends it; what learners have sent stays in the folder.", flush=True)
    problem = ""
    while True:
        try:
            # In a thread: the folder may be on a slow disk.
            for learner, event in await asyncio.to_thread(events.new):
                room.take(learner, event)
            problem = ""
        except OSError as error:
            if not problem:
                problem = f"{folder} can't be read now ({error.strerror}); it is tried again."
                print(problem, flush=True)
        await asyncio.sleep(LOOK_SECONDS)
