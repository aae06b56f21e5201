"""`autodiff-lessons build` makes both editions, repeats itself, and says what is stale."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from pathlib import Path

import nbformat
import pytest

from autodiff_lessons import cli
from autodiff_lessons.course import build, executing, making

LESSON = """---
kernelspec:
  name: python3
  display_name: Python 3
---
# 1. Grow a small lesson

```{code-cell} ipython3
from pathlib import Path

import matplotlib.pyplot as plt

from autodiff_lessons import answer

plt.plot([1, 2])
print("in", Path.cwd().name)
```

```{code-cell} ipython3
answer("5.2", x1=..., x2=..., loss=...)
```
"""


SUMMARY = """
## Summary

- It is **leaf** by **leaf**.
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one lesson in it, as the current folder."""
    (tmp_path / "notebooks/source").mkdir(parents=True)
    (tmp_path / "notebooks/source/01_small.md").write_text(LESSON)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build.autodiff_lessons, "__file__", str(tmp_path / "autodiff_lessons/__init__.py"))
    return tmp_path


def build_it(*options: str) -> int:
    return cli.main(["build", *options])


def cells(path: Path) -> list[nbformat.NotebookNode]:
    return list(nbformat.read(path, as_version=4).cells)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The two editions of the small lesson as text, by their paths."""
    root = tmp_path_factory.mktemp("made")
    (root / "notebooks/source").mkdir(parents=True)
    (root / "notebooks/source/01_small.md").write_text(LESSON)
    assert making.make(root, making.targets_in(root), say=print) == {}
    return {str(path.relative_to(root)): path.read_text() for path in root.glob("notebooks/**/*.ipynb")}


@pytest.fixture
def built_course(course: Path, made: dict[str, str]) -> Path:
    """The repository after a build."""
    for path, text in made.items():
        (course / path).parent.mkdir(exist_ok=True)
        (course / path).write_text(text)
    return course


def test_both_editions_are_executed_and_only_one_holds_the_solution(built_course: Path) -> None:
    learner, solved = (
        cells(built_course / folder / "01_small.ipynb") for folder in ("notebooks", "notebooks/solutions")
    )
    assert [cell.id for cell in learner] == [cell.id for cell in solved]
    assert learner[1].source == solved[1].source
    assert learner[1].outputs[0].text == "in notebooks\n"
    assert solved[1].outputs[0].text == "in solutions\n"
    assert "..." in learner[2].source
    assert "..." not in solved[2].source
    assert "not attempted" in str(learner[2].outputs)
    assert "not attempted" not in str(solved[2].outputs)
    assert "correct" in str(solved[2].outputs)


def test_a_second_build_changes_nothing_and_check_agrees(
    built_course: Path, made: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert build_it() == 0
    assert {path: (built_course / path).read_text() for path in made} == made
    assert capsys.readouterr().out.count("unchanged") == 3
    assert build_it("--check") == 0
    assert list(built_course.glob("notebooks/.*")) == []


def test_a_written_notebook_is_readable_by_others(course: Path) -> None:
    (course / "notebooks/source/01_small.md").write_text("only text\n")
    assert build_it() == 0
    mode = (course / "notebooks/01_small.ipynb").stat().st_mode
    assert stat.S_IMODE(mode) & stat.S_IRUSR
    assert stat.S_IMODE(mode) == stat.S_IMODE((course / "notebooks/source/01_small.md").stat().st_mode)


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("notebooks/01_small.ipynb", '"in notebooks\\n"', '"in a box\\n"', "cell 2"),
        ("notebooks/solutions/01_small.ipynb", "x1=", "x1 =", "cell 3 (exercise-5-2), its source"),
        ("notebooks/solutions/01_small.ipynb", '"exercise-5-2"', '"exercise-5-3"', "cell 3 (exercise-5-2), its id"),
        ("notebooks/01_small.ipynb", '"image/png"', '"image/svg"', "its outputs"),
        ("notebooks/01_small.ipynb", '"nbformat_minor"', '"minor"', "not a valid notebook"),
        ("notebooks/01_small.ipynb", "{", "", "not a valid notebook"),
    ],
    ids=["output", "source", "id", "picture gone", "schema", "not JSON"],
)
def test_check_names_what_is_stale(
    built_course: Path, capsys: pytest.CaptureFixture[str], path: str, old: str, new: str, said: str
) -> None:
    before = (built_course / path).read_text()
    assert old in before
    (built_course / path).write_text(before.replace(old, new, 1))
    assert build_it("--check") == 1
    told = capsys.readouterr().err
    assert f"{path}: stale" in told
    assert said in told
    assert "1 of 3 notebooks" in told
    assert (built_course / path).read_text() == before.replace(old, new, 1), "--check writes nothing"


def test_the_bytes_of_a_picture_are_not_compared(built_course: Path) -> None:
    path = built_course / "notebooks/01_small.ipynb"
    notebook = json.loads(path.read_text())
    (picture,) = (out["data"] for out in notebook["cells"][1]["outputs"] if "image/png" in out.get("data", {}))
    picture["image/png"] = "AAAA"
    path.write_text(json.dumps(notebook))
    assert build_it("--check") == 0


