"""GradFnStory: it shows the record that is there, with the numbers of a real backward pass, and leaves no trace."""

from __future__ import annotations

import pytest

from autodiff_lessons import GradFnStory
from autodiff_lessons.dialects import torch
from autodiff_lessons.errors import WidgetError


def course_function(module):
    x, y = (module.tensor(value, requires_grad=True) for value in (2.0, 5.0))
    return x, y, module.log(x) + x * y - module.sin(y)


def said(story):
    return [step["say"] for step in story.graph["steps"]]


def test_the_story_of_the_course_function():
    x, y, z = course_function(torch)
    assert said(GradFnStory(z, x=x, y=y)) == [
        "Leaves: nothing made them, so they have no grad_fn.",
        "* gives a value. Its grad_fn is MulBackward0, pointing to AccumulateGrad of x and AccumulateGrad of y.",
        "log gives a value. Its grad_fn is LogBackward0, pointing to AccumulateGrad of x.",
        "sin gives a value. Its grad_fn is SinBackward0, pointing to AccumulateGrad of y.",
        "+ gives a value. Its grad_fn is AddBackward0, pointing to LogBackward0 and MulBackward0.",
        "− gives a value. Its grad_fn is SubBackward0, pointing to AddBackward0 and SinBackward0.",
        "backward() begins here with 1. SubBackward0 got 1 and sends 1 to AddBackward0 and −1 to SinBackward0.",
        "SinBackward0 got −1 and sends −0.283662 to AccumulateGrad of y.",
        "AddBackward0 got 1 and sends 1 to LogBackward0 and 1 to MulBackward0.",
        "MulBackward0 got 1 and sends 5 to AccumulateGrad of x and 2 to AccumulateGrad of y.",
        "Nothing more will come. AccumulateGrad adds −0.283662 + 2 = 1.71634 to y.grad.",
        "LogBackward0 got 1 and sends 0.5 to AccumulateGrad of x.",
        "Nothing more will come. AccumulateGrad adds 5 + 0.5 = 5.5 to x.grad.",
    ]


def test_the_arrows_of_the_record_point_the_other_way():
    x, y, z = course_function(torch)
    graph = GradFnStory(z, x=x, y=y).graph
    labels = {node["id"]: node["label"] for node in graph["nodes"]}
    arrows = {(labels[edge["source"]], labels[edge["target"]]) for edge in graph["edges"]}
    assert {("x", "log"), ("log", "+"), ("+", "−")} <= arrows
    assert {("SubBackward0", "AddBackward0"), ("AddBackward0", "LogBackward0")} <= arrows
    assert ("LogBackward0", "AccumulateGrad x") in arrows
    assert len(arrows) == len(graph["edges"]) == 16
    assert [node["kind"] for node in graph["nodes"]].count("constant") == 2  # the two places that add up


def test_the_graph_and_the_gradients_stay_as_they_were():
    x, y, z = course_function(torch)
    x.grad = torch.tensor(7.0)
    GradFnStory(z, x=x, y=y)
    assert x.grad.item() == 7.0
    assert y.grad is None
    z.backward()
    assert x.grad.item() == 12.5


def test_a_tensor_that_is_used_twice_and_numbers_in_a_row():
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    y = w * torch.tensor([-1.0, -2.0])
    steps = said(GradFnStory((y[1] * y).sum(), w=w))
    assert "MulBackward0 got [−6, −14] and sends [6, 28] to AccumulateGrad of w." in steps
    assert steps[-1] == "Nothing more will come. AccumulateGrad adds [6, 28] to w.grad."
    x = torch.tensor(3.0, requires_grad=True)
    steps = said(GradFnStory(x * x))
    assert steps[-2:] == [
        "backward() begins here with 1. MulBackward0 got 1 and sends 3 to AccumulateGrad of a leaf and "
        "3 to AccumulateGrad of a leaf.",
        "Nothing more will come. AccumulateGrad adds 3 + 3 = 6 to a leaf.grad.",
    ]


def test_what_is_not_tracked_is_not_in_the_picture():
    x = torch.tensor(2.0, requires_grad=True)
    graph = GradFnStory(x * torch.tensor(5.0), x=x).graph
    assert [node["label"] for node in graph["nodes"]] == ["x", "*", "MulBackward0", "AccumulateGrad x"]


@pytest.mark.parametrize(
    "make", [lambda: torch.tensor(1.0, requires_grad=True), lambda: torch.ones(2, requires_grad=True) * 2]
)
def test_it_needs_a_record_and_one_number(make):
    with pytest.raises(WidgetError, match="one number that was computed from a tracked one"):
        GradFnStory(make())


def test_pytorch_tells_the_same_story():
    real = pytest.importorskip("torch", reason="PyTorch is not installed")
    stories = []
    for module in (torch, real):
        x, y, z = course_function(module)
        stories.append(GradFnStory(z, x=x, y=y))
    assert stories[0].graph == stories[1].graph
