"""6.2 and 6.3: what a run of the engine gives with an untracked input, and what is wrong with the recursive engine."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.value_exercise import ValueExercise
from autodiff_lessons.exercises.variants import Variants
from autodiff_lessons.small_engine.order import backward
from autodiff_lessons.small_engine.recursive import RecursiveVar, recursive_backward
from autodiff_lessons.small_engine.var import Var


def f(x: Any, y: Any) -> Any:
    return np.log(x) + x * y - np.sin(y)


# 6.2: f at (2, 5), with y untracked

run_by_hand = ValueExercise(
    "6.2",
    "Run it with y untracked",
    hints=[
        "Two arrows lead to x: one from log(x), one from x * y. What does each bring, if the output starts with 1?",
        "Nothing moves before the output has its seed: `z.grad = 1.0`. Then go back from the output, a node at a time.",
        "y was made with `requires_grad=False`. Print `y.grad` and look: it is no number.",
    ],
    takeaway="The seed starts the pass, and a leaf that nobody tracks has no gradient. That is not the same as 0.",
)


@run_by_hand.set_reference
def through_log_and_product() -> dict[str, Any]:
    return {"x_grad": 1 / 2 + 5, "y_grad": None}


def other_numbers(chance: random.Random) -> dict[str, float]:
    """Numbers for a variant, whose 1 / x has few digits."""
    return {"x": chance.choice([0.5, 1, 2, 4, 5]), "y": chance.randint(2, 9)}


def through_log_and_product_at(x: float, y: float) -> dict[str, Any]:
    return {"x_grad": 1 / x + y, "y_grad": None}


run_by_hand.variants = Variants(other_numbers, through_log_and_product_at)


@run_by_hand.wrong(
    "no-seed",
    "Nothing flowed: each node multiplies what arrives, and nothing arrived at the output. Give it its seed first, "
    "the derivative of the output by itself: 1.",
)
def nothing_flows(x: float = 2, y: float = 5) -> dict[str, Any]:
    return {"x_grad": 0.0}


@run_by_hand.wrong(
    "untracked-as-zero",
    "Zero would say that f stays the same when y moves, and it does not. Nobody asked for this derivative, so there is "
    "no number here.",
)
def zero_for_untracked(x: float = 2, y: float = 5) -> dict[str, Any]:
    return {"y_grad": 0.0}


@run_by_hand.wrong(
    "one-arrow",
    "That came by one arrow. Two lead to x, from log(x) and from x * y: add what they bring.",
)
def through_the_product(x: float = 2, y: float = 5) -> dict[str, Any]:
    return {"x_grad": y}


@run_by_hand.wrong("one-arrow")
def through_the_logarithm(x: float = 2, y: float = 5) -> dict[str, Any]:
    return {"x_grad": 1 / x}


@run_by_hand.wrong(
    "tracked-all-the-same",
    "That is the derivative of f by y. But y was made with `requires_grad=False`: what does its `grad` hold then?",
)
def derivative_by_y(x: float = 2, y: float = 5) -> dict[str, Any]:
    return {"y_grad": x - np.cos(y)}


@run_by_hand.wrong(
    "in-quotes",
    "This is a text. Python has a word of its own for nothing: write it without quotes.",
)
def nothing_as_text(x: float = 2, y: float = 5) -> dict[str, Any]:
    return {"y_grad": "None"}


@run_by_hand.wrong("in-quotes")
def nothing_as_a_small_text(x: float = 2, y: float = 5) -> dict[str, Any]:
    return {"y_grad": "none"}


@run_by_hand.alternative
def by_the_small_engine() -> dict[str, Any]:
    x, y = Var(2.0), Var(5.0, requires_grad=False)
    backward(f(x, y))
    return {"x_grad": x.grad, "y_grad": y.grad}


@run_by_hand.alternative
def by_the_courses_engine() -> dict[str, Any]:
    x, y = Tensor(2.0, requires_grad=True), Tensor(5.0)
    f(x, y).backward()
    return {"x_grad": x.grad, "y_grad": y.grad}


# 6.3: the recursive engine on a = x * x; b = a + a at x = 3, and on twenty doublings

diagnosis = ValueExercise(
    "6.3",
    "Find the fault",
    choices={"cause": ("assign", "floating point", "sends again", "rule of +")},
    stub="""\
