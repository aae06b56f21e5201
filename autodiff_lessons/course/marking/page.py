"""The marks as a page for the teacher: one file that needs nothing else, with everything in it escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import groupby

from autodiff_lessons import exercises
from autodiff_lessons.course.marking.marks import NOT_THERE, OPEN, SOLVED, WRONG
from autodiff_lessons.course.marking.report import Row, total
from autodiff_lessons.errors import ExerciseError

# A sign and a word beside the colour, so that nobody needs the colour.
_SIGNS = {SOLVED: "✓", WRONG: "✗", OPEN: "○", NOT_THERE: "–"}
_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8886; padding: .3rem .6rem; text-align: left; vertical-align: top }
td, summary { overflow-wrap: anywhere }
.mark { border-left: .3rem solid #888; margin-right: .8rem; padding-left: .4rem; white-space: nowrap }
.solved { border-color: #388e3c } .wrong { border-color: #d32f2f } .file { border-color: #f57c00 }
"""


def as_page(rows: Sequence[Row], how: str) -> str:
    """The page; `how` says under which conditions the notebooks were marked."""
    files = [(key, list(its)) for key, its in groupby(rows, key=lambda row: (row.learner, row.file))]
    overview = "\n".join(_overview(learner, file, its) for (learner, file), its in files)
    details = "\n".join(_details(learner, file, its) for (learner, file), its in files)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Marks</title><style>{_STYLE}</style></head>
<body>
<h1>Marks</h1>
<p>{escape(how)}</p>
<table>
<thead><tr><th>learner</th><th>file</th><th>points</th><th>exercises</th></tr></thead>
<tbody>
{overview}
</tbody>
</table>
{_misconceptions(rows)}
<h2>Each notebook</h2>
{details}
</body>
</html>
"""


def _overview(learner: str, file: str, rows: Sequence[Row]) -> str:
    got, of = total(rows)
    marks = " ".join(_mark(row, row.exercise or row.mark) for row in rows)
    points = f"{got:g} of {of:g}" if of else ""
    return f"<tr><td>{_name(learner)}</td><td>{_name(file)}</td><td>{points}</td><td>{marks}</td></tr>"


def _details(learner: str, file: str, rows: Sequence[Row]) -> str:
    lines = "\n".join(
        f"<tr><td>{_mark(row, f'{row.exercise} {row.title}'.strip() or 'the file')}</td><td>{escape(row.mark)}</td>"
        f"<td>{escape(row.misconception)}</td><td>{escape(row.reason)}</td></tr>"
        for row in rows
    )
    summary = f"<summary>{_name(learner)}: {_name(file)}</summary>"
    return f"<details>{summary}<table><tbody>\n{lines}\n</tbody></table></details>"


def _misconceptions(rows: Sequence[Row]) -> str:
    """What most of them got wrong, with the sentence that helps."""
    counts = Counter((row.exercise, row.misconception) for row in rows if row.misconception)
    if not counts:
        return ""
    lines = "\n".join(
        f"<tr><td>{count}</td><td>{escape(exercise)}</td><td>{escape(name)}</td>"
        f"<td>{escape(_sentence(exercise, name))}</td></tr>"
        for (exercise, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    header = "<tr><th>notebooks</th><th>exercise</th><th>misconception</th><th>the sentence that helps</th></tr>"
    return f"<h2>Misconceptions</h2>\n<table>\n<thead>{header}</thead>\n<tbody>\n{lines}\n</tbody>\n</table>"


def _sentence(exercise: str, misconception: str) -> str:
    try:
        return exercises.get(exercise).misconceptions.get(misconception, "")
    except ExerciseError:
        return ""


def _mark(row: Row, label: str) -> str:
    kind = row.mark if row.exercise else "file"
    sign = _SIGNS.get(row.mark, "!")
    return f'<span class="mark {kind.replace(" ", "-")}" title="{escape(row.mark)}">{sign} {escape(label)}</span>'


def _name(name: str) -> str:
    return f"<bdi>{escape(name)}</bdi>"
