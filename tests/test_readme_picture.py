"""The README's picture is what GraphView draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autodiff_lessons import GraphView


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def test_the_picture_is_up_to_date(repository: Path):
    drawn = GraphView(f, x=(0.5, 4, 2.0), y=(0, 6, 5.0), step="end").as_svg()
    picture = repository / "notebooks/images/graph_view.svg"
    assert picture.read_text(encoding="utf-8") == drawn, f"write GraphView(...).as_svg() to {picture.name} again"
