"""9.5: momentum and Adam, each with a memory for each weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff_lessons.engine import optimizers
from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import as_number, kind_of, short
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Memory = dict[str, Any]


def path(made: Any, rule: str, starts: Sequence[float], steps: int) -> Any:
    """Where the rule takes the weights from `starts`, each going down its own w², a step of each in turn.

    A list of numbers for one weight, a list of such lists for more.
    """
    one_step = getattr(made(), rule)
    weights, memories = list(starts), [Memory() for _ in starts]
    walked: list[list[float]] = [[] for _ in starts]
    with np.errstate(all="ignore"):  # a notebook would warn, and go on
        for _ in range(steps):
            for place, memory in enumerate(memories):
                moved = one_step(weights[place], 2 * weights[place], memory)
                if moved is ...:
                    return moved
                number = as_number(moved)
                if number is None:
                    raise Unfit(f"`{short(moved)}`, {kind_of(moved)} where the new weight is needed.")
                weights[place] = number
                walked[place].append(number)
    return walked[0] if len(walked) == 1 else walked


def written(rule: str, starts: Sequence[float], steps: int) -> str:
    """Such as "momentum with w = 5, 3 steps"."""
    at = " and ".join(f"w = {short(start)}" for start in starts)
    return f"{rule} with {at}, {steps} step{'s' if steps > 1 else ''}"


rules = FunctionExercise(
    "9.5",
    "Remember the way",
    probes=[
        ("momentum", (5.0,), 3),
        ("momentum", (5.0, -3.0), 4),
        ("adam", (5.0,), 3),
        ("adam", (5.0, -3.0), 4),
        ("adam", (0.0,), 1),
    ],
    use=path,
    written=written,
    of_class=True,
    stub="""\
@exercise("9.5")
class Rules:
    def momentum(self, w, g, memory, lr=0.1, m=0.9):
        return ...  # the new w

    def adam(self, w, g, memory, lr=0.1, b1=0.9, b2=0.999, eps=1e-8):
        return ...
