"""A traced graph as the page runs it: its JSON, and the conditions under which it has values, which are a graph too."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from autodiff_lessons.graph.domains import domains
from autodiff_lessons.graph.graph import Graph


def page_program(graph: Graph, arrays_have_gaps: bool = False) -> dict[str, Any]:
    """What makeProgram (page_program.js) takes.

    With `arrays_have_gaps` an operation may have no value at some elements of an array, which then has a nan there: a
    curve with a gap is no problem, a slider outside of the domain is.
    """
    checks, conditions = domains(graph)
    told = [at for at, one in enumerate(conditions) if not (arrays_have_gaps and graph.nodes[one.place].shape)]
    checked = replace(checks, result=tuple(checks.result[at] for at in told)).simplify()
    return {
        "graph": json.loads(graph.to_json()),
        "checks": json.loads(checked.to_json()),
        "conditions": [list(conditions[at]) for at in told],
    }
