"""Putting a reference into a stub's place."""

from __future__ import annotations

import pytest

from autodiff_lessons.errors import ExerciseError
from autodiff_lessons.exercises import get, source

REFERENCE = '''\
@lesson.set_reference
def ours(x: float, w: float) -> float:
    """Ours."""
    total = x + w  # first
    # then

    return total * x
'''
BODY = "    total = x + w  # first\n    # then\n\n    return total * x\n"


@pytest.mark.parametrize(
    ("stub", "solved"),
    [
        ('@exercise("9.1")\ndef f(x, w):\n    ...\n', '@exercise("9.1")\ndef f(x, w):\n' + BODY),
        ('@exercise("9.1")\ndef f(x, w): ...', '@exercise("9.1")\ndef f(x, w):\n' + BODY.rstrip()),
        (
            '# Éxercise\nimport math\n@lessons.exercise("9.1")\ndef f(\n    x,\n    w=(lambda: 1),\n) -> "a: b":\n'
            '    """Yours."""\n    # write here\n    return ...\n    # to here\n\n\nprint(f(1, 2))  # and on\n',
            '# Éxercise\nimport math\n@lessons.exercise("9.1")\ndef f(\n    x,\n    w=(lambda: 1),\n) -> "a: b":\n'
            '    """Yours."""\n' + BODY + "\n\nprint(f(1, 2))  # and on\n",
        ),
        (
            '%matplotlib inline\n!ls\n@exercise("9.1")\ndef f(x):\n    pass\nf(1)\n',
            '%matplotlib inline\n!ls\n@exercise("9.1")\ndef f(x):\n' + BODY + "f(1)\n",
        ),
    ],
    ids=["plain", "one line", "much around it", "magics"],
)
def test_a_body_is_put_in_place(stub: str, solved: str) -> None:
    assert source.with_body(stub, "9.1", REFERENCE) == solved


TYPED = """\
class Ours(Base):
    twice = 2

    def __init__(self, value: float = 1.0, *more: int, unit: str | None = None) -> None:  # the value
        self.value: float = value

    def times(
        self,
        other: Any,
    ) -> Any:
        def product(a: Any) -> Any: return a * other
        return product(self.value)
"""
UNTYPED = """\
@exercise("9.3")
class Yours:
    twice = 2

    def __init__(self, value=1.0, *more, unit=None):  # the value
        self.value: float = value

    def times(self, other):
        def product(a): return a * other
        return product(self.value)
"""


def test_the_functions_in_a_body_lose_their_annotations() -> None:
    assert source.with_body('@exercise("9.3")\nclass Yours:\n    ...\n', "9.3", TYPED) == UNTYPED


def test_the_variables_in_a_body_lose_their_annotations_and_a_class_keeps_its_fields() -> None:
    reference = (
        "def ours(x: float) -> Any:\n    é: dict[str, Rule] = {'é': x}  # é: x = 1\n    late: Rule\n"
        "    class Pair:\n        one: float = 1.0\n    def rule() -> Any:\n        two: Any = 2\n        return two\n"
        "    return é, Pair, rule\n"
    )
    solved = source.with_body('@exercise("9.4")\ndef ours(x):\n    ...\n', "9.4", reference)
    assert solved == (
        "@exercise(\"9.4\")\ndef ours(x):\n    é = {'é': x}  # é: x = 1\n    late: Rule\n"
        "    class Pair:\n        one: float = 1.0\n    def rule():\n        two = 2\n        return two\n"
        "    return é, Pair, rule\n"
    )


VALUES = """\
@lesson.set_reference
def ours():
    return {
        "a": 2 * 3,
        "b": [
            1,
            2,
        ],
        "c": "ü",
    }
"""


@pytest.mark.parametrize(
    ("stub", "solved"),
    [
        ('answer("9.2", a=..., b=..., c=...)', 'answer("9.2", a=2 * 3, b=[\n    1,\n    2,\n], c="ü")'),
        (
            '# é\nprint("ö"); x = answer(\n    "9.2",\n    c=...,  # ä ...\n    a=7,\n    b=[1, ...],\n)\nprint(...)\n',
            '# é\nprint("ö"); x = answer(\n    "9.2",\n    c="ü",  # ä ...\n    a=7,\n    b=[\n        1,\n        2,\n'
            "    ],\n)\nprint(...)\n",
        ),
    ],
    ids=["one line", "much around it"],
)
def test_values_are_put_in_place(stub: str, solved: str) -> None:
    assert source.with_values(stub, "9.2", VALUES) == solved


@pytest.mark.parametrize("cell", ['@exercise("5.3")\ndef f(): ...', 'answer("5.2", x1=...)', "x = 1", "def f(:"])
def test_a_cell_without_the_stub_is_refused(cell: str) -> None:
    with pytest.raises(ExerciseError, match=r"[Tt]his cell"):
        get("5.4").solution_source(cell)
    with pytest.raises(ExerciseError, match=r"[Tt]his cell"):
        get("5.1").solution_source(cell)


def empty() -> None: ...


def passing(x: float, *, y: float = 1.0) -> None:
    """Say nothing."""
    pass


def dots() -> object:
    return ...


def number() -> int:
    return 0


def talking() -> None:
    print()


def test_stubs_are_told_from_answers() -> None:
    assert all(source.is_stub(code.__code__) for code in (empty, passing, dots, lambda: None, lambda x: ...))
    assert not any(source.is_stub(code.__code__) for code in (number, talking, lambda x: x, lambda: (None,)))
