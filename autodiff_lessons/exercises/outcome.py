"""What a check says, and how it is shown: as text that is the same in every run, and as HTML in a notebook."""

from __future__ import annotations

import html
import re
import sys
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["not attempted", "incorrect", "correct"]

# An icon and a word beside the colour; the colours follow JupyterLab's theme, and hold on their own elsewhere.
ICONS = {"not attempted": "○", "incorrect": "✗", "correct": "✓"}
_COLOURS = {
    "not attempted": "var(--jp-border-color1, GrayText)",
    "incorrect": "var(--jp-error-color1, #d32f2f)",
    "correct": "var(--jp-success-color1, #388e3c)",
    "note": "var(--jp-info-color1, #1976d2)",
}


@dataclass(frozen=True, repr=False)
class Outcome:
    """The result of checking one answer.

    status         "not attempted", "incorrect" or "correct"
    misconception  the id of the recognised mistake, or None
    message        what the learner reads; where correct, it depends on the exercise only
    printed        the first lines of what the learner's code printed while it was checked
    """

    exercise: str
    title: str
    status: Status
    message: str
    misconception: str | None = None
    printed: str = ""

    @property
    def heading(self) -> str:
        return f"{ICONS[self.status]} {self.exercise} {self.title}: {self.status}"

    def __repr__(self) -> str:
        # What a correct answer printed is left out: a learner's notebook and ours then show the same text.
        printed = f"\n{PRINTED_HEADING}\n{self.printed}" if self.printed and self.status != "correct" else ""
        return f"{self.heading}\n{self.message}{printed}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        heading = (
            f'<span aria-hidden="true">{ICONS[self.status]}</span> '
            f"{html.escape(f'{self.exercise} {self.title}')}: <strong>{self.status}</strong>"
        )
        printed = f"<p>{PRINTED_HEADING}</p><pre>{html.escape(self.printed)}</pre>" if self.printed else ""
        data = {"exercise": self.exercise, "status": self.status, "misconception": self.misconception or ""}
        box = _box(self.status, heading, _paragraphs(self.message) + printed, data)
        return {"text/plain": repr(self), "text/html": box}


PRINTED_HEADING = "Your code printed, while it was checked:"


@dataclass(frozen=True, repr=False)
class Note:
    """Something to tell a learner that is no result: a hint, a solution, a word about a mistyped call."""

    heading: str
    text: str
    code: str = ""

    def __repr__(self) -> str:
        return "\n".join(part for part in (self.heading, self.text, self.code) if part)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        code = f"<pre>{html.escape(self.code)}</pre>" if self.code else ""
        heading = f"<strong>{html.escape(self.heading)}</strong>"
        return {"text/plain": repr(self), "text/html": _box("note", heading, _paragraphs(self.text) + code, {})}


def show(shown: Outcome | Note) -> None:
    """Display it in a notebook; print it anywhere else."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display  # noqa: PLC0415  (slow to import, and there already)

        display(shown)
    else:
        print(shown)


def _paragraphs(text: str) -> str:
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    return "".join(f"<p>{line}</p>" for line in escaped.split("\n") if line)


def _box(kind: str, heading: str, body: str, data: dict[str, str]) -> str:
    attributes = "".join(f' data-{name}="{html.escape(value)}"' for name, value in data.items())
    style = (
        f"border-left: 4px solid {_COLOURS[kind]}; padding: 0.25em 1em; margin: 0.25em 0; overflow-x: auto; "
        "color: var(--jp-ui-font-color1, CanvasText); background: var(--jp-layout-color1, Canvas)"
    )
    return f'<div class="adl-outcome" role="status"{attributes} style="{style}"><p>{heading}</p>{body}</div>'
