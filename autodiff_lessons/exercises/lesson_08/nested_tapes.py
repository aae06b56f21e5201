"""8.4: the derivative of a derivative, with a tape around a tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.dialects import tf
from autodiff_lessons.exercises.comparing import short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.lesson_08.witnesses import ASKED_FOR_ANOTHER, Witnessed, connects, without_none

Function = Callable[[Any], Any]
# The first derivative of the last one is so large that differences of it are lost in round-off.
FUNCTIONS: dict[str, Function] = {
    "x**3": lambda x: x**3,
    "3*x**2 + 4*x + 2": lambda x: 3 * x**2 + 4 * x + 2,
    "x**4 - x": lambda x: x**4 - x,
    "1e9*x + x**3": lambda x: 1e9 * x + x**3,
}
NOT_RECORDED = "no tape has recorded how the first derivative came about."
MADE_ANEW = "a tape was recording when the first derivative was asked for, but this one is another tensor."
ONE_TAPE = "one tape alone was running while `f` ran, and it has not recorded how the first derivative came about."


def asked(code: Any, f: str, x: float) -> Any:
    """What the code gives for f at x, with a word on why where one of the two is None."""
    witness = Witnessed(FUNCTIONS[f])
    found = code(witness, x)

    def why() -> str:
        following = witness.following
        if not isinstance(found[0], tf.Tensor) or not following:
            return witness.why_not_followed() or ASKED_FOR_ANOTHER
        if any(connects(tape, found[0], witness.called_with) for tape in following):
            return ASKED_FOR_ANOTHER
        if len(witness.running) > len(following):
            return "not every tape that was recording while `f` ran was watching x."
        if witness.asked_while_recording:
            return MADE_ANEW
        return NOT_RECORDED if len(following) > 1 else ONE_TAPE

    return without_none(found, why)


def written(f: str, x: float) -> str:
    return f"two_derivatives with f = {f}, x = {short(x)}"


nested_tapes = FunctionExercise(
    "8.4",
    "Put a tape around a tape",
    probes=[("x**3", 1.0), ("3*x**2 + 4*x + 2", 3.0), ("x**4 - x", -0.5), ("1e9*x + x**3", 0.5)],
    use=asked,
    written=written,
    stub="""\
@exercise("8.4")
def two_derivatives(f, x):
    x = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
    first = ...
    second = ...
    return first, second
