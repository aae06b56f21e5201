"""8.2: five snippets whose gradient is None, each for its own reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects import tf
from autodiff_lessons.exercises.value_exercise import ValueExercise

# The snippets of the lesson: the tape, the target, the source.


def snippet_1() -> Any:
    x = tf.Variable([2.0, 5.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(np.square(x))
    return tape, y, x


def snippet_2() -> Any:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        n = tf.cast(x, tf.int32)
        y = n * n
    return tape, y, x


def snippet_3() -> Any:
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    return tape, y, x


def snippet_4() -> Any:
    x = tf.Variable(2.0)
    x = x + 1.0  # type: ignore[assignment]  # that is the point
    with tf.GradientTape() as tape:
        y = x * x
    return tape, y, x


def snippet_5() -> Any:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = x + 1.0  # noqa: F841  (the block records something else)
    y = x * x
    return tape, y, x


SNIPPETS: list[Callable[[], Any]] = [snippet_1, snippet_2, snippet_3, snippet_4, snippet_5]

causes = ValueExercise(
    "8.2",
    "Say why it is None",
    choices={"none_says": ("the slope is 0", "no way was recorded")},
    stub="""\
answer(
    "8.2",
    unwatched=...,  # which snippet computes with a constant that nobody watches?
    outside=...,  # which one computes y outside of the block?
    numpy=...,  # which one leaves the tensors for plain numbers?
    integer=...,  # which one goes through whole numbers?
    rebound=...,  # which one gives the variable's name to another tensor?
    none_says=...,  # "the slope is 0" or "no way was recorded"
)
""",
    hints=[
        "Go through a snippet line by line, as the tape does. Is x watched? Is y computed inside the block? Does every "
        "step from x to y take tensors of floating-point numbers and give one?",
        "What matters is the object, not the name. Where a line begins with `x =`, ask what x is afterwards.",
        "In a new cell, `tape, y, x = snippet_1()` and then `tape.explain(y, x)` says it in a sentence.",
    ],
    takeaway="None says that the tape knows no way from the source to the target. Zero would be an answer; this is "
    "none.",
)


@causes.set_reference
def matched() -> dict[str, Any]:
    return {
        "unwatched": 3,
        "outside": 5,
        "numpy": 1,
        "integer": 2,
        "rebound": 4,
        "none_says": "no way was recorded",
    }


@causes.wrong(
    "none-means-zero",
    "A slope of 0 says that y does not move when x moves. In snippet 3, y = x * x, and it does move: the tape only "
    "does not know how.",
)
def zero() -> dict[str, Any]:
    return {"none_says": "the slope is 0"}


@causes.wrong(
    "counted-from-zero",
    "The snippets are counted from 1, as their names say.",
    whole=True,
)
def from_zero() -> dict[str, Any]:
    return {"unwatched": 2, "outside": 4, "numpy": 0, "integer": 1, "rebound": 3}


def elsewhere(cause: str, misconception: str, sentence: str) -> None:
    """Whichever other snippet is named for this cause, the same sentence helps."""
    keep = causes.wrong(misconception, sentence)
    for number in range(1, len(SNIPPETS) + 1):
        if number != matched()[cause]:
            keep(lambda number=number: {cause: number})


elsewhere(
    "unwatched",
    "constant-overlooked",
    "Look for the x that was never a variable, and that nobody handed to `tape.watch`.",
)
elsewhere(
    "outside",
    "block-overlooked",
    "Look at the indentation: which y is computed where the tape no longer listens?",
)
elsewhere(
    "numpy",
    "plain-numbers-overlooked",
    "Look at each function on the way from x to y: whose is it, and does it give back a tensor?",
)
elsewhere(
    "integer",
    "whole-numbers-overlooked",
    "Look at the type of the numbers on the way from x to y. A whole number can't move by a little.",
)
elsewhere(
    "rebound",
    "rebinding-overlooked",
    "Look for a name that is a variable in one line and something else after the next. What does it stand for in the "
    "block?",
)


@causes.alternative
def by_asking_the_tape() -> dict[str, Any]:
    words = {
        "unwatched": "constant tensor that the tape never watched",
        "outside": "outside of the tape's block",
        "numpy": "NumPy detour",
        "integer": "int32",
        "rebound": "a variable no more",
    }
    explained = [tape.explain(y, x) for tape, y, x in (snippet() for snippet in SNIPPETS)]
    found = {cause: [said in one for one in explained].index(True) + 1 for cause, said in words.items()}
    return {**found, "none_says": "No way was recorded."}


@causes.alternative
def as_floats() -> dict[str, Any]:
    numbers = np.array([3.0, 5.0, 1.0, 2.0, 4.0])
    names = ("unwatched", "outside", "numpy", "integer", "rebound")
    return {**dict(zip(names, numbers, strict=True)), "none_says": " no way was recorded "}
