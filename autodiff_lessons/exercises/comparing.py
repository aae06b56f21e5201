"""Compare what a learner's code gave with the truth, and show it in a few characters.

Numbers agree within a relative 1e-6. There is no absolute tolerance that a small derivative could hide behind; only
next to a truth of exactly 0, or within an array, rounding is forgiven: 1e-12 (in an array: 1e-12 of its largest
number). Two whole numbers are compared exactly, since a count of two million has no rounding.
"""

from __future__ import annotations

import math
import re
import types
from collections import deque
from collections.abc import Callable, ItemsView, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor
from autodiff_lessons.exercises.formula_trees import Node
from autodiff_lessons.exercises.formula_values import FormulaValues

RELATIVE = 1e-6
ROUNDING = 1e-12
SHOWN_CHARACTERS = 80
SHOWN_ITEMS = 6
STUB_ITEMS = 100
LISTED_ITEMS = 10_000  # a longer result is no answer of this course, and copying it takes time
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True)
class Difference:
    """Where two results part: `place` inside them (such as "[1]", or ""), and `kind`, the wrong type or shape in words.

    `kind` is "" where type and shape are right and only the value differs. `more` is what there is to say of the given
    value besides showing it.
    """

    place: str
    kind: str = ""
    more: str = ""


def difference(given: Any, truth: Any, place: str = "") -> Difference | None:
    """Find the first place where `given` is not the `truth`; None where they agree.

    Lists, tuples, arrays, tensors (of the engine, a dialect, PyTorch) and what else has an order (see `listed`) stand
    for one another, and so do their numbers. True is not 1, and None is not 0.
    """
    if isinstance(truth, np.ndarray):
        return _array_difference(given, truth, place)
    if isinstance(truth, FormulaValues):
        return _formula_difference(given, truth, place)
    if isinstance(truth, Mapping):
        return _mapping_difference(given, truth, place)
    if isinstance(truth, list | tuple):
        return _sequence_difference(given, truth, place)
    if truth is None:
        return None if given is None else Difference(place)
    if isinstance(truth, bool | np.bool_):
        return _plain_difference(as_truth_value(given), given, truth, "True or False", place)
    if isinstance(truth, str):
        text = given.strip() if isinstance(given, str) else None
        return _plain_difference(text, given, truth, "text", place)
    number = as_number(given)
    if number is None:
        return Difference(place, f"{kind_of(given)} where a number is needed")
    if isinstance(truth, int) and number.is_integer():
        return None if number == truth else Difference(place)
    return None if _close(number, float(truth)) else Difference(place)


def same(given: Any, truth: Any) -> bool:
    return difference(given, truth) is None


def as_number(value: Any) -> float | None:
    """The value as a float where it is one real number of any make; None for everything else (True and "3" too)."""
    value = _bare(value)
    if isinstance(value, bool | np.bool_ | complex | np.complexfloating | np.ndarray | str | bytes):
        return None
    if not hasattr(type(value), "__float__"):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        return None


def as_truth_value(value: Any) -> bool | None:
    value = _bare(value)
    return bool(value) if isinstance(value, bool | np.bool_) else None


