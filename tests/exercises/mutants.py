"""Small mistakes in code, made automatically: a swapped sign, a dropped factor, swapped arguments, an off-by-one, a
truth value turned round.

A check that accepts one of these would accept a learner's slip too.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Iterator
from typing import Any

from autodiff_lessons.exercises.source import definition_source

_OTHER_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_OTHER_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_OTHER_NAMES = {"sin": "cos", "cos": "sin", "exp": "log", "log": "exp", "min": "max", "max": "min", "sum": "max"}


def mutants_of(code: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield (the changed source, the changed function) for each single mistake that fits the code."""
    tree = ast.parse(definition_source(code))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    definition.decorator_list = []
    seen = {ast.unparse(tree)}
    places = len(list(ast.walk(tree)))
    for place in range(places):
        original = list(ast.walk(tree))[place]
        for change in _changes(original, _parameters(definition)):
            mutated = copy.deepcopy(tree)
            _replace(mutated, list(ast.walk(mutated))[place], change)
            ast.fix_missing_locations(mutated)
            source = ast.unparse(mutated)
            if source not in seen:
                seen.add(source)
                namespace = dict(vars(sys.modules[code.__module__]))
                exec(compile(mutated, "<mutant>", "exec"), namespace)
                yield source, namespace[definition.name]


def _parameters(definition: ast.AST) -> list[str]:
    return [part.arg for part in ast.walk(definition) if isinstance(part, ast.arg) and part.arg != "self"]


def _changes(node: ast.AST, parameters: list[str]) -> Iterator[ast.AST]:
    """Yield what the node may be replaced by."""
    match node:
        case ast.BinOp(left, operator, right):
            for other in _OTHER_OPERATORS.get(type(operator), ()):
                yield ast.BinOp(left, other(), right)
            yield left
            yield right
            yield ast.BinOp(right, operator, left)
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Compare(left, [operator], others) if type(operator) in _OTHER_COMPARISONS:
            yield ast.Compare(left, [_OTHER_COMPARISONS[type(operator)]()], others)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value) if isinstance(value, int | float):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Call(function, [first, second, *rest], keywords):
            yield ast.Call(function, [second, first, *rest], keywords)
        case ast.Call(ast.Name("abs"), [argument]):
            yield argument
        case ast.Call(ast.Name("range") as function, [*arguments, last]):
            yield ast.Call(function, [*arguments, ast.BinOp(last, ast.Sub(), ast.Constant(1))], [])
        case ast.Attribute(value, name, context) if name in _OTHER_NAMES:
            yield ast.Attribute(value, _OTHER_NAMES[name], context)
        case ast.Name(name, ast.Load()):
            others = [other for other in parameters if other != name] if name in parameters else []
            for other in [*others, *filter(None, [_OTHER_NAMES.get(name)])]:
                yield ast.Name(other, ast.Load())
        case ast.Tuple([first, second], context):
            yield ast.Tuple([second, first], context)


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    new = copy.deepcopy(new)
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                setattr(parent, field, [new if item is old else item for item in value])
