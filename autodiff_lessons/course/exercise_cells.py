"""Find the exercises that a notebook's cell answers, by reading the code (never by running it)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager

# What a cell that does not parse still shows of its exercise: @exercise("5.2"), answer("5.2" or x = answer('5.2'
_WRITTEN = re.compile(
    r"""^[ \t]*(?:@(?:\w+\.)*exercise|(?:\w+[ \t]*=[ \t]*)?(?:\w+\.)*answer)\(\s*["'] *([\w.]+) *["']""", re.MULTILINE
)
# Cell magics that run the cell's Python; the others (%%bash, %%html, %%writefile ...) do not.
_RUNS_PYTHON = re.compile(r"\s*%%(?:time|timeit|capture|prun)\b.*\n")


def exercise_ids(source: str) -> list[str]:
    """Name the exercise of each check that running this cell makes, in the order of the calls.

    They are definitions decorated with `exercise("5.4")` and calls `answer("5.2", ...)`. IPython's notation, such
    as `%%time` or `!ls`, is understood. A cell with a syntax error is searched line by line, so that a learner who
    forgot a bracket hears about that exercise rather than that it is missing.
    """
    python = _RUNS_PYTHON.sub("", source, count=1) if _RUNS_PYTHON.match(source) else source
    try:
        tree = ast.parse(TransformerManager().transform_cell(python))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _WRITTEN.findall(python)
    found = sorted(place for node in ast.walk(tree) for place in _checks_in(node))
    return [name for _, _, name in found]


def _checks_in(node: ast.AST) -> Iterator[tuple[int, int, str]]:
    """Yield (line, column, exercise id) for each call that is a check, where this node holds one."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        candidates, name = node.decorator_list, "exercise"
    elif isinstance(node, ast.Call):
        candidates, name = [node], "answer"
    else:
        return
    for call in candidates:
        if isinstance(call, ast.Call) and call.args and _called_name(call) == name:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield call.lineno, call.col_offset, first.value.strip()


def _called_name(call: ast.Call) -> str | None:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else None
