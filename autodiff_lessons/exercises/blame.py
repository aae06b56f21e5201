"""Say why a learner's code stopped, in terms of their code: which exception, on which of their lines."""

from __future__ import annotations

import builtins
import functools
import inspect
import linecache
import os
import re
import sys
import sysconfig
import traceback
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from autodiff_lessons.errors import AutodiffError
from autodiff_lessons.exercises.comparing import count
from autodiff_lessons.exercises.guards import AsksForInput

SHOWN_CHARACTERS = 200
SHOWN_LINE = 80
_LIBRARIES = tuple(
    os.path.realpath(folder) + os.sep
    for folder in {
        *sysconfig.get_paths().values(),
        sys.prefix,
        sys.base_prefix,
        str(Path(__file__).parents[1]),
        str(Path(np.__file__).parents[1]),
    }
    if folder
)
_INSTALLED = {"site-packages", "dist-packages"}


class Unfit(Exception):
    """A result of the learner's code that the check can't go on with.

    The text continues "gave": what it is, and what is needed instead.
    """


def why_it_stopped(error: BaseException, candidate: Any) -> str:
    """Continue a sentence that began with the call: "stopped with NameError: ..., on line 3: `return z`." """
    line = _line(error, candidate)
    if isinstance(error, Unfit):
        return f"gave {error}"
    if isinstance(error, AsksForInput):
        return f"asked for input(){line}. Nobody types during a check: use the function's arguments."
    if isinstance(error, SystemExit):
        return f"asked Python to exit{line}. Hand your result on with `return` instead."
    if isinstance(error, RecursionError):
        return (
            f"called itself, or a chain of functions, too deeply (RecursionError){line}. "
            "Does each call come nearer to one that stops?"
        )
    told = f"stopped with {_named(error)}{line}."
    if isinstance(error, NameError):
        told += " Is the name spelled right, and did you run the cell that defines it?"
    return told


def is_unfinished(error: BaseException) -> bool:
    """True for what comes of calculating with a `...` that nobody replaced, and for the learner's own mark of a gap."""
    if isinstance(error, NotImplementedError):
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        return bool(frames) and not _is_library(frames[-1].f_code.co_filename)
    return isinstance(error, TypeError | AutodiffError) and "ellipsis" in str(error).lower()


def stopped_alike(one: BaseException, other: BaseException) -> bool:
    """Whether two exceptions have one reason: the same type, and of the commonest types the same text.

    A float that lacks `tangent` is another reason than a Dual that lacks `tangnet`. What functions and classes are
    called is the author's choice, and makes no difference. This course's own errors say their reason before the first
    colon; what follows depends on the graph, and on what to do.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, Unfit):
        return str(one) == str(other)
    if isinstance(one, AttributeError) and isinstance(other, AttributeError) and one.name != other.name:
        return False
    if isinstance(one, AutodiffError) and not isinstance(one, TypeError):
        return _reason(one) == _reason(other)
    return not isinstance(one, AttributeError | TypeError) or _nameless(one) == _nameless(other)


def why_it_cannot_be_called(candidate: Any, arguments: int, pattern: str) -> str | None:
    """Say that a function takes another number of arguments than the check passes; None where it can be called."""
    try:
        signature = inspect.signature(candidate)
    except (TypeError, ValueError):  # functions written in C need not have one
        return None
    try:
        signature.bind(*range(arguments))
    except TypeError:
        return (
            f"The check calls your function with {count(arguments, 'argument')}, as in `{pattern}`. "
            f"Yours is written as `{signature.replace(return_annotation=inspect.Signature.empty)}`."
        )
    return None


def code_of(candidate: Any) -> CodeType | None:
    """The code that a function, a partial, a class or a callable object runs; None where it isn't Python's."""
    while isinstance(candidate, functools.partial):
        candidate = candidate.func
    candidate = inspect.unwrap(candidate) if callable(candidate) else candidate
    if isinstance(candidate, type):
        # Its own methods come first: `__radd__ = Base.__add__` is another author's.
        methods = [getattr(one, "__func__", one) for one in vars(candidate).values()]
        methods = [method for method in methods if inspect.isfunction(method)]
        methods.sort(key=lambda method: method.__module__ != candidate.__module__)
        return next((code for code in map(code_of, methods) if code), None)
    if not (inspect.isfunction(candidate) or inspect.ismethod(candidate)):
        candidate = getattr(type(candidate), "__call__", None)  # noqa: B004  (the method itself is wanted)
    code = getattr(candidate, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _named(error: BaseException) -> str:
    """The exception as Python names it, in a bounded length; its own text may itself fail."""
    try:
        text = " ".join(str(error)[: 4 * SHOWN_CHARACTERS].split())
    except Exception:
        text = ""
    text = re.sub(r" at 0x[0-9A-Fa-f]+", "", text)
    if len(text) > SHOWN_CHARACTERS:
        text = text[: SHOWN_CHARACTERS - 1] + "…"
    return f"{type(error).__name__}: {text.rstrip('.')}" if text else type(error).__name__


def _nameless(error: BaseException) -> str:
    """The exception's text without names, but for those of built-in types."""

    def kept(quoted: re.Match[str]) -> str:
        return quoted[0] if isinstance(getattr(builtins, quoted[1], None), type) else "''"

    return re.sub(r"'(\w+)'", kept, re.sub(r"[\w.<>]+\(\)", "()", _named(error)))


def _reason(error: BaseException) -> str:
    """What an error of this course says first, without its numbers."""
    return re.sub(r"-?\d[\d.e+-]*", "", re.split(r"[:;]", str(error))[0])


def _line(error: BaseException, candidate: Any) -> str:
    """Point at the innermost line of the learner's own code."""
    code = code_of(candidate)
    own = code.co_filename if code else None
    frames = [
        (frame.f_code, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == own or not _is_library(frame.f_code.co_filename)
    ]
    if not frames:
        return ""
    innermost, number = frames[-1]
    text = linecache.getline(innermost.co_filename, number).strip()
    if len(text) > SHOWN_LINE:
        text = text[: SHOWN_LINE - 1] + "…"
    where = "" if innermost is code or innermost.co_name.startswith("<") else f" of `{innermost.co_name}`"
    return f", on line {number}{where}" + (f": `{text}`" if text else "")


def _is_library(filename: str) -> bool:
    """Python's own, this package, and whatever was installed, also where `pip install --user` puts it."""
    generated = filename == "<string>" or filename.startswith("<frozen")  # <string>: by a dataclass
    path = Path(os.path.realpath(filename))
    return generated or str(path).startswith(_LIBRARIES) or not _INSTALLED.isdisjoint(path.parts)
