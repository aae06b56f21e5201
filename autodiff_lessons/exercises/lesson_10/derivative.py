"""10.1: from a graph the graph of its derivative, by rules for +, * and **.

It is judged by what the returned graph gives when it is run, at more than one point, and when it is differentiated once
more. Nobody looks at its nodes: every form of a derivative is as good as ours.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import functional
from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import as_number, kind_of
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.graph import Draft, Graph, trace
from autodiff_lessons.graph.tracing import Traced

Mul = Callable[[Any, Any, Any], tuple[Any, Any]]  # from the slope of a * b, and from a and b: what each of them is sent
Power = Callable[[Any, Any, Any], Any]  # from the slope of a ** n, and from a and n: what a is sent


def square_in_steps(x: Any) -> Any:
    u = x * x
    return u * u + u


FORMULAS: dict[str, Callable[..., Any]] = {
    "x**2 + 3*x + 2": lambda x: x**2 + 3 * x + 2,
    "x**3": lambda x: x**3,
    "x*x": lambda x: x * x,
    "x + x": lambda x: x + x,
    "(x*x + 1)**3": lambda x: (x * x + 1) ** 3,
    "u*u + u, u = x*x": square_in_steps,
    "3*x*y + y**2": lambda x, y: 3 * x * y + y**2,
    "(x*y + x)**3": lambda x, y: (x * y + x) ** 3,
    "y**2": lambda x, y: y**2,
}


def run_of_derivative(code: Any, formula: str, names: tuple[str, ...], *at: float) -> Any:
    """Differentiate the formula's graph by one name after the other, and run what comes out."""
    graph = trace(FORMULAS[formula], *at)
    for name in names:
        made = code(graph, name)
        if made is ...:
            return made
        graph = _graph(made)
    return graph.run(*at)


def _graph(made: Any) -> Graph:
    if isinstance(made, Graph):
        return made
    if isinstance(made, Traced):
        raise Unfit("a node of a draft where a graph is needed. `draft.finished(...)` makes the graph that ends in it.")
    kind = "one number" if as_number(made) is not None else kind_of(made)
    raise Unfit(f"{kind} where a graph is needed.{' Is a `return` missing?' if made is None else ''}")


def written(formula: str, names: tuple[str, ...], *at: float) -> str:
    """Such as `derivative_graph(x*x, "x").run(2)`."""
    for name in names:
        formula = f'derivative_graph({formula}, "{name}")'
    return f"{formula}.run({', '.join(f'{value:g}' for value in at)})"


derivative = FunctionExercise(
    "10.1",
    "Make a derivative graph",
    probes=[
        ("x**2 + 3*x + 2", ("x",), 2.0),
        ("x**2 + 3*x + 2", ("x",), 0.5),
        ("x**2 + 3*x + 2", ("x", "x"), 2.0),
        ("x**3", ("x",), -1.5),
        ("x**3", ("x", "x"), 2.0),
        ("x*x", ("x",), 3.0),
        ("x*x", ("x", "x"), 3.0),
        ("x + x", ("x",), 3.0),
        ("(x*x + 1)**3", ("x",), 0.5),
        ("(x*x + 1)**3", ("x", "x"), 0.5),
        ("u*u + u, u = x*x", ("x",), 1.5),
        ("u*u + u, u = x*x", ("x", "x", "x"), 1.5),
        ("3*x*y + y**2", ("x",), 2.0, 5.0),
        ("3*x*y + y**2", ("y",), 2.0, 5.0),
        ("3*x*y + y**2", ("x", "y"), 2.0, 5.0),
        ("(x*y + x)**3", ("y", "x"), 0.5, 1.25),
        ("y**2", ("x",), 2.0, 5.0),
    ],
    use=run_of_derivative,
    written=written,
    stub="""\
@exercise("10.1")
def derivative_graph(graph, x):
    draft = Draft(graph)
    slope = [0] * len(graph)  # for each node: d result / d node, a node of the draft
    slope[graph.result] = 1
    for place in reversed(range(len(graph))):
        node = graph.nodes[place]
        match node.kind, node.inputs:
            case "add", (a, b):
                slope[a] += slope[place]
                slope[b] += slope[place]
            case "mul", (a, b):
                slope[a] += ...
                slope[b] += ...
            case "pow", (a, b):  # b is the place of the exponent, a constant
                n = graph.nodes[b].value
                slope[a] += ...
    return draft.finished(slope[graph.arguments[x]], title=graph.title + "'")
""",
    hints=[
        "It is the backward pass of lesson 6: an input is sent the slope of the node, times the local derivative. In "
        "`a * b` the local derivative by a is b. Which node of the draft is that?",
        "`slope[place] * draft[b]` writes a product into the draft, and computes nothing. In the power n is a plain "
        "number: it comes to the front, and the exponent falls by 1.",
        "In the product a is sent `slope[place] * draft[b]`, and b is sent `slope[place] * draft[a]`. In the power a "
        "is sent `slope[place] * n * draft[a] ** (n - 1)`.",
    ],
    takeaway="No number was computed: rules wrote nodes. What comes out is a graph like any other, so the same "
    "function differentiates it again.",
)


