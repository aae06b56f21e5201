"""The tf dialect against TensorFlow 2.21's answers: recorded in tf_recorded.json, and live where it is installed."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest
import tf_snippets as snippets

from autodiff_lessons.dialects import tf
from autodiff_lessons.engine.tape import GradientTape
from autodiff_lessons.engine.variable import Variable as EngineVariable

ANSWERS: dict[str, Any] = json.loads(snippets.RECORDED.read_text(encoding="utf-8"))
# What TensorFlow does there, and why ours differs, is in the dialect's docstring.
DIFFERENT = {"one-nn.softsign", "one-reduce_prod", "of-prod-zero-axis", "one-math.is_nan", "one-argsort"}


def test_every_snippet_has_a_recorded_answer() -> None:
    assert ANSWERS.keys() == snippets.SNIPPETS.keys()
    assert not [name for name, answer in ANSWERS.items() if "aborts" in answer]


@pytest.mark.parametrize("name", sorted(snippets.SNIPPETS.keys() - DIFFERENT))
def test_gives_what_tensorflow_gives(name: str) -> None:
    got = snippets.run(snippets.SNIPPETS[name], tf)
    assert snippets.meets(got, ANSWERS[name]), (got, ANSWERS[name])


@pytest.mark.parametrize("name", sorted(DIFFERENT))
def test_each_listed_difference_is_one(name: str) -> None:
    assert not snippets.meets(snippets.run(snippets.SNIPPETS[name], tf), ANSWERS[name])


@pytest.mark.parametrize("name", sorted(name for name, answer in ANSWERS.items() if "error" in answer))
def test_errors_say_something(name: str) -> None:
    """Every error that TensorFlow raises has a message of our own, in whole sentences."""
    if name in DIFFERENT:
        return
    with pytest.raises(Exception, match=r"(?s)^.{25,}$"):
        exec(snippets.SNIPPETS[name], {"tf": tf, "np": np})


def test_the_recorded_answers_are_tensorflows() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    if not tensorflow.__version__.startswith("2.21."):
        pytest.skip(f"the answers were recorded with TensorFlow 2.21, here is {tensorflow.__version__}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns where some of the gradients are None
        found = {name: snippets.run(text, tensorflow) for name, text in snippets.SNIPPETS.items()}
    changed = [name for name, answer in found.items() if not snippets.meets(answer, ANSWERS[name])]
    assert not changed


def test_all_names_exist() -> None:
    assert [name for name in tf.__all__ if not hasattr(tf, name)] == []
    assert sorted(set(tf.__all__)) == sorted(tf.__all__)
    for part in (tf.math, tf.nn, tf.linalg, tf.random, tf.optimizers, tf.errors):
        assert [name for name in part.__all__ if not hasattr(part, name)] == []


def test_numpy_detour_here_and_differentiated_by_the_engines_own_tape() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        squared = np.square(x)
        y = tf.constant(2.0) * squared
    assert type(squared) is np.float32
    assert tape.gradient(y, x) is None
    assert "NumPy detour" in tape.explain(y, x)
    own = EngineVariable(3.0)
    with GradientTape() as own_tape:
        squared = np.square(own)
    assert own_tape.gradient(squared, own).item() == 6.0


# The causes of None that the course asks for, each on the dialect: a snippet that leaves tape, y and x, and a piece of
# the sentence that explains it.
CAUSES = {
    "unwatched constant": (
        "x = tf.constant(3.0)\nwith tf.GradientTape() as tape:\n    y = x * x",
        "never watched: call tape.watch(x)",
    ),
    "plain float": ("x = 3.0\nwith tf.GradientTape() as tape:\n    y = tf.constant(2.0) * x", "plain float"),
    "outside the scope": (
        "x = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    pass\ny = x * x",
        "computed outside of the tape's block",
    ),
    "outside the scope, though read inside": (
        "x = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    z = x * x\ny = z * x",
        "computed outside of the tape's block",
    ),
    "NumPy detour": (
        "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    y = tf.reduce_sum(np.square(x))",
        "NumPy detour",
    ),
    "NumPy detour of what is computed from it": (
        "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    z = x * x\n    y = tf.constant(np.mean(z))",
        "NumPy detour",
    ),
    "numpy()": ("x = tf.Variable(1.0)\nwith tf.GradientTape() as tape:\n    y = tf.sin(x.numpy())", "NumPy detour"),
    "float()": ("x = tf.Variable(1.0)\nwith tf.GradientTape() as tape:\n    y = tf.sin(float(x))", "NumPy detour"),
    "an array as the target": (
        "x = tf.Variable(1.0)\nwith tf.GradientTape() as tape:\n    y = np.square(x)",
        "The target is a plain float32",
    ),
    "integer": ("x = tf.Variable(3)\nwith tf.GradientTape() as tape:\n    y = x * x", "The source holds integers"),
    "through an integer": (
        "x = tf.Variable(3.)\nwith tf.GradientTape() as tape:\n    y = 2.0 * tf.cast(tf.cast(x, tf.int32), tf.float32)",
        "cast gives numbers of type int32, which have no gradient",
    ),
    "through a comparison": (
        "x = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    y = tf.cast(x > 1, tf.float32)",
        "greater gives numbers of type bool",
    ),
    "rounding": (
        "x = tf.Variable(3.2)\nwith tf.GradientTape() as tape:\n    y = tf.floor(x) * 2.0",
        "floor lets no gradient",
    ),
    "stop_gradient": (
        "x = tf.Variable(3.2)\nwith tf.GradientTape() as tape:\n    y = tf.stop_gradient(x) * 2.0",
        "stop_gradient lets no gradient through",
    ),
    "rebinding": (
        "x = tf.Variable(3.0)\nx = x + 1\nwith tf.GradientTape() as tape:\n    y = x * x",
        "rebound the name",
    ),
    "rebinding by a step of descent": (
        "x = tf.Variable(3.0)\nx = x - 0.1 * tf.constant(2.0)\nwith tf.GradientTape() as tape:\n    y = x * x",
        "x.assign_add(1)",
    ),
    "not trainable": (
        "x = tf.Variable(3.0, trainable=False)\nwith tf.GradientTape() as tape:\n    y = x * x",
        "trainable=False",
    ),
    "nothing watched of itself": (
        "x = tf.Variable(3.0)\nwith tf.GradientTape(watch_accessed_variables=False) as tape:\n    y = x * x",
        "watch_accessed_variables=False",
    ),
    "another variable": (
        "x = tf.Variable(3.0); w = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    y = w * w",
        "was not read while the tape was recording, so the target does not depend on it",
    ),
    "no way": (
        "x = tf.Variable(3.0); w = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    z = x * x\n    y = w * w",
        "does not depend on the source",
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("persistent", [False, True])
def test_explain_names_the_cause(cause: str, persistent: bool) -> None:
    text, sentence = CAUSES[cause]
    space: dict[str, Any] = {"tf": tf, "np": np}
    exec(
        text.replace("GradientTape(w", f"GradientTape(persistent={persistent}, w").replace(
            "GradientTape()", f"GradientTape(persistent={persistent})"
        ),
        space,
    )
    tape, y, x = space["tape"], space["y"], space["x"]
    before = tape.explain(y, x)
    assert sentence in before
    try:
        assert tape.gradient(y, x) is None
    except TypeError:  # a plain number is neither target nor source
        return
    assert tape.explain(y, x) == before  # the question comes after the answer None


def test_explain_of_a_connection() -> None:
    x, w = tf.Variable(3.0), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = x * x
    assert tape.explain(y, x).startswith("They are connected")
    assert tape.gradient(y, x).numpy() == 6.0
    assert tape.explain(y, x).startswith("They are connected")
    with pytest.raises(RuntimeError, match="nothing left to look at"):
        tape.explain(y, w)


def test_reading_for_a_picture_is_no_detour() -> None:
    """A value that was only printed does not hide the true cause."""
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = x * x
        repr(z), str(x), z.shape, x.dtype
    y = z * 2.0
    assert "outside" in tape.explain(y, x)
    assert "depend" in tape.explain(tf.constant(2.0), x)


def test_unknown_gradient_lists_near_names() -> None:
    tf.RegisterGradient("TestSquareRule")(lambda op, grad: grad)

    @tf.function
    def f(x: Any) -> Any:
        with tf.compat.v1.get_default_graph().gradient_override_map({"Square": "TestSqareRule"}):
            y = tf.square(x)
        return tf.gradients(y, x)

    with pytest.raises(LookupError, match="TestSquareRule"):
        f(tf.constant(2.0))


def test_an_override_ends_with_its_block() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.constant(3.0)
        with graph.gradient_override_map({"Square": "TestNothing"}):
            pass
        assert tf.gradients(tf.square(x), x)[0].numpy() == 6.0


def test_minimize() -> None:
    w, b = tf.Variable(5.0), tf.Variable(1.0)
    optimizer = tf.optimizers.SGD(0.1)
    optimizer.minimize(lambda: w * w, [w])
    assert w.numpy() == pytest.approx(4.0)
    with tf.GradientTape() as tape:
        loss = w * b
    optimizer = tf.optimizers.SGD(0.1)
    optimizer.minimize(loss, [w, b], tape=tape)
    assert b.numpy() == pytest.approx(0.6)
    with pytest.raises(ValueError, match="tape=tape"):
        optimizer.minimize(loss, [w, b])


def test_the_courses_numbers_for_momentum_and_adam() -> None:
    for optimizer, expected in (
        (tf.optimizers.SGD(0.1, momentum=0.9), [4.0, 2.3, 0.31]),
        (tf.optimizers.Adam(0.1), [4.9, 4.800058, 4.700213]),
    ):
        w, found = tf.Variable(5.0), []
        for _ in expected:
            optimizer.minimize(lambda w=w: w * w, [w])
            found.append(float(w))
        assert found == pytest.approx(expected, rel=1e-5)


def test_seeds_repeat_the_numbers() -> None:
    tf.random.set_seed(3)
    first = tf.random.normal([4])
    tf.random.set_seed(3)
    assert (first.numpy() == tf.random.normal([4]).numpy()).all()
    assert abs(tf.random.truncated_normal([1000], seed=1).numpy()).max() <= 2.0
    assert sorted(tf.random.shuffle([1, 2, 3], seed=1).numpy().tolist()) == [1, 2, 3]
    dropped = tf.nn.dropout(tf.ones([1000]), 0.25, seed=1).numpy()
    assert set(dropped.tolist()) == {0.0, float(np.float32(4 / 3))}


def test_a_tensors_numbers_can_not_be_changed_from_outside() -> None:
    x = tf.constant([1.0, 2.0])
    x.numpy()[0] = 9.0
    assert x.numpy().tolist() == [1.0, 2.0]


def test_print(capsys: pytest.CaptureFixture[str]) -> None:
    tf.print("x =", tf.constant([1.0, 2.0]))
    assert capsys.readouterr().out == "x = [1. 2.]\n"
