"""A graph in shards: the same value and gradient, and a reason where it can't be cut."""

from __future__ import annotations

import doctest
import importlib

import numpy as np
import pytest
from batch_losses import ROW_WISE, TOTALS, batch_of, loss_over, same
from hypothesis import given, settings
from hypothesis import strategies as st
from random_arrays import planned
from rule_cases import cases, draw

from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.errors import GraphError
from autodiff_lessons.graph import from_json, partition, trace

X = np.array([1.0, 2.0, 3.0])


def course_loss(x, y, w):
    error = w * x - y
    return np.mean(error**2)


def test_examples_in_the_documentation_run():
    assert doctest.testmod(importlib.import_module("autodiff_lessons.graph.partitioning")).failed == 0


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_exercise_10_3_the_batch_of_y_equal_2x(shards):
    """Loss 14/3 and slope -28/3 at w = 1. In shards of 2 and 1 a mean of means is 5.75; w counted twice doubles."""
    graph = trace(course_loss, X, 2 * X, 1.0)
    cut = graph.partition(shards)
    assert cut.run(X, 2 * X, 1.0) == pytest.approx(14 / 3, rel=1e-15)
    assert cut.derivative("w").run(X, 2 * X, 1.0) == pytest.approx(-28 / 3, rel=1e-15)
    assert [node.kind for node in cut.nodes].count("sum") == shards
    assert cut.run(X, 2 * X, 2.0) == 0


def test_what_a_partitioned_graph_looks_like():
    assert str(trace(course_loss, X, 2 * X, 1.0).partition(2)) == (
        "course_loss(x, y, w): 19 nodes, 2 shards of x, y: 2 + 1 rows\n"
        "  x_1 = x[0:2]   (2,)\n"
        "  v5 = w * x_1   (2,)\n"
        "  y_1 = y[0:2]   (2,)\n"
        "  error_1 = v5 - y_1   (2,)\n"
        "  v8 = error_1 ** 2   (2,)\n"
        "  v9 = sum(v8)\n"
        "  x_2 = x[2:3]   (1,)\n"
        "  v11 = w * x_2   (1,)\n"
        "  y_2 = y[2:3]   (1,)\n"
        "  error_2 = v11 - y_2   (1,)\n"
        "  v14 = error_2 ** 2   (1,)\n"
        "  v15 = sum(v14)\n"
        "  v16 = v9 + v15\n"
        "  v18 = v16 / 3\n"
        "  return v18"
    )


def test_many_shards():
    graph = trace(lambda x, w: np.mean(np.sin(x * w)), np.ones(7001), 1.0).partition(700)
    assert graph.note == "700 shards of x: 10 to 11 rows"
    x = np.random.default_rng(0).normal(size=7001)
    assert from_json(graph.to_json()).run(x, 2.0) == pytest.approx(np.mean(np.sin(2 * x)), rel=1e-12)


def test_a_partitioned_graph_is_a_graph_like_any_other():
    truth = trace(course_loss, X, 2 * X, 1.0).value_and_derivative("w").run(X, 2 * X, 1.3)
    made = trace(course_loss, X, 2 * X, 1.0).partition(2).value_and_derivative("w")
    for one in (made.simplify(), from_json(made.to_json()), made.compile(), made.simplify().compile()):
        same(one(X, 2 * X, 1.3), truth)
    second = trace(course_loss, X, 2 * X, 1.0).partition(3).derivative("w").derivative("w")
    assert second.run(X, 2 * X, 1.0) == pytest.approx(28 / 3, rel=1e-15)


# Random losses


@settings(max_examples=80, deadline=None, derandomize=True)
@given(ROW_WISE, st.sampled_from(sorted(TOTALS)), st.sampled_from([1, 2, 3, 5]))
def test_random_row_wise_losses(steps, total, shards):
    given_ = batch_of(7, seed=len(steps))
    graph = trace(loss_over(steps, total), *given_)
    cut = graph.partition(shards, ["x", "y"])
    assert cut.note.startswith(f"{shards} shard")
    same(cut.value_and_derivative().run(*given_), graph.value_and_derivative().run(*given_))


@pytest.mark.parametrize("place", range(3))
def test_a_total_that_is_fed_back_is_found_wherever_it_stands(place):
    steps = [("sin", 0), ("tanh", 1), ("square", 0)]
    steps[place] = ("norm", place)
    graph = trace(lambda x: np.sum(planned(steps)(x)), np.ones((7, 3)))
    with pytest.raises(GraphError, match=r"uses the rows of the batch beside v\d+, which is computed from all of them"):
        graph.partition(2)


