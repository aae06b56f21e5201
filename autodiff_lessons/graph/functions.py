"""The operations of the table that NumPy has no function for, under their own names: what generated code imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.engine.primitives import PRIMITIVES


def __getattr__(name: str) -> Callable[..., Any]:
    if name not in PRIMITIVES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return PRIMITIVES[name].value