def is_open(value: Any) -> bool:
    """True where a `...` still stands in the value, or inside it; what is too long for a stub is not searched."""
    if isinstance(value, Mapping | list | tuple | set | frozenset) and len(value) > STUB_ITEMS:
        return False
    if isinstance(value, Mapping):
        return any(is_open(key) or is_open(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return any(is_open(item) for item in value)
    return value is ...


def kind_of(value: Any) -> str:
    """Say in words what sort of thing this is: "a tuple of 2 values", "text", "a generator"."""
    value = _bare(value)
    for sort, words in _KINDS:
        if isinstance(value, sort):
            return words(value) if callable(words) else words
    if callable(value):
        return "a function"
    if as_number(value) is not None:
        return "one number"
    return f"a {type(value).__name__}"


def short(value: Any) -> str:
    """Show a value in at most 80 characters, the same in every run: no addresses, numbers to 10 digits."""
    text = " ".join(_shown(value, 0)[: 10 * SHOWN_CHARACTERS].split())
    text = re.sub(r" at 0x[0-9A-Fa-f]+", "", text)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def count(number: int, noun: str) -> str:
    """Write "one value", "two values", "31 values"."""
    amount = NUMBERS[number] if number < len(NUMBERS) else str(number)
    return f"{amount} {noun}" if number == 1 else f"{amount} {noun}s"


# What things are called; the first that fits.
_KINDS: tuple[tuple[Any, str | Callable[[Any], str]], ...] = (
    (type(None), "None"),
    (bool | np.bool_, lambda value: f"the truth value {bool(value)}"),
    (str, "text"),
    (bytes, "bytes"),
    (complex | np.complexfloating, "a complex number"),
    (np.ndarray, lambda value: f"an array of shape {value.shape}"),
    (types.GeneratorType, "a generator, which has computed nothing yet,"),
    (map | filter | zip, lambda value: f"a {type(value).__name__} object, which has computed nothing yet,"),
    (types.CoroutineType, "a coroutine (leave out `async`),"),
    (list | tuple | set | frozenset, lambda value: f"a {type(value).__name__} of {count(len(value), 'value')}"),
    (Mapping, lambda value: f"a dict of {count(len(value), 'value')}"),
    (type, lambda value: f"the class {value.__name__}"),
    (Node, "a formula"),
)


def plain(value: Any) -> Any:
    """The numbers that a tensor or a variable holds, of whatever make; everything else as it is."""
    if isinstance(value, Tensor):
        return value.data
    if not callable(getattr(type(value), "numpy", None)):
        return value
    return (value.detach() if hasattr(value, "detach") else value).numpy()


def listed(value: Any) -> Any:
    """A list of what a range, a deque or a dict's keys or values hold; everything else as it is."""
    in_order = isinstance(value, range | deque | KeysView | ValuesView | ItemsView)
    return list(value) if in_order and len(value) <= LISTED_ITEMS else value


def _bare(value: Any) -> Any:
    """Take a tensor's value, and the number out of an array without dimensions."""
    value = plain(value)
    return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _close(given: float, truth: float) -> bool:
    if math.isnan(truth):
        return math.isnan(given)
    if math.isinf(truth) or not math.isfinite(given):
        return given == truth
    return abs(given - truth) <= (RELATIVE * abs(truth) if truth else ROUNDING)


def _plain_difference(converted: Any, given: Any, truth: Any, needed: str, place: str) -> Difference | None:
    if converted is None:
        return Difference(place, f"{kind_of(given)} where {needed} is needed")
    return None if converted == truth else Difference(place)


def _sequence_difference(given: Any, truth: Sequence[Any], place: str) -> Difference | None:
    given = listed(_bare(given))
    of_arrays = any(isinstance(true, np.ndarray) and true.ndim for true in truth)
    if not isinstance(given, list | tuple | np.ndarray) or (
        of_arrays and isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype != object
    ):
        holds_values = isinstance(given, Mapping | set | frozenset | np.ndarray)
        needed = f"{count(len(truth), 'value')}{' in a list or tuple' if holds_values else ''}"
        return Difference(place, f"{kind_of(given)} where {needed} {'is' if len(truth) == 1 else 'are'} needed")
    if len(given) != len(truth):
        return Difference(place, f"{count(len(given), 'value')} where there should be {len(truth)}")
    pairs = zip(given, truth, strict=True)
    parts = (difference(one, true, f"{place}[{index}]") for index, (one, true) in enumerate(pairs))
    return next((part for part in parts if part), None)


def _mapping_difference(given: Any, truth: Mapping[Any, Any], place: str) -> Difference | None:
    if not isinstance(given, Mapping):
        return Difference(place, f"{kind_of(given)} where a dict is needed")
    missing = [key for key in truth if key not in given]
    if missing:
        return Difference(place, f"a dict without {short(missing[0])}")
    extra = [key for key in given if key not in truth]
    if extra:
        return Difference(place, f"a dict with {short(extra[0])}, which nobody asked for,")
    parts = (difference(given[key], truth[key], f"{place}[{short(key)}]") for key in truth)
    return next((part for part in parts if part), None)


def _array_difference(given: Any, truth: np.ndarray[Any, Any], place: str) -> Difference | None:
    needed = f"an array of shape {truth.shape}"
    given = listed(plain(given))
    if not isinstance(given, list | tuple | np.ndarray | np.number | int | float):
        return Difference(place, f"{kind_of(given)} where {needed} is needed")
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different lengths
        array = np.empty(0, dtype=object)
    numbers = [as_number(one) for one in array.flat] if array.dtype == object and array.size else [None]
    if None not in numbers:  # such as Fractions
        array = np.array(numbers, dtype=float).reshape(array.shape)
    if array.dtype.kind not in "iuf":
        return Difference(place, f"{kind_of(given)} that is not an array of numbers, where {needed} is needed")
    if array.shape != truth.shape:
        return Difference(place, f"an array of shape {array.shape} where {needed} is needed")
    finite = np.abs(truth[np.isfinite(truth)])
    rounding = ROUNDING * (float(finite.max(initial=0.0)) or 1.0)
    off = ~np.isclose(array, truth, rtol=RELATIVE, atol=rounding, equal_nan=True)
    if not off.any():
        return None
    first = ", ".join(str(index) for index in np.argwhere(off)[0])
    return Difference(f"{place}[{first}]" if first else place)


def _formula_difference(given: Any, truth: FormulaValues, place: str) -> Difference | None:
    if not isinstance(given, FormulaValues):
        return Difference(place, f"{kind_of(given)} where a formula is needed")
    strangers = [name for name in given.variables if name not in truth.points[0]]
    if strangers:
        return Difference(place, more=f"Where does its variable `{strangers[0]}` come from?")
    for point, value, true_value in zip(truth.points, given.values, truth.values, strict=True):
        if _close(value, true_value):
            continue
        names = [name for name in point if name in {*given.variables, *truth.variables}]
        where = ", ".join(f"{name} = {short(point[name])}" for name in names)
        told = "that has no value" if math.isnan(value) else f"that is `{short(value)}`"
        if math.isnan(true_value):
            told += ", but what it was made from has no value there"
        return Difference(place, more=f"At `{where}` {told}." if where else "")
    if given.needless == truth.needless:
        return None
    return Difference(place, more=f"Its values are right, but it is longer than it needs to be: {given.nodes} nodes.")


def _shown(value: Any, depth: int) -> str:
    value = _bare(value)
    if isinstance(value, Node):
        return str(value)
    if isinstance(value, bool | np.bool_) or value is None:
        return str(value)
    if isinstance(value, int) and value.bit_length() > 200:
        return f"an integer of about {int(value.bit_length() * math.log10(2)) + 1} digits"
    if isinstance(value, float | np.floating):
        return f"{value:.10g}"
    if isinstance(value, complex | np.complexfloating):
        return f"({value:.10g})"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, str):
        return repr(str(value[:SHOWN_CHARACTERS]))
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ", threshold=SHOWN_ITEMS, edgeitems=2, precision=8)
    if isinstance(value, types.FunctionType | type):
        return str(getattr(value, "__name__", "function"))
    if isinstance(value, list | tuple | dict) and type(value) in _BRACKETS:
        return _collection_shown(value, depth)
    return repr(value)


_BRACKETS = {list: "[]", tuple: "()", dict: "{}"}


def _collection_shown(value: list[Any] | tuple[Any, ...] | dict[Any, Any], depth: int) -> str:
    opening, closing = tuple(_BRACKETS[type(value)])
    if depth == 3 and value:
        return f"{opening}...{closing}"
    if isinstance(value, dict):
        parts = [f"{_shown(key, depth + 1)}: {_shown(value[key], depth + 1)}" for key in list(value)[:SHOWN_ITEMS]]
    else:
        parts = [_shown(item, depth + 1) for item in value[:SHOWN_ITEMS]]
    if len(value) > SHOWN_ITEMS:
        parts.append("...")
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return f"{opening}{', '.join(parts)}{comma}{closing}"
