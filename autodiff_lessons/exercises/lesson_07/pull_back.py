"""7.3: backward with a vector: v times the Jacobian, and the Jacobian itself, a row a pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.dialects import torch
from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.tensors import as_arrays, torch_of

# The outputs of each function, written as they are computed.
OUTPUTS: dict[str, Callable[[Any], list[Any]]] = {
    "[x0**2, x0**3 + x1, x1**2]": lambda x: [x[0] ** 2, x[0] ** 3 + x[1], x[1] ** 2],
    "[x0 * x1, x0 + x1**2]": lambda x: [x[0] * x[1], x[0] + x[1] ** 2],
    "[x0 * x1 * x2]": lambda x: [x[0] * x[1] * x[2]],
    "[x0 * x1, x1 * x2**2]": lambda x: [x[0] * x[1], x[1] * x[2] ** 2],
}


def vector_function(torch: Any, formula: str) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        return torch.stack(OUTPUTS[formula](x))

    return f


def product_and_rows(code: Any, f: str, x: list[float], v: list[float]) -> Any:
    """What the code gives for f at the leaf x."""
    torch = torch_of(code)
    leaf = torch.tensor(x, requires_grad=True)
    found = code(vector_function(torch, f), leaf, torch.tensor(v))
    if type(found) in (list, tuple) and len(found) == 2 and type(found[1]) in (list, tuple):
        kept = [one for one in (found[0], *found[1]) if one is not None and one is leaf.grad]
        if len(found[1]) == len(v) and len(kept) > 1:
            raise Unfit("a result in which several entries are one and the same tensor, `x.grad`.")
    return as_arrays(found)


def written(f: str, x: list[float], v: list[float]) -> str:
    return f"pull_back with f = {f}, x = {short(x)}, v = {short(v)}"


vector_jacobian = FunctionExercise(
    "7.3",
    "Pull a vector back",
    probes=[
        ("[x0**2, x0**3 + x1, x1**2]", [1.0, 2.0], [1.0, 2.0, 3.0]),
        ("[x0 * x1, x0 + x1**2]", [5.0, 1.5], [1.0, -2.0]),
        ("[x0 * x1 * x2]", [2.0, 0.5, -3.0], [4.0]),
        ("[x0 * x1, x1 * x2**2]", [2.0, -1.0, 0.5], [-1.0, 3.0]),
    ],
    use=product_and_rows,
    written=written,
    stub="""\
@exercise("7.3")
def pull_back(f, x, v):
    product = ...  # v J: one backward pass from y = f(x), with v
    rows = ...  # J: a list, one backward pass for each row
    return product, rows
