"""Who may log in: jupyterhub-nativeauthenticator, whose accounts are the hub's own, with JupyterHub's page to log in.

Its page (version 1.3) counts logins with a part of JupyterHub that JupyterHub 6 no longer has.
"""

from __future__ import annotations

from typing import Any

from nativeauthenticator import NativeAuthenticator  # type: ignore[import-untyped]
from tornado.web import HTTPError

NOT_YET = "Your account is there, and the password is right. An instructor has to let you in first; then log in again."


class RoomAuthenticator(NativeAuthenticator):  # type: ignore[misc]
    """Each has a password of their own, kept as a bcrypt hash; instructors let the others in, at /hub/authorize."""

    def get_handlers(self, app: Any) -> list[Any]:
        return [(path, handler) for path, handler in super().get_handlers(app) if path != "/login"]

    async def authenticate(self, handler: Any, data: dict[str, Any]) -> Any:
        """The name of whoever may come in, else None; HTTPError(403) says that only an instructor's word is missing."""
        name = await super().authenticate(handler, data)
        if name is None and self._only_waits(self.normalize_username(data["username"]), data["password"]):
            raise HTTPError(403, NOT_YET)
        return name

    def _only_waits(self, name: str, password: str) -> bool:
        """Whether this is the account's own password: to whoever has another, or tries many, nothing is told."""
        user = self.get_user(name)
        return bool(user and not user.is_authorized and not self.is_blocked(name) and user.is_valid_password(password))
