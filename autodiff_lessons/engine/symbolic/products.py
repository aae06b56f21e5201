"""Products as a coefficient and powers: {x: 2, y: -1} with the coefficient 3 is 3*x**2/y, and back to a formula."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.symbolic.expression import Expr, build, constant

LARGEST_DENOMINATOR = 10**6


@dataclass(frozen=True, slots=True)
class Factor:
    """base ** exponent; `guarded` where the base stands in a denominator, and so must not be zero, even if the
    exponents add up to zero or more: x/x is x**0, guarded."""

    exponent: int
    guarded: bool


Product = tuple[Fraction, dict[Expr, Factor]]


def length(number: Fraction) -> int:
    """How many bits its longer half has."""
    return max(number.numerator.bit_length(), number.denominator.bit_length())


def multiply_in(factors: dict[Expr, Factor], base: Expr, factor: Factor) -> None:
    """Multiply the product `factors` by one more power."""
    before = factors.get(base, Factor(0, False))
    factors[base] = Factor(before.exponent + factor.exponent, before.guarded or factor.guarded)


def times(one: Product, other: Product) -> Product:
    """The product of two products."""
    factors = dict(one[1])
    for base, factor in other[1].items():
        multiply_in(factors, base, factor)
    return one[0] * other[0], factors


def power(product: Product, exponent: int) -> Product:
    """A whole power; a negative one guards its bases: 1/(1/x) has no value at 0."""
    coefficient, factors = product
    raised = {
        base: Factor(factor.exponent * exponent, factor.guarded or exponent < 0) for base, factor in factors.items()
    }
    return coefficient**exponent, raised


def product_formula(coefficient: Fraction, factors: dict[Expr, Factor]) -> Expr:
    """The formula of a product; an OverflowError where no float holds one of its numbers."""
    above: list[Expr] = []
    below: list[Expr] = []
    for base, factor in factors.items():
        if factor.exponent < 0:
            below.append(_raised(base, -factor.exponent))
        elif factor.guarded:  # x**3 / x**2 is x**2 / x, and has no value at 0 either
            above.append(_raised(base, factor.exponent + 1))
            below.append(base)
        else:
            above.append(_raised(base, factor.exponent))
    if not above and not below:
        return quotient(coefficient)
    top, bottom = coefficient.numerator, coefficient.denominator
    small = bottom < LARGEST_DENOMINATOR and abs(top) < 2**53
    numerator, denominator = (top, bottom) if small else (float(coefficient), 1)
    if small and Fraction(float(coefficient)) == coefficient and not (abs(top) == 1 and above and not below):
        numerator, denominator = float(coefficient), 1  # 2.5*x, not 5*x/2; but x/2, not 0.5*x
    if coefficient and not numerator:  # too small for a float
        raise OverflowError
    minus = numerator == -1 and bool(above)
    sign = abs(numerator) if minus else numerator
    result = _multiplied(([constant(sign)] if sign != 1 or not above else []) + above)
    if denominator != 1 or below:
        result = result / _multiplied(([constant(denominator)] if denominator != 1 else []) + below)
    return -result if minus else result


def _raised(base: Expr, exponent: int) -> Expr:
    if int(float(exponent)) != exponent:
        raise OverflowError
    return base if exponent == 1 else base ** float(exponent)


def _multiplied(factors: list[Expr]) -> Expr:
    result, *others = factors
    for one in others:
        result = result * one
    return result


def quotient(number: Fraction) -> Expr:
    """A number: as one float where it is one, as p/q where that is short, else rounded."""
    value = float(number)
    if number and not value:
        raise OverflowError
    if Fraction(value) != number and number.denominator < LARGEST_DENOMINATOR and abs(number.numerator) < 2**53:
        return build(PRIMITIVES["div"], (number.numerator, number.denominator))
    return constant(value)
