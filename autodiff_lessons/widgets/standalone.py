"""A widget as a page of its own, without Jupyter and without a kernel.

The page has the widget's own module and style sheet, its state, and a stand-in for the model that a kernel would keep:
a widget that computes in the page is as alive there as in a notebook.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import anywidget

from autodiff_lessons.widgets.sliders import static

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 1rem; font-family: system-ui, sans-serif; background: Canvas; color: CanvasText; }}
</style>
</head>
<body>
"""


def page(widgets: Sequence[anywidget.AnyWidget], title: str) -> str:
    """A whole HTML page with these widgets below each other."""
    places = "".join(f'<div id="widget-{number}"></div>\n' for number in range(len(widgets)))
    states = {f"widget-{number}": (type(one).__name__, state_of(one)) for number, one in enumerate(widgets)}
    modules = {type(one).__name__: (str(one._esm), str(one._css)) for one in widgets}
    return f"{_HEAD.format(title=html.escape(title))}{places}{scripts(modules, states)}</body>\n</html>\n"


def scripts(modules: Mapping[str, tuple[str, str]], states: Mapping[str, tuple[str, Any]]) -> str:
    """What brings widgets to life in a page.

    modules  the kinds of widget: name -> (module, style sheet)
    states   id of an element -> (kind, state)
    """
    styles = "".join(f"<style>\n{css}\n</style>\n" for css in dict.fromkeys(css for _, css in modules.values()))
    sources = {kind: esm for kind, (esm, _) in modules.items()}
    return (
        f"{styles}"
        f'<script type="application/json" id="adl-modules">{_in_script(sources)}</script>\n'
        f'<script type="application/json" id="adl-states">{_in_script(states)}</script>\n'
        f'<script type="module">\n{static("standalone.js")}</script>\n'
    )


def state_of(widget: anywidget.AnyWidget) -> dict[str, Any]:
    """The widget's own traits as JSON; bytes as {"base64": ...}."""
    own = [
        name
        for name, trait in type(widget).class_traits(sync=True).items()
        if trait.this_class.__module__.startswith("autodiff")
    ]
    return {name: _plain(getattr(widget, name)) for name in own}


def is_alive(state: Mapping[str, Any]) -> bool:
    """Whether a widget in this state needs no kernel: its page computes all that its sliders and buttons ask for.

    A question's answers are judged by the kernel; a picture without a program is drawn by it.
    """
    steps_only = bool(state.get("drawn")) and not state.get("sliders")
    return not state.get("blanks") and (bool(state.get("program")) or steps_only)


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode("ascii")} if isinstance(value, bytes) else value


def _in_script(data: Any) -> str:
    """JSON that can't end the script element that it stands in."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")
