"""8.1: record a calculation on a tape, and ask for its slope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.dialects import tf
from autodiff_lessons.exercises.comparing import short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_08.witnesses import ASKED_FOR_ANOTHER, Witnessed, without_none

Function = Callable[[Any], Any]
# The last one lies so high that a slope measured by differences is lost in round-off.
FUNCTIONS: dict[str, Function] = {
    "x**2": lambda x: x**2,
    "x*x*x - x": lambda x: x * x * x - x,
    "1e9 + x**2": lambda x: 1e9 + x**2,
}


def asked(code: Any, f: str, x: float) -> Any:
    """What the code gives for f at x, with a word on why where it is None."""
    witness = Witnessed(FUNCTIONS[f])
    found = code(witness, x)
    return without_none(found, lambda: witness.why_not_followed() or ASKED_FOR_ANOTHER)


def written(f: str, x: float) -> str:
    return f"value_and_slope with f = {f}, x = {short(x)}"


one_tape = FunctionExercise(
    "8.1",
    "Record, then ask",
    probes=[("x**2", 3.0), ("x**2", -1.5), ("x*x*x - x", 0.25), ("1e9 + x**2", 0.5)],
    use=asked,
    written=written,
    stub="""\
@exercise("8.1")
def value_and_slope(f, x):  # x is a plain number, such as 3.0
    x = ...
    with tf.GradientTape() as tape:
        ...
    return ..., ...  # the value of f at x, its slope there
""",
    hints=[
        "A tape follows tensors, and watches a `tf.Variable` of itself. So make one of the number first.",
        "What is computed inside the `with` block is written down. Which line has to stand there?",
        "Inside: `y = f(x)`. After the block: `tape.gradient(y, x)`, first what is differentiated, then by what.",
    ],
    takeaway="Watched, recorded, asked: a variable is watched of itself, and the block is what the tape has seen.",
)


@one_tape.set_reference
def value_and_slope(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(x)
    return y, tape.gradient(y, x)


@one_tape.wrong(
    "outside-the-block",
    "The tape writes down what is computed inside its `with` block, and nothing else. Indent the line that computes y.",
)
def computed_before(f: Function, x: float) -> Any:
    v = tf.Variable(x)
    y = f(v)
    with tf.GradientTape() as tape:
        pass
    return y, tape.gradient(y, v)


@one_tape.wrong(
    "not-watched",
    "Of itself, a tape watches variables only. Call f with the `tf.Variable` itself, or, for any other tensor, call "
    "`tape.watch(x)` first in the block.",
)
def constant(f: Function, x: float) -> Any:
    c = tf.constant(x)
    with tf.GradientTape() as tape:
        y = f(c)
    return y, tape.gradient(y, c)


@one_tape.wrong(
    "plain-number",
    "A plain number leaves no trace, and a tape can't watch it. Make a `tf.Variable` of it, and use that one from then "
    "on, in f and in the question.",
)
def float_throughout(f: Function, x: float) -> Any:
    with tf.GradientTape() as tape:
        y = f(x)
    return y, tape.gradient(y, x)


@one_tape.wrong("plain-number")
def float_watched(f: Function, x: float) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return y, tape.gradient(y, x)


@one_tape.wrong("plain-number")
def float_asked_for(f: Function, x: float) -> Any:
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(v)
    return y, tape.gradient(y, x)


@one_tape.wrong("plain-number")
def float_computed_with(f: Function, x: float) -> Any:
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(x)
    return y, tape.gradient(y, v)


@one_tape.wrong(
    "asked-for-another",
    "A tape followed f from x to y, but was not asked for that. Ask that tape, in the order `gradient(target, "
    "source)`, and for the objects that were computed with.",
)
def turned_round(f: Function, x: float) -> Any:
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(v)
    return y, tape.gradient(v, y)


@one_tape.wrong(
    "one-function-by-hand",
    "This is the slope of one function, worked out by hand. Let the tape find it, so that it is right for every f.",
)
def slope_of_the_square(f: Function, x: float) -> Any:
    return f(x), 2 * x


@one_tape.wrong("slope-first", "These are the right two in each other's place: first the value, then the slope.")
def slope_then_value(f: Function, x: float) -> Any:
    value, slope = value_and_slope(f, x)
    return slope, value


@one_tape.wrong("place-for-value", "The first of the two is x itself. The value of f at x is asked: what `f(x)` gave.")
def place_and_slope(f: Function, x: float) -> Any:
    return x, value_and_slope(f, x)[1]


@one_tape.wrong(
    "measured",
    "You measured a slope with a small step, and round-off is in it. The tape needs no step: ask `tape.gradient`.",
)
def central_difference(f: Function, x: float) -> Any:
    return f(x), (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


@one_tape.wrong("measured")
def smaller_step(f: Function, x: float) -> Any:
    return f(x), (f(x + 1e-6) - f(x - 1e-6)) / 2e-6


@one_tape.wrong("measured")
def forward_difference(f: Function, x: float) -> Any:
    return f(x), (f(x + 1e-6) - f(x)) / 1e-6


@one_tape.alternative
def watched_constant(function: Function, number: float) -> Any:
    place = tf.constant(number, dtype=tf.float64)
    with tf.GradientTape(watch_accessed_variables=False) as recorder:
        recorder.watch(place)
        value = function(place)
        slope = recorder.gradient(value, place)
    return [value.numpy(), slope.numpy()]


@one_tape.alternative
def as_a_vector(f: Function, x: float, persistent: bool = True) -> Any:
    xs = tf.Variable([x])
    with tf.GradientTape(persistent) as tape:
        ys = f(xs)
    return float(ys[0]), tape.jacobian(ys, xs)[0, 0]
