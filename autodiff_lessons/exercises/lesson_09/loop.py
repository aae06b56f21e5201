"""9.2: the training loop. It is compared by its gradients: a wrong one may end at the right weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import tensor
from autodiff_lessons.engine.functional import grad
from autodiff_lessons.engine.modes import no_grad
from autodiff_lessons.engine.optimizers import SGD
from autodiff_lessons.exercises.comparing import as_number, is_open
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Numbers = list[float]
Tensor: Any = tensor.Tensor  # whose grad may be None, but not where this code reads it


def in_numbers(result: Any, *_: Any) -> Any:
    """(w, gradients) in plain numbers, the gradients as an array: so rounding counts beside the largest of them."""
    if not isinstance(result, list | tuple) or len(result) != 2 or is_open(result):
        return result
    w, gradients = result
    numbers = list(map(as_number, gradients)) if isinstance(gradients, list | tuple) else [None]
    w = as_number(w.detach()) if hasattr(w, "detach") else w
    return w, gradients if None in numbers else np.array(numbers)


loop = FunctionExercise(
    "9.2",
    "Write the training loop",
    probes=[
        ([1.0], [2.0], 0.01, 1),
        ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 0.01, 1),
        ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 0.01, 100),
        ([-1.5, 0.5, 2.0], [-3.0, 2.0, 3.0], 0.05, 4),
    ],
    compared=in_numbers,
    stub="""\
@exercise("9.2")
def train(xs, ys, lr, epochs):
    w = Tensor(1.0, requires_grad=True)
    gradients = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            loss = ...  # of this pair
            ...  # go backwards
            gradients.append(...)  # the gradient of this step
            ...  # move w
            ...  # and the old gradient?
    return w, gradients
