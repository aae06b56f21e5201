"""The page, its files and its numbers. Who may see them, a subclass says: the hub's roles, or a link with a token.

The page loads nothing from anywhere else and runs no script but its own file; what learners are called reaches it as
data only.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

from autodiff_lessons.classroom.live.snapshot import Snapshots

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_KINDS = {".js": "text/javascript", ".css": "text/css"}


class Handler(RequestHandler):
    """What every answer has: its headers, and errors in plain words that repeat nothing of the request."""

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")

    def write_error(self, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")


class InstructorsOnly(Handler):
    """Admits instructors. A subclass says who is one."""

    async def prepare(self) -> None:
        await self.admit()

    async def admit(self) -> None:
        """Return if this is an instructor; else raise HTTPError(403), or send the visitor to where to log in."""
        raise NotImplementedError


class Page(InstructorsOnly):
    """The page."""

    def get(self) -> None:
        if not self.request.path.endswith("/"):  # what the page names lies below it
            self.redirect(f"{self.request.path}/")
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_static("class_view.html"))


class State(InstructorsOnly):
    """What is on it now: JSON with a tag; 304 to those who have it already."""

    def initialize(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    def get(self) -> None:
        snapshot = self._snapshots.latest()
        self.set_header("Etag", f'"{snapshot.tag}"')
        self.set_header("Vary", "Accept-Encoding")
        if snapshot.tag in self.request.headers.get("If-None-Match", ""):
            self.set_status(304)
            return
        self.set_header("Content-Type", "application/json")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(snapshot.packed)
        else:
            self.finish(snapshot.body)


class StaticFile(Handler):
    """The page's script and style: the same for everyone, no secret in them."""

    def get(self, name: str) -> None:
        try:
            kind, content = _KINDS[Path(name).suffix], _static(name)
        except (KeyError, OSError):
            raise HTTPError(404) from None
        tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Etag", tag)
        if tag == self.request.headers.get("If-None-Match"):
            self.set_status(304)
            return
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish(content)


def _static(name: str) -> bytes:
    return (files("autodiff_lessons.classroom.live") / "static" / name).read_bytes()
