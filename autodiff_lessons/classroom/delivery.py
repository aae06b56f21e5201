"""Bringing events to the class view: to the hub's service with the learner's own token, or into a shared folder.

A delivery that returns has arrived. One that raises, whatever it raises, is tried again later.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit

from autodiff_lessons.classroom.event import ClassEvent
from autodiff_lessons.errors import ClassError

SECONDS = 10.0  # to wait for an answer
ENDING = ".jsonl"


class Delivery(Protocol):
    """Somewhere to bring events to, in their order."""

    def deliver(self, events: Sequence[ClassEvent]) -> None: ...


class TryLater(ClassError):
    """The class view is there, and asks to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The class view asks to wait {seconds:g} seconds.")
        self.seconds = seconds


class HubDelivery:
    """POST to the hub's service. A redirect is not followed: the token is for this address only."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
        self._path = f"{parts.path.rstrip('/')}/events"
        self._headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}

    def deliver(self, events: Sequence[ClassEvent]) -> None:
        body = json.dumps({"events": [event.as_json() for event in events]}).encode()
        try:
            self._connection.request("POST", self._path, body, self._headers)
            answer = self._connection.getresponse()
            answer.read()
        finally:
            self._connection.close()
        if answer.status == http.client.TOO_MANY_REQUESTS:
            wait = answer.headers.get("Retry-After", "")
            raise TryLater(float(wait) if wait.isdecimal() else 1.0)
        if answer.status != http.client.OK:
            raise ClassError(f"The class view answered {answer.status} {answer.reason}.")


class FolderDelivery:
    """Lines in a file of this kernel's own, so that no two ever write to one; a reader takes whole lines only."""

    def __init__(self, folder: Path, learner: str) -> None:
        self._file = folder / f"{socket.gethostname()[:40]}-{uuid.uuid4().hex}{ENDING}"
        self._learner = learner
        self._torn = False  # the last write failed, and may have left half a line

    def deliver(self, events: Sequence[ClassEvent]) -> None:
        lines = [json.dumps({"learner": self._learner, **event.as_json()}) + "\n" for event in events]
        with self._file.open("ab") as file:
            self._write(file, ("\n" if self._torn else "") + "".join(lines))

    def _write(self, file: IO[bytes], text: str) -> None:
        self._torn = True
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
        self._torn = False
