"""Reading formulas: what is read, and how each other thing is refused, by name and column, without running it."""

from __future__ import annotations

import builtins
import math
import time

import pytest

from autodiff_lessons.engine.symbolic import parse, symbols
from autodiff_lessons.errors import FormulaError

x, y = symbols("x y")


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("x", x),
        ("+x", x),
        ("  x + y  ", x + y),
        ("x +\n  y", x + y),
        ("-x**2", -(x**2)),
        ("- 2*x", -2 * x),
        ("2**-x", 2**-x),
        ("1_000*x", 1000 * x),
        ("0x10 + x", 16 + x),
        ("1e3*x", 1000 * x),
        ("pi*x", math.pi * x),
        ("((((x))))", x),
        ("ä1*x", symbols("ä1") * x),
        ("ﬁ + x", symbols("fi") + x),
        ("-(2)*x", (-parse("2")) * x),
    ],
)
def test_what_is_read(text, formula):
    assert parse(text) is formula


REFUSED = [
    ("x^2", "'x^2' in column 1 of the formula: Python writes powers as **, so x^2 is x**2."),
    ("1 + y*x^2", "'1 + y*x^2' in column 1"),
    ("np.sin(x)", "'np.sin' in column 1 of the formula: an attribute; write sin(x), without np. before it."),
    ("x + y.real", "'y.real' in column 5"),
    ("x + foo(y)", "'foo' in column 5 of the formula: not a function known here; there are abs, "),
    ("ln(x)", "Did you mean log?"),
    ("sine(x)", "Did you mean sin"),
    ("__import__('os')", "'__import__' in column 1 of the formula: not a function"),
    ("3(x + 1)", "'3(x + 1)' in column 1 of the formula: a call of something that is no function; write * to"),
    ("(lambda: 1)()", "a call of something that is no function"),
    ("x(y)", "'x' in column 1 of the formula: not a function known here"),
    ("sin", "'sin' in column 1 of the formula: a function; write what it is applied to, sin(x)."),
    ("sin(x, y)", "sin takes 1 input, here it gets 2"),
    ("maximum(x)", "maximum takes 2 inputs, here it gets 1"),
    ("sin()", "sin takes 1 input, here it gets 0"),
    ("sin(x=1)", "'1' in column 7 of the formula: a keyword; write sin(...) with plain inputs."),
    ("sin(**x)", "a keyword"),
    ("sin(*x)", "'*x' in column 5 of the formula: a starred argument."),
    ("x < y", "'x < y' in column 1 of the formula: a comparison"),
    ("x == y", "a comparison"),
    ("x if y else 2", "a conditional"),
    ("x and y", "a logical operation"),
    ("not x", "'not x' in column 1"),
    ("~x", "'~x' in column 1"),
    ("x // y", "'x // y' in column 1 of the formula: a formula divides with /."),
    ("x % y", "remainder"),
    ("x @ y", "matrices"),
    ("x << y", "bits"),
    ("x | y", "bits"),
    ("lambda x: x", "'lambda x: x' in column 1 of the formula: a lambda"),
    ("x[0]", "'x[0]' in column 1 of the formula: a subscript"),
    ("[x, y]", "a list"),
    ("x, y", "several values"),
    ("{x: y}", "'{x: y}' in column 1"),
    ("[x for x in y]", "'[x for x in y]' in column 1"),
    ("(x := 2)", "an assignment"),
    ("'x'", "\"'x'\" in column 1 of the formula: not a number"),
    ("f'{x}'", "a string"),
    ("b'x'", "not a number"),
    ("True", "'True' in column 1 of the formula: not a number"),
    ("None + x", "'None' in column 1"),
    ("...", "'...' in column 1"),
    ("2j*x", "'2j' in column 1 of the formula: a complex number; a formula holds real numbers."),
    ("x + 1e999", "'1e999' in column 5 of the formula: a number beyond 1.8e308"),
    ("1" + "0" * 400, "a number beyond 1.8e308"),
    ("9" * 5000, "in column"),
    ("2x", "write 2*x with *"),
    ("x +", "'+' in column 3 of the formula: the formula ends too early."),
    ("sin(x", "in column 4"),
    ("x = 2", "in column"),
    ("x; y", "in column 2"),
    ("sin x", "in column"),
    ("x # what", "'#' in column 3 of the formula: a comment"),
    ("", "the text is empty"),
    ("   ", "the text is empty"),
    ("äöü + x[1]", "'x[1]' in column 7"),
    ("   x[1]", "'x[1]' in column 4"),
    ("await x", "in column"),
    ("yield x", "in column"),
    ("x\0", "null bytes"),
    ("\ud800", "can't be read as a formula"),
    ("1or 2", "in column"),
    ("import os", "in column"),
    ("x + y[" + "1" * 100 + "]", "..."),
]


@pytest.mark.parametrize(
    ("text", "message"), REFUSED, ids=[text[:20].encode("ascii", "replace").decode() for text, _ in REFUSED]
)
def test_what_is_refused_is_named_with_its_column(text, message):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    "text",
    ["(" * 90 + "x" + ")" * 90, "x" + " + x" * 500, "-" * 90 + "x", "x" + "**x" * 80],
    ids=["parentheses", "sum", "signs", "powers"],
)
def test_nesting_that_people_write_is_read(text):
    parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "x" + ")" * 5000,
        "-" * 40_000 + "x",
        "x" + "**x" * 15_000,
        "sin(" * 5000 + "x" + ")" * 5000,
        "x" + "+x" * 24_000,
    ],
    ids=["parentheses", "signs", "powers", "calls", "sum"],
)
def test_nesting_beyond_that_is_refused_or_read_but_never_crashes(text):
    started = time.perf_counter()
    try:
        parse(text)
    except FormulaError as error:
        assert "nested too deeply" in str(error)  # noqa: PT017
    assert time.perf_counter() - started < 5


def test_an_overlong_text_is_refused_before_it_is_looked_at():
    with pytest.raises(FormulaError, match="may have 50000 characters; this one has 60001"):
        parse("x" + "+x" * 30_000)


def test_only_a_text_is_read():
    with pytest.raises(FormulaError, match="parse reads a text"):
        parse(x)


def test_a_tower_of_powers_is_a_small_tree():
    started = time.perf_counter()
    assert parse("9**9**9**9").tree_nodes == 7
    assert time.perf_counter() - started < 0.1


def test_nothing_is_ever_evaluated(monkeypatch, capsys):
    def refuse(*arguments, **keywords):
        raise AssertionError("something was evaluated")

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "eval", refuse)
        patched.setattr(builtins, "exec", refuse)
        read = parse("x**2 + y")
    assert read is x**2 + y
    for text in ("print(x)", "sin(print(1))", "(print(1), x)", "[print(1) for _ in x]", "x.__class__", "f'{print(1)}'"):
        with pytest.raises(FormulaError):
            parse(text)
    assert capsys.readouterr().out == ""
