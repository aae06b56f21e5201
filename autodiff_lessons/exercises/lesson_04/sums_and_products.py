"""4.1: dual numbers that add and multiply."""

from __future__ import annotations

from typing import Any

from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_04.working_out import worked_out, written

sums_and_products = FunctionExercise(
    "4.1",
    "Add and multiply duals",
    probes=[
        ("x * y", lambda x, y: x * y, 3.0, 4.0, 5.0, 7.0),
        ("x + y", lambda x, y: x + y, 3.0, 4.0, 5.0, 7.0),
        ("x * 2.5", lambda x: x * 2.5, 1.5, -0.5),
        ("x + 2.5", lambda x: x + 2.5, 1.5, -0.5),
        ("x * x + x", lambda x: x * x + x, -1.25, 2.0),
        ("(x + y) * (x * y)", lambda x, y: (x + y) * (x * y), 2.0, 1.0, 3.0, 0.5),
    ],
    use=worked_out,
    written=written,
    of_class=True,
    stub="""\
@exercise("4.1")
class Dual:
    def __init__(self, primal, tangent=0.0):
        self.primal, self.tangent = primal, tangent

    def __add__(self, other):
        return Dual(..., ...)

    def __mul__(self, other):
        return Dual(..., ...)
""",
    hints=[
        "Multiply (a + bε)(c + dε) on paper, term by term. Which of the four terms have no ε, which have one, and what "
        "becomes of the one with ε²?",
        "A plain number is a dual that does not move. If `other` is no dual, make one of it first, with a tangent that "
        'says so. `hasattr(other, "tangent")` tells which it is.',
        "The primal of the product is `self.primal * other.primal`. Its tangent is the product rule: each tangent "
        "times the other one's primal, and both added.",
    ],
    takeaway="ε² = 0 leaves the sum rule and the product rule: they are what you have just programmed.",
)


@sums_and_products.set_reference
class SumsAndProducts:
    def __init__(self, primal: Any, tangent: Any = 0.0) -> None:
        self.primal, self.tangent = primal, tangent

    def lifted(self, other: Any) -> Any:
        # type(self) is Dual here, and the new class in one that builds on this one
        return other if isinstance(other, type(self)) else type(self)(other)

    def __add__(self, other: Any) -> Any:
        other = self.lifted(other)
        return type(self)(self.primal + other.primal, self.tangent + other.tangent)

    def __mul__(self, other: Any) -> Any:
        other = self.lifted(other)
        tangent = self.primal * other.tangent + self.tangent * other.primal
        return type(self)(self.primal * other.primal, tangent)


@sums_and_products.wrong(
    "product-of-tangents",
    "You multiplied the two tangents. The term with both is the one with ε², and it is gone: each tangent meets the "
    "other number's primal.",
)
class ProductOfTangents(SumsAndProducts):
    def __mul__(self, other: Any) -> Any:
        other = self.lifted(other)
        return type(self)(self.primal * other.primal, self.tangent * other.tangent)


@sums_and_products.wrong(
    "keeps-epsilon-squared",
    "The product of the two tangents is in it too. That term carries ε², and ε² = 0: leave it out.",
)
class KeepsEpsilonSquared(SumsAndProducts):
    def __mul__(self, other: Any) -> Any:
        other = self.lifted(other)
        tangent = self.primal * other.tangent + self.tangent * other.primal + self.tangent * other.tangent
        return type(self)(self.primal * other.primal, tangent)


@sums_and_products.wrong(
    "own-primal",
    "Here each tangent is multiplied by its own primal. In the product rule it is the other one's.",
)
class OwnPrimal(SumsAndProducts):
    def __mul__(self, other: Any) -> Any:
        other = self.lifted(other)
        return type(self)(self.primal * other.primal, self.primal * self.tangent + other.primal * other.tangent)


@sums_and_products.wrong(
    "one-term-only",
    "This is one half of the product rule. Either factor may move: each tangent has a term of its own, and they add.",
)
class FirstTermOnly(SumsAndProducts):
    def __mul__(self, other: Any) -> Any:
        other = self.lifted(other)
        return type(self)(self.primal * other.primal, self.primal * other.tangent)


@sums_and_products.wrong("one-term-only")
class SecondTermOnly(SumsAndProducts):
    def __mul__(self, other: Any) -> Any:
        other = self.lifted(other)
        return type(self)(self.primal * other.primal, self.tangent * other.primal)


def of_duals_only(wrong: type[SumsAndProducts]) -> type[SumsAndProducts]:
    """The same slip in a class that does not know plain numbers yet, as a first try is."""

    class First(wrong):  # type: ignore[misc,valid-type]
        def lifted(self, other: Any) -> Any:
            return other

    return First


