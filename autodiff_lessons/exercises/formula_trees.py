"""Formulas as trees, in classes small enough to read: what lesson 2 differentiates and simplifies.

>>> x = Var("x")
>>> f = x**2 + 3 * x + 2
>>> f
Add(Add(Pow(Var('x'), 2), Mul(Const(3), Var('x'))), Const(2))
>>> print(f)
x**2 + 3*x + 2
>>> f.evaluate(x=2.0)
12.0

Operators and NumPy's functions build trees too: `np.log(x) + x * y - np.sin(y)`, with a - b as a + (-1)*b. A tree knows
no rule of calculus. It is printed and evaluated as the engine's formula of the same shape, node by node. Two trees of
one shape are equal (`==`), and a set holds them once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.symbolic.expression import Expr, build, constant, variable
from autodiff_lessons.errors import NodeError


class Node:
    """A formula: an operation, and the nodes that it is applied to. Take it apart with `match`."""

    operation: ClassVar[str]  # its name in the engine's table

    @property
    def parts(self) -> tuple[Any, ...]:
        """What it was made of, in order: Pow(u, 2).parts is (u, 2)."""
        return tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The parts that are nodes; none for a Const or a Var."""
        return tuple(part for part in self.parts if isinstance(part, Node))

    def map(self, function: Callable[[Node], Any]) -> Node:
        """The same operation, applied to `function(input)` in the place of each input."""
        return type(self)(*[function(part) if isinstance(part, Node) else part for part in self.parts])

    @property
    def defined_everywhere(self) -> bool:
        """True where no division, logarithm, root or negative power inside can leave a point without a value."""
        return all(one.defined_everywhere for one in self.inputs)

    def evaluate(self, /, **at: Any) -> Any:
        """The value at a point: `tree.evaluate(x=2.0, y=5.0)`; a DomainError where it has none."""
        return self.formula.evaluate(**at)

    @cached_property
    def formula(self) -> Expr:
        """The engine's formula of the same shape."""
        return build(
            PRIMITIVES[self.operation], tuple(one.formula if isinstance(one, Node) else one for one in self.parts)
        )

    def __str__(self) -> str:
        return str(self.formula)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.parts))})"

    def __post_init__(self) -> None:
        for field, part in zip(fields(self), self.parts, strict=True):  # type: ignore[arg-type]
            if field.type == "Node":
                object.__setattr__(self, field.name, as_node(part))

    # Operators and NumPy's functions

    def __add__(self, other: Any) -> Node:
        return Add(self, other)

    def __radd__(self, other: Any) -> Node:
        return Add(other, self)

    def __sub__(self, other: Any) -> Node:
        return Add(self, -as_node(other))

    def __rsub__(self, other: Any) -> Node:
        return Add(other, -self)

    def __mul__(self, other: Any) -> Node:
        return Mul(self, other)

    def __rmul__(self, other: Any) -> Node:
        return Mul(other, self)

    def __truediv__(self, other: Any) -> Node:
        return Div(self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return Div(other, self)

    def __pow__(self, exponent: Any) -> Node:
        return Pow(self, exponent)

    def __rpow__(self, base: Any) -> Node:
        exponent: Any = self  # which Pow refuses, with what to write instead
        return Pow(as_node(base), exponent)

    def __neg__(self) -> Node:
        return Mul(Const(-1), self)

    def __pos__(self) -> Node:
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if ufunc.__name__ not in BY_NUMPY or method != "__call__" or keywords:
            raise NodeError(
                f"The trees have no node for np.{ufunc.__name__}; they know sin, cos, log, exp and + - * / **."
            )
        return BY_NUMPY[ufunc.__name__](*map(as_node, inputs))


@dataclass(frozen=True, repr=False)
class Const(Node):
    """A number."""

    value: float

    def __post_init__(self) -> None:
        if not is_number(self.value):
            raise NodeError(f"Const holds a number, such as Const(2); this is {_named(self.value)}.")
        object.__setattr__(self, "value", _plain_number(self.value))

    @cached_property
    def formula(self) -> Expr:
        return constant(self.value)

    def __neg__(self) -> Node:
        return Const(-self.value)


@dataclass(frozen=True, repr=False)
class Var(Node):
    """A variable."""

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise NodeError(f'Var has a name, such as Var("x"); this is {_named(self.name)}.')
        variable(self.name)

    @cached_property
    def formula(self) -> Expr:
        return variable(self.name)


@dataclass(frozen=True, repr=False)
class Add(Node):
    """left + right"""

    left: Node
    right: Node
    operation = "add"

    @cached_property
    def formula(self) -> Expr:
        if isinstance(self.right, Const) and self.right.value < 0:  # x + (-3) reads x - 3
            return build(PRIMITIVES["sub"], (self.left.formula, -self.right.value))
        return super().formula


@dataclass(frozen=True, repr=False)
class Mul(Node):
    """left * right"""

    left: Node
    right: Node
    operation = "mul"


@dataclass(frozen=True, repr=False)
class Pow(Node):
    """base ** exponent; the exponent is a number, no node."""

    base: Node
    exponent: float
    operation = "pow"

    def __post_init__(self) -> None:
        super().__post_init__()
        exponent = self.exponent.value if isinstance(self.exponent, Const) else self.exponent
        if not is_number(exponent):
            raise NodeError(f"The exponent of Pow is a number, such as 2; this is {_named(exponent)}.")
        object.__setattr__(self, "exponent", _plain_number(exponent))

    @property
    def defined_everywhere(self) -> bool:
        return self.exponent >= 0 and float(self.exponent).is_integer() and super().defined_everywhere


@dataclass(frozen=True, repr=False)
class Div(Node):
    """numerator / denominator"""

    numerator: Node
    denominator: Node
    operation = "div"
    defined_everywhere = False


@dataclass(frozen=True, repr=False)
class Sin(Node):
    """sin(inner)"""

    inner: Node
    operation = "sin"


@dataclass(frozen=True, repr=False)
class Cos(Node):
    """cos(inner)"""

    inner: Node
    operation = "cos"


@dataclass(frozen=True, repr=False)
class Log(Node):
    """log(inner), the natural logarithm"""

    inner: Node
    operation = "log"
    defined_everywhere = False


@dataclass(frozen=True, repr=False)
class Exp(Node):
    """e to the power of inner"""

    inner: Node
    operation = "exp"


BY_NUMPY: dict[str, Callable[..., Node]] = {
    "add": Add,
    "subtract": operator.sub,
    "multiply": Mul,
    "divide": Div,
    "power": Pow,
    "negative": operator.neg,
    "sin": Sin,
    "cos": Cos,
    "log": Log,
    "exp": Exp,
}


def as_node(one: Any) -> Node:
    """A node as it is, a number as a Const."""
    if isinstance(one, Node):
        return one
    if is_number(one):
        return Const(one)
    raise NodeError(f"A tree is made of nodes and numbers; {_named(one)} is neither.")


def is_number(one: Any) -> bool:
    """Any real number, also a Fraction, an array without dimensions, or the truth value of `node.name == name`."""
    if isinstance(one, np.ndarray):
        return one.ndim == 0 and one.dtype.kind in "biuf"
    return isinstance(one, Real | np.bool_)


def _plain_number(one: Any) -> int | float:
    """The same number as Python's own int or float, so that a tree prints the same whatever it was made of."""
    one = one.item() if isinstance(one, np.ndarray | np.generic) else one
    return int(one) if isinstance(one, int) else float(one)


def as_formula(one: Any) -> Expr | None:
    """The engine's formula of a node or a number; None for everything else, a truth value too."""
    if isinstance(one, Node):
        return one.formula
    if isinstance(one, Expr):
        return one
    return constant(one) if is_number(one) and not isinstance(one, bool) else None


def _named(one: Any) -> str:
    """What somebody put where a node or a number belongs."""
    kind = type(one)
    if isinstance(one, Node):
        return str(one)
    if one is None:
        return "None (is a `return` missing?)"
    return f"the class {one.__name__}" if isinstance(one, type) else f"the {kind.__name__} {one!r:.40}"
