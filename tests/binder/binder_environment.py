"""A fresh environment in place of the one that conda makes in an image."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What would let something of this machine into the environment.
_OF_THIS_MACHINE = (
    *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"),
    *("JUPYTER_CONFIG_PATH", "JUPYTER_PATH", "AUTODIFF_LESSONS_PROGRESS"),
)


@dataclass(frozen=True)
class Environment:
    """An environment of Python packages in a folder of its own."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, python: str) -> Environment:
        """An empty one with this version of Python; where it can't be had, with the version that runs this."""
        for version in (python, sys.executable):
            made = subprocess.run(
                [sys.executable, "-m", "uv", "venv", "--quiet", "--python", version, folder],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "UV_HTTP_TIMEOUT": "20"},
            )
            if made.returncode == 0:
                return cls(folder)
        raise RuntimeError(f"there is no environment:\n{made.stderr}")

    @property
    def python(self) -> str:
        """The version of its Python, such as "3.12"."""
        return self.run("python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()

    def variables(self) -> dict[str, str]:
        """The environment variables that an image of repo2docker has for its programs."""
        kept = {name: value for name, value in os.environ.items() if name not in _OF_THIS_MACHINE}
        prefix = str(self.folder)
        return {
            **kept,
            "NB_PYTHON_PREFIX": prefix,
            "KERNEL_PYTHON_PREFIX": prefix,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONNOUSERSITE": "1",
        }

    def install(self, packages: Mapping[str, str]) -> None:
        """Put exactly these packages and versions into it, compiled, as conda does."""
        pins = [f"{name}=={version}" for name, version in packages.items()]
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--compile-bytecode"]
        subprocess.run([*uv, "--python", self.folder, *pins], check=True, env=self.variables())

    def packages(self) -> set[str]:
        """What is installed, each as name==version."""
        return set(self.run("python", "-m", "pip", "list", "--format=freeze").split())

    def megabytes(self) -> float:
        """What it takes on the disk."""
        return sum(path.lstat().st_size for path in self.folder.rglob("*")) / 1e6

    def run(self, *words: str) -> str:
        """Run one of its programs and give what it wrote; SystemExit where it fails."""
        program = [self.folder / "bin" / words[0], *words[1:]]
        done = subprocess.run(program, env=self.variables(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout
