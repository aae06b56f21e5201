"""10.3: a loss over a batch as a graph of tasks, a shard of the rows in each, and one that combines them.

The tasks are written as Dask writes them: a dict from a key to a tuple, whose first is a function and whose others are
its arguments; an argument that is a key stands for that task's result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autodiff_lessons.engine.functional import grad
from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import NUMBERS, count, is_open, kind_of, short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.graph import Graph, trace

Tasks = dict[Any, Any]


def squared(x: Any, y: Any, w: Any) -> Any:
    return (w * x - y) ** 2


def fourth(x: Any, y: Any, w: Any) -> Any:
    return (w * x - y) ** 4


LOSSES: dict[str, Callable[..., Any]] = {"(w*x - y)**2": squared, "(w*x - y)**4": fourth}


def run_of_shards(code: Any, formula: str, k: int, x: Any, y: Any, w: float) -> Any:
    """Cut the loss, run the tasks on this batch, and give what "loss" is: (value, slope by w)."""
    tasks = code(trace(LOSSES[formula], 1.0, 2.0, 1.0), k)
    if tasks is ...:
        return tasks
    if not isinstance(tasks, Mapping):
        missing = " Is a `return` missing?" if tasks is None else ""
        raise Unfit(f"{kind_of(tasks)} where a dict of tasks is needed.{missing}")
    if "loss" not in tasks:
        raise Unfit(f"a dict without the key 'loss'; its keys are {short(list(tasks))}.")
    data = {"x": x, "y": y, "w": w}
    at_once = [key for key, task in tasks.items() if not keys_in(task, {**tasks, **data}) - set(data)]
    result = computed(tasks, data)
    if is_open(result):
        return result
    if len(at_once) < k:
        raise Unfit(
            f"{count(len(at_once), 'task')} that can begin at once, where {count(k, 'shard')} need {NUMBERS[k]}."
        )
    if k > 1 and sum(takes_every_row(key, tasks, data) for key in at_once) >= k:
        raise Unfit("tasks that each work on every row, so that all the work is done again in each shard.")
    return tuple(result) if isinstance(result, np.ndarray) and result.ndim == 1 else result


def takes_every_row(key: Any, tasks: Mapping[Any, Any], data: Mapping[str, Any]) -> bool:
    """Whether the task's result is another one whichever row is changed."""

    def shown(x: Any) -> str:
        return repr(computed(tasks, {**data, "x": x}, key))

    x = data["x"]
    as_it_is = shown(x)
    moved = [shown(np.where(np.arange(len(x)) == row, x + 1.5, x)) for row in range(len(x))]
    return as_it_is not in moved and as_it_is == shown(x)


def keys_in(part: Any, tasks: Mapping[Any, Any]) -> set[Any]:
    """The keys that a task, or a part of one, asks for."""
    if is_task(part) or isinstance(part, list):
        return set().union(*(keys_in(one, tasks) for one in part))
    return {part} if is_key(part, tasks) else set()


def computed(tasks: Mapping[Any, Any], data: Mapping[str, Any], key: Any = "loss") -> Any:
    """What a task gives, each task once and after those whose results it takes."""
    done, begun = dict(data), set[Any]()

    def value(part: Any) -> Any:
        if is_task(part):
            function, *arguments = part
            return function(*map(value, arguments))
        if isinstance(part, list):
            return [value(one) for one in part]
        if is_key(part, tasks) and not is_key(part, done):
            if part in begun:
                raise Unfit(f"a task {part!r} that waits for itself: as an argument, {part!r} stands for its result.")
            begun.add(part)
            done[part] = value(tasks[part])
        return done[part] if is_key(part, done) else part

    return value(key)


def is_task(part: Any) -> bool:
    return isinstance(part, tuple) and bool(part) and callable(part[0])


def is_key(part: Any, tasks: Mapping[Any, Any]) -> bool:
    try:
        return part in tasks
    except TypeError:  # an array, or a tuple that holds one
        return False


def written(formula: str, k: int, x: Any, y: Any, w: float) -> str:
    twice = "2*x" if np.array_equal(y, 2 * x) else short(y)
    return f"partition(graph of {formula}, {k}), run with x = {short(x)}, y = {twice}, w = {w:g}"


BATCH = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), 1.0
OTHER = np.array([0.5, -1.0, 2.0, 3.0, 1.5]), np.array([1.0, 0.25, 2.5, -1.0, 4.0]), 0.75