sums_and_products.wrong("product-of-tangents")(of_duals_only(ProductOfTangents))
sums_and_products.wrong("keeps-epsilon-squared")(of_duals_only(KeepsEpsilonSquared))
sums_and_products.wrong("own-primal")(of_duals_only(OwnPrimal))
sums_and_products.wrong("one-term-only")(of_duals_only(FirstTermOnly))
sums_and_products.wrong("one-term-only")(of_duals_only(SecondTermOnly))


@sums_and_products.wrong(
    "plain-number-crashes",
    "A plain number is no dual, and has neither primal nor tangent. Make a dual of it first: it does not move.",
    by_probe=True,
)
class DualsOnly(SumsAndProducts):
    def lifted(self, other: Any) -> Any:
        return other


@sums_and_products.wrong("plain-number-crashes", by_probe=True)
class DualsOnlyInOtherOrder(SumsAndProducts):
    def __add__(self, other: Any) -> Any:
        tangent = self.tangent + other.tangent
        return type(self)(self.primal + other.primal, tangent)

    def __mul__(self, other: Any) -> Any:
        tangent = self.tangent * other.primal + self.primal * other.tangent
        return type(self)(self.primal * other.primal, tangent)


@sums_and_products.wrong(
    "plain-number-moves",
    "You let a plain number move. It is a constant: as a dual, its tangent is zero.",
    by_probe=True,
)
class NumberMovesByOne(SumsAndProducts):
    def lifted(self, other: Any) -> Any:
        return other if isinstance(other, type(self)) else type(self)(other, 1.0)


@sums_and_products.wrong("plain-number-moves", by_probe=True)
class NumberMovesByItself(SumsAndProducts):
    def lifted(self, other: Any) -> Any:
        return other if isinstance(other, type(self)) else type(self)(other, other)


@sums_and_products.wrong(
    "tangent-not-scaled",
    "Times a plain number, only the primal was multiplied. If x moves, twice x moves twice as far: multiply the "
    "tangent too.",
)
class TangentNotScaled(SumsAndProducts):
    def __mul__(self, other: Any) -> Any:
        if isinstance(other, type(self)):
            return super().__mul__(other)
        return type(self)(self.primal * other, self.tangent)


@sums_and_products.wrong(
    "changes-itself",
    "A sum or a product must leave both numbers as they are: they may be used again. Make a new dual of the results.",
)
class ChangesItself(SumsAndProducts):
    def __add__(self, other: Any) -> Any:
        return self.changed_to(SumsAndProducts.__add__(self, other))

    def __mul__(self, other: Any) -> Any:
        return self.changed_to(SumsAndProducts.__mul__(self, other))

    def changed_to(self, result: Any) -> Any:
        self.primal, self.tangent = result.primal, result.tangent
        return self


@sums_and_products.wrong("changes-itself")
class ChangesItselfInProducts(ChangesItself):
    __add__ = SumsAndProducts.__add__


@sums_and_products.wrong("changes-itself")
class ChangesTheOther(SumsAndProducts):
    def __add__(self, other: Any) -> Any:
        other = self.lifted(other)
        other.primal += self.primal
        other.tangent += self.tangent
        return other


@sums_and_products.alternative
class Velocity:
    __slots__ = ("primal", "tangent")

    def __init__(self, primal: float, tangent: float = 0.0) -> None:
        self.primal = primal
        self.tangent = tangent

    def __add__(self, b: Any) -> Velocity:
        if isinstance(b, Velocity):
            return Velocity(self.primal + b.primal, self.tangent + b.tangent)
        return Velocity(self.primal + b, self.tangent)

    def __mul__(self, b: Any) -> Velocity:
        if isinstance(b, int | float):
            return Velocity(b * self.primal, b * self.tangent)
        return Velocity(self.primal * b.primal, self.tangent * b.primal + b.tangent * self.primal)

    __radd__, __rmul__ = __add__, __mul__


@sums_and_products.alternative
class ByComplexNumbers:
    """ε as i times a number so small that its square is nothing beside 1."""

    def __init__(self, primal: float, tangent: float = 0.0, tiny: float = 1e-100) -> None:
        self.tiny, self.number = tiny, complex(primal, tangent * tiny)

    @property
    def primal(self) -> float:
        return self.number.real

    @property
    def tangent(self) -> float:
        return self.number.imag / self.tiny

    def made(self, number: complex) -> ByComplexNumbers:
        return ByComplexNumbers(number.real, number.imag / self.tiny)

    def __add__(self, other: Any) -> ByComplexNumbers:
        return self.made(self.number + getattr(other, "number", other))

    def __mul__(self, other: Any) -> ByComplexNumbers:
        return self.made(self.number * getattr(other, "number", other))
