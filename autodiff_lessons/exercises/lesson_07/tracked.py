"""7.1: what PyTorch keeps of each tensor: x and y plain, z tracked, a = x + y, b = a + z, then b.backward()."""

from __future__ import annotations

import re
import warnings
from typing import Any

from autodiff_lessons.dialects import torch
from autodiff_lessons.exercises.table_exercise import TableExercise


def function_name(grad_fn: Any) -> Any:
    """The name of a node, as the node itself, its text or its name gives it: "AddBackward0" is "<AddBackward0>"."""
    name = grad_fn.name() if callable(getattr(grad_fn, "name", None)) else grad_fn
    if not isinstance(name, str):
        return name
    return re.sub(r"(backward)\d*$", r"\1", name.strip("<> ").split(" ")[0].casefold())


tracked = TableExercise(
    "7.1",
    "Predict what is tracked",
    columns=("requires_grad", "is_leaf", "grad_fn", "grad"),
    read={"grad_fn": function_name},
    stub="""\
# In this order: requires_grad, is_leaf, the name of grad_fn (a text, or None), grad
answer(
    "7.1",
    x=(..., ..., ..., ...),
    y=(..., ..., ..., ...),
    z=(..., ..., ..., ...),
    a=(..., ..., ..., ...),
    b=(..., ..., ..., ...),
)
""",
    hints=[
        "Tracking begins where somebody wrote `requires_grad=True`, and goes on to whatever is computed from there. "
        "Which of the five tensors does it reach?",
        "A result is recorded only if one of its inputs is tracked. Without a record there is no `grad_fn`, and "
        "PyTorch calls every tensor without a record a leaf, even one that was computed.",
        "The backward pass leaves its numbers at tracked leaves. Everything else has None for its `grad`. A name of "
        'a `grad_fn` is the operation\'s, then "Backward0": a product has "MulBackward0".',
    ],
    takeaway="Tracking begins where it is asked for and follows the data. Only a tracked leaf keeps a gradient.",
)


@tracked.set_reference
def from_z_on() -> dict[str, Any]:
    return {
        "x": (False, True, None, None),
        "y": (False, True, None, None),
        "z": (True, True, None, 1.0),
        "a": (False, True, None, None),
        "b": (True, False, "AddBackward0", None),
    }


@tracked.wrong(
    "columns-swapped",
    "`requires_grad` and `is_leaf` are in each other's place. The first says whether somebody asked for gradients, the "
    "second whether the tensor begins the record.",
    by_item=False,
    whole=True,
)
def second_column_first() -> dict[str, Any]:
    rows = from_z_on()
    return {name: (row[1], row[0], *row[2:]) for name, row in rows.items()}


@tracked.wrong(
    "computed-is-no-leaf",
    "a was computed, but from two tensors that nobody tracks, so PyTorch kept no record of it. A tensor without a "
    "record counts as a leaf.",
)
def leaf_as_input() -> dict[str, Any]:
    return {"a": (False, False, None, None)}


@tracked.wrong(
    "record-of-the-untracked",
    "Nothing that a was made from is tracked. So there is nothing to go back to, and no record is kept: what is "
    "`grad_fn` then?",
)
def a_function_for_a() -> dict[str, Any]:
    return {"a": (False, True, "AddBackward0", None)}


@tracked.wrong(
    "slope-of-the-untracked",
    "b would move as much as this tensor, that is true. But nobody asked for the number: the tensor is not tracked, so "
    "nothing is kept.",
)
def ones() -> dict[str, Any]:
    return {"x": (False, True, None, 1.0), "y": (False, True, None, 1.0), "a": (False, True, None, 1.0)}


@tracked.wrong(
    "tracking-flows-back",
    "A result is tracked if one of its own inputs is. z comes in only later, in b: that does not reach back to a.",
)
def a_is_tracked() -> dict[str, Any]:
    return {"a": (True, False, "AddBackward0", None)}


@tracked.wrong("tracking-flows-back")
def a_is_a_tracked_leaf() -> dict[str, Any]:
    return {"a": (True, True, None, 1.0)}


