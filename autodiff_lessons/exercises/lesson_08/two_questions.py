"""8.3: one record, two questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.dialects import tf
from autodiff_lessons.exercises.comparing import short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_08.witnesses import ASKED_FOR_ANOTHER, Witnessed, without_none

Function = Callable[[Any], Any]
FUNCTIONS: dict[str, Function] = {
    "y**2": lambda y: y**2,
    "x**2": lambda x: x**2,
    "x**3 - x": lambda x: x**3 - x,
    "5 - y*y*y": lambda y: 5 - y * y * y,
}


def asked_twice(code: Any, f: str, g: str, x: list[float]) -> Any:
    """What the code gives for y = f(x), z = g(y), with a word on why where one of the two is None."""
    first, second = Witnessed(FUNCTIONS[f], "f"), Witnessed(FUNCTIONS[g], "g")
    found = code(first, second, x)

    def why() -> str:
        followed = [tape for tape in first.following if tape in second.following]
        only = followed[0] if len(followed) == 1 else None
        if found[0] is not None and only is not None and not only._persistent:
            return "the tape that followed `f` has given its one answer, so this one is not from it."
        return first.why_not_followed() or second.why_not_followed() or ASKED_FOR_ANOTHER

    return without_none(found, why)


def written(f: str, g: str, x: list[float]) -> str:
    return f"two_gradients with y = f(x) = {f}, z = g(y) = {g}, x = {short(x)}"


two_questions = FunctionExercise(
    "8.3",
    "Ask one tape twice",
    probes=[("x**2", "y**2", [1.0, 3.0]), ("x**2", "y**2", [-0.5]), ("x**3 - x", "5 - y*y*y", [0.5, 2.0, -1.5])],
    use=asked_twice,
    written=written,
    stub="""\
@exercise("8.3")
def two_gradients(f, g, x):
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(x)
        z = g(y)
    dz_dx = ...
    dy_dx = ...
    return dz_dx, dy_dx