""",
    hints=[
        "Each rule has three parts: read what the memory holds, update it and put it back, move w. Before the first "
        'step the memory is empty: `memory.get("v", 0.0)` gives 0.0 then.',
        'Momentum: `v = m * memory.get("v", 0.0) + g`, then put v into the memory. The step is `lr * v`. For Adam, '
        'count the steps in the memory too: `t = memory.get("t", 0) + 1`.',
        "Adam: a fading mean of g, with b1, and one of g squared, with b2. For the step, divide the first by "
        "`1 - b1**t` and the second by `1 - b2**t`, but keep them in the memory as they were.",
    ],
    takeaway="Momentum adds up past steps; Adam measures each step by the usual size of its gradient.",
)


@rules.set_reference
class Rules:
    def momentum(self, w: Any, g: Any, memory: Memory, lr: float = 0.1, m: float = 0.9) -> Any:
        memory["v"] = m * memory.get("v", 0.0) + g
        return w - lr * memory["v"]

    def adam(
        self, w: Any, g: Any, memory: Memory, lr: float = 0.1, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8
    ) -> Any:
        t = memory["t"] = memory.get("t", 0) + 1
        mean = memory["mean"] = b1 * memory.get("mean", 0.0) + (1 - b1) * g
        square = memory["square"] = b2 * memory.get("square", 0.0) + (1 - b2) * g * g
        return w - lr * (mean / (1 - b1**t)) / ((square / (1 - b2**t)) ** 0.5 + eps)


# Momentum


def momentum_by(one_step: Callable[..., Any]) -> type[Rules]:
    """Rules whose momentum is one_step(w, g, memory)."""

    class WithMomentum(Rules):
        def momentum(self, w: Any, g: Any, memory: Memory, lr: float = 0.1, m: float = 0.9) -> Any:
            return one_step(w, g, memory)

    return WithMomentum


def velocity(g: float, memory: Memory, m: float = 0.9, share: float = 1.0) -> Any:
    memory["v"] = m * memory.get("v", 0.0) + share * g
    return memory["v"]


rules.wrong(
    "nothing-remembered",
    "Nothing stayed in the memory from one step to the next. What a step computes has to be put back into `memory`.",
    by_probe=True,
)(momentum_by(lambda w, g, memory: w - 0.1 * g))

rules.wrong(
    "gradient-made-smaller",
    "The velocity takes in only a part of the gradient. Here it takes in all of it, v = m v + g, and the learning rate "
    "comes in once, in the step.",
    by_probe=True,
)(momentum_by(lambda w, g, memory: w - 0.1 * velocity(g, memory, share=0.1)))

rules.wrong(
    "ten-times-too-long",
    "This step is ten times as long as it should be. Is the learning rate in it? And Adam's mean takes in only the "
    "part `1 - b1` of a new gradient.",
    by_probe=True,
)(momentum_by(lambda w, g, memory: w - velocity(g, memory)))

rules.wrong("climbs", "This goes uphill. Take the step away from w.", by_probe=True)(
    momentum_by(lambda w, g, memory: w + 0.1 * velocity(g, memory))
)

rules.wrong(
    "velocity-never-fades",
    "The old velocity is there in full. It has to fade, or the weight would swing for ever: multiply it by m.",
    by_probe=True,
)(momentum_by(lambda w, g, memory: w - 0.1 * velocity(g, memory, m=1.0)))

rules.wrong(
    "looks-ahead",
    "This is Nesterov's momentum, which adds the new gradient once more. The plain one steps by the velocity alone.",
    by_probe=True,
)(momentum_by(lambda w, g, memory: w - 0.1 * (g + 0.9 * velocity(g, memory))))

rules.wrong(
    "step-alone",
    "This gives back the step alone. The rule gives the new weight: the old one with the step taken from it.",
    by_probe=True,
)(momentum_by(lambda w, g, memory: 0.1 * velocity(g, memory)))


# Adam


def adam_by(
    one_step: Callable[..., Any] = lambda w, mean, root: w - 0.1 * mean / (root + 1e-8),
    *,
    square_of: Callable[[float], float] = lambda g: g * g,
    correct: Callable[[float, int], float] = lambda beta, t: 1 - beta**t,
    correct_mean: bool = True,
    correct_square: bool = True,
    betas: tuple[float, float] = (0.9, 0.999),
    share: tuple[float, float] | None = None,
    keeps: str = "t mean square",
    before: int = 1,
) -> type[Rules]:
    """Rules with an Adam that is right but for what is given."""

    shares = share or (1 - betas[0], 1 - betas[1])

    class WithAdam(Rules):
        def adam(self, w: Any, g: Any, memory: Memory, *_: Any, **__: Any) -> Any:
            t = memory.get("t", 0) + before
            mean = betas[0] * memory.get("mean", 0.0) + shares[0] * g
            square = betas[1] * memory.get("square", 0.0) + shares[1] * square_of(g)
            new = {"t": memory.get("t", 0) + 1, "mean": mean, "square": square}
            memory.update((name, new[name]) for name in keeps.split())
            true_mean = mean / correct(betas[0], t) if correct_mean else mean
            true_square = square / correct(betas[1], t) if correct_square else square
            return one_step(w, true_mean, true_square**0.5)

    return WithAdam


rules.wrong(
    "not-corrected",
    "The means begin at zero, so at first both are too small, and not by the same factor. Divide each by what makes up "
    "for it, `1 - b1**t` and `1 - b2**t`.",
    by_probe=True,
)(adam_by(correct_mean=False, correct_square=False))
rules.wrong("not-corrected", by_probe=True)(adam_by(correct_mean=False))
rules.wrong("not-corrected", by_probe=True)(adam_by(correct_square=False))

rules.wrong(
    "time-stands-still",
    "The correction is the same at every step. Count the steps of this weight in its memory: t is one at the first, "
    "and then grows.",
    by_probe=True,
)(adam_by(keeps="mean square"))

rules.wrong("nothing-remembered", by_probe=True)(adam_by(keeps=""))
rules.wrong("nothing-remembered", by_probe=True)(adam_by(keeps="t"))

rules.wrong(
    "no-epsilon",
    "Where the gradient is zero, so is the root, and this divides by it. That is what eps is for: add it to the root.",
    by_probe=True,
)(adam_by(lambda w, mean, root: w - 0.1 * mean / root))
rules.wrong("no-epsilon", by_probe=True)(adam_by(lambda w, mean, root: w - 0.1 * mean / np.float64(root)))

rules.wrong(
    "time-from-zero",
    "Something divides by zero at the first step. Is it the correction? Count first, so that t is one there, and then "
    "correct.",
    by_probe=True,
)(adam_by(before=0))

rules.wrong(
    "gradient-in-full",
    "A fading mean keeps the part b of what it was, and takes in the part 1 - b of what is new. Here the new comes in "
    "in full.",
    by_probe=True,
)(adam_by(share=(1.0, 1.0)))
rules.wrong("gradient-in-full", by_probe=True)(adam_by(share=(0.1, 1.0)))

rules.wrong(
    "times-for-power",
    "The factor fades with a power of beta, `b1**t`, not with a multiple of it.",
    by_probe=True,
)(adam_by(correct=lambda beta, t: 1 - beta * t))
rules.wrong("times-for-power", by_probe=True)(
    adam_by(correct=lambda beta, t: 1 - beta * t, square_of=lambda g: np.float64(g * g))
)

rules.wrong(
    "no-root",
    "The mean of the squares has no root here. With the root it has the unit of a gradient, and the step has a size of "
    "about lr.",
    by_probe=True,
)(adam_by(lambda w, mean, root: w - 0.1 * mean / (root**2 + 1e-8)))

rules.wrong(
    "betas-swapped",
    "The two betas are in each other's place: b1 is for the mean of g, b2 for the mean of its square.",
    by_probe=True,
)(adam_by(betas=(0.999, 0.9)))

rules.wrong("ten-times-too-long", by_probe=True)(adam_by(lambda w, mean, root: w - mean / (root + 1e-8)))
rules.wrong("climbs", by_probe=True)(adam_by(lambda w, mean, root: w + 0.1 * mean / (root + 1e-8)))
rules.wrong("step-alone", by_probe=True)(adam_by(lambda w, mean, root: 0.1 * mean / (root + 1e-8)))


@rules.wrong(
    "corrected-for-good",
    "The corrected means went into the memory, and are corrected once more at the next step. Keep them as they were, "
    "and correct for the step only.",
    by_probe=True,
)
class CorrectedForGood(Rules):
    def adam(self, w: Any, g: Any, memory: Memory, *_: Any, **__: Any) -> Any:
        t = memory["t"] = memory.get("t", 0) + 1
        mean = memory["mean"] = (0.9 * memory.get("mean", 0.0) + 0.1 * g) / (1 - 0.9**t)
        square = memory["square"] = (0.999 * memory.get("square", 0.0) + 0.001 * g * g) / (1 - 0.999**t)
        return w - 0.1 * mean / (square**0.5 + 1e-8)


# Both: what is remembered, and where


def shared(names: str) -> type[Rules]:
    """Rules that keep these values of the memory in one place for all weights."""

    class Shared(Rules):
        def __init__(self) -> None:
            self.memory: Memory = {}

        def together(self, rule: str, w: Any, g: Any, memory: Memory) -> Any:
            both = {**memory, **self.memory}
            result = getattr(super(), rule)(w, g, both)
            memory.update(both)
            self.memory.update((name, both[name]) for name in names.split() if name in both)
            return result

        def momentum(self, w: Any, g: Any, memory: Memory, *_: Any, **__: Any) -> Any:
            return self.together("momentum", w, g, memory)

        def adam(self, w: Any, g: Any, memory: Memory, *_: Any, **__: Any) -> Any:
            return self.together("adam", w, g, memory)

    return Shared


SHARED = (
    "With one weight this is right; with two, one weight's past moves the other. Keep what is remembered in the "
    "`memory` that came with the weight, not on `self`."
)
for place, names in enumerate(["v t mean square", "t", "mean square", "mean", "square"]):
    rules.wrong("state-shared", None if place else SHARED, by_probe=True)(shared(names))


@rules.wrong(
    "not-there-yet",
    "The memory is empty before the first step, so nothing can be read from it under that name. "
    '`memory.get("v", 0.0)` gives 0.0 until there is something.',
    by_probe=True,
)
class ReadsAnEmptyMemory(Rules):
    def momentum(self, w: Any, g: Any, memory: Memory, *_: Any, **__: Any) -> Any:
        return w - 0.1 * (0.9 * memory["v"] + g)

    def adam(self, w: Any, g: Any, memory: Memory, *_: Any, **__: Any) -> Any:
        return w - 0.1 * memory["mean"]


@rules.alternative
class OfTheEngine:
    rules = optimizers.SGD([Tensor(0.0)], 0.1, 0.9), optimizers.Adam([Tensor(0.0)], 0.1)

    def momentum(self, w: float, g: float, memory: Memory) -> Any:
        return self.rules[0].update(w, g, memory)

    def adam(self, w: float, g: float, memory: Memory) -> Any:
        return self.rules[1].update(w, g, memory)


@rules.alternative
class WithNegativeVelocity:
    @staticmethod
    def momentum(weight: float, slope: float, state: Memory, rate: float = 0.1, fade: float = 0.9) -> Any:
        state.setdefault("step", 0.0)
        state["step"] *= fade
        state["step"] -= rate * slope
        return weight + state["step"]

    @staticmethod
    def adam(weight: float, slope: float, state: Memory, rate: float = 0.1, tiny: float = 1e-8) -> Any:
        past = state.setdefault("past", [])
        past.append(slope)
        ages = range(len(past) - 1, -1, -1)
        mean = sum(0.1 * 0.9**age * one for age, one in zip(ages, past, strict=True)) / (1 - 0.9 ** len(past))
        square = sum(0.001 * 0.999**age * one**2 for age, one in zip(ages, past, strict=True))
        return weight - rate * mean / (math.sqrt(square / (1 - 0.999 ** len(past))) + tiny)


@rules.alternative
class WithArrays:
    def momentum(self, w: Any, g: Any, memory: Any, lr: Any = 0.1, m: Any = 0.9, dampening: float = 0.0) -> Any:
        memory[0] = np.multiply(m, memory[0]) + g if 0 in memory else np.asarray(g)
        return np.subtract(w, lr * memory[0])

    def adam(self, w: Any, g: Any, memory: Any, lr: Any = 0.1, b1: float = 0.9, b2: float = 0.999) -> Any:
        old, t = memory.get("means", np.zeros(2)), memory.get("t", 1)
        means = memory["means"] = np.array([b1, b2]) * old + (1 - np.array([b1, b2])) * np.array([g, g**2])
        memory["t"] = t + 1
        mean, square = means / (1 - np.power([b1, b2], t))
        return Tensor(w - lr * mean / (np.sqrt(square) + 1e-8))
