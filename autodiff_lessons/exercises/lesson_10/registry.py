"""10.2: a table of rules, filled by a decorator, in the style of TensorFlow's `RegisterGradient`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.engine.primitive import Operation
from autodiff_lessons.engine.primitives import find, register_gradient
from autodiff_lessons.errors import MissingRuleError
from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import kind_of
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Rule = Callable[[Any, Any], Any]
PARTS = ("register_gradient", "gradient", "tanh_gradient")
VALUES: dict[str, Callable[..., Any]] = {"tanh": np.tanh, "exp": np.exp, "cube": lambda x: x**3}


def operation(name: str, x: float) -> Operation:
    return Operation(name, (np.float64(x),), (VALUES[name](np.float64(x)),), {})


def exp_gradient(op: Operation, grad: Any) -> Any:
    return grad * op.outputs[0]


@contextlib.contextmanager
def the_courses_table_kept() -> Iterator[None]:
    """Whoever registers rules in the course's own table during a check finds it as it was."""
    before = {name: find(name).registered for name in ("tanh", "exp")}
    try:
        yield
    finally:
        for name, rule in before.items():
            register_gradient(name)(rule)  # type: ignore[arg-type]  # None: the table's own rule


def table_at_work(code: Any, what: str, name: str, x: float, grad: float) -> Any:
    """What one part of the learner's table does about the operation `name` at x, with the upstream `grad`.

    "tanh_gradient"  the decorated rule itself
    "gradient"       the look-up
    "decorated"      what a decorator that registers another rule leaves in its place
    "then gradient"  the look-up, after another rule was registered
    "no rule"        the look-up of an operation that has none: which exception it raises
    """
    with the_courses_table_kept():
        return _at_work(code(), what, operation(name, x), np.float64(grad))


def _at_work(made: Any, what: str, op: Operation, grad: Any) -> Any:
    if made is ...:
        return made
    if not isinstance(made, list | tuple) or len(made) != len(PARTS):
        raise Unfit(f"{kind_of(made)} where three functions are needed: {', '.join(f'`{part}`' for part in PARTS)}.")
    register, gradient, tanh_gradient = made
    if any(part is ... for part in made):
        return ...
    for part, function in zip(PARTS, made, strict=True):
        if function is None:
            raise Unfit(f"None in the place of `{part}`{_and_of_all(register)}.")
        if not callable(function):
            raise Unfit(f"{kind_of(function)} in the place of `{part}`, which is no function.")
    if what == "tanh_gradient":
        return the_one(tanh_gradient(op, grad))
    if what in ("decorated", "then gradient"):
        decorator = register("exp")
        if not callable(decorator):
            raise Unfit(f"{kind_of(decorator)} for `register_gradient('exp')`, which has to be a decorator.")
        kept = decorator(exp_gradient)
        if kept is None:
            raise Unfit("None in the place of the function that was decorated.")
        if what == "decorated":
            return the_one(kept(op, grad))
    if what == "no rule":
        return exception_of(lambda: gradient(op, grad))
    return the_one(gradient(op, grad))


def _and_of_all(register: Any) -> str:
    """What explains a None: a decorator that leaves it in every function's place."""
    if register is None or register("exp")(exp_gradient) is not None:
        return ""
    return ", and of every function that `register_gradient` decorates"


def the_one(sent: Any) -> Any:
    """A rule for one input may return its cotangent alone, or in a tuple or list of one."""
    return sent[0] if isinstance(sent, list | tuple) and len(sent) == 1 else sent


def exception_of(call: Callable[[], Any]) -> Any:
    try:
        result = call()
    except LookupError:
        return "LookupError"
    except Exception as error:
        raise Unfit(f"{type(error).__name__} where a LookupError is needed.") from None
    if result is ...:
        return result
    raise Unfit("a result where a LookupError is needed: no rule was registered for this operation.")


def written(what: str, name: str, x: float, grad: float) -> str:
    called = "tanh_gradient" if what == "tanh_gradient" else "exp_gradient" if what == "decorated" else "gradient"
    before = ", exp_gradient registered before," if what == "then gradient" else ""
    return f"{called}(op, {grad:g}){before} with op = {name} at {x:g}"


