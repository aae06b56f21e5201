"""6.1: what a node sends to each parent."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.small_engine.rules import contributions
from autodiff_lessons.small_engine.var import VALUES, Var

FORMULAS: dict[str, Callable[..., Var]] = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "sin(a)": lambda a: np.sin(a),
    "cos(a)": lambda a: np.cos(a),
    "log(a)": lambda a: np.log(a),
    "exp(a)": lambda a: np.exp(a),
    "a + a": lambda a: a + a,
    "a * a": lambda a: a * a,
    "a - a": lambda a: a - a,
}


def what_is_sent(code: Any, formula: str, inputs: tuple[float, ...], upstream: float) -> Any:
    """Ask the code what the node `formula` sends, and call the parents by their names."""
    leaves = [Var(value) for value in inputs]
    node = FORMULAS[formula](*leaves)
    return _by_name(code(node, upstream), dict(zip(leaves, "ab", strict=False)))


def _by_name(sent: Any, names: dict[Var, str]) -> Any:
    """{"a": amount, ...}; pairs (parent, amount) are as good as a dict, however often a parent stands in them."""
    if isinstance(sent, Mapping):
        strangers = [key for key in sent if not isinstance(key, Var)]
        if strangers:
            raise Unfit(
                f"a dict with the key {short(strangers[0])}. Its keys are the nodes in `node.parents` themselves."
            )
        return {names.get(parent, parent): amount for parent, amount in sent.items()}
    if isinstance(sent, Iterator):
        sent = list(itertools.islice(sent, 10))
    if not isinstance(sent, list | tuple) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in sent
    ):
        return sent
    if not sent or not all(isinstance(parent, Var) and parent in names for parent, _ in sent):
        return sent
    sums: dict[str, Any] = {}
    for parent, amount in sent:
        sums[names[parent]] = sums.get(names[parent], 0.0) + amount
    return sums


local_rules = FunctionExercise(
    "6.1",
    "Write the local rules",
    probes=[
        ("a + b", (2.0, 5.0), 3.0),
        ("a - b", (2.0, 5.0), 3.0),
        ("a * b", (2.0, 5.0), 3.0),
        ("a / b", (2.0, 5.0), 3.0),
        ("sin(a)", (2.0,), 3.0),
        ("cos(a)", (2.0,), 3.0),
        ("log(a)", (2.0,), 3.0),
        ("exp(a)", (1.5,), 3.0),
        ("a + a", (2.0,), 1.0),
        ("a * a", (2.0,), 3.0),
        ("a - a", (2.0,), 3.0),
    ],
    use=what_is_sent,
    stub="""\
@exercise("6.1")
def contributions(node, upstream):
    slopes = {
        None: lambda out: [],
        "+": lambda out, a, b: [1, 1],
        "-": ...,
        "*": ...,
        "/": ...,
        "sin": lambda out, a: [np.cos(a)],
        "cos": ...,
        "log": ...,
        "exp": ...,
    }
    sent = {parent: 0.0 for parent in node.parents if parent.requires_grad}
    found = slopes[node.op](node.value, *[parent.value for parent in node.parents])
    for parent, slope in zip(node.parents, found, strict=True):
        if parent in sent:
            ...
    return sent
