"""The pictures: well-formed, deterministic, complete, and legible without colour."""

from __future__ import annotations

import re
import struct
from xml.etree import ElementTree

import numpy as np
import pytest

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.widgets.graph_data import graph_of
from autodiff_lessons.widgets.narration import narrated
from autodiff_lessons.widgets.pictures import live_svg, still_png, still_svg
from autodiff_lessons.widgets.recording import record
from autodiff_lessons.widgets.scene import Path, Rect, Text, draw

SVG = "{http://www.w3.org/2000/svg}"


def f(x, y):
    return np.log(x) + x * y - np.sin(y)


def graph(function=f, **inputs):
    inputs = inputs or {"x": 2.0, "y": 5.0}
    return graph_of(record(function, {name: Tensor(value, True, name) for name, value in inputs.items()}), "f(x, y)")


def still(step, function=f, **inputs):
    drawn = graph(function, **inputs)
    return still_svg(draw(drawn, heading=("f", "a sentence")), narrated(drawn), step, "A title", "A < description")


def texts(svg):
    return ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_still_picture_is_xml_with_a_title_and_a_description():
    root = ElementTree.fromstring(still(3))
    assert root.find(f"{SVG}title").text == "A title"
    assert root.find(f"{SVG}desc").text == "A < description"
    assert root.get("role") == "img"
    background = root.find(f"{SVG}rect")
    assert (background.get("fill"), background.get("width")) == ("#ffffff", root.get("width"))


def test_names_of_nodes_are_escaped():
    odd = Tensor(2.0, True, "a<b&c")
    drawn = graph_of(record(lambda x: x * x, {"x": odd}))
    assert "a<b&c" in texts(still_svg(draw(drawn), narrated(drawn), 0, "a<b", "&"))
    assert ElementTree.fromstring(live_svg(draw(drawn), "a<b", "&")) is not None


def test_a_still_needs_no_style_sheet_and_loads_nothing():
    svg = still(11)
    assert "<style" not in svg
    assert "class=" not in svg
    assert "var(" not in svg
    assert re.findall(r"(?:href|url)[=(]", svg) == []


def test_texts_appear_step_by_step():
    assert "11.652" not in texts(still(0))
    assert "11.652" in texts(still(5))
    assert "5.5" not in texts(still(10))
    assert {"5.5", "= 5 + 0.5", "× 0.5", "0.5", "1.7163"} <= set(texts(still(11)))


def test_the_node_at_work_is_marked_by_more_than_colour():
    drawn, colour = graph(), re.compile(r"#[0-9a-f]{6}")
    scene, data = draw(drawn), narrated(drawn)
    grey = [colour.sub("grey", still_svg(scene, data, step, "", "")) for step in range(12)]
    assert len(set(grey)) == 12
    assert grey[6].count('stroke-width="2.6"') == 1  # the output at the seed
    assert grey[11].count('stroke-width="2.6"') == 2  # log and the edge into it


def test_the_live_picture_names_every_slot_and_state_of_the_data():
    drawn = graph()
    data, root = narrated(drawn), ElementTree.fromstring(live_svg(draw(drawn), "f", ""))
    slots = {element.get("data-slot") for element in root.iter(f"{SVG}text")} - {None}
    assert slots <= set(data["texts"])
    assert {f"{one['id']}.{what}" for one in data["nodes"] for what in ("value", "cotangent")} <= slots
    assert {f"{one['id']}.{what}" for one in data["edges"] for what in ("local", "sent")} <= slots
    assert {element.get("data-of") for element in root.iter(f"{SVG}g")} == set(data["states"])


def test_the_live_picture_holds_no_numbers():
    assert live_svg(draw(graph()), "f", "") == live_svg(draw(graph(x=0.3, y=-2.0)), "f", "")
    assert not {"2", "5", "10"} & set(texts(live_svg(draw(graph()), "f", "")))


def test_the_pictures_are_deterministic():
    assert still(7) == still(7)
    drawn = graph()
    scene, data = draw(drawn), narrated(drawn)
    assert still_png(scene, data, 7) == still_png(scene, data, 7)


def test_the_png_has_two_pixels_to_a_unit_of_the_scene():
    drawn = graph()
    scene = draw(drawn)
    png = still_png(scene, narrated(drawn), 11)
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == pytest.approx((2 * scene.width, 2 * scene.height), abs=2)
    assert len(png) < 60_000


def test_everything_is_drawn_inside_the_picture():
    def deep(x, y, z):
        a = x * y + np.sin(z)
        b = np.exp(a * 0.1) - x / y
        return b * a - a / (1 + b * b)

    drawn = graph(deep, x=2.0, y=3.0, z=0.5)
    scene = draw(drawn, heading=("title", "a sentence " * 20), legend=("a legend " * 30,))
    for group in scene.groups:
        for shape in group.shapes:
            if isinstance(shape, Rect):
                points = [(shape.box.left, shape.box.top), (shape.box.right, shape.box.bottom)]
            elif isinstance(shape, Path):
                points = [pair for _, xy in shape.commands for pair in zip(xy[::2], xy[1::2], strict=True)]
            else:
                points = [(shape.x, shape.y)]
            assert all(0 <= x <= scene.width and 0 <= y <= scene.height for x, y in points)


def test_a_long_number_is_written_smaller_rather_than_over_its_neighbour():
    text = Text("value", 0, 0, "end", 13, 60, slot="n0.value")
    assert text.fitted_size("2") == 13
    assert text.fitted_size("−1.2346e-12") < 9
