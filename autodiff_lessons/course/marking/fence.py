"""What code that is being marked may not do, and what keeps it from doing so.

Three things, from the surest to the least sure:

- The operating system's limits: memory, processor time, the size of a file, the number of open files. On Linux also a
  network namespace that has nothing in it, where the system allows one. Python code can't undo these.
- The working folder, HOME and the folder for temporary files are one empty folder that is thrown away.
- An audit hook (PEP 578) refuses to write outside that folder, to open the network, to start other programs and to
  send signals to them. It stops Python code that goes the usual ways, by mistake or out of curiosity, and says what
  was tried. **It is no wall against an attacker**: the hook lives in the same process. Extension modules that call the
  system themselves are never asked (SQL's ATTACH in sqlite3 is one such way), nor is `os.open` with `dir_fd`, and
  Python code that is determined enough can take the hook, or the check of its own exercise, apart. Reading is allowed,
  so code can read what your account can read.

To mark people that you don't trust, run `autodiff-lessons grade` in a container or a virtual machine, as a user without
rights, without network, with the submissions mounted read-only and nothing else in it. On macOS the limit on memory has
no effect, and on Windows there are no limits but that on time.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autodiff_lessons.errors import RefusedError

LARGEST_FILE = 10_000_000  # bytes that the code may write to one file
OPEN_FILES = 256
TOLD = 20  # refusals that are written down

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# The event of each function that changes files -> which of its arguments are paths that it changes.
_CHANGES = {
    **dict.fromkeys(["os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.truncate", "os.utime"], (0,)),
    **dict.fromkeys(["os.setxattr", "os.removexattr", "sqlite3.connect"], (0,)),
    **dict.fromkeys(["os.rename", "os.link", "os.symlink"], (0, 1)),
}
_NETWORK = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.getnameinfo"),
    *("socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request", "webbrowser.open"),
)
_PROGRAMS = (
    *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("os.startfile", "pty.spawn"),
)
_SYSTEM = ("ctypes.dlopen", "ctypes.dlsym", "resource.setrlimit", "resource.prlimit")
_SIGNALS = ("os.kill", "os.killpg")
_WHAT = {
    **dict.fromkeys(_NETWORK, "open the network"),
    **dict.fromkeys(_PROGRAMS, "start another program"),
    **dict.fromkeys(_SYSTEM, "call the system"),
    **dict.fromkeys(_SIGNALS, "send a signal to another program"),
}


def leave_the_network() -> bool:
    """Move into a network namespace that has nothing in it; say whether this system allows it (Linux, often).

    Only before the process has a second thread.
    """
    if not sys.platform.startswith("linux"):
        return False
    new_user, new_network = 0x10000000, 0x40000000
    user, group = os.getuid(), os.getgid()
    unshare = ctypes.CDLL(None).unshare
    if unshare(new_user | new_network) != 0:
        return bool(unshare(new_network) == 0)  # where user namespaces are switched off, root can do without
    with contextlib.suppress(OSError):  # without them the user has no name inside, which nothing here needs
        for name, text in [("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")]:
            Path("/proc/self", name).write_text(text, encoding="ascii")
    return True


def limit(megabytes: int, seconds: float) -> None:
    """Limit this process's memory and processor time, and what it writes."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return
    wanted = {
        "RLIMIT_AS": megabytes * 1_000_000,
        "RLIMIT_CPU": int(seconds) + 1,
        "RLIMIT_FSIZE": LARGEST_FILE,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        with contextlib.suppress(
            AttributeError, OSError, ValueError
        ):  # a system that has no such limit, or a lower one
            resource.setrlimit(getattr(resource, name), (value, value))


def close(folder: Path, tell: Callable[[str], None]) -> None:
    """From now on refuse what code that is marked may not do, for as long as this process lives.

    `tell` gets what was refused, as in "write to /etc/hosts"; the code gets a `RefusedError`, which is a
    PermissionError.
    """
    inside = os.path.realpath(folder)
    # Kept here, out of reach of code that gives a module's names another meaning.
    realpath, fspath, fsdecode, getpid = os.path.realpath, os.fspath, os.fsdecode, os.getpid
    changes, what, signals, writing = dict(_CHANGES), dict(_WHAT), frozenset(_SIGNALS), _WRITING
    told: set[str] = set()

    def refuse(tried: str) -> None:
        if tried not in told and len(told) < TOLD:
            told.add(tried)
            tell(tried)
        raise RefusedError(f"code that is being marked may not {tried}; it has an empty folder of its own to write in")

    def check_path(path: Any) -> None:
        if path is None or isinstance(path, int):  # a file that is open already
            return
        text = fsdecode(fspath(path))
        if text in (os.devnull, ":memory:"):
            return
        real = realpath(text)
        if text.startswith("file:") or (real != inside and not real.startswith(inside + os.sep)):
            refuse(f"write to {text:.200}")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            if len(arguments) > 2 and isinstance(arguments[2], int) and arguments[2] & writing:
                check_path(arguments[0])
        elif event in changes:
            for place in changes[event]:
                if place < len(arguments):
                    check_path(arguments[place])
        elif event in signals and event == "os.kill" and arguments[0] == getpid():
            return
        elif event in what:
            detail = next((one for one in arguments if isinstance(one, str | tuple) and one), "")
            refuse(f"{what[event]} ({event}{f', {detail!r:.100}' if detail else ''})")

    sys.addaudithook(hook)
    with contextlib.suppress(ImportError):  # multiprocessing starts programs through it, and no event says so
        starter: Any = importlib.import_module("_posixsubprocess")
        starter.fork_exec = lambda *_: hook("subprocess.Popen", ("fork_exec",))
