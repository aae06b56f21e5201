"""Nested structures of arguments and results: dicts, lists and tuples whose leaves are numbers, arrays or tensors."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from autodiff_lessons.errors import ShapeError

Rebuild = Callable[[list[Any]], Any]
_the_only_one: Rebuild = operator.itemgetter(0)


def flatten(structure: Any) -> tuple[list[Any], Rebuild]:
    """The leaves from left to right, and the function that puts as many others in their places.

    None is a structure without leaves. A dict keeps its own order.
    """
    kind: Any = type(structure)
    if not _is_nested(kind):
        return [structure], _the_only_one
    if (kind is tuple or kind is list) and not any(map(_is_nested, map(type, structure))):
        return list(structure), kind
    if structure is None:
        return [], lambda leaves: None
    if isinstance(structure, dict):
        keys = list(structure)
        leaves, rebuild = flatten([structure[key] for key in keys])
        return leaves, lambda new: dict(zip(keys, rebuild(new), strict=True))
    parts = [flatten(one) for one in structure]
    sizes = [len(leaves) for leaves, _ in parts]

    def rebuild_all(new: list[Any]) -> Any:
        built, start = [], 0
        for size, (_, rebuild_one) in zip(sizes, parts, strict=True):
            built.append(rebuild_one(new[start : start + size]))
            start += size
        if isinstance(structure, list):
            return built
        return type(structure)(*built) if hasattr(structure, "_fields") else tuple(built)  # a namedtuple stays one

    return [leaf for leaves, _ in parts for leaf in leaves], rebuild_all


@functools.cache
def _is_nested(kind: Any) -> bool:
    """Whether something of this type is no leaf."""
    return issubclass(kind, dict | list | tuple | type(None))


def flatten_like(structure: Any, model: Any, what: str, model_name: str) -> list[Any]:
    """The leaves of `structure`, nested just as `model` is; a list in the place of a leaf is that leaf's value."""
    if model is None and structure is None:
        return []
    if isinstance(model, dict) and isinstance(structure, dict) and structure.keys() == model.keys():
        pairs = [(structure[key], model[key]) for key in model]
    elif isinstance(model, list | tuple) and isinstance(structure, list | tuple) and len(structure) == len(model):
        pairs = list(zip(structure, model, strict=True))
    elif model is None or isinstance(model, dict | list | tuple):
        raise ShapeError(f"The {what} must be nested as the {model_name} are: {_outline(model)}.")
    else:
        return [structure]
    return [leaf for one, like in pairs for leaf in flatten_like(one, like, what, model_name)]


def _outline(model: Any) -> str:
    """The nesting, with every leaf as a star."""
    if isinstance(model, dict):
        return "{" + ", ".join(f"{key!r}: {_outline(one)}" for key, one in model.items()) + "}"
    if isinstance(model, list | tuple):
        return "(" + ", ".join(map(_outline, model)) + ")"
    return "None" if model is None else "*"
