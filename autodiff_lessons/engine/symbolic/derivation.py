"""The derivative of a formula is a formula: apply the table's rules from the leaves up.

For a part u = op(a, b, ...) the chain rule says u' = (d u / d a) * a' + (d u / d b) * b' + ...; the partials are the
rules of the table, run on formulas. With the product's partials, b and a, that is b*a' + a*b': the product rule, and
so on. Nothing is simplified on the way, so one sees what the rules say; and each part's derivative is built once and
shared, which keeps the graph small where the tree explodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, overload

from autodiff_lessons.engine.symbolic.expression import Expr, as_expr, constant, parts, variable
from autodiff_lessons.engine.symbolic.printing import shortened
from autodiff_lessons.engine.symbolic.simplification import simplify
from autodiff_lessons.errors import FormulaError

MOST_LINES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One rule, applied to one part of the formula.

    rule         such as "product rule" or "chain rule with sin"
    formula      the part
    derivative   what the rule makes of it
    inputs       the steps of the part's own inputs; equal parts share one step
    terms        those of the inputs that the derivative has a term for: it is the sum of `partial * input.derivative`
    """

    rule: str
    formula: Expr
    derivative: Expr
    inputs: tuple[Step, ...]
    terms: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Derivation:
    """A derivative with the rules that gave it; `print` it, or walk from `last` to the `inputs` of each step.

    steps   one for each different part of the formula, each after the steps that it needs
    """

    variable: str
    steps: tuple[Step, ...]

    @property
    def last(self) -> Step:
        """The step that gave the whole derivative: the root of the tree of steps."""
        return self.steps[-1]

    @property
    def derivative(self) -> Expr:
        return self.last.derivative

    def __str__(self) -> str:
        """The tree of steps from the whole formula down to its leaves; a step that was shown already is not unfolded
        again."""
        lines = [f"{'  ' * depth}{said}   ({rule})" for depth, said, rule, _ in self._walk()]
        return "\n".join([*lines, f"... {len(self.steps)} steps in all"] if len(lines) == MOST_LINES else lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same tree as a list that can be unfolded, rule by rule."""
        pieces, depth = [], 0
        for level, said, rule, unfolds in self._walk():
            pieces.append("</details>" * (depth - level))
            line = f"<code>{escape(said)}</code> <em>{escape(rule)}</em>"
            opened = " open" if level == 0 else ""
            indent = f'style="margin-left: {1.5 * (level > 0)}em"'
            pieces.append(
                f"<details{opened} {indent}><summary>{line}</summary>" if unfolds else f"<div {indent}>{line}</div>"
            )
            depth = level + unfolds
        return "".join([*pieces, "</details>" * depth])

    def _walk(self) -> Iterator[tuple[int, str, str, bool]]:
        """The lines of the tree: depth, d/dx [...] = ..., the rule, whether the lines of the inputs follow."""
        shown: set[Step] = set()
        stack = [(self.last, 0)]
        for _ in range(MOST_LINES):
            if not stack:
                return
            step, depth = stack.pop()
            again = step in shown and bool(step.inputs)
            said = f"d/d{self.variable} [{shortened(step.formula)}] = {shortened(step.derivative)}"
            unfolds = bool(step.inputs) and not again
            yield depth, said, f"{step.rule}, as above" if again else step.rule, unfolds
            shown.add(step)
            if unfolds:
                stack.extend((one, depth + 1) for one in reversed(step.inputs))


@overload
def diff(expr: Expr, variable: str | Expr, *, steps: Literal[False] = False, naive: bool = True) -> Expr: ...
@overload
def diff(expr: Expr, variable: str | Expr, *, steps: Literal[True], naive: bool = True) -> Derivation: ...
def diff(expr: Expr, variable: str | Expr, *, steps: bool = False, naive: bool = True) -> Expr | Derivation:
    """The derivative of `expr` with respect to a variable, as a formula.

    The naive derivative is what the rules give, word for word: constants become 0 and stay. With `naive=False` the
    parts in which the variable does not occur are left out and the result is simplified; it holds wherever `expr`
    has a value (4*log(x) gives 4/x, whose naive form, log(x)*0 + 4*(1/x*1), has no value at -1, like 4*log(x) itself).
    With `steps=True` the result is the `Derivation`, which has the rules that were applied.

    d x**2 is written 2*x**(2 - 1)*1; an input without the variable appears (as partial * 0) only where its partial is
    a number or one of the inputs, as in a product: elsewhere 0 * partial could have no value where the derivative
    has one, as the 0 * log(x) in x**2 has at x = -1.
    """
    found = derivation(expr, variable, naive=naive)
    if steps:
        return found
    return found.derivative if naive else simplify(found.derivative)


def derivation(expr: Expr, variable: str | Expr, *, naive: bool = True) -> Derivation:
    """`diff` with the rules that were applied, one step for each different part of the formula."""
    if not isinstance(expr, Expr):
        raise FormulaError(f'diff differentiates a formula, not {expr!r}; make one with symbols("x") or parse("x**2").')
    name = _name(variable)
    moving: set[Expr] = set()  # the parts in which the variable occurs
    made: dict[Expr, Step] = {}
    for node in parts(expr):
        if node.name == name or any(one in moving for one in node.inputs):
            moving.add(node)
        inputs = tuple(made[one] for one in node.inputs)
        derivative, terms = _derivative(node, name, inputs, moving, naive)
        made[node] = Step(_rule(node, name, moving), node, derivative, inputs, terms)
    return Derivation(name, tuple(made.values()))


def _name(wanted: Any) -> str:
    if isinstance(wanted, str):
        wanted = variable(wanted)
    if isinstance(wanted, Expr) and wanted.name is not None:
        return wanted.name
    raise FormulaError(f'diff needs the name of one variable, such as diff(f, "x"), not {wanted!r}.')


def _derivative(
    node: Expr, name: str, inputs: Sequence[Step], moving: Set[Expr], naive: bool
) -> tuple[Expr, tuple[Step, ...]]:
    """d node: the sum over its inputs of partial * d input; and those of the inputs that have a term in it."""
    if node.op is None:
        return constant(node.name == name), ()
    assert node.op.partials is not None
    total, terms = None, []
    for position, one in enumerate(inputs):
        partial = as_expr(node.op.partial(position, node, node.inputs, {}))
        number = node.op.partials[position] if not callable(node.op.partials[position]) else None
        plain = partial.value is not None or partial in set(node.inputs)
        if number == 0 or not (one.formula in moving or (naive and plain)):
            continue
        terms.append(one)
        term = one.derivative if number in (1, -1) else partial * one.derivative  # a 1 or -1 is only a sign
        if total is None:
            total = -term if number == -1 else term
            continue
        total = total - term if number == -1 else total + term
    return constant(0) if total is None else total, tuple(terms)


RULES = {"add": "sum rule", "sub": "difference rule", "mul": "product rule", "div": "quotient rule", "neg": "sign rule"}


def _rule(node: Expr, name: str, moving: Set[Expr]) -> str:
    """What a textbook calls the rule that `node` is differentiated by."""
    if node.op is None:
        return "variable" if node.name == name else "constant"
    if node.op.name in RULES:
        return RULES[node.op.name]
    inner = [one for one in node.inputs if one in moving]
    if not inner:
        return "constant"
    title = f"derivative of {node.op.name}"
    if node.op.name == "pow":
        base_moves, exponent_moves = (one in moving for one in node.inputs)
        title = "power rule" if not exponent_moves else "general power rule" if base_moves else "exponential rule"
        return title if all(one.name for one in inner) else f"{title} and chain rule"
    return title if all(one.name for one in inner) else f"chain rule with {node.op.name}"