registering = FunctionExercise(
    "10.2",
    "Keep the rules in a table",
    probes=[
        ("tanh_gradient", "tanh", 0.5, 1.0),
        ("tanh_gradient", "tanh", 0.5, 3.0),
        ("tanh_gradient", "tanh", -1.25, 0.5),
        ("gradient", "tanh", 0.5, 3.0),
        ("gradient", "tanh", 2.0, -1.5),
        ("decorated", "exp", 0.5, 2.0),
        ("then gradient", "exp", 0.5, 2.0),
        ("then gradient", "tanh", 0.5, 3.0),
        ("no rule", "cube", 0.5, 3.0),
    ],
    use=table_at_work,
    written=written,
    stub="""\
@exercise("10.2")
def rule_table():
    rules = {}  # the name of an operation -> its rule

    def register_gradient(name):
        def decorator(rule):
            rules[name] = ...
            return ...

        return decorator

    def gradient(op, grad):  # by the rule of op.name; a LookupError where there is none
        return ...

    @register_gradient("tanh")
    def tanh_gradient(op, grad):
        return ...

    return register_gradient, gradient, tanh_gradient
""",
    hints=[
        "Python replaces a decorated function by what its decorator returns. `gradient` finds the rule in `rules`, and "
        "calls it with `op` and `grad`. What does a dict do about a key that it does not have?",
        "The decorator stores the rule and returns that same rule. For tanh, the slope is one minus the square of the "
        "result, and the result is there already: `op.outputs[0]`.",
        "`rules[name] = rule`, then `return rule`. In `gradient`: `return rules[op.name](op, grad)`; a KeyError is a "
        "LookupError. In the rule: `grad` times the slope.",
    ],
    takeaway="A rule is an entry in a table, so an engine can learn an operation that its authors never thought of.",
)


@registering.set_reference
def rule_table() -> Any:
    rules: dict[str, Rule] = {}  # the name of an operation -> its rule

    def register_gradient(name: str) -> Callable[[Rule], Rule]:
        def decorator(rule: Rule) -> Rule:
            rules[name] = rule
            return rule

        return decorator

    def gradient(op: Operation, grad: Any) -> Any:  # by the rule of op.name; a LookupError where there is none
        if op.name not in rules:
            raise LookupError(f"{op.name} has no gradient: register one.")
        return rules[op.name](op, grad)

    @register_gradient("tanh")
    def tanh_gradient(op: Operation, grad: Any) -> Any:
        return grad * (1 - op.outputs[0] ** 2)

    return register_gradient, gradient, tanh_gradient


def tanh_slope(op: Operation, grad: Any) -> Any:
    return grad * (1 - op.outputs[0] ** 2)


def looked_up(rules: dict[str, Rule], op: Operation, grad: Any) -> Any:
    return rules[op.name](op, grad)


def with_parts(
    rule: Rule = tanh_slope,
    look_up: Callable[..., Any] = looked_up,
    decorated: Callable[[Rule], Any] = lambda rule: rule,
) -> Callable[[], Any]:
    """Code that is right but for these parts: the rule of tanh, the look-up, what a decorator returns."""

    def a_table() -> Any:
        rules: dict[str, Rule] = {}

        def register_gradient(name: str) -> Callable[[Rule], Any]:
            def decorator(rule: Rule) -> Any:
                rules[name] = rule
                return decorated(rule)

            return decorator

        return register_gradient, lambda op, grad: look_up(rules, op, grad), register_gradient("tanh")(rule)

    return a_table


registering.wrong(
    "decorator-returns-none",
    "A decorator's result takes the place of the function below it. Yours returns None, so the name "
    "stands for None: return the rule, once it is stored.",
    by_probe=True,
)(with_parts(decorated=lambda rule: None))

registering.wrong(
    "grad-dropped",
    "This is the local derivative alone. The rule is sent `grad` from above and passes it on: multiply by it.",
    by_probe=True,
)(with_parts(lambda op, grad: 1 - op.outputs[0] ** 2))
registering.wrong("grad-dropped", by_probe=True)(
    with_parts(look_up=lambda rules, op, grad: looked_up(rules, op, np.float64(1.0)))
)

