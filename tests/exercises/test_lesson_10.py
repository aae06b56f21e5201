"""Lesson 10: the course's numbers, honest answers in other styles, and answers at the edge of what a check tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask
import numpy as np
import pytest

from autodiff_lessons import grad
from autodiff_lessons.engine.primitives import find, register_gradient
from autodiff_lessons.exercises import get
from autodiff_lessons.exercises.lesson_10.sharding import LOSSES, OTHER
from autodiff_lessons.graph import Draft, Graph, trace

Sent = Callable[[Any, Graph, Any, int, int], list[Any]]  # (draft, graph, slope, a, b): what a and b are sent
Code = Callable[..., Any]


# 10.1


def product(draft: Any, graph: Graph, slope: Any, a: int, b: int) -> list[Any]:
    return [slope * draft[b], slope * draft[a]]


def power(draft: Any, graph: Graph, slope: Any, a: int, b: int) -> list[Any]:
    n = graph.nodes[b].value
    return [slope * n * draft[a] ** (n - 1)]


def derivative(mul: Sent = product, pow: Sent = power, seed: Any = 1, first: bool = False) -> Code:
    def code(graph: Graph, x: str) -> Any:
        draft, slope = Draft(graph), [0.0] * len(graph)
        slope[graph.result] = seed
        for place in range(len(graph) - 1, -1, -1):
            node = graph.nodes[place]
            if node.kind not in ("add", "mul", "pow"):
                continue
            s, (a, b) = slope[place], node.inputs
            sent = [s, s] if node.kind == "add" else (mul if node.kind == "mul" else pow)(draft, graph, s, a, b)
            for one, amount in zip((a, b), sent, strict=False):
                slope[one] = slope[one] + amount
        return draft.finished(slope[0 if first else graph.arguments[x]])

    return code


def by_factors(draft: Any, graph: Graph, slope: Any, a: int, b: int) -> list[Any]:
    made = float(graph.nodes[b].value)
    for _ in range(int(graph.nodes[b].value) - 1):
        made = made * draft[a]
    return [slope * made]


HONEST: dict[str, Code] = {
    "the exponent as a node": derivative(pow=lambda d, g, s, a, b: [s * d[b] * d[a] ** (d[b] - 1)]),
    "a power of floats": derivative(
        pow=lambda d, g, s, a, b: [g.nodes[b].value * d[a] ** (g.nodes[b].value - 1.0) * s]
    ),
    "NumPy's names": derivative(lambda d, g, s, a, b: [np.multiply(d[b], s), np.multiply(d[a], s)]),
    "a power as a product": derivative(pow=by_factors),
    "the engine's own": lambda graph, x: graph.derivative(x),
    "simplified": lambda graph, x: derivative()(graph, x).simplify(),
}


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST)
def test_honest_derivative_graphs(code: Code) -> None:
    assert get("10.1").check(code).status == "correct"


EDGES: dict[str, tuple[Code, str | None, str]] = {
    "numbers": (lambda graph, x: 7.0, "numbers-for-a-graph", "gave one number where a graph is needed"),
    "a text": (lambda graph, x: "2*x + 3", None, "gave text where a graph is needed"),
    "nothing": (
        lambda graph, x: [Draft(graph)].clear(),
        None,
        "gave None where a graph is needed. Is a `return` missing?",
    ),
    "a node": (lambda graph, x: Draft(graph)[x], None, "`draft.finished(...)` makes the graph that ends in it"),
    "no seed": (derivative(seed=0), None, 'derivative_graph(x**2 + 3*x + 2, "x").run(2)` gave `0`'),
    "the first input": (derivative(first=True), None, 'derivative_graph(3*x*y + y**2, "y").run(2, 5)` gave `15`'),
    "one factor": (derivative(lambda d, g, s, a, b: [s * d[b]]), None, "gave `4`"),
    "added": (derivative(lambda d, g, s, a, b: [s + d[b], s + d[a]]), None, "gave `8`"),
    "a place": (derivative(pow=lambda d, g, s, a, b: [s * 2 * a]), None, "gave `3`"),
    "two slips": (
        derivative(lambda d, g, s, a, b: [d[b], d[a]], lambda d, g, s, a, b: [s * 2 * d[a] ** 2]),
        None,
        "gave `11`",
    ),
}


@pytest.mark.parametrize(("code", "misconception", "shown"), EDGES.values(), ids=EDGES)
def test_derivative_graphs_at_the_edge(code: Code, misconception: str | None, shown: str) -> None:
    outcome = get("10.1").check(code)
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
    assert shown in outcome.message


def test_the_parabola_of_the_course_twice() -> None:
    made = get("10.1").reference(trace(lambda x: x**2 + 3 * x + 2, 2.0), "x")
    assert [made.run(2.0), get("10.1").reference(made, "x").run(2.0)] == [7.0, 2.0]


# 10.2


def table(
    rule: Code = lambda op, grad: grad * (1 - op.outputs[0] ** 2),
    look_up: Code = lambda rules, op, grad: rules[op.name](op, grad),
    keep: Code = lambda rules, name, rule: rules.update({name: rule}),
    leave: Code = lambda rule: rule,
    third: Code = lambda tanh: tanh,
) -> Code:
    def code() -> Any:
        rules: dict[str, Code] = {}

        def register(name: str) -> Code:
            def decorator(function: Code) -> Any:
                keep(rules, name, function)
                return leave(function)

            return decorator

        return register, lambda op, grad: look_up(rules, op, grad), third(register("tanh")(rule))

    return code


def table_of_the_engine() -> Any:
    """Registers in the course's own table, and looks up there."""

    def gradient(op: Any, grad: Any) -> Any:
        rule = find(op.name).registered
        if rule is None:
            raise LookupError(op.name)
        return rule(op, grad)

    return register_gradient, gradient, register_gradient("tanh")(lambda op, grad: grad * (1 - op.outputs[0] ** 2))