# Every operation of the table

NEVER = {"reshape", "pad", "scatter"}  # in the table's own cases; reshape and pad that split are below


def batches():
    """Each input of each case, with each of its axes as the batch's: moved to the front, and back in the function."""
    for case in cases():
        primitive, ranges, shapes, parameters = case.values
        for position, shape in enumerate(shapes):
            for axis, length in enumerate(shape):
                if length > 1:
                    yield primitive, ranges, shapes, parameters, position, axis


def test_every_operation_is_cut_rightly_or_refused():
    split, refused = set(), set()
    for primitive, ranges, shapes, parameters, position, axis in batches():
        inputs = draw(ranges, shapes)
        weights = np.random.default_rng(3).normal(size=np.shape(primitive(*inputs, **parameters)))

        def function(*some, position=position, axis=axis, primitive=primitive, parameters=parameters, weights=weights):
            moved = [np.swapaxes(one, 0, axis) if place == position else one for place, one in enumerate(some)]
            return np.sum(weights * primitive(*moved, **parameters))

        moved = [np.swapaxes(one, 0, axis) if place == position else one for place, one in enumerate(inputs)]
        graph = trace(function, *moved)
        for shards in range(1, np.shape(moved[position])[0] + 1):
            try:
                cut = graph.partition(shards, graph.names[position])
            except GraphError as error:
                assert primitive.name in str(error)  # noqa: PT017
                refused.add(primitive.name)
            else:
                same(cut.value_and_derivative().run(*moved), graph.value_and_derivative().run(*moved))
                split.add(primitive.name)
    everything = {primitive.name for primitive, *_ in batches()}
    assert split == everything - NEVER
    assert refused - NEVER == {
        "softmax", "log_softmax", "flip", "cumsum", "getitem", "take", "concatenate", "outer", "einsum",
    }  # fmt: skip


LABELS = np.array([2, 0, 1, 1, 2, 0, 0])


@pytest.mark.parametrize(
    "rows",
    [
        lambda x: np.reshape(x, (7, 3, 1)) * 2.0,
        lambda x: np.reshape(np.reshape(x, (1, 7, 3)) * 2.0, (7, -1)),
        lambda x: np.reshape(x.T, (3, 1, 7)) * np.arange(7.0),
        lambda x: np.pad(x, ((0, 0), (1, 2))) + 1.0,
        lambda x: x[np.arange(7), LABELS],
        lambda x: x[:, None, LABELS[:3]] * 1.0,
        lambda x: x.T[LABELS[:2], 0:7],
        lambda x: (x[..., None] * np.ones((7, 1, 2)))[np.arange(7), :, np.array([0, 1, 0, 1, 1, 1, 0])],
        lambda x: np.squeeze(np.expand_dims(x, (0, 2))),
        lambda x: np.where(np.arange(7)[:, None] > 3, x, -x),
        lambda x: PRIMITIVES["cast"](x, dtype=np.dtype(np.float32)),
        lambda x: x @ np.arange(3.0),
        lambda x: np.einsum("...i,ij->j...", x, np.eye(3)),
        lambda x: np.outer(x[:, 0], np.arange(3.0)),
        lambda x: np.stack([np.arange(7.0), x[:, 0]], axis=-1),
        lambda x: np.concatenate([np.ones((7, 2)), x], axis=1),
        lambda x: np.floor(3 * x),
    ],
)
@pytest.mark.parametrize("shards", [2, 5])
def test_rows_that_are_moved_about_or_meet_constants(rows, shards):
    x, w = np.random.default_rng(0).normal(size=(7, 3)), np.array([0.5, -1.0, 2.0])
    weights = np.random.default_rng(1).normal(size=np.shape(rows(x)))
    graph = trace(lambda x, w: np.sum(np.sin(rows(x * w)) * weights), x, w)
    same(graph.partition(shards, "x").value_and_derivative("w").run(x, w), graph.value_and_derivative("w").run(x, w))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int32, bool])
@pytest.mark.parametrize("total", ["sum", "mean", "max", "prod"])
def test_the_number_type_of_the_result_stays(dtype, total):
    x = np.array([1, 0, 1, 1, 0, 1, 1]).astype(dtype)
    graph = trace(lambda x: PRIMITIVES[total](x), x)
    got, truth = graph.partition(3).run(x), graph.run(x)
    assert (got.dtype, float(got)) == (truth.dtype, pytest.approx(float(truth), rel=1e-3))


