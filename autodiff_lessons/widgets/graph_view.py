"""GraphView: the live computation graph of a function or of a tensor.

    GraphView(f, x=2.0, y=(0.1, 8, 5.0))     a function of named inputs; each keyword gives an input and its slider
    GraphView(loss)                          the graph that a tensor recorded; sliders replay it

The kernel computes the graph's data and draws its structure; the page fills in the texts of one step (graph_view.js).
What is shown is a function of (graph, svg, step), all of them traits. Where the function can be traced, the page
computes the graph at other values by itself (graph_program.py), and no kernel is asked or needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.errors import AutodiffError, WidgetError
from autodiff_lessons.widgets.blanks import Blank, boxes, question_data, question_legend, read_answers, slots_of
from autodiff_lessons.widgets.graph_data import Graph, graph_of
from autodiff_lessons.widgets.graph_program import graph_program
from autodiff_lessons.widgets.narration import narrated
from autodiff_lessons.widgets.pictures import live_svg
from autodiff_lessons.widgets.recording import Recording, record, recording_of, replay
from autodiff_lessons.widgets.scene import Scene, draw
from autodiff_lessons.widgets.sliders import Slider, as_slider
from autodiff_lessons.widgets.stepped import SteppedPicture

__all__ = ["Blank", "GraphView"]

LEGEND = (
    "Arrows follow the data, down to the output (double border). Dashed box: no value yet. Thick box with a triangle: "
    "the node at work, pointing the way that it works.",
    "On a dashed arrow: × the local derivative and, beside the triangle, what was sent back up. "
    "Cotangent of a node: d output / d node, the sum of what was sent to it.",
)

Source = Callable[[Mapping[str, float]], Recording]


class GraphView(SteppedPicture):
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
        self._computed_at: dict[str, float] = {}
        self._slots: dict[str, Blank] = {}
        super().__init__()
        values = {name: slider.start for name, slider in sliders.items()}
        with self.hold_sync():
            self._show(graph_of(self._source(values), self._title))
            if not self._ask:
                self._computed_at = values
                self.values = values
                self.sliders = [slider.to_json(name) for name, slider in sliders.items()]
                self.program = graph_program(self._source, values, self._graph) or {}
            self.legend = question_legend(self._ask) if self._ask else list(LEGEND)
            self.step = self._step_number(step)

    @property
    def in_page(self) -> bool:
        """Whether the page computes the graph at other values by itself, without the kernel."""
        return bool(self.program) and not self.refused

    @property
    def graph(self) -> dict[str, Any]:
        """The graph at the sliders' values: nodes, edges, steps, and what is said at each step."""
        self._compute_if_moved()
        return self.drawn

    @property
    def problem(self) -> str:
        """Why there is no graph at the sliders' values, in a sentence; empty where there is one."""
        self._compute_if_moved()
        return self.trouble

    # From the page: a slider moved, answers were sent

    @traitlets.observe("values", "refused")
    def _on_movement(self, change: Any) -> None:
        if self.sliders and not self.in_page:
            self._compute_if_moved()

    def _compute_if_moved(self) -> None:
        """Compute the graph at the newest values, unless that was done."""
        values = self.values
        if not self.sliders or values == self._computed_at:
            return
        self._computed_at = values
        try:
            with np.errstate(over="ignore"):
                graph = graph_of(self._source(values), self._title)
        except Exception as error:  # whatever the learner's function raises is said in the view
            kind = "" if isinstance(error, AutodiffError) else f"{type(error).__name__}: "
            self.trouble = f"No graph here: {kind}{error}"
            return
        with self.hold_sync():
            self._show(graph)
            self.trouble = ""
            self.step = min(self.step, len(self.drawn["steps"]) - 1)

    def _should_send_property(self, key: str, value: Any) -> bool:
        """What the page computes by itself is not sent to it."""
        return not (key in ("drawn", "trouble") and self.in_page) and bool(super()._should_send_property(key, value))

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

    def _show(self, graph: Graph) -> None:
        self._graph = graph
        if self._ask:
            self._slots = slots_of(graph, self._ask)
            self.drawn = question_data(graph, self._slots)
            scene = self._draw()
            self.blanks = boxes(scene, self._slots)
        else:
            self.drawn = narrated(graph)
            if graph.structure() == self._structure:
                return
            scene = self._draw()
        self._structure = graph.structure()
        self.svg = live_svg(scene, graph.title, self._description())

    def _draw(self, heading: Sequence[str] = (), legend: Sequence[str] = ()) -> Scene:
        return draw(self._graph, self._slots if self._ask else None, heading, legend)

    def _where(self) -> str:
        return "a question" if self._ask else super()._where()


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
        tensors = {name: Tensor(_as_input(given[name]), name not in untracked, name) for name in inputs}
        return record(f, tensors)

    return source, sliders


def _replayed(output: Tensor, variables: Mapping[str, Any]) -> tuple[Source, dict[str, Slider]]:
    """A recorded graph at given values of its scalar leaves, and their sliders."""
    recording = recording_of(output, variables)
    labels = [node.label for node in graph_of(recording).nodes[: len(recording.inputs)]]
    places = {label: place for place, label in enumerate(labels) if recording.inputs[place].ndim == 0}
    sliders = {label: as_slider(label, float(recording.inputs[place].data)) for label, place in places.items()}

    def source(values: Mapping[str, float]) -> Recording:
        moved = {places[name]: value for name, value in values.items() if value is not sliders[name].start}
        return replay(recording, moved) if moved else recording

    return source, sliders


def _as_input(given: Any) -> Any:
    """A slider's number as a float, an array as it is, and a traced value too."""
    if isinstance(given, np.ndarray) or hasattr(type(given), "__apply_rank__"):
        return given
    return float(given)


def _name_of(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", type(f).__name__)
    return "f" if name == "<lambda>" else name
