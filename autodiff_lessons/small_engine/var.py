"""The forward pass: a number that remembers how it was made."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

VALUES: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "sin": np.sin,
    "cos": np.cos,
    "log": np.log,
    "exp": np.exp,
}


class Var:
    """A number in a computation graph: write `x = Var(2.0)`, then compute with + - * / and np.sin, cos, log, exp.

    value          the number
    op             the operation that made it, such as "*"; None for a leaf
    parents        the Vars that the operation was applied to, in their order; () for a leaf
    requires_grad  whether it is tracked: a leaf says so, a result is tracked if one of its parents is
    grad           0.0 until a backward pass adds to it; None where it is not tracked
    """

    def __init__(
        self, value: Any, requires_grad: bool = True, op: str | None = None, parents: tuple[Any, ...] = ()
    ) -> None:
        self.value = value
        self.requires_grad = requires_grad
        self.op = op
        self.parents = parents
        self.grad: Any = 0.0 if requires_grad else None

    @classmethod
    def apply(cls, op: str, *inputs: Any) -> Var:
        """Compute the value now, and keep what it was computed from. A plain number becomes an untracked leaf."""
        parents = tuple(one if isinstance(one, Var) else cls(one, requires_grad=False) for one in inputs)
        value = VALUES[op](*[parent.value for parent in parents])
        return cls(value, any(parent.requires_grad for parent in parents), op, parents)

    def __add__(self, other: Any) -> Var:
        return self.apply("+", self, other)

    def __radd__(self, other: Any) -> Var:
        return self.apply("+", other, self)

    def __sub__(self, other: Any) -> Var:
        return self.apply("-", self, other)

    def __rsub__(self, other: Any) -> Var:
        return self.apply("-", other, self)

    def __mul__(self, other: Any) -> Var:
        return self.apply("*", self, other)

    def __rmul__(self, other: Any) -> Var:
        return self.apply("*", other, self)

    def __truediv__(self, other: Any) -> Var:
        return self.apply("/", self, other)

    def __rtruediv__(self, other: Any) -> Var:
        return self.apply("/", other, self)

    # np.sin(x) of an object that is no number calls x.sin().

    def sin(self) -> Var:
        return self.apply("sin", self)

    def cos(self) -> Var:
        return self.apply("cos", self)

    def log(self) -> Var:
        return self.apply("log", self)

    def exp(self) -> Var:
        return self.apply("exp", self)

    def __repr__(self) -> str:
        made = f", op={self.op!r}" if self.op else ""
        return f"Var({self.value:.10g}{made}, grad={self.grad if self.grad is None else format(self.grad, '.10g')})"
