"""DerivativeStory: its boxes are the trees of a formula and its derivative, and each step brings its rule's part."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.engine.symbolic import diff, parse, symbols
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.derivative_story import DerivativeStory

FORMULAS = [
    "x**2 + 3*x + 2", "log(x) + x*y - sin(y)", "x*x", "-x", "1 - x", "y - sin(x)", "-(x*y)", "x - x", "cos(x)",
    "(x**2 + 1)/(x - 3)", "sin(x**2)", "x**x", "x", "7", "y", "sin(y)", "exp(x)*exp(x)", "abs(x - 1)", "maximum(x, y)",
]  # fmt: skip


def written(expr):
    """A formula's tree, as nested tuples of what stands in its boxes."""
    return (expr.op.symbol if expr.op else str(expr), *map(written, expr.inputs))


def drawn(story, foot):
    """The tree that stands in a story's boxes above this one."""
    nodes = {one["id"]: one for one in story.graph["nodes"]}

    def above(one):
        return (nodes[one]["label"], *map(above, nodes[one]["inputs"]))

    (foot,) = (one for one in story.graph["nodes"] if one["label"] == foot)
    return above(foot["inputs"][0])


def there(story, step):
    """How many boxes are there at this step."""
    count = 0
    for one in story.graph["nodes"]:
        state = [state for at, state in story.graph["states"][one["id"]] if at <= step][-1]
        count += state != "absent"
    return count


@pytest.mark.parametrize("text", FORMULAS)
def test_the_boxes_are_the_two_trees(text):
    story, formula = DerivativeStory(text), parse(text)
    assert drawn(story, "f") == written(formula)
    assert drawn(story, "df/dx") == written(diff(formula, "x"))


@pytest.mark.parametrize("text", FORMULAS)
def test_the_boxes_of_a_derivative_come_with_the_rule_that_makes_it(text):
    story, formula = DerivativeStory(text), parse(text)
    steps = story.graph["steps"]
    assert steps[-1]["say"].endswith(f"{formula.tree_nodes} nodes became {diff(formula, 'x').tree_nodes}.")
    assert there(story, 0) == formula.tree_nodes + 1
    assert there(story, len(steps) - 2) == formula.tree_nodes + 1 + diff(formula, "x").tree_nodes
    assert there(story, len(steps) - 1) == len(story.graph["nodes"])
    said = [one["say"] for one in steps[1:-1]]
    assert len(set(said)) == len(said)
    assert said[-1].endswith(f"d/dx [{formula}] = {diff(formula, 'x')}")
    counts = [there(story, step) for step in range(len(steps))]
    assert counts == sorted(counts)


def test_the_story_of_the_parabola():
    story = DerivativeStory("x**2 + 3*x + 2", "x")
    assert [one["say"] for one in story.graph["steps"]] == [
        "The tree of the formula. Its leaves are differentiated first.",
        "Variable: d/dx [x] = 1",
        "Constant: d/dx [2] = 0",
        "Power rule: d/dx [x**2] = 2*x**(2 - 1)*1",
        "Constant: d/dx [3] = 0",
        "Product rule: d/dx [3*x] = x*0 + 3*1",
        "Sum rule: d/dx [x**2 + 3*x] = 2*x**(2 - 1)*1 + (x*0 + 3*1)",
        "Sum rule: d/dx [x**2 + 3*x + 2] = 2*x**(2 - 1)*1 + (x*0 + 3*1) + 0",
        "The derivative of the tree is a tree: 9 nodes became 19.",
    ]
    # the two places of x bring a 1 each; x*0 + 3*1 has 7 boxes, and its 0 and 1 are there already
    assert [there(story, step) - there(story, step - 1) for step in range(1, 9)] == [2, 1, 8, 1, 5, 1, 1, 1]


def test_another_variable_and_a_formula_that_is_one_already():
    x, y = symbols("x y")
    story = DerivativeStory(x * np.sin(y), "y")
    assert story.graph["title"] == "The derivative of x*sin(y) by y"
    assert drawn(story, "df/dy") == written(diff(x * np.sin(y), "y"))


def test_a_formula_that_is_too_long_for_a_picture():
    with pytest.raises(WidgetError, match=r"have \d+ nodes, and a picture shows 120 at most.*steps=True"):
        DerivativeStory("sin(x)*cos(x)*exp(x)*log(x)*x**2*x**3")
