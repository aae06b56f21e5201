"""Read a formula that somebody typed, without ever running it.

Python's own `ast` reads the text; this module looks at each piece of what it found and builds the formula, or refuses
the piece by name. Nothing is evaluated: no name is looked up outside the table, and 9**9**9**9 is a small tree.
"""

from __future__ import annotations

import ast
import difflib
import math
import warnings

from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.symbolic.expression import NAMED_NUMBERS, Expr, build, constant, functions, variable
from autodiff_lessons.errors import FormulaError

LONGEST = 50_000
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
}
OTHER_OPERATORS: dict[type[ast.operator], str] = {
    ast.BitXor: "Python writes powers as **, so x^2 is x**2",
    ast.FloorDiv: "a formula divides with /",
    ast.Mod: "% (the remainder) has no place in a formula",
    ast.MatMult: "@ (the product of matrices) has no place in a formula of numbers",
}
OTHER_NAMES = {"ln": "log", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "fabs": "abs", "max": "maximum",
               "min": "minimum"}  # fmt: skip
PIECES: dict[type[ast.AST], str] = {
    ast.Attribute: "an attribute; write sin(x), without np. before it",
    ast.Subscript: "a subscript; name each element, for example x_1",
    ast.Compare: "a comparison; a formula is arithmetic only",
    ast.BoolOp: "a logical operation; a formula is arithmetic only",
    ast.IfExp: "a conditional; a formula is arithmetic only",
    ast.Lambda: "a lambda; write only the formula itself",
    ast.NamedExpr: "an assignment; write only the formula itself",
    ast.Tuple: "several values; write one formula at a time",
    ast.List: "a list; write one formula at a time",
    ast.Starred: "a starred argument",
    ast.JoinedStr: "a string",
}


def parse(text: str) -> Expr:
    """The formula that `text` writes in Python's notation: `parse("log(x) + x*y - sin(y)")`.

    It may hold + - * / ** and signs, numbers, names, pi, and the table's element-wise functions. Every other name is a
    variable, also e (Euler's number is exp(1)). Numbers are floats. Everything else is refused by a FormulaError
    that names the piece and its column. Nothing is ever evaluated.
    """
    return _Reader(text).formula()