sharding = FunctionExercise(
    "10.3",
    "Cut a loss into shards",
    probes=[
        ("(w*x - y)**2", 1, *BATCH),
        ("(w*x - y)**2", 2, *BATCH),
        ("(w*x - y)**2", 3, *BATCH),
        ("(w*x - y)**2", 2, *OTHER),
        ("(w*x - y)**2", 3, *OTHER),
        ("(w*x - y)**4", 2, *OTHER),
    ],
    use=run_of_shards,
    written=written,
    stub="""\
@exercise("10.3")
def partition(graph, k):
    step = graph.value_and_derivative("w")  # of one row: (its loss, the slope by w)

    def shard(first, x, y, w):  # one task: every k-th row, beginning at `first`
        pairs = [step.run(x[i], y[i], w) for i in range(first, len(x), k)]
        return ...

    def combine(*parts):  # the last task: `parts` is what the shards returned
        return ...  # (value, slope) of the mean over all rows

    tasks = {f"shard {i}": (shard, i, "x", "y", "w") for i in range(k)}
    tasks["loss"] = (combine, *tasks)
    return tasks
""",
    hints=[
        "A mean is a sum divided by a count. Sums of sums are right whatever the shards' sizes. Which numbers does a "
        "shard have to hand over, so that `combine` can divide once, at the end?",
        "Let a shard return the sum of its losses, the sum of its slopes, and how many rows it has. `combine` adds up "
        "the three over all `parts`.",
        "`np.sum(pairs, axis=0)` adds up losses and slopes together. Return `np.sum(pairs, axis=0), len(pairs)`; then "
        "in `combine` divide the sum of all first items by the sum of all second ones.",
    ],
    takeaway="Sums may be taken apart and put together in any order, so the shards can run anywhere. Divide once, at "
    "the end.",
)


@sharding.set_reference
def partition(graph: Graph, k: int) -> Any:
    step = graph.value_and_derivative("w")  # of one row: (its loss, the slope by w)

    def shard(first: int, x: Any, y: Any, w: Any) -> Any:  # one task: every k-th row, beginning at `first`
        pairs = [step.run(x[i], y[i], w) for i in range(first, len(x), k)]
        return np.sum(pairs, axis=0), len(pairs)

    def combine(*parts: Any) -> Any:  # the last task: `parts` is what the shards returned
        return sum(total for total, _ in parts) / sum(rows for _, rows in parts)

    tasks: Tasks = {f"shard {i}": (shard, i, "x", "y", "w") for i in range(k)}
    tasks["loss"] = (combine, *tasks)
    return tasks


# Every way to deal out the rows that a learner is likely to take


def every_kth(rows: int, k: int) -> list[Any]:
    return [np.arange(first, rows, k) for first in range(k)]


def in_a_row(rows: int, k: int) -> list[Any]:
    return np.array_split(np.arange(rows), k)


