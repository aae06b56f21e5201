"""One operation: its value, its derivative rules, and the two products with its Jacobian that follow from them.

`Primitive` is the record of an operation in the table (primitives.py says what kinds of rules there are). Reverse mode
asks it to `pull` a cotangent back from the output to one input, forward mode to `push` a tangent from one input to the
output; both follow from the one rule that the table gives.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.engine import shapes
from autodiff_lessons.engine.broadcasting import shape_of, unbroadcast
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.errors import DomainError, MissingRuleError

Rule = Callable[..., Any]

# The types of the numbers and arrays that have no tangent, no record and no formula inside.
PLAIN = frozenset({float, int, bool, np.ndarray, *(np.dtype(code).type for code in "?bhilqBHILQefdg")})


@dataclass(slots=True, eq=False)
class Primitive:
    """One operation of the table. Call it with numbers, tensors, duals or symbols: `PRIMITIVES["sigmoid"](x)`."""

    name: str
    symbol: str
    value: Rule
    partials: tuple[Rule | float, ...] | None = None
    weight: Rule | float | None = None  # 1.0: a sum
    transposes: tuple[Rule, ...] | Rule | None = None  # one rule for all, with the position first, where inputs vary
    vjp: Rule | None = None
    jvp: Rule | None = None
    inside: Rule | None = None
    needs: str = ""
    joint: bool = False  # linear in all its inputs together, such as a concatenation; else in each by itself
    registered: Rule | None = None  # a learner's own reverse rule, from register_gradient
    arity: int = 0  # 1 or 2 inputs, where the partials alone are the rule: no parameters, nothing registered; else 0

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        if len(inputs) == 1:
            kind = type(inputs[0])
            if kind not in PLAIN and hasattr(kind, "__apply_rank__"):
                return kind.__apply_primitive__(self, inputs, parameters)
            return self.value(*inputs, **parameters)
        kinds = [type(one) for one in inputs if type(one) not in PLAIN and hasattr(type(one), "__apply_rank__")]
        if not kinds:
            return self.value(*inputs, **parameters)
        return max(kinds, key=lambda kind: kind.__apply_rank__).__apply_primitive__(self, inputs, parameters)

    def evaluate(self, values: Sequence[Any], parameters: dict[str, Any], inputs: Sequence[Any] = ()) -> Any:
        """The value on plain inputs, where the operation has one; else a DomainError that says what is outside, by the
        names of the `inputs` that the values belong to."""
        if self.inside is not None:
            inside = self.inside(*values, **parameters)
            if inside is not True and not (inside.all() if type(inside) is np.ndarray else inside) and not MODES.ieee:
                names = [getattr(one, "name", None) for one in inputs or values]
                raise DomainError(_no_value(self, values, inside, names))
        return self.value(*values, **parameters)

    def pull(self, position: int, out_bar: Any, out: Any, inputs: Any, parameters: dict[str, Any]) -> Any:
        """Reverse mode: the share of the cotangent `out_bar` that belongs to input number `position`."""
        x = inputs[position]
        if self.registered is not None:
            sent = self.registered(Operation(self.name, inputs, (out,), parameters), out_bar)
            return unbroadcast(sent[position] if isinstance(sent, tuple | list) else sent, shape_of(x))
        if self.partials is not None:
            return unbroadcast(out_bar * self.partial(position, out, inputs, parameters), shape_of(x))
        if self.weight is not None:
            if not callable(self.weight) and type(out_bar) in PLAIN and shape_of(out_bar) == ():
                return out_bar * np.ones(shape_of(x), x.dtype)  # a sum weighs every element with 1
            kept = shapes.kept(shape_of(x), parameters.get("axis"))
            if callable(self.weight):
                weighted = np.reshape(out_bar, kept) * self.weight(np.reshape(out, kept), x, parameters.get("axis"))
            else:
                weighted = np.reshape(out_bar, kept)
            return weighted if shape_of(weighted) == shape_of(x) else np.broadcast_to(weighted, shape_of(x))
        if self.transposes is not None:
            if callable(self.transposes):
                return self.transposes(position, out_bar, *inputs, **parameters)
            return self.transposes[position](out_bar, *inputs, **parameters)
        if self.vjp is None:
            raise MissingRuleError(
                f"{self.name} has no reverse rule; give it one with register_gradient({self.name!r})."
            )
        return self.vjp(out_bar, out, *inputs, **parameters)

    def push(self, position: int, tangent: Any, out: Any, inputs: Any, parameters: dict[str, Any]) -> Any:
        """Forward mode: what the tangent of input number `position` adds to the tangent of the output."""
        if self.partials is not None:
            partial = self.partial(position, out, inputs, parameters)
            if type(partial) is float:
                pushed = tangent if partial == 1.0 else -tangent if partial == -1.0 else tangent * partial
            else:
                pushed = tangent * partial
            return pushed if shape_of(pushed) == shape_of(out) else np.broadcast_to(pushed, shape_of(out))
        if callable(self.weight):
            x, axis = inputs[position], parameters.get("axis")
            weighted = self.weight(np.reshape(out, shapes.kept(shape_of(x), axis)), x, axis) * tangent
            return np.sum(weighted, axis=axis, keepdims=parameters.get("keepdims", False))
        if self.weight is not None or (self.transposes is not None and len(inputs) == 1):
            return self(tangent, **parameters)  # linear: it is its own derivative
        if self.transposes is not None:
            others = [np.zeros_like(one) for one in inputs] if self.joint else list(inputs)
            return self(*others[:position], tangent, *others[position + 1 :], **parameters)
        if self.jvp is None:
            raise MissingRuleError(
                f"{self.name} has no forward rule; use reverse mode for a function that contains it."
            )
        return self.jvp(tangent, out, *inputs, **parameters)

    def reads(self, wanted: list[int], count: int) -> set[int]:
        """Which values the reverse rules for the inputs `wanted` (of `count`) read: positions, -1 for the output."""
        if self.registered is not None:
            return {-1, *range(count)}
        if self.partials is not None:
            return set().union(*(_arguments_read(self.partials[place], count) for place in wanted))
        if self.transposes is not None:
            return set() if self.joint or count == 1 else {one for one in range(count) if wanted != [one]}
        if self.weight is not None:
            return _arguments_read(self.weight, count)
        return _arguments_read(self.vjp, count, first=1) if self.vjp is not None else set()

    def partial(self, position: int, out: Any, inputs: Any, parameters: dict[str, Any]) -> Any:
        assert self.partials is not None
        rule = self.partials[position]
        return rule(out, *inputs, **parameters) if callable(rule) else rule

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as a registered gradient sees it, with the values that it had."""

    name: str
    inputs: Any
    outputs: tuple[Any, ...]
    parameters: dict[str, Any]


