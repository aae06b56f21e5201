"""4.2: the rest of the arithmetic, also with plain numbers on the left."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_04.sums_and_products import SumsAndProducts
from autodiff_lessons.exercises.lesson_04.working_out import worked_out, written

Rule = Callable[[Any, Any, Any, Any], Any]  # the tangent of a quotient from u, u_dot, v, v_dot

arithmetic = FunctionExercise(
    "4.2",
    "Subtract, divide, raise to a power",
    probes=[
        ("x / y", lambda x, y: x / y, 3.0, 4.0, 5.0, 7.0),
        ("x - y", lambda x, y: x - y, 3.0, 4.0, 5.5, 7.0),
        ("x - 1.5", lambda x: x - 1.5, 4.0, 2.5),
        ("1 - x", lambda x: 1 - x, 3.0, 1.0),
        ("x / 2.5", lambda x: x / 2.5, 4.0, 3.0),
        ("2.5 / x", lambda x: 2.5 / x, 4.0, 3.0),
        ("x ** 3", lambda x: x**3, 2.0, 0.75),
        ("x ** 0.5", lambda x: x**0.5, 6.25, 3.0),
        ("x ** -1", lambda x: x**-1, 1.25, 0.5),
        ("1.5 + 2.5 * x", lambda x: 1.5 + 2.5 * x, 3.0, 4.0),
        ("x / y * x", lambda x, y: x / y * x, 3.0, 4.0, 5.0, 7.0),
        ("(x - y) * x", lambda x, y: (x - y) * x, 3.0, 4.0, 5.5, 7.0),
        ("x ** 2 * x", lambda x: x**2 * x, 1.5, 2.0),
    ],
    use=worked_out,
    written=written,
    of_class=True,
    stub="""\
@exercise("4.2")
class Dual(SumsAndProducts):
    __radd__, __rmul__ = SumsAndProducts.__add__, SumsAndProducts.__mul__

    def __sub__(self, other):
        return ...

    def __rsub__(self, other):  # for other - self, where other is a plain number
        return ...

    def __truediv__(self, other):
        return ...

    def __rtruediv__(self, other):  # for other / self
        return ...

    def __pow__(self, n):  # n is any plain number: 3, 0.5, -1
        return ...