registering.wrong(
    "input-for-output",
    "The slope of tanh is one minus its result squared. You squared what went in: `op.inputs[0]` is x, "
    "`op.outputs[0]` is tanh(x).",
    by_probe=True,
)(with_parts(lambda op, grad: grad * (1 - op.inputs[0] ** 2)))
registering.wrong("input-for-output", by_probe=True)(with_parts(lambda op, grad: 1 - op.inputs[0] ** 2))

registering.wrong(
    "not-squared",
    "The result stands squared in the slope of tanh: near 1 and near -1 the curve is flat alike.",
    by_probe=True,
)(with_parts(lambda op, grad: grad * (1 - op.outputs[0])))

registering.wrong(
    "one-rule-for-all",
    "Whatever the operation, one and the same rule was used. Look up the rule that is stored under `op.name`.",
    by_probe=True,
)(with_parts(look_up=lambda rules, op, grad: rules["tanh"](op, grad)))
registering.wrong("one-rule-for-all", by_probe=True)(
    with_parts(look_up=lambda rules, op, grad: list(rules.values())[-1](op, grad))
)

registering.wrong(
    "silent-unknown",
    "An operation without a rule passed in silence. Then nobody notices that the gradient is wrong: raise a "
    "LookupError that names the operation.",
    by_probe=True,
)(with_parts(look_up=lambda rules, op, grad: rules.get(op.name, lambda op, grad: grad)(op, grad)))


def fails_with(error: type[Exception]) -> Callable[..., Any]:
    def look_up(rules: dict[str, Rule], op: Operation, grad: Any) -> Any:
        if op.name not in rules:
            raise error(op.name)
        return looked_up(rules, op, grad)

    return look_up


registering.wrong(
    "another-error",
    "Callers that ask for a gradient expect a LookupError where there is none. `rules[name]` raises one by itself, "
    "or write `raise LookupError(...)`.",
    by_probe=True,
)(with_parts(look_up=fails_with(ValueError)))
for error in (TypeError, NotImplementedError, AttributeError, RuntimeError, AssertionError, NameError, Exception):
    registering.wrong("another-error", by_probe=True)(with_parts(look_up=fails_with(error)))


@registering.alternative
def with_a_class() -> Any:
    class Register:
        rules: dict[str, Rule] = {}  # noqa: RUF012

        def __init__(self, op_type: str) -> None:
            self.op_type = op_type

        def __call__(self, function: Rule) -> Rule:
            type(self).rules.setdefault(self.op_type, function)
            return function

    @Register("tanh")
    def of_tanh(op: Operation, grad: Any, scale: float = 1.0) -> Any:
        (y,) = op.outputs
        return (scale * grad * (1 - y) * (1 + y),)

    def gradient(op: Operation, grad: Any) -> Any:
        try:
            return Register.rules[op.name](op, grad)
        except KeyError:
            raise MissingRuleError(f"no gradient defined for {op.name}") from None

    return [Register, gradient, of_tanh]


@registering.alternative
def in_few_lines() -> Any:
    table: dict[str, Rule] = {}

    def register(name: str) -> Callable[[Rule], Rule]:
        return lambda rule: table.setdefault(name, rule)

    return (
        register,
        lambda op, grad: table[op.name](op, grad),
        register("tanh")(lambda op, g: g / np.cosh(op.inputs[0]) ** 2),
    )


@registering.alternative
def with_a_wrapper() -> Any:
    known: list[tuple[str, Rule]] = []

    def register_gradient(name: str) -> Callable[[Rule], Rule]:
        def keep(rule: Rule) -> Rule:
            def checked(op: Operation, grad: Any) -> Any:
                return np.asarray(rule(op, grad))

            known.insert(0, (name, checked))
            return checked

        return keep

    def gradient(op: Operation, grad: Any) -> Any:
        for name, rule in known:
            if name == op.name:
                return rule(op, grad)
        raise IndexError(op.name)

    def tanh_gradient(op: Operation, grad: Any) -> Any:
        return grad - grad * np.square(op.outputs[0])

    return register_gradient, gradient, register_gradient("tanh")(tanh_gradient)
