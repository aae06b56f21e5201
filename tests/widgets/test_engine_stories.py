"""The stories of lesson 6: the recursive engine's calls beside the sweep, and a learner's own pass, write by write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autodiff_lessons import BackwardStory, CallsStory
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.exercises.lesson_06 import one_backward, two_backwards
from autodiff_lessons.small_engine import RecursiveVar, Var, backward, recursive_backward
from autodiff_lessons.widgets.narration import at_step, table


def doubled_square(x: Any) -> Any:
    a = x * x
    b = a + a
    return b


def diamond(x: Any) -> Any:
    a = x * x
    u = a + 1
    v = 2 * a
    d = u + v
    return d


def f(x: Any, y: Any) -> Any:
    return np.log(x) + x * y - np.sin(y)


def says(story: Any) -> list[str]:
    return [step["say"] for step in story.graph["steps"]]


def shown(story: Any, step: int) -> list[str]:
    """What stands in the boxes that are there at this step."""
    there = [at_step(story.graph["states"][node["id"]], step) != "absent" for node in story.graph["nodes"]]
    return [row[-1] for row, is_there in zip(table(story.graph, step), there, strict=True) if is_there]


# The recursive calls


@pytest.mark.parametrize(
    ("graph", "last"),
    [
        (doubled_square, "7 calls gave x.grad = 24. 3 visits gave x.grad = 12, and that is right."),
        (diamond, "11 calls gave x.grad = 24. 7 visits gave x.grad = 18, and that is right."),
        (lambda x: x * 5, "3 calls gave x.grad = 5. 3 visits gave x.grad = 5, which is right too."),
    ],
)
def test_both_engines_end_with_the_courses_numbers(graph: Any, last: str) -> None:
    assert says(CallsStory(graph, x=3.0))[-1] == last


def test_each_call_and_each_visit_is_a_step() -> None:
    told = says(CallsStory(doubled_square, x=3.0))
    assert told == [
        "The recursive engine. The seed is there: b holds 1. Nothing is called yet.",
        "Call 1: b holds 1 and sends 2 to a, which then holds 2.",
        "Call 2, by b: a holds 2 and sends 12 to x, which then holds 12.",
        "Call 3, by a: x holds 12 and sends nothing.",
        "Call 4, by a: x, called again, holds 12 and sends nothing.",
        "Call 5, by b: a, called again, holds 2 and sends 12 to x, which then holds 24. It has sent 2 of this before.",
        "Call 6, by a: x, called again, holds 24 and sends nothing.",
        "Call 7, by a: x, called again, holds 24 and sends nothing.",
        "Now the sweep. Visit 1: b holds 1 and sends 2 to a, which then holds 2.",
        "Visit 2: a holds 2 and sends 12 to x, which then holds 12.",
        "Visit 3: x holds 12 and sends nothing.",
        "7 calls gave x.grad = 24. 3 visits gave x.grad = 12, and that is right.",
    ]


def test_boxes_appear_with_what_they_hold() -> None:
    story = CallsStory(diamond, x=3.0)
    assert shown(story, 0) == ["d: 1"]
    assert shown(story, 4) == ["d: 1", "u: 1", "a: 1", "x: 6"]
    assert shown(story, 11)[-3:] == ["a: 3", "x: 24", "x: 24"]
    assert shown(story, 19)[11:] == ["d: 1", "u: 1", "1", "v: 1", "2", "a: 3", "x: 18"]
    callers = {edge["source"] for edge in story.graph["edges"] if edge["target"] in ("n3", "n4")}
    assert callers == {"n2"}  # both calls of x below the first call of a


def test_several_inputs_and_a_constant() -> None:
    story = CallsStory(f, x=2.0, y=5.0)
    assert "gave x.grad = 5.5 and y.grad = 1.71634, which is right too." in says(story)[-1]
    assert "2 is a constant and sends nothing." in " ".join(says(CallsStory(diamond, x=3.0)))


def test_what_can_not_be_told_is_refused() -> None:
    def doublings(x: Any) -> Any:
        for _ in range(6):
            x = x + x
        return x

    with pytest.raises(WidgetError, match=r"On the graph of doublings .* more than 60 times"):
        CallsStory(doublings, x=3.0)
    with pytest.raises(WidgetError, match="returned 3, which was not computed from its inputs"):
        CallsStory(lambda x: 3, x=3.0)


# A backward pass, write by write


def test_each_write_is_a_step() -> None:
    x, y = Var(2.0), Var(5.0, requires_grad=False)
    z = f(x, y)
    story = BackwardStory(one_backward.reference, z, x=x, y=y, z=z)
    assert story.graph["title"] == "backward(z), write by write"
    assert says(story) == [
        "Before the pass.",
        "Write 1: the grad of z was 0 and is now 1.",
        "Write 2: the grad of + was 0 and is now 1.",
        "Write 3: the grad of log was 0 and is now 1.",
        "Write 4: the grad of * was 0 and is now 1.",
        "Write 5: the grad of x was 0 and is now 0.5.",
        "Write 6: the grad of x was 0.5 and is now 5.5.",
        "Done: x.grad = 5.5. The course's engine finds the same.",
    ]
    assert "x: 5.5" in shown(story, 7)
    assert "y: None" in shown(story, 7)
    assert (x.grad, z.grad) == (0.0, 0.0)  # it ran on a copy


def test_the_pass_of_6_5_writes_to_leaves_only() -> None:
    x, y = Var(2.0), Var(5.0)
    story = BackwardStory(two_backwards.reference, f(x, y), x=x, y=y)
    assert len(says(story)) == 4
    assert says(story)[-1] == "Done: x.grad = 5.5 and y.grad = 1.71634. The course's engine finds the same."


def test_it_begins_at_zero_whatever_was_done_before() -> None:
    x = Var(3.0)
    z = x * x
    backward(z)
    assert says(BackwardStory(backward, z, x=x))[1:] == [
        "Write 1: the grad of x was 0 and is now 6.",
        "Done: x.grad = 6. The course's engine finds the same.",
    ]


@pytest.mark.parametrize("kind", [Var, RecursiveVar])
def test_a_wrong_pass_shows_where_it_parts_from_the_course(kind: type[Var]) -> None:
    x = kind(3.0)
    recursive: Any = (
        recursive_backward
        if kind is RecursiveVar
        else {wrong.code.__name__: wrong.code for wrong in one_backward.wrong_answers}["the_recursive_engine"]
    )
    story = BackwardStory(recursive, diamond(x), x=x)
    assert says(story)[-1] == "Done: x.grad = 24. The course's engine finds 18 at x."


def test_a_value_that_is_no_number_is_shown_as_it_is() -> None:
    def pass_with_a_text(out: Var) -> None:
        out.parents[0].grad = "one"

    x = Var(3.0)
    assert says(BackwardStory(pass_with_a_text, x * 5, x=x))[1:] == [
        "Write 1: the grad of x was 0 and is now 'one'.",
        "Done: x.grad = 'one'. The course's engine finds 5 at x.",
    ]


def test_a_pass_that_does_nothing_or_never_ends_is_told() -> None:
    def nothing(out: Var) -> None:
        pass

    def for_ever(out: Var) -> None:
        while True:
            out.grad = 1.0

    x = Var(3.0)
    with pytest.raises(WidgetError, match=r"nothing gave no node a grad\. Set `out\.grad = 1\.0`"):
        BackwardStory(nothing, x * x, x=x)
    with pytest.raises(WidgetError, match="for_ever wrote to a grad more than 200 times on a graph of 2 nodes"):
        BackwardStory(for_ever, x * x, x=x)