def test_a_maximum_in_several_shards_shares_its_gradient_among_them():
    x = np.array([1.0, 3.0, 3.0, 3.0])
    graph = trace(lambda x, w: np.max(x * w), x, 1.0)
    slope = graph.partition(2, "x").derivative("x").run(x, 1.0)
    assert slope.tolist() == [0.0, 0.5, 0.25, 0.25]
    same(graph.partition(2, "x").derivative("w").run(x, 1.0), graph.derivative("w").run(x, 1.0))


def test_what_does_not_depend_on_the_batch_is_computed_once():
    def loss(x, w):
        return np.log(np.sum(x * np.exp(w))) + np.tan(w)

    kinds = [node.kind for node in trace(loss, X, 0.5).partition(3).nodes]
    assert [kinds.count(kind) for kind in ("exp", "tan", "log", "mul", "getitem")] == [1, 1, 1, 3, 3]


def test_nested_arguments_and_several_results():
    def losses(data, params):
        error = data["x"] @ params[0] + params[1] - data["y"]
        return {"loss": np.mean(error**2), "worst": [np.max(np.abs(error))]}

    generator = np.random.default_rng(0)
    data = {"x": generator.normal(size=(7, 3)), "y": generator.normal(size=7)}
    params = [generator.normal(size=3), 0.5]
    graph = trace(losses, data, params)
    for batch in ("data", ["data_x", "data_y"], None):
        got = graph.partition(3, batch).run(data, params)
        truth = graph.run(data, params)
        same([got["loss"], *got["worst"]], [truth["loss"], *truth["worst"]])


# Which inputs are the batch

ROWS, SQUARE = np.ones((7, 3)), np.ones((3, 3))


@pytest.mark.parametrize(
    ("function", "examples", "found"),
    [
        (lambda w, x, y: np.mean((x @ w - y) ** 2), (np.ones(3), ROWS, np.ones(7)), "x, y"),
        (lambda w, x, y: np.mean((x @ w - y) ** 2) + np.sum(w**2), (np.ones(3), SQUARE, np.ones(3)), "x, y"),
        (lambda w, x, y: np.mean((y - x @ w) ** 2), (np.ones(3), SQUARE, np.ones(3)), "x, y"),
        (lambda x, mu: np.sum((x - mu) ** 2), (ROWS, np.ones(3)), "x"),
        (lambda x, w, b: np.sum(np.tanh(x @ w + b) @ w), (ROWS, SQUARE, np.ones(3)), "x"),
        (lambda x, y, mask: np.sum(mask * (x - y)) / np.sum(mask), (X, X, X), "x, y, mask"),
        (lambda x, z: np.sum(x) + np.sum(z), (X, X), "x, z"),
        (lambda x, y, w: (w * x - y) @ (w * x - y), (X, X, 1.0), "x, y"),
        (lambda x, w: np.sum((x * w - X) ** 2), (X, 1.0), "x"),
        (lambda x, y, w: np.sum((x @ w - 2 * y) ** 2), (ROWS, np.ones(7), np.ones(3)), "x, y"),
    ],
)
def test_the_batch_is_found(function, examples, found):
    graph = trace(function, *examples)
    cut = graph.partition(2)
    assert cut.note.startswith(f"2 shards of {found}:")
    same(cut.run(*examples), graph.run(*examples))


@pytest.mark.parametrize(
    ("function", "examples", "message"),
    [
        (
            lambda x, w: np.sum(x) + np.sum(w),
            (X, np.ones(4)),
            r"splits over more than one batch. Say which: batch=\['x'\] or batch=\['w'\]",
        ),
        (lambda w: np.sum((w * X - 1) ** 2), (2.0,), r"has no argument with a batch: its data must be arguments"),
        (lambda x: np.sum(x**2), (np.ones(1),), r"two rows at least"),
        (
            lambda x, w: np.sum(np.tanh(x.T @ w)),
            (ROWS, np.ones(7)),
            r"Over the rows of x: v2 = transpose\(x\) moves the batch to another axis than the first. "
            r"Over the rows of w: v3 = matmul\(v2, w\) would cut v2, which is no batch",
        ),
    ],
)
def test_why_no_batch_is_found(function, examples, message):
    with pytest.raises(GraphError, match=message):
        trace(function, *examples).partition(2)


# Refusals

