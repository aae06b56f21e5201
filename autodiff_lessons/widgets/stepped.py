"""SteppedPicture: a picture of boxes and arrows that is stepped through, in the page and as a still picture.

What is shown is a function of (drawn, svg, step): the svg is the structure, and the timelines of `drawn` say which text
and which state holds from which step on (graph_view.js, pictures.py).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import anywidget
import traitlets

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.narration import table_text
from autodiff_lessons.widgets.number_text import with_ascii_minus
from autodiff_lessons.widgets.pictures import still_png, still_svg
from autodiff_lessons.widgets.scene import Scene
from autodiff_lessons.widgets.sliders import PAGE_PROGRAM, static

LARGEST_PNG = 4e6  # square units; a larger picture takes seconds and megabytes, and the SVG shows it too
PHASE_WORDS = MappingProxyType({"start": "inputs", "forward": "forward", "seed": "seed", "backward": "backward"})


class SteppedPicture(anywidget.AnyWidget):
    """What GraphView and GraphStory have in common; a subclass draws the scene and fills `drawn`."""

    _esm = static(*PAGE_PROGRAM, "graph_view.js")
    _css = static("sliders.css", "graph_view.css")

    drawn: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)  # the graph that the page shows
    program: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)  # computes it in the page; {}: the kernel does
    refused = traitlets.Unicode().tag(sync=True)  # why the page can't run the program
    svg = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    sliders: traitlets.List[Any] = traitlets.List().tag(sync=True)
    values: traitlets.Dict[str, float] = traitlets.Dict().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)  # why there is no graph at the sliders' values, in a sentence
    legend: traitlets.List[str] = traitlets.List().tag(sync=True)
    blanks: traitlets.List[Any] = traitlets.List().tag(sync=True)
    answers: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    verdict: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)

    _short_name: str
    _sort = "Computation graph"

    @property
    def graph(self) -> dict[str, Any]:
        """The graph as it is shown: nodes, edges, steps, and what is said at each step."""
        return self.drawn

    def _draw(self, heading: Sequence[str] = (), legend: Sequence[str] = ()) -> Scene:
        """The scene; with a heading and a legend it is a picture that can stand alone."""
        raise NotImplementedError

    @traitlets.validate("step")
    def _within_the_steps(self, proposal: Any) -> int:
        return max(0, min(int(proposal["value"]), len(self.drawn.get("steps", [0])) - 1))

    def _step_number(self, step: int | str) -> int:
        phases = [one["phase"] for one in self.drawn["steps"]]
        before_the_seed = [phase for phase in phases if phase not in ("seed", "backward")]
        named = {"forward": len(before_the_seed) - 1, "end": len(phases) - 1}
        if isinstance(step, str) and step not in named:
            raise WidgetError(f'step is {step!r}; write a number, "forward" or "end".')
        return named[step] if isinstance(step, str) else step

    # As text and as a still picture

    def _description(self) -> str:
        nodes, edges = len(self.graph["nodes"]), len(self.graph["edges"])
        return f"{self._sort} with {_count(nodes, 'node')} and {_count(edges, 'edge')}."

    def _where(self) -> str:
        phase = self.graph["steps"][self.step]["phase"]
        word = f": {PHASE_WORDS[phase]}" if phase in PHASE_WORDS else ""
        return f"step {self.step} of {len(self.graph['steps']) - 1}{word}"

    def __repr__(self) -> str:
        nodes, edges = len(self.graph["nodes"]), len(self.graph["edges"])
        counts = f"{_count(nodes, 'node')}, {_count(edges, 'edge')}"
        return f"{type(self).__name__}({self._short_name}: {counts}, {self._where()})"

    def as_text(self) -> str:
        """The graph at the current step, as a table in words."""
        say = self.graph["steps"][self.step]["say"]
        heading = f"{self.graph['title']}. {self._description()} {self._where().capitalize()}."
        return with_ascii_minus(f"{heading}\n{say}\n\n{table_text(self.graph, self.step)}")

    def as_svg(self) -> str:
        """The graph at the current step, as a picture that can stand alone."""
        return still_svg(self._still_scene(), self.graph, self.step, self.graph["title"], self._spoken())

    def as_png(self) -> bytes:
        """The same picture in pixels."""
        return still_png(self._still_scene(), self.graph, self.step)

    def _still_scene(self) -> Scene:
        heading = f"{self.graph['title']}  ·  {self._where()}"
        return self._draw((heading, self.graph["steps"][self.step]["say"]), self.legend)

    def _spoken(self) -> str:
        return f"{self._description()} {self._where().capitalize()}. {self.graph['steps'][self.step]['say']}"

    def _repr_mimebundle_(self, **keywords: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**keywords)
        assert bundle is not None  # anywidget gives None only for a widget without a view
        data, metadata = bundle
        data["text/plain"] = self.as_text()
        data["image/svg+xml"] = self.as_svg()
        scene = self._still_scene()
        if scene.width * scene.height <= LARGEST_PNG:
            data["image/png"] = base64.b64encode(self.as_png()).decode("ascii")
            metadata = {**metadata, "image/png": {"width": round(scene.width), "height": round(scene.height)}}
        return data, metadata


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
