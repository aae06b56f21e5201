"""What Binder makes of a checkout: repo2docker's own build packs decide and render; no container engine is needed."""

from __future__ import annotations

import contextlib
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports a module by its old name
    import repo2docker.buildpacks
    from repo2docker.app import Repo2Docker

PLATFORM = "linux/amd64"
USER = "${NB_USER}"  # whose steps are the repository's own; root's prepare the image
# The base environment's packages whose names in conda are not their names elsewhere (None: only conda has them).
OTHER_NAMES = {
    "brotli-python": "brotli",
    "cached_property": None,
    "cpython": None,
    "jupyterhub-base": "jupyterhub",
    "nbconvert-core": "nbconvert",
    "python": None,
    "python-fastjsonschema": "fastjsonschema",
}
_CONDA_FILE = re.compile(r"https://\S+/(?P<name>[^/]+)-(?P<version>[^-/]+)-(?P<build>[^-/]+)\.(?:conda|tar\.bz2)#\w+")


@dataclass(frozen=True)
class Image:
    """One image, as far as it can be known without building it.

    build_pack  the name of the build pack that repo2docker chose
    python      such as "3.12"
    steps       the commands that the image's user runs in the repository, in their order
    cached      how many of the steps need only the files in binder/, so that a new commit does not repeat them
    start       the path of the start script, from the repository's root; None if there is none
    entrypoint  repo2docker's own program, which starts the server through the start script
    base        the frozen base environment, package -> version; conda's, as far as it is Python packages
    dockerfile  what would be handed to the engine
    """

    build_pack: str
    python: str
    steps: tuple[str, ...]
    cached: int
    start: str | None
    entrypoint: Path
    base: dict[str, str]
    dockerfile: str


def image_of(checkout: Path) -> Image:
    """Let repo2docker look at a checkout. Raises what its build packs raise where they refuse it."""
    app = Repo2Docker()
    with contextlib.chdir(checkout):
        candidates = (build_pack(app.base_image) for build_pack in app.buildpacks)
        chosen = next(one for one in candidates if one.detect())
        chosen.platform = PLATFORM
        dockerfile = chosen.render({"NB_USER": "jovyan", "NB_UID": "1000"})
        early = [step for user, step in chosen.get_preassemble_scripts() if user == USER]
        late = [step for user, step in chosen.get_assemble_scripts() if user == USER]
        last = [f"chmod +x {script} && ./{script}" for script in chosen.get_post_build_scripts()]
        start = chosen.get_start_script()
    parts = Path(repo2docker.buildpacks.__file__).parent
    return Image(
        build_pack=type(chosen).__name__,
        python=chosen.python_version,
        steps=(*early, *late, *last),
        cached=len(early),
        start=start.removeprefix("${REPO_DIR}/") if start else None,
        entrypoint=parts / "repo2docker-entrypoint",
        base=base_environment(chosen.python_version),
        dockerfile=dockerfile,
    )


def base_environment(python: str) -> dict[str, str]:
    """The Python packages of the environment that repo2docker has frozen for a version of Python."""
    frozen = Path(repo2docker.buildpacks.__file__).parent / "conda" / f"environment.py-{python}-linux-64.lock"
    packages = {}
    for file in map(_CONDA_FILE.fullmatch, frozen.read_text().splitlines()):
        if file is None or not file["build"].startswith("py"):
            continue
        name = OTHER_NAMES.get(file["name"], file["name"])
        with contextlib.suppress(InvalidVersion):
            packages |= {canonicalize_name(name): str(Version(file["version"]))} if name else {}
    return packages
