"""The picture of the losses: what it shows, what it says, and what it refuses."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.loss_curve import POINTS, LossCurve


def curve_of(*losses: Any, epochs: int = 10) -> LossCurve:
    curve = LossCurve(epochs, (480, 300))
    for one in losses:
        curve.add(one)
    return curve


def marks(curve: LossCurve) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = curve.for_the_page()["marks"]
    return found


def test_each_loss_is_a_line_with_a_mark_at_its_end() -> None:
    curve = curve_of({"training": 2.0, "held-out": 3.0}, {"training": 1.0, "held-out": 2.5})
    assert [(mark.get("label"), mark["x"], mark["y"]) for mark in marks(curve)] == [
        ("training", [1.0, 2.0], [2.0, 1.0]),
        (None, [2.0], [1.0]),
        ("held-out", [1.0, 2.0], [3.0, 2.5]),
        (None, [2.0], [2.5]),
    ]
    assert len({mark["dashes"] for mark in marks(curve) if "label" in mark}) == 2
    assert len({mark["marker"] for mark in marks(curve) if "label" not in mark}) == 2
    assert curve.sentence() == "training 1, held-out 2.5"


@pytest.mark.parametrize("loss", [0.25, np.float32(0.25), Tensor(0.25, requires_grad=True), np.array(0.25)])
def test_one_number_of_any_make_is_the_loss(loss: Any) -> None:
    assert curve_of(loss).history == {"loss": [0.25]}


@pytest.mark.parametrize(
    ("losses", "limits"),
    [([], [1, 10]), ([2.0], [1, 10]), ([2.0, 0.3], [0.1, 10]), ([0.5, 0.02], [0.01, 1]), ([40.0], [10, 100])],
)
def test_the_scale_holds_all_losses_between_powers_of_ten(losses: list[float], limits: list[float]) -> None:
    panel = curve_of(*losses).for_the_page()["panels"][0]
    assert panel["y"]["limits"] == pytest.approx(limits)
    assert panel["y"]["log"]


def test_what_has_no_logarithm_is_a_gap() -> None:
    curve = curve_of(1.0, 0.0, -1.0, math.nan, math.inf, 2.0)
    assert marks(curve)[0]["y"] == [1.0, None, None, None, None, 2.0]
    assert curve.history["loss"][1:3] == [0.0, -1.0]


def test_a_long_training_is_drawn_with_few_points_and_ends_at_its_last() -> None:
    curve = curve_of(*np.linspace(1, 2, 3 * POINTS + 2), epochs=2000)
    line = marks(curve)[0]
    assert len(line["x"]) <= POINTS + 1
    assert (line["x"][0], line["x"][-1], line["y"][-1]) == (1.0, 3 * POINTS + 2, 2.0)


def test_the_still_picture_grows_with_the_losses() -> None:
    curve = curve_of(2.0)

    def inked() -> float:
        return float(np.mean(np.asarray(Image.open(io.BytesIO(curve.png())).convert("L")) < 140))

    before = inked()
    for loss in (1.8, 1.5, 1.2):
        curve.add(loss)
    assert inked() > before


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        (None, "The loss 'loss' is None, and a curve needs one number an epoch."),
        ("low", "The loss 'loss' is 'low'"),
        ({}, "An epoch returns its losses by their names, at least one; this one returned {}."),
        ({"a": np.ones(3)}, "The loss 'a' is array"),
    ],
)
def test_a_first_epoch_without_a_loss_is_explained(losses: Any, message: str) -> None:
    with pytest.raises(WidgetError) as caught:
        curve_of(losses)
    assert message in str(caught.value)


def test_other_losses_than_before_are_refused_and_leave_the_curve_as_it_was() -> None:
    curve = curve_of({"training": 2.0})
    with pytest.raises(WidgetError, match=r"as before, 'training'; this one returned 1\.0"):
        curve.add(1.0)
    with pytest.raises(WidgetError, match="as before, 'training'"):
        curve.add({"training": 2.0, "held-out": 1.0})
    assert curve.history == {"training": [2.0]}
