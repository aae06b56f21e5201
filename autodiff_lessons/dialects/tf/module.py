"""tf.Module: an object that knows its variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiff_lessons.dialects.tf.tensor import Variable


class Module:
    """A parent for models: `variables` and `trainable_variables` are found among the attributes, at any depth."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    @property
    def name(self) -> str:
        return getattr(self, "_name", None) or type(self).__name__.lower()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All variables, each once, in the order of the attributes' names."""
        found: dict[int, Variable] = {}
        for one in _variables(self, set()):
            found.setdefault(id(one), one)
        return tuple(found.values())

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those that a tape follows of itself."""
        return tuple(one for one in self.variables if one.trainable)


def _variables(one: Any, seen: set[int]) -> Iterator[Variable]:
    """The variables of an attribute: its own ones before those of the modules in it."""
    if isinstance(one, Variable):
        yield one
    elif isinstance(one, Module) and id(one) not in seen:
        seen.add(id(one))
        attributes = [value for _, value in sorted(vars(one).items())]
        for value in sorted(attributes, key=lambda value: not isinstance(value, Variable)):
            yield from _variables(value, seen)
    elif isinstance(one, dict):
        for _, value in sorted(one.items(), key=lambda pair: str(pair[0])):
            yield from _variables(value, seen)
    elif isinstance(one, list | tuple):
        for value in one:
            yield from _variables(value, seen)
