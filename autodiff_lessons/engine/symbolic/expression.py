"""Expr: a formula, that is a tree whose equal parts are one object.

Formulas are immutable and *hash-consed*: building the same formula twice gives the same object, so `a is b` says
whether two formulas are the same tree, and a traced function is a graph in which a value that is used twice stands
once. (Ershov 1958; Filliâtre and Conchon, "Type-safe modular hash-consing", 2006.)

Comparisons are formulas too, as they are arrays of booleans on NumPy's arrays: `x == 0` is the *indicator* that is 1
where x is 0 and 0 elsewhere. That is what lets np.where(x == 0, 1, np.sin(x) / x), and the rules of the table, mean the
same on symbols as on numbers. It has no truth value: a Python `if` would follow one branch and forget the other.
"""

from __future__ import annotations

import inspect
import keyword
import math
import threading
import unicodedata
from collections.abc import Callable, Container
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from autodiff_lessons.engine.numpy_protocol import call_function, call_ufunc
from autodiff_lessons.engine.primitive import Primitive
from autodiff_lessons.engine.primitives import PRIMITIVES
from autodiff_lessons.engine.symbolic.printing import as_latex, as_text
from autodiff_lessons.errors import FormulaError


class Expr:
    """A formula. Make one with `symbols`, `parse` or `trace`; combine them with operators and NumPy's functions.

    op       the operation of the table; None for a variable or a number
    inputs   the formulas that it is applied to
    name     of a variable; None elsewhere
    value    of a number, a float; None elsewhere
    """

    __slots__ = ("__weakref__", "inputs", "name", "op", "tree_nodes", "value")

    op: Primitive | None
    inputs: tuple[Expr, ...]
    name: str | None
    value: float | None
    tree_nodes: int

    def __init__(self) -> None:
        raise FormulaError('A formula is made with symbols("x y"), parse("x*y") or trace(f).')

    def __setattr__(self, attribute: str, value: Any) -> None:
        raise FormulaError("A formula can't be changed; build a new one, for example with evaluate(x=...).")

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in the order in which they first occur."""
        return tuple(one.name for one in parts(self) if one.name is not None)

    def evaluate(self, /, **values: Any) -> Any:
        """The value at the named variables: numbers, or arrays of one shape for many points at once.

        Where the formula has no value, a DomainError names the part that has none (`ieee()` gives inf and nan). A name
        that the formula does not use is ignored. Tensors are recorded as usual, and with formulas as values the result
        is the formula with those put in the place of the variables.
        """
        from autodiff_lessons.engine.symbolic.evaluation import value_of  # noqa: PLC0415  (it imports Expr)

        return value_of(self, values)

    # How it reads

    def __str__(self) -> str:
        """Python's notation; `parse` reads it back to the very same formula."""
        return as_text(self)

    __repr__ = __str__

    def latex(self) -> str:
        """The formula in LaTeX, without dollar signs."""
        return as_latex(self)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    # One object a formula, also after copying

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: Any) -> Expr:
        return self

    def __reduce__(self) -> Any:
        from autodiff_lessons.engine.symbolic.parsing import parse  # noqa: PLC0415  (parsing imports Expr)

        return parse, (str(self),)

    # What a formula is not

    def __bool__(self) -> bool:
        raise FormulaError(
            f"{self} is a formula: it is neither true nor false, so `if` can't choose a branch by it. Write "
            "np.where(condition, a, b) to keep both branches; `a is b` asks whether two formulas are the same."
        )

    def __float__(self) -> float:
        raise FormulaError(
            f"{self} is a formula, not a number. Use np.sin and its kin instead of math.sin; for its value write "
            "formula.evaluate(x=2.0)."
        )

    # NumPy's protocols

    __array_priority__ = 1000.0
    __apply_rank__ = 100  # a formula takes numbers in, nothing takes a formula in

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if ufunc.__name__ in INDICATORS and method == "__call__" and not keywords:
            return build(INDICATORS[ufunc.__name__], inputs)
        return call_ufunc(ufunc, method, inputs, keywords, _number_behind)

    def __array_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        if function in OF_A_NUMBER:
            return OF_A_NUMBER[function]
        return call_function(function, arguments, keywords, _number_behind)

    @staticmethod
    def __apply_primitive__(primitive: Primitive, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Expr:
        if primitive.name == "clip":
            return _clipped(*inputs, **parameters)
        if parameters and primitive.partials is not None:
            raise FormulaError(f"{primitive.name} of a formula takes no {', '.join(parameters)}.")
        return build(primitive, inputs)

    # Operators

    def _two(primitive: Primitive) -> tuple[Callable[[Expr, Any], Any], Callable[[Expr, Any], Any]]:  # type: ignore[misc]
        def operator(self: Expr, other: Any) -> Any:
            return build(primitive, (self, other)) if isinstance(other, OPERANDS) else NotImplemented

        def reflected(self: Expr, other: Any) -> Any:
            return build(primitive, (other, self)) if isinstance(other, OPERANDS) else NotImplemented

        return operator, reflected

    def _indicator(name: str) -> Callable[[Expr, Any], Any]:  # type: ignore[misc]
        def operator(self: Expr, other: Any) -> Any:
            return build(INDICATORS[name], (self, other)) if isinstance(other, OPERANDS) else NotImplemented

        return operator

    __add__, __radd__ = _two(PRIMITIVES["add"])
    __sub__, __rsub__ = _two(PRIMITIVES["sub"])
    __mul__, __rmul__ = _two(PRIMITIVES["mul"])
    __truediv__, __rtruediv__ = _two(PRIMITIVES["div"])
    __pow__, __rpow__ = _two(PRIMITIVES["pow"])
    __lt__, __le__ = _indicator("less"), _indicator("less_equal")
    __gt__, __ge__ = _indicator("greater"), _indicator("greater_equal")
    __eq__, __ne__ = _indicator("equal"), _indicator("not_equal")
    __and__ = __rand__ = _indicator("logical_and")
    __or__ = __ror__ = _indicator("logical_or")
    __hash__ = object.__hash__

    del _two, _indicator

    def __neg__(self) -> Expr:
        return build(PRIMITIVES["neg"], (self,))

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return build(PRIMITIVES["abs"], (self,))

    def __invert__(self) -> Expr:
        return build(INDICATORS["logical_not"], (self,))


def symbols(names: str) -> Any:
    """The variables of these names, as many as there are: `x, y = symbols("x y")`, `x = symbols("x")`."""
    made = tuple(map(variable, names.replace(",", " ").split()))
    if not made:
        raise FormulaError('symbols needs at least one name, for example symbols("x y").')
    return made if len(made) > 1 else made[0]


def trace(function: Callable[..., Any]) -> Expr:
    """The formula that `function` computes: run it once, on symbols named like its parameters."""
    return as_expr(function(*map(variable, inspect.signature(function).parameters)))


def variable(name: str) -> Expr:
    """The variable of this name. Names that mean something else in a formula (sin, pi, lambda) are refused."""
    name = unicodedata.normalize("NFKC", name)  # as Python does with names
    if not name.isidentifier() or keyword.iskeyword(name):
        raise FormulaError(f"{name!r} can't be the name of a variable; use letters, digits and _, such as x or w_1.")
    if name in functions() or name in NAMED_NUMBERS:
        what = "the number" if name in NAMED_NUMBERS else "a function"
        raise FormulaError(f"{name} is {what} in every formula; choose another name for the variable.")
    return _only(("variable", name), None, (), name, None)


def constant(value: Any) -> Expr:
    """The number `value` as a formula; it must be finite."""
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise FormulaError("The numbers of a formula are finite floats: no inf, no nan, nothing beyond 1.8e308.")
    return _only(("number", value.hex()), None, (), None, value)  # hex tells -0.0 from 0.0


def build(op: Primitive, inputs: tuple[Any, ...]) -> Expr:
    """The formula `op(*inputs)`. Nothing is simplified, except that a comparison of two numbers is decided."""
    if op.partials is None:
        raise FormulaError(
            f"{op.name} works on whole arrays, and a formula stands for one number. Write the formula of one element, "
            "or use tensors."
        )
    given = tuple(map(as_expr, inputs))
    if len(given) != len(op.partials):
        raise FormulaError(f"{op.name} takes {len(op.partials)} inputs, not {len(given)}.")
    if op.name in INDICATORS and all(one.value is not None for one in given):
        return constant(op.value(*[one.value for one in given]))
    return _only((id(op), *map(id, given)), op, given, None, None)


def as_expr(one: Any) -> Expr:
    """`one` itself if it is a formula, or the number `one` as a formula."""
    if isinstance(one, Expr):
        return one
    if isinstance(one, (int, float, np.generic, np.ndarray)) and np.ndim(one) == 0 and np.isrealobj(one):
        return constant(one)
    kind = f"an array of shape {np.shape(one)}" if isinstance(one, np.ndarray) else f"{one!r}"
    raise FormulaError(f"A formula is built from numbers and variables; {kind} is neither.")


def parts(expr: Expr, known: Container[Expr] = ()) -> list[Expr]:
    """Every different part of `expr` once, each after its inputs, `expr` last; parts that are `known` are left out.

    It walks with a stack of its own, so that no depth is too much.
    """
    if expr in known:
        return []
    order, placed, stack = [], {expr}, [(expr, iter(expr.inputs))]
    while stack:
        node, waiting = stack[-1]
        for one in waiting:
            if one not in placed and one not in known:
                placed.add(one)
                stack.append((one, iter(one.inputs)))
                break
        else:
            order.append(node)
            stack.pop()
    return order


def tree_nodes(expr: Expr) -> int:
    """How many nodes the formula has when it is written out as a tree: a part that is used twice counts twice."""
    return expr.tree_nodes


def shared_nodes(expr: Expr) -> int:
    """How many different parts the formula has: the nodes of its graph, in which equal parts are shared."""
    return len(parts(expr))


def functions() -> dict[str, Primitive]:
    """The functions that a formula may call: the table's element-wise ones, and the indicators."""
    element_wise = {
        name: op for name, op in PRIMITIVES.items() if op.partials is not None and op.symbol == name and name != "clip"
    }
    return element_wise | INDICATORS


def _only(
    key: tuple[Any, ...], op: Primitive | None, inputs: tuple[Expr, ...], name: str | None, value: float | None
) -> Expr:
    """The one formula of this key. A key holds the identities of the inputs, which live as long as the formula."""
    with _ONE_AT_A_TIME:
        found = _ALL.get(key)
        if found is None:
            found = Expr.__new__(Expr)
            for slot, content in zip(("op", "inputs", "name", "value"), (op, inputs, name, value), strict=True):
                object.__setattr__(found, slot, content)
            object.__setattr__(found, "tree_nodes", 1 + sum([one.tree_nodes for one in inputs]))
            _ALL[key] = found
    return found


def _clipped(x: Any, low: Any = None, high: Any = None) -> Expr:
    """clip written with `where`, whose derivative is 1 at the bounds, as clip's is."""
    x = as_expr(x)
    inner = x if high is None else np.where(x > high, high, x)
    return as_expr(inner if low is None else np.where(x < low, low, inner))


def _number_behind(one: Any) -> Any:
    """What NumPy's functions without a rule (np.floor, np.any) compute on; a formula has no such number."""
    if isinstance(one, Expr):
        raise FormulaError(f"This NumPy function needs a number, and {one} is a formula, which has none yet.")
    return one


def _zero_or_one(name: str, symbol: str, arguments: int = 2) -> Primitive:
    ufunc = getattr(np, name)
    return Primitive(name, symbol, lambda *inputs: ufunc(*inputs) + 0.0, partials=(0.0,) * arguments)


_ONE_AT_A_TIME = threading.RLock()  # two threads that build one formula must get one object
_ALL: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()

INDICATORS = {
    one.name: one
    for one in (
        _zero_or_one("less", "<"),
        _zero_or_one("less_equal", r"\le"),
        _zero_or_one("greater", ">"),
        _zero_or_one("greater_equal", r"\ge"),
        _zero_or_one("equal", "="),
        _zero_or_one("not_equal", r"\ne"),
        _zero_or_one("logical_and", r"\wedge"),
        _zero_or_one("logical_or", r"\vee"),
        _zero_or_one("logical_not", r"\neg", arguments=1),
    )
}
# pi is a number in every formula. e is a variable like any other, since many functions have one of that name; somebody
# who means Euler's number, exp(1), is told of it when the value is missing.
NAMED_NUMBERS = {"pi": math.pi}
OPERANDS = (Expr, int, float, np.generic, np.ndarray)
OF_A_NUMBER: dict[Any, Any] = {
    np.shape: (),
    np.ndim: 0,
    np.size: 1,
    np.zeros_like: constant(0.0),
    np.ones_like: constant(1.0),
}
