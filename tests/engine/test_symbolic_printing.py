"""Formulas as text that reads back to the same formula, and as LaTeX."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_formulas import NUMBERS, SMOOTH, formulas

from autodiff_lessons.engine.symbolic import parse, symbols
from autodiff_lessons.engine.symbolic.expression import constant

x, y, z = symbols("x y z")
ANY_NUMBER = st.one_of(
    NUMBERS, st.floats(allow_nan=False, allow_infinity=False).map(constant), st.just(constant(math.pi))
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(formulas([*SMOOTH, "relu", "sign"], numbers=ANY_NUMBER))
def test_what_is_printed_reads_back_to_the_same_formula(formula):
    assert parse(str(formula)) is formula


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (x - (y - z), "x - (y - z)"),
        (x - y - z, "x - y - z"),
        (x + (y + z), "x + (y + z)"),
        (x / (y / z), "x/(y/z)"),
        (x / y / z, "x/y/z"),
        (x * (y * z), "x*(y*z)"),
        (x * y / z, "x*y/z"),
        (x / (y * z), "x/(y*z)"),
        (x**y**z, "x**y**z"),
        ((x**y) ** z, "(x**y)**z"),
        (-(x**2), "-x**2"),
        ((-x) ** 2, "(-x)**2"),
        (constant(-2) ** 2, "(-2)**2"),
        (-constant(2), "-(2)"),
        (-constant(-2), "-(-2)"),
        (-symbols("x").__neg__(), "-(-x)"),
        (x**-1, "x**-1"),
        (x**-y, "x**-y"),
        (x * -y, "x*(-y)"),
        (-x * y, "-x*y"),
        (-(x * y), "-(x*y)"),
        (-(x + y), "-(x + y)"),
        (x + -1 * y, "x + (-1*y)"),
        (x - -1, "x - (-1)"),
        (x + 1e-20, "x + 1e-20"),
        (x + 1e20, "x + 1e+20"),
        (x * 1e15, "x*1000000000000000"),
        (x * 0.1, "x*0.1"),
        (x + constant(-0.0), "x + (-0)"),
        (math.pi * x, "pi*x"),
        (constant(-math.pi), "-3.141592653589793"),
        (abs(x), "abs(x)"),
    ],
)
def test_parentheses_only_where_they_are_needed(formula, text):
    assert str(formula) == repr(formula) == text
    assert parse(text) is formula


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("2*x + 3", r"2 \, x + 3"),
        ("1/x + y", r"\frac{1}{x} + y"),
        ("(x**2 + 1)/(x - 3)", r"\frac{x^{2} + 1}{x - 3}"),
        ("sin(x**2)", r"\sin\left(x^{2}\right)"),
        ("x*(y + 1)", r"x \, \left(y + 1\right)"),
        ("x*2", r"x \cdot 2"),
        ("x*(1/y)", r"x \cdot \frac{1}{y}"),
        ("(x + 1)**2", r"\left(x + 1\right)^{2}"),
        ("(x/y)**2", r"\left(\frac{x}{y}\right)^{2}"),
        ("(-2)**2", r"\left(-2\right)^{2}"),
        ("x**y**2", r"x^{y^{2}}"),
        ("(x**y)**2", r"\left(x^{y}\right)^{2}"),
        ("-x**2", "-x^{2}"),
        ("-(x + y)", r"-\left(x + y\right)"),
        ("x - (y - 1)", r"x - \left(y - 1\right)"),
        ("x*(-y)", r"x \, \left(-y\right)"),
        ("x + (-1)", r"x + \left(-1\right)"),
        ("x - (-x*y)", r"x - \left(-x\right) \, y"),
        ("sqrt(x)", r"\sqrt{x}"),
        ("x**0.5", r"\sqrt{x}"),
        ("x**(1/3)", r"\sqrt[3]{x}"),
        ("exp(-x)", "e^{-x}"),
        ("exp(x)**2", r"\left(e^{x}\right)^{2}"),
        ("abs(x)", r"\left|x\right|"),
        ("pi*x", r"\pi \, x"),
        ("1e-20*x", r"1 \cdot 10^{-20} \, x"),
        ("sigmoid(x)", r"\operatorname{sigmoid}\left(x\right)"),
        ("maximum(x, 0)", r"\operatorname{maximum}\left(x, 0\right)"),
        ("greater(x, 0)*x", r"\left[x > 0\right] \, x"),
        ("where(less(x, 0), -x, x)", r"\begin{cases} -x & \left[x < 0\right] \\ x & \text{else} \end{cases}"),
        ("x1 + x_12", "x_{1} + x_{12}"),
        ("alpha*y_true", r"\alpha \, y_{\text{true}}"),
        ("weight", r"\text{weight}"),
        ("my_long_name2", r"\text{my}_{\text{long\_name},2}"),
        ("sign(x)", r"\operatorname{sign}\left(x\right)"),
    ],
)
def test_latex(text, latex):
    assert parse(text).latex() == latex
    assert parse(text)._repr_latex_() == rf"$\displaystyle {latex}$"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(formulas([*SMOOTH, "relu"], most=8))
def test_latex_is_balanced(formula):
    latex = formula.latex()
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
