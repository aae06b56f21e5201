"""Slopes measured by evaluating the function at neighbouring points, and gradients checked against them.

Two errors pull at the step h. *Truncation*: by Taylor's theorem

    (f(x + h) - f(x)) / h            = f'(x) + f''(x) h / 2 + ...        forward:  error ~ h
    (f(x + h) - f(x - h)) / (2 h)    = f'(x) + f'''(x) h**2 / 6 + ...    central:  error ~ h**2

*Round-off*: each value of f carries an error of about eps |f(x)|, eps = 2.2e-16, and the division by h magnifies it to
eps |f(x)| / h. The sum of both is smallest near h = sqrt(eps) = 1.5e-8 for the forward difference, with an error of
about sqrt(eps), and near h = cbrt(eps) = 6e-6 for the central one, with an error of about eps**(2/3) = 4e-11: a smaller
step is *not* better. `best_step` balances the two for a given f.

Sources: Press et al., "Numerical Recipes", 3rd edition (2007), section 5.7; Ridders, "Accurate computation of F'(x) and
F'(x) F''(x)", Advances in Engineering Software 4 (1982); Squire and Trapp, "Using complex variables to estimate
derivatives of real functions", SIAM Review 40 (1998).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from autodiff_lessons.engine.tensor import plain
from autodiff_lessons.errors import DifferenceError

Function = Callable[..., Any]
Method = Literal["forward", "central"]
EPS = float(np.finfo(np.float64).eps)
DEFAULT_STEP = {"forward": EPS ** (1 / 2), "central": EPS ** (1 / 3)}


def forward_difference(f: Function, x: Any, h: Any = None) -> Any:
    """The slope of f at x from one neighbour: (f(x + h) - f(x)) / h, two evaluations.

    Its error is about |f''(x)| h / 2 + 2 eps |f(x)| / h. Without `h` the step is sqrt(eps) max(1, |x|). An array x
    gives the slope of an element-wise f at each of its points. It divides by the step that was taken, (x + h) - x.
    """
    x, h = _point_and_step(x, h, "forward")
    ahead = x + h
    return (_value(f, ahead) - _value(f, x)) / (ahead - x)


def central_difference(f: Function, x: Any, h: Any = None) -> Any:
    """The slope of f at x from both neighbours: (f(x + h) - f(x - h)) / (2 h), two evaluations.

    Its error is about |f'''(x)| h**2 / 6 + eps |f(x)| / h: for x**3 at 2 with h = 1e-3 it gives 12.000001, which is
    12 + h**2. Without `h` the step is cbrt(eps) max(1, |x|).
    """
    x, h = _point_and_step(x, h, "central")
    ahead, behind = x + h, x - h
    return (_value(f, ahead) - _value(f, behind)) / (ahead - behind)


def complex_step(f: Function, x: Any, h: float = 1e-30) -> Any:
    """The slope of f at x to the last digit, by one evaluation at a complex point: Im f(x + i h) / h.

    f(x + i h) = f(x) + i h f'(x) - h**2 f''(x) / 2 - ...: the slope is the imaginary part, and nothing is subtracted,
    so no digits are lost and h may be tiny. f must be made of functions that NumPy knows for complex numbers and that
    are analytic: no abs, no maximum, no comparison.
    """
    x = floats(x, "x")
    if not np.all(np.isfinite(h)) or np.any(h == 0):
        raise DifferenceError(f"The step h = {h} measures nothing; the complex step takes a tiny one, such as 1e-30.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", np.exceptions.ComplexWarning)  # an error follows, with what to do
            value = np.asarray(f(x + 1j * h))
    except TypeError as error:
        raise DifferenceError(f"f can't be computed at a complex number ({error}); use central_difference.") from None
    if not np.iscomplexobj(value):
        raise DifferenceError(
            "f gave a real number at a complex point: abs, a comparison or float() dropped the imaginary part, and the "
            "slope with it. Use central_difference."
        )
    _finite(value, x)
    return (value.imag / h)[()]


def richardson(f: Function, x: Any, h: Any = None, levels: int = 8) -> Any:
    """The slope of f at x by Richardson's extrapolation of central differences, 2 * levels evaluations.

    The error of a central difference D(h) is a series in h**2, so (4 D(h/2) - D(h)) / 3 is free of its first term;
    the next round, with 16 and 15, removes the next one. The step starts large, h = 0.25 max(1, sqrt(|x|)) by default,
    and is halved: round-off stays small. Of all the extrapolated values the one that differs least from its neighbours
    is taken (Ridders). The function must be smooth between x - h and x + h; without `h`, where it proves rough there
    or ends, a step ten times smaller is tried.
    """
    if h is not None:
        return extrapolated(f, x, h, levels)[0]
    scale = np.maximum(1.0, np.sqrt(np.abs(floats(x, "x"))))
    best, error = None, np.inf
    for step in (0.25, 0.025, 0.0025, 0.00025):
        try:
            with np.errstate(invalid="ignore", divide="ignore"):
                slope, uncertain = extrapolated(f, x, step * scale, levels)
        except DifferenceError:
            if best is None and step == 0.00025:
                raise
            continue
        best = slope if best is None else np.where(uncertain < error, slope, best)[()]
        error = np.minimum(uncertain, error)
        if np.all(error <= 1e-9 * np.maximum(1.0, np.abs(best))):
            break
    return best


def extrapolated(f: Function, x: Any, h: Any, levels: int) -> tuple[Any, Any]:
    """The extrapolated slope and an estimate of its error."""
    row = [central_difference(f, x, h)]
    best, error = row[0], np.full(np.shape(row[0]), np.inf)[()]
    for level in range(1, levels):
        fresh = [central_difference(f, x, h / 2**level)]
        for order, previous in enumerate(row, start=1):
            fresh.append(fresh[-1] + (fresh[-1] - previous) / (4**order - 1))
            change = np.maximum(np.abs(fresh[-1] - fresh[-2]), np.abs(fresh[-1] - previous))
            best, error = np.where(change < error, fresh[-1], best)[()], np.minimum(change, error)
        row = fresh
    return best, error


def best_step(f: Function, x: float, method: Method = "central") -> float:
    """The step h at which truncation and round-off of the difference at x balance, so that their sum is smallest.

    forward:  h = 2 sqrt(eps |f| / |f''|)          sin at 1: 3e-08
    central:  h = cbrt(3 eps |f| / |f'''|)         sin at 1: 1e-05

    The higher derivatives are measured roughly, with steps of about a thousandth. Where they vanish (the central
    difference of a parabola has no truncation error) the largest sensible step is given, a tenth of max(1, |x|).
    """
    if method not in DEFAULT_STEP:
        raise DifferenceError(f'best_step knows the methods "forward" and "central", not {method!r}.')
    x = float(floats(x, "x"))
    scale = max(1.0, abs(x))
    wide = 2e-3 * scale
    far_behind, behind, here, ahead, far_ahead = (float(_value(f, x + steps * wide)) for steps in (-2, -1, 0, 1, 2))
    size = max(map(abs, (behind, here, ahead)))
    if method == "forward":
        bend, noise = abs(ahead - 2 * here + behind) / wide**2, 8 * EPS * size / wide**2
        step = 2 * (EPS * size / bend) ** (1 / 2) if bend > noise else np.inf
    else:
        bend = abs(far_ahead - 2 * ahead + 2 * behind - far_behind) / (2 * wide**3)
        noise = 8 * EPS * size / wide**3
        step = (3 * EPS * size / bend) ** (1 / 3) if bend > noise else np.inf
    return float(min(step, 0.1 * scale))


def numeric_gradient(f: Function, *arguments: Any, method: Method = "central", h: float | None = None) -> Any:
    """The gradient of f, a function with one number as its result: one slope an element of each argument.

    One argument gives its gradient, several give a tuple. The arguments may be numbers or arrays; whole numbers are
    computed as floats, and f gets copies, so that nothing that it does reaches the arguments. It costs n + 1
    evaluations for n elements with `method="forward"`, 2 n with `"central"`: this is why nobody trains a network so.
    """
    if method not in DEFAULT_STEP:
        raise DifferenceError(f'numeric_gradient knows the methods "forward" and "central", not {method!r}.')
    if not arguments:
        raise DifferenceError("numeric_gradient needs the point: numeric_gradient(f, x, y).")
    given = [floats(one, f"argument {place}") for place, one in enumerate(arguments)]
    here = one_number(f, given) if method == "forward" else 0.0
    gradients = []
    for place, argument in enumerate(given):
        gradient = np.zeros(np.shape(argument))
        for index in np.ndindex(np.shape(argument)):
            x, step = _point_and_step(argument[index], h, method)

            def at(moved: Any, place: int = place, index: tuple[int, ...] = index) -> float:
                changed = [np.array(one) for one in given]
                changed[place][index] = moved
                return one_number(f, [one[()] for one in changed])

            ahead, behind = x + step, x - step if method == "central" else x
            below = at(behind) if method == "central" else here
            gradient[index] = (at(ahead) - below) / (ahead - behind)
        gradients.append(gradient[()])
    return gradients[0] if len(gradients) == 1 else tuple(gradients)


def floats(x: Any, what: str) -> Any:
    """A copy in float64: a NumPy scalar or an array."""
    try:
        values = np.array(plain(x), dtype=np.float64)
    except (TypeError, ValueError):
        raise DifferenceError(f"{what} must be a number or an array of numbers, not {x!r}.") from None
    if not np.all(np.isfinite(values)):
        raise DifferenceError(f"{what} is not finite ({x}); there is no slope to measure.")
    return values[()]


def _point_and_step(x: Any, h: Any, method: str) -> tuple[Any, Any]:
    x = floats(x, "x")
    if h is None:
        return x, DEFAULT_STEP[method] * np.maximum(1.0, np.abs(x))
    h = floats(h, "h")
    if np.any(h == 0):
        raise DifferenceError(
            "With h = 0 there is only one point, and no slope (0/0); take a small step, such as 1e-6."
        )
    if np.any(x + h == x):
        place = float(np.ravel(x)[np.argmax(np.ravel(x + h == x))])
        raise DifferenceError(
            f"The step h = {np.min(np.abs(h)):g} vanishes: {place:g} + h == {place:g}, since floating-point numbers "
            f"near {place:g} are {np.spacing(abs(place)):.1e} apart, and the difference would be 0. "
            f"Take a larger step, such as {1e-6 * max(1.0, abs(place)):.0e}."
        )
    return x, h


def _value(f: Function, x: Any) -> Any:
    value = np.asarray(f(np.array(x)[()]), dtype=np.float64)[()]
    _finite(value, x)
    return value


def one_number(f: Function, arguments: list[Any]) -> float:
    """f's value, one finite number, at copies of the arguments."""
    value = np.asarray(f(*[np.array(one)[()] for one in arguments]), dtype=np.float64)
    if value.size != 1:
        raise DifferenceError(
            f"A gradient needs a function with one number as its result; this one gave the shape {value.shape}. "
            "Reduce it, for example with np.sum, or take each of its elements by itself."
        )
    _finite(value, arguments[0] if len(arguments) == 1 else tuple(arguments))
    return float(value.reshape(())) if value.ndim else float(value)


def _finite(value: Any, x: Any) -> None:
    if not np.all(np.isfinite(value)):
        place = f"{x:.17g}" if np.ndim(x) == 0 and isinstance(x, (float, np.floating)) else "a point near the given one"
        shown = np.ravel(value)[~np.isfinite(np.ravel(value))][0]
        raise DifferenceError(f"f({place}) is {shown}; a difference needs finite values on both sides of the point.")
