"""What a learner writes in a cell, and that no mistake in it ends in a traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autodiff_lessons
from autodiff_lessons import answer, exercise, exercises, graph_question, hint, solution, use_mine, use_reference
from autodiff_lessons.errors import ExerciseError
from autodiff_lessons.exercises import attempts, formula_trees


@pytest.fixture(autouse=True)
def _fresh_session() -> Iterator[None]:
    attempts.begin_session()
    yield
    attempts.begin_session()


def right(x: float, w: float) -> tuple[float, float]:
    return w * (2 * x + w), x * (x + 2 * w)


def test_a_function_is_checked_and_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert exercise("5.4")(right) is right
    assert capsys.readouterr().out == (
        "✓ 5.4 List the paths: correct\n"
        "Multiply along each path, add over the paths: that is the chain rule, read from a picture.\n"
    )


CALLS_ITSELF = """\
@exercise("2.1")
def diff(node, name):
    match node:
        case Const() | Var():
            return Const(int(node == Var(name)))
        case Add(u, v):
            return diff(u, name) + diff(v, name)
        case Mul(u, v):
            return diff(u, name) * v + u * diff(v, name)
        case Pow(u, n):
            return n * u ** (n - 1) * diff(u, name)
"""


@pytest.mark.parametrize("decorator", ["", "@functools.cache\n"], ids=["plain", "cached"])
@pytest.mark.parametrize("before", [{}, {"diff": lambda node, name: 0}], ids=["first run", "run again"])
def test_code_that_calls_itself_means_itself(
    decorator: str, before: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    namespace = {**vars(formula_trees), **before, "exercise": exercise, "functools": functools}
    exec(CALLS_ITSELF.replace("def diff", f"{decorator}def diff"), namespace)
    assert capsys.readouterr().out.startswith("✓ 2.1")
    x = formula_trees.Var("x")
    assert str(namespace["diff"](x * x, "x")) == "1*x + x*1"


def test_only_the_definition_itself_gets_its_name() -> None:
    namespace: dict[str, Any] = {"exercise": exercise, "functools": functools}
    exec(
        "def outer():\n"
        '    @exercise("5.4")\n    def inner(x, w): return x, w\n'
        "outer()\n"
        "def plain(x, w): return x, w\n"
        'exercise("5.4")(functools.cache(plain))\n'
        'kept = exercise("5.4")(lambda x, w: (x, w))\n',
        namespace,
    )
    assert "inner" not in namespace
    assert "<lambda>" not in namespace
    assert not hasattr(namespace["plain"], "cache_info")


def test_values_are_checked_and_nothing_is_returned(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer("5.2", x1=6, x2=7, loss=-3) is None  # type: ignore[func-returns-value]
    assert capsys.readouterr().out.startswith("✗ 5.2 Be the forward pass: incorrect\n`loss = -3` is not right.\n")


def test_the_module_is_not_hidden_by_the_word() -> None:
    assert callable(exercises.exercise)
    assert autodiff_lessons.exercise is exercises.exercise


MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (lambda: exercise("5.9")(right), 'There is no exercise "5.9". Lesson 5 has 5.1, 5.2, 5.3 and 5.4.'),
    (lambda: exercise("77.1")(right), 'There is no exercise "77.1". There are exercises in lesson'),
    (lambda: exercise(5.4)(right), 'An exercise is named by its id in quotes, such as "5.2"; this is 5.4.'),
    (lambda: exercise(right), 'nothing else, like this: `@exercise("5.4")`'),
    (lambda: exercise()(right), 'nothing else, like this: `@exercise("5.4")`'),
    (lambda: exercise("5.4", right)(right), 'nothing else, like this: `@exercise("5.4")`'),
    (lambda: exercise("5.4", seconds=3)(right), 'nothing else, like this: `@exercise("5.4")`'),
    (lambda: exercise("5.2")(right), 'Write `answer("5.2", x1=..., x2=..., loss=...)` with your values in it.'),
    (lambda: exercise("5.4")(3), "5.4 is about a function that you write; this is one number."),
    (lambda: exercise("5.4")(int), "this is the class int."),
    (lambda: answer(), 'like this: `answer("5.2", x1=..., ...)`'),
    (lambda: answer("5.x", x1=6), 'There is no exercise "5.x". Lesson 5 has'),
    (lambda: answer("nonsense"), 'There is no exercise "nonsense".'),
    (lambda: answer(["5.2"]), "An exercise is named by its id in quotes"),
    (lambda: answer("5.2", 6, 7, 3), 'Write `answer("5.2", x1=..., x2=..., loss=...)` with your values in it.'),
    (lambda: answer("5.2", x3=6), "`x3` is not asked for here."),
    (lambda: answer("5.2", self=6, found=1, exercise_id=2), "`self` is not asked for here."),
    (lambda: answer("5.4", dx=21), 'Write `@exercise("5.4")` on the line above your `def`.'),
    (lambda: hint(), 'like this: `hint("5.2")`'),
    (lambda: hint("5.2", 3), 'like this: `hint("5.2")`'),
    (lambda: hint("5.22"), 'There is no exercise "5.22".'),
    (lambda: solution(5), "An exercise is named by its id in quotes"),
    (lambda: use_reference("0.1"), 'There is no exercise "0.1".'),
    (lambda: use_mine(right), 'like this: `use_mine("5.4")`'),
    (lambda: graph_question("5.4"), 'This exercise is not asked on a graph\nIts cell begins with `@exercise("5.4")`.'),
    (lambda: graph_question("5.1"), "This exercise is not asked on a graph\nIts cell begins with `answer(`."),
]


@pytest.mark.parametrize(("mistake", "told"), MISTAKES)
def test_a_mistake_is_told(mistake: Callable[[], Any], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert mistake() in (None, right, 3, int)
    assert told in capsys.readouterr().out


def test_the_form_for_tools_raises() -> None:
    with pytest.raises(ExerciseError, match=r"Lesson 5 has 5\.1, 5\.2, 5\.3 and 5\.4"):
        exercises.get("5.9")
    with pytest.raises(ExerciseError, match="in quotes"):
        exercises.get(5.2)  # type: ignore[arg-type]


def test_hints_come_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    hints = exercises.get("5.2").hints
    for number in (1, 2, 3):
        hint("5.2")
        said = capsys.readouterr().out
        assert f"hint {number} of 3" in said
        assert [one in said for one in hints] == [place == number - 1 for place in range(3)]
        assert ("last hint" in said and 'solution("5.2")' in said) == (number == 3)
    hint("5.2")
    said = capsys.readouterr().out
    assert all(one in said for one in hints)
    assert 'solution("5.2")' in said


def test_a_solution_is_shown_after_a_try(capsys: pytest.CaptureFixture[str]) -> None:
    solution("5.4")
    answer("5.2", x1=..., x2=..., loss=...)
    solution("5.2")
    said = capsys.readouterr().out
    assert said.count("try it first") == 2
    assert "total * w" not in said

    exercise("5.4")(lambda x, w: (x, w))
    solution("5.4")
    assert capsys.readouterr().out.endswith(exercises.get("5.4").solution)
    answer("5.2", x1=6, x2=7, loss=3)
    solution("5.2")
    said = capsys.readouterr().out
    assert "To keep your own" in said
    assert said.endswith('answer("5.2", x1=2 * 3, x2=2 * 3 + 1, loss=abs(4 - (2 * 3 + 1)))\n')


def test_the_reference_helps_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert use_reference("5.4")(2, 3) == (21, 16)
    assert use_reference("5.2") == {"x1": 6, "x2": 7, "loss": 3}
    assert capsys.readouterr().out.count("the course's own solution is used in place of yours") == 2


def test_ones_own_solution_is_used_once_it_is_correct(capsys: pytest.CaptureFixture[str]) -> None:
    reference = exercises.get("5.4").reference
    for code, used, said in (
        (None, reference, "Its cell was not run since the kernel started, so this is the course's own"),
        (lambda x, w: (..., ...), reference, "Yours is still a stub, so this is the course's own"),
        (right, right, "This is your own"),
        (lambda x, w: (0.0, 0.0), reference, "Yours is not correct yet, so this is the course's own"),
    ):
        if code is not None:
            exercise("5.4")(code)
        capsys.readouterr()
        assert use_mine("5.4") is used
        assert capsys.readouterr().out == f"5.4 List the paths\n{said} solution at work.\n"


def test_tries_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    answer("5.2", x1=..., x2=..., loss=...)
    assert exercises.latest("5.2").status == "not attempted"  # type: ignore[union-attr]
    assert (attempts.of("5.2").tries, attempts.of("5.2").solved) == (0, False)
    answer("5.2", x1=6, x2=7, loss=3)
    answer("5.2", x1=6, x2=7, loss=-3)
    assert (attempts.of("5.2").tries, attempts.of("5.2").solved) == (2, True)
    assert exercises.latest("5.2").misconception == "no-absolute-value"  # type: ignore[union-attr]
    exercises.get("5.3").check({})
    assert exercises.latest("5.3") is None
    exercises.forget("5.2")
    assert exercises.latest("5.2") is None
    assert attempts.of("5.2").tries == 0


def test_the_html_says_the_same() -> None:
    def talks(x: float, w: float) -> Any:
        print("<b>bold</b> & `more`")
        return "<script>alert(1)</script>"

    outcome = exercises.get("5.4").check(talks)
    html = outcome._repr_mimebundle_()["text/html"]
    assert '<span aria-hidden="true">✗</span> 5.4 List the paths: <strong>incorrect</strong>' in html
    assert 'data-exercise="5.4" data-status="incorrect" data-misconception=""' in html
    assert "<script>" not in html
    assert "<code>talks(2, 3)</code> gave <code>&#x27;&lt;script&gt;" in html
    assert "<pre>&lt;b&gt;bold&lt;/b&gt; &amp; `more`</pre>" in html
    assert "var(--jp-error-color1" in html


def test_a_correct_answer_shows_what_it_printed_in_html_only() -> None:
    def talks(x: float, w: float) -> Any:
        print("hello")
        return right(x, w)

    bundle = exercises.get("5.4").check(talks)._repr_mimebundle_()
    assert bundle["text/plain"] == repr(exercises.get("5.4").check(right))
    assert "<pre>hello</pre>" in bundle["text/html"]