# What goes wrong in b = a + a? The cause is one of these:
#   "assign"          gradients should be set with =, not added to with +=
#   "floating point"  numbers are rounded on the way
#   "sends again"     a is called once for each arrow, and sends all it has each time
#   "rule of +"       the rule of + must not send 1 to a twice
answer("6.3", x_grad=..., calls=..., cause=...)
""",
    hints=[
        "Play the engine on paper. b runs its rule: what does a hold then? Now b calls `backward()` on each of its "
        "parents. Its parents are a and a.",
        "At each call a runs its rule, with all that it holds. So x receives the same amount once more.",
        "For the calls, draw three doublings. The output is called once, the node below it by two arrows, the next by "
        "two arrows from each of those calls. Add the rows up, leaf included.",
    ],
    takeaway="A node may send once, when all has arrived. Called more often, it is wrong, and the calls explode.",
)


@diagnosis.set_reference
def by_the_rules_of_recursion() -> dict[str, Any]:
    return {"x_grad": 2 * (2 * (3 + 3)), "calls": 2**21 - 1, "cause": "sends again"}


@diagnosis.wrong(
    "true-derivative",
    "That is the derivative. This engine gives another number: count how often b calls `a.backward()`, and what a "
    "sends at each call.",
)
def what_it_should_be() -> dict[str, Any]:
    return {"x_grad": 2 * (3 + 3)}


@diagnosis.wrong(
    "rule-and-calls-mixed",
    "You let a send after the first arrow, and again after the second. But b runs its whole rule first, and only then "
    "calls its parents.",
)
def a_call_after_each_arrow() -> dict[str, Any]:
    return {"x_grad": 1 * (3 + 3) + 2 * (3 + 3)}


@diagnosis.wrong(
    "one-call-a-node",
    "That is the number of nodes. This engine calls a node once for each arrow that leaves it, and for each call of "
    "the node above.",
)
def calls_as_nodes() -> dict[str, Any]:
    return {"calls": 20 + 1}


@diagnosis.wrong(
    "two-calls-a-node",
    "Two arrows lead to each node, but the node above is itself called more than once, and follows both at each call. "
    "So the calls double at each step.",
)
def calls_as_arrows() -> dict[str, Any]:
    return {"calls": 2 * 20 + 1}


@diagnosis.wrong(
    "leaf-calls-only",
    "That is how often the leaf is called. All the nodes above it are called too: 1 + 2 + 4 + ... down to the leaf.",
)
def last_row() -> dict[str, Any]:
    return {"calls": 2**20}


@diagnosis.wrong(
    "one-too-many",
    "Nearly. Add 1 + 2 + 4 for two doublings and compare with 2 * 2 * 2: what is the difference?",
)
def next_power() -> dict[str, Any]:
    return {"calls": 2**21}


@diagnosis.wrong(
    "assign-for-add",
    "With `=`, x in f would keep one of 5 and 0.5 and lose the other. Adding is right: what is added more than once?",
)
def should_assign() -> dict[str, Any]:
    return {"cause": "assign"}


@diagnosis.wrong(
    "floating-point",
    "Rounding shows in the sixteenth digit. This number is twice the true one: look for something that happens twice.",
)
def rounded_on_the_way() -> dict[str, Any]:
    return {"cause": "floating point"}


@diagnosis.wrong(
    "rule-of-the-sum",
    "The rule is right: two arrows bring 1 each, and a holds 2, which is db/da. The fault comes after that.",
)
def rule_sends_twice() -> dict[str, Any]:
    return {"cause": "rule of +"}


@diagnosis.alternative
def by_running_it() -> dict[str, Any]:
    x = RecursiveVar(3.0)
    a = x * x
    recursive_backward(a + a)
    calls = 1
    for _ in range(20):
        calls = 1 + 2 * calls
    return {"x_grad": x.grad, "calls": calls, "cause": "Sends again."}


@diagnosis.alternative
def as_floats() -> dict[str, Any]:
    return {"x_grad": np.float64(24), "calls": float(sum(2**row for row in range(21))), "cause": "sends_again"}
