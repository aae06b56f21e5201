"""Pin what Binder installs, so that the course opens in two years as it does today.

    python tests/binder/binder_lock.py            is binder/requirements.txt what pyproject.toml asks for? 0: yes, 1: no
    python tests/binder/binder_lock.py --write    make it so, keeping the pins that still fit
    python tests/binder/binder_lock.py --renew    choose every pin anew

What the image's base environment has already is pinned at that version, so that pip has little to add.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from binder_image import image_of
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "binder" / "requirements.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
HEADER = """\
# What the course needs on Binder and elsewhere, and what that needs in turn, pinned for every Python that it supports.
# Made by `python tests/binder/binder_lock.py --write`, never edited. The course itself is in postBuild.
"""


def wanted() -> list[str]:
    """What the course needs to be built and to run, as pyproject.toml says it."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [*told["build-system"]["requires"], *told["project"]["dependencies"]]


def pins(lock: str, python: str) -> dict[str, Version]:
    """What a lock pins on Linux for a version of Python, by the packages' normal names."""
    here = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux", "os_name": "posix"}
    lines = map(Requirement, (line for line in lock.splitlines() if line and not line.startswith("#")))
    found = [one for one in lines if one.marker is None or one.marker.evaluate(here)]
    loose = [str(one) for one in found if not re.fullmatch(r"==[\w.]+", str(one.specifier))]
    if loose:
        raise SystemExit(f"not pinned: {', '.join(loose)}")
    return {canonicalize_name(one.name): Version(str(one.specifier).removeprefix("==")) for one in found}


def differences(old: str, new: str) -> list[str]:
    """In which package two locks differ, for which version of Python."""
    told = []
    for python in PYTHONS:
        there, asked = pins(old, python), pins(new, python)
        told += [
            f"Python {python}, {name}: {there.get(name, 'not')} pinned, {asked.get(name, 'not')} asked for"
            for name in sorted(there.keys() | asked.keys())
            if there.get(name) != asked.get(name)
        ]
    return told


def compiled(pins: list[str], like_the_base: bool) -> str:
    """The lock that fits `wanted`; pins that are there already stay where they can."""
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    with tempfile.TemporaryDirectory() as scratch:
        needs, constraints, output = (Path(scratch, name) for name in ("needs.in", "base.txt", "lock.txt"))
        needs.write_text("\n".join(wanted()))
        base = image_of(ROOT).base if like_the_base else {}
        constraints.write_text("\n".join(f"{name}=={version}" for name, version in base.items()))
        output.write_text("\n".join(pins))
        options = ["--universal", "--python-version", lowest.removeprefix(">="), "--no-annotate", "--no-header"]
        subprocess.run(
            [sys.executable, "-m", "uv", "--quiet", "pip", "compile", needs, "-c", constraints, "-o", output, *options],
            check=True,
        )
        return HEADER + output.read_text()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--renew", action="store_true")
    arguments = parser.parse_args()
    old = LOCK.read_text(encoding="ascii") if LOCK.exists() else ""
    new = compiled([] if arguments.renew else old.splitlines(), like_the_base=arguments.renew)
    if arguments.write or arguments.renew:
        LOCK.write_text(new, encoding="ascii")
    elif told := differences(old, new):
        print(*told, sep="\n")
        print("binder/requirements.txt is stale: python tests/binder/binder_lock.py --write")
        return 1
    print(f"binder/requirements.txt: {sum('==' in line for line in new.splitlines())} pins, as pyproject.toml asks for")
    return 0


if __name__ == "__main__":
    sys.exit(main())