TABLES: dict[str, tuple[Code, str, str | None, str]] = {
    "tanh anew": (table(lambda op, grad: grad * (1 - np.tanh(op.inputs[0]) ** 2)), "correct", None, ""),
    "in a list": (table(lambda op, grad: [grad / np.cosh(op.inputs[0]) ** 2]), "correct", None, ""),
    "wrapped": (table(leave=lambda rule: lambda *given: rule(*given)), "correct", None, ""),
    "another sign": (table(lambda op, grad: -grad * (1 - op.outputs[0] ** 2)), "incorrect", None, "gave `-0.786"),
    "grad added": (table(lambda op, grad: grad + 1 - op.outputs[0] ** 2), "incorrect", None, "gave `1.786"),
    "not kept": (table(keep=lambda rules, name, rule: None), "incorrect", None, "stopped with KeyError: 'tanh'"),
    "kept by its own name": (
        table(keep=lambda rules, name, rule: rules.update({rule.__name__: rule})),
        "incorrect",
        None,
        "stopped with KeyError: 'tanh'",
    ),
    "no third": (table(third=lambda tanh: None), "incorrect", None, "gave None in the place of `tanh_gradient`."),
    "no decorated": (
        table(leave=lambda rule: None),
        "incorrect",
        "decorator-returns-none",
        "in the place of `tanh_gradient`, and of every function that `register_gradient` decorates.",
    ),
    "the error returned": (
        table(look_up=lambda rules, op, grad: rules[op.name](op, grad) if op.name in rules else LookupError(op.name)),
        "incorrect",
        "silent-unknown",
        "gave a result where a LookupError is needed",
    ),
    "the rule returned": (
        table(look_up=lambda rules, op, grad: rules[op.name]),
        "incorrect",
        None,
        "a function where a number is needed",
    ),
    "two of three": (lambda: table()()[:2], "incorrect", None, "a tuple of two values where three functions are"),
}


@pytest.mark.parametrize(("code", "status", "misconception", "shown"), TABLES.values(), ids=TABLES)
def test_tables(code: Code, status: str, misconception: str | None, shown: str) -> None:
    outcome = get("10.2").check(code)
    assert (outcome.status, outcome.misconception) == (status, misconception)
    assert shown in outcome.message


def test_a_check_leaves_the_engines_own_table_as_it_was() -> None:
    assert get("10.2").check(table_of_the_engine).status == "correct"
    assert find("tanh").registered is None
    assert find("exp").registered is None
    assert grad(np.tanh)(0.0) == 1.0