@tracked.wrong(
    "tracked-by-default",
    "`torch.tensor` tracks nothing by itself. Only z was made with `requires_grad=True`.",
)
def everything_is_tracked() -> dict[str, Any]:
    return {
        "x": (True, True, None, 1.0),
        "y": (True, True, None, 1.0),
        "a": (True, False, "AddBackward0", None),
    }


@tracked.wrong(
    "inner-grad-filled",
    "b was computed, so it is no leaf. What arrives at an inner tensor is sent on and not kept, unless you call "
    "`b.retain_grad()` before.",
)
def b_keeps_its_seed() -> dict[str, Any]:
    return {"b": (True, False, "AddBackward0", 1.0)}


@tracked.wrong(
    "recorded-leaf",
    "b is tracked because an operation made it of tracked data, and that was recorded. What has a record is no leaf.",
)
def b_as_a_tracked_leaf() -> dict[str, Any]:
    return {"b": (True, True, "AddBackward0", None)}


@tracked.wrong(
    "result-untracked",
    "b was computed from z, and z is tracked. One tracked input is enough: then the result is recorded.",
)
def b_as_a_leaf() -> dict[str, Any]:
    return {"b": (False, True, None, None)}


@tracked.wrong(
    "leaf-has-a-function",
    "z was made by you, not by an operation, so it has no `grad_fn`. AccumulateGrad is the end of b's record, the "
    "place that adds to `z.grad`.",
)
def accumulating() -> dict[str, Any]:
    return {"z": (True, True, "AccumulateGrad", 1.0)}


@tracked.wrong(
    "tracked-is-no-leaf",
    "z is tracked, and it is also a leaf: no operation made it.",
)
def z_is_no_leaf() -> dict[str, Any]:
    return {"z": (True, False, None, 1.0)}


@tracked.wrong(
    "before-the-pass",
    "`b.backward()` has run. z is a tracked leaf, so a number has arrived there: how much does b move if z moves by 1?",
)
def nothing_arrived() -> dict[str, Any]:
    return {"z": (True, True, None, None)}


@tracked.wrong(
    "zero-for-none",
    "Nobody asked for a gradient here, so there is no number. Zero would be a number: it would say that b does not "
    "move.",
)
def zeros() -> dict[str, Any]:
    return {
        "x": (False, True, None, 0.0),
        "y": (False, True, None, 0.0),
        "a": (False, True, None, 0.0),
        "b": (True, False, "AddBackward0", 0.0),
    }


@tracked.wrong(
    "in-quotes",
    "This is a text. Python has a word of its own for nothing: write it without quotes.",
)
def nothing_as_text() -> dict[str, Any]:
    return {
        "x": (False, True, "None", "None"),
        "y": (False, True, "None", "None"),
        "z": (True, True, "None", 1.0),
        "a": (False, True, "None", "None"),
        "b": (True, False, "AddBackward0", "None"),
    }


@tracked.wrong(
    "named-by-the-symbol",
    "The record bears the name of the operation and of its way back. Print `b.grad_fn.name()`.",
)
def plus() -> dict[str, Any]:
    return {"b": (True, False, "+", None)}


@tracked.wrong("named-by-the-symbol")
def the_word() -> dict[str, Any]:
    return {"b": (True, False, "add", None)}


@tracked.alternative
def by_asking_the_tensors() -> dict[str, Any]:
    x, y, z = torch.tensor(1.0), torch.tensor(2.0), torch.tensor(3.0, requires_grad=True)
    a = x + y
    b = a + z
    b.backward()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of asking b, no leaf, for its grad
        return {
            name: [one.requires_grad, one.is_leaf, one.grad_fn, one.grad]
            for name, one in {"x": x, "y": y, "z": z, "a": a, "b": b}.items()
        }


@tracked.alternative
def as_pytorch_prints_it() -> dict[str, Any]:
    plain = [False, True, None, None]
    return {
        "x": plain,
        "y": plain,
        "z": (True, True, None, 1),
        "a": plain,
        "b": (True, False, "<AddBackward0 object at 0x7f3c2a1b4d90>", None),
    }
