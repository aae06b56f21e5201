"""Read and rewrite the source of an exercise's cell: find the stub in it, put a reference in the stub's place.

Only what has to change is touched; decorators, comments and everything else in the cell stay as they are, character
for character.
"""

from __future__ import annotations

import ast
import dis
import inspect
import re
import textwrap
import tokenize
from collections.abc import Callable
from types import CodeType
from typing import Any

from autodiff_lessons.errors import ExerciseError

LINE = 88  # what fits on a notebook's line without scrolling
Definition = ast.FunctionDef | ast.ClassDef
_NOT_PYTHON = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)  # IPython's magics


def is_stub(code: CodeType) -> bool:
    """True for a body of nothing but `...`, `pass`, a docstring, or `return ...`."""
    steps = [step for step in dis.get_instructions(code) if step.opname not in {"RESUME", "NOP", "CACHE"}]
    names = [step.opname for step in steps]
    return names in (["LOAD_CONST", "RETURN_VALUE"], ["RETURN_CONST"]) and steps[0].argval in (None, ...)


def definition_source(made: Callable[..., Any]) -> str:
    """The source of a function or class as it stands in its file."""
    return textwrap.dedent(inspect.getsource(made))


def with_body(cell: str, exercise: str, reference: str) -> str:
    """Put the body of the reference (its source) into the cell's definition decorated with `exercise(id)`.

    The definition's own docstring stays. Raises ExerciseError where the cell holds no such definition.
    """
    stub = next((node for node in ast.walk(_parsed(cell)) if _is_decorated(node, exercise)), None)
    if not isinstance(stub, Definition):
        raise ExerciseError(f'There is no function decorated with @exercise("{exercise}") in this cell:\n{cell}')
    lines = cell.splitlines()
    first, last = _body_lines(stub, lines)
    indent = " " * (stub.col_offset + 4)
    body = textwrap.indent(_body_source(reference), indent).splitlines()
    if stub.body[0].lineno == _header_end(stub, lines):  # `def f(x): ...` on one line
        header = lines[first].encode()[: stub.body[0].col_offset].decode().rstrip()
        body.insert(0, header)
    return _ended_like(cell, "\n".join([*lines[:first], *body, *lines[last:]]))


def with_values(cell: str, exercise: str, reference: str) -> str:
    """Put the reference's values into the cell's call `answer(id, name=...)`, wherever a `...` stands in a value.

    The reference is the source of a function that returns `{"name": expression, ...}`.
    """
    call = next((node for node in ast.walk(_parsed(cell)) if _is_call(node, "answer", exercise)), None)
    if not isinstance(call, ast.Call):
        raise ExerciseError(f'There is no answer("{exercise}", ...) in this cell:\n{cell}')
    expressions = value_expressions(reference)
    replaced = cell.encode()
    starts = [0]
    for line in cell.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    for keyword in reversed(call.keywords):
        value = keyword.value
        if keyword.arg in expressions and _has_ellipsis(value):
            line = cell.splitlines()[value.lineno - 1]
            margin = line[: len(line) - len(line.lstrip())]
            expression = expressions[keyword.arg].replace("\n", "\n" + margin).encode()
            assert value.end_lineno is not None
            assert value.end_col_offset is not None
            start = starts[value.lineno - 1] + value.col_offset
            end = starts[value.end_lineno - 1] + value.end_col_offset
            replaced = replaced[:start] + expression + replaced[end:]
    return replaced.decode()


def value_expressions(reference: str) -> dict[str, str]:
    """The source of each value in `return {"name": expression, ...}`, without the margin of the line it begins on."""
    lines = reference.splitlines()
    returned = next(node.value for node in ast.walk(ast.parse(reference)) if isinstance(node, ast.Return))
    assert isinstance(returned, ast.Dict)
    found = {}
    for key, value in zip(returned.keys, returned.values, strict=True):
        segment = ast.get_source_segment(reference, value)
        assert isinstance(key, ast.Constant)
        assert segment is not None
        line = lines[value.lineno - 1]
        margin = line[: len(line) - len(line.lstrip())]
        found[str(key.value)] = segment.replace("\n" + margin, "\n")
    return found


def definition_stub(exercise: str, reference: str) -> str:
    """A cell with the reference's header and an empty body."""
    node = _definition(reference)
    if isinstance(node, ast.ClassDef):
        header = f"class {node.name}:"
    else:
        header = f"def {node.name}({', '.join(argument.arg for argument in node.args.args)}):"
    return f'@exercise("{exercise}")\n{header}\n    ...\n'


