"""Each learner's server on this machine: under an account of its own, or all under the account of the hub.

An account is a number here that nobody else has, without a name, a password or a shell: the owner of the learner's
folder. Servers, kernels and terminals under it can read neither the hub's secrets nor another learner's work.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner  # type: ignore[import-untyped]

FIRST_ACCOUNT = 50_000


class OneAccount(SimpleLocalProcessSpawner):  # type: ignore[misc]
    """All learners' code runs as whoever started the hub: for those who may see one another's work, and the hub's."""

    def get_args(self) -> list[str]:
        own = ["--allow-root"] if os.geteuid() == 0 else []
        return [*super().get_args(), *own]


class OwnAccount(SimpleLocalProcessSpawner):  # type: ignore[misc]
    """Each learner's code runs under its own account. Only root can start such servers."""

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        return becoming_the_owner(Path(self.home_dir))


def becoming_the_owner(home: Path) -> Callable[[], None]:
    """What a new process does before anything else, to run as the owner of a learner's folder."""
    account = account_of(home)

    def become() -> None:
        os.setgroups([])
        os.setgid(account)
        os.setuid(account)
        os.umask(0o077)
        os.chdir(home)

    return become


def account_of(home: Path) -> int:
    """The account that owns a learner's folder; a new one, and the folder, where there is none yet."""
    try:
        found = home.lstat()
    except FileNotFoundError:
        account = _free_account(home.parent)
        home.mkdir(mode=0o700)
        os.chown(home, account, account)
        return account
    if not stat.S_ISDIR(found.st_mode) or found.st_uid < FIRST_ACCOUNT:
        raise PermissionError(f"{home} is no learner's folder: its owner is {found.st_uid}")
    return found.st_uid


def _free_account(homes: Path) -> int:
    account = max((one.lstat().st_uid for one in homes.iterdir()), default=0)
    account = max(account + 1, FIRST_ACCOUNT)
    while _is_known(account):
        account += 1
    return account


def _is_known(account: int) -> bool:
    import pwd  # noqa: PLC0415  (Windows has none)

    try:
        pwd.getpwuid(account)
    except KeyError:
        return False
    return True