@derivative.set_reference
def derivative_graph(graph: Graph, x: str) -> Any:
    draft = Draft(graph)
    slope = [0] * len(graph)  # for each node: d result / d node, a node of the draft
    slope[graph.result] = 1
    for place in reversed(range(len(graph))):
        node = graph.nodes[place]
        match node.kind, node.inputs:
            case "add", (a, b):
                slope[a] += slope[place]
                slope[b] += slope[place]
            case "mul", (a, b):
                slope[a] += slope[place] * draft[b]
                slope[b] += slope[place] * draft[a]
            case "pow", (a, b):  # b is the place of the exponent, a constant
                n = graph.nodes[b].value
                slope[a] += slope[place] * n * draft[a] ** (n - 1)
    return draft.finished(slope[graph.arguments[x]], title=graph.title + "'")


# What is no graph, or a graph at one point only


def numbers(find: Callable[[Graph], Any]) -> Callable[[Graph, str], Any]:
    """Code that hands back a number; `find` may stop where the graph has two arguments."""

    def finds_a_number(graph: Graph, x: str) -> Any:
        find(graph)
        return 0.0

    return finds_a_number


derivative.wrong(
    "numbers-for-a-graph",
    "A number is a slope at one point. A graph is wanted, to be run at any point: let the rules calculate with nodes "
    "of a draft, and finish that.",
)(numbers(lambda graph: None))
derivative.wrong("numbers-for-a-graph")(numbers(lambda graph: graph.all_values([2.0])))
derivative.wrong("numbers-for-a-graph")(numbers(lambda graph: graph.run(2.0)))


def product(s: Any, a: Any, b: Any) -> tuple[Any, Any]:
    return s * b, s * a


def power(s: Any, a: Any, n: Any) -> Any:
    return s * n * a ** (n - 1)


def sweeping(mul: Mul = product, pow: Power = power, assigns: tuple[str, ...] = ()) -> Callable[[Graph, str], Any]:
    """Code that sweeps backwards as the reference does, by these rules; `assigns`: which of them write `=` for `+=`."""

    def sweeps(graph: Graph, x: str) -> Any:
        draft = Draft(graph)
        slope = [0] * len(graph)
        slope[graph.result] = 1
        for place in reversed(range(len(graph))):
            kind, inputs = graph.nodes[place].kind, graph.nodes[place].inputs
            sent: tuple[Any, ...] = ()
            if kind == "add":
                sent = slope[place], slope[place]
            elif kind == "mul":
                sent = mul(slope[place], *(draft[one] for one in inputs))
            elif kind == "pow":
                sent = (pow(slope[place], draft[inputs[0]], graph.nodes[inputs[1]].value),)
            for one, amount in zip(inputs, sent, strict=False):
                slope[one] = amount if kind in assigns else slope[one] + amount
        return draft.finished(slope[graph.arguments[x]])

    return sweeps


