"""`autodiff-lessons lab`: bring the learner's notebooks up to date, open them in JupyterLab, on this machine only."""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
from pathlib import Path

from autodiff_lessons.course.jupyter import settings
from autodiff_lessons.course.workcopy import DEFAULT_FOLDER, OWN_FOLDER, WorkingCopy, learner_notebooks
from autodiff_lessons.errors import UsageError

HOST = "127.0.0.1"
START = "00_start_here.ipynb"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dir",
        type=Path,
        default=DEFAULT_FOLDER,
        help="the folder for your notebooks (default: %(default)s); files that you have changed are left as they are",
    )
    parser.add_argument("--port", type=port, help="the port to listen on (default: the first free one from 8888)")
    parser.add_argument("--prepare", action="store_true", help="only bring your notebooks up to date, and open nothing")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser, only print the address")


def run(arguments: argparse.Namespace) -> int:
    """Serve the course until Ctrl-C, or only prepare its folder.

    Raises UsageError where the folder, the port or JupyterLab can't be had.
    """
    if arguments.prepare:
        _working_copy(arguments.dir)
        return 0
    try:
        from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]  # noqa: PLC0415  (it may be missing)
    except ImportError as error:
        raise UsageError(
            f"JupyterLab can't be loaded ({error}); run: {sys.executable} -m pip install jupyterlab"
        ) from None
    if arguments.port is not None:
        refuse_taken(arguments.port)
    folder = _working_copy(arguments.dir)

    os.environ.update(settings(os.environ))
    server = LabApp.initialize_server(argv=_server_arguments(folder, arguments.port, arguments.no_browser))
    if not server.identity_provider.token:  # a learner's own settings may have switched it off
        server.identity_provider.token = secrets.token_hex(24)
        server.identity_provider.token_generated = True
    print("Ctrl-C ends the course; your notebooks stay where they are.", flush=True)
    server.start()
    return 0


def _working_copy(directory: Path) -> Path:
    notebooks = learner_notebooks()
    try:
        folder = directory.expanduser().resolve()
        for line in WorkingCopy(folder).bring_up_to_date(notebooks):
            print(line)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"can't write notebooks into {directory} ({reason}); choose another folder with --dir"
        ) from None
    print(f"Your notebooks are in {folder}", flush=True)
    return folder


def _server_arguments(folder: Path, port: int | None, no_browser: bool) -> list[str]:
    arguments = [
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.answer_yes=True",  # one Ctrl-C ends it
        f"--LabApp.default_url=/lab/tree/{START}",
        f"--LabApp.workspaces_dir={folder / OWN_FOLDER / 'workspaces'}",  # open tabs are the course's own
        "--Application.log_level=ERROR",  # the address is still shown
    ]
    if _kernels_can_encrypt():
        arguments.append("--KernelManager.transport_encryption=auto")  # else each new kernel warns in the terminal
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if no_browser:
        arguments.append("--ServerApp.open_browser=False")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Containers run as root. Only this machine can reach the server, and only with its token.
        arguments.append("--ServerApp.allow_root=True")
    return arguments


def _kernels_can_encrypt() -> bool:
    import zmq  # noqa: PLC0415
    from jupyter_client.manager import KernelManager  # noqa: PLC0415

    return zmq.has("curve") and "transport_encryption" in KernelManager.class_traits()


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; a port is a number from 1 to 65535")
    return int(text)


def refuse_taken(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise UsageError(
            f"port {port} can't be used ({error.strerror}); choose another with --port, "
            "or leave --port out and the first free one is taken"
        ) from None
