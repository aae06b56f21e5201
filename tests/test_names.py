"""What the package offers by name: one list, in the stub file that editors and type checkers read too."""

from __future__ import annotations

import subprocess
import sys

import pytest

import autodiff_lessons


def test_every_name_loads_and_is_its_own() -> None:
    for name in autodiff_lessons.__all__:
        assert getattr(autodiff_lessons, name).__name__ == name
    assert {"grad", "GraphView", "exercise", "progress"} <= set(autodiff_lessons.__all__) <= set(dir(autodiff_lessons))


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(AttributeError, match="gradd"):
        autodiff_lessons.gradd  # noqa: B018


def test_the_import_loads_nothing_heavy() -> None:
    code = "import sys, autodiff_lessons; print({'numpy', 'matplotlib', 'ipywidgets', 'IPython'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "set()\n"
