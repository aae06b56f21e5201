"""What a JupyterHub's configuration needs for the class view. In jupyterhub_config.py:

    from autodiff_lessons.classroom.live.hub_settings import add_class_view
    add_class_view(c, instructors=["ada"])

The hub is what knows its users: every user may send events as themselves, instructors may see the view. Where users'
notebooks come from the hub's own domain, a page that a learner made runs with the rights of whoever opens it there;
JupyterHub's `subdomain_host` keeps them apart.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from autodiff_lessons.classroom import sharing

NAME = "class"
VIEW_SCOPE = "custom:autodiff:class-view"
DATABASE = "AUTODIFF_LESSONS_CLASS_DATABASE"  # tells the service where its events are
DEFAULT_DATABASE = "sqlite:///autodiff_lessons_class.sqlite3"
_ACCESS = f"access:services!service={NAME}"
_ACTIVITY_SECONDS = 300
# What a role has by default: a role that is named anew has only what it is given anew.
_DEFAULTS = {"user": ["self"], "server": ["users:activity!user", "access:servers!server"]}


def add_class_view(
    c: Any,
    *,
    instructors: Sequence[str] = (),
    groups: Sequence[str] = (),
    port: int = 10101,
    database: str = DEFAULT_DATABASE,
    address: str | None = None,
) -> None:
    """Add the service, its roles, and the address that learners' notebooks send to.

    instructors  users who may see the view
    groups       groups of the hub whose members may
    port         of this machine, for the service
    database     SQLite's or PostgreSQL's URL, as SQLAlchemy writes it
    address      the service's address as learners' servers reach it, where they are not on this machine: the hub's
                 public address with /services/class/ after it
    """
    c.JupyterHub.services = [
        *_listed(c.JupyterHub.services),
        {
            "name": NAME,
            "url": f"http://127.0.0.1:{port}",
            "command": [sys.executable, "-m", "autodiff_lessons.classroom"],
            "environment": {DATABASE: database},
            "oauth_client_allowed_scopes": [VIEW_SCOPE],
            "oauth_no_confirm": True,
        },
    ]
    c.JupyterHub.custom_scopes = {
        **_mapped(c.JupyterHub.custom_scopes),
        VIEW_SCOPE: {"description": "See the class view: learners' names, and how their exercises go"},
    }
    if not isinstance(c.JupyterHub.activity_resolution, int):
        # The hub writes down that a token was used, at most this often, and meanwhile answers nobody.
        c.JupyterHub.activity_resolution = _ACTIVITY_SECONDS
    roles = [dict(role) for role in _listed(c.JupyterHub.load_roles)]
    for name, defaults in _DEFAULTS.items():
        role = next((one for one in roles if one["name"] == name), None)
        if role is None:
            role = {"name": name, "scopes": defaults}
            roles.append(role)
        role["scopes"] = [*role.get("scopes", []), _ACCESS]
    roles.append(
        {
            "name": "autodiff-instructor",
            "description": "Sees the class view",
            "scopes": [VIEW_SCOPE, _ACCESS],
            "users": list(instructors),
            "groups": list(groups),
        }
    )
    c.JupyterHub.load_roles = roles
    base = c.JupyterHub.base_url if isinstance(c.JupyterHub.base_url, str) else "/"
    own = f"http://127.0.0.1:{port}/{base.strip('/')}".rstrip("/") + f"/services/{NAME}/"
    c.Spawner.environment = {**_mapped(c.Spawner.environment), sharing.VARIABLE: address or own}


def _listed(value: Any) -> list[Any]:
    """What a configuration has as a list so far; what was never set is no list yet."""
    return list(value) if isinstance(value, list) else []


def _mapped(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
