"""Snippets for tf, each of which leaves its answer in `result` or raises; the same text runs on TensorFlow itself.

`python tests/dialects/tf_snippets.py` (with TensorFlow 2.21 installed) writes what TensorFlow answers to
tf_recorded.json. Each snippet runs in a process of its own there, because some of them make TensorFlow abort.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).with_name("tf_recorded.json")

UNARY = {
    "abs": "[-2., 0., 3.]",
    "math.acos": "[-1., -.5, .3, 1.]",
    "math.acosh": "[1.5, 3.]",
    "math.asin": "[-1., .2, 1.]",
    "math.asinh": "[-2., 0., 3.]",
    "math.atan": "[-2., 0., 3.]",
    "math.atanh": "[-.5, 0., .9]",
    "math.ceil": "[1.2]",
    "cos": "[0., 1., 2.]",
    "cosh": "[-1., 0., 2.]",
    "math.erf": "[-1., 0., 2.]",
    "math.erfc": "[-1., 0., 2.]",
    "exp": "[-1., 0., 2., 100.]",
    "math.expm1": "[-1., 0., 2.]",
    "floor": "[1.2]",
    "math.log": "[-1., 0., 1., 3.]",
    "math.log1p": "[-2., -1., 0., 3.]",
    "math.log_sigmoid": "[-1000., 0., 1000.]",
    "negative": "[1., 2.]",
    "math.reciprocal": "[-1., 0., 3.]",
    "math.reciprocal_no_nan": "[-1., 0., 3.]",
    "math.rint": "[1.5, 2.5]",
    "round": "[1.5, 2.5]",
    "math.rsqrt": "[0., 1., 4.]",
    "sigmoid": "[-1000., 0., 3., 1000.]",
    "sign": "[-2., 0., 3.]",
    "sin": "[0., 1., 2.]",
    "sinh": "[-1., 0., 2.]",
    "math.softplus": "[-1000., 0., 3., 1000.]",
    "nn.softsign": "[-2., 0., 3.]",
    "sqrt": "[-1., 0., 1., 4.]",
    "square": "[-2., 0., 3.]",
    "tan": "[0., 1., 2.]",
    "tanh": "[-50., 0., 1.]",
    "nn.relu": "[-1., 0., 1.]",
    "nn.relu6": "[-1., 0., 1., 6., 7.]",
    "nn.elu": "[-2., 0., 1.]",
    "nn.selu": "[-2., 0., 1.]",
    "nn.gelu": "[-2., 0., 1.]",
    "nn.silu": "[-2., 0., 1.]",
    "nn.swish": "[-2., 0., 1.]",
    "nn.leaky_relu": "[-2., 0., 1.]",
    "nn.softmax": "[1., 2., 3.]",
    "nn.log_softmax": "[1., 2., 1000.]",
    "nn.l2_loss": "[1., 2.]",
    "nn.crelu": "[1., -2.]",
    "reduce_sum": "[1., 2.]",
    "reduce_mean": "[1., 2.]",
    "reduce_max": "[1., 3., 3.]",
    "reduce_min": "[1., 1., 3.]",
    "reduce_prod": "[2., 3., 0.]",
    "reduce_logsumexp": "[1000., 1000., 0.]",
    "math.reduce_std": "[1., 2., 4.]",
    "math.reduce_variance": "[1., 2., 4.]",
    "math.reduce_euclidean_norm": "[3., 4.]",
    "norm": "[3., 4.]",
    "identity": "[1., 2.]",
    "stop_gradient": "[1., 2.]",
    "cumsum": "[1., 2., 3.]",
    "math.cumprod": "[1., 2., 3.]",
    "zeros_like": "[1., 2.]",
    "ones_like": "[1., 2.]",
    "sort": "[3., 1., 2.]",
    "transpose": "[[1., 2.]]",
    "math.l2_normalize": "[3., 4.]",
    "math.cumulative_logsumexp": "[1., 2., 3.]",
    "math.is_nan": "[1., 2.]",
    "argmax": "[1., 3., 2.]",
    "argsort": "[1., 3., 2.]",
    "linalg.diag": "[1., 2.]",
    "linalg.trace": "[[1., 2.], [3., 4.]]",
    "linalg.diag_part": "[[1., 2.], [3., 4.]]",
    "linalg.matrix_transpose": "[[1., 2.], [3., 4.]]",
    "squeeze": "[[1., 2.]]",
}
BINARY = {
    "add": "([1., 2.], [[3.], [4.]])",
    "subtract": "([1., 2.], [[3.], [4.]])",
    "multiply": "([1., 2.], [[3.], [4.]])",
    "divide": "([1., 0., 1.], [2., 0., 0.])",
    "maximum": "([1., 2., 3.], [1., 3., 2.])",
    "minimum": "([1., 2., 3.], [1., 3., 2.])",
    "pow": "([2., 0., -1., 0.], [3., 2., 2., 0.])",
    "math.floormod": "([5.5, -5.5, 5.], [2., 2., -3.])",
    "math.atan2": "([1., 0.], [2., -1.])",
    "math.squared_difference": "([1., 2.], [3., 5.])",
    "math.divide_no_nan": "([1., 0., 3.], [2., 0., 0.])",
    "math.multiply_no_nan": "([np.inf, 2.], [0., 3.])",
    "math.xlogy": "([0., 0., 2.], [0., 3., 3.])",
    "math.xdivy": "([0., 0., 2.], [0., 3., 4.])",
    "math.xlog1py": "([0., 0., 2.], [-1., 3., 4.])",
    "matmul": "([[1., 2.], [3., 4.]], [[5., 6.], [7., 8.]])",
    "linalg.matvec": "([[1., 2.], [3., 4.]], [5., 6.])",
    "nn.bias_add": "([[1., 2.], [3., 4.]], [5., 6.])",
    "nn.softmax_cross_entropy_with_logits": "([[.2, .8], [1., 0.]], [[1., 2.], [3., 1000.]])",
    "nn.sigmoid_cross_entropy_with_logits": "([0., 1., .5], [1000., 1000., -2.])",
    "math.floordiv": "([5.5, -5.5], [2., 2.])",
    "math.truediv": "([5.5, -5.5], [2., 2.])",
    "math.mod": "([5.5], [2.])",
    "equal": "([1., 2.], [1., 3.])",
    "less": "([1., 2.], [1., 3.])",
    "greater_equal": "([1., 2.], [1., 3.])",
}
# One expression in x (and y), its gradient and its second derivative.
EXPRESSIONS = {
    "sum-axis": ("[[1., 2.], [3., 4.]]", "tf.reduce_sum(x * x, axis=1)"),
    "sum-axes-keep": ("[[1., 2.], [3., 4.]]", "tf.reduce_sum(x ** 3., axis=[0, 1], keepdims=True)"),
    "mean-axis": ("[[1., 2.], [3., 4.]]", "tf.reduce_mean(tf.sin(x), 0)"),
    "max-ties-axis": ("[[1., 4.], [4., 4.]]", "tf.reduce_max(x * x, axis=1)"),
    "prod-zero-axis": ("[[0., 2.], [0., 0.]]", "tf.reduce_prod(x, axis=1)"),
    "logsumexp-axis": ("[[1., 2.], [3., 4.]]", "tf.reduce_logsumexp(x, axis=1, keepdims=True)"),
    "softmax-axis0": ("[[1., 2.], [3., 4.]]", "tf.nn.softmax(x, axis=0) * [[1., 2.], [3., 4.]]"),
    "log-softmax-weighted": ("[[1., 2.], [3., 4.]]", "tf.nn.log_softmax(x) * [[1., 2.], [3., 4.]]"),
    "sparse-cross-entropy": ("[[1., 2.], [3., 1000.]]", "tf.nn.sparse_softmax_cross_entropy_with_logits([1, 0], x)"),
    "weighted-cross-entropy": ("[1., -2.]", "tf.nn.weighted_cross_entropy_with_logits([0., 1.], x, 3.)"),
    "gelu-approximate": ("[-2., 0., 1.]", "tf.nn.gelu(x, approximate=True)"),
    "leaky-alpha": ("[-2., 0., 1.]", "tf.nn.leaky_relu(x, alpha=0.1)"),
    "elu-square": ("[-2., .5]", "tf.nn.elu(x) ** 2"),
    "gather-square": ("[1., 2., 3.]", "tf.gather(x * x, [0, 0, 2])"),
    "gather-axis": ("[[1., 2.], [3., 4.]]", "tf.gather(x, [1, 1], axis=1) ** 2"),
    "gather-batch": ("[[1., 2.], [3., 4.]]", "tf.gather(x, [[0, 0], [1, 0]], batch_dims=1) ** 2"),
    "gather-nd": ("[[1., 2.], [3., 4.]]", "tf.gather_nd(x, [[0, 1], [1, 1]]) ** 2"),
    "where-choice": ("[-1., 2.]", "tf.where(x > 0, x ** 3, x * 2.)"),
    "where-sqrt": ("[0., 4.]", "tf.where(x > 0, tf.sqrt(x), 0.0)"),
    "where-log-trap": ("[0., 4.]", "tf.where(x > 0, tf.math.log(x), 0.0)"),
    "where-divide-trap": ("[0., 4.]", "tf.where(x > 0, 1. / x, 0.0)"),
    "boolean-mask": ("[-1., 2., 3.]", "tf.boolean_mask(x, x > 0) ** 2"),
    "reshape": ("[1., 2., 3., 4.]", "tf.reshape(x, [2, -1])[0] ** 2"),
    "transpose-perm": ("[[[1., 2.], [3., 4.]]]", "tf.transpose(x, [2, 0, 1])[1] ** 2"),
    "expand-squeeze": ("[1., 2.]", "tf.squeeze(tf.expand_dims(x, 0) * 2., [0])"),
    "concat": ("[1., 2.]", "tf.concat([x, x * x], 0)"),
    "stack-axis": ("[1., 2.]", "tf.stack([x, x * x], axis=1)"),
    "unstack": ("[1., 2.]", "tf.unstack(x)[0] * tf.unstack(x)[1]"),
    "split-number": ("[1., 2., 3., 4.]", "tf.split(x, 2)[0] * tf.split(x, 2)[1]"),
    "split-sizes": ("[1., 2., 3., 4.]", "tf.split(x, [1, -1])[1] ** 2"),
    "slice": ("[[1., 2.], [3., 4.]]", "tf.slice(x, [0, 1], [-1, 1]) ** 2"),
    "strided": ("[1., 2., 3., 4.]", "x[::-2] ** 2"),
    "index-newaxis": ("[1., 2., 3., 4.]", "x[1:3, tf.newaxis] ** 2"),
    "index-ellipsis": ("[[1., 2.], [3., 4.]]", "x[..., 0] * x[0, ...]"),
    "index-negative": ("[1., 2., 3.]", "x[-1] ** 2"),
    "tile": ("[[1., 2.]]", "tf.tile(x, [2, 2]) ** 2"),
    "repeat": ("[1., 2.]", "tf.repeat(x, [1, 3]) ** 2"),
    "reverse": ("[1., 2.]", "tf.reverse(x, [0]) * [1., 10.]"),
    "roll": ("[1., 2., 3.]", "tf.roll(x, 1, 0) * [1., 10., 100.]"),
    "pad": ("[1., 2.]", "tf.pad(x, [[1, 2]]) ** 2"),
    "pad-value": ("[1., 2.]", "tf.pad(x, [[1, 2]], constant_values=5.) ** 2"),
    "pad-reflect": ("[1., 2., 3.]", "tf.pad(x, [[1, 2]], mode='REFLECT') ** 2"),
    "broadcast": ("[1., 2.]", "tf.broadcast_to(x, [3, 2]) ** 2"),
    "cumsum-options": ("[1., 2., 3.]", "tf.cumsum(x, exclusive=True, reverse=True) ** 2"),
    "cumsum-axis": ("[[1., 2.], [3., 4.]]", "tf.cumsum(x, axis=1) ** 2"),
    "cumprod-options": ("[1., 2., 3.]", "tf.math.cumprod(x, exclusive=True, reverse=True)"),
    "einsum": ("[[1., 2.], [3., 4.]]", "tf.einsum('ij,jk->ik', x, x)"),
    "einsum-trace": ("[[1., 2.], [3., 4.]]", "tf.einsum('ij,ij->', x, x)"),
    "matmul-transposed": ("[[1., 2.], [3., 4.]]", "tf.matmul(x, x, transpose_b=True)"),
    "matmul-batch": ("[[1., 2.], [3., 4.]]", "tf.matmul(tf.stack([x, x * 2.]), x)"),
    "tensordot": ("[[1., 2.], [3., 4.]]", "tf.tensordot(x, x, 1)"),
    "tensordot-axes": ("[[1., 2.], [3., 4.]]", "tf.tensordot(x, x, axes=[[0], [0]])"),
    "norm-axis": ("[[3., 4.], [0., 2.]]", "tf.norm(x, axis=1)"),
    "norm-1": ("[-3., 4.]", "tf.norm(x, ord=1)"),
    "norm-inf": ("[-3., 4.]", "tf.norm(x, ord=np.inf)"),
    "norm-3": ("[-3., 4.]", "tf.norm(x, ord=3)"),
    "norm-zero": ("[0., 0.]", "tf.norm(x)"),
    "clip-value": ("[-2., -1., 0., 1., 2.]", "tf.clip_by_value(x, -1., 1.)"),
    "clip-norm": ("[3., 4.]", "tf.clip_by_norm(x, 1.)"),
    "clip-norm-small": ("[.3, .4]", "tf.clip_by_norm(x, 1.)"),
    "clip-norm-zero": ("[0., 0.]", "tf.clip_by_norm(x, 1.)"),
    "global-norm": ("[3., 4.]", "tf.linalg.global_norm([x, x])"),
    "pow-int": ("[-2., 0., 3.]", "x ** 3"),
    "pow-zero": ("[-2., 0., 3.]", "x ** 0"),
    "pow-half": ("[0., 4.]", "x ** 0.5"),
    "exponent": ("[1., 2.]", "2. ** x"),
    "exponent-negative-base": ("[1., 2.]", "(-2.) ** x"),
    "mod-operator": ("[5.5, -5.5]", "x % 2."),
    "floordiv-operator": ("[5.5, -5.5]", "x // 2. + x"),
    "negate": ("[1., 2.]", "-x"),
    "abs-operator": ("[-1., 2.]", "abs(x)"),
    "reflected": ("[1., 2.]", "1. / x - (3. - x)"),
    "matmul-operator": ("[[1., 2.], [3., 4.]]", "x @ x"),
    "numpy-left": ("[1., 2.]", "np.array([3., 4.], np.float32) * x"),
    "numpy-right": ("[1., 2.]", "x * np.array([3., 4.], np.float32)"),
    "numpy-scalar": ("[1., 2.]", "np.float32(3.) * x"),
    "numpy-double-right": ("[1., 2.]", "x * np.array([3., 4.])"),
    "list-right": ("[1., 2.]", "x * [3., 4.]"),
    "cast-double": ("[1., 2.]", "tf.cast(x, tf.float64) ** 2"),
    "cast-through-int": ("[1., 2.]", "tf.cast(tf.cast(x, tf.int32), tf.float32)"),
    "cast-bool": ("[1., -2.]", "tf.cast(x > 0, tf.float32) * x"),
    "stop": ("[1., 2.]", "tf.stop_gradient(x * x) * x"),
    "add-n": ("[1., 2.]", "tf.add_n([x, x * x, x])"),
    "polyval": ("[1., 2.]", "tf.math.polyval([1., 2., 3.], x)"),
    "top-k": ("[1., 3., 2.]", "tf.math.top_k(x, k=2).values ** 2"),
    "sort-descending": ("[1., 3., 2.]", "tf.sort(x, direction='DESCENDING') * [1., 10., 100.]"),
    "segment-sum": ("[1., 2., 3.]", "tf.math.segment_sum(x, [0, 0, 1]) ** 2"),
    "unsorted-segment-sum": ("[1., 2., 3.]", "tf.math.unsorted_segment_sum(x, [2, 0, 2], 3) ** 2"),
    "scatter-nd": ("[1., 2.]", "tf.scatter_nd([[0], [2]], x, [4]) ** 2"),
    "scatter-update": ("[1., 2., 3.]", "tf.tensor_scatter_nd_update(x, [[1]], [9.]) ** 2"),
    "scatter-add": ("[1., 2., 3.]", "tf.tensor_scatter_nd_add(x, [[1]], [9.]) ** 2"),
    "moments": ("[1., 2., 4.]", "tf.nn.moments(x, [0])[1]"),
    "batch-normalization": ("[1., 2., 4.]", "tf.nn.batch_normalization(x, 1., 4., .5, 2., 1e-3)"),
    "linspace": ("3.", "tf.linspace(0., x, 4) ** 2"),
    "fill": ("3.", "tf.fill([2], x) ** 2"),
    "meshgrid": ("[1., 2.]", "tf.meshgrid(x, x)[0] * tf.meshgrid(x, x)[1]"),
    "autopack": ("3.", "tf.reduce_sum([x * x, 2., x])"),
    "convert-list": ("3.", "tf.convert_to_tensor([[x, x * x], [1., x]])"),
    "normalize": ("[3., 4.]", "tf.linalg.normalize(x)[0]"),
    "identity-n": ("[3., 4.]", "tf.identity_n([x, x])[0]"),
    "map-fn": ("[3., 4.]", "tf.map_fn(lambda one: one * one, x)"),
    "cond": ("3.", "tf.cond(x > 1., lambda: x * x, lambda: x)"),
    "while-loop": ("3.", "tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), (0, 1.))[1]"),
    "scalar-mul": ("[3., 4.]", "tf.scalar_mul(2., x)"),
    "pass-through": ("[1.4]", "tf.grad_pass_through(tf.round)(x)"),
    "embedding": ("[[1., 2.], [3., 4.]]", "tf.nn.embedding_lookup(x * x, [1, 1, 0])"),
    "seed-example": ("2.", "tf.math.log(x) + x * 5. - tf.sin(5.)"),
    "log1pexp": ("100.", "tf.math.log(1. + tf.exp(x))"),
    "sigmoid-chain": ("[.5, -.5]", "tf.sigmoid(tf.sigmoid(x) * 3. - 1.)"),
    "tanh-cubed": (".5", "tf.tanh(x) ** 3"),
    "reduce-all-int-path": ("[1., 2.]", "x * tf.cast(tf.reduce_all(x > 0), tf.float32)"),
    "one-hot": ("[1., 2.]", "tf.one_hot([1, 0, 1], 2) * x"),
    "eye": ("[1., 2.]", "tf.eye(2) * x"),
    "atan2-xy": ("[1., 2.]", "tf.atan2(x, x * x)"),
    "rsqrt-chain": ("[1., 2.]", "tf.math.rsqrt(x * x + 1.)"),
    "while-python": ("3.", "x * x if x > 2 else x"),
    "sum-of-ints": ("3.", "x * tf.cast(tf.range(3), tf.float32)"),
    "bool-mask-index": ("[1., -2., 3.]", "x[x > 0] ** 2"),
    "tensor-index": ("[1., -2., 3.]", "x[tf.constant(1)] ** 2"),
}

SNIPPETS: dict[str, str] = {}
for _name, _at in UNARY.items():
    SNIPPETS[f"one-{_name}"] = f"""