def fixed(point: float, where: tuple[str, ...], values_of: Callable[[Graph, float], Any]) -> Callable[..., Any]:
    """Code whose rules for the operations `where` take the values that the nodes have if every input is `point`."""

    def fixes_values(graph: Graph, x: str) -> Any:
        values = values_of(graph, point)
        return sweeping(
            (lambda s, a, b: (s * values[b.place], s * values[a.place])) if "mul" in where else product,
            (lambda s, a, n: s * n * values[a.place] ** (n - 1)) if "pow" in where else power,
        )(graph, x)

    return fixes_values


def at_every_input(graph: Graph, point: float) -> Any:
    return graph.all_values([point] * len(graph.inputs))


def at_two_and_five(graph: Graph, point: float) -> Any:
    return graph.all_values([2.0, 5.0][: len(graph.inputs)])


def at_the_only_input(graph: Graph, point: float) -> Any:
    return graph.all_values([point])


def by_one_run(graph: Graph, point: float) -> Any:
    graph.run(point)
    return graph.all_values([point])


derivative.wrong(
    "fixed-at-build-time",
    "Your graph is right at one point: values that nodes had there were put into it as numbers. Multiply by the node, "
    "`draft[b]`, whose value is computed at each run.",
)(fixed(2.0, ("mul", "pow"), at_every_input))
for point, (where, values_of) in itertools.product(
    (2.0, 1.0, 0.5, 3.0, 5.0),
    (
        (("mul", "pow"), at_every_input),
        (("mul", "pow"), at_the_only_input),
        (("mul", "pow"), by_one_run),
        (("mul",), at_every_input),
        (("pow",), at_every_input),
    ),
):
    derivative.wrong("fixed-at-build-time")(fixed(point, where, values_of))
for where in (("mul", "pow"), ("mul",), ("pow",)):
    derivative.wrong("fixed-at-build-time")(fixed(2.0, where, at_two_and_five))


# Slips in the rules

derivative.wrong(
    "one-contribution",
    "Two arrows bring a slope to one node, and one of the two was lost. What arrives at a node adds up: `+=`.",
)(sweeping(assigns=("add", "mul", "pow")))
for assigns in (("mul", "pow"), ("add", "mul"), ("add", "pow"), ("mul",), ("pow",), ("add",)):
    derivative.wrong("one-contribution")(sweeping(assigns=assigns))

derivative.wrong(
    "own-value",
    "In a product each factor was multiplied by itself. The local derivative of `a * b` by a is the other one, b.",
)(sweeping(mul=lambda s, a, b: (s * a, s * b)))

derivative.wrong(
    "place-for-node",
    "You calculated with a place in the list, which is a plain whole number. The node at the place b is `draft[b]`.",
)(sweeping(lambda s, a, b: (s * b.place, s * a.place), lambda s, a, n: s * n * a.place ** (n - 1)))
derivative.wrong("place-for-node")(sweeping(mul=lambda s, a, b: (s * b.place, s * a.place)))
derivative.wrong("place-for-node")(sweeping(pow=lambda s, a, n: s * n * a.place ** (n - 1)))


def without_slope_product(s: Any, a: Any, b: Any) -> tuple[Any, Any]:
    return b, a


def without_slope_power(s: Any, a: Any, n: Any) -> Any:
    return n * a ** (n - 1)


derivative.wrong(
    "upstream-dropped",
    "The local derivative alone was sent on. What comes from above belongs to it: multiply by `slope[place]`.",
)(sweeping(without_slope_product, without_slope_power))
derivative.wrong("upstream-dropped")(sweeping(mul=without_slope_product))
derivative.wrong("upstream-dropped")(sweeping(pow=without_slope_power))

derivative.wrong(
    "exponent-stays",
    "The exponent has to fall by 1: from `a ** n` comes `n * a ** (n - 1)`.",
)(sweeping(pow=lambda s, a, n: s * n * a**n))
derivative.wrong(
    "exponent-lost",
    "The exponent has to come to the front as a factor: from `a ** n` comes `n * a ** (n - 1)`.",
)(sweeping(pow=lambda s, a, n: s * a ** (n - 1)))


