"""Random functions of arrays for hypothesis: shared values, broadcasting, indices, reductions."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from autodiff_lessons.engine.primitives import PRIMITIVES

STEPS = {
    "sin": np.sin,
    "tanh": np.tanh,
    "double": lambda x: x + x,
    "square": np.square,
    "softmax": PRIMITIVES["softmax"],
    "mix": lambda x: x @ np.array([[0.5, -1.0, 0.3], [1.0, 0.2, 0.1], [-0.4, 0.8, 0.6]]),
    "center": lambda x: x - np.mean(x, axis=-1, keepdims=True),
    "flip": lambda x: np.flip(x, -1) * x,
    "pick": lambda x: x[..., np.array([0, 0, 2])],
    "norm": lambda x: x / (1.0 + np.linalg.norm(x)),
    "stack": lambda x: np.sum(np.stack([x, np.cos(x)]), axis=0),
    "cumsum": lambda x: np.cumsum(x, axis=-1),
    "where": lambda x: np.where(x > 0.1, x, x * 0.2),
    "logsumexp": lambda x: x + PRIMITIVES["logsumexp"](x, axis=-1, keepdims=True),
}
PLANS = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9)), min_size=1, max_size=8)


def planned(steps):
    """Each step works on an earlier array and adds its result to the last: shared nodes, broadcasting, indices."""

    def f(x):
        arrays = [x]
        for name, which in steps:
            arrays.append(0.5 * arrays[-1] + STEPS[name](arrays[which % len(arrays)]))
        return arrays[-1]

    return f