""",
    hints=[
        "Ask for the first, and then for the second. What does the tape say to the second question?",
        "A plain tape lets go of its record with its first answer, to save memory. It can be told to keep it, in the "
        "line that makes it.",
        "Write `tf.GradientTape(persistent=True)`, and then ask `tape.gradient` twice: of z by x, of y by x.",
    ],
    takeaway="A persistent tape keeps its record for any number of questions. `del tape` gives the memory back.",
)


@two_questions.set_reference
def two_gradients(f: Function, g: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
        z = g(y)
    dz_dx = tape.gradient(z, x)
    dy_dx = tape.gradient(y, x)
    return dz_dx, dy_dx


def recorded(f: Function, g: Function, x: Any) -> tuple[Any, Any, Any, Any]:
    """A persistent tape, and x, y, z."""
    x = tf.Variable(x)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
        z = g(y)
    return tape, x, y, z


@two_questions.wrong(
    "no-record-left",
    "A plain tape gives one answer and lets go of its record; a tape that never ran has none. Make the tape with "
    "`persistent=True`, and ask that one twice.",
)
def plain_tape_twice(f: Function, g: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(x)
        z = g(y)
    return tape.gradient(z, x), tape.gradient(y, x)


@two_questions.wrong(
    "new-tape",
    "A plain tape answers once, and a tape that is made later knows nothing of what ran before it. Keep the record of "
    "the first one: `persistent=True`.",
)
def new_tape_after_the_fact(f: Function, g: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(x)
        z = g(y)
    dz_dx = tape.gradient(z, x)
    with tf.GradientTape() as another:
        dy_dx = another.gradient(y, x)
    return dz_dx, dy_dx


@two_questions.wrong(
    "by-the-middle",
    "The second one is the slope of z by y. The question is how y moves with x.",
)
def z_by_y(f: Function, g: Function, x: Any) -> Any:
    tape, x, y, z = recorded(f, g, x)
    return tape.gradient(z, x), tape.gradient(z, y)


@two_questions.wrong(
    "stops-at-the-middle",
    "The first one is the slope of z by y. The way goes on from y to x: ask for the gradient of z by x.",
)
def stops_at_y(f: Function, g: Function, x: Any) -> Any:
    tape, x, y, z = recorded(f, g, x)
    return tape.gradient(z, y), tape.gradient(y, x)


@two_questions.wrong("turned-round", "These are the right two in each other's place: first that of z, then that of y.")
def y_first(f: Function, g: Function, x: Any) -> Any:
    tape, x, y, z = recorded(f, g, x)
    return tape.gradient(y, x), tape.gradient(z, x)


@two_questions.wrong(
    "values",
    "These are the values of z and y. Ask the tape for their slopes.",
)
def values(f: Function, g: Function, x: Any) -> Any:
    _, _, y, z = recorded(f, g, x)
    return z, y


@two_questions.wrong(
    "both-at-once",
    "One question with two targets gives one answer, the gradient of their sum. Ask twice.",
)
def sum_of_both(f: Function, g: Function, x: Any) -> Any:
    tape, x, y, z = recorded(f, g, x)
    both = tape.gradient([z, y], x)
    return both, both


@two_questions.wrong(
    "asked-for-another",
    "A tape followed the calculation, but not from that source to that target. The order is `gradient(target, "
    "source)`, on the tape that saw it.",
)
def arguments_turned(f: Function, g: Function, x: Any) -> Any:
    tape, x, y, z = recorded(f, g, x)
    return tape.gradient(x, z), tape.gradient(x, y)


@two_questions.wrong("asked-for-another")
def second_arguments_turned(f: Function, g: Function, x: Any) -> Any:
    tape, x, y, z = recorded(f, g, x)
    return tape.gradient(z, x), tape.gradient(x, y)


@two_questions.wrong(
    "outside-the-block",
    "The tape writes down what is computed inside its `with` block, and nothing else. Both lines belong there, that of "
    "y and that of z.",
)
def y_outside(f: Function, g: Function, x: Any) -> Any:
    x = tf.Variable(x)
    y = f(x)
    with tf.GradientTape(persistent=True) as tape:
        z = g(y)
    return tape.gradient(z, x), tape.gradient(y, x)


@two_questions.wrong("outside-the-block")
def z_outside(f: Function, g: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
    z = g(y)
    return tape.gradient(z, x), tape.gradient(y, x)


@two_questions.wrong(
    "jacobian",
    "That is the whole Jacobian: how each number of the result moves with each number of x. Ask for `tape.gradient`.",
)
def whole_jacobian(f: Function, g: Function, x: Any) -> Any:
    tape, x, y, z = recorded(f, g, x)
    return tape.jacobian(z, x), tape.jacobian(y, x)


@two_questions.wrong(
    "one-function-by-hand",
    "These are the slopes of one pair of functions, worked out by hand. Let the tape find them, for every f and g.",
)
def squares_by_hand(f: Function, g: Function, x: Any) -> Any:
    return [4 * one**3 for one in x], [2 * one for one in x]


@two_questions.wrong(
    "not-watched",
    "Of itself, a tape watches variables only. Keep the `tf.Variable`, or call `tape.watch(x)` first in the block.",
)
def constant(f: Function, g: Function, x: Any) -> Any:
    x = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
        z = g(y)
    return tape.gradient(z, x), tape.gradient(y, x)


@two_questions.alternative
def on_two_tapes(inner: Function, outer: Function, start: Any) -> Any:
    start = tf.Variable(start, dtype=tf.float64)
    with tf.GradientTape() as tape_of_z, tf.GradientTape() as tape_of_y:
        middle = inner(start)
        end = outer(middle)
    return [tape.gradient(target, start).numpy() for tape, target in ((tape_of_z, end), (tape_of_y, middle))]


@two_questions.alternative
def by_recording_again(f: Function, g: Function, x: Any) -> Any:
    def gradient_of(target: Function) -> Any:
        place = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(place)
            result = target(place)
        return tape.gradient(result, place)

    return gradient_of(lambda place: g(f(place))), gradient_of(f)


@two_questions.alternative
def by_the_chain_rule(f: Function, g: Function, x: Any, persistent: bool = True) -> Any:
    xs = [tf.Variable(one) for one in x]
    with tf.GradientTape(persistent=persistent) as tape:
        ys = [f(one) for one in xs]
        zs = [g(one) for one in ys]
    inner = [tape.gradient(one, place) for one, place in zip(ys, xs, strict=True)]
    return [by_y * by_x for by_y, by_x in zip(tape.gradient(zs, ys), inner, strict=True)], inner
