"""The names that a function's local variables give to values: what pictures and generated code call them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any


@contextmanager
def watching_the_return_of(function: Callable[..., Any], into: dict[str, Any]) -> Iterator[None]:
    """Copy the local variables of `function` as they stand when it returns (the outermost call returns last)."""
    code = _code_of(function)

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code is code:
            into.clear()
            into.update(frame.f_locals)

    previous = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(previous)


def _code_of(function: Callable[..., Any]) -> CodeType | None:
    """The code of a function or method; None for what has none of its own, whose local variables stay unknown."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code if isinstance(code, CodeType) else None
