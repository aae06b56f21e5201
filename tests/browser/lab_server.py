"""Start a JupyterLab command, wait until it serves the course, and end it with everything it started.

The browser tests use `running_lab`. As a program it is a smoke test of an installed course, with the standard library:
`python lab_server.py 'autodiff-lessons lab' [notebook]` exits 0 once the notebook was served.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that answers at `url` and lets `token` in; it works in `folder`."""

    url: str
    token: str
    folder: Path

    def page(self, notebook: str) -> str:
        return f"{self.url}/lab/tree/{notebook}?token={self.token}"

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(f"{self.url}{path}", headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())


@contextlib.contextmanager
def running_lab(command: str, scratch: Path, seconds: float = 60) -> Iterator[Lab]:
    """Run `COMMAND --no-browser --port N --dir SCRATCH/course` in a shell until the with-block ends."""
    lab = Lab(f"http://127.0.0.1:{free_port()}", secrets.token_hex(16), scratch / "course")
    port = lab.url.rpartition(":")[2]
    words = ["/bin/sh", "-c", f"{command} --no-browser --port {port} --dir {shlex.quote(str(lab.folder))}"]
    with serving(words, lab, _own_settings(scratch, lab.token), scratch / "server.log", seconds):
        yield lab


@contextlib.contextmanager
def serving(
    words: Sequence[str | Path], lab: Lab, environment: Mapping[str, str], log: Path, seconds: float = 60
) -> Iterator[int]:
    """Run a command that serves this lab, in the current folder, until the with-block ends; gives its process's id."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            words,
            stdout=sink,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    try:
        _wait_until_it_answers(lab, process, log, seconds)
        yield process.pid
    finally:
        _end(process, lab)


def _own_settings(scratch: Path, token: str) -> dict[str, str]:
    """The environment with a known token and with none of the user's Jupyter and IPython settings."""
    config = scratch / "config"
    config.mkdir(exist_ok=True)
    settings = {"LabApp": {"expose_app_in_browser": True}}  # the page's `jupyterapp` lets a test see the kernel
    (config / "jupyter_server_config.json").write_text(json.dumps(settings))
    (config / "jupyter_lab_config.json").write_text(json.dumps(settings))
    places = {
        "JUPYTER_CONFIG_DIR": config,
        "JUPYTER_DATA_DIR": scratch / "data",
        "JUPYTER_RUNTIME_DIR": scratch / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": scratch / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": scratch / "workspaces",
        "IPYTHONDIR": scratch / "ipython",
    }
    return {**os.environ, **{name: str(path) for name, path in places.items()}, "JUPYTER_TOKEN": token}


def _wait_until_it_answers(lab: Lab, process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, urllib.error.URLError):
            lab.get("/api/status")
            return
        time.sleep(0.2)
    raise RuntimeError(
        f"no JupyterLab after {seconds} s, exit code {process.poll()}:\n{log.read_text(errors='replace')}"
    )


def _end(process: subprocess.Popen[bytes], lab: Lab) -> None:
    """End the server as its own user would; kernels go with it. What does not go is killed by its id."""
    family = descendants(process.pid)
    with contextlib.suppress(OSError, urllib.error.URLError):
        shutdown = urllib.request.Request(
            f"{lab.url}/api/shutdown", method="POST", headers={"Authorization": f"token {lab.token}"}
        )
        urllib.request.urlopen(shutdown, timeout=10).close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.terminate()
    deadline = time.monotonic() + 5
    while any(map(alive, family)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(5)


def descendants(pid: int) -> list[int]:
    """The ids of a process and of all that it started (Linux; elsewhere the process alone)."""
    family = [pid]
    for parent in family:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                family += [int(child) for child in children.read_text().split()]
    return family


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to connections: a server that is ended and
    started again finds it free."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def main(command: str, notebook: str = "00_start_here.ipynb", seconds: str = "900") -> int:
    with tempfile.TemporaryDirectory() as scratch, running_lab(command, Path(scratch), float(seconds)) as lab:
        cells = json.loads(lab.get(f"/api/contents/{notebook}"))["content"]["cells"]
        page = lab.get(f"/lab/tree/{notebook}").decode()
        if not cells or "jupyter-config-data" not in page:
            raise RuntimeError(f"{notebook} has {len(cells)} cells; its page begins {page[:200]!r}")
        print(f"{command!r} served {notebook} ({len(cells)} cells) at {lab.url}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