""",
    hints=[
        "A rule gives one slope for each input: move that input a little and hold the other still. What `a - b` does "
        "when b grows is the opposite of what it does when a grows.",
        "For `a * b`, each input's slope is the other input. For `a / b`, write it as a times 1/b: the slope of 1/b is "
        "minus 1/b². The slope of exp is exp itself, and that number is there already, as `out`.",
        "The loop: what a parent receives is `upstream * slope`. In `a + a` the same parent comes by twice, so add to "
        "`sent[parent]` with `+=`.",
    ],
    takeaway="A node knows its own rule and what arrives from above, and needs no more. Every engine is built of this.",
)

local_rules.set_reference(contributions)


def slopes_of(node: Var) -> list[float]:
    """The right slopes of a node, one for each place in `node.parents`."""
    assert node.op is not None
    apart = Var.apply(node.op, *[Var(parent.value) for parent in node.parents])
    return list(contributions(apart, 1.0).values())


def sent_with(op: str, rule: Callable[..., list[float]]) -> Callable[..., dict[Var, float]]:
    """A solution that is right but for one rule, rule(out, *inputs)."""

    def with_one_rule_wrong(node: Var, upstream: float) -> dict[Var, float]:
        values = [parent.value for parent in node.parents]
        slopes = rule(node.value, *values) if node.op == op else slopes_of(node)
        sent = dict.fromkeys(node.parents, 0.0)
        for parent, slope in zip(node.parents, slopes, strict=True):
            sent[parent] += upstream * slope
        return sent

    return with_one_rule_wrong


@local_rules.wrong(
    "overwrites",
    "In this formula two arrows lead to a, and only one of their pushes is there. Add each to what has arrived before "
    "(`+=`); `=` would keep the last one only.",
    by_probe=True,
)
def last_arrow_only(node: Var, upstream: float) -> dict[Var, float]:
    return {parent: upstream * slope for parent, slope in zip(node.parents, slopes_of(node), strict=True)}


local_rules.wrong(
    "quotient-sign",
    "If b grows, a / b shrinks (here both are positive). So the slope for b has a minus in front: -a / b².",
    by_probe=True,
)(sent_with("/", lambda out, a, b: [1 / b, a / b**2]))

local_rules.wrong(
    "exp-of-input",
    "You used the input as the slope. The exponential is its own derivative: its slope is its value, which the rule "
    "gets as `out`.",
    by_probe=True,
)(sent_with("exp", lambda out, a: [a]))


@local_rules.wrong(
    "late-binding",
    "Several slopes are the one that came last. If you make functions in a loop: they read the loop's variable when "
    "they are called, after the loop. Bind it with `slope=slope`.",
)
def senders_made_in_a_loop(node: Var, upstream: float) -> dict[Var, float]:
    senders: list[Callable[[], float]] = []
    for slope in slopes_of(node):
        senders.append(lambda: upstream * slope)  # noqa: B023  (the mistake itself)
    sent = dict.fromkeys(node.parents, 0.0)
    for parent, sender in zip(node.parents, senders, strict=True):
        sent[parent] += sender()
    return sent


@local_rules.wrong("late-binding")
def senders_made_in_a_loop_and_one_lost(node: Var, upstream: float) -> dict[Var, float]:
    senders: list[Callable[[], float]] = [lambda: upstream * slope for slope in slopes_of(node)]  # noqa: B023
    return {parent: sender() for parent, sender in zip(node.parents, senders, strict=True)}


OF_ONE_INPUT: dict[str, Callable[..., float]] = {
    "sin": lambda out, a: np.cos(a),
    "cos": lambda out, a: -np.sin(a),
    "log": lambda out, a: 1 / a,
    "exp": lambda out, a: out,
}


def rules_made_in_a_loop(slopes: dict[str, Callable[..., float]], last: str) -> Callable[..., dict[Var, float]]:
    """The rules of these functions come out of a loop that ends with `last`."""

    def with_rules_made_in_a_loop(node: Var, upstream: float) -> dict[Var, float]:
        rules = {}
        for op in sorted(slopes, key=last.__eq__):
            rules[op] = lambda *values: slopes[op](*values)  # noqa: B023
        if node.op not in rules:
            return contributions(node, upstream)
        values = [parent.value for parent in node.parents]
        return {node.parents[0]: upstream * rules[node.op](node.value, *values)}

    return with_rules_made_in_a_loop


for _last in OF_ONE_INPUT:
    local_rules.wrong("late-binding")(rules_made_in_a_loop(OF_ONE_INPUT, _last))
local_rules.wrong("late-binding")(rules_made_in_a_loop({**OF_ONE_INPUT, "exp": lambda out, a: np.exp(a)}, "exp"))


@local_rules.wrong("late-binding")
def all_rules_made_in_a_loop(node: Var, upstream: float) -> dict[Var, float]:
    rules = {}
    for op in VALUES:  # the last is exp, whose rule can't be called with two inputs
        rules[op] = lambda *values: OF_ONE_INPUT[op](*values)  # noqa: B023
    slope = rules[node.op or ""](node.value, *[parent.value for parent in node.parents])
    return dict.fromkeys(node.parents, upstream * slope)


local_rules.wrong(
    "own-value-as-slope",
    "Each input got its own value. Move a a little: how much a * b moves is decided by the other factor.",
    by_probe=True,
)(sent_with("*", lambda out, a, b: [a, b]))

local_rules.wrong(
    "difference-sign",
    "If b grows, a - b shrinks. Its slope for b is -1.",
    by_probe=True,
)(sent_with("-", lambda out, a, b: [1, 1]))

local_rules.wrong(
    "cosine-sign",
    "Just after its top the cosine falls, and there the sine is positive. Its slope is the sine with a minus in front.",
    by_probe=True,
)(sent_with("cos", lambda out, a: [np.sin(a)]))


@local_rules.wrong(
    "upstream-forgotten",
    "You sent the slope alone. It says how `node` moves with its parent; how the output moves with `node` is "
    "`upstream`. The chain rule multiplies the two.",
)
def slopes_alone(node: Var, upstream: float) -> dict[Var, float]:
    return contributions(node, 1.0)


@local_rules.wrong("upstream-forgotten")
def slopes_alone_and_one_lost(node: Var, upstream: float) -> dict[Var, float]:
    return dict(zip(node.parents, slopes_of(node), strict=True))


@local_rules.wrong(
    "slope-forgotten",
    "Every parent received all that arrived at the node. Each is to receive `upstream` times its own slope.",
)
def upstream_alone(node: Var, upstream: float) -> dict[Var, float]:
    return {parent: upstream * node.parents.count(parent) for parent in node.parents}


@local_rules.wrong("slope-forgotten")
def upstream_alone_and_one_lost(node: Var, upstream: float) -> dict[Var, float]:
    return dict.fromkeys(node.parents, upstream)


@local_rules.wrong(
    "nothing-sent",
    "Every parent is there, and each received nothing. Is there a line in the loop that adds to `sent[parent]`?",
)
def loop_left_empty(node: Var, upstream: float) -> dict[Var, float]:
    return dict.fromkeys(node.parents, 0.0)


@local_rules.alternative
def by_cases(node: Var, upstream: float) -> dict[Var, float]:
    first, last = node.parents[0], node.parents[-1]
    sent = {first: 0.0, last: 0.0}
    match node.op:
        case "+" | "-":
            sent[first] += upstream
            sent[last] += upstream if node.op == "+" else -upstream
        case "*":
            sent[first] += last.value * upstream
            sent[last] += first.value * upstream
        case "/":
            sent[first] += upstream / last.value
            sent[last] -= upstream * node.value / last.value
        case "sin":
            sent[first] = upstream * math.cos(first.value)
        case "cos":
            sent[first] = -upstream * math.sin(first.value)
        case "log":
            sent[first] = upstream / first.value
        case "exp":
            sent[first] = upstream * math.exp(first.value)
    return sent


@local_rules.alternative
def as_pairs(one: Var, bar: float, scale: float = 1.0) -> Iterator[tuple[Var, Any]]:
    yield from ((parent, scale * bar * slope) for parent, slope in zip(one.parents, slopes_of(one), strict=True))


@local_rules.alternative
def by_numpy(node: Var, upstream: float) -> dict[Var, Any]:
    a, b = (np.float64(parent.value) for parent in (node.parents[0], node.parents[-1]))
    table = {"+": [1, 1], "-": [1, -1], "*": [b, a], "/": [1 / b, -a / b / b]}
    table |= {"sin": [np.cos(a)], "cos": [-np.sin(a)], "log": [np.reciprocal(a)], "exp": [node.value]}
    amounts = upstream * np.array(table[node.op or ""])
    places = {parent: [one is parent for one in node.parents] for parent in node.parents}
    return {parent: amounts[places[parent]].sum() for parent in places}