def rest_at_the_end(rows: int, k: int) -> list[Any]:
    return [*np.split(np.arange(rows), [rows // k * cut for cut in range(1, k)])]


def rest_left_out(rows: int, k: int) -> list[Any]:
    return in_a_row(rows // k * k, k)


DEALS = (every_kth, in_a_row, rest_at_the_end)


def cut(
    combined: Callable[[Any, Any, int], Any],
    deal: Callable[[int, int], list[Any]] = every_kth,
    loss: Callable[..., Any] | None = None,
) -> Callable[[Graph, int], Tasks]:
    """Code that deals out the rows by `deal`; its last task makes `combined(sums, counts, k)` of the shards' sums (a
    row each: losses, slopes) and of how many rows they have. With `loss`, it takes that one whatever the graph."""

    def cuts(graph: Graph, k: int) -> Tasks:
        def shard(number: int, x: Any, y: Any, w: float) -> Any:
            step = (lambda *row: (loss(*row), grad(loss, 2)(*row))) if loss else graph.value_and_derivative("w")
            pairs = [step(x[row], y[row], w) for row in deal(len(x), k)[number]]
            return np.sum(pairs, axis=0), len(pairs)

        def combine(*parts: Any) -> Any:
            return combined(np.array([sums for sums, _ in parts]), np.array([rows for _, rows in parts]), k)

        tasks: Tasks = {f"shard {i}": (shard, i, "x", "y", "w") for i in range(k)}
        return {**tasks, "loss": (combine, *tasks)}

    return cuts


def mean(sums: Any, counts: Any, k: int) -> Any:
    return sums.sum(axis=0) / counts.sum()


def mean_of_means(sums: Any, counts: Any, k: int) -> Any:
    return (sums / counts[:, None]).mean(axis=0)


def sum_of_means(sums: Any, counts: Any, k: int) -> Any:
    return (sums / counts[:, None]).sum(axis=0)


def value_and_slope(
    value: Callable[[Any, Any, int], Any], slope: Callable[[Any, Any, int], Any]
) -> Callable[[Any, Any, int], Any]:
    return lambda sums, counts, k: (value(sums, counts, k)[0], slope(sums, counts, k)[1])


SENTENCES = {
    "mean-of-means": "You took the mean of the shards' means. A row in a small shard then weighs more than one in a "
    "large shard. Hand over sums and counts, and divide once.",
    "w-counted-again": "The value is put together in one way and the slope in another. Each shard's slope has its "
    "share of w in it already: add, and divide by the same number as the value.",
    "slope-first": "These are the right two numbers in each other's place: first the value, then the slope.",
    "sum-for-mean": "This is a sum over the rows, and the loss is their mean: divide by the number of all rows, the "
    "value and the slope alike.",
    "divided-by-shards": "You divided by the number of shards. A mean over rows divides by the number of rows.",
    "sum-of-means": "The shards' means were added up. Only sums can be added: hand over sums and counts, and divide "
    "once.",
    "one-shard": "This is what one of the shards gave. The others have rows of their own, and they count too.",
}
COMBINED: list[tuple[str, Callable[[Any, Any, int], Any]]] = [
    ("mean-of-means", mean_of_means),
    ("w-counted-again", value_and_slope(mean, lambda sums, counts, k: k * mean(sums, counts, k))),
    ("w-counted-again", value_and_slope(mean, lambda sums, counts, k: 2 * mean(sums, counts, k))),
    ("w-counted-again", value_and_slope(mean, sum_of_means)),
    ("w-counted-again", value_and_slope(mean_of_means, sum_of_means)),
    ("slope-first", lambda sums, counts, k: mean(sums, counts, k)[::-1]),
    ("sum-for-mean", lambda sums, counts, k: sums.sum(axis=0)),
    ("divided-by-shards", lambda sums, counts, k: sums.sum(axis=0) / k),
    ("sum-of-means", sum_of_means),
    ("one-shard", lambda sums, counts, k: sums[0] / counts[0]),
    ("one-shard", lambda sums, counts, k: sums[-1] / counts[-1]),
    ("one-shard", lambda sums, counts, k: sums[0] / counts.sum()),
    ("one-shard", lambda sums, counts, k: sums[-1] / counts.sum()),
]
for misconception, combined in COMBINED:
    for deal in DEALS:
        sentence = SENTENCES.pop(misconception, None)
        by_item = misconception not in ("w-counted-again", "slope-first")
        sharding.wrong(misconception, sentence, by_item=by_item)(cut(combined, deal))

sharding.wrong(
    "rows-left-out",
    "The rows that are left over when the batch does not divide evenly are in no shard. Every row has to be in one.",
)(cut(mean, rest_left_out))
sharding.wrong("rows-left-out")(cut(mean_of_means, rest_left_out))

sharding.wrong(
    "formula-of-its-own",
    "This is right for one loss only, whatever `graph` is. The loss comes as `graph`, and may be another one: run "
    "`step`.",
)(cut(mean, loss=squared))


@sharding.wrong(
    "not-independent",
    "No two of these tasks could run side by side. Give each shard a task of its own that needs only x, y and w.",
)
def one_task_for_all(graph: Graph, k: int) -> Tasks:
    def whole(x: Any, y: Any, w: float) -> Any:
        step = graph.value_and_derivative("w")
        return np.mean([step.run(*row, w) for row in zip(x, y, strict=True)], axis=0)

    return {"loss": (whole, "x", "y", "w")}


sharding.wrong(
    "every-row-everywhere",
    "Each shard ran over the whole batch, so nothing was divided. Shard number `first` has the rows first, first + k, "
    "first + 2k and so on.",
)(cut(mean, lambda rows, k: [np.arange(rows)] * k))


@sharding.alternative
def with_slices_as_tasks(graph: Graph, shards: int, name: str = "w") -> Tasks:
    row = graph.value_and_derivative(name).compile()
    tasks: Tasks = {"rows": (len, "x")}
    for i in range(shards):
        for key in ("x", "y"):
            tasks[key, i] = (lambda values, i: np.array_split(values, shards)[i], key, i)
        tasks["part", i] = (lambda x, y, w: [np.sum(one) for one in row(x, y, w)], ("x", i), ("y", i), "w")
    parts = [("part", i) for i in range(shards)]
    tasks["loss"] = (lambda some, rows: [sum(one) / rows for one in zip(*some, strict=True)], parts, "rows")
    return tasks


@sharding.alternative
def with_weights(graph: Graph, k: int) -> Tasks:
    slope = graph.derivative("w")

    def of_shard(number: int, x: Any, y: Any, w: float) -> Any:
        own = range(number, len(x), k)
        losses = [graph(x[i], y[i], w) for i in own]
        slopes = [slope(x[i], y[i], w) for i in own]
        return len(own) / len(x), np.mean(losses), np.mean(slopes)

    def together(parts: Any) -> Any:
        value = by_w = 0.0
        for weight, loss, slope in parts:
            value += weight * loss
            by_w += weight * slope
        return value, by_w

    names = [f"{i}" for i in range(k)]
    return {"loss": (together, names)} | {name: (of_shard, int(name), "x", "y", "w") for name in names}


@sharding.alternative
def with_sums_of_sums(graph: Graph, k: int) -> Tasks:
    def shard(row: Graph, i: int, x: Any, y: Any, w: float) -> Any:
        return sum(np.array([*row(x[at], y[at], w), 1.0]) for at in range(len(x)) if at % k == i)

    tasks: Tasks = {("shard", i): (shard, graph.value_and_derivative("w"), i, "x", "y", "w") for i in range(k)}
    total: Any = ("shard", 0)
    for i in range(1, k):
        tasks["sum", i] = (np.add, total, ("shard", i))
        total = ("sum", i)
    tasks["loss"] = (lambda three: three[:2] / three[2], total)
    return tasks
