"""3.4: derivatives checked against measured slopes.

A rule is a pair (f, df). One in each table is planted wrong. The tables part the misconceptions: the wrong
rule shows at one point only, or is off by little, or is claimed too small, or too large. Code that blames nobody, or
everybody, has a reason of its own: where the planted rule fails at every point, and where a measured slope is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.engine import differences
from autodiff_lessons.errors import GradientMismatchError
from autodiff_lessons.exercises.comparing import listed
from autodiff_lessons.exercises.function_exercise import FunctionExercise

Function = Callable[[Any], Any]
Rules = dict[str, tuple[Function, Function]]

RIGHT: Rules = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "arctan": (np.arctan, lambda x: 1 / (1 + x**2)),
    "cubic": (lambda x: x**3 + x, lambda x: 3 * x**2 + 1),
    "line": (lambda x: x, lambda x: 1 + 0 * x),  # measured at 0, its slope is exact
    "small": (lambda x: 1e-6 * np.sin(x), lambda x: 1e-6 * np.cos(x)),
}


def planted(names: str, wrong: str, df: Function) -> Rules:
    """The right rules of these names, but for one of them."""
    return {name: (RIGHT[name][0], df if name == wrong else RIGHT[name][1]) for name in names.split()}


def blamed_by(code: Any, rules: Rules, points: list[float]) -> Any:
    """Also take one name, or a set of names, for a list of them; a name that is in it twice counts once."""
    named = listed(code(rules, points))
    if isinstance(named, str):
        return [named]
    if isinstance(named, list | tuple | set | frozenset) and all(isinstance(name, str) for name in named):
        return list(dict.fromkeys(named))
    return named


def table(rules: Rules, points: list[float]) -> str:
    return f"wrong_rules(rules, {points}), where the rules are {', '.join(rules)}"


culprits = FunctionExercise(
    "3.4",
    "Catch a wrong derivative",
    probes=[
        (planted("sin exp tanh arctan", "tanh", lambda x: 1 - x**2), [0.0, 0.1, 0.35]),
        (planted("exp sin cubic tanh", "sin", lambda x: (1 - np.sin(x) ** 2) ** 0.5), [0.5, 2.0, 1.0]),
        (planted("arctan cubic sin exp", "cubic", lambda x: 3 * x + 1), [0.0, 2.0, 1.0]),
        (planted("small exp arctan sin", "small", lambda x: 1e-6 * (1 + x) * np.cos(x)), [0.5, -0.5]),
        (planted("tanh sin exp arctan", "arctan", lambda x: x / (1 + x**2)), [0.5, 1.0]),
        (planted("exp cubic tanh sin", "cubic", lambda x: 3 * x + 1), [0.0, 0.5, 1.0]),
        (planted("sin arctan exp cubic", "exp", lambda x: np.exp(abs(x))), [1.0, -0.5, 0.25]),
        (planted("tanh sin exp arctan", "sin", lambda x: (0.95 + x / 10) * np.cos(x)), [0.5, 2.5]),
        (planted("exp cubic sin arctan", "exp", lambda x: 1 + x + x**2 / 2), [2.5, 0.0]),
        (planted("line exp", "exp", lambda x: 2 * np.exp(x)), [0.0]),
    ],
    use=blamed_by,
    written=table,
    stub='''\
@exercise("3.4")
def wrong_rules(rules, points):
    """Names of the rules that fail at any of the points, however small their slopes."""
    ...
''',
    hints=[
        "For each name, f and df, compare two numbers at each point x: the slope that df claims, and the slope that a "
        "central difference of f measures. Which names have a point where the two differ?",
        "Measured slopes are never exact. How much difference do you allow? A fixed number is much for one rule and "
        "nothing for another: allow a small part of the slope itself.",
        "Loop with `for name, (f, df) in rules.items():` and inside it `for x in points:`. With h = 1e-5, blame a name "
        "if `abs(df(x) - measured) > 1e-6 * abs(measured)` at any x.",
    ],
    takeaway="Many points, and a tolerance relative to the slope: no wrong rule hides, and no right one is blamed.",
)


@culprits.set_reference
def wrong_rules(rules: Rules, points: list[float]) -> list[str]:
    blamed = []
    for name, (f, df) in rules.items():
        for x in points:
            measured = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
            if abs(df(x) - measured) > 1e-6 * abs(measured):
                blamed.append(name)
                break
    return blamed


def slope(f: Function, x: float) -> Any:
    return differences.central_difference(f, x)


@culprits.wrong(
    "loose-tolerance",
    "Your comparison lets a wrong rule pass: a fixed tolerance is little for one slope and everything for a smaller "
    "one. Allow a small part of the slope itself, such as `1e-6 * abs(measured)`.",
)
def within_a_hundredth(rules: Rules, points: list[float]) -> list[str]:
    return [name for name, (f, df) in rules.items() if any(abs(df(x) - slope(f, x)) > 1e-2 for x in points)]


@culprits.wrong("loose-tolerance")
def within_a_thousandth(rules: Rules, points: list[float]) -> list[str]:
    return [name for name, (f, df) in rules.items() if any(abs(df(x) - slope(f, x)) > 1e-3 for x in points)]


@culprits.wrong(
    "one-point-only",
    "A wrong rule can be right at one point, and here it is: it shows at another. Compare at each of the points.",
)
def at_the_first_point(rules: Rules, points: list[float]) -> list[str]:
    return wrong_rules(rules, points[:1])


@culprits.wrong("one-point-only")
def at_the_last_point(rules: Rules, points: list[float]) -> list[str]:
    return wrong_rules(rules, points[-1:])


@culprits.wrong("one-point-only")
def at_zero(rules: Rules, points: list[float]) -> list[str]:
    return wrong_rules(rules, [0.0])


@culprits.wrong("one-point-only")
def at_a_half(rules: Rules, points: list[float]) -> list[str]:
    return wrong_rules(rules, [0.5])


@culprits.wrong("one-point-only")
def at_one(rules: Rules, points: list[float]) -> list[str]:
    return wrong_rules(rules, [1.0])


@culprits.wrong("one-point-only")
def at_two(rules: Rules, points: list[float]) -> list[str]:
    return wrong_rules(rules, [2.0])


@culprits.wrong(
    "every-point-must-fail",
    "You blame a rule only if it fails at every point. A rule has to be right everywhere: one point that fails is "
    "enough.",
)
def wrong_everywhere(rules: Rules, points: list[float]) -> list[str]:
    return [name for name in rules if all(wrong_rules({name: rules[name]}, [x]) for x in points)]


@culprits.wrong(
    "blames-the-good",
    "You blame right rules too. A measured slope is never exact: a little truncation and a little round-off are in "
    "it. Leave room for them, such as a relative 1e-6.",
)
def to_the_last_digit(rules: Rules, points: list[float]) -> list[str]:
    return [name for name, (f, df) in rules.items() if any(df(x) != slope(f, x) for x in points)]


@culprits.wrong(
    "names-the-good",
    "These are the rules that pass. The question is which ones do not.",
)
def those_that_pass(rules: Rules, points: list[float]) -> list[str]:
    return [name for name in rules if name not in wrong_rules(rules, points)]


@culprits.wrong(
    "sign-of-the-difference",
    "You find a slope that is claimed too large, or one that is claimed too small, but not both. The difference may "
    "have either sign: compare its `abs`.",
)
def claimed_too_small(rules: Rules, points: list[float]) -> list[str]:
    return [
        name for name, (f, df) in rules.items() if any(slope(f, x) - df(x) > 1e-6 * abs(slope(f, x)) for x in points)
    ]


@culprits.wrong("sign-of-the-difference")
def claimed_too_large(rules: Rules, points: list[float]) -> list[str]:
    return [
        name for name, (f, df) in rules.items() if any(df(x) - slope(f, x) > 1e-6 * abs(slope(f, x)) for x in points)
    ]


@culprits.alternative
def by_allclose(table: Rules, at: list[float]) -> list[str]:
    x = np.array(at)
    measured = {name: (f(x + 1e-4) - f(x - 1e-4)) / 2e-4 for name, (f, _) in table.items()}
    return [name for name, (_, df) in table.items() if not np.allclose(df(x), measured[name], rtol=1e-5, atol=0)]


@culprits.alternative
def by_complex_step(rules: Rules, points: list[float], h: float = 1e-30) -> str:
    def off(name: str) -> Any:
        f, df = rules[name]
        return max(abs((f(x + 1j * h).imag / h) / df(x) - 1) for x in points)

    return max(rules, key=off)


@culprits.alternative
def by_the_engines_check(rules: Rules, points: list[float]) -> set[str]:
    found = set()
    for name, (f, df) in rules.items():
        for x in points:
            try:
                differences.check_gradient(f, df, x)
            except GradientMismatchError:
                found.add(name)
    return found


@culprits.alternative
def by_recursion(rules: Rules, points: list[float]) -> Any:
    if not points:
        return []
    x, rest = points[0], points[1:]
    here = [name for name, (f, df) in rules.items() if abs((f(x + 1e-6) - f(x)) / 1e-6 - df(x)) > 1e-4 * abs(df(x))]
    return list(dict.fromkeys([*here, *by_recursion(rules, rest)]))