""",
    hints=[
        "`y.backward(v)` leaves v J in `x.grad`. For which v is v J the first row of J? For which is it the second?",
        "Three things are in the way of the next pass. The first pass frees the graph, unless you say "
        "`retain_graph=True`. `x.grad` adds up, until you write `x.grad = None`. And it is one tensor, so do not keep "
        "it while later passes change it.",
        "`torch.autograd.grad(y, x, v, retain_graph=True)[0]` returns v J and leaves `x.grad` alone. For row i, take a "
        "v of zeros with a 1 at place i, or the gradient of `y[i]`.",
    ],
    takeaway="backward(v) is v J, and J itself is never built. To have all of J costs a pass for each row.",
)


@vector_jacobian.set_reference
def pull_back(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    y = f(x)
    product = torch.autograd.grad(y, x, v, retain_graph=True)[0]
    rows = [torch.autograd.grad(one, x, retain_graph=True)[0] for one in y]
    return product, rows


def jacobian(f: Callable[[Any], Any], x: Any) -> Any:
    return torch.autograd.functional.jacobian(f, x)


# v J


@vector_jacobian.wrong(
    "jacobian-times-vector",
    "You computed J v, which moves the inputs along v. backward goes the other way: v has a number for each output, "
    "and the product is v J.",
)
def times_vector(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    rows = jacobian(f, x)
    return rows @ v, rows


@vector_jacobian.wrong(
    "always-ones",
    "You weighted all outputs with 1, so this is the gradient of their sum. Hand your v to `backward`.",
    by_item=True,
)
def ones(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    rows = jacobian(f, x)
    return rows.sum(0), rows


@vector_jacobian.wrong("always-ones")
def ones_everywhere(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    rows = jacobian(f, x)
    return rows.sum(0), [rows.sum(0) for _ in rows]


@vector_jacobian.wrong(
    "ones-in-the-rows",
    "Each row holds the gradient of the sum of all outputs. Row i is about output i alone: a v with a single 1, at "
    "place i.",
    by_item=True,
)
def sum_in_each_row(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    rows = jacobian(f, x)
    return v @ rows, [rows.sum(0) for _ in rows]


@vector_jacobian.wrong(
    "no-vector",
    "y has more than one number, so it has no gradient but a Jacobian. `backward` needs a v: how much each output "
    "counts.",
    by_probe=True,
)
def without_a_vector(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    f(x).backward()
    return x.grad, [x.grad]


# What stays from pass to pass


@vector_jacobian.wrong(
    "graph-freed",
    "The first pass gave back what the graph had saved. Say `retain_graph=True` in each pass but the last, or compute "
    "y anew.",
    by_probe=True,
)
def freed(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    y = f(x)
    y.backward(v)
    product = x.grad.clone()
    rows = []
    for i in range(len(y)):
        x.grad = None
        y[i].backward()
        rows.append(x.grad)
    return product, rows


def passes(f: Callable[[Any], Any], x: Any, v: Any, product_first: bool, clear_between: bool = False) -> Any:
    """v J and the rows by backward passes that never clear x.grad but, if asked, between v J and the rows."""
    y, found = f(x), []
    units = list(torch.eye(len(y)))
    for place, one in enumerate([v, *units] if product_first else [*units, v]):
        if clear_between and place == (1 if product_first else len(units)):
            x.grad = None
        y.backward(one, retain_graph=True)
        found.append(x.grad.clone())
    return (found[0], found[1:]) if product_first else (found[-1], found[:-1])


@vector_jacobian.wrong(
    "grad-adds-up",
    "`x.grad` was not empty when the next pass came, and gradients add up. Before each pass, write `x.grad = None`.",
    by_item=True,
)
def never_cleared(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    return passes(f, x, v, product_first=True)


@vector_jacobian.wrong("grad-adds-up", by_item=True)
def never_cleared_rows_first(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    return passes(f, x, v, product_first=False)


@vector_jacobian.wrong("grad-adds-up", by_item=True)
def cleared_once(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    return passes(f, x, v, product_first=True, clear_between=True)


@vector_jacobian.wrong(
    "one-tensor",
    "You kept `x.grad` itself, and it is one tensor: later passes changed what you had kept. Keep `x.grad.clone()`, or "
    "give it up with `x.grad = None` before the next pass.",
)
def set_to_zero(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    y = f(x)
    y.backward(v, retain_graph=True)
    product, rows = x.grad, []
    for one in y:
        x.grad.zero_()
        one.backward(retain_graph=True)
        rows.append(x.grad)
    return product, rows


@vector_jacobian.wrong("one-tensor")
def product_not_copied(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    return set_to_zero(f, x, v)[0], jacobian(f, x)


@vector_jacobian.wrong("one-tensor")
def rows_not_copied(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    y = f(x)
    y.backward(v, retain_graph=True)
    product, rows = x.grad.clone(), []
    for one in y:
        x.grad.zero_()
        one.backward(retain_graph=True)
        rows.append(x.grad)
    return product, rows


@vector_jacobian.wrong("one-tensor")
def rows_not_copied_and_cleared(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    found = rows_not_copied(f, x, v)
    x.grad = None
    return found


# The rows


@vector_jacobian.wrong(
    "columns",
    "These are the columns of J, one for each input. A row belongs to an output: how y[i] moves with every input.",
)
def transposed(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    rows = jacobian(f, x)
    return v @ rows, rows.T


@vector_jacobian.wrong(
    "weighted-rows",
    "Your rows carry the weights of v: they add up to v J. The rows of J itself come from v with a single 1.",
    by_item=True,
)
def weighted(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    rows = jacobian(f, x)
    return v @ rows, [weight * row for weight, row in zip(v, rows, strict=True)]


@vector_jacobian.wrong(
    "values-for-slopes",
    "These are the outputs of f. A row of J says how an output moves with each of the inputs.",
)
def values(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    return v @ jacobian(f, x), f(x)


@vector_jacobian.alternative
def by_backward(function: Callable[[Any], Any], leaf: Any, weights: Any) -> Any:
    y = function(leaf)
    y.backward(weights, retain_graph=True)
    product = leaf.grad.clone()
    rows = []
    for unit in torch.eye(len(y)):
        leaf.grad.zero_()
        y.backward(unit, retain_graph=True)
        rows.append(leaf.grad.tolist())
    return product, rows


@vector_jacobian.alternative
def by_jacobian(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    rows = jacobian(f, x)
    return rows.T @ v, rows


@vector_jacobian.alternative
def with_a_new_graph_each_time(f: Callable[[Any], Any], x: Any, v: Any, rows: Any = ()) -> Any:
    def passed(weights: Any) -> Any:
        x.grad = None
        (f(x) * weights).sum().backward()
        return x.grad.numpy()

    return passed(v), [passed(unit) for unit in torch.eye(len(v))]