def test_a_missing_notebook_and_one_without_a_source_are_stale(
    built_course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (built_course / "notebooks/solutions/01_small.ipynb").rename(built_course / "notebooks/09_old.ipynb")
    assert build_it("--check") == 1
    told = capsys.readouterr().err
    assert "notebooks/solutions/01_small.ipynb: stale: missing" in told
    assert "notebooks/09_old.ipynb: no source in notebooks/source makes it" in told
    assert build_it() == 1, "a build does not delete what it did not make, it says so"
    assert (built_course / "notebooks/09_old.ipynb").exists()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("shown_in_full = 1 / 0", "ZeroDivisionError"),
        ("import os; os._exit(1)  # shown_in_full", "died"),
        ("print(object(), 'shown_in_full')", "changes from run to run"),
        (
            "from autodiff_lessons import answer\nanswer('5.2', x1=6, x2=7, loss=3)  # shown_in_full",
            "exercise 5.2 is not 'not attempted'",
        ),
        ("import warnings; warnings.warn('shown_in_full')", "warned"),
    ],
)
def test_a_cell_that_fails_or_would_not_repeat_fails_the_build_and_is_shown(
    course: Path, capsys: pytest.CaptureFixture[str], cell: str, said: str
) -> None:
    (course / "notebooks/source/02_bad.md").write_text(f"```{{code-cell}}\n{cell}\n```\n")
    assert build_it("--only", "2") == 1
    told = capsys.readouterr().err
    assert "notebooks/02_bad.ipynb: not built" in told
    assert said in told
    assert "shown_in_full" in told
    assert not (course / "notebooks/02_bad.ipynb").exists()


def test_a_lesson_leads_to_the_glossary_and_to_its_cheat_sheet(course: Path) -> None:
    (course / "notebooks/source/05_small.md").write_text(f"# 5. Grow a tree\n{SUMMARY}")
    assert build_it("--only", "5") == 0
    assert not (course / "notebooks/glossary.ipynb").exists()
    for folder, pages in (("notebooks", ""), ("notebooks/solutions", "../")):
        text = cells(course / folder / "05_small.ipynb")[-1].source
        assert f"It is [**leaf**]({pages}glossary.ipynb#Leaf) by **leaf**." in text
        assert f"[cheat sheet]({pages}cheat_sheets/05_small.ipynb)" in text
    sheet = "\n".join(cell.source for cell in cells(course / "notebooks/cheat_sheets/05_small.ipynb"))
    assert "# 5. Grow a tree: cheat sheet" in sheet
    assert "[The lesson](../05_small.ipynb)" in sheet
    assert "It is **leaf** by **leaf**." in sheet


@pytest.mark.parametrize("page", ["glossary.ipynb", "cheat_sheets/01_small.ipynb"])
def test_check_names_a_stale_page_of_text(built_course: Path, capsys: pytest.CaptureFixture[str], page: str) -> None:
    with (built_course / "notebooks/source/01_small.md").open("a") as source:
        source.write(SUMMARY)
    assert build_it() == 0
    path = built_course / "notebooks" / page
    path.write_text(path.read_text().replace("leaf", "leaves"))
    capsys.readouterr()
    assert build_it("--check") == 1
    assert f"notebooks/{page}: stale: it differs first in cell" in capsys.readouterr().err


def test_a_cell_that_never_ends_is_ended_and_shown(tmp_path: Path) -> None:
    endless = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("while True: pass  # round and round")])
    with pytest.raises(executing.BuildError, match="round and round"):
        asyncio.run(executing.executed(endless, tmp_path, cell_seconds=1))


def test_only_builds_one_lesson(course: Path) -> None:
    (course / "notebooks/source/02_next.md").write_text("only text\n")
    assert build_it("--only", "02") == 0
    assert sorted(path.name for path in course.glob("notebooks/**/*.ipynb")) == ["02_next.ipynb"] * 2


def test_what_can_not_be_done_is_said_in_a_line(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build_it("--only", "77") == 2
    assert "has no lesson 77" in capsys.readouterr().err
    monkeypatch.chdir(course / "notebooks")
    assert build_it() == 2
    assert "root of the course's repository" in capsys.readouterr().err


def test_another_installed_copy_of_the_course_is_refused(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.autodiff_lessons, "__file__", "/elsewhere/autodiff_lessons/__init__.py")
    assert build_it() == 2
    assert "pip install -e '.[test]'" in capsys.readouterr().err


@pytest.mark.parametrize("tool", ["jupytext", "nbclient"])
def test_a_missing_authors_tool_is_named(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    for name in ("making", "editions", "executing"):
        monkeypatch.delitem(sys.modules, f"autodiff_lessons.course.{name}", raising=False)
        monkeypatch.delattr(f"autodiff_lessons.course.{name}", raising=False)
    monkeypatch.setitem(sys.modules, tool, None)
    assert build_it() == 2
    told = capsys.readouterr().err
    assert f"{tool} is missing: pip install -e '.[test]'" in told
