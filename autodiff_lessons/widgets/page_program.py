"""A traced graph as the page runs it: its JSON, and the JSON of the conditions under which it has values."""

from __future__ import annotations

import json
from typing import Any

from autodiff_lessons.graph.graph import Graph


def page_program(graph: Graph) -> dict[str, Any]:
    """What makeProgram (page_program.js) takes."""
    return {"graph": json.loads(graph.to_json())}
