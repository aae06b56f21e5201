from __future__ import annotations

import math
from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autodiff_lessons import Tensor
from autodiff_lessons.dialects import tf, torch
from autodiff_lessons.exercises.comparing import SHOWN_CHARACTERS, difference, is_open, same, short
from autodiff_lessons.exercises.formula_trees import Var

SAME = [
    (21, 21.0),
    (np.float32(0.1), 0.1),
    (np.int64(3), 3),
    (Fraction(1, 3), 1 / 3),
    (Decimal("0.5"), 0.5),
    (np.array(7.0), 7),
    (Tensor(7.0, requires_grad=True), 7),
    (2**21 - 1 + 1e-3, 2**21 - 1),
    (1e-17, 0.0),
    (math.inf, math.inf),
    (math.nan, math.nan),
    ([1, 2], (1, 2)),
    (np.array([1, 2]), (1, 2)),
    (Tensor([1.0, 2.0]), [1, 2]),
    ([[1, 2], [3, 4]], np.array([[1.0, 2.0], [3.0, 4.0]])),
    ([Tensor(1.0), 2], (1, 2)),
    (torch.tensor(7.0, requires_grad=True), 7),
    (torch.tensor([1.0, 2.0], requires_grad=True), [1, 2]),
    (tf.Variable([[1.0, 2.0]]), np.array([[1.0, 2.0]])),
    ([tf.constant(1.0), torch.tensor(2)], (1, 2)),
    ((1.0 + 1e-16, 0.0), np.array([1.0, 1e-16])),
    (None, None),
    (np.bool_(True), True),
    (" sum ", "sum"),
    ({"w": np.float64(2)}, {"w": 2}),
    (range(1, 3), (1, 2)),
    (deque([1, 2]), [1, 2]),
    ({1: "x", 2: "y"}.keys(), [1, 2]),
    ({"x": 1, "y": 2}.values(), np.array([1.0, 2.0])),
    ([Fraction(1), np.array(2)], np.array([1.0, 2.0])),
    (np.array([1, 2]), (np.array(1.0), np.array(2.0))),
]
OTHER_VALUES = [
    (1.0 + 2e-6, 1.0),
    (1e-9 * (1 + 2e-6), 1e-9),
    (0.0, 1e-9),
    (2**21, 2**21 - 1),
    (2.0**21, 2**21 - 1),
    (1e-9, 0.0),
    (math.nan, 1.0),
    (math.inf, 1.0),
    (-math.inf, math.inf),
    (10**400, 1.0),
    (False, True),
    (0, None),
    ("product", "sum"),
    ((1, 3), (1, 2)),
    ([[1, 2], [3, 5]], np.array([[1.0, 2.0], [3.0, 4.0]])),
]
OTHER_KINDS = [
    (True, 1, "the truth value True where a number is needed"),
    ("3", 3, "text where a number is needed"),
    (None, 3, "None where a number is needed"),
    (3 + 0j, 3, "a complex number where a number is needed"),
    ((3,), 3, "a tuple of one value where a number is needed"),
    (np.array([3.0]), 3, "an array of shape (1,) where a number is needed"),
    (math.sin, 3, "a function where a number is needed"),
    (float, 3, "the class float where a number is needed"),
    (Var("x"), 3, "a formula where a number is needed"),
    (1, True, "one number where True or False is needed"),
    (3, "sum", "one number where text is needed"),
    (3, (1, 2), "one number where two values are needed"),
    ((1, 2, 3), (1, 2), "three values where there should be 2"),
    ({1, 2}, (1, 2), "a set of two values where two values in a list or tuple are needed"),
    ({"x": 1}, (1,), "a dict of one value where one value in a list or tuple is needed"),
    (
        np.array([1, 2]),
        (np.ones(2), np.ones(2)),
        "an array of shape (2,) where two values in a list or tuple are needed",
    ),
    (range(10**7), (1, 2), "a range where two values are needed"),
    # These two need ids of their own: pytest's would hold an address, another one in each worker.
    pytest.param(iter([1, 2]), (1, 2), "a list_iterator where two values are needed", id="iterator"),
    pytest.param(
        (n for n in (1, 2)),
        (1, 2),
        "a generator, which has computed nothing yet, where two values are needed",
        id="generator",
    ),
    ([1, [2]], np.array([1.0, 2.0]), "a list of two values that is not an array of numbers, where"),
    ([1, 2, 3], np.array([1.0, 2.0]), "an array of shape (3,) where an array of shape (2,) is needed"),
    ({}, {"w": 1}, "a dict without 'w'"),
    ({"w": 1, "b": 2}, {"w": 1}, "a dict with 'b', which nobody asked for,"),
    (1, {"w": 1}, "one number where a dict is needed"),
]


def kind(value: Any) -> str:
    return type(value).__name__


@pytest.mark.parametrize(("given", "truth"), SAME, ids=kind)
def test_the_same(given: Any, truth: Any) -> None:
    assert difference(given, truth) is None


@pytest.mark.parametrize(("given", "truth"), OTHER_VALUES, ids=kind)
def test_another_value(given: Any, truth: Any) -> None:
    found = difference(given, truth)
    assert found is not None
    assert found.kind == ""


@pytest.mark.parametrize(("given", "truth", "told"), OTHER_KINDS, ids=kind)
def test_another_kind(given: Any, truth: Any, told: str) -> None:
    found = difference(given, truth)
    assert found is not None
    assert found.kind.startswith(told)


def test_the_place_of_the_first_difference() -> None:
    found = difference({"w": [1, (2, 3)]}, {"w": [1, (2, 4)]})
    assert found is not None
    assert found.place == "['w'][1][1]"


def test_zero_and_none_are_not_the_same() -> None:
    assert not same(0.0, None)
    assert not same(None, 0.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (21.000000000000004, "21"),
        (np.float64(-0.5), "-0.5"),
        (1.0000001, "1.0000001"),
        ((15, np.float64(10.0)), "(15, 10)"),
        ((1,), "(1,)"),
        ([1] * 1000, "[1, 1, 1, 1, 1, 1, ...]"),
        ({"w": np.float64(2)}, "{'w': 2}"),
        (Tensor(2.0), "2"),
        (2 * Var("x") + 1, "2*x + 1"),
        (math.nan, "nan"),
        (len, "<built-in function len>"),
        (10**5000, "an integer of about 5001 digits"),
        (np.zeros((1000, 1000))[0], "[0., 0., ..., 0., 0.]"),
        ([[[[[1]]]]], "[[[[...]]]]"),
    ],
    ids=kind,
)
def test_short(value: Any, text: str) -> None:
    assert short(value) == text


def test_short_is_short_and_without_addresses() -> None:
    class Long:
        def __repr__(self) -> str:
            return "<a\nthing at 0x7f001122 " + "of no end " * 1_000_000

    text = short(Long())
    assert text.startswith("<a thing of no end")
    assert len(text) == SHOWN_CHARACTERS
    assert len(short("x" * 10_000_000)) <= SHOWN_CHARACTERS


@pytest.mark.parametrize("value", [..., (1, ...), [(1, 3), ...], {1: ...}, {...: 1}, {"a": [(...,)]}], ids=kind)
def test_open(value: Any) -> None:
    assert is_open(value)


@pytest.mark.parametrize("value", [None, 0, "", "...", [], np.arange(3), Tensor(1.0)], ids=kind)
def test_not_open(value: Any) -> None:
    assert not is_open(value)
