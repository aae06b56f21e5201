"""Slider descriptions: what each short form means, and what a wrong one is told."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.sliders import Slider, as_slider, static


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (2.0, Slider(0, 4, 2, 0.02)),
        (-3, Slider(-6, 0, -3, 0.05)),
        (0, Slider(-3, 3, 0, 0.05)),
        (np.float64(5), Slider(0, 10, 5, 0.1)),
        ((-3, 3), Slider(-3, 3, 0, 0.05)),
        ((0.1, 4), Slider(0.1, 4, 2.06, 0.02)),
        ((-3, 3, 1.0), Slider(-3, 3, 1, 0.05)),
        ([0, 1, 0.25], Slider(0, 1, 0.25, 0.01)),
        ((0, 10, 4, 2), Slider(0, 10, 4, 2)),
        ((1, 6, 3, 1), Slider(1, 6, 3, 1)),
        (Slider(0, 1, 0.5, 0.1, "rate"), Slider(0, 1, 0.5, 0.1, "rate")),
    ],
)
def test_each_short_form_means_one_slider(spec, expected):
    assert as_slider("x", spec) == expected


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("2", "this does not describe a slider"),
        (True, "this does not describe a slider"),
        (math.nan, "this does not describe a slider"),
        ((1,), "this does not describe a slider"),
        ((1, 2, 3, 4, 5), "this does not describe a slider"),
        ((3, -3), "low is 3 and high is -3, but low must be below high"),
        ((3, -3, 0, 1), "low must be below high"),
        ((1, 1), "low must be below high"),
        ((0, math.inf), "high is inf, but a slider's high must be a finite number"),
        (("0", 1), "low is '0'"),
        ((0, 1, 7), "start is 7, which is not between low 0 and high 1"),
        ((0, 1, 0.5, 0), "step is 0, but a step must be above 0"),
        ((0, 1, 0.5, 2), "step is 2"),
        ((0, 1, 0.5, "a"), "step is 'a'"),
    ],
)
def test_a_wrong_description_is_told_what_to_write(spec, message):
    with pytest.raises(WidgetError, match=re.escape(f"rate={spec!r}: ")) as raised:
        as_slider("rate", spec)
    assert message in str(raised.value)
    assert "rate=(low, high, start)" in str(raised.value)


def test_the_page_gets_plain_numbers_and_a_label():
    assert as_slider("x", (np.int64(-3), 3, 1)).to_json("x") == {
        "name": "x",
        "label": "x",
        "low": -3.0,
        "high": 3.0,
        "start": 1.0,
        "step": 0.05,
    }
    assert type(as_slider("x", (np.int64(-3), 3, 1)).low) is float
    assert Slider(0, 1, 0, 0.1, label="rate").to_json("x")["label"] == "rate"


@pytest.mark.parametrize("range_", [(0, 1), (-3, 3), (0.1, 4), (0, 1e-6), (-1e9, 1e9), (0, 7.3)])
def test_without_a_step_there_are_100_to_250_stops(range_):
    low, high = range_
    assert 100 <= round((high - low) / as_slider("x", range_).step) <= 250


def test_static_files_join_into_one_module():
    text = static("sliders.js", "sliders.css")
    assert text.index("export function makeSliders") < text.index(".adl-slider-input")
