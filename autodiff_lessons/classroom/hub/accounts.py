"""The instructors' accounts: made before the hub opens, so that nobody else can take their names.

There is no default password. The authenticator's own code judges and keeps it, as it does those of learners.
"""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable

from autodiff_lessons.classroom.hub.plan import HubPlan
from autodiff_lessons.errors import UsageError

NAMES = r"^[a-z0-9][a-z0-9._-]{0,31}\Z"  # also the names of folders
SHORTEST_PASSWORD = 10
_MOST_BYTES = 72  # of a password: bcrypt takes no more


def check_name(name: str) -> str:
    """The name as the hub writes it. UsageError where it can be none."""
    if not re.match(NAMES, name.lower()):
        raise UsageError(
            f"{name!r:.60} can't be a name here: up to 32 of a-z, 0-9, '.', '_' and '-', and a letter or digit first"
        )
    return name.lower()


def make_accounts(plan: HubPlan, ask: Callable[[str], str] | None = None) -> None:
    """Ask for a password for each instructor who has none yet. UsageError where it is refused, or too weak."""
    from jupyterhub.orm import new_session_factory  # type: ignore[import-untyped]  # noqa: PLC0415
    from nativeauthenticator import NativeAuthenticator  # type: ignore[import-untyped]  # noqa: PLC0415

    session = new_session_factory(plan.database)()
    try:
        authenticator = NativeAuthenticator(
            db=session,
            admin_users=set(plan.instructors),
            minimum_password_length=SHORTEST_PASSWORD,
            check_common_password=True,
        )
        for name in plan.instructors:
            if not authenticator.user_exists(name):
                password = _password(name, ask or _asked)
                if not authenticator.create_user(name, password):
                    raise UsageError(
                        f"this password of {name} is too short or too common: take at least {SHORTEST_PASSWORD} "
                        "characters that nobody would try"
                    )
    finally:
        session.close()


def _password(name: str, ask: Callable[[str], str]) -> str:
    password = ask(f"A new password for the instructor {name}: ")
    if ask("The same once more: ") != password:
        raise UsageError("these were two different passwords; nothing was changed, start again")
    if len(password.encode()) > _MOST_BYTES:
        raise UsageError(f"a password has at most {_MOST_BYTES} bytes")
    return password


def _asked(question: str) -> str:
    """Asked at the terminal, unseen; or a line of what is piped in."""
    return getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
