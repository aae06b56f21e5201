"""6.4: the backward pass, each node after all its users."""

from __future__ import annotations

import functools
import operator
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.small_engine.order import topological_order
from autodiff_lessons.small_engine.rules import contributions
from autodiff_lessons.small_engine.var import Var

# The constants are tracked, so that a pass which adds to every leaf is as good here as one that asks each first.
GRAPHS: dict[str, Callable[[Var, Var], Var]] = {
    "a + a, a = x * x": lambda x, a: a + a,
    "(a + 1) + (2 * a), a = x * x": lambda x, a: (a + Var(1.0)) + (Var(2.0) * a),
    "a + (2 * a) * 5, a = x * x": lambda x, a: a + (Var(2.0) * a) * Var(5.0),
    "y = y + x, 3000 times": lambda x, a: functools.reduce(operator.add, [x] * 3000, x),
}


def gradient_of(code: Any, graph: str, x: float) -> Any:
    """Build the graph, let the code run backwards over it, and read x.grad."""
    leaf = Var(x)
    code(GRAPHS[graph](leaf, leaf * leaf))
    return leaf.grad


one_backward = FunctionExercise(
    "6.4",
    "Send once, when all has arrived",
    # At a negative x the values fall along the chain, so that sorting the nodes by value is no way out.
    probes=[(graph, -3.0 if "times" in graph else 3.0) for graph in GRAPHS],
    use=gradient_of,
    stub="""\
from autodiff_lessons.small_engine import contributions


@exercise("6.4")
def backward(out):
    order = ...  # every node after its parents; out is last
    out.grad = 1.0
    for node in reversed(order):
        for parent, sent in contributions(node, node.grad).items():
            parent.grad += sent
""",
    hints=[
        "A node can go into `order` when all its parents are in it. So go down from `out`, and put a node in on the "
        "way back up, not on the way down.",
        "Keep a list of what is still to do, and a set of what you have met. A node comes out of the list twice: first "
        "put its parents on top of it, then, when they are done, put the node into `order`.",
        "Let the list hold pairs: `stack = [(out, False)]`. Pop one. If it is `(node, True)`, append the node to "
        "`order`. If not, and it is new, push `(node, True)` and then `(parent, False)` for each parent.",
    ],
    takeaway="Each node sends once, after all its users: one visit a node, however many paths there are.",
)


