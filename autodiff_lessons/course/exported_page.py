"""One notebook as one HTML page that asks nobody for anything: no kernel, no network, no other file.

Formulas become MathML, which browsers draw by themselves. Widgets whose page computes by itself come to life by
`widgets/standalone.py`; in the place of each stands its still picture until then, and for readers without scripts.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Collection, Iterator
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autodiff_lessons.course.jupyter import WIDGET_VIEW
from autodiff_lessons.course.workcopy import CHEAT_SHEETS
from autodiff_lessons.widgets.standalone import is_alive, scripts

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
HERE = "Pictures with sliders or buttons work here. To answer the exercises, and to change the code, open the course."
STILL = "A still picture: Python computes this one. Open the course to use it."

_TAGS = re.compile(r"<[^>]*>")
_TEX = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
_FUNCTION = re.compile(r"(\\(?:log|exp|sin|cos|tanh))\s+(?=[\w\\])")
_CODE = HtmlFormatter(nowrap=False)


def page(notebook: NotebookNode, name: str, exported: Collection[str]) -> str:
    """The page of a notebook that was executed with its widgets' states; links lead to what else is exported."""
    widgets = _Widgets(notebook)
    body = "\n".join(_cells(notebook, widgets, _Renderer(name, exported)))
    title = re.search(r"^# (.+)$", "\n".join(cell.source for cell in notebook.cells), re.MULTILINE)
    note = f'<p class="note">{HERE}</p>\n' if widgets.states else ""
    kind = "sheet" if name.startswith(CHEAT_SHEETS) else "lesson"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title[1] if title else name)}</title>\n<style>\n{_style()}</style>\n</head>\n"
        f'<body class="{kind}">\n<main>\n{note}{body}\n</main>\n'
        f"{scripts(widgets.modules, widgets.states) if widgets.states else ''}</body>\n</html>\n"
    )


class _Widgets:
    """What a notebook's widgets were when it had run, and those of them that have a place in the page."""

    def __init__(self, notebook: NotebookNode) -> None:
        stored = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
        self._stored: dict[str, Any] = dict(stored)
        self.modules: dict[str, tuple[str, str]] = {}
        self.states: dict[str, tuple[str, Any]] = {}

    def place(self, model: str) -> str | None:
        """The id of the page's element that this widget will live in; None where it needs its kernel."""
        stored = self._stored.get(model, {"state": {}})
        state = dict(stored["state"])
        if not is_alive(state):
            return None
        for buffer in stored.get("buffers", []):
            state[buffer["path"][0]] = {"base64": buffer["data"]}
        module = (state["_esm"], state["_css"])
        kind = next((kind for kind, known in self.modules.items() if known == module), f"module-{len(self.modules)}")
        self.modules[kind] = module
        place = f"widget-{len(self.states)}"
        own = {key: value for key, value in state.items() if not key.startswith("_") and not _refers(value)}
        self.states[place] = (kind, own)
        return place


def _refers(value: Any) -> bool:
    """Whether a trait only names another model, such as the layout that Jupyter keeps for each widget."""
    return isinstance(value, str) and value.startswith("IPY_MODEL_")


class _Renderer(IPythonRenderer):
    """Markdown as nbconvert reads it, with formulas in MathML and links that stay among the exported pages."""

    def __init__(self, name: str, exported: Collection[str]) -> None:
        super().__init__(escape=False)
        self._folder = PurePosixPath(name).parent
        self._exported = exported

    def block_math(self, body: str) -> str:
        return _mathml(body, "block")

    def inline_math(self, body: str) -> str:
        return _mathml(body, "inline")

    def heading(self, text: str, level: int, **_attributes: Any) -> str:
        anchor = html.unescape(_TAGS.sub("", text)).replace(" ", "-")
        return f'<h{level} id="{html.escape(anchor)}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        file, hash_, fragment = url.partition("#")
        if not file.endswith(".ipynb"):
            return str(super().link(text, url, title))
        parts: list[str] = []
        for part in (self._folder / file).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        known = "/".join(parts) in self._exported
        return str(super().link(text, f"{file.removesuffix('.ipynb')}.html{hash_}{fragment}", title)) if known else text


def _mathml(tex: str, display: str) -> str:
    """LaTeX as MathML, with the space after a function's name and the place under a limit that MathML lacks."""
    spaced = _FUNCTION.sub(r"\1\\,", html.unescape(tex).strip())
    return str(convert(spaced.replace(r"\lim_", r"\lim\limits_"), display=display))


def _cells(notebook: NotebookNode, widgets: _Widgets, renderer: _Renderer) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield MarkdownWithMath(renderer=renderer).render(cell.source)
        elif cell.cell_type == "code":
            yield highlight(cell.source, PythonLexer(), _CODE)
            yield from (f'<div class="output">{_output(output, widgets)}</div>' for output in cell.outputs)


def _output(output: NotebookNode, widgets: _Widgets) -> str:
    if output.output_type == "stream":
        return f"<pre>{html.escape(output.text)}</pre>"
    data = output.get("data", {})
    words = str(data.get("text/plain", ""))
    picture = _picture(output, words.partition("\n")[0])
    if WIDGET_VIEW in data:
        place = widgets.place(data[WIDGET_VIEW]["model_id"])
        return f'<div id="{place}">{picture}</div>' if place else f'{picture}<p class="note">{STILL}</p>'
    if "text/html" in data:
        return str(data["text/html"])
    if "text/latex" in data:
        return _TEX.sub(lambda tex: _mathml(tex[1] or tex[2], "block" if tex[1] else "inline"), data["text/latex"])
    return picture or f"<pre>{html.escape(words)}</pre>"


def _picture(output: NotebookNode, alternative: str) -> str:
    """The output's still picture, the sharper one of two; empty where it has none."""
    data = output.get("data", {})
    if "image/svg+xml" in data:
        kind, content = "svg+xml", base64.b64encode(data["image/svg+xml"].encode()).decode("ascii")
    elif "image/png" in data:
        kind, content = "png", data["image/png"].replace("\n", "")
    else:
        return ""
    size = output.get("metadata", {}).get("image/png", {})
    width = f' width="{size["width"]}"' if "width" in size else ""
    return f'<img src="data:image/{kind};base64,{content}" alt="{html.escape(alternative)}"{width}>'


def _style() -> str:
    style = (files("autodiff_lessons.course") / "exported_page.css").read_text(encoding="utf-8")
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{style}"
