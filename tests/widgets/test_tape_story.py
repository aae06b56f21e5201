"""TapeStory: the lines of a real tape, and the numbers of its own sweep."""

from __future__ import annotations

import pytest

from autodiff_lessons import GradientTape, TapeStory, Variable
from autodiff_lessons.dialects import tf
from autodiff_lessons.errors import WidgetError


def said(story):
    return [step["say"] for step in story.graph["steps"]]


def recorded(persistent=True):
    x, y = tf.Variable(2.0), tf.Variable(5.0)
    with tf.GradientTape(persistent) as tape:
        z = tf.math.log(x) + x * y - tf.sin(y)
    return tape, z, x, y


def test_the_story_of_the_course_function():
    tape, z, x, y = recorded()
    assert said(TapeStory(tape, z, x=x, y=y)) == [
        "The tape is empty. It watches x and y.",
        "Line 1 is written down: v1 = log(x) = 0.693147.",
        "Line 2 is written down: v2 = x * y = 10.",
        "Line 3 is written down: v3 = v1 + v2 = 10.6931.",
        "Line 4 is written down: v4 = sin(y) = −0.958924.",
        "Line 5 is written down: v5 = v3 - v4 = 11.6521.",
        "Now it is read from the end. The target is v5: its derivative by itself is 1.",
        "v5 has 1 and sends 1 to v3 and −1 to v4.",
        "v4 has −1 and sends −0.283662 to y.",
        "v3 has 1 and sends 1 to v1 and 1 to v2.",
        "v2 has 1 and sends 5 to x and 2 to y.",
        "v1 has 1 and sends 0.5 to x.",
        "The derivative of v5 is ready: by x it is 5.5, by y it is 1.71634.",
    ]


def test_one_line_below_the_other_in_the_order_of_writing():
    tape, z, x, y = recorded()
    graph = TapeStory(tape, z, x=x, y=y).graph
    assert [(edge["source"], edge["target"]) for edge in graph["edges"]] == [
        (f"n{at}", f"n{at + 1}") for at in range(len(graph["nodes"]) - 1)
    ]
    texts = graph["texts"]["n2.words"]
    assert [words for _, words in texts] == ["", "v1 = log(x) = 0.693147", "v1 = log(x) = 0.693147  ←  1"]


def test_the_tape_can_still_be_asked():
    tape, z, x, y = recorded(persistent=False)
    TapeStory(tape, z, x=x, y=y)
    assert [one.numpy() for one in tape.gradient(z, [x, y])] == pytest.approx([5.5, 1.716338])


def test_arrays_constants_and_lines_that_lead_nowhere():
    x = tf.constant([1.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tf.cast(x, tf.int32)
        z = tf.reduce_sum(y**2 - 1.0)
    steps = said(TapeStory(tape, z, x=x))
    assert "Line 4 is written down: v4 = v3 - 1 = [0, 80]." in steps
    assert "v2 has nothing to send: it is not on a way from a source to the target." in steps
    assert steps[-2:] == [
        "v1 has [2, 18] and sends [4, 108] to x.",
        "The derivative of v5 is ready: by x it is [4, 108].",
    ]


def test_the_engines_own_tape_and_a_source_that_it_does_not_watch():
    x, other = Variable(3.0), Variable(1.0)
    with GradientTape() as tape:
        y = x * x
    steps = said(TapeStory(tape, y, x=x, other=other))
    assert steps[0] == "The tape is empty. It watches x."
    assert steps[-1] == "The derivative of v1 is ready: by x it is 6, by other it is None."
    assert said(TapeStory(tape, y, other=other))[0] == "The tape is empty. It watches none of the sources."


def test_what_it_can_not_tell():
    tape, z, x, y = recorded(persistent=False)
    with pytest.raises(WidgetError, match="needs a target that this tape has recorded"):
        TapeStory(tape, x * y, x=x)
    with pytest.raises(WidgetError, match="and a name for each source"):
        TapeStory(tape, z)
    tape.gradient(z, x)
    with pytest.raises(WidgetError, match=r"no record \(any more\).*Use persistent=True"):
        TapeStory(tape, z, x=x)