""",
    hints=[
        "A difference is a sum: `self + other * -1` needs nothing new. For `1 - x`, ask which way it moves when x "
        "grows.",
        "Write the quotient rule down, `(u'v - uv') / v²`, and put the four names of the two duals in it. Also for a "
        "plain number on either side: as a dual its tangent is zero. `self.lifted(other)` makes it one.",
        "`other / self` is a quotient too: `self.lifted(other) / self`. For the power, the slope is "
        "`n * self.primal ** (n - 1)`, and the tangent is carried along by multiplying.",
    ],
    takeaway="Each rule of differentiation is now a method, and Python's own operators call it.",
)


@arithmetic.set_reference
class Arithmetic(SumsAndProducts):
    __radd__, __rmul__ = SumsAndProducts.__add__, SumsAndProducts.__mul__

    def __sub__(self, other: Any) -> Any:
        return self + other * -1

    def __rsub__(self, other: Any) -> Any:
        return self * -1 + other

    def __truediv__(self, other: Any) -> Any:
        other = self.lifted(other)
        above = self.tangent * other.primal - self.primal * other.tangent
        return type(self)(self.primal / other.primal, above / other.primal**2)

    def __rtruediv__(self, other: Any) -> Any:
        return self.lifted(other) / self

    def __pow__(self, n: Any) -> Any:
        return type(self)(self.primal**n, n * self.primal ** (n - 1) * self.tangent)


def with_quotient(tangent_of: Rule, left: bool, right: bool) -> type[Arithmetic]:
    """A class with another rule for quotients; `left` and `right`: a plain number on this side has a right rule."""

    class AnotherQuotient(Arithmetic):
        def __truediv__(self, other: Any) -> Any:
            if right and not isinstance(other, type(self)):
                return super().__truediv__(other)
            other = self.lifted(other)
            tangent = tangent_of(self.primal, self.tangent, other.primal, other.tangent)
            return type(self)(self.primal / other.primal, tangent)

        def __rtruediv__(self, other: Any) -> Any:
            return other * self**-1 if left else super().__rtruediv__(other)

    return AnotherQuotient


def wrong_quotient(misconception: str, sentence: str | None, tangent_of: Rule) -> None:
    for left, right in itertools.product((False, True), repeat=2):
        arithmetic.wrong(misconception, sentence)(with_quotient(tangent_of, left, right))
        sentence = None


wrong_quotient(
    "quotient-turned",
    "Your quotient has the sign of its tangent wrong. The rule begins with the upper number's tangent: "
    "`u'v - uv'`, not `uv' - u'v`.",
    lambda u, u_dot, v, v_dot: (u * v_dot - u_dot * v) / v**2,
)
wrong_quotient(
    "quotient-of-tangents",
    "You divided the tangents by each other. A quotient has a rule of its own: `(u'v - uv') / v²`.",
    lambda u, u_dot, v, v_dot: u_dot / v_dot,
)
wrong_quotient(
    "quotient-not-squared",
    "Under the line of the quotient rule stands the lower number squared: `(u'v - uv') / v²`.",
    lambda u, u_dot, v, v_dot: (u_dot * v - u * v_dot) / v,
)
wrong_quotient(
    "quotient-adds",
    "In the quotient rule the second term is taken away, `u'v - uv'`: the larger the lower number, the smaller the "
    "quotient.",
    lambda u, u_dot, v, v_dot: (u_dot * v + u * v_dot) / v**2,
)


@arithmetic.wrong(
    "reflected-keeps-its-tangent",
    "When x grows, `1 - x` shrinks: the tangent has to turn its sign.",
    by_probe=True,
)
class KeepsItsTangent(Arithmetic):
    def __rsub__(self, other: Any) -> Any:
        return type(self)(other - self.primal, self.tangent)


@arithmetic.wrong(
    "reflected-not-turned",
    "Python calls `__rsub__` for `other - self` and `__rtruediv__` for `other / self`: the dual stands on the right. "
    "You worked it out the other way round.",
    by_probe=True,
)
class NotTurned(Arithmetic):
    def __rsub__(self, other: Any) -> Any:
        return self - other

    def __rtruediv__(self, other: Any) -> Any:
        return self / other


@arithmetic.wrong(
    "difference-adds-tangents",
    "In a difference the tangents are subtracted as well: if both numbers move alike, their difference stands still.",
    by_probe=True,
)
class AddsTangents(Arithmetic):
    def __sub__(self, other: Any) -> Any:
        other = self.lifted(other)
        return type(self)(self.primal - other.primal, self.tangent + other.tangent)

    def __rsub__(self, other: Any) -> Any:
        return self.lifted(other) - self


@arithmetic.wrong(
    "plain-number-crashes",
    "A plain number has neither primal nor tangent. `self.lifted(other)` makes a dual of it that does not move, and "
    "leaves a dual as it is.",
    by_probe=True,
)
class DualsOnly(Arithmetic):
    def __sub__(self, other: Any) -> Any:
        return type(self)(self.primal - other.primal, self.tangent - other.tangent)

    def __truediv__(self, other: Any) -> Any:
        above = self.tangent * other.primal - self.primal * other.tangent
        return type(self)(self.primal / other.primal, above / other.primal**2)

    def __rsub__(self, other: Any) -> Any:
        return type(self)(other.primal - self.primal, other.tangent - self.tangent)

    def __rtruediv__(self, other: Any) -> Any:
        above = other.tangent * self.primal - other.primal * self.tangent
        return type(self)(other.primal / self.primal, above / self.primal**2)


@arithmetic.wrong("plain-number-crashes", by_probe=True)
class DualsOnlyInOtherOrder(Arithmetic):
    def __sub__(self, other: Any) -> Any:
        tangent = self.tangent - other.tangent
        return type(self)(self.primal - other.primal, tangent)

    def __truediv__(self, other: Any) -> Any:
        minus = self.primal * other.tangent
        return type(self)(self.primal / other.primal, (self.tangent * other.primal - minus) / other.primal**2)

    def __rsub__(self, other: Any) -> Any:
        tangent = other.tangent - self.tangent
        return type(self)(other.primal - self.primal, tangent)

    def __rtruediv__(self, other: Any) -> Any:
        minus = other.primal * self.tangent
        return type(self)(other.primal / self.primal, (other.tangent * self.primal - minus) / self.primal**2)


@arithmetic.wrong(
    "power-without-the-tangent",
    "This is the slope of the power alone. Scale the tangent that arrives with it: slope times `self.tangent`.",
    by_probe=True,
)
class PowerWithoutTheTangent(Arithmetic):
    def __pow__(self, n: Any) -> Any:
        return type(self)(self.primal**n, n * self.primal ** (n - 1))


@arithmetic.wrong(
    "power-not-lowered",
    "The power rule takes one from the exponent: the slope of `u ** n` is `n * u ** (n - 1)`.",
    by_probe=True,
)
class PowerNotLowered(Arithmetic):
    def __pow__(self, n: Any) -> Any:
        return type(self)(self.primal**n, n * self.primal**n * self.tangent)


@arithmetic.wrong(
    "power-of-the-tangent",
    "The tangent was raised to the power too. It is only scaled, by the slope `n * u ** (n - 1)` at the primal.",
    by_probe=True,
)
class PowerOfTheTangent(Arithmetic):
    def __pow__(self, n: Any) -> Any:
        return type(self)(self.primal**n, self.tangent**n)


@arithmetic.alternative
class ByReciprocals(SumsAndProducts):
    def __pow__(self, power: float) -> Any:
        return ByReciprocals(self.primal**power, power * self.primal**power / self.primal * self.tangent)

    def __neg__(self) -> Any:
        return ByReciprocals(-self.primal, -self.tangent)

    def __radd__(self, left: float) -> Any:
        return self + left

    def __rmul__(self, left: float) -> Any:
        return self * left

    def __sub__(self, right: Any) -> Any:
        return self + (-right)

    def __rsub__(self, left: float) -> Any:
        return left + (-self)

    def __truediv__(self, right: Any) -> Any:
        return self * right**-1

    def __rtruediv__(self, left: float) -> Any:
        return left * self**-1


@arithmetic.alternative
class ByOneRule(SumsAndProducts):
    """Every operation by its two partial derivatives."""

    def pushed(self, other: Any, value: Any, by_self: Any, by_other: Any) -> Any:
        return ByOneRule(value, by_self * self.tangent + by_other * getattr(other, "tangent", 0.0))

    def __add__(self, other: Any) -> Any:
        return self.pushed(other, self.primal + getattr(other, "primal", other), 1, 1)

    def __mul__(self, other: Any) -> Any:
        factor = getattr(other, "primal", other)
        return self.pushed(other, self.primal * factor, factor, self.primal)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other: Any) -> Any:
        return self.pushed(other, self.primal - getattr(other, "primal", other), 1, -1)

    def __rsub__(self, other: Any) -> Any:
        return self.pushed(None, other - self.primal, -1, 0)

    def __truediv__(self, other: Any) -> Any:
        below = getattr(other, "primal", other)
        return self.pushed(other, self.primal / below, 1 / below, -self.primal / below**2)

    def __rtruediv__(self, other: Any) -> Any:
        return self.pushed(None, other / self.primal, -other / self.primal**2, 0)

    def __pow__(self, n: float, modulo: None = None) -> Any:
        value = np.exp(n * np.log(self.primal))
        return self.pushed(None, value, n * value / self.primal, 0)
