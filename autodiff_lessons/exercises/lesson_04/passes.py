"""4.4: one pass of forward mode, a gradient in n passes, and when to choose which mode."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import forward
from autodiff_lessons.exercises.comparing import short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_04.functions import Dual

Function = Callable[..., Any]


def f(x: Any, y: Any) -> Any:
    return np.log(x) + x * y - np.sin(y)


def g(x: Any, y: Any, z: Any) -> Any:
    return np.exp(x / y) + z**2 * x


def far(x: Any, y: Any) -> Any:
    """Far from zero, where a measured slope is lost in round-off."""
    return 1e9 + x * np.cos(y)


def called(made: Any, method: str, f: Any, point: Any, *direction: Any) -> Any:
    """The result of a method of one object of the class (for "cheaper", f and point are n and m).

    A mode's name is taken in any spelling.
    """
    result = getattr(made(), method)(f, point, *direction)
    if isinstance(result, str):
        word = result.strip().lower().removesuffix("mode").strip(" -_")
        return {"backward": "reverse", "backwards": "reverse"}.get(word, word)
    return result


def call(method: str, *arguments: Any) -> str:
    return f"{method}({', '.join(map(short, arguments))})"


passes = FunctionExercise(
    "4.4",
    "Count the passes",
    probes=[
        ("jvp", f, np.array([2.0, 5.0]), np.array([1.0, 0.0])),
        ("jvp", f, np.array([2.0, 5.0]), np.array([0.0, 1.0])),
        ("jvp", g, np.array([0.5, 2.0, -1.5]), np.array([3.0, -2.0, 0.5])),
        ("gradient", f, np.array([2.0, 5.0])),
        ("gradient", g, np.array([0.5, 2.0, -1.5])),
        ("gradient", far, np.array([0.5, 2.0])),
        ("cheaper", 1, 100),
        ("cheaper", 100, 1),
        ("cheaper", 3, 4000),
        ("cheaper", 784, 10),
        ("cheaper", 200, 3000),
        ("cheaper", 6, 2),
    ],
    use=called,
    written=call,
    of_class=True,
    stub="""\
@exercise("4.4")
class ForwardMode:
    def jvp(self, f, point, direction):  # one pass
        return ..., ...  # the value of f at the point, its slope along the direction

    def gradient(self, f, point):  # n passes
        return ...  # a list, one slope for each input

    def cheaper(self, n, m):  # for all derivatives of a function with n inputs and m outputs
        return ...  # "forward" or "reverse"
