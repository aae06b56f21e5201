"""A real JupyterHub with the class view, on loopback: started, killed, started again, and ended with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab_server import alive, descendants, free_port

from autodiff_lessons.classroom.proxy import proxy_command

CONFIG = """
import os, sys
from autodiff_lessons.classroom.live.hub_settings import add_class_view
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = {proxy}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{homes}/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.environment = {{"AUTODIFF_LESSONS_PROGRESS": ""}}
c.JupyterHub.services = [{{"name": "tests", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"]}}
]
"""
OWN_VIEW = 'add_class_view(c, instructors=["teacher"], port=VIEW_PORT)'


class Hub:
    """A hub in a folder; `ada` is a learner on it, `teacher` an instructor.

    view  what its configuration ends with, in place of that which the tests of the class view have
    """

    def __init__(self, folder: Path, view: str = OWN_VIEW) -> None:
        self.folder = folder
        self.token = secrets.token_hex(16)
        ports = {name: free_port() for name in ("port", "hub_port", "proxy_port", "view_port")}
        self.url = f"http://127.0.0.1:{ports['port']}"
        self.ports = ports
        self.view = f"http://127.0.0.1:{ports['view_port']}/services/class/"  # without the proxy in between
        self.homes = folder / "homes"
        proxy = proxy_command(folder / "proxy")
        (folder / "jupyterhub_config.py").write_text(
            CONFIG.format(proxy=proxy, homes=self.homes, token=self.token, **ports)
            + view.replace("VIEW_PORT", str(ports["view_port"]))
        )
        self.process: subprocess.Popen[bytes] | None = None
        self._family: set[int] = set()

    def start(self) -> None:
        """Start it, and wait until it and the class view answer."""
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub"],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.wait_until(lambda: self.answers(f"{self.url}/hub/api/") and self.answers(f"{self.view}static/text.js"))

    def kill(self) -> None:
        """As a power cut of the hub alone: it can't say goodbye to anyone."""
        assert self.process is not None
        self._remember()
        self.process.kill()
        self.process.wait(10)

    def kill_view(self) -> None:
        """Kill the class view; the hub starts it again."""
        before = self._view_process()
        os.kill(before, signal.SIGKILL)
        self.wait_until(lambda: self._view_process() not in (0, before))
        self.wait_until(lambda: self.answers(f"{self.view}static/text.js"))

    def end(self) -> None:
        self._remember()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        for pid in self._family:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(5)

    def _remember(self) -> None:
        if self.process is not None:
            self._family.update(descendants(self.process.pid))

    def _view_process(self) -> int:
        assert self.process is not None
        for pid in descendants(self.process.pid):
            with contextlib.suppress(OSError):
                if b"autodiff_lessons.classroom" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return 0

    def processor_seconds(self) -> dict[str, float]:
        """How much of the processors hub, proxy and view have used (Linux)."""
        assert self.process is not None
        proxy = next(
            pid for pid in descendants(self.process.pid) if pid not in (self.process.pid, self._view_process())
        )
        pids = {"hub": self.process.pid, "proxy": proxy, "view": self._view_process()}
        ticks = os.sysconf("SC_CLK_TCK")
        fields = {name: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for name, pid in pids.items()}
        return {name: (int(values[11]) + int(values[12])) / ticks for name, values in fields.items()}

    def wait_until(self, true: Callable[[], Any], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError((self.folder / "hub.log").read_text(errors="replace")[-3000:])
            time.sleep(0.1)

    @staticmethod
    def answers(url: str) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def api(self, method: str, path: str, body: Any = None) -> Any:
        return request(method, f"{self.url}/hub/api/{path}", self.token, body)[1]

    def token_of(self, user: str, *scopes: str) -> str:
        """A token of a user, who is made where there is none; it may do what these scopes say."""
        with contextlib.suppress(urllib.error.HTTPError):
            self.api("POST", f"users/{user}")
        return str(self.api("POST", f"users/{user}/tokens", {"scopes": list(scopes)})["token"])

    def events(self) -> list[tuple[Any, ...]]:
        """(learner, uid, exercise, outcome, attempt, time) of all that has arrived, in its order."""
        database = sqlite3.connect(self.folder / "autodiff_lessons_class.sqlite3", timeout=20)
        try:
            return database.execute(
                "SELECT learner, uid, exercise, outcome, attempt, time FROM autodiff_lessons_class_events ORDER BY id"
            ).fetchall()
        finally:
            database.close()


def request(method: str, url: str, token: str = "", body: Any = None, headers: Any = ()) -> tuple[int, Any]:
    """An answer's status and its JSON or text; HTTPError for what is no success."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    made = urllib.request.Request(url, data, dict(headers), method=method)
    if token:
        made.add_header("Authorization", f"token {token}")
    with urllib.request.urlopen(made, timeout=30) as answer:
        content = answer.read()
        kind = answer.headers.get("Content-Type", "")
        return answer.status, json.loads(content) if "json" in kind and content else content.decode()


def status(method: str, url: str, token: str = "", body: Any = None) -> int:
    """An answer's status, whatever it is."""
    try:
        return request(method, url, token, body)[0]
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
