"""Learn automatic differentiation by touching it: a small reverse-mode engine, live pictures, exercises that check
themselves.

Names load when they are first used, so that the import costs no more than NumPy's.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodiff_lessons.classroom.sharing import share_with_class as share_with_class
    from autodiff_lessons.engine.differences import check_gradient as check_gradient
    from autodiff_lessons.engine.forward import Dual as Dual
    from autodiff_lessons.engine.forward import jvp as jvp
    from autodiff_lessons.engine.functional import grad as grad
    from autodiff_lessons.engine.functional import hessian as hessian
    from autodiff_lessons.engine.functional import hvp as hvp
    from autodiff_lessons.engine.functional import jacobian as jacobian
    from autodiff_lessons.engine.functional import stop_gradient as stop_gradient
    from autodiff_lessons.engine.functional import value_and_grad as value_and_grad
    from autodiff_lessons.engine.functional import vjp as vjp
    from autodiff_lessons.engine.modes import enable_grad as enable_grad
    from autodiff_lessons.engine.modes import ieee as ieee
    from autodiff_lessons.engine.modes import no_grad as no_grad
    from autodiff_lessons.engine.modes import trace_nan as trace_nan
    from autodiff_lessons.engine.primitives import register_gradient as register_gradient
    from autodiff_lessons.engine.tape import GradientTape as GradientTape
    from autodiff_lessons.engine.tensor import Tensor as Tensor
    from autodiff_lessons.engine.variable import Variable as Variable
    from autodiff_lessons.exercises import answer as answer
    from autodiff_lessons.exercises import exercise as exercise
    from autodiff_lessons.exercises import graph_question as graph_question
    from autodiff_lessons.exercises import hint as hint
    from autodiff_lessons.exercises import reset as reset
    from autodiff_lessons.exercises import solution as solution
    from autodiff_lessons.exercises import use_mine as use_mine
    from autodiff_lessons.exercises import use_reference as use_reference
    from autodiff_lessons.logbook.calls import export_progress as export_progress
    from autodiff_lessons.logbook.calls import import_progress as import_progress
    from autodiff_lessons.logbook.calls import progress as progress
    from autodiff_lessons.widgets.backward_story import BackwardStory as BackwardStory
    from autodiff_lessons.widgets.both_sides import BothSidesExplorer as BothSidesExplorer
    from autodiff_lessons.widgets.calls import CallsExplorer as CallsExplorer
    from autodiff_lessons.widgets.calls_story import CallsStory as CallsStory
    from autodiff_lessons.widgets.chain import ChainExplorer as ChainExplorer
    from autodiff_lessons.widgets.derivative import DerivativeExplorer as DerivativeExplorer
    from autodiff_lessons.widgets.derivative_story import DerivativeStory as DerivativeStory
    from autodiff_lessons.widgets.explorer import Explorer as Explorer
    from autodiff_lessons.widgets.graph_view import GraphView as GraphView
    from autodiff_lessons.widgets.passes import PassesExplorer as PassesExplorer
    from autodiff_lessons.widgets.secant import SecantExplorer as SecantExplorer
    from autodiff_lessons.widgets.slices import SlicesExplorer as SlicesExplorer
    from autodiff_lessons.widgets.sliders import Slider as Slider
    from autodiff_lessons.widgets.staircase import StaircaseExplorer as StaircaseExplorer
    from autodiff_lessons.widgets.step_size import StepSizeExplorer as StepSizeExplorer
    from autodiff_lessons.widgets.swell import SwellExplorer as SwellExplorer
    from autodiff_lessons.widgets.tangent import TangentExplorer as TangentExplorer
    from autodiff_lessons.widgets.velocity import VelocityExplorer as VelocityExplorer

__version__ = "0.1.0"

__all__ = [
    "BackwardStory",
    "BothSidesExplorer",
    "CallsExplorer",
    "CallsStory",
    "ChainExplorer",
    "DerivativeExplorer",
    "DerivativeStory",
    "Dual",
    "Explorer",
    "GradientTape",
    "GraphView",
    "PassesExplorer",
    "SecantExplorer",
    "SlicesExplorer",
    "Slider",
    "StaircaseExplorer",
    "StepSizeExplorer",
    "SwellExplorer",
    "TangentExplorer",
    "Tensor",
    "Variable",
    "VelocityExplorer",
    "answer",
    "check_gradient",
    "enable_grad",
    "exercise",
    "export_progress",
    "grad",
    "graph_question",
    "hessian",
    "hint",
    "hvp",
    "ieee",
    "import_progress",
    "jacobian",
    "jvp",
    "no_grad",
    "progress",
    "register_gradient",
    "reset",
    "share_with_class",
    "solution",
    "stop_gradient",
    "trace_nan",
    "use_mine",
    "use_reference",
    "value_and_grad",
    "vjp",
]

_HOME = {
    "BackwardStory": "widgets.backward_story",
    "BothSidesExplorer": "widgets.both_sides",
    "CallsExplorer": "widgets.calls",
    "CallsStory": "widgets.calls_story",
    "ChainExplorer": "widgets.chain",
    "DerivativeExplorer": "widgets.derivative",
    "DerivativeStory": "widgets.derivative_story",
    "Dual": "engine.forward",
    "Explorer": "widgets.explorer",
    "GradientTape": "engine.tape",
    "GraphView": "widgets.graph_view",
    "PassesExplorer": "widgets.passes",
    "Slider": "widgets.sliders",
    "StaircaseExplorer": "widgets.staircase",
    "StepSizeExplorer": "widgets.step_size",
    "SecantExplorer": "widgets.secant",
    "SlicesExplorer": "widgets.slices",
    "SwellExplorer": "widgets.swell",
    "TangentExplorer": "widgets.tangent",
    "Tensor": "engine.tensor",
    "Variable": "engine.variable",
    "VelocityExplorer": "widgets.velocity",
    "answer": "exercises",
    "check_gradient": "engine.differences",
    "enable_grad": "engine.modes",
    "exercise": "exercises",
    "export_progress": "logbook.calls",
    "grad": "engine.functional",
    "graph_question": "exercises",
    "hessian": "engine.functional",
    "hint": "exercises",
    "hvp": "engine.functional",
    "ieee": "engine.modes",
    "import_progress": "logbook.calls",
    "jacobian": "engine.functional",
    "jvp": "engine.forward",
    "no_grad": "engine.modes",
    "progress": "logbook.calls",
    "register_gradient": "engine.primitives",
    "reset": "exercises",
    "share_with_class": "classroom.sharing",
    "solution": "exercises",
    "stop_gradient": "engine.functional",
    "trace_nan": "engine.modes",
    "use_mine": "exercises",
    "use_reference": "exercises",
    "value_and_grad": "engine.functional",
    "vjp": "engine.functional",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value  # next time it is an ordinary name
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