""",
    hints=[
        "The second derivative is the slope of the first. For a tape to know it, the computing of the first must be on "
        "that tape.",
        "A gradient is computed by operations too, and a running tape writes them down. Which of the two tapes should "
        "still run while the other is asked?",
        "Move `first = inner.gradient(y, x)` into the outer block, one step less indented than `y = f(x)`. After both "
        "blocks: `second = outer.gradient(first, x)`.",
    ],
    takeaway="A sweep is a calculation like any other. Recorded by an outer tape, it can be differentiated again.",
)


@nested_tapes.set_reference
def two_derivatives(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
        first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    return first, second


@nested_tapes.wrong(
    "inner-gradient-outside",
    "The outer tape has to be running while the inner one is asked for the first derivative: then it writes it down. "
    "That line belongs inside the outer block, one step less indented than that of y.",
)
def both_outside(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as outer, tf.GradientTape() as inner:
        y = f(x)
    first = inner.gradient(y, x)
    return first, outer.gradient(first, x)


@nested_tapes.wrong(
    "one-tape-only",
    "The first derivative has to be recorded as well. Put a second tape around the first, and ask the inner one while "
    "the outer one still runs.",
)
def one_tape_twice(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(x)
    first = tape.gradient(y, x)
    return first, tape.gradient(first, x)


@nested_tapes.wrong("inner-gradient-outside")
def outer_asked_first(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
        first = outer.gradient(y, x)
    return first, inner.gradient(first, x)


@nested_tapes.wrong(
    "first-changed",
    "Between the two questions `first` became something else, and no tape has seen how. Differentiate the very tensor "
    "that the inner tape gave you.",
)
def made_anew(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
        first = tf.constant(inner.gradient(y, x).numpy())
    return first, outer.gradient(first, x)


@nested_tapes.wrong("first-changed")
def changed_after_the_block(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
        first = inner.gradient(y, x)
    first = first + 0.0
    return first, outer.gradient(first, x)


def taken_as(number: Callable[[Any], Any]) -> Callable[[Function, Any], Any]:
    def as_a_number(f: Function, x: Any) -> Any:
        x = tf.Variable(x)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                y = f(x)
            first = number(inner.gradient(y, x))
        return first, outer.gradient(first, x)

    return as_a_number


nested_tapes.wrong("first-changed")(taken_as(float))
nested_tapes.wrong("first-changed")(taken_as(lambda tensor: tensor.numpy()))


@nested_tapes.wrong("one-tape-only")
def one_persistent_tape(f: Function, x: Any) -> Any:
    x = tf.Variable(x)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
    first = tape.gradient(y, x)
    return first, tape.gradient(first, x)


@nested_tapes.wrong(
    "one-function-by-hand",
    "These are the derivatives of one function, worked out by hand. Let the tapes find them, for every f.",
)
def cube_by_hand(f: Function, x: Any) -> Any:
    return 3 * x**2, 6 * x


def slope(f: Function, x: Any) -> Any:
    return float(two_derivatives(f, x)[0])


def measured(behind: float, ahead: float, in_float32: bool = False) -> Callable[[Function, Any], Any]:
    """A solution that measures the slope of the first derivative, from `behind` to `ahead`."""

    def differences(f: Function, x: Any) -> Any:
        first = two_derivatives(f, x)[0]
        if in_float32:
            ends = [two_derivatives(f, tf.Variable(x) + step)[0] for step in (ahead, -behind)]
            return first, (ends[0] - ends[1]) / (ahead + behind)
        return first, (slope(f, x + ahead) - slope(f, x - behind)) / (ahead + behind)

    return differences


nested_tapes.wrong(
    "measured",
    "You measured how the first derivative changes over a small step, and truncation and round-off are in it. A tape "
    "needs no step: ask the outer one.",
    by_probe=True,
)(measured(0.0, 1e-3))

for step in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
    for one in (measured(step, step), measured(0.0, step), measured(0.0, step, True), measured(step, step, True)):
        nested_tapes.wrong("measured", by_probe=True)(one)


@nested_tapes.wrong(
    "first-again",
    "That is the first derivative once more. Ask the outer tape for the slope of `first`, not of y.",
)
def of_y_again(f: Function, x: Any) -> Any:
    first = two_derivatives(f, x)[0]
    return first, first


@nested_tapes.wrong(
    "first-squared",
    "You multiplied the first derivative by itself. The second derivative is the slope of the first.",
)
def squared(f: Function, x: Any) -> Any:
    first = two_derivatives(f, x)[0]
    return first, first * first


@nested_tapes.wrong(
    "value-and-slope",
    "These are the value and the first derivative. One further: the first and the second.",
)
def one_too_early(f: Function, x: Any) -> Any:
    return f(x), two_derivatives(f, x)[0]


@nested_tapes.wrong("second-first", "These are the right two in each other's place: first the first derivative.")
def turned_round(f: Function, x: Any) -> Any:
    first, second = two_derivatives(f, x)
    return second, first


@nested_tapes.wrong(
    "outer-not-watching",
    "A constant tensor has to be watched on each tape. Call `watch(x)` on both, or take a `tf.Variable`, which every "
    "tape watches.",
)
def watched_by_the_inner_only(f: Function, x: Any) -> Any:
    x = tf.constant(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        first = inner.gradient(y, x)
    return first, outer.gradient(first, x)


@nested_tapes.wrong(
    "nothing-watched",
    "No tape was watching. A constant tensor is not watched of itself: keep the `tf.Variable`, or call `watch(x)` on "
    "both tapes.",
)
def constant(f: Function, x: Any) -> Any:
    x = tf.constant(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(x)
        first = inner.gradient(y, x)
    return first, None if first is None else outer.gradient(first, x)


@nested_tapes.alternative
def on_one_persistent_tape(function: Function, number: float) -> Any:
    place = tf.constant(number, dtype=tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(place)
        value = function(place)
        slope = tape.gradient(value, place)
    return slope.numpy(), tape.gradient(slope, place).numpy()


@nested_tapes.alternative
def by_recursion(f: Function, x: Any, order: int = 2) -> Any:
    def derivative(of: Function) -> Function:
        def at(place: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(place)
                value = of(place)
            return tape.gradient(value, place)

        return at

    found, derivatives = f, []
    for _ in range(order):
        found = derivative(found)
        derivatives.append(found(tf.Variable(x)))
    return derivatives
