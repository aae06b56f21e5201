"""A plugin for The Littlest JupyterHub: the course for every user, the class view for the hub's admins.

Its installer takes `--plugin git+https://github.com/OWNER/autodiff_lessons`, and finds this by the package's entry
point. Settings are defaults: what `tljh-config` was told already stays.
"""

from __future__ import annotations

import json
import os
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from pluggy import HookimplMarker

from autodiff_lessons.classroom.live.hub_settings import add_class_view
from autodiff_lessons.course.lab import START

hook = HookimplMarker("tljh")

MEMORY = "1G"  # three times what a learner who ran a lesson has been seen to need
CORES = 1.0
CULL_SECONDS = 3600  # a lesson is read for minutes without a word to the server
STARTS_AT_ONCE = 4
START_SECONDS = 180
_PREFIX = "TLJH_INSTALL_PREFIX"


@hook
def tljh_extra_user_pip_packages() -> list[str]:
    """Users get the very course that the hub has."""
    return [source_of("autodiff-lessons")]


@hook
def tljh_config_post_install(config: dict[str, Any]) -> None:
    """Limits and culling, where nothing was said about them."""
    limits = config.setdefault("limits", {})
    limits.setdefault("memory", MEMORY)
    limits.setdefault("cpu", CORES)
    config.setdefault("services", {}).setdefault("cull", {}).setdefault("timeout", CULL_SECONDS)


@hook
def tljh_custom_jupyterhub_config(c: Any) -> None:
    """The class view, a working copy for each user, and not too many starts at once."""
    prefix = Path(os.environ.get(_PREFIX, "/opt/tljh"))
    c.JupyterHub.concurrent_spawn_limit = STARTS_AT_ONCE
    c.Spawner.cmd = [str(prefix / "user" / "bin" / "python"), "-m", "autodiff_lessons.classroom.hub.server"]
    c.Spawner.default_url = f"/lab/tree/{START}"
    c.Spawner.http_timeout = c.Spawner.start_timeout = START_SECONDS
    add_class_view(
        c,
        instructors=sorted(c.Authenticator.admin_users),
        database=f"sqlite:///{prefix / 'state' / 'autodiff_lessons_class.sqlite3'}",
    )


def source_of(package: str) -> str:
    """What pip was asked to install this package from, at the same commit; its version where it came from an index."""
    found = distribution(package)
    written = found.read_text("direct_url.json")
    if written is None:
        return f"{package}=={found.version}"
    origin = json.loads(written)
    if "vcs_info" not in origin:
        return f"{package} @ {origin['url']}"
    return f"{package} @ {origin['vcs_info']['vcs']}+{origin['url']}@{origin['vcs_info']['commit_id']}"
