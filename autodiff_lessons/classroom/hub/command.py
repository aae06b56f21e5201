"""`autodiff-lessons hub`: start a JupyterHub for a room on this machine."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import os
import socket
import stat
import sys
from pathlib import Path

from autodiff_lessons.classroom.hub.plan import HubPlan
from autodiff_lessons.course.lab import HOST, port, refuse_taken
from autodiff_lessons.errors import UsageError

_PORTS = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `autodiff-lessons hub` takes."""
    parser.add_argument(
        "--instructor",
        action="append",
        required=True,
        metavar="NAME",
        help="who sees the class view and lets learners in (again for each); asked for a password the first time",
    )
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("autodiff-lessons-hub"),
        help="the folder for accounts, learners' work and events (default: %(default)s)",
    )
    parser.add_argument("--port", type=port, default=8000, help="the port to listen on (default: %(default)s)")
    parser.add_argument(
        "--host", default=HOST, help="the address to listen on (default: %(default)s, this machine only)"
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="the TLS certificate, with --key")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the TLS certificate's private key")
    parser.add_argument(
        "--without-tls",
        action="store_true",
        help="listen beyond this machine unencrypted: something in front of it encrypts, or the network is yours alone",
    )
    parser.add_argument(
        "--one-account",
        action="store_true",
        help="run all learners' code as you: each can then read and change the others' work, and the hub's own files",
    )
    parser.add_argument(
        "--open-signup", action="store_true", help="let in whoever makes an account, without an instructor's word"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C. Raises UsageError for what would be unsafe, and for what can't be had."""
    plan = planned(arguments)
    try:
        from jupyterhub.app import JupyterHub  # type: ignore[import-untyped]  # noqa: PLC0415  (it may be missing)

        from autodiff_lessons.classroom.hub.accounts import make_accounts  # noqa: PLC0415
        from autodiff_lessons.classroom.proxy import proxy_command  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(f"{error.name} is missing: pip install '.[classroom]'") from None
    proxy_command(plan.own / "proxy")
    make_accounts(plan)
    os.environ.update(plan.as_environment())
    os.chdir(plan.own)
    os.umask(0o077)
    print(f"The hub: {plan.address}")
    print(f"The class view, for instructors: {plan.address}services/class/")
    if not plan.open_signup:
        print(f"Learners make their accounts at {plan.address}hub/signup; let them in at {plan.address}hub/authorize")
    print(f"Everything is kept in {plan.folder}. Ctrl-C ends it.", flush=True)
    JupyterHub.launch_instance(["--config", str(Path(__file__).with_name("jupyterhub_config.py"))])
    return 0


def planned(arguments: argparse.Namespace) -> HubPlan:
    """Make the folder and settle what there is to settle."""
    from autodiff_lessons.classroom.hub.accounts import check_name  # noqa: PLC0415

    if not hasattr(os, "geteuid"):
        raise UsageError("JupyterHub runs on Linux and macOS; over a shared folder there is: autodiff-lessons class")
    instructors = tuple(dict.fromkeys(check_name(name) for name in arguments.instructor))
    certificate, key = _encryption(arguments)
    if not certificate and not arguments.without_tls and not _is_this_machine(arguments.host):
        raise UsageError(
            f"passwords would cross the network unencrypted at {arguments.host}: give --certificate and --key, or say "
            "--without-tls if something in front of the hub encrypts"
        )
    if not arguments.one_account and os.geteuid() != 0:
        raise UsageError(
            "each learner's code runs under an account of its own, which only root can arrange: start it with sudo; "
            "or, for people who may see and change one another's work, with --one-account"
        )
    refuse_taken(arguments.port)
    folder = arguments.dir.expanduser().resolve()
    try:
        _make(folder, arguments.one_account)
        ports = _ports(folder / "hub" / "ports.json")
    except OSError as error:
        raise UsageError(f"can't use {arguments.dir} ({error.strerror}); choose another folder with --dir") from None
    return HubPlan(
        str(folder),
        arguments.host,
        arguments.port,
        ports,
        instructors,
        certificate,
        key,
        arguments.open_signup,
        arguments.one_account,
    )


def _encryption(arguments: argparse.Namespace) -> tuple[str, str]:
    given = [file for file in (arguments.certificate, arguments.key) if file is not None]
    if len(given) == 1:
        raise UsageError("--certificate and --key go together")
    for file in given:
        if not file.is_file():
            raise UsageError(f"there is no file {file}")
    return (str(given[0].resolve()), str(given[1].resolve())) if given else ("", "")


def _is_this_machine(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _make(folder: Path, one_account: bool) -> None:
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)  # one that was there keeps what it had
    for path, mode in ((folder / "hub", 0o700), (folder / "homes", 0o711)):
        path.mkdir(exist_ok=True)
        path.chmod(mode)
    if not one_account:
        python = Path(sys.executable).resolve()
        for needed, what in ((folder / "homes", "--dir"), (python, "this Python"), (Path(__file__), "this course")):
            closed = _closed(needed)
            if closed:
                raise UsageError(
                    f"learners' accounts can't enter {closed[-1]}, and {what} is in there; choose another place "
                    "for it, such as /srv or /opt"
                )


def _closed(path: Path) -> list[Path]:
    """The folders above that others can't enter."""
    return [parent for parent in path.parents if not parent.stat().st_mode & stat.S_IXOTH]


def _ports(file: Path) -> tuple[int, int, int]:
    """Free ports of this machine's own side, found once: servers that outlive a hub find its next self there."""
    if not file.exists():
        listeners = [socket.create_server((HOST, 0)) for _ in range(_PORTS)]
        file.write_text(json.dumps([listener.getsockname()[1] for listener in listeners]))
        for listener in listeners:
            listener.close()
    first, second, third = json.loads(file.read_text())
    return first, second, third
