"""Exercises whose answer is a graph that the learner wrote down: nodes, edges, a topological order.

Nodes are {number: label}, edges [(from, to)]. Any numbering is as good as ours. In these graphs each operation stands
once, so a node is known by its label.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_lessons.exercises.base import Finding
from autodiff_lessons.exercises.comparing import count, kind_of, listed, short
from autodiff_lessons.exercises.value_exercise import Fields, ValueExercise

_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "∗": "*", "−": "-", "–": "-"})
_WORDS = {
    **dict.fromkeys(("mul", "multiply", "multiplication", "times", "product", "prod"), "*"),
    **dict.fromkeys(("add", "plus", "sum", "addition"), "+"),
    **dict.fromkeys(("sub", "subtract", "minus", "difference", "subtraction"), "-"),
    **dict.fromkeys(("log", "ln", "logarithm"), "log"),
    **dict.fromkeys(("sin", "sine"), "sin"),
}
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_RESULT_WORDS = {"f", "z", "out", "output", "result", "="}


class WrittenGraphExercise(ValueExercise):
    """The learner writes a graph down; the reference is one way to number it.

    A wrong answer's graph is recognised whatever its numbering.
    """

    so_far = ""  # edges can't be judged while nodes are open

    def examine(self, given: Fields) -> Finding | None:
        """The first thing that is wrong, in the order nodes, edges, order."""
        if "nodes" not in given:
            return None
        nodes = given["nodes"]
        finding = self._nodes(nodes)
        if finding is None and "edges" in given:
            finding = self._edges(nodes, listed(given["edges"]))
        if finding is None and "order" in given:
            finding = self._order(nodes, listed(given["order"]))
        return finding

    def _nodes(self, nodes: Any) -> Finding | None:
        if not isinstance(nodes, Mapping):
            return Finding(f'`nodes` is {kind_of(nodes)} where a dict is needed, such as `{{1: "x", 2: "y"}}`.')
        labels = {number: label_of(written) for number, written in nodes.items()}
        true_labels = list(self.reference["nodes"].values())
        for number, label in labels.items():
            if label in true_labels:
                continue
            told = f"Node {short(number)} is labelled `{short(nodes[number])}`."
            if label in _RESULT_WORDS and set(true_labels) <= set(labels.values()):
                return Finding(told, "result-as-node")
            return Finding(f'{told} Label a node with a variable, or with the one operation it does, such as "log".')
        for label, times in Counter(labels.values()).items():
            if times > 1 and not any(target == label for _, target in self._true_edges()):
                return Finding(f"`{label}` stands in {count(times, 'node')}.", "variable-drawn-twice")
            if times > 1:
                return Finding(f"`{label}` stands in {count(times, 'node')}, but the formula does it once.")
        if len(labels) < len(true_labels):
            return Finding(
                f"Your graph has {count(len(labels), 'node')}. Something in the formula has no node yet: read it once "
                "more, piece by piece."
            )
        return None

    def _edges(self, nodes: Mapping[Any, Any], edges: Any) -> Finding | None:
        if not isinstance(edges, list | tuple | set | frozenset | np.ndarray):
            return Finding(f"`edges` is {kind_of(edges)} where a list of pairs is needed, such as `[(1, 3)]`.")
        written: list[tuple[Any, Any]] = []
        for edge in edges:
            if not isinstance(edge, list | tuple | np.ndarray) or len(edge) != 2:
                return Finding(f"`{short(edge)}` is no edge: an edge is a pair, such as `(1, 3)`.")
            strangers = [end for end in edge if not _is_in(end, nodes)]
            if strangers:
                return Finding(f"Edge `{short(tuple(edge))}`: there is no node {short(strangers[0])} in your `nodes`.")
            written.append((edge[0], edge[1]))
        for edge, times in Counter(written).items():
            if times > 1:
                return Finding(f"Edge `{short(edge)}` is in your list {count(times, 'time')}; once is enough.")
        by_label = {(label_of(nodes[source]), label_of(nodes[target])): (source, target) for source, target in written}
        true_edges = self._true_edges()
        if set(by_label) == set(true_edges):
            return None
        for wrong in self.wrong_answers:
            if set(by_label) == set(_labelled({**self.reference, **wrong.code()})):
                return Finding(f"Your {count(len(written), 'edge')} make another graph.", wrong.misconception)
        return Finding(_edge_fault(by_label, true_edges))

    def _order(self, nodes: Mapping[Any, Any], order: Any) -> Finding | None:
        if not isinstance(order, list | tuple | np.ndarray):
            return Finding(f"`order` is {kind_of(order)} where a list of node numbers is needed.")
        for number in order:
            if not _is_in(number, nodes):
                return Finding(f"`order` has {short(number)} in it, which is no number in your `nodes`.")
        for number, times in Counter(order).items():
            if times > 1:
                told = f"`order` has node {short(number)} in it {count(times, 'time')}."
                return Finding(f"{told} Each node is computed once.")
        if len(order) < len(nodes):
            missing = next(number for number in nodes if number not in list(order))
            return Finding(f"`order` is without node {short(missing)}.")
        place = {label_of(nodes[number]): position for position, number in enumerate(order)}
        number_of = {label_of(nodes[number]): number for number in order}
        early = [(place[user], used, user) for used, user in self._true_edges() if place[user] < place[used]]
        if not early:
            return None
        _, used, user = min(early)
        told = (
            f"In your order, `{user}` (node {short(number_of[user])}) comes before `{used}` "
            f"(node {short(number_of[used])}), which it uses."
        )
        return Finding(told, "backward-order" if len(early) == len(self._true_edges()) else "user-before-input")

    def _true_edges(self) -> list[tuple[str, str]]:
        return _labelled(self.reference)


def label_of(written: Any) -> str:
    """The variable or operation that a label means: "x*y", "×", "mul" are "*"; "np.log(x)" is "log"."""
    text = str(written).strip().lower().translate(_SIGNS) if isinstance(written, str) else ""
    text = re.sub(r"^\w+\s*=\s*(?=[^=\s])", "", text)  # "a = log(x)" gives the node's value a name
    if text in _RESULT_WORDS or text in _OPERATORS.values():
        return text
    try:
        expression = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "?"
    if isinstance(expression, ast.BinOp):
        return _OPERATORS.get(type(expression.op), "?")
    if isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Attribute):
        name = expression.attr
    elif isinstance(expression, ast.Name):
        name = expression.id
    else:
        return "?"
    return _WORDS.get(name, name)


def _labelled(graph: Mapping[str, Any]) -> list[tuple[str, str]]:
    nodes = graph["nodes"]
    return [(label_of(nodes[source]), label_of(nodes[target])) for source, target in graph["edges"]]


def _edge_fault(written: Mapping[tuple[str, str], tuple[Any, Any]], truth: Sequence[tuple[str, str]]) -> str:
    """Say what is wrong with a list of edges that nobody foresaw, without telling the right ones."""
    for (source, target), numbers in written.items():
        edge = f"Edge `{short(numbers)}`"
        if source == target:
            return f"{edge} leads from a node to itself, but no node uses its own result."
        if (source, target) not in truth and (target, source) in truth:
            return f"{edge} points from `{source}` to `{target}`. Which of the two is computed first?"
        if (source, target) not in truth:
            return f"{edge}: in the formula, `{target}` does not use `{source}` directly."
    needed = Counter(target for _, target in truth)
    got = Counter(target for _, target in written)
    target = next(target for target in needed if got[target] < needed[target])
    return f"`{target}` takes {count(needed[target], 'input')}; your edges give it {got[target] or 'none'}."


def _is_in(number: Any, nodes: Mapping[Any, Any]) -> bool:
    return isinstance(number, Hashable) and not isinstance(number, tuple) and number in nodes
