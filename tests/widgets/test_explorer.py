"""Explorer without a browser: what a movement does to the traits that the page shows."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from autodiff_lessons.errors import DomainError, WidgetError
from autodiff_lessons.widgets.explorer import Explorer


def line(axes, slope):
    axes.plot([0, 1], [0, slope])
    axes.set(xlim=(0, 1), ylim=(-1, 1), xlabel="x", ylabel="y")
    return f"the slope is {slope:g}"


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.picture)).convert("RGB")).astype(int)


def test_a_movement_changes_picture_and_sentence_and_back_again_gives_the_same():
    explorer = Explorer(line, slope=(-1, 1, 0.5))
    first = explorer.picture
    assert explorer.sentence == "the slope is 0.5"
    explorer.values = {"slope": -1}
    assert explorer.sentence == "the slope is -1"
    assert explorer.picture != first
    explorer.values = {"slope": 0.5}
    assert explorer.picture == first


def test_one_figure_is_cleared_and_drawn_on_again():
    seen = []

    def draw(axes, x):
        seen.append((axes.figure, len(axes.lines), len(axes.figure.axes)))
        axes.plot([0, x])
        axes.twinx()
        return "drawn"

    explorer = Explorer(draw, x=1.0)
    explorer.values = {"x": 2}
    assert seen == [(seen[0][0], 0, 1)] * 2


def test_draw_gets_floats_and_values_that_are_left_out_stay():
    got = []

    def draw(axes, x, y):
        got.append((x, y))
        return "drawn"

    explorer = Explorer(draw, x=(0, 4, 1), y=(0, 4, 3))
    explorer.values = {"y": 2}  # what a page sends for 2.0
    assert got == [(1.0, 3.0), (1.0, 2.0)]
    assert {type(number) for pair in got for number in pair} == {float}
    assert explorer.values == {"x": 1.0, "y": 2.0}


def test_an_error_is_said_the_last_good_picture_stays_and_the_next_movement_recovers():
    def draw(axes, x):
        axes.plot([0, 1], [0, x])
        if x == 0:
            raise DomainError("log(0) has no value: log(x) needs x > 0.")
        if x < 0:
            raise KeyError("x")
        return f"x is {x:g}"

    explorer = Explorer(draw, x=(-1, 1, 0.5))
    good = explorer.picture
    explorer.values = {"x": 0}
    assert explorer.problem == (
        "At x=0: log(0) has no value: log(x) needs x > 0. The picture is the last one that could be drawn."
    )
    assert (explorer.picture, explorer.sentence) == (good, "x is 0.5")
    assert "log(0) has no value" in explorer._repr_mimebundle_()[0]["text/plain"]
    explorer.values = {"x": -1}
    assert "At x=-1: KeyError: 'x'" in explorer.problem
    explorer.values = {"x": 1}
    assert (explorer.problem, explorer.sentence) == ("", "x is 1")
    assert explorer.picture != good


@pytest.mark.parametrize("backdrop", [None, lambda axes: None])
def test_an_error_half_way_leaves_nothing_behind(backdrop):
    def draw(axes, x):
        axes.plot([0, x])
        if x == 0:
            raise DomainError("no")
        return "drawn"

    explorer = Explorer(draw, backdrop=backdrop, x=(0, 1, 1))
    good = explorer.picture
    explorer.values = {"x": 0}
    explorer.values = {"x": 1}
    assert explorer.picture == good


def test_the_first_drawing_raises_its_error():
    with pytest.raises(ZeroDivisionError):
        Explorer(lambda axes, x: f"{1 / x}", x=0)


def test_draw_must_return_a_sentence():
    with pytest.raises(WidgetError, match="draw returned None; return one sentence"):
        Explorer(lambda axes, x: None, x=1.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"y": 1}, "There is no slider 'y'; there is x."),
        ({"x": 9}, "x = 9 is not on its slider, from 0 to 2."),
        ({"x": float("nan")}, "x = nan is not on its slider"),
    ],
)
def test_values_that_no_slider_can_have_are_refused(values, message):
    explorer = Explorer(lambda axes, x: "drawn", x=1.0)
    with pytest.raises(WidgetError, match=message):
        explorer.values = values
    assert explorer.values == {"x": 1.0}


def test_a_backdrop_is_drawn_once_and_shows_the_same_as_drawing_everything():
    drawn = []

    def backdrop(axes):
        drawn.append("backdrop")
        axes.plot([0, 1], [1, 0])
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="x", ylabel="y")

    def moving(axes, x):
        drawn.append(float(x))  # a value that is traced has none: the kernel draws
        axes.plot([x], [x], "ko", zorder=3)
        axes.plot([0.1, 0.9], [x, x], "C1--")
        return f"x is {x:g}"

    def everything(axes, x):
        axes.plot([0, 1], [1, 0])
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="x", ylabel="y")
        return moving(axes, x)

    quick = Explorer(moving, backdrop=backdrop, x=(0, 1, 0.25))
    drawn.clear()
    quick.values = {"x": 0.5}
    assert drawn == [0.5]
    slow = Explorer(everything, x=(0, 1, 0.5))
    assert quick.picture == slow.picture
    assert np.mean(np.abs(pixels(quick) - 255) > 8) > 1e-2  # not two empty cards


def test_what_moves_does_not_move_the_scale_of_the_backdrop():
    def moving(axes, x):
        axes.plot([0, 9 * x], [0, 9 * x], "C1")
        return "drawn"

    explorer = Explorer(moving, backdrop=lambda axes: axes.plot([0, 1], [0, 1]), x=1.0)
    assert explorer._easel.figure.axes[0].get_xlim() == pytest.approx((-0.05, 1.05))


def test_the_picture_is_as_sharp_as_the_screen():
    explorer = Explorer(line, backdrop=lambda axes: None, size=(480, 300), slope=(-1, 1, 0.5))
    sharp = pixels(explorer)
    explorer.pixel_ratio = 1.0
    plain = pixels(explorer)
    assert (sharp.shape, plain.shape) == ((600, 960, 3), (300, 480, 3))
    assert np.mean(np.abs(sharp.reshape(300, 2, 480, 2, 3).mean(axis=(1, 3)) - plain)) < 3


def test_what_a_notebook_keeps_of_it():
    explorer = Explorer(line, size=(480, 300), slope=(-1, 1, 0.5))
    data, metadata = explorer._repr_mimebundle_()
    assert repr(explorer) == "Explorer(slope=0.5)"
    assert data["text/plain"] == "Explorer(slope=0.5): the slope is 0.5"
    assert base64.b64decode(data["image/png"]) == explorer.picture
    assert metadata["image/png"] == {"width": 480, "height": 300}
    assert "application/vnd.jupyter.widget-view+json" in data


def test_callbacks_in_two_threads_draw_one_after_the_other_and_end_at_the_last_value():
    drawing, together = [], []

    def draw(axes, x):
        drawing.append(x)
        together.append(len(drawing))
        time.sleep(0.02)
        drawing.remove(x)
        return f"x is {x:g}"

    explorer = Explorer(draw, x=(0, 9, 0, 1))
    threads = [threading.Thread(target=setattr, args=(explorer, "values", {"x": x})) for x in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(together) == {1}
    assert explorer.sentence == f"x is {explorer.values['x']:g}"


def test_plots_load_when_first_used():
    code = (
        "import sys, autodiff_lessons; assert not {'matplotlib', 'anywidget'} & set(sys.modules);"
        "from autodiff_lessons import Explorer; assert 'matplotlib' not in sys.modules;"
        "Explorer(lambda axes, x: 'drawn', x=1); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
