"""Where a graph has a value, as a graph: it agrees with the DomainErrors of the graph itself."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from domain_cases import FUNCTIONS, GRID, said_by_the_engine
from hypothesis import assume, given, settings
from random_formulas import POINTS, SMOOTH, formulas

from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.graph import domains as module
from autodiff_lessons.graph import from_json, trace
from autodiff_lessons.graph.domains import domains

GUARDED = sorted(name for name, one in PRIMITIVES.items() if one.inside is not None)


def problem(graph, checks, conditions, *values):
    """What a page would say: the first condition that does not hold, with the numbers in its slots."""
    with ieee():
        truths, everything = checks.run_flat(values), graph.all_values(values)
    for truth, (place, message) in zip(truths, conditions, strict=True):
        if not np.all(truth):
            where = np.unravel_index(int(np.argmin(truth)), np.shape(truth))
            operands = np.broadcast_arrays(*(everything[one] for one in graph.nodes[place].inputs))
            numbers = [repr(one[where].item()) for one in operands]
            return message.format(*numbers, place=f", at index {', '.join(map(str, where))}," if where else "")
    return ""


def test_the_example_in_the_documentation_runs():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", GUARDED)
def test_every_rule_of_the_table(name):
    operation = PRIMITIVES[name]
    inputs = [GRID] * (2 if operation.arity == 2 else 1)
    graph = trace(operation, *(1.0 for _ in inputs))
    checks, conditions = domains(graph)
    found = {}
    for point in np.array(np.meshgrid(*inputs)).reshape(len(inputs), -1).T:
        found[tuple(point)] = problem(graph, checks, conditions, *point)
        assert found[tuple(point)] == said_by_the_engine(graph, *point)
    assert "" in found.values()
    assert any(found.values())


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("differentiated", [False, True])
def test_the_first_operation_without_a_value_is_named(function, differentiated):
    with np.errstate(all="ignore"):
        graph = trace(function, 1.0, 1.0)
        graph = graph.value_and_derivative() if differentiated else graph
        checks, conditions = domains(graph)
        again = from_json(checks.to_json())
    said = []
    for x in GRID:
        for y in GRID:
            said.append(said_by_the_engine(graph, x, y))
            assert problem(graph, checks, conditions, x, y) == said[-1]
            assert problem(graph, again, conditions, x, y) == said[-1]
    assert any(said)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(formulas(SMOOTH))
def test_random_formulas(formula):
    assume(formula.variables)
    with ieee():
        graph = trace(lambda x, y: formula.evaluate(x=x, y=y), 1.0, 1.0)
    checks, conditions = domains(graph)
    for x, y in POINTS:
        assert problem(graph, checks, conditions, x, y) == said_by_the_engine(graph, x, y)


def test_what_is_defined_everywhere_has_no_conditions():
    checks, conditions = domains(trace(lambda x: np.sin(x) ** 2 + np.exp(x) / 2, 1.0))
    assert (checks.run(1.0), conditions, len(checks)) == ((), [], 1)


def test_arguments_stay_nested():
    graph = trace(lambda params, x: np.log(params["w"][0]) / x, {"w": [2.0]}, 1.0)
    checks, _ = domains(graph)
    assert checks.run({"w": [-1.0]}, 1.0) == (False, True)