softmax = PRIMITIVES["softmax"]


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: x * 2.0, r"its result v2 has a value for each row of the batch. Return one that sums"),
        (lambda x: np.sum(softmax(x, axis=0) * x), r"v1 = softmax\(x\) .*softmax along the batch's axis"),
        (lambda x: np.sum(np.cumsum(x, axis=0)), r"v1 = cumsum\(x\) .*cumsum along the batch's axis"),
        (lambda x: np.sum(np.cumsum(x)), r"cumsum along the batch's axis"),
        (lambda x: np.sum(np.flip(x) * x), r"v1 = flip\(x\) .*flip along the batch's axis"),
        (lambda x: np.sum(x[::-1] * x), r"v1 = getitem\(x\) .*its index picks rows of the batch, or changes their"),
        (lambda x: np.sum(x[1:] * x[:-1]), r"v1 = getitem\(x\) .*picks rows of the batch"),
        (lambda x: np.sum(x[0] * 2), r"picks rows of the batch"),
        (lambda x: np.sum(x[np.array([0, 0, 1, 2, 3, 4, 5])]), r"picks rows of the batch"),
        (lambda x: np.sum(x[np.arange(7) > 2]), r"its index is a mask; write np.where\(mask, a, b\)"),
        (lambda x: np.sum(np.take(x, [0, 1], axis=0)), r"v1 = take\(x\) .*picks rows of the batch"),
        (lambda x: np.sum(np.concatenate([x, x])), r"concatenate\(x, x\) .*appends to the rows of the batch"),
        (lambda x: np.sum(np.pad(x, 1)), r"pad\(x\) .*appends to the rows"),
        (lambda x: np.sum(np.ravel(x) * np.arange(21.0)), r"joins the batch's axis with another one, from the shape"),
        (lambda x: np.sum(np.tanh(x @ x.T)), r"matmul\(x, v1\) .*pairs each row of the batch with the other rows"),
        (lambda x: np.sum(x[:, 0] - x[:, :1]), r"sub\(v1, v2\) .*pairs each row of the batch with the other rows"),
        (lambda x: np.sum(np.outer(x[:, 0], x[:, 1])), r"outer\(v1, v2\) .*pairs each row"),
        (lambda x: np.sum(np.outer(x, np.ones(2))), r"joins the axes of its factors into one; give outer two vectors"),
        (lambda x: np.einsum("ii->", x[:, :1] * np.ones(7)), r"einsum\(v3\) .*takes a diagonal along the batch's axis"),
        (lambda x: np.sum((x - np.mean(x, axis=0)) ** 2), r"v2 = sub\(x, v1\) uses the rows .*beside v1, which is"),
        (lambda x: np.sum(x / np.max(x)), r"beside v1, which is computed from all of them, so no shard could go on"),
        (lambda x: np.sum(np.clip(x, np.zeros((7, 1)), 1.0)), r"its settings are arrays; write it with np.minimum"),
        (lambda x: np.sum(np.ones(3)), r"its result does not depend on it"),
    ],
)  # fmt: skip
def test_what_does_not_split_is_refused_with_the_reason(function, reason):
    with pytest.raises(GraphError, match=rf"does not split over (the|a) batch.*{reason}"):
        trace(function, np.ones((7, 3))).partition(2, "x")


def test_a_derivative_is_made_after_the_partition():
    graph = trace(lambda x, w: np.sum(x[:, 0] ** 2 * w), ROWS, 1.0).derivative("x")
    with pytest.raises(GraphError, match="partition the loss first and take the derivative of the partitioned graph"):
        trace(lambda x, w: np.sum(graph.run(x, w) * x), ROWS, 1.0).partition(2, "x")


@pytest.mark.parametrize(
    ("shards", "batch", "message"),
    [
        (0, None, r"The batch of course_loss has 3 rows, so it can be cut into 1 to 3, not 0"),
        (4, None, r"into 1 to 3, not 4"),
        (2.0, None, r"not 2.0"),
        (True, None, r"not True"),
        (2, "z", r"course_loss has no argument 'z'; it has x, y, w"),
        (2, "w", r"must be the first axis of inputs of one length, which is 2 at least; w has the shape \(\)"),
        (2, [], r"none is named"),
    ],
)
def test_messages_of_a_call(shards, batch, message):
    with pytest.raises(GraphError, match=message):
        partition(trace(course_loss, X, 2 * X, 1.0), shards, batch)


def test_batches_of_two_lengths():
    with pytest.raises(GraphError, match=r"x has the shape \(3,\), z has the shape \(4,\)"):
        trace(lambda x, z: np.sum(x) + np.sum(z), X, np.ones(4)).partition(2, ["x", "z"])