# 10.3


def shards(
    handed: Code,
    combined: Code,
    rows: Code = lambda first, count, k: range(first, count, k),
    key: Code = lambda i: f"shard {i}",
) -> Code:
    def code(graph: Graph, k: int) -> Any:
        step = graph.value_and_derivative("w")

        def shard(first: int, x: Any, y: Any, w: float) -> Any:
            return handed([step.run(x[i], y[i], w) for i in rows(first, len(x), k)])

        tasks: dict[Any, Any] = {key(i): (shard, i, "x", "y", "w") for i in range(k)}
        tasks["loss"] = (lambda *parts: combined(parts), *tasks)
        return tasks

    return code


def mean_of_rows(parts: Any) -> Any:
    return np.mean(np.concatenate(parts), axis=0)


def by_weights(parts: Any) -> Any:
    return sum(mean * rows for mean, rows in parts) / sum(rows for _, rows in parts)


PARTITIONS: dict[str, Code] = {
    "rows handed over": shards(lambda pairs: pairs, mean_of_rows),
    "keys that are tuples": shards(lambda pairs: pairs, mean_of_rows, key=lambda i: ("shard", i)),
    "means with their weights": shards(lambda pairs: (np.mean(pairs, axis=0), len(pairs)), by_weights),
    "a dict each": shards(
        lambda pairs: {"sum": np.sum(pairs, axis=0), "rows": len(pairs)},
        lambda parts: list(sum(one["sum"] for one in parts) / sum(one["rows"] for one in parts)),
    ),
}


@pytest.mark.parametrize("code", PARTITIONS.values(), ids=PARTITIONS)
def test_honest_partitions(code: Code) -> None:
    assert get("10.3").check(code).status == "correct"


ANSWERS = [get("10.3").reference, *get("10.3").alternatives, *PARTITIONS.values()]


@pytest.mark.parametrize("code", ANSWERS)
@pytest.mark.parametrize("formula", LOSSES)
def test_the_tasks_of_a_correct_answer_run_on_dask(code: Code, formula: str) -> None:
    x, y, w = OTHER
    tasks = code(trace(LOSSES[formula], 1.0, 2.0, 1.0), 3)
    value, slope = dask.get({**tasks, "x": x, "y": y, "w": w}, "loss")
    loss = LOSSES[formula]
    assert value == pytest.approx(np.mean(loss(x, y, w)), rel=1e-12)
    assert slope == pytest.approx(grad(lambda w: np.mean(loss(x, y, w)))(w), rel=1e-12)


CUTS: dict[str, tuple[Code, str | None, str]] = {
    "means": (
        shards(lambda pairs: np.mean(pairs, axis=0), lambda parts: np.mean(parts, axis=0)),
        "mean-of-means",
        "gave `(4.5, -9)`",
    ),
    "means added": (
        shards(lambda pairs: np.mean(pairs, axis=0), lambda parts: sum(parts)),
        "sum-of-means",
        "gave `(9, -18)`",
    ),
    "losses and slopes added": (shards(np.sum, lambda parts: sum(parts)), None, "one number where two values are"),
    "a row left out": (
        shards(list, mean_of_rows, lambda first, count, k: range(first, count - 1, k)),
        None,
        "(2.5, -5)",
    ),
    "rows counted again": (shards(list, mean_of_rows, lambda first, count, k: range(first, count)), None, "(5.4, -10"),
    "a key that is an argument": (
        shards(list, mean_of_rows, key=lambda i: i),
        None,
        "a task 0 that waits for itself: as an argument, 0 stands for its result",
    ),
    "a list": (lambda graph, k: [1], None, "where a dict of tasks is needed"),
    "no loss": (lambda graph, k: {"mean": (max, 1, 2)}, None, "a dict without the key 'loss'"),
}


@pytest.mark.parametrize(("code", "misconception", "shown"), CUTS.values(), ids=CUTS)
def test_partitions_at_the_edge(code: Code, misconception: str | None, shown: str) -> None:
    outcome = get("10.3").check(code)
    assert (outcome.status, outcome.misconception) == ("incorrect", misconception)
    assert shown in outcome.message
