"""How a tensor reads: PyTorch's `tensor([1., 2.], requires_grad=True)`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import dtypes
from autodiff_lessons.dialects.torch.nodes import grad_fn

PRECISION, THRESHOLD, EDGE, WIDTH = 4, 1000, 3, 80


def text(node: Any) -> str:
    """`tensor(...)` with the values, the type where it isn't the expected one, and where it stands in the graph."""
    values = np.asarray(node._data)
    suffixes = []
    kind = dtypes.of_numpy(values.dtype)
    if kind not in (dtypes.get_default_dtype(), dtypes.int64, dtypes.bool_) or (
        not values.size and kind is not dtypes.get_default_dtype()
    ):
        suffixes.append(f"dtype={kind}")
    if not values.size and values.ndim > 1:
        suffixes.insert(0, f"size={values.shape}")
    if node.op is not None:
        suffixes.append(f"grad_fn=<{type(grad_fn(node)).__name__}>")
    elif node.requires_grad:
        suffixes.append("requires_grad=True")
    written = "tensor(" + (_array(values, 8, _formatter(values), values.size > THRESHOLD) if values.size else "[]")
    last_line = len(written) - written.rfind("\n") + 1
    indent = " " * 7
    for suffix in suffixes:
        if last_line + len(suffix) + 2 > WIDTH:
            written, last_line = f"{written},\n{indent}{suffix}", 7 + len(suffix)
        else:
            written, last_line = f"{written}, {suffix}", last_line + len(suffix) + 2
    return written + ")"


def _formatter(values: np.ndarray[Any, Any]) -> tuple[Callable[[Any], str], int]:
    """How one element is written, and how wide: all elements alike."""
    shown = _corners(values) if values.size > THRESHOLD else values
    flat = shown.reshape(-1)
    if values.dtype.kind != "f":
        width = max(len(str(one)) for one in flat.tolist())
        return (lambda one: str(one).rjust(width)), width
    real = flat[np.isfinite(flat) & (flat != 0)].astype(np.float64)
    if not real.size:
        return (lambda one: f"{one:.0f}" + ("." if math.isfinite(one) else "")), 1
    size = np.abs(real)
    scientific = size.max() / size.min() > 1000.0 or size.max() > 1e8 or size.min() < 1e-4
    whole = bool(np.all(real == np.ceil(real)))
    if scientific:
        width = max(len(f"{one:.{PRECISION}e}") for one in real.tolist())
        return (lambda one: f"{one:{width}.{PRECISION}e}"), width
    if whole:
        width = max(len(f"{one:.0f}") + 1 for one in real.tolist())
        return (lambda one: (f"{one:.0f}" + ("." if math.isfinite(one) else "")).rjust(width)), width
    width = max(len(f"{one:.{PRECISION}f}") for one in real.tolist())
    return (lambda one: f"{one:.{PRECISION}f}".rjust(width)), width


def _corners(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The elements that a shortened text shows."""
    for axis, length in enumerate(values.shape):
        if length > 2 * EDGE:
            values = np.take(values, [*range(EDGE), *range(length - EDGE, length)], axis)
    return values


def _array(values: Any, indent: int, formatter: tuple[Callable[[Any], str], int], shortened: bool) -> str:
    write, width = formatter
    if values.ndim == 0:
        return write(values.item())
    short = shortened and len(values) > 2 * EDGE
    if values.ndim == 1:
        per_line = max(1, (WIDTH - (indent - 1)) // (width + 2))
        if short:
            parts = [*map(write, values[:EDGE].tolist()), " ...", *map(write, values[-EDGE:].tolist())]
        else:
            parts = list(map(write, values.tolist()))
        lines = [", ".join(parts[start : start + per_line]) for start in range(0, len(parts), per_line)]
        return "[" + (",\n" + " " * indent).join(lines) + "]"
    rows = [*values[:EDGE], None, *values[-EDGE:]] if short else list(values)
    written = ["..." if row is None else _array(row, indent + 1, formatter, shortened) for row in rows]
    between = "," + "\n" * int(values.ndim - 1) + " " * indent
    return f"[{between.join(written)}]"
