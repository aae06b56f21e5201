"""4.3: sin, cos, log and exp of dual numbers. NumPy's `np.sin(x)` calls the method `x.sin()` of an object it doesn't
know."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_04.arithmetic import Arithmetic
from autodiff_lessons.exercises.lesson_04.working_out import worked_out, written

functions = FunctionExercise(
    "4.3",
    "Teach duals sin, cos, log, exp",
    probes=[
        ("np.sin(x * x)", lambda x: np.sin(x * x), 3.0, 1.0),
        ("np.sin(x)", lambda x: np.sin(x), 0.5, 2.0),
        ("np.cos(x)", lambda x: np.cos(x), 0.5, 2.0),
        ("np.log(x)", lambda x: np.log(x), 4.0, 3.0),
        ("np.exp(x)", lambda x: np.exp(x), 0.5, 2.0),
        ("np.sin(x) * x", lambda x: np.sin(x) * x, -2.0, 0.75),
        ("np.cos(x * y) * x", lambda x, y: np.cos(x * y) * x, 2.0, 0.25, 3.0, 1.5),
        ("np.log(x / y) * x", lambda x, y: np.log(x / y) * x, 2.0, 1.25, 5.0, 0.5),
        ("np.exp(x) * x", lambda x: np.exp(x) * x, -1.5, 0.75),
        # The result must know the functions itself.
        ("np.sin(np.sin(x))", lambda x: np.sin(np.sin(x)), 0.5, 2.0),
        ("np.cos(np.cos(x))", lambda x: np.cos(np.cos(x)), 0.5, 2.0),
        ("np.log(np.log(x))", lambda x: np.log(np.log(x)), 4.0, 3.0),
        ("np.exp(np.exp(x))", lambda x: np.exp(np.exp(x)), -1.5, 0.75),
    ],
    use=worked_out,
    written=written,
    of_class=True,
    stub="""\
@exercise("4.3")
class Dual(Arithmetic):
    def sin(self):  # np.sin(x) calls x.sin()
        return Dual(..., ...)

    def cos(self):
        return Dual(..., ...)

    def log(self):
        return Dual(..., ...)

    def exp(self):
        return Dual(..., ...)
