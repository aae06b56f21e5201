"""Learn automatic differentiation by touching it: a small reverse-mode engine, live pictures, exercises that check
themselves.

Names load when they are first used, so that the import costs no more than NumPy's.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodiff_lessons.engine.tensor import Tensor as Tensor
    from autodiff_lessons.exercises import answer as answer
    from autodiff_lessons.exercises import exercise as exercise
    from autodiff_lessons.exercises import graph_question as graph_question
    from autodiff_lessons.exercises import hint as hint
    from autodiff_lessons.exercises import solution as solution
    from autodiff_lessons.exercises import use_reference as use_reference
    from autodiff_lessons.widgets.explorer import Explorer as Explorer
    from autodiff_lessons.widgets.graph_view import GraphView as GraphView
    from autodiff_lessons.widgets.sliders import Slider as Slider
    from autodiff_lessons.widgets.tangent import TangentExplorer as TangentExplorer

__version__ = "0.1.0"

__all__ = [
    "Explorer",
    "GraphView",
    "Slider",
    "TangentExplorer",
    "Tensor",
    "answer",
    "exercise",
    "graph_question",
    "hint",
    "solution",
    "use_reference",
]

_HOME = {
    "Explorer": "widgets.explorer",
    "GraphView": "widgets.graph_view",
    "Slider": "widgets.sliders",
    "TangentExplorer": "widgets.tangent",
    "Tensor": "engine.tensor",
    "answer": "exercises",
    "exercise": "exercises",
    "graph_question": "exercises",
    "hint": "exercises",
    "solution": "exercises",
    "use_reference": "exercises",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value  # next time it is an ordinary name
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
