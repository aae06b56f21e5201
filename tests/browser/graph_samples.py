"""Graphs to run in the page, each with points to run it at."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from random_arrays import STEPS as ARRAY_STEPS
from random_arrays import planned
from random_formulas import GRID_X, GRID_Y, POINTS, SMOOTH, formulas
from rule_cases import cases, draw

from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.graph import Graph, trace
from autodiff_lessons.graph.operations import STEPS, apply, is_element_wise

ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e300, 1e-300, 2.0**52 + 1, 709.0, -700.0, 1e-9]
COMMON = [1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -7.3, 20.0]
ODD_ARRAYS = [
    [1000.0, 999.0, 998.0], [-1000.0, -1001.0, -999.0], [-np.inf, 1.0, 2.0], [np.inf, 1.0, -np.inf], [-np.inf] * 3,
    [0.5, np.nan, 0.1], [np.inf, np.inf, 1.0], [0.0, -0.0, 3.0], [1e200, 1e200, 1e-200],
]  # fmt: skip
# Where elements go, in every way that a one-dimensional array can: x has four elements, i is np.newaxis.
i = np.newaxis
VECTORS: list[Callable[[Any], Any]] = [
    lambda x: x[-1] * x[1:3],
    lambda x: x[3:0:-2] + x[-3:-1] - x[:10:3],
    lambda x: x[::-1][2:9] / x[-9:2],
    lambda x: x[2:1],
    lambda x: x[[0, 3, -1, 0]] * x[np.array([1, -2, 2, 2])],
    lambda x: x[np.array([True, False, True, True])] ** x[[False, True, True, True]],
    lambda x: x[..., 1] + x[i, ..., i][0, 2] * x[i, :, i],
    lambda x: x[i][0, 1:] - x[i, :, i][:, np.array([3, 0, 1]), 0][0],
    lambda x: x[i][np.zeros(2, int), np.array([1, 3])] + x[:, i][np.array([0, 3]), np.array([0])],
    lambda x: x[i][np.array([[True, False, True, True]])] * x[i][np.array([True])][0, 1:],
    lambda x: np.take(x, [[2, -1, 2]]) + np.take(x[i], [0, 1, 1], axis=-1) + np.take(x[:, i], [0], axis=1)[:3, 0],
    lambda x: np.concatenate([x, x[:1], x[i], x[2:]], axis=None) + np.stack([x[0], x[1]])[1],
    lambda x: np.concatenate([x[i], x[i, :2]], axis=1) * np.stack([x[:1], x[:1]], axis=1)[0, 1],
    lambda x: np.pad(x, 1)[1:] * np.pad(x[1:], (1, 1)) - np.pad(x[i], ((0, 0), (2, 1)))[:, 2:],
    lambda x: np.flip(x[i], 0) - np.flip(x[i], (0, 1)) * np.cumsum(x[i], axis=0) + np.cumsum(x[i], axis=-1),
    lambda x: np.swapaxes(x[i], 0, 1) * np.transpose(x[i]) + np.reshape(x, (4, 1)) * np.expand_dims(x, 1),
    lambda x: np.squeeze(x[i] * np.ones((1, 1))) + np.broadcast_to(x[0], (4,)) + np.broadcast_to(x, (1, 4))[0],
    lambda x: np.sum(x[i], axis=0) + np.mean(x[:, i], axis=1) * np.max(x[i], axis=(0, 1), keepdims=True)[0],
    lambda x: PRIMITIVES["norm"](x[i], axis=0) + PRIMITIVES["logsumexp"](x[:, i], axis=1) + np.prod(x[i], axis=0),
    lambda x: PRIMITIVES["softmax"](x[i], axis=0) + PRIMITIVES["log_softmax"](x[i]) + np.min(x[i, :, i], axis=1)[0, 0],
    lambda x: (x @ x) * (x[i] @ x)[0] + (x[i] @ x[:, i])[0, 0] * (x[:, i] @ x[:1]) + x[i, i, :] @ x,
    lambda x: np.dot(x, x) * np.dot(2.0, x) + np.dot(x[i], x) + np.dot(x[:, i], x[1])[:, 0] + np.dot(x[i], x[:, i])[0],
    lambda x: np.outer(x, x[:1])[:, 0] * np.outer(x[2], x)[0],
    lambda x: np.einsum("i,i", x, x) * np.einsum("i,j->j", x, x[:3]) + np.einsum("a,b,a->", x, x, x),
    lambda x: np.clip(x, -0.3, np.array([0.1, 0.2, 0.3, 0.4])) + np.where(x > 0, x, -1.0) * np.where(x[0] > 9, x, x[1]),
    lambda x: x * np.array([np.inf, 1.0, -2.0, 0.5]) + np.full(4, 0.1) * float("inf") - np.float64(2.0),
]
LONG = [
    lambda x: np.sum(x) + np.mean(x) / np.linalg.norm(x) + PRIMITIVES["logsumexp"](x) + np.prod(1.0 + x / 1e3),
    lambda x: np.cumsum(np.exp(-x)) * np.flip(x) + PRIMITIVES["softmax"](x),
    lambda x: (np.max(x) - np.min(x)) * np.mean(np.where(x > 0.1, np.tanh(x), x**3)),
]
OTHER_TYPES: list[tuple[Callable[..., Any], Any]] = [
    (lambda x: np.exp(-(x**2)) * 0.1 + np.sin(3 * x) / (0.7 + x * x), np.linspace(-1, 1, 50, dtype=np.float32)),
    (lambda x: (x < 0.1) * 2.0 + (x == 0.1) + np.where(x > 0.3, x, 0.3), np.array([0.1, 0.3, 0.5], np.float32)),
    (lambda x: np.sum(x * 1e30) + np.mean(x) + np.linalg.norm(x * 1e25) + np.prod(x * 1e30), np.full(3, 3, np.float32)),
    (lambda x: np.cumsum(x) + PRIMITIVES["softmax"](x) * np.float64(0.1), np.linspace(0, 3, 7, dtype=np.float32)),
    (lambda x: x.astype(np.float64) / 3 + x.astype(np.int32), np.array([0.1, -2.7, 2.7], np.float32)),
    (lambda x: x.astype(bool) * 2.0 + x.astype(np.float64), np.array([0.0, 0.2, np.nan], np.float32)),
    (lambda x: np.sqrt(x) * 3.0 + np.log1p(x), np.float32(0.3)),
    (lambda x: np.prod(x) + np.sqrt(x[0]), np.array([1e30, 1e30, 1e-30], np.float32)),
    (lambda n: np.floor_divide(n**3, 7) - n * 2 + abs(n), np.arange(-5, 6)),
    (lambda n: n / 2 + np.floor(n) + np.sum(n) * np.mean(n) + np.where(n > 2, n, 0), np.arange(6)),
    (lambda n: np.floor_divide(np.cumsum(n), -3) + np.max(n) + np.prod(n + 1) + np.sign(n), np.arange(-2, 3)),
    (lambda b: (b + b) * 3 + ~b + (b & (np.sum(b) > 1)) + 0.5 * np.maximum(b, False), np.array([True, False, True])),
]


class Sample(NamedTuple):
    """A graph, and lists of values for its inputs."""

    graph: Graph
    points: list[list[Any]]


def with_derivative(function: Callable[..., Any], *inputs: Any) -> Iterator[Sample]:
    """The function, and the value and the gradient of the sum of its sine."""
    yield Sample(trace(function, *inputs), [list(inputs)])
    summed = trace(lambda *some: np.sum(np.sin(function(*some))), *inputs)
    yield Sample(summed.value_and_derivative(), [list(inputs)])


def operations() -> Iterator[Sample]:
    """Every operation of the table in every shape; most have two dimensions or more."""
    for case in cases():
        operation, ranges, shapes, parameters = case.values
        yield from with_derivative(partial(operation, **parameters), *draw(ranges, shapes))


def odd_numbers() -> Iterator[Sample]:
    """Every operation on elements at infinities, zeros, nan and large numbers: one by one, and in arrays."""
    numbers = ODD + COMMON
    for operation in [*PRIMITIVES.values(), *STEPS.values()]:
        if not is_element_wise(operation) or operation.name == "clip":
            continue
        count = operation.value.nin if operation.partials is None else len(operation.partials)
        points = [list(one) for one in itertools.product(numbers, repeat=min(count, 2))]
        points = [[1.0 * (at % 2), *one] if count == 3 else one for at, one in enumerate(points)]
        function = partial(_apply, operation)
        yield Sample(trace(function, *points[0]), points)
        columns = list(np.array(points).T)
        yield Sample(trace(function, *columns), [columns])
        if count == 2:  # one number for a whole array
            array = np.array(numbers)
            yield Sample(trace(function, array, 0.5), [[array, one] for one in numbers])
            yield Sample(trace(function, 0.5, array), [[one, array] for one in numbers])

        if count == 1:  # where the sign of a zero is seen
            yield Sample(trace(lambda x, f=function: 1.0 / f(x), *columns), [columns])
    for name in ("sum", "mean", "prod", "max", "min", "logsumexp", "norm", "softmax", "log_softmax"):
        yield Sample(trace(PRIMITIVES[name], np.zeros(3)), [[np.array(three)] for three in ODD_ARRAYS])


def _apply(operation: Primitive, *inputs: Any) -> Any:
    return apply(operation, inputs, {})


def vectors() -> Iterator[Sample]:
    """What one-dimensional arrays can go through, and sums over many elements."""
    for function in VECTORS:
        yield from with_derivative(function, np.array([0.4, -1.3, 0.9, 2.1]))
    for function, size in itertools.product(LONG, (7, 8, 130, 1000)):
        yield from with_derivative(function, np.random.default_rng(size).normal(size=size))


def other_types() -> Iterator[Sample]:
    """float32, whole numbers and truth values."""
    for function, example in OTHER_TYPES:
        yield Sample(trace(function, example), [[example]])
        if example.dtype == np.float32:
            yield Sample(trace(lambda x, f=function: np.sum(f(x)), example).derivative(), [[example]])


def array_functions() -> Iterator[Sample]:
    """Random functions of an array of three elements, without the two steps that need a matrix."""
    one_dimensional = st.sampled_from(sorted(set(ARRAY_STEPS) - {"mix", "stack"}))
    plans = st.lists(st.tuples(one_dimensional, st.integers(0, 9)), min_size=1, max_size=8)
    for seed, steps in enumerate(drawn(plans, 60)):
        yield from with_derivative(planned(steps), np.random.default_rng(seed).normal(size=3))


def random_formulas() -> Iterator[Sample]:
    """Random formulas and their derivatives on numbers, also where they have no value, and on arrays."""
    for formula in drawn(formulas(SMOOTH).filter(lambda one: one.variables), 150):
        with ieee(), contextlib.suppress(ZeroDivisionError):  # the derivative of x / 0.0, whose 0.0 is Python's own
            on_numbers = trace(lambda x, y, f=formula: f.evaluate(x=x, y=y), 1.0, 1.0)
            on_arrays = trace(lambda x, y, f=formula: np.sum(f.evaluate(x=x, y=y) + 0 * x * y), GRID_X, GRID_Y)
            points = [list(point) for point in POINTS]
            yield Sample(on_numbers, points)
            yield Sample(on_numbers.value_and_derivative(), points)
            yield Sample(on_arrays.value_and_derivative().simplify(), [[GRID_X, GRID_Y]])


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """What hypothesis finds first, the same at every run: a list, so that one call of the page can run all of them."""
    found: list[Any] = []

    @settings(max_examples=count, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found
