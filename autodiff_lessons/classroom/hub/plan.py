"""What `autodiff-lessons hub` hands to the hub's configuration, through the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "AUTODIFF_LESSONS_HUB"


@dataclass(frozen=True)
class HubPlan:
    """One hub.

    folder        holds everything of it: `hub/` for itself only, `homes/` with a folder for each learner
    ports         of this machine's own side, for the hub, the proxy's orders and the class view
    instructors   who sees the class view, and lets learners in
    open_signup   whoever reaches the page may make an account, and nobody need let them in
    one_account   all servers run as whoever started the hub
    """

    folder: str
    host: str
    port: int
    ports: tuple[int, int, int]
    instructors: tuple[str, ...]
    certificate: str = ""
    key: str = ""
    open_signup: bool = False
    one_account: bool = False

    @property
    def own(self) -> Path:
        """What only the hub may read: its databases and secrets."""
        return Path(self.folder) / "hub"

    @property
    def homes(self) -> Path:
        return Path(self.folder) / "homes"

    @property
    def database(self) -> str:
        return f"sqlite:///{self.own / 'jupyterhub.sqlite'}"

    @property
    def address(self) -> str:
        """Where browsers find it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}/"

    def as_environment(self) -> dict[str, str]:
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> HubPlan:
        fields = json.loads(environment[VARIABLE])
        return cls(**{**fields, "ports": tuple(fields["ports"]), "instructors": tuple(fields["instructors"])})
