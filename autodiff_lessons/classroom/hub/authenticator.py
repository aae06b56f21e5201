"""Who may log in: jupyterhub-nativeauthenticator, whose accounts are the hub's own, with JupyterHub's page to log in.

Its page (version 1.3) counts logins with a part of JupyterHub that JupyterHub 6 no longer has.
"""

from __future__ import annotations

from typing import Any

from nativeauthenticator import NativeAuthenticator  # type: ignore[import-untyped]


class RoomAuthenticator(NativeAuthenticator):  # type: ignore[misc]
    """Each has a password of their own, kept as a bcrypt hash; instructors let the others in, at /hub/authorize."""

    def get_handlers(self, app: Any) -> list[Any]:
        return [(path, handler) for path, handler in super().get_handlers(app) if path != "/login"]