@one_backward.set_reference
def backward(out: Var) -> None:
    order, met, stack = [], set(), [(out, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in met:
            met.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    out.grad = 1.0
    for node in reversed(order):
        for parent, sent in contributions(node, node.grad).items():
            parent.grad += sent


def send(node: Var) -> None:
    for parent, sent in contributions(node, node.grad).items():
        parent.grad += sent


def as_users_finish(out: Var) -> Iterator[Var]:
    """Each node as soon as the last of its users is done: a topological order backwards, by counting."""
    waiting: Counter[Var] = Counter()
    met, stack = {out}, [out]
    while stack:
        for parent in stack.pop().parents:
            waiting[parent] += 1
            if parent not in met:
                met.add(parent)
                stack.append(parent)
    ready = [out]
    while ready:
        node = ready.pop()
        yield node
        for parent in node.parents:
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)


# Each node once, but when it is first met


@one_backward.wrong(
    "visited-too-early",
    "You visit each node once, but too early: when a sends, another of its users has not sent to it yet. It has to "
    "wait for all of them.",
)
def visited_set_only(out: Var) -> None:
    visited = set()

    def visit(node: Var) -> None:
        if node in visited:
            return
        visited.add(node)
        send(node)
        for parent in node.parents:
            visit(parent)

    out.grad = 1.0
    visit(out)


@one_backward.wrong("visited-too-early")
def visited_set_only_from_the_right(out: Var) -> None:
    visited = set()

    def visit(node: Var) -> None:
        visited.add(node)
        send(node)
        for parent in reversed(node.parents):
            if parent not in visited:
                visit(parent)

    out.grad = 1.0
    visit(out)


@one_backward.wrong("visited-too-early")
def visited_set_and_stack(out: Var) -> None:
    out.grad = 1.0
    visited, stack = set(), [out]
    while stack:
        node = stack.pop()
        if node not in visited:
            visited.add(node)
            send(node)
            stack.extend(node.parents)


@one_backward.wrong("visited-too-early")
def visited_set_and_stack_from_the_left(out: Var) -> None:
    out.grad = 1.0
    visited, stack = set(), [out]
    while stack:
        node = stack.pop()
        if node not in visited:
            visited.add(node)
            send(node)
            stack.extend(reversed(node.parents))


@one_backward.wrong("visited-too-early")
def visited_set_and_cotangents(out: Var) -> None:
    visited, stack, cotangents = set(), [out], {out: 1.0}
    while stack:
        node = stack.pop()
        if node not in visited:
            visited.add(node)
            node.grad = cotangents.get(node)
            for parent, sent in contributions(node, node.grad).items():
                cotangents[parent] = cotangents.get(parent, 0.0) + sent
            stack.extend(node.parents)


@one_backward.wrong(
    "breadth-first",
    "Near the output is not ready yet. Here a is one step away, but also three steps by the longer way: it has to wait "
    "for what comes by the longest.",
)
def level_by_level(out: Var) -> None:
    out.grad = 1.0
    visited, queue = {out}, deque([out])
    while queue:
        node = queue.popleft()
        send(node)
        for parent in node.parents:
            if parent not in visited:
                visited.add(parent)
                queue.append(parent)


@one_backward.wrong("breadth-first")
def level_by_level_marked_late(out: Var) -> None:
    cotangents, visited, queue = {out: 1.0}, set(), deque([out])
    while queue:
        node = queue.popleft()
        if node in visited:
            continue
        visited.add(node)
        node.grad = cotangents.get(node)
        for parent, sent in contributions(node, node.grad).items():
            cotangents[parent] = cotangents.get(parent, 0.0) + sent
        queue.extend(node.parents)


@one_backward.wrong(
    "recursion",
    "The small graphs come out right. But this one is 3000 operations deep, and Python allows about a thousand calls "
    "inside one another. Keep what is still to do in a list of your own.",
)
def recursive_order(out: Var) -> None:
    order, met = [], set()

    def visit(node: Var) -> None:
        if node not in met:
            met.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(out)
    out.grad = 1.0
    for node in reversed(order):
        send(node)


# More than once


@one_backward.wrong(
    "sends-again",
    "A node sent more than once, and each time all that it had. It may send once only, after all its users.",
)
def the_recursive_engine(out: Var) -> None:
    def call(node: Var) -> None:
        send(node)
        for parent in node.parents:
            call(parent)

    out.grad = 1.0
    call(out)


@one_backward.wrong("sends-again")
def stack_without_a_set(out: Var) -> None:
    out.grad = 1.0
    stack = [out]
    while stack:
        node = stack.pop()
        send(node)
        stack.extend(node.parents)


@one_backward.wrong("sends-again")
def queue_without_a_set(out: Var) -> None:
    out.grad = 1.0
    queue = deque([out])
    while queue:
        node = queue.popleft()
        send(node)
        queue.extend(node.parents)


# The right order, and a slip in the sweep


@one_backward.wrong(
    "one-contribution",
    "Two users of a node each send it a part, and one of the parts was lost. What arrives at a node adds up.",
)
def overwritten(out: Var) -> None:
    out.grad = 1.0
    for node in reversed(topological_order(out)):
        for parent, sent in contributions(node, node.grad).items():
            parent.grad = sent


@one_backward.wrong("one-contribution")
def overwritten_in_another_order(out: Var) -> None:
    out.grad = 1.0
    for node in as_users_finish(out):
        for parent, sent in contributions(node, node.grad).items():
            parent.grad = sent


@one_backward.wrong("one-contribution")
def first_arrival_kept(out: Var) -> None:
    cotangents = {out: 1.0}
    for node in reversed(topological_order(out)):
        node.grad = cotangents.get(node)
        for parent, sent in contributions(node, node.grad).items():
            cotangents.setdefault(parent, sent)


@one_backward.wrong(
    "output-only",
    "Only the output sent something on. The other nodes must send too, and later: each after all its users. So the way "
    "leads from the output to the leaves.",
)
def leaves_first(out: Var) -> None:
    out.grad = 1.0
    for node in topological_order(out):
        send(node)


@one_backward.wrong(
    "nothing-arrives",
    "Nothing arrived at x. Does the output start with 1 and send first, do the nodes below it send on, and does what "
    "arrives at a leaf end up in its `grad`?",
)
def no_seed(out: Var) -> None:
    for node in reversed(topological_order(out)):
        send(node)


@one_backward.alternative
def when_all_users_have_sent(out: Var) -> None:
    out.grad = 1.0
    for node in as_users_finish(out):
        send(node)


@one_backward.alternative
def by_generation(z: Var, seed: float = 1.0) -> dict[Var, float]:
    generation: dict[Var, int] = {}
    todo = [z]
    while todo:
        unknown = [parent for parent in todo[-1].parents if parent not in generation]
        if unknown:
            todo += unknown
        else:
            node = todo.pop()
            generation[node] = 1 + max((generation[parent] for parent in node.parents), default=0)
    cotangents = dict.fromkeys(generation, 0.0) | {z: seed}
    for node in sorted(generation, key=lambda node: -generation[node]):
        for parent, sent in contributions(node, cotangents[node]).items():
            cotangents[parent] += sent
        if node.requires_grad:
            node.grad += cotangents[node]
    return cotangents
