"""PyTorch's and TensorFlow's names for this engine, so that code written for their autograd runs here.

    from autodiff_lessons.dialects import torch, tf

A dialect is a thin face: the operations, their derivatives and the graph are the engine's. Each dialect's own docstring
lists where it still differs from the library whose names it bears, and why.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodiff_lessons.dialects import tf as tf
    from autodiff_lessons.dialects import torch as torch

__all__ = ["tf", "torch"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
