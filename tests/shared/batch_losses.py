"""Random losses over a batch for hypothesis: what every row goes through, and how the rows are summed up."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from random_arrays import STEPS, planned

from autodiff_lessons.engine.primitives import PRIMITIVES

ROW_WISE = st.lists(
    st.tuples(st.sampled_from(sorted(set(STEPS) - {"norm"})), st.integers(0, 9)), min_size=1, max_size=6
)
TOTALS = {
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "prod": lambda rows: np.sum(np.prod(1 + 0.1 * rows, axis=0)),
    "norm": np.linalg.norm,
    "logsumexp": PRIMITIVES["logsumexp"],
    "mean along the batch": lambda rows: np.sum(np.mean(rows, axis=0) ** 2),
    "dot": lambda rows: rows[:, 0] @ np.sin(rows[:, 1]),
    "gram": lambda rows: np.sum(np.tanh(rows.T @ rows)),
    "kept": lambda rows: np.sqrt(1 + np.square(np.sum(rows, keepdims=True)))[0, 0],
}


def loss_over(steps, total):
    """A loss of a batch x (n, 3), y (n,) and of parameters w (3,)."""

    def loss(x, y, w):
        rows = planned(steps)(np.sin(x * w)) - 0.3 * y[:, None]
        return TOTALS[total](rows) + 0.1 * np.sum(w**2)

    return loss


def batch_of(rows, seed=0):
    """x, y and w."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(rows, 3)), generator.normal(size=rows), generator.normal(size=3)


def same(got, truth):
    """Equal up to rounding, which is measured against the largest number of an array."""
    for one, other in zip(_listed(got), _listed(truth), strict=True):
        assert np.shape(one) == np.shape(other)
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12 * np.max(np.abs(other), initial=0))


def _listed(values):
    return [leaf for one in values for leaf in _listed(one)] if isinstance(values, tuple | list) else [values]