x = tf.constant({_at})
with tf.GradientTape(persistent=True) as outer:
    outer.watch(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.{_name}(x)
    slope = tape.gradient(y, x)
result = [y, slope, None if slope is None else outer.gradient(slope, x)]
"""
for _name, _at in BINARY.items():
    SNIPPETS[f"two-{_name}"] = f"""
a, b = {_at}
a, b = tf.Variable(a), tf.Variable(b)
with tf.GradientTape() as tape:
    y = tf.{_name}({"labels=a, logits=b" if "cross_entropy" in _name else "a, b"})
result = [y, tape.gradient(y, [a, b])]
"""
for _name, (_at, _expression) in EXPRESSIONS.items():
    SNIPPETS[f"of-{_name}"] = f"""
x = tf.Variable({_at})
with tf.GradientTape() as outer:
    with tf.GradientTape() as tape:
        y = {_expression}
    slope = tape.gradient(y, x)
second = None if slope is None else outer.gradient(slope, x)
result = [y, slope, second]
"""


def _read(path: Path) -> None:
    """Add the snippets of a file, each under a line `### name`."""
    for part in path.read_text(encoding="utf-8").split("\n### ")[1:]:
        name, _, text = part.partition("\n")
        SNIPPETS[name.strip()] = text


_read(Path(__file__).with_name("tf_snippets.txt"))


def plain(value: Any) -> Any:
    """Tensors as their number type and nested lists, with inf and nan as text; structures as they are."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if type(value).__name__ == "IndexedSlices":
        return {"rows": plain(value.values), "at": plain(value.indices), "of": plain(value.dense_shape)}
    if type(value).__name__ in ("TensorShape", "range"):
        return list(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "dtype") and hasattr(value, "numpy"):
        return {"dtype": str(np.dtype(getattr(value.dtype, "name", value.dtype))), "value": _numbers(value.numpy())}
    if isinstance(value, float | np.ndarray | np.generic):
        return _numbers(value)
    return f"<{type(value).__name__}>"


def _numbers(value: Any) -> Any:
    def walk(one: Any) -> Any:
        if isinstance(one, list):
            return [walk(part) for part in one]
        return str(one) if isinstance(one, float) and not math.isfinite(one) else one

    return walk(np.asarray(value).tolist())


def run(snippet: str, tf: Any) -> Any:
    """The answer of a snippet as plain data: a value, or the names of the error's types."""
    space: dict[str, Any] = {"tf": tf, "np": np}
    try:
        exec(snippet, space)
        return {"value": plain(space.get("result"))}
    except Exception as error:
        return {"error": [one.__name__ for one in type(error).__mro__[:-3]]}


def agree(got: Any, expected: Any) -> bool:
    """Whether two answers are the same, numbers to float32's accuracy."""
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(agree(got[k], expected[k]) for k in expected)
        )
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(agree, got, expected))
    if isinstance(expected, bool | str) or expected is None:
        return bool(got == expected)
    return isinstance(got, int | float) and math.isclose(got, expected, rel_tol=3e-5, abs_tol=1e-6)


STRICT = {"RuntimeError", "ValueError", "TypeError", "LookupError", "KeyError"}


def meets(got: Any, expected: Any) -> bool:
    """The same value; or an error that an `except` written for TensorFlow's would catch as well."""
    if "error" not in expected:
        return agree(got, expected)
    wanted = [one for one in expected["error"] if one in STRICT]
    return "error" in got and (not wanted or wanted[0] in got["error"])


def record() -> None:
    """Write TensorFlow's own answers to tf_recorded.json."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["CUDA_VISIBLE_DEVICES"] = "3", ""
    import tensorflow as tf  # noqa: PLC0415

    answers = {}
    for name, snippet in SNIPPETS.items():
        inlet, outlet = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(outlet, json.dumps(run(snippet, tf)).encode())
            os._exit(0)
        os.close(outlet)
        with os.fdopen(inlet, "rb") as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        answers[name] = json.loads(text) if text else {"aborts": True}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items())
    RECORDED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    sys.stdout.write(f"{len(answers)} answers of TensorFlow {tf.__version__} written to {RECORDED.name}\n")


if __name__ == "__main__":
    record()
