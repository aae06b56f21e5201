"""Tensors of the dialects, in exercises: what a result holds, as arrays, and whose `torch` a learner's code speaks."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from autodiff_lessons.dialects import torch as dialect
from autodiff_lessons.exercises.comparing import plain


def as_arrays(value: Any) -> Any:
    """The same result with arrays in the place of tensors and variables, also inside lists and tuples."""
    if type(value) in (list, tuple):
        return type(value)(as_arrays(one) for one in value)
    return plain(value)


def torch_of(code: Any) -> Any:
    """PyTorch itself where the learner's notebook imported that, else this course's dialect of it."""
    real = sys.modules.get("torch")
    if real is None:
        return dialect
    if isinstance(code, type):
        return real if any(base.__module__.partition(".")[0] == "torch" for base in code.__mro__) else dialect
    names = getattr(inspect.unwrap(code), "__globals__", {})
    return real if names.get("torch") is real else dialect
