"""The same exercise with other numbers: drawn anew, checked in the same way.

An exercise says how its numbers are drawn and what the right values are for any of them. Of its wrong answers those
take part that are written for any numbers: whose functions have the numbers' names as parameters.
"""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autodiff_lessons.exercises.comparing import same, short

if TYPE_CHECKING:
    from autodiff_lessons.exercises.value_exercise import ValueExercise

MOST_DRAWS = 1000


@dataclass(frozen=True)
class Variants:
    """How an exercise is drawn anew.

    draw   the numbers of one variant, by name, from a random.Random
    truth  the right values for these numbers, by field: truth(**numbers)
    """

    draw: Callable[[random.Random], Mapping[str, Any]]
    truth: Callable[..., Mapping[str, Any]]


def drawn(exercise: ValueExercise, number: int) -> ValueExercise:
    """Variant `number` of an exercise that has variants; the same number gives the same numbers for ever.

    Numbers at which a wrong answer would look right are not taken.
    """
    variants = exercise.variants
    assert variants is not None
    chance = random.Random(f"{exercise.id} {number}")
    for _ in range(MOST_DRAWS):
        numbers = dict(variants.draw(chance))
        truth = dict(variants.truth(**numbers))
        general = [one for one in exercise.wrong_answers if _is_general(one.code, numbers)]
        wrong = [replace(one, code=functools.partial(one.code, **numbers)) for one in general]
        if all(_tells(one.code(), truth) for one in wrong):
            break
    else:
        raise AssertionError(f"{exercise.id} has no variant in which every wrong answer is wrong")
    made: ValueExercise = exercise.copied()
    made.title = f"{exercise.title}, variant {number}"
    made.given = ", ".join(f"{name} = {short(value)}" for name, value in numbers.items())
    made.wrong_answers = wrong
    made.set_reference(lambda: truth)
    if exercise.graph is not None:
        made.graph = replace(exercise.graph, inputs={**exercise.graph.inputs, **numbers})
    return made


def _is_general(code: Callable[..., Any], numbers: Mapping[str, Any]) -> bool:
    return set(inspect.signature(code).parameters) == set(numbers)


def _tells(wrong: Mapping[str, Any], truth: Mapping[str, Any]) -> bool:
    """Whether every value of a wrong answer differs from the right one."""
    return not any(same(value, truth[name]) for name, value in wrong.items())