derivative.wrong(
    "no-rule-for-its-own",
    "The slope is right, but the graph that you wrote holds an operation that your function has no rule for, so it is "
    "lost when you differentiate again. Stay with + * and **.",
)(sweeping(pow=lambda s, a, n: s * n * a**n / a))
derivative.wrong("no-rule-for-its-own")(sweeping(pow=lambda s, a, n: s * n * np.power(a, n) * (1 / a)))


# From the inputs on: the slope of each node by x


def going_forward(
    mul: Callable[..., Any] = lambda u, du, v, dv: du * v + u * dv,
    pow: Callable[..., Any] = lambda u, du, n: n * u ** (n - 1) * du,
    every_input: bool = False,
) -> Callable[[Graph, str], Any]:
    def goes_forward(graph: Graph, x: str) -> Any:
        draft, slope = Draft(graph), list[Any]()
        for place, node in enumerate(graph.nodes):
            own = [(draft[one], slope[one]) for one in node.inputs]
            if node.kind == "add":
                slope.append(own[0][1] + own[1][1])
            elif node.kind == "mul":
                slope.append(mul(*own[0], *own[1]))
            elif node.kind == "pow":
                slope.append(pow(*own[0], graph.nodes[node.inputs[1]].value))
            else:
                slope.append(float(place == graph.arguments[x] or (node.is_input and every_input)))
        return draft.finished(slope[graph.result])

    return goes_forward


derivative.wrong(
    "product-of-derivatives",
    "A product's derivative is not the product of the derivatives. Let one factor move at a time, and add: there are "
    "two terms.",
)(going_forward(mul=lambda u, du, v, dv: du * dv))
derivative.wrong(
    "no-inner-derivative",
    "What stands under a power moves at its own pace: multiply by its slope.",
)(going_forward(pow=lambda u, du, n: n * u ** (n - 1)))
derivative.wrong(
    "every-input-moves",
    "Only the input called `x` moves; every other one is a constant here, and stands still.",
)(going_forward(every_input=True))


@derivative.alternative
def from_the_inputs_on(graph: Graph, name: str, one: float = 1.0) -> Any:
    draft = Draft(graph)
    known: dict[int, Any] = {}

    def d(place: int) -> Any:
        if place not in known:
            node = graph.nodes[place]
            if node.op is None:
                known[place] = one if node.name == name else 0.0
            else:
                left, right = node.inputs
                u, v = draft[left], draft[right]
                known[place] = {
                    "add": lambda: d(left) + d(right),
                    "mul": lambda: u * d(right) + d(left) * v,
                    "pow": lambda: d(left) * (graph.nodes[right].value * u ** (graph.nodes[right].value - 1)),
                }[node.kind]()
        return known[place]

    return draft.finished(d(graph.result))


@derivative.alternative
def by_lists_of_contributions(graph: Graph, x: str) -> Any:
    draft = Draft(graph)
    arrived: dict[int, list[Any]] = {graph.outputs[0]: [1.0]}
    for place, node in sorted(enumerate(graph.nodes), key=lambda pair: -pair[0]):
        total = sum(arrived.get(place, []))
        parents = [draft[one] for one in node.inputs]
        if node.kind == "add":
            sent = [total, total]
        elif node.kind == "mul":
            sent = [parents[1] * total, parents[0] * total]
        elif node.kind == "pow":
            n = graph.nodes[node.inputs[1]].value
            sent = [total * n if n == 1 else total * n * parents[0] ** (n - 1)]
        else:
            continue
        for one, amount in zip(node.inputs, sent, strict=False):
            arrived.setdefault(one, []).append(amount)
    return draft.finished(sum(arrived.get(graph.place(x), [])), "slope").simplify()


@derivative.alternative
def by_a_gradient_of_nodes(graph: Graph, x: str) -> Any:
    draft = Draft(graph)
    slope = functional.grad(graph, list(graph.arguments).index(x))
    return draft.finished(slope(*(draft[name] for name in graph.arguments)))


derivative.alternative(lambda graph, x: graph.derivative(x))
