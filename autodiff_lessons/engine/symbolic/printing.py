"""Formulas as text: in Python's notation, which `parse` reads back, and in LaTeX.

Both work from the leaves up: each part gives its text and how tightly that text binds, and the part around it adds
parentheses where it binds more tightly.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autodiff_lessons.engine.symbolic.expression import Expr

# How tightly a text binds; Python puts a sign between * and **: -x*y is (-x)*y, -x**2 is -(x**2).
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
Written = tuple[str, int]

# name -> how it is written, how tightly it binds, what its left and its right input must bind like
PYTHON = {
    "add": (" + ", SUM, SUM, PRODUCT),
    "sub": (" - ", SUM, SUM, PRODUCT),
    "mul": ("*", PRODUCT, PRODUCT, SIGN),
    "div": ("/", PRODUCT, PRODUCT, SIGN),
    "pow": ("**", POWER, ATOM, SIGN),
}
MOST_NODES = 100_000  # a graph of 60 nodes can be a tree of a billion


def as_text(expr: Expr) -> str:
    """`expr` in Python's notation; a tree of more than 100,000 nodes is only described."""
    return _written(expr, _python)


def shortened(expr: Expr, longest: int = 300) -> str:
    """The beginning of a long formula, for a line of text."""
    text = as_text(expr)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def as_latex(expr: Expr) -> str:
    """`expr` in LaTeX; a tree of more than 100,000 nodes is only described."""
    text = _written(expr, _latex)
    return text if expr.tree_nodes <= MOST_NODES else rf"\text{{{text}}}"


def number(value: float) -> str:
    """A float as short as it can be read back: 3.0 is written 3."""
    if value == math.pi:
        return "pi"
    if value == int(value) and abs(value) < 1e16:
        return "-0" if math.copysign(1, value) < 0 and value == 0 else str(int(value))
    return repr(value)


def _written(expr: Expr, write: Callable[[Expr, list[Written]], Written]) -> str:
    from autodiff_lessons.engine.symbolic.expression import parts  # noqa: PLC0415  (it imports this module)

    order = parts(expr)
    if expr.tree_nodes > MOST_NODES:
        return f"a formula of {expr.tree_nodes} nodes, {len(order)} of them different"
    done: dict[Expr, Written] = {}
    for node in order:
        done[node] = write(node, [done[one] for one in node.inputs])
    return done[expr][0]


def _wrapped(written: Written, least: int, left: str = "(", right: str = ")") -> str:
    text, binds = written
    return text if binds >= least else f"{left}{text}{right}"


def _python(node: Expr, inputs: list[Written]) -> Written:
    if node.name is not None:
        return node.name, ATOM
    if node.value is not None:
        text = number(node.value)
        return text, SIGN if text.startswith("-") else ATOM
    assert node.op is not None
    if node.op.name in PYTHON:
        sign, binds, left, right = PYTHON[node.op.name]
        first, second = _wrapped(inputs[0], left), _wrapped(inputs[1], right)
        if second.startswith("-") and node.op.name != "pow":
            second = f"({second})"  # Python reads x*-y, people would rather read x*(-y)
        return f"{first}{sign}{second}", binds
    if node.op.name == "neg":
        text = _wrapped(inputs[0], SIGN)
        literal = node.inputs[0].value is not None  # -2 is the number -2, and -(2) the negative of 2
        return f"-({text})" if text.startswith("-") or literal else f"-{text}", SIGN
    return f"{node.op.name}({', '.join(text for text, _ in inputs)})", ATOM


GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "rho",
    "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega",
}  # fmt: skip
LATEX_FUNCTIONS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "arcsin", "arccos", "arctan"}
BRACKETS = (r"\left(", r"\right)")


def _latex(node: Expr, inputs: list[Written]) -> Written:
    if node.name is not None:
        return _latex_name(node.name), ATOM
    if node.value is not None:
        return _latex_number(node.value)
    assert node.op is not None
    name, texts = node.op.name, [text for text, _ in inputs]
    if name in ("add", "sub"):
        second = _wrapped(inputs[1], PRODUCT, *BRACKETS)
        if second.startswith("-"):
            second = rf"\left({second}\right)"
        return f"{_wrapped(inputs[0], SUM, *BRACKETS)} {node.op.symbol} {second}", SUM
    if name == "mul":
        first, second = _wrapped(inputs[0], PRODUCT, *BRACKETS), _wrapped(inputs[1], PRODUCT, *BRACKETS)
        if second.startswith("-"):
            second = rf"\left({second}\right)"
        dot = r"\cdot" if re.match(r"\d|\\frac", second) else r"\,"
        return f"{first} {dot} {second}", PRODUCT
    if name == "div":
        return rf"\frac{{{texts[0]}}}{{{texts[1]}}}", POWER
    if name == "pow":
        return _latex_power(node, inputs)
    if name == "neg":
        return f"-{_wrapped(inputs[0], PRODUCT, *BRACKETS)}", SUM
    if name == "sqrt":
        return rf"\sqrt{{{texts[0]}}}", ATOM
    if name == "exp":
        return f"e^{{{texts[0]}}}", POWER
    if name == "abs":
        return rf"\left|{texts[0]}\right|", ATOM
    if name == "where":
        return rf"\begin{{cases}} {texts[1]} & {texts[0]} \\ {texts[2]} & \text{{else}} \end{{cases}}", SUM
    if node.op.partials is not None and not any(node.op.partials) and node.op.symbol != name:  # an indicator
        condition = f" {node.op.symbol} ".join(texts) if len(texts) > 1 else f"{node.op.symbol} {texts[0]}"
        return rf"\left[{condition}\right]", ATOM
    command = f"\\{name}" if name in LATEX_FUNCTIONS else rf"\operatorname{{{_escaped(name)}}}"
    return rf"{command}\left({', '.join(texts)}\right)", ATOM


def _latex_power(node: Expr, inputs: list[Written]) -> Written:
    exponent = node.inputs[1]
    if exponent.value == 0.5:
        return rf"\sqrt{{{inputs[0][0]}}}", ATOM
    root = exponent.inputs if exponent.op is not None and exponent.op.name == "div" else ()
    if root and root[0].value == 1 and root[1].value is not None and root[1].value in range(2, 100):
        return rf"\sqrt[{number(root[1].value)}]{{{inputs[0][0]}}}", ATOM
    return f"{_wrapped(inputs[0], ATOM, *BRACKETS)}^{{{inputs[1][0]}}}", POWER


def _latex_number(value: float) -> Written:
    text = number(value)
    if text == "pi":
        return r"\pi", ATOM
    mantissa, _, exponent = text.partition("e")
    if exponent:
        text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        return text, SUM if text.startswith("-") else PRODUCT
    return text, SUM if text.startswith("-") else ATOM


def _latex_name(name: str) -> str:
    """x1 and x_1 get an index, alpha its letter, and a word is set upright."""
    stem, index = re.fullmatch(r"(.*?)_*(\d*)", name).groups()  # type: ignore[union-attr]
    if "_" in stem.strip("_"):
        head, _, tail = stem.strip("_").partition("_")
        stem, index = head, rf"\text{{{_escaped(tail)}}}" + (f",{index}" if index else "")
    letter = f"\\{stem}" if stem in GREEK else stem if len(stem) == 1 else rf"\text{{{_escaped(stem)}}}"
    return f"{letter}_{{{index}}}" if index else letter


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")
