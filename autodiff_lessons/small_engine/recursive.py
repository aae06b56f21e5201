"""The engine that lesson 6 takes apart: each node runs its own rule, then calls backward() on each parent.

It is right on log(x) + x*y - sin(y), where only leaves are shared. It is wrong wherever an inner node is: that node is
called once for each arrow that leaves it, and at each call it sends on all that has arrived so far, again.
"""

from __future__ import annotations

from typing import Any

from autodiff_lessons.small_engine.rules import contributions
from autodiff_lessons.small_engine.var import Var


class RecursiveVar(Var):
    """A Var with a recursive backward(). Every grad starts at 0, also where nobody asked for one.

    calls   how often backward() was called, on any node
    """

    calls = 0

    def __init__(
        self, value: Any, requires_grad: bool = True, op: str | None = None, parents: tuple[Any, ...] = ()
    ) -> None:
        super().__init__(value, requires_grad, op, parents)
        self.grad = 0.0

    def backward(self) -> None:
        RecursiveVar.calls += 1
        for parent, sent in contributions(self, self.grad).items():
            parent.grad += sent
        for parent in self.parents:
            parent.backward()


def recursive_backward(out: Any) -> int:
    """Seed `out` with 1, call its backward(), and return how many calls that made in all."""
    RecursiveVar.calls = 0
    out.grad = 1.0
    out.backward()
    return RecursiveVar.calls