def plain_arity(partials: tuple[Rule | float, ...] | None) -> int:
    """How many inputs the rules take, 1 or 2, where they take nothing else than the output and the inputs; else 0."""
    count = len(partials or ())
    takes_them_alone = all(not callable(rule) or rule.__code__.co_argcount == 1 + count for rule in partials or ())
    return count if count in (1, 2) and takes_them_alone else 0


def _arguments_read(rule: Rule | float, count: int, first: int = 0) -> set[int]:
    """The arguments of a rule `(out, *inputs)` that its code looks at: -1 for `out`, then the `count` inputs from 0.

    `first` is the place of `out` among the rule's arguments.
    """
    if not callable(rule):
        return set()
    code = rule.__code__
    loaded: set[str] = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
            names = instruction.argval
            loaded.update(names if isinstance(names, tuple) else (names,))
    arguments = code.co_varnames[first : min(first + 1 + count, code.co_argcount)]
    return {place - 1 for place, name in enumerate(arguments) if name in loaded}


def _no_value(primitive: Primitive, values: Sequence[Any], inside: Any, names: Sequence[str | None]) -> str:
    """Name the first place where the operation is not defined: `log(x = -1.0) has no value: log(x) needs x > 0.`"""
    where = np.unravel_index(int(np.argmin(inside)), np.shape(inside))
    numbers = [repr(np.asarray(one[where]).item()) for one in np.broadcast_arrays(*values)]
    return no_value(primitive, numbers, names, f", at index {', '.join(map(str, where))}," if where else "")


def no_value(primitive: Primitive, numbers: Sequence[str], names: Sequence[str | None], place: str) -> str:
    """The sentence of a DomainError: the `numbers` that the operation got, by the names of its inputs, and its needs.

    Also with slots in the place of what is not known yet; graph/domains.py makes templates so.
    """
    terms = [f"{name} = {number}" if name else number for name, number in zip(names, numbers, strict=True)]
    written = f"{primitive.name}({', '.join(terms)})"
    if primitive.symbol != primitive.name:
        written = f" {primitive.symbol} ".join(f"({term})" if "=" in term else term for term in terms)
    return f"{written}{place} has no value: {primitive.needs}."
