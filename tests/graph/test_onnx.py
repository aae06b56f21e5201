"""Graphs as ONNX files, run in onnxruntime beside graph.run."""

from __future__ import annotations

import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from random_arrays import PLANS, planned
from rule_cases import cases, draw

from autodiff_lessons import grad
from autodiff_lessons.engine import trees
from autodiff_lessons.engine.modes import ieee
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.errors import GraphFileError
from autodiff_lessons.graph import onnx_export, trace
from autodiff_lessons.graph.onnx_export import to_onnx
from autodiff_lessons.graph.onnx_operations import TABLE, Entry, result_type
from autodiff_lessons.graph.operations import STEPS


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def loss(params, x, y):
    hidden = np.tanh(x @ params["w1"] + params["b1"])
    logits = hidden @ params["w2"] + params["b2"]
    return -np.mean(np.sum(PRIMITIVES["log_softmax"](logits) * y, axis=1))


def mlp(dtype):
    generator = np.random.default_rng(0)
    shapes = {"w1": (6, 8), "b1": (8,), "w2": (8, 3), "b2": (3,)}
    params = {name: generator.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    return params, generator.normal(size=(5, 6)).astype(dtype), np.eye(3, dtype=dtype)[[0, 1, 2, 0, 1]]


def run_file(model, graph, *arguments):
    """What onnxruntime computes, in a list."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of inputs that nothing reads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    leaves = zip(session.get_inputs(), trees.flatten(arguments)[0], graph.inputs, strict=True)
    feed = {given.name: np.asarray(leaf, graph.nodes[place].dtype) for given, leaf, place in leaves}
    return session.run(None, feed)


def assert_same(graph, *arguments, eps=16, relative=False):
    """onnxruntime gives the shapes, the types and the numbers of graph.run.

    `eps` is how many times the rounding of the type is allowed, of the largest element, or `relative`: of each.
    """
    with ieee():
        truth = trees.flatten(graph.run(*arguments))[0]
    got = run_file(to_onnx(graph), graph, *arguments)
    assert len(got) == len(truth)
    for one, other in zip(got, map(np.asarray, truth), strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        if other.dtype.kind != "f":
            np.testing.assert_array_equal(one, other)
            continue
        finite = np.isfinite(other)
        np.testing.assert_array_equal(one[~finite], other[~finite])
        allowed = eps * np.finfo(other.dtype).eps
        scale = np.max(np.abs(other[finite]), initial=0)
        np.testing.assert_allclose(
            one[finite], other[finite], rtol=allowed if relative else 0, atol=0 if relative else allowed * scale
        )


def test_every_operation_has_an_entry():
    assert TABLE.keys() == PRIMITIVES.keys() | STEPS.keys()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("primitive", "ranges", "shapes", "parameters"), list(cases()))
def test_every_operation_and_its_derivative(primitive, ranges, shapes, parameters, dtype):
    inputs = [np.asarray(one, dtype)[()] for one in draw(ranges, shapes)]
    weights = np.random.default_rng(3).normal(size=np.shape(primitive(*inputs, **parameters))).astype(dtype)
    slopes = grad(lambda *some: np.sum(weights * primitive(*some, **parameters)), tuple(range(len(inputs))))
    assert_same(trace(lambda *some: (primitive(*some, **parameters), slopes(*some)), *inputs), *inputs)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PLANS)
def test_random_functions_of_arrays_and_their_derivatives(steps):
    x = np.random.default_rng(len(steps)).normal(size=(2, 3))
    graph = trace(lambda x: np.sum(planned(steps)(x)), x)
    assert_same(graph.value_and_derivative(), x, eps=200)
    assert_same(graph.value_and_derivative().simplify(), x, eps=200)


def test_the_course_s_function_and_its_derivatives():
    graph = trace(f, 2.0, 5.0)
    (value,) = run_file(to_onnx(graph), graph, 2.0, 5.0)
    assert value == pytest.approx(11.652071455223084, rel=1e-15)
    slopes = graph.derivative()
    assert run_file(to_onnx(slopes), slopes, 2.0, 5.0) == pytest.approx([5.5, 1.7163378145367738], rel=1e-15)
    assert_same(slopes.simplify(), 2.0, 5.0)
    assert_same(graph.derivative("x").derivative("x"), 2.0, 5.0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network_s_loss_and_its_derivative(dtype):
    arguments = mlp(dtype)
    graph = trace(loss, *arguments).value_and_derivative("params")
    assert_same(graph, *arguments, eps=50)
    value, slopes = graph.rebuild_result(run_file(to_onnx(graph), graph, *arguments))
    assert value == pytest.approx(loss(*arguments), rel=1e-5)
    assert slopes.keys() == arguments[0].keys()


# Where they could lose digits, or more: close to 0, close to the ends, far away.
NEAR_ZERO = np.array([-1e-3, -1e-9, -1e-50, 0.0, 1e-300, 1e-12, 1e-4])
INSIDE = np.concatenate([NEAR_ZERO, [-1, -1 + 1e-15, -0.999, 0.5, 1 - 1e-8, 1 - 1e-12, 1], np.linspace(-1, 1, 201)])
WIDE = np.concatenate([NEAR_ZERO, [-700, -40.0, -3.0, 3.0, 40.0, 700], np.linspace(-9, 9, 202)])
FAR = np.concatenate([WIDE, [-np.inf, -1e200, -1e17, 1e17, 1e200, np.inf, np.nan]])


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("arcsin", INSIDE),
        ("arccos", INSIDE),
        ("arctan", FAR),
        ("tan", INSIDE),
        ("sinh", WIDE),
        ("cosh", WIDE),
        ("expm1", WIDE),
        ("expm1", np.array([-np.inf, np.inf, np.nan])),
        ("log1p", np.concatenate([INSIDE, [3.0, 1e10, 1e300, np.inf, -2.0]])),
        ("sigmoid", WIDE),
        ("softplus", np.concatenate([WIDE, [-800.0, 800.0, 1e300, np.nan]])),
    ],
)
def test_in_float64_nothing_is_lost_where_onnxruntime_has_no_operation_of_its_own(name, points):
    assert_same(trace(PRIMITIVES[name], points), points, eps=8, relative=True)


STEPPED = np.array([-np.inf, -7.0, -2.5, -1.0, -0.5, -0.1, -0.0, 0.0, 0.1, 0.5, 1.5, 2.5, 3.0, np.inf, np.nan])
TYPES = ["float64", "float32", "float16", "int64", "int32", "int8", "uint8", "uint32", "bool"]


@pytest.mark.parametrize("name", sorted(STEPS))
def test_steps_in_every_type(name):
    step, pairs = STEPS[name].value, np.meshgrid(STEPPED, STEPPED)
    for dtype in TYPES:
        given = ([STEPPED], pairs)[step.nin - 1]
        if not dtype.startswith("float"):
            given = [np.nan_to_num(one, nan=2, neginf=-7, posinf=100) for one in given]
            given = [np.abs(one) if dtype.startswith("u") else one for one in given]
        given = [one.astype(dtype) for one in given]
        with np.errstate(all="ignore"):
            assert_same(trace(step, *given), *given)
            if step.nin == 2:
                assert_same(trace(lambda x: (step(x, 2), step(2, x)), given[0]), given[0])


def test_the_smallest_whole_number_divided_by_minus_1_stops_no_machine():
    given = np.array([np.iinfo(np.int64).min, -7, 7]), np.array([-1, 0, -2])
    with np.errstate(all="ignore"):
        assert_same(trace(np.floor_divide, *given), *given)


X = np.random.default_rng(5).normal(size=(3, 4, 5)) * 3


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x + x, x * x, np.abs(x), np.maximum(x, x[0]), np.minimum(x, 1)),
        lambda x: (x + 1, x * 2.5, x / 2, 1 - x * 1, np.where(x, x, 1), np.where(x > 1, x, x * x)),
        lambda x: (np.sum(x), np.mean(x, axis=1), np.prod(x, axis=-1), np.max(x, axis=0), np.min(x, axis=(0, 2))),
        lambda x: (x @ x[0].T, np.cumsum(x), np.cumsum(x, axis=1), np.einsum("ijk,ijk->i", x, x), np.outer(x[0], x[1])),
        lambda x: (np.pad(x, 1), np.flip(x), np.concatenate([x, x * 0.5], axis=None), np.stack([x, x], axis=1)),
        lambda x: (np.clip(x, 1, 2), x[x.shape[0] - 1, ::-2], np.take(x, [[-1, 0]], axis=1), x.T),
        lambda x: (PRIMITIVES["scatter"](x[0], index=np.array([0, 2, 2, 1]), shape=(3, 5)), x.astype("float16")),
    ],
)
def test_types_are_numpy_s(function, dtype):
    """Whole numbers wrap, float16 rounds, and a Python number does not widen what is beside it."""
    x = np.abs(X).astype(dtype) if dtype.startswith("u") else X.astype(dtype)
    with np.errstate(all="ignore"):
        assert_same(trace(function, x), x, eps=40)


@pytest.mark.parametrize(
    "index",
    [
        0, -1, np.int64(2), slice(None), slice(1, None), slice(None, None, -1), slice(2, 0, -1), slice(0, 2, -1),
        slice(5, 9), Ellipsis, None, (), (None, 1), (1, None, 2), (slice(None), -2), (Ellipsis, -1), (0, Ellipsis, 1),
        (0, 1, 2), (slice(None, None, -2), 1, slice(None, None, 2)), (slice(1, 2), None, Ellipsis, None, 3),
        [0, 2, 2], np.array([[0, 1], [2, 0]]), (slice(None), [3, -1]), (0, [1, 2]), ([0, 1], slice(None), [1, 2]),
        (None, [0, 1]), np.array(1), X > 0, X[:, 0, 0] > 0, (slice(None), np.array([True, False, True, True])), True,
        np.zeros(3, bool), np.array([], int),
    ],
    ids=lambda index: repr(index)[:40],
)  # fmt: skip
def test_every_kind_of_index_and_what_adds_into_it(index):
    picked = trace(lambda x: x[index], X)
    assert_same(picked, X, eps=0)
    part = X[index]
    assert_same(trace(lambda part: PRIMITIVES["scatter"](part, index=index, shape=X.shape), part), part, eps=2)


@pytest.mark.parametrize(
    ("name", "value", "parameters"),
    [
        *((name, X, {"axis": ()}) for name in ("sum", "max", "logsumexp", "norm")),
        *((name, 2.5, {"axis": axis}) for name in ("sum", "prod", "max") for axis in (None, 0, -1)),
        ("sum", np.zeros((3, 0)), {"axis": 1}),
        ("logsumexp", np.array([[800.0, 800.0], [-np.inf, -np.inf], [np.inf, 1.0]]), {"axis": 1}),
        *((name, X, {"axis": axis}) for name in ("softmax", "log_softmax") for axis in (None, (0, 1), np.int64(0))),
        *((name, 2.5, {}) for name in ("softmax", "log_softmax", "cumsum", "flip", "transpose", "squeeze")),
        ("cumsum", X, {"axis": np.int64(1)}),
        ("clip", X, {"low": np.array([-1.0, 0.0, 0.5, 0.0, -2.0]), "high": 1}),
        ("clip", X, {"low": 1.0, "high": -1.0}),
        ("expand_dims", X, {"axis": (0, -1)}),
        ("squeeze", X[:1, :1], {"axis": ()}),
        ("reshape", np.zeros((2, 0, 3)), {"shape": (0, 6)}),
        ("flip", np.zeros((0, 2)), {}),
        ("einsum", np.ones((1, 3)), {"subscripts": "i j -> j"}),
    ],
)
def test_settings_that_onnx_reads_in_another_way(name, value, parameters):
    assert_same(trace(lambda x: PRIMITIVES[name](x, **parameters), value), value)


@pytest.mark.parametrize(
    ("subscripts", "shapes"), [("ij,kj->ki", [(1, 3), (2, 1)]), ("...,...", [(2, 1), (3,)]), ("i,i->i", [(1,), (3,)])]
)
def test_einsum_repeats_axes_of_length_1(subscripts, shapes):
    operands = draw([(-2, 2)] * 2, shapes)
    assert_same(trace(lambda a, b: np.einsum(subscripts, a, b), *operands), *operands)


# What a viewer shows


def stripped(model):
    """The model without the shapes that the export wrote into it."""
    del model.graph.value_info[:]
    for one in model.graph.output:
        one.type.tensor_type.ClearField("shape")
    return model


def shapes_in(model):
    return {
        one.name: tuple(dim.dim_value for dim in one.type.tensor_type.shape.dim)
        for one in (*model.graph.value_info, *model.graph.output)
    }


def test_onnx_infers_the_shapes_that_the_graph_has():
    graph = trace(loss, *mlp(np.float64)).value_and_derivative("params")
    model = to_onnx(graph)
    wanted = shapes_in(model)
    assert len(wanted) == sum(node.op is not None for node in graph.nodes)
    found = shapes_in(onnx.shape_inference.infer_shapes(stripped(model), strict_mode=True, data_prop=True))
    assert {name: found[name] for name in wanted} == wanted


def test_a_translation_that_gave_another_shape_would_not_be_written(monkeypatch):
    monkeypatch.setitem(TABLE, "sin", Entry(lambda call, x: x.op("Unsqueeze", [0]), result_type, True))
    with pytest.raises(onnx.shape_inference.InferenceError, match="node name: v5"):
        to_onnx(trace(f, 2.0, 5.0))


def test_names_are_the_learner_s():
    def model(params, x):
        x1 = params["w"] * x
        error = x1 - 0.5
        return {"error": error, "both": (np.tan(error), [x, 7.0, error])}

    graph = trace(model, {"w": 2.0}, 3.0)
    made = to_onnx(graph)
    assert [one.name for one in made.graph.input] == ["params_w", "x"]
    assert [one.name for one in made.graph.output] == [
        "result_error", "result_both_0", "result_both_1_0", "result_both_1_1", "result_both_1_2",
    ]  # fmt: skip
    assert [(one.name, one.op_type, one.doc_string) for one in made.graph.node] == [
        ("x1", "Mul", "x1 = params_w * x"),
        ("error", "Sub", "error = x1 - 0.5"),
        ("v5/Sin", "Sin", ""),
        ("v5/Cos", "Cos", ""),
        ("v5", "Div", "v5 = tan(error)"),
        ("result_both_1_0", "Identity", ""),
        ("result_both_1_1", "Identity", ""),
        ("result_both_1_2", "Identity", ""),
    ]
    assert [one.name for one in made.graph.initializer] == ["0.5", "7.0"]
    assert made.graph.name == "model"
    assert made.producer_name == "autodiff_lessons"
    assert made.doc_string == str(graph)
    out = graph.rebuild_result(run_file(made, graph, {"w": 2.0}, 3.0))
    assert out == {"error": 5.5, "both": (pytest.approx(np.tan(5.5)), [3.0, 7.0, 5.5])}


def test_a_name_that_is_taken_and_one_that_is_no_text():
    def function(result):
        return result["a b"] * 2.0, {"é\ud800": result["a b"]}

    graph = trace(function, {"a b": 3.0}).renamed("\ud800")
    made = to_onnx(graph)
    assert [(one.name, one.doc_string) for one in made.graph.input] == [("v0", "result_a b")]
    assert [one.name for one in made.graph.output] == ["result_0", "result_1_é?"]
    assert run_file(made, graph, {"a b": 3.0}) == [6.0, 3.0]
    same = trace(lambda result: result * 1.0, 2.0)
    assert [one.name for one in to_onnx(same).graph.output] == ["result_1"]
    assert_same(same, 5.0)

    def twice(x):
        result_a_b = x * 2.0
        return {"a": {"b": result_a_b}, "a_b": result_a_b}

    assert [one.name for one in to_onnx(trace(twice, 2.0)).graph.output] == ["result_a_b", "result_a_b_1"]
    assert_same(trace(twice, 2.0), 5.0)


def test_a_constant_is_in_the_file_once_for_each_type():
    weights = np.arange(6.0).reshape(2, 3)

    def function(x, y):
        return x * 0.1 + 0.1, y * 0.1 + weights, weights * x

    made = to_onnx(trace(function, np.float32(1), 1.0))
    assert {one.name: one.data_type for one in made.graph.initializer} == {
        "0.1_float32": onnx.TensorProto.FLOAT,
        "0.1": onnx.TensorProto.DOUBLE,
        "c8": onnx.TensorProto.DOUBLE,
    }
    assert_same(trace(function, np.float32(1), 1.0), np.float32(3), 2.0)


def test_a_value_is_cast_once_for_all_who_read_it():
    made = to_onnx(trace(lambda n, x: n * x + np.sin(n) * n, np.int64(2), 3.0))
    assert [one.op_type for one in made.graph.node] == ["Cast", "Mul", "Sin", "Mul", "Add"]


def test_a_file_is_written_and_read(tmp_path):
    path = tmp_path / "f.onnx"
    trace(f, 2.0, 5.0).to_onnx(path)
    trace(f, 2.0, 5.0).to_onnx(str(tmp_path / "again.onnx"))
    assert (tmp_path / "again.onnx").read_bytes() == path.read_bytes()
    assert onnx.load(path) == to_onnx(trace(f, 2.0, 5.0))
    (value,) = onnxruntime.InferenceSession(path).run(None, {"x": np.array(2.0), "y": np.array(5.0)})
    assert value == pytest.approx(11.652071455223084, rel=1e-15)


# What can't be exported


@pytest.mark.parametrize(
    ("function", "example", "message"),
    [
        (Primitive("erf", "erf", np.tanh), 1.0, r"The node v1 \(erf\) is an operation of its own.*NumPy's functions"),
        (Primitive("sin", "sin", np.tanh), 1.0, r"The node v1 \(sin\) is an operation of its own"),
        (lambda x: x > 300, np.int8([1, 2]), r"The node v2 \(greater\) has the constant 300.* not fit into int8"),
        (lambda x: None, 1.0, r"The graph graph has no result"),
        pytest.param(
            lambda x: x * 2.0,
            np.longdouble(1),
            r"The node x \(input\) has numbers of type .*Trace the function with float64",
            marks=pytest.mark.skipif(np.dtype(np.longdouble) == np.float64, reason="there is no longer float here"),
        ),
    ],
)
def test_what_can_t_be_exported_is_said_with_the_node(function, example, message):
    with pytest.raises(GraphFileError, match=message):
        to_onnx(trace(function, example))


def test_constants_that_are_too_large_for_a_file(monkeypatch):
    monkeypatch.setattr(onnx_export, "MOST_BYTES", 100)
    with pytest.raises(GraphFileError, match=r"The constants of the graph graph have 160 bytes.*100 at most"):
        to_onnx(trace(lambda x: x * np.arange(20.0), 1.0))


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(GraphFileError, match=r"needs the package onnx .*: pip install 'autodiff-lessons\[onnx\]'$"):
        trace(f, 2.0, 5.0).to_onnx(tmp_path / "f.onnx")
    assert not list(tmp_path.iterdir())
