"""The network 784-128-10 with relu, softmax and cross-entropy: its numbers, and its gradient written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np


def mlp_arguments(batch: int, dtype: Any) -> tuple[tuple[Any, ...], Any]:
    """Four weights, a batch and its one-hot labels (divided by the batch's size); and the labels themselves."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(batch, 784)).astype(dtype)
    labels = generator.integers(0, 10, batch)
    w1, b1 = (generator.normal(size=(784, 128)) * 0.05).astype(dtype), np.zeros(128, dtype)
    w2, b2 = (generator.normal(size=(128, 10)) * 0.1).astype(dtype), np.zeros(10, dtype)
    return (w1, b1, w2, b2, x, np.eye(10, dtype=dtype)[labels] / dtype(batch)), labels


def mlp_by_hand(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, one_hot: Any) -> tuple[Any, tuple[Any, ...]]:
    """The value and the gradients with respect to the weights."""
    h = x @ w1 + b1
    a = np.maximum(h, 0)
    z = a @ w2 + b2
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    value = -((z - np.log(total)) * one_hot).sum()
    z_bar = e / total / x.dtype.type(len(x)) - one_hot
    h_bar = z_bar @ w2.T * (h > 0)
    return value, (x.T @ h_bar, h_bar.sum(axis=0), a.T @ z_bar, z_bar.sum(axis=0))
