"""Compare a gradient with slopes that are measured; a check that is itself tested with wrong gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.engine.differences.slopes import EPS, Function, extrapolated, floats, one_number
from autodiff_lessons.engine.functional import grad
from autodiff_lessons.engine.tensor import plain
from autodiff_lessons.errors import DifferenceError, GradientMismatchError

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """What `check_gradient` compared: for each argument the slope along one random direction, claimed and measured."""

    claimed: tuple[float, ...]
    measured: tuple[float, ...]

    def __str__(self) -> str:
        rows = zip(self.claimed, self.measured, strict=True)
        return "\n".join(
            f"argument {place}: the gradient says {claimed:.12g}, measured {measured:.12g}"
            for place, (claimed, measured) in enumerate(rows)
        )

    __repr__ = __str__


def check_gradient(
    f: Function, gradient: Function | None, *arguments: Any, seed: int = 0, tolerance: float = TOLERANCE
) -> GradientCheck:
    """Check `gradient(*arguments)`, which should be f's gradient, against the slope of f along a random direction.

    Along a direction u the slope is the dot product of the gradient and u; a gradient with any wrong element gets it
    wrong for almost every u, so a handful of evaluations checks a million elements. Each argument gets a direction of
    its own, whose elements are all of a size between 1/2 and 3/2, with random signs. `gradient` returns one array, or a
    tuple with one for each of several arguments; `gradient=None` checks the engine's own reverse mode.

    The slopes must agree to `tolerance`, relative to the larger one (a loose absolute tolerance would let
    tanh' = 1 - x**2 pass). Otherwise a GradientMismatchError names the argument, the element and both numbers. A check
    at one point proves only that point: x = 0 hides many mistakes, and at a kink there is no slope to compare with.
    """
    if not arguments:
        raise DifferenceError("check_gradient needs the point: check_gradient(f, gradient, x, y).")
    given = [floats(one, f"argument {place}") for place, one in enumerate(arguments)]
    claims = _claims(f, gradient, given)
    generator = np.random.default_rng(seed)
    claimed, measured = [], []
    for place, (argument, claim) in enumerate(zip(given, claims, strict=True)):
        shape = np.shape(argument)
        direction = generator.uniform(0.5, 1.5, shape) * generator.choice([-1.0, 1.0], shape)
        comparison = _Comparison(f, given, place, claim, tolerance)
        claimed_slope, measured_slope, agree = comparison.along(direction)
        if not agree:
            raise GradientMismatchError(comparison.message(direction, claimed_slope, measured_slope))
        claimed.append(claimed_slope)
        measured.append(measured_slope)
    return GradientCheck(tuple(claimed), tuple(measured))


def _claims(f: Function, gradient: Function | None, given: list[Any]) -> list[Any]:
    """The claimed gradients, one an argument, each of its argument's shape."""
    copies = [np.array(one)[()] for one in given]
    if gradient is None:
        one_number(f, given)  # says what is wrong with an f that gives no single number
        claims: Any = grad(f, argnums=tuple(range(len(given))))(*copies)
    else:
        claims = gradient(*copies)
        if len(given) == 1:
            claims = claims if isinstance(claims, tuple) and len(claims) == 1 else (claims,)
    if not isinstance(claims, (tuple, list)) or len(claims) != len(given):
        got = len(claims) if isinstance(claims, (tuple, list)) else 1
        raise GradientMismatchError(
            f"There are {len(given)} arguments, and the gradient gave {got} results: give one each."
        )
    checked = []
    for place, (one, argument) in enumerate(zip(claims, given, strict=True)):
        if one is None:
            raise GradientMismatchError(f"The gradient of argument {place} is None; a gradient of zero is written 0.")
        claim = np.asarray(plain(one), dtype=np.float64)
        if claim.shape != np.shape(argument):
            transposed = " It is the transposed shape." if claim.shape == np.shape(argument)[::-1] else ""
            raise GradientMismatchError(
                f"The gradient of argument {place} has the shape {claim.shape}, the argument {np.shape(argument)}: "
                f"it needs one number an element.{transposed}"
            )
        if not np.all(np.isfinite(claim)):
            raise GradientMismatchError(
                f"The gradient of argument {place} is not finite: {claim[~np.isfinite(claim)][0]}."
            )
        checked.append(claim[()])
    return checked


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One argument's claimed gradient against measured slopes."""

    f: Function
    given: list[Any]
    place: int
    claim: Any
    tolerance: float

    def along(self, direction: Any) -> tuple[float, float, bool]:
        """The slope along `direction`, claimed and measured, and whether they agree."""
        claimed = float(np.sum(self.claim * direction))

        def moved(distance: float) -> float:
            changed = list(self.given)
            changed[self.place] = self.given[self.place] + distance * direction
            return one_number(self.f, changed)

        size = max(1.0, float(np.max(np.abs(self.given[self.place]), initial=0.0)))
        widest = 0.01 * size / max(1.0, float(np.sqrt(np.sum(direction**2))))
        for step in (widest, widest / 100, widest / 10_000):  # smaller where f is rough, or ends, near the point
            try:
                with np.errstate(invalid="ignore", divide="ignore"):
                    measured, error = map(float, extrapolated(moved, 0.0, step, levels=6))
            except DifferenceError:
                if step == widest / 10_000:
                    raise
                continue
            allowed = self.tolerance * max(abs(claimed), abs(measured)) + 4 * EPS * abs(moved(0.0)) / step
            if error <= max(allowed, 1e-3 * abs(measured)):
                break
        else:
            raise DifferenceError(
                f"The slope of f for argument {self.place} can't be measured here: {measured:.6g}, give or take "
                f"{error:.1g}. f may have a kink or a jump near this point, or random numbers in it; check elsewhere."
            )
        return claimed, measured, abs(claimed - measured) <= allowed

    def message(self, direction: Any, claimed: float, measured: float) -> str:
        said = (
            f"The gradient of argument {self.place} is wrong: along a random direction it says {claimed:.10g}, and the "
            f"measured slope is {measured:.10g}."
        )
        if measured and np.isfinite(claimed / measured) and claimed:
            said += f" The first is {claimed / measured:.6g} times the second."
        if np.ndim(self.claim) == 0:
            return said
        index = self.wrong_element(direction)
        alone = np.zeros(np.shape(direction))
        alone[index] = 1.0
        claimed, measured, agree = self.along(alone)
        shown = index if len(index) > 1 else index[0]
        return said if agree else f"{said} At index {shown} it says {claimed:.10g}, measured {measured:.10g}."

    def wrong_element(self, direction: Any) -> tuple[int, ...]:
        """An element that is wrong, found by halving: of two halves, one at least disagrees."""
        flat = np.ravel(direction)
        first, last = 0, flat.size
        while last - first > 1:
            middle = (first + last) // 2
            half = np.zeros(flat.size)
            half[first:middle] = flat[first:middle]
            if self.along(half.reshape(np.shape(direction)))[2]:
                first = middle
            else:
                last = middle
        return tuple(int(one) for one in np.unravel_index(first, np.shape(direction)))
