"""DerivativeStory: the tree of a formula, and the tree of its derivative that grows beside it, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from autodiff_lessons.engine.symbolic import Derivation, Expr, Step, diff, parse
from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.graph_story import GraphStory

MOST_BOXES = 120  # beyond that nobody finds anything in the picture


@dataclass
class _Place:
    """Where a step of the derivation stands in the formula's tree: a part that occurs twice has two places."""

    step: Step
    box: int  # of the part itself
    inputs: list[_Place]
    derivative: int = -1  # the box at the foot of its derivative
    grown: list[int] = field(default_factory=list)  # what the rule adds to the derivative's tree


class DerivativeStory(GraphStory):
    """Step through the rules that differentiate a formula: `DerivativeStory("x**2 + 3*x + 2", "x")`.

    Each step works on one part of the formula, from its leaves on, and adds to the derivative's tree what that part's
    rule says. The steps are those of `diff(formula, variable, steps=True)`, and nothing is simplified. Equal parts of
    the formula are differentiated in one step.
    """

    def __init__(self, formula: str | Expr, variable: str = "x") -> None:
        f = parse(formula) if isinstance(formula, str) else formula
        derivation = diff(f, variable, steps=True)
        boxes = f.tree_nodes + derivation.derivative.tree_nodes
        if boxes > MOST_BOXES:
            raise WidgetError(
                f"The formula and its derivative have {boxes} nodes, and a picture shows {MOST_BOXES} at most. Choose "
                f"a shorter formula; diff(formula, {derivation.variable!r}, steps=True) lists the rules of a long one."
            )
        super().__init__(f"The derivative of {f} by {derivation.variable}")
        formula_boxes: list[int] = []
        whole = self._place(derivation.last, formula_boxes)
        formula_boxes.append(self.node("f", uses=[whole.box], kind="output"))
        places: dict[Step, list[_Place]] = {}
        self._grow(whole, places)
        result = self.node(f"df/d{derivation.variable}", uses=[whole.derivative], kind="output")
        self._narrate(derivation, formula_boxes, places, result)

    def _narrate(
        self, derivation: Derivation, formula: list[int], places: dict[Step, list[_Place]], result: int
    ) -> None:
        self.tell("The tree of the formula. Its leaves are differentiated first.", shows=formula)
        for step in derivation.steps:
            if step in places:
                here = places[step]
                said = f"d/d{derivation.variable} [{step.formula}] = {step.derivative}"
                grown = [box for place in here for box in place.grown]
                self.tell(f"{step.rule.capitalize()}: {said}", active=[place.box for place in here], backward=grown)
        counts = f"{derivation.last.formula.tree_nodes} nodes became {derivation.derivative.tree_nodes}"
        self.tell(f"The derivative of the tree is a tree: {counts}.", active=[result])

    def _place(self, step: Step, boxes: list[int]) -> _Place:
        """The boxes of the formula's tree down to this step."""
        inputs = [self._place(one, boxes) for one in step.inputs]
        boxes.append(self._box(step.formula, [one.box for one in inputs]))
        return _Place(step, boxes[-1], inputs)

    def _grow(self, place: _Place, places: dict[Step, list[_Place]]) -> None:
        """The boxes of the derivative's tree, those of the inputs first."""
        inputs = iter(place.inputs)  # in their order, for equal inputs share one step
        with_a_term = [next(one for one in inputs if one.step is term) for term in place.step.terms]
        for one in with_a_term:
            self._grow(one, places)
        place.derivative = self._sum(place.step.derivative, with_a_term, place.grown)
        places.setdefault(place.step, []).append(place)

    def _sum(self, total: Expr, terms: list[_Place], grown: list[int]) -> int:
        """The box at the foot of a sum of terms, partial * derivative of an input each; new boxes go to `grown`."""
        if not terms:
            return self._copy(total, grown)
        *others, last = terms
        if others:
            rest, term = total.inputs
            return self._new(total, [self._sum(rest, others, grown), self._term(term, last, grown)], grown)
        if total.op is not None and total.op.name == "neg" and total.inputs[0] is last.step.derivative:
            return self._new(total, [last.derivative], grown)
        return self._term(total, last, grown)

    def _term(self, term: Expr, of: _Place, grown: list[int]) -> int:
        if term is of.step.derivative:
            return of.derivative
        partial, _ = term.inputs
        return self._new(term, [self._copy(partial, grown), of.derivative], grown)

    def _copy(self, expr: Expr, grown: list[int]) -> int:
        return self._new(expr, [self._copy(one, grown) for one in expr.inputs], grown)

    def _new(self, expr: Expr, uses: list[int], grown: list[int]) -> int:
        grown.append(self._box(expr, uses))
        return grown[-1]

    def _box(self, expr: Expr, uses: list[int]) -> int:
        if expr.op is not None:
            return self.node(expr.op.symbol, uses=uses)
        return self.node(str(expr), kind="input" if expr.name is not None else "constant")
