"""Who may do what: the hub's own roles decide, and each request's token is checked with the hub.

learners     whoever the hub lets at this service (`access:services!service=...`) may send events, as themselves only
instructors  who also has VIEW_SCOPE may see the page
"""

from __future__ import annotations

from typing import Any

from jupyterhub.services.auth import (  # type: ignore[import-untyped]
    HubOAuth,
    HubOAuthCallbackHandler,
    HubOAuthenticated,
)
from tornado.web import HTTPError

from autodiff_lessons.classroom.live.hub_settings import VIEW_SCOPE
from autodiff_lessons.classroom.live.pages import Handler, InstructorsOnly, Page, State

_LONGEST_TOKEN = 4096


class Asking(HubOAuth):  # type: ignore[misc]
    """Asks the hub about the token of every request: one that was taken back is refused at once."""

    def user_for_token(self, token: str, use_cache: bool = False, session_id: str = "", *, sync: bool = True) -> Any:
        return super().user_for_token(token, use_cache=False, session_id=session_id, sync=sync)


class HubHandler(HubOAuthenticated, Handler):  # type: ignore[misc]
    """A handler whose visitors the hub knows."""

    hub_auth_class = Asking

    async def of_token(self) -> dict[str, Any]:
        """The user whose token the request carries. A cookie is not taken, so that no page can send in one's name."""
        token = self.hub_auth.get_token(self, in_cookie=False)
        if not token or len(token) > _LONGEST_TOKEN:
            raise HTTPError(403)
        return self._allowed(await self.hub_auth.user_for_token(token, sync=False))

    async def of_session(self) -> dict[str, Any] | None:
        """The user who is logged in, or whose token the request carries; None where nobody is."""
        user = await self.hub_auth.get_user(self, sync=False)
        return None if user is None else self._allowed(user)

    def _allowed(self, user: dict[str, Any] | None) -> dict[str, Any]:
        if user is None or user.get("kind") != "user" or not self.hub_auth.check_scopes(self.hub_scopes, user):
            raise HTTPError(403)
        self.current_user = user
        return user


class _Instructors(HubHandler, InstructorsOnly):
    async def admit(self) -> None:
        user = await self.of_session()
        if user is None:
            self.ask_to_log_in()
        elif VIEW_SCOPE not in user["scopes"]:
            raise HTTPError(403)

    def ask_to_log_in(self) -> None:
        raise HTTPError(403)


class HubPage(_Instructors, Page):
    """The page; who is not logged in is sent to the hub to do so."""

    def ask_to_log_in(self) -> None:
        self.redirect(self.get_login_url())

    def get(self) -> None:
        self.xsrf_token  # noqa: B018  (sets the cookie with which the page proves that its requests are its own)
        super().get()


class HubState(_Instructors, State):
    """What is on the page."""


class LoggedIn(HubOAuthCallbackHandler):  # type: ignore[misc]
    """Where the hub sends a visitor back to."""

    hub_auth_class = Asking


def hub_auth() -> HubOAuth:
    """The hub, as it told this service where it is."""
    auth: HubOAuth = Asking.instance()
    return auth