""",
    hints=[
        "One pass is one call of f, with a dual for each input: the numbers of the point are the primals. What are the "
        "tangents, if all inputs move along the direction?",
        "For one partial derivative, only one input moves: its seed is 1, all others are 0. The rows of "
        "`np.eye(len(point))` are such directions.",
        "`out = f(*map(Dual, point, direction))` is a pass; return its primal and its tangent. For `cheaper`: a "
        "forward pass handles one input and all outputs, a reverse pass one output and all inputs. Which are fewer?",
    ],
    takeaway="A forward pass costs one input, a reverse pass one output. A loss has one output: train in reverse.",
)


@passes.set_reference
class ForwardMode:
    def jvp(self, f: Function, point: Any, direction: Any) -> Any:
        out = f(*map(Dual, point, direction))
        return out.primal, out.tangent

    def gradient(self, f: Function, point: Any) -> Any:
        return [self.jvp(f, point, seeds)[1] for seeds in np.eye(len(point))]

    def cheaper(self, n: int, m: int) -> Any:
        return "forward" if n < m else "reverse"


@passes.wrong(
    "all-seeds-one",
    "This is the sum of all the partial derivatives, as when all inputs move at once. Keep them apart: in each "
    "pass one input has the seed 1, and its slope is one number of the list.",
    by_probe=True,
)
class AllSeedsOne(ForwardMode):
    def jvp(self, f: Function, point: Any, direction: Any) -> Any:
        return super().jvp(f, point, [1.0] * len(point))


@passes.wrong("all-seeds-one", by_probe=True)
class AllSeedsOneInOnePass(ForwardMode):
    def gradient(self, f: Function, point: Any) -> Any:
        return self.jvp(f, point, [1.0] * len(point))[1]


@passes.wrong(
    "modes-swapped",
    "You have the two modes in each other's place. A forward pass seeds one input and gets all outputs; a reverse "
    "pass seeds one output and gets all inputs.",
)
class ModesSwapped(ForwardMode):
    def cheaper(self, n: int, m: int) -> Any:
        return "reverse" if n < m else "forward"


@passes.wrong(
    "one-mode-for-all",
    "Neither mode is always the cheaper one. Count the passes: one for each input, or one for each output?",
)
class AlwaysReverse(ForwardMode):
    def cheaper(self, n: int, m: int) -> Any:
        return "reverse"


@passes.wrong("one-mode-for-all")
class AlwaysForward(ForwardMode):
    def cheaper(self, n: int, m: int) -> Any:
        return "forward"


@passes.wrong(
    "value-for-slope",
    "This has the value of f where its slope is asked. The value is the primal of the result, the slope its tangent.",
    by_probe=True,
)
class ValuesForSlopes(ForwardMode):
    def gradient(self, f: Function, point: Any) -> Any:
        return [self.jvp(f, point, seeds)[0] for seeds in np.eye(len(point))]


@passes.wrong(
    "slope-first",
    "These are the right two numbers in each other's place: first the value, then the slope.",
    by_probe=True,
)
class SlopeFirst(ForwardMode):
    def jvp(self, f: Function, point: Any, direction: Any) -> Any:
        out = f(*map(Dual, point, direction))
        return out.tangent, out.primal

    def gradient(self, f: Function, point: Any) -> Any:
        return [self.jvp(f, point, seeds)[0] for seeds in np.eye(len(point))]


@passes.wrong("slope-first", by_probe=True)
class SlopeFirstThroughout(ForwardMode):
    jvp = SlopeFirst.jvp


@passes.wrong(
    "point-for-direction",
    "The point was used for the seeds too. The seeds say how the inputs move, not where they are.",
    by_probe=True,
)
class PointForDirection(ForwardMode):
    def jvp(self, f: Function, point: Any, direction: Any) -> Any:
        return super().jvp(f, point, point)


@passes.wrong(
    "direction-made-a-unit",
    "You divided by the direction's length. A slope along a direction twice as long is twice as large: take the "
    "tangents as they are.",
    by_probe=True,
)
class UnitDirection(ForwardMode):
    def jvp(self, f: Function, point: Any, direction: Any) -> Any:
        return super().jvp(f, point, np.asarray(direction) / np.linalg.norm(direction))


def measuring(step: float, behind: float) -> type[ForwardMode]:
    """A class whose gradient is measured from `behind` steps behind the point to one step ahead."""

    class Measuring(ForwardMode):
        def gradient(self, f: Function, point: Any) -> Any:
            rows = step * np.eye(len(point))
            return [(f(*(point + row)) - f(*(point - behind * row))) / (step + behind * step) for row in rows]

    return Measuring


passes.wrong(
    "measured-instead",
    "These slopes are measured, and far from zero round-off spoils them. Let f run on duals: a tangent has no step "
    "and no such error.",
    by_probe=True,
)(measuring(1e-6, 1.0))
for step, behind in itertools.product((1e-4, 1e-5, 1e-6, 1e-7, 1e-8), (1.0, 0.0)):
    passes.wrong("measured-instead", by_probe=True)(measuring(step, behind))


@passes.alternative
class WithTheEngine:
    def jvp(self, f: Function, point: Any, direction: Any) -> Any:
        return forward.jvp(f, tuple(point), tuple(direction))

    def gradient(self, f: Function, point: Any, epsilon: float = 1.0) -> Any:
        return np.array([self.jvp(f, point, row)[1] for row in epsilon * np.identity(len(point))]) / epsilon

    def cheaper(self, inputs: int, outputs: int) -> str:
        return min((inputs, "Forward mode"), (outputs, "Reverse mode"))[1]


@passes.alternative
class WithLoops:
    @staticmethod
    def jvp(function: Function, at: Any, along: Any) -> list[Any]:
        duals = []
        for place in range(len(at)):
            duals.append(Dual(float(at[place]), tangent=float(along[place])))
        result = function(*duals)
        return [result.primal, result.tangent]

    @classmethod
    def gradient(cls, function: Function, at: Any) -> Any:
        n = len(at)
        slopes: tuple[Any, ...] = ()
        while len(slopes) < n:
            seeds = [0] * n
            seeds[len(slopes)] = 1
            slopes = (*slopes, cls.jvp(function, at, seeds)[1])
        return slopes

    def cheaper(self, n: int, m: int) -> str:
        if n > m:
            return "REVERSE"
        return "FORWARD"


@passes.alternative
class ByRecursion(ForwardMode):
    def gradient(self, f: Function, point: Any) -> Any:
        if len(point) == 0:
            return []
        first, rest = point[0], point[1:]
        slope = f(Dual(first, 1.0), *rest).tangent
        return [slope, *self.gradient(lambda *others: f(first, *others), rest)] if len(rest) else [slope]

    def cheaper(self, n: int, m: int) -> Any:
        return ("forward", "backward")[n > m]
