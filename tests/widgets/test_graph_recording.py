"""Names of nodes, and replaying a recorded graph at other values."""

from __future__ import annotations

import functools
import sys

import numpy as np
import pytest

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import DomainError, GraphError
from autodiff_lessons.widgets.recording import record, recording_of, replay


def inputs(**values):
    return {name: Tensor(value, requires_grad=True, name=name) for name, value in values.items()}


def names(recording):
    return sorted(recording.names.values())


def test_local_variables_name_tensors_and_arrays_of_the_graph_only():
    data = np.array([1.0, 2.0])

    def function(w):
        features = data
        weighted = w * features
        unused = w + 1.0
        total = np.sum(weighted)
        assert unused is not total
        return total

    assert names(record(function, inputs(w=3.0))) == ["features", "total", "w", "weighted"]


def test_the_argument_s_name_is_kept_where_a_local_variable_holds_the_same_tensor():
    def function(x):
        again = x
        return again * 2.0

    assert names(record(function, inputs(x=3.0))) == ["x"]


def test_of_a_recursive_function_the_outermost_call_gives_the_names():
    def power(x, depth=3):
        if depth == 0:
            return x
        inner = power(x, depth - 1)
        result = inner * x
        return result

    assert names(record(power, inputs(x=2.0))) == ["inner", "result", "x"]


def test_a_decorated_function_and_a_method_are_looked_into():
    def plain(x):
        square = x * x
        return square

    @functools.wraps(plain)
    def wrapper(x):
        return plain(x)

    class Model:
        def loss(self, x):
            cube = x * x * x
            return cube

    assert "square" in names(record(wrapper, inputs(x=2.0)))
    assert "cube" in names(record(Model().loss, inputs(x=2.0)))


def test_a_callable_without_code_is_drawn_without_names():
    assert names(record(functools.partial(lambda x, y: x * y, y=2.0), inputs(x=1.0))) == ["x"]


def test_the_previous_profiler_is_restored_also_after_an_error():
    def profiler(frame, event, argument):
        return None

    def fails(x):
        return np.log(x)

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        with pytest.raises(DomainError):
            record(fails, inputs(x=-1.0))
        assert sys.getprofile() is profiler
        record(lambda x: x * x, inputs(x=1.0))
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(before)


def test_a_function_that_leaves_the_graph_is_told_so():
    with pytest.raises(GraphError, match=r"returned 3\.0, which is no tensor.*np\.sin, not math\.sin"):
        record(lambda x: 3.0, inputs(x=1.0))


def test_replay_repeats_the_operations_with_new_leaves():
    w, x = Tensor(3.0, True, "w"), np.array([1.0, 2.0])
    total = np.sum(np.tanh(w * x), axis=0)
    recording = recording_of(total, {"total": total, "x": x, "_hidden": w})
    again = replay(recording, {0: 0.5})
    assert float(again.output.data) == pytest.approx(np.tanh(0.5) + np.tanh(1.0))
    assert float(recording.output.data) == float(total.data)
    assert sorted(again.names.values()) == ["total", "x"]
    assert again.inputs[0].name == "w"


def test_a_recording_survives_the_learner_s_backward():
    x = Tensor(2.0, requires_grad=True)
    y = x * x
    recording = recording_of(y, {})
    y.backward()
    assert float(replay(recording, {0: 5.0}).output.data) == 25