class _Reader:
    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise FormulaError(f'parse reads a text, such as parse("x**2"), not {text!r}.')
        if len(text) > LONGEST:
            raise FormulaError(f"A formula may have {LONGEST} characters; this one has {len(text)}.")
        self.margin = len(text) - len(text.lstrip())
        self.text = " ".join(text.strip().splitlines())
        if not self.text:
            raise FormulaError("There is no formula here: the text is empty.")
        if "#" in self.text:
            raise self.refusal(self.text.index("#"), "#", "a comment; write only the formula itself")

    def formula(self) -> Expr:
        """Walk over what Python read, inputs first, with a stack of its own: a long sum is a deep tree."""
        root = self.tree()
        done: dict[ast.expr, Expr] = {}
        stack = [root]
        while stack:
            piece = stack[-1]
            inputs = self.inputs_of(piece)
            waiting = [one for one in inputs if one not in done]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            done[stack.pop()] = self.built(piece, [done[one] for one in inputs])
        return done[root]

    def tree(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return ast.parse(self.text, mode="eval").body
        except (RecursionError, MemoryError):
            raise FormulaError("The formula is nested too deeply; name a part of it and write it separately.") from None
        except SyntaxError as error:
            column = max((error.offset or 1) - 1, 0)
            if self.text[-1] in "+-*/":
                raise self.refusal(len(self.text) - 1, self.text[-1], "the formula ends too early") from None
            piece = self.text[column : column + 10] or self.text[-10:]
            if error.msg.startswith("too many nested"):
                raise self.refusal(column, piece, "nested too deeply") from None
            raise self.refusal(column, piece, self.advice(error.msg)) from None
        except (ValueError, Warning) as error:  # a null character, half a character, 1or 2
            raise FormulaError(f"{self.text[:40]!r} can't be read as a formula: {error}.") from None

    def advice(self, message: str) -> str:
        if "decimal literal" in message or "invalid imaginary" in message:
            return "a number can't stand right before a name; write 2*x with *"
        return f"Python can't read it ({message})"

    def inputs_of(self, piece: ast.expr) -> list[ast.expr]:
        """What has to be read before `piece`; refuses a piece that has no place in a formula."""
        match piece:
            case ast.Constant() | ast.Name():
                return []
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return [operand]
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in OPERATORS:
                    raise self.refused(piece, OTHER_OPERATORS.get(type(op), "operations on bits have no place here"))
                return [left, right]
            case ast.Call():
                self.check_call(piece)
                return piece.args
        raise self.refused(piece, PIECES.get(type(piece), "only arithmetic and known functions can be read"))

    def built(self, piece: ast.expr, inputs: list[Expr]) -> Expr:
        match piece:
            case ast.Constant(value=value):
                return self.number(piece, value)
            case ast.Name(id=name):
                if name in functions():
                    raise self.refused(piece, f"a function; write what it is applied to, {name}(x)")
                return constant(NAMED_NUMBERS[name]) if name in NAMED_NUMBERS else variable(name)
            case ast.BinOp(op=op):
                return build(PRIMITIVES[OPERATORS[type(op)]], tuple(inputs))
            case ast.UnaryOp(op=ast.UAdd()):
                return inputs[0]
            case ast.UnaryOp(operand=operand):
                between = self.text.encode()[piece.col_offset + 1 : operand.col_offset]
                if isinstance(operand, ast.Constant) and b"(" not in between:
                    return -inputs[0] if inputs[0].value is None else constant(-inputs[0].value)
                return -inputs[0]
            case ast.Call(func=ast.Name(id=name)):
                return build(functions()[name], tuple(inputs))
        raise AssertionError(piece)

    def number(self, piece: ast.expr, value: object) -> Expr:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            what = "a complex number" if isinstance(value, complex) else "not a number"
            raise self.refused(piece, f"{what}; a formula holds real numbers")
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            raise self.refused(piece, "a number beyond 1.8e308, the largest float")
        return constant(value)

    def check_call(self, piece: ast.Call) -> None:
        if not isinstance(piece.func, ast.Name):
            if isinstance(piece.func, ast.Attribute):
                raise self.refused(piece.func, PIECES[ast.Attribute])
            raise self.refused(piece, "a call of something that is no function; write * to multiply")
        name, known = piece.func.id, functions()
        if name not in known:
            near = [OTHER_NAMES[name]] if name in OTHER_NAMES else difflib.get_close_matches(name, known, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else " (To multiply, write *.)"
            raise self.refused(piece.func, f"not a function known here; there are {', '.join(sorted(known))}.{hint}")
        if piece.keywords:
            raise self.refused(piece.keywords[0].value, f"a keyword; write {name}(...) with plain inputs")
        for one in piece.args:
            if isinstance(one, ast.Starred):
                raise self.refused(one, PIECES[ast.Starred])
        takes = len(known[name].partials or ())
        if len(piece.args) != takes:
            inputs = "1 input" if takes == 1 else f"{takes} inputs"
            raise self.refused(piece, f"{name} takes {inputs}, here it gets {len(piece.args)}")

    def refused(self, piece: ast.expr | ast.Name, why: str) -> FormulaError:
        source = self.text.encode()
        column = len(source[: piece.col_offset].decode())  # ast counts bytes
        return self.refusal(column, source[piece.col_offset : piece.end_col_offset].decode(), why)

    def refusal(self, column: int, piece: str, why: str) -> FormulaError:
        shown = piece if len(piece) <= 40 else f"{piece[:37]}..."
        return FormulaError(f"{shown!r} in column {self.margin + column + 1} of the formula: {why.rstrip('.')}.")
