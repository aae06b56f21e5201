"""The hub's settings: a real authenticator, a server for each learner, the class view, all secrets in one folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nativeauthenticator  # type: ignore[import-untyped]

from autodiff_lessons.classroom.hub.accounts import NAMES, SHORTEST_PASSWORD
from autodiff_lessons.classroom.hub.authenticator import RoomAuthenticator
from autodiff_lessons.classroom.hub.plan import HubPlan
from autodiff_lessons.classroom.live.hub_settings import add_class_view
from autodiff_lessons.classroom.proxy import proxy_command
from autodiff_lessons.course.lab import HOST, START

_SPAWNERS = "autodiff_lessons.classroom.hub.spawners"
FAILED_LOGINS, BLOCKED_SECONDS = 10, 60
START_SECONDS = 180  # a whole room starts at once


def configure(c: Any, plan: HubPlan) -> None:
    """Set everything in JupyterHub's configuration object."""
    hub_port, proxy_port, view_port = plan.ports
    c.JupyterHub.bind_url = plan.address
    if plan.certificate:
        c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = plan.certificate, plan.key
    c.JupyterHub.hub_bind_url = f"http://{HOST}:{hub_port}"
    c.ConfigurableHTTPProxy.api_url = f"http://{HOST}:{proxy_port}"
    c.ConfigurableHTTPProxy.command = proxy_command(plan.own / "proxy")
    c.JupyterHub.db_url = plan.database
    c.JupyterHub.upgrade_db = True
    _set_accounts(c, plan)
    _set_servers(c, plan)
    add_class_view(c, instructors=plan.instructors, port=view_port, database=f"sqlite:///{plan.own / 'class.sqlite3'}")


def _set_accounts(c: Any, plan: HubPlan) -> None:
    c.JupyterHub.authenticator_class = RoomAuthenticator
    c.JupyterHub.template_paths = [str(Path(nativeauthenticator.__file__).parent / "templates")]
    c.JupyterHub.template_vars = {"announcement_login": 'No account yet? <a href="signup">Make one.</a>'}
    c.Authenticator.admin_users = set(plan.instructors)
    c.Authenticator.allow_all = True  # all to whom the authenticator opens: those who were let in
    c.Authenticator.username_pattern = NAMES
    c.RoomAuthenticator.open_signup = plan.open_signup
    c.RoomAuthenticator.minimum_password_length = SHORTEST_PASSWORD
    c.RoomAuthenticator.check_common_password = True
    c.RoomAuthenticator.allowed_failed_logins = FAILED_LOGINS
    c.RoomAuthenticator.seconds_before_next_try = BLOCKED_SECONDS


def _set_servers(c: Any, plan: HubPlan) -> None:
    c.JupyterHub.spawner_class = f"{_SPAWNERS}.{'OneAccount' if plan.one_account else 'OwnAccount'}"
    c.SimpleLocalProcessSpawner.home_dir_template = str(plan.homes / "{username}")
    c.Spawner.cmd = [sys.executable, "-m", "autodiff_lessons.classroom.hub.server"]
    c.Spawner.default_url = f"/lab/tree/{START}"
    c.Spawner.http_timeout = c.Spawner.start_timeout = START_SECONDS
