"""GraphView: the live computation graph of a function or of a tensor.

    GraphView(f, x=2.0, y=(0.1, 8, 5.0))     a function of named inputs; each keyword gives an input and its slider
    GraphView(loss)                          the graph that a tensor recorded; sliders replay it

The kernel computes the graph's data and draws its structure; the page fills in the texts of one step (graph_view.js).
What is shown is a function of (graph, svg, step), all of them traits.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import anywidget
import numpy as np
import traitlets

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import AutodiffError, WidgetError
from autodiff_lessons.widgets.blanks import Blank, boxes, question_data, question_legend, read_answers, slots_of
from autodiff_lessons.widgets.graph_data import Graph, graph_of
from autodiff_lessons.widgets.narration import narrated, table_text
from autodiff_lessons.widgets.number_text import with_ascii_minus
from autodiff_lessons.widgets.pictures import live_svg, still_png, still_svg
from autodiff_lessons.widgets.recording import Recording, record, recording_of, replay
from autodiff_lessons.widgets.scene import Scene, draw
from autodiff_lessons.widgets.sliders import Slider, as_slider, static

__all__ = ["Blank", "GraphView"]

LEGEND = (
    "Arrows follow the data, down to the output (double border). Dashed box: no value yet. Thick box with a triangle: "
    "the node at work, pointing the way that it works.",
    "On a dashed arrow: × the local derivative and, beside the triangle, what was sent back up. "
    "Cotangent of a node: d output / d node, the sum of what was sent to it.",
)
LARGEST_PNG = 4e6  # square units; a larger picture takes seconds and megabytes, and the SVG shows it too
PHASE_WORDS = MappingProxyType({"start": "inputs", "forward": "forward", "seed": "seed", "backward": "backward"})

Source = Callable[[Mapping[str, float]], Recording]


class GraphView(anywidget.AnyWidget):
    """A computation graph to step through, forward and backward, one node at a time.

    f          a function of named inputs, or a Tensor whose recorded graph is drawn
    **inputs   for a function: each input's number, slider description ((low, high, start)), or array (no slider)
    step       where it opens: a number, "forward" (every value) or "end" (every cotangent too)
    untracked  names of inputs that are not differentiated; their cotangent is None, which is not 0
    title      a heading; by default the function's name and inputs
    ask        Blanks that the learner fills in on the graph, instead of stepping
    check      what judges the answers: check({field: number, None or text}) -> an outcome with status and message

    Raises GraphError for a graph too large to read, DomainError where the function has no value.
    """

    _esm = static("sliders.js", "graph_view.js")
    _css = static("sliders.css", "graph_view.css")

    graph: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    svg = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    sliders: traitlets.List[Any] = traitlets.List().tag(sync=True)
    values: traitlets.Dict[str, float] = traitlets.Dict().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)  # why there is no graph at the sliders' values, in a sentence
    legend: traitlets.List[str] = traitlets.List().tag(sync=True)
    blanks: traitlets.List[Any] = traitlets.List().tag(sync=True)
    answers: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    verdict: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        f: Callable[..., Any] | Tensor,
        /,
        *,
        step: int | str = 0,
        untracked: Sequence[str] = (),
        title: str | None = None,
        ask: Sequence[Blank] | None = None,
        check: Callable[[dict[str, float | str | None]], Any] | None = None,
        **inputs: Any,
    ) -> None:
        self._source: Source
        sliders: dict[str, Slider]
        if isinstance(f, Tensor):
            if inputs or untracked:
                raise WidgetError("A tensor's graph is recorded already: GraphView(tensor) takes no inputs.")
            self._source, sliders = _replayed(f, sys._getframe(1).f_locals)
            self._title, self._short_name = title, "tensor"
        else:
            self._source, sliders = _called(f, inputs, untracked)
            self._short_name = _name_of(f)
            self._title = title or f"{self._short_name}({', '.join(inputs)})"
        if (ask is None) != (check is None):
            raise WidgetError("A question needs both: ask=[Blank(...), ...] and check=a function of the answers.")
        self._ask = tuple(ask or ())
        self._check = check
        self._structure: tuple[Any, ...] | None = None
        self._slots: dict[str, Blank] = {}
        super().__init__()
        values = {name: slider.start for name, slider in sliders.items()}
        with self.hold_sync():
            self._show(graph_of(self._source(values), self._title))
            if not self._ask:
                self.values = values
                self.sliders = [slider.to_json(name) for name, slider in sliders.items()]
            self.legend = question_legend(self._ask) if self._ask else list(LEGEND)
            self.step = self._step_number(step)

    # From the page: a slider moved, answers were sent

    @traitlets.observe("values")
    def _recompute(self, change: Any) -> None:
        if not self.sliders:
            return
        try:
            with np.errstate(over="ignore"):
                graph = graph_of(self._source(change["new"]), self._title)
        except Exception as error:  # whatever the learner's function raises is said in the view
            kind = "" if isinstance(error, AutodiffError) else f"{type(error).__name__}: "
            self.problem = f"No graph here: {kind}{error}"
            return
        with self.hold_sync():
            self._show(graph)
            self.problem = ""
            self.step = min(self.step, len(self.graph["steps"]) - 1)

    @traitlets.observe("answers")
    def _judge(self, change: Any) -> None:
        if self._check is None or not change["new"]:
            return
        try:
            outcome = self._check(read_answers(change["new"].get("fields", {}), self._ask))
        except Exception as error:  # in a callback a traceback would reach nobody
            self.verdict = {"status": "error", "message": f"The check failed with {type(error).__name__}: {error}"}
        else:
            self.verdict = {"status": str(outcome.status), "message": str(outcome.message)}

    @traitlets.validate("step")
    def _within_the_steps(self, proposal: Any) -> int:
        return max(0, min(int(proposal["value"]), len(self.graph.get("steps", [0])) - 1))

    def _step_number(self, step: int | str) -> int:
        phases = [one["phase"] for one in self.graph["steps"]]
        before_the_seed = [phase for phase in phases if phase not in ("seed", "backward")]
        named = {"forward": len(before_the_seed) - 1, "end": len(phases) - 1}
        if isinstance(step, str) and step not in named:
            raise WidgetError(f'step is {step!r}; write a number, "forward" or "end".')
        return named[step] if isinstance(step, str) else step

    def _show(self, graph: Graph) -> None:
        self._graph = graph
        if self._ask:
            self._slots = slots_of(graph, self._ask)
            self.graph = question_data(graph, self._slots)
            scene = self._draw()
            self.blanks = boxes(scene, self._slots)
        else:
            self.graph = narrated(graph)
            if graph.structure() == self._structure:
                return
            scene = self._draw()
        self._structure = graph.structure()
        self.svg = live_svg(scene, graph.title, self._description())

    def _draw(self, heading: Sequence[str] = (), legend: Sequence[str] = ()) -> Scene:
        return draw(self._graph, self._slots if self._ask else None, heading, legend)

    # As text and as a still picture

    def _description(self) -> str:
        nodes, edges = len(self.graph["nodes"]), len(self.graph["edges"])
        return f"Computation graph with {_count(nodes, 'node')} and {_count(edges, 'edge')}."

    def _where(self) -> str:
        if self._ask:
            return "a question"
        phase = self.graph["steps"][self.step]["phase"]
        return f"step {self.step} of {len(self.graph['steps']) - 1}: {PHASE_WORDS[phase]}"

    def __repr__(self) -> str:
        nodes, edges = len(self.graph["nodes"]), len(self.graph["edges"])
        counts = f"{_count(nodes, 'node')}, {_count(edges, 'edge')}"
        return f"GraphView({self._short_name}: {counts}, {self._where()})"

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


def _called(
    f: Callable[..., Any], inputs: Mapping[str, Any], untracked: Sequence[str]
) -> tuple[Source, dict[str, Slider]]:
    """A function's graph at given values, and the sliders of its scalar inputs."""
    if not callable(f):
        raise WidgetError(f"GraphView draws a function or a Tensor, not {f!r}.")
    untracked = (untracked,) if isinstance(untracked, str) else untracked
    unknown = [name for name in untracked if name not in inputs]
    if unknown:
        raise WidgetError(f"untracked names {unknown[0]!r}, which is not an input; the inputs are {', '.join(inputs)}.")
    arrays = {name: spec for name, spec in inputs.items() if isinstance(spec, np.ndarray)}
    sliders = {name: as_slider(name, spec) for name, spec in inputs.items() if name not in arrays}

    def source(values: Mapping[str, float]) -> Recording:
        given = {**{name: slider.start for name, slider in sliders.items()}, **values, **arrays}
        tensors = {
            name: Tensor(np.asarray(given[name], dtype=None if name in arrays else float), name not in untracked, name)
            for name in inputs
        }
        return record(f, tensors)

    return source, sliders


def _replayed(output: Tensor, variables: Mapping[str, Any]) -> tuple[Source, dict[str, Slider]]:
    """A recorded graph at given values of its scalar leaves, and their sliders."""
    recording = recording_of(output, variables)
    labels = [node.label for node in graph_of(recording).nodes[: len(recording.inputs)]]
    places = {label: place for place, label in enumerate(labels) if recording.inputs[place].ndim == 0}
    sliders = {label: as_slider(label, float(recording.inputs[place].data)) for label, place in places.items()}

    def source(values: Mapping[str, float]) -> Recording:
        moved = {places[name]: value for name, value in values.items() if value != sliders[name].start}
        return replay(recording, moved) if moved else recording

    return source, sliders


def _name_of(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", type(f).__name__)
    return "f" if name == "<lambda>" else name


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