""",
    hints=[
        "One round is: forwards, backwards, step, forget. The loss of a pair is `(w * x - y) ** 2`. Which call fills "
        "`w.grad`?",
        "The step is no part of the model, so it must not be recorded. Inside of `with no_grad():`, write it with "
        "`-=`, which moves w itself and makes no new tensor.",
        "`loss.backward()`, then `gradients.append(w.grad.item())`, then `w -= lr * w.grad` under `with no_grad():`, "
        "and last `w.zero_grad()`: gradients add up until somebody wipes them.",
    ],
    takeaway="Forwards, backwards, step, forget. Every network is trained by this loop, however large it is.",
)


@loop.set_reference
def train(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w = Tensor(1.0, requires_grad=True)
    gradients = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            loss = (w * x - y) ** 2
            loss.backward()
            gradients.append(w.grad.item())
            with no_grad():
                w -= lr * w.grad
            w.zero_grad()
    return w, gradients


Step = Callable[[float, float, float], float]


def by_hand(gradient: Step, direction: float = -1.0) -> Callable[..., Any]:
    """A loop without mistakes but for its gradient, gradient(w, x, y), or the direction of its steps."""

    def train_by_hand(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
        w, gradients = 1.0, []
        for x, y in list(zip(xs, ys)) * epochs:
            gradients.append(gradient(w, x, y))
            w += direction * lr * gradients[-1]
        return w, gradients

    return train_by_hand


def right(w: float, x: float, y: float) -> float:
    return 2 * (w * x - y) * x


loop.wrong(
    "climbs",
    "The first gradient is right, but w moves uphill, and each loss is larger than the one before. Go against the "
    "gradient.",
)(by_hand(right, direction=1.0))

loop.wrong(
    "half-gradient",
    "Your gradients are half of what they should be. The loss is the squared error itself, and a square's slope is "
    "twice the error. That it ends near the same w hides the mistake.",
)(by_hand(lambda w, x, y: (w * x - y) * x))

loop.wrong(
    "slope-of-the-square-alone",
    "This is how the loss moves with the error. The way goes on to w: the error moves with w as fast as x is large.",
)(by_hand(lambda w, x, y: 2 * (w * x - y)))

loop.wrong(
    "not-squared",
    "These are gradients of the error itself. It has no lowest place; square it, and the loss has one.",
)(by_hand(lambda w, x, y: x))

loop.wrong("not-squared")(by_hand(lambda w, x, y: -x))

loop.wrong(
    "w-stays",
    "w never moved, so the gradients come again in each epoch. The step has to change the w that the next loss is "
    "computed with.",
)(by_hand(right, direction=0.0))


@loop.wrong(
    "not-wiped",
    "Gradients of earlier steps are in it: `w.grad` adds up what each backward pass brings. Wipe it after every step, "
    "`w.zero_grad()`.",
)
def never_wiped(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients, total = 1.0, [], 0.0
    for x, y in list(zip(xs, ys)) * epochs:
        total += right(w, x, y)
        gradients.append(total)
        w -= lr * total
    return w, gradients


@loop.wrong("not-wiped")
def wiped_once_an_epoch(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = 1.0, []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(xs, ys):
            total += right(w, x, y)
            gradients.append(total)
            w -= lr * total
    return w, gradients


# The update on the tape: the second step stops, in the words of what the code does with an empty `w.grad`


def reads_none(read: Callable[[Any], Any], recorded: bool) -> Callable[..., Any]:
    """A loop that does this with `w.grad`, which is None: at the second step, where w is a result; or at the first."""

    def train_recorded(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
        w = Tensor(1.0, requires_grad=True)
        gradients = []
        for x, y in list(zip(xs, ys)) * epochs:
            if recorded:
                ((w * x - y) ** 2).backward()
            gradients.append(read(w))
            w = w - lr * w.grad
        return w, gradients

    return train_recorded


READERS: tuple[Callable[[Any], Any], ...] = (
    lambda w: w.grad.item(),
    lambda w: w.grad,
    lambda w: w.grad.data,
    lambda w: float(w.grad),
    lambda w: w.grad.numpy(),
    lambda w: 1.0 * w.grad,
)
RECORDED = (
    "From the second step on `w.grad` is empty. If the step itself was recorded, w is a result by then, and no longer "
    "the leaf that you train: step under `with no_grad():`, and in place."
)
NO_GRADIENT = (
    "At the first step there is no gradient yet where you read it. It is w's, `w.grad`: `loss.backward()` fills it, so "
    "call that first, and wipe it only after the step."
)
for place, reader in enumerate(READERS):
    loop.wrong("update-recorded", None if place else RECORDED)(reads_none(reader, recorded=True))
    loop.wrong("no-gradient", None if place else NO_GRADIENT)(reads_none(reader, recorded=False))


@loop.wrong(
    "update-recorded-in-place",
    "The step is no part of the model, so nobody should record it. Take it under `with no_grad():`.",
)
def recorded_in_place(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w = Tensor(1.0, requires_grad=True)
    for x, y in zip(xs, ys):
        ((w * x - y) ** 2).backward()
        w -= lr * w.grad


@loop.wrong(
    "not-tracked-any-more",
    "After the first step nothing follows w: `w = ...` under `no_grad()`, or of `w.item()`, makes a new tensor that is "
    "not tracked. Change the old one in place: `w -= ...`.",
)
def new_tensor_untracked(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = Tensor(1.0, requires_grad=True), []
    for x, y in list(zip(xs, ys)) * epochs:
        error = w * x - y
        (error * error).backward()
        gradients.append(w.grad)
        w = Tensor(w.item() - lr * w.grad)
    return w, gradients


@loop.wrong(
    "one-step-an-epoch",
    "This takes one step an epoch, from all pairs together. Here each pair brings a step of its own.",
)
def step_by_the_sum(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = 1.0, []
    for _ in range(epochs):
        gradients.append(sum(right(w, x, y) for x, y in zip(xs, ys)))
        w -= lr * gradients[-1]
    return w, gradients


@loop.wrong("one-step-an-epoch")
def step_by_the_mean(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = 1.0, []
    for _ in range(epochs):
        gradients.append(sum(right(w, x, y) for x, y in zip(xs, ys)) / len(xs))
        w -= lr * gradients[-1]
    return w, gradients


@loop.wrong("one-step-an-epoch")
def step_by_what_added_up(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = 1.0, []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(xs, ys):
            total += right(w, x, y)
            gradients.append(total)
        w -= lr * total
    return w, gradients


@loop.wrong(
    "one-epoch-only",
    "All epochs but the first are missing. Is the `return` inside of a loop? It belongs behind both.",
)
def one_epoch(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    return train(xs, ys, lr, 1)


@loop.wrong(
    "rate-forgotten",
    "The first gradient is right, but this steps by the whole of it, and jumps over the lowest place. The learning "
    "rate makes the step small.",
)
def whole_gradients(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    return train(xs, ys, 1.0, epochs)


@loop.wrong("steps-for-gradients", "You collected the steps. The list is for what `w.grad` holds, without the rate.")
def steps_collected(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = train(xs, ys, lr, epochs)
    return w, [lr * gradient for gradient in gradients]


@loop.wrong("steps-for-gradients")
def moves_collected(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = train(xs, ys, lr, epochs)
    return w, [-lr * gradient for gradient in gradients]


@loop.wrong(
    "wiped-before-it-was-kept",
    "w moves as it should, but each gradient was wiped before it came into the list. Append it before `w.zero_grad()`.",
)
def kept_too_late(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, gradients = train(xs, ys, lr, epochs)
    return w, [None for _ in gradients]


@loop.wrong("losses-for-gradients", "You collected the losses. The list is for the gradients, what `w.grad` holds.")
def losses_collected(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w, losses = 1.0, []
    for x, y in list(zip(xs, ys)) * epochs:
        losses.append((w * x - y) ** 2)
        w -= lr * right(w, x, y)
    return w, losses


loop.alternative(by_hand(right))


@loop.alternative
def outside_of_the_graph(inputs: Numbers, targets: Numbers, rate: float, rounds: int = 1) -> Any:
    weight, seen, step = Tensor(1.0, requires_grad=True), [], 0
    while step < rounds * len(inputs):
        x, y = inputs[step % len(inputs)], targets[step % len(inputs)]
        weight.zero_grad()
        error = y - x * weight
        (error * error).backward()
        seen.append(weight.grad)
        weight.data = weight.data - rate * weight.grad.data
        step += 1
    return [weight.item(), seen]


@loop.alternative
def with_an_optimizer(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    w = Tensor(np.array([1.0]), requires_grad=True)
    optimizer, gradients = SGD([w], lr=lr), []
    for x, y in list(zip(xs, ys)) * epochs:
        optimizer.zero_grad()
        np.sum((w * x - y) ** 2).backward()
        gradients.append(w.grad.item())
        optimizer.step()
    return w.item(), tuple(gradients)


@loop.alternative
def by_recursion(xs: Numbers, ys: Numbers, lr: float, epochs: int) -> Any:
    def from_here(w: float, pairs: list[tuple[float, float]]) -> Any:
        if not pairs:
            return w, []
        (x, y), *rest = pairs
        slope = grad(lambda w: (w * x - y) ** 2)(w)
        end, later = from_here(w - lr * slope, rest)
        return end, [slope, *later]

    w, gradients = 1.0, []
    for _ in range(epochs):
        w, new = from_here(w, list(zip(xs, ys)))
        gradients += new
    return w, gradients