def values_stub(exercise: str, fields: list[str]) -> str:
    """A cell with a `...` for each field."""
    parts = [f'"{exercise}"', *(f"{name}=..." for name in fields)]
    in_one_line = f"answer({', '.join(parts)})"
    if len(in_one_line) <= LINE:
        return in_one_line + "\n"
    return "answer(\n" + "".join(f"    {part},\n" for part in parts) + ")\n"


def _parsed(cell: str) -> ast.Module:
    try:
        return ast.parse(_NOT_PYTHON.sub(r"\1pass", cell))
    except SyntaxError as error:
        raise ExerciseError(f"This cell is not Python (line {error.lineno}: {error.msg}):\n{cell}") from None


def _is_call(node: ast.AST, function: str, exercise: str) -> bool:
    if not (isinstance(node, ast.Call) and node.args):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
    first = node.args[0]
    return name == function and isinstance(first, ast.Constant) and first.value == exercise


def _is_decorated(node: ast.AST, exercise: str) -> bool:
    return isinstance(node, Definition) and any(_is_call(one, "exercise", exercise) for one in node.decorator_list)


def _has_ellipsis(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Constant) and part.value is ... for part in ast.walk(node))


def _definition(reference: str) -> Definition:
    node = ast.parse(reference).body[0]
    assert isinstance(node, Definition)
    return node


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _body_source(reference: str) -> str:
    """The lines of a definition's body, comments included, without its docstring and without margin.

    The functions and the variables inside it lose their annotations, whose names a notebook doesn't have.
    """
    reference = _without_inner_annotations(_without_annotated_variables(reference))
    node = _definition(reference)
    lines = reference.splitlines()
    first, last = _body_lines(node, lines)
    return textwrap.dedent("\n".join(lines[first:last]))


def _without_annotated_variables(reference: str) -> str:
    """`rules = {}` for `rules: dict[str, Rule] = {}` in functions; a class keeps those of its fields."""
    lines = [line.encode() for line in reference.splitlines()]  # positions are counted in bytes
    for definition in ast.walk(_definition(reference)):
        for one in definition.body if isinstance(definition, ast.FunctionDef) else []:
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value is not None:
                line = lines[one.lineno - 1]
                lines[one.lineno - 1] = line[: one.target.end_col_offset] + b" = " + line[one.value.col_offset :]
    return "\n".join(line.decode() for line in lines)


def _without_inner_annotations(reference: str) -> str:
    outer = _definition(reference)
    lines = reference.splitlines()
    inner = [node for node in ast.walk(outer) if isinstance(node, ast.FunctionDef) and node is not outer]
    for node in sorted(inner, key=lambda node: node.lineno, reverse=True):  # from below: what is above keeps its place
        last, colon = _header_colon(node, lines)
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        header = f"def {node.name}({ast.unparse(node.args)}){lines[last - 1][colon:]}"
        lines[node.lineno - 1 : last] = [textwrap.indent(header, " " * node.col_offset)]
    return "\n".join(lines)


def _body_lines(node: Definition, lines: list[str]) -> tuple[int, int]:
    """The range of lines (from 0, the end excluded) that the body takes up after its docstring, with its comments."""
    first = header = _header_end(node, lines)
    if node.body[0].lineno == header:
        first = header - 1
    elif _is_docstring(node.body[0]):
        first = node.body[0].end_lineno or 0
    last = node.end_lineno or 0
    for number in range(last, len(lines)):
        if lines[number].strip():
            if len(lines[number]) - len(lines[number].lstrip()) <= node.col_offset:
                break
            last = number + 1
    return first, last


def _header_end(node: Definition, lines: list[str]) -> int:
    """The number of the line, from 1, that holds the colon after which the definition's body begins."""
    return _header_colon(node, lines)[0]


def _header_colon(node: Definition, lines: list[str]) -> tuple[int, int]:
    """Where that colon is: the number of its line, from 1, and its place in it, from 0."""
    depth = 0
    following = iter([line + "\n" for line in lines[node.lineno - 1 :]])
    for token in tokenize.generate_tokens(lambda: next(following, "")):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.string, 0)
        if token.string == ":" and depth == 0:
            return node.lineno - 1 + token.start[0], token.start[1]
    raise AssertionError("a definition that was parsed has a colon")


def _ended_like(cell: str, text: str) -> str:
    return text + "\n" if cell.endswith("\n") else text