""",
    hints=[
        "The primal is easy: it is the function of the primal. For the tangent, ask how steep the function is at the "
        "primal, and how fast the primal moves.",
        "The four slopes: `sin` has cos, `cos` has minus sin, `log(u)` has 1/u, `exp` has itself. Take each one at the "
        "primal, never at the tangent.",
        "For the sine: `Dual(np.sin(self.primal), np.cos(self.primal) * self.tangent)`. The other three look the same.",
    ],
    takeaway="Slope at the primal, times the tangent: the chain rule happens by itself, one operation at a time.",
)


@functions.set_reference
class Dual(Arithmetic):
    def sin(self) -> Any:
        return type(self)(np.sin(self.primal), np.cos(self.primal) * self.tangent)

    def cos(self) -> Any:
        return type(self)(np.cos(self.primal), -np.sin(self.primal) * self.tangent)

    def log(self) -> Any:
        return type(self)(np.log(self.primal), self.tangent / self.primal)

    def exp(self) -> Any:
        return type(self)(np.exp(self.primal), np.exp(self.primal) * self.tangent)


@functions.wrong(
    "function-of-the-tangent",
    "You applied the function to the tangent as well. The tangent is a speed: it is scaled by the slope of the "
    "function, taken at the primal.",
    by_probe=True,
)
class FunctionOfTheTangent(Dual):
    def sin(self) -> Any:
        return type(self)(np.sin(self.primal), np.sin(self.tangent))

    def cos(self) -> Any:
        return type(self)(np.cos(self.primal), np.cos(self.tangent))

    def log(self) -> Any:
        with np.errstate(invalid="ignore"):
            return type(self)(np.log(self.primal), np.log(self.tangent))

    def exp(self) -> Any:
        return type(self)(np.exp(self.primal), np.exp(self.tangent))


@functions.wrong(
    "slope-of-cos",
    "The slope of the cosine is minus the sine: just right of its top, at 0, the cosine falls.",
    by_probe=True,
)
class CosineRises(Dual):
    def cos(self) -> Any:
        return type(self)(np.cos(self.primal), np.sin(self.primal) * self.tangent)


@functions.wrong(
    "slope-of-sin",
    "The slope of the sine is the cosine, with a plus: at 0 the sine rises.",
    by_probe=True,
)
class SineFalls(Dual):
    def sin(self) -> Any:
        return type(self)(np.sin(self.primal), -np.cos(self.primal) * self.tangent)


@functions.wrong(
    "tangent-forgotten",
    "This is the slope alone. What arrives is already moving: scale `self.tangent` by the slope. That is the chain "
    "rule's inner derivative.",
    by_probe=True,
)
class TangentForgotten(Dual):
    def sin(self) -> Any:
        return type(self)(np.sin(self.primal), np.cos(self.primal))

    def cos(self) -> Any:
        return type(self)(np.cos(self.primal), -np.sin(self.primal))

    def log(self) -> Any:
        return type(self)(np.log(self.primal), 1 / self.primal)

    def exp(self) -> Any:
        return type(self)(np.exp(self.primal), np.exp(self.primal))


@functions.wrong(
    "slope-at-the-tangent",
    "You took the slope at the tangent. It belongs to the place where the function is computed: the primal.",
    by_probe=True,
)
class SlopeAtTheTangent(Dual):
    def sin(self) -> Any:
        return type(self)(np.sin(self.primal), np.cos(self.tangent) * self.tangent)

    def cos(self) -> Any:
        return type(self)(np.cos(self.primal), -np.sin(self.tangent) * self.tangent)

    def exp(self) -> Any:
        return type(self)(np.exp(self.primal), np.exp(self.tangent) * self.tangent)


@functions.wrong(
    "tangent-unchanged",
    "The tangent came through as it was. A function changes the speed too: it multiplies it by its slope at the "
    "primal.",
    by_probe=True,
)
class TangentUnchanged(Dual):
    def sin(self) -> Any:
        return type(self)(np.sin(self.primal), self.tangent)

    def cos(self) -> Any:
        return type(self)(np.cos(self.primal), self.tangent)

    def log(self) -> Any:
        return type(self)(np.log(self.primal), self.tangent)

    def exp(self) -> Any:
        return type(self)(np.exp(self.primal), self.tangent)


@functions.wrong(
    "exp-as-a-power",
    "You used the power rule for exp. There the base moves; here the exponent does, and exp is its own slope.",
    by_probe=True,
)
class ExpAsAPower(Dual):
    def exp(self) -> Any:
        return type(self)(np.exp(self.primal), self.primal * np.exp(self.primal - 1) * self.tangent)


@functions.wrong(
    "log-multiplies",
    "The tangent of the logarithm was multiplied by the primal. The slope of log is one over it: the curve gets "
    "flatter.",
    by_probe=True,
)
class LogMultiplies(Dual):
    def log(self) -> Any:
        return type(self)(np.log(self.primal), self.tangent * self.primal)


@functions.alternative
class WithMath(Arithmetic):
    def sin(self) -> Any:
        return WithMath(math.sin(self.primal), self.tangent * math.cos(self.primal))

    def cos(self) -> Any:
        return (self - math.pi / 2).sin() * -1.0

    def exp(self) -> Any:
        value = math.e**self.primal
        return WithMath(value, value * self.tangent)

    def log(self, base: float = math.e) -> Any:
        return WithMath(math.log(self.primal, base), self.tangent / (self.primal * math.log(base)))


@functions.alternative
class ByATable(Arithmetic):
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        slopes: dict[Any, Any] = {
            np.sin: np.cos,
            np.cos: lambda u: -np.sin(u),
            np.log: lambda u: 1 / u,
            np.exp: np.exp,
        }
        return ByATable(ufunc(self.primal), slopes[ufunc](self.primal) * self.tangent)
