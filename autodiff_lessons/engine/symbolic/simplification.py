"""Make a formula simpler without ever changing a value.

"Never" includes the points where a formula has no value: x/x is 1 except at 0, where it is nothing, so it stays x/x;
0*log(x) is not 0 at x = -1. What a part *needs* to have a value is written down as a set of conditions, such as
(NONZERO, x); something is left out only if what remains needs the same.

A sum is collected as {term: coefficient}, a product as a coefficient and {base: exponent}; coefficients are exact
fractions, so that 0.1 + 0.2 rounds once. Values are those of real numbers: that exp(1000) overflows is not a
condition. The passes repeat until nothing changes; a pass never makes a formula longer, and a formula that was
seen before ends them, so they end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from autodiff_lessons.engine.symbolic.expression import INDICATORS, Expr, build, constant, parts
from autodiff_lessons.engine.symbolic.products import (
    Factor,
    Product,
    length,
    multiply_in,
    power,
    product_formula,
    quotient,
    times,
)

NONZERO, NONNEGATIVE, POSITIVE = "nonzero", "nonnegative", "positive"
Needs = frozenset[tuple[Any, ...]]
LONGEST_FRACTION = 4096  # bits; 9**9**9**9 has more


def simplify(expr: Expr) -> Expr:
    """The same values, in a formula that is simpler and never has more nodes: `2*x**(2 - 1)*1 + 3` becomes `2*x + 3`.

    It collects equal terms and factors, drops what does nothing (x + 0, 1*x, --x, x**1), and computes with numbers.
    It never drops what has no value somewhere. `simplify(simplify(f)) is simplify(f)`.
    """
    seen: dict[Expr, int] = {}
    while expr not in seen:
        seen[expr] = len(seen)
        expr = _Pass().run(expr)
    cycle = list(seen)[seen[expr] :]  # one formula, as a rule: itself
    return expr if len(cycle) == 1 else min(cycle, key=lambda one: (one.tree_nodes, str(one)))


@dataclass(slots=True)
class _Pass:
    """One walk over a formula, inputs first."""

    products: dict[Expr, Product] = field(default_factory=dict)
    conditions: dict[Expr, Needs] = field(default_factory=dict)
    written: dict[Any, Expr] = field(default_factory=dict)  # y*x is written as x*y was, so that they are one term

    def run(self, expr: Expr) -> Expr:
        done: dict[Expr, Expr] = {}
        order = parts(expr)
        users = Counter(one for node in order for one in node.inputs)
        sums = [node for node in order if _is(node, "add", "sub")]
        within = {one for node in sums for one in node.inputs if users[one] == 1 and _is(one, "add", "sub")}
        for node in order:
            if node.op is None:
                done[node] = node
                continue
            plain = build(node.op, tuple(done[one] for one in node.inputs))
            try:
                simpler = plain if node in within else self.rewritten(plain)  # a long sum is collected once, as a whole
            except OverflowError:  # a coefficient that no float can hold
                simpler = plain
            done[node] = simpler if simpler.tree_nodes <= plain.tree_nodes else plain
        return done[expr]

    def rewritten(self, node: Expr) -> Expr:
        if node.op is None:  # a comparison that turned out to be one of numbers
            return node
        match node.op.name:
            case "add" | "sub":
                return self.sum(node)
            case "neg" if _is(node.inputs[0], "add", "sub"):
                return self.sum(node)
            case "mul" | "div" | "neg":
                return self.write_product(*self.product(node))
            case "pow":
                return self.power(node)
        return self.function(node)

    # Products: a coefficient and factors

    def product(self, expr: Expr) -> Product:
        """`expr` as coefficient * product of base ** exponent."""
        for node in parts(expr, self.products):
            found = self._product(node)
            if found is None or length(found[0]) > LONGEST_FRACTION:
                found = Fraction(1), {node: Factor(1, False)}
            self.products[node] = found
        return self.products[expr]

    def _product(self, node: Expr) -> Product | None:
        if node.value is not None:
            return Fraction(node.value), {}
        inputs = [self.products[one] for one in node.inputs]
        if _is(node, "mul"):
            return times(*inputs)
        if _is(node, "neg"):
            return -inputs[0][0], inputs[0][1]
        if _is(node, "div") and inputs[1][0]:
            return times(inputs[0], power(inputs[1], -1))
        if _is(node, "pow"):
            exponent, coefficient = node.inputs[1].value or 0.5, inputs[0][0]
            whole = exponent.is_integer() and (coefficient or exponent > 0)
            if whole and (coefficient in (0, 1, -1) or length(coefficient) * abs(exponent) <= LONGEST_FRACTION):
                return power(inputs[0], int(exponent))
        return None

    def write_product(self, coefficient: Fraction, factors: dict[Expr, Factor]) -> Expr:
        """The formula of a product, without the factors that do nothing."""
        factors = self.needed(coefficient, factors)
        key = (coefficient, frozenset(factors.items()))
        if key not in self.written:
            self.written[key] = product_formula(coefficient, factors)
        return self.written[key]

    def needed(self, coefficient: Fraction, given: dict[Expr, Factor]) -> dict[Expr, Factor]:
        """Drop a factor, or its guard, where it makes no difference and the other factors need what it needs."""
        factors: dict[Expr, Factor] = {}
        for base, factor in given.items():
            even = _is(base, "abs") and factor.exponent % 2 == 0  # |x|**2 is x**2, and both are zero where x is
            multiply_in(factors, base.inputs[0] if even else base, factor)
        for base, factor in list(factors.items()):
            others = {one: other for one, other in factors.items() if one is not base}
            known = _implied(self.needs_of_factors(others))
            guarded = factor.guarded and (NONZERO, base) not in known
            if coefficient == 0 and not guarded:
                factors[base] = Factor(1, False)
            elif guarded:
                factors[base] = factor if coefficient else Factor(-1, True)
            elif factor.exponent >= 0:
                factors[base] = Factor(factor.exponent, False)
            idle = coefficient == 0 or factors[base].exponent == 0
            if idle and not guarded and self.needs(base) <= known:
                del factors[base]
        return factors

    # Sums: terms with coefficients

    def sum(self, node: Expr) -> Expr:
        number, terms = self.terms(node)
        for term in list(terms):
            coefficient, (_, factors) = terms[term], self.product(term)
            if coefficient and not any(factor.guarded and factor.exponent >= 0 for factor in factors.values()):
                continue
            del terms[term]  # what the other terms need anyway, this one need not say again
            known = _implied(frozenset().union(*map(self.needs, terms)))
            factors = {
                base: Factor(factor.exponent, factor.guarded and (factor.exponent < 0 or (NONZERO, base) not in known))
                for base, factor in factors.items()
            }
            if coefficient == 0 and self.needs(self.write_product(Fraction(1), factors)) <= known:
                continue
            simpler = self.write_product(Fraction(1), factors)
            if simpler.value is not None:
                number += coefficient * Fraction(simpler.value)
            else:
                terms[simpler] = terms.get(simpler, Fraction(0)) + coefficient
        return self.write_sum(number, terms)

    def terms(self, node: Expr) -> tuple[Fraction, dict[Expr, Fraction]]:
        """The number in a sum, and its terms with their coefficients, in the order in which they stand."""
        number, terms = Fraction(0), dict[Expr, Fraction]()
        stack = [(node, Fraction(1))]
        while stack:
            one, sign = stack.pop()
            if _is(one, "add", "sub"):
                left, right = one.inputs
                stack += [(right, -sign if _is(one, "sub") else sign), (left, sign)]
                continue
            coefficient, factors = self.product(one)
            coefficient *= sign
            rest = self.write_product(Fraction(1), factors)
            if rest.value is not None:
                number += coefficient * Fraction(rest.value)
            elif _is(rest, "add", "sub") and abs(coefficient) == 1:
                stack.append((rest, coefficient))
            else:
                terms[rest] = terms.get(rest, Fraction(0)) + coefficient
        return number, terms

    def write_sum(self, number: Fraction, terms: dict[Expr, Fraction]) -> Expr:
        """The formula of a sum: as the terms stand, the number last, but a term without a minus sign first."""
        key = (number, frozenset(terms.items()))
        if key not in self.written:
            listed = [(self.write_product(abs(of), self.product(one)[1]), of < 0) for one, of in terms.items()]
            if number or not listed:
                listed.append((quotient(abs(number)), number < 0))
            listed.insert(0, listed.pop(next((place for place, (_, minus) in enumerate(listed) if not minus), 0)))
            (total, minus), *others = listed
            if minus:
                total = -total if total.value is None else constant(-total.value)
            for one, minus in others:
                total = total - one if minus else total + one
            self.written[key] = total
        return self.written[key]

    # Powers and functions

    def power(self, node: Expr) -> Expr:
        base, exponent = node.inputs
        if exponent.value == 0 and not self.needs(base):
            return constant(1)  # also at base 0, as in the table
        if base.value == 1 and not self.needs(exponent):
            return constant(1)
        if exponent.value == 0.5:
            return self.root(node)
        return self.write_product(*self.product(node))

    def root(self, node: Expr) -> Expr:
        """The square root of an even power: (x**2)**0.5 is |x|, of a square number: sqrt(4) is 2."""
        radicand = node.inputs[0]
        if radicand.value is not None and radicand.value >= 0:
            root = float(np.sqrt(radicand.value))
            return constant(root) if Fraction(root) ** 2 == Fraction(radicand.value) else node
        if _is(radicand, "pow") and (exponent := radicand.inputs[1].value) and exponent > 0 and exponent % 2 == 0:
            half = radicand.inputs[0] if exponent == 2 else radicand.inputs[0] ** (exponent / 2)
            return half if exponent % 4 == 0 else abs(half)
        return node

    def function(self, node: Expr) -> Expr:
        assert node.op is not None
        numbers = [one.value for one in node.inputs if one.value is not None]
        if len(numbers) == len(node.inputs):
            return self.folded(node, numbers)
        first = node.inputs[0]
        match node.op.name:
            case "sqrt":
                return self.root(node)
            case "abs":
                return self.absolute(node)
            case "log" if _is(first, "exp"):
                return first.inputs[0]
            case "where" if first.value is not None:
                kept, dropped = node.inputs[1:] if first.value else node.inputs[:0:-1]
                return kept if self.needs(dropped) <= _implied(self.needs(kept)) else node
        return node

    def absolute(self, node: Expr) -> Expr:
        """abs(-2*x) is 2*abs(x), and what is never negative needs no abs."""
        coefficient, factors = self.product(node.inputs[0])
        rest = self.write_product(Fraction(1), factors)
        even = _is(rest, "pow") and rest.inputs[1].value is not None and rest.inputs[1].value % 2 == 0
        absolute = rest if even or _is(rest, "abs", "sqrt", "exp", "cosh", "sigmoid", "relu") else abs(rest)
        return self.write_product(*times((abs(coefficient), {}), self.product(absolute)))

    def folded(self, node: Expr, numbers: list[float]) -> Expr:
        """A function of numbers, where its value is exact: sin(0), maximum(2, 3); log(2) stays."""
        assert node.op is not None
        exact = node.op.name in {"abs", "sign", "maximum", "minimum", "where", "relu", "square", *INDICATORS}
        if node.op.name == "sqrt":
            return self.root(node)
        if self.needs(node) or not (exact or set(numbers) <= {-1, 0, 1}):
            return node
        value = float(node.op.value(*map(np.float64, numbers)))
        return constant(value) if exact or (2 * value).is_integer() else node

    # Conditions

    def needs(self, expr: Expr) -> Needs:
        """The conditions under which `expr` has a value; empty where it always has one."""
        for node in parts(expr, self.conditions):
            self.conditions[node] = frozenset().union(*map(self.conditions.__getitem__, node.inputs), self.own(node))
        return self.conditions[expr]

    def own(self, node: Expr) -> Iterable[tuple[Any, ...]]:
        """The conditions that the operation of `node` adds to those of its inputs."""
        if node.op is None or node.op.inside is None:
            return ()
        values = [one.value for one in node.inputs]
        if None not in values:
            return () if node.op.inside(*map(np.float64, values)) else [("impossible", node)]
        first, *rest = node.inputs
        match node.op.name:
            case "div":
                coefficient, factors = self.product(rest[0])
                return [(NONZERO, base) for base in factors] if coefficient else [("impossible", node)]
            case "log":
                return [(POSITIVE, first)]
            case "sqrt":
                return [(NONNEGATIVE, first)]
            case "pow" if rest[0].value is not None:
                whole, negative = rest[0].value.is_integer(), rest[0].value < 0
                if whole:
                    return [(NONZERO, first)] if negative else ()
                return [(POSITIVE if negative else NONNEGATIVE, first)]
        return [(node.op.name, *node.inputs)]

    def needs_of_factors(self, factors: dict[Expr, Factor]) -> Needs:
        guards = {(NONZERO, base) for base, factor in factors.items() if factor.guarded}
        return frozenset(guards).union(*map(self.needs, factors))


def _implied(needs: Needs) -> Needs:
    """The conditions with what follows from them."""
    positive = [condition[1] for condition in needs if condition[0] == POSITIVE]
    return needs.union(*[{(NONZERO, one), (NONNEGATIVE, one)} for one in positive])


def _is(expr: Expr, *names: str) -> bool:
    return expr.op is not None and expr.op.name in names
