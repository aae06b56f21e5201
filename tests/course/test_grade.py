"""`autodiff-lessons grade FOLDER` marks any pile of notebooks, and each bad one gets its own line and reason."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autodiff_lessons import cli, exercises
from autodiff_lessons.course.marking.marks import Marked, printable, tidied
from autodiff_lessons.course.marking.report import Row, as_csv, rows_of
from autodiff_lessons.course.marking.submissions import Submission, submissions

IMPORTS = "import os, socket, subprocess, sys, time\nfrom autodiff_lessons import answer, exercise, graph_question"
RIGHT = 'answer("5.2", x1=6, x2=7, loss=3)'
WRONG = 'answer("5.2", x1=6, x2=7, loss=-3)'
OPEN = 'answer("5.2", x1=..., x2=..., loss=...)'
BY_PATHS = '@exercise("5.4")\ndef by_paths(x, w):\n    return w * w + 2 * x * w, x * x + 2 * x * w'
SECONDS = 5  # for a cell; an endless one costs that


def notebook(*cells: str) -> str:
    return nbformat.writes(new_notebook(cells=[*map(new_code_cell, (IMPORTS, *cells))]))


def changed(text: str, change: Any) -> str:
    data = json.loads(text)
    change(data)
    return json.dumps(data)


def same_ids(data: dict[str, Any]) -> None:
    for cell in data["cells"]:
        cell["id"] = "the-same"


def no_ids(data: dict[str, Any]) -> None:
    data["nbformat_minor"] = 2
    for cell in data["cells"]:
        del cell["id"]


def large_output(data: dict[str, Any]) -> None:
    data["cells"][1]["outputs"] = [new_output("stream", name="stdout", text="x" * 50_000_000)]


class Case(NamedTuple):
    """A notebook, the marks that it gets, and a pattern in each note on it and in what is said of 5.2."""

    text: str | bytes
    marks: dict[str, str]
    notes: list[str] = []  # noqa: RUF012
    reason: str = ""


SOLVED = {"5.2": "solved"}
NOTHING: dict[str, str] = {}
ENDLESS = rf"code cell 2 did not end within {SECONDS} s"
ENDED = "code cell 2 ended Python"
TO_EVERYONE = "for n in range(3, 30):\n    try: os.write(n, TEXT)\n    except OSError: pass"
FORGING = r"""
import gc, json
request = next(one._request for one in gc.get_objects() if type(one).__name__ == "Voice")
verdict = {"status": [], "message": 1, "misconception": 1}
lies = [
    {"ended": 0}, {"ended": 0, "seal": None}, {"child": 1, "seal": 1}, {"ended": 0, "seal": "1"}, {"unreadable": "x"},
    {"checks": 1, "on_graph": 1}, {"finished": 1, "problem": [], "flooded": 0, "verdicts": {"5.2": verdict}},
]
for lie in lies:
    for n in range(3, 30):
        try: os.write(n, json.dumps({"request": request, **lie}).encode() + b"\n")
        except OSError: pass
forged = 6
"""
LEFT_OUT = "it was left out"

CASES = {
    "right": Case(notebook(RIGHT), {"5.1": "not there", "5.2": "solved", "5.3": "not there", "5.4": "not there"}),
    "wrong": Case(notebook(WRONG), {"5.2": "wrong"}, reason="loss"),
    "open": Case(notebook(OPEN), {"5.2": "open"}),
    "on the graph only": Case(notebook('graph_question("5.2")', OPEN), {"5.2": "open"}, reason="typed on the graph"),
    "deleted": Case(notebook(BY_PATHS), {"5.2": "not there", "5.4": "solved"}, reason="no cell of this notebook"),
    "copied": Case(notebook(WRONG, RIGHT), SOLVED, reason="checked 2 times, the last one counts"),
    "another exercise's id": Case(
        notebook(RIGHT.replace("5.2", "9.99"), BY_PATHS),
        {"9.99": "unknown", "5.2": "not there", "5.4": "solved"},
    ),
    "the same cell ids": Case(changed(notebook(RIGHT, BY_PATHS), same_ids), SOLVED | {"5.4": "solved"}),
    "no cell ids": Case(changed(notebook(RIGHT), no_ids), SOLVED),
    "syntax error": Case(notebook(RIGHT[:-1], BY_PATHS), {"5.2": "not checked", "5.4": "solved"}, reason="SyntaxError"),
    "error before": Case(notebook("1 / 0", RIGHT), SOLVED),
    "an object in the message": Case(notebook("answer('5.2', x1=object())"), {"5.2": "wrong"}),
    "endless": Case(notebook("while True:\n    pass", RIGHT), SOLVED, [f"{ENDLESS}$"]),
    "endless and catching": Case(
        notebook("while True:\n    try:\n        while True: time.sleep(0.01)\n    except BaseException: pass", RIGHT),
        SOLVED,
        [rf"{ENDLESS} and was killed; {LEFT_OUT}"],
    ),
    "endless in C": Case(notebook("sum(iter(int, 1))", RIGHT), SOLVED, [rf"{ENDLESS} and was killed; {LEFT_OUT}"]),
    "too much memory": Case(
        notebook("x = bytearray(10**11)\n" + RIGHT), {"5.2": "not checked"}, reason="stopped with MemoryError"
    ),
    "prints 50 MB": Case(
        notebook("for _ in range(50):\n    print('x' * 10**6)\n    os.write(1, b'x' * 10**6)", RIGHT),
        SOLVED,
        ["code cell 2 printed more than 100,000 characters"],
    ),
    "50 MB of outputs": Case(changed(notebook(RIGHT), large_output), SOLVED),
    "os._exit": Case(notebook("os._exit(3)", RIGHT), SOLVED, [rf"{ENDED} \(exit code 3\); {LEFT_OUT}"]),
    "os.kill": Case(notebook("os.kill(os.getpid(), 9)", RIGHT), SOLVED, [rf"{ENDED} \(SIGKILL\)"]),
    "segfault": Case(
        notebook("import faulthandler; faulthandler._sigsegv()", RIGHT), SOLVED, [rf"{ENDED} \(SIGSEGV\)"]
    ),
    "dies in its answer": Case(
        notebook("os._exit(0)\n" + RIGHT, BY_PATHS),
        {"5.2": "not checked", "5.4": "solved"},
        ["code cell 2 ended Python"],
        reason="code cell 2 ended Python",
    ),
    "dies four times": Case(
        notebook(*["os._exit(1)"] * 4, RIGHT),
        {"5.2": "not checked"},
        [*[rf"cell {n} ended Python .*; {LEFT_OUT}" for n in (2, 3, 4)], "cell 5 .*; what follows it did not run"],
        reason="an earlier cell ended Python",
    ),
    "sys.exit": Case(notebook("sys.exit(1)", RIGHT), SOLVED),
    "kills the one above": Case(notebook("os.kill(os.getppid(), 9)", RIGHT), SOLVED, ["tried to send a signal"]),
    "closes everything": Case(notebook(RIGHT, "os.closerange(0, 200)"), SOLVED, ["code cell 3 ended Python"]),
    "talks into the report": Case(
        notebook(TO_EVERYONE.replace("TEXT", "b'{}\\nnull\\n{\"request\": 1}\\n'"), RIGHT),
        SOLVED,
    ),
    "says that it has ended": Case(notebook(FORGING, RIGHT.replace("x1=6", "x1=forged")), SOLVED),
    "an id that is no id": Case(
        notebook("answer('=<script>\\ud800\\x1b', x=1)", RIGHT), SOLVED | {"'=<script>\\ud800\\x1b": "unknown"}
    ),
    "floods the report": Case(
        notebook(TO_EVERYONE.replace("TEXT", "b'x\\n' * 3_000_000"), RIGHT),
        SOLVED,
        ["code cell 2 reported too much"],
    ),
    "writes outside": Case(
        notebook("open('OUTSIDE/made', 'w')", "os.remove('OUTSIDE/there')", "os.rename('OUTSIDE/there', 'a')", RIGHT),
        SOLVED,
        [r"tried to write to OUTSIDE/made: refused", r"tried to write to OUTSIDE/there: refused"],
    ),
    "writes inside": Case(
        notebook(
            "open('x1', 'w').write('6'); os.mkdir('sub'); os.rename('x1', 'sub/x1')",
            RIGHT.replace("x1=6", "x1=int(open('sub/x1').read())"),
        ),
        SOLVED,
    ),
    "opens the network": Case(
        notebook("socket.create_connection(('127.0.0.1', 9))", RIGHT), SOLVED, [r"tried to open the network \(socket."]
    ),
    "starts programs": Case(
        notebook("subprocess.run(['true'])", "!true", "os.fork()", RIGHT),
        SOLVED,
        [r"subprocess.Popen, 'true'", r"start another program", r"os.fork"],
    ),
    "looks for tokens": Case(notebook(RIGHT.replace("x1=6", "x1='A_TOKEN' in os.environ or 6")), SOLVED),
    "not JSON": Case(b"{", NOTHING, ["the file is not a notebook"]),
    "empty": Case(b"", NOTHING, ["the file is not a notebook"]),
    "a list": Case(b"[]", NOTHING, ["the file is not a notebook"]),
    "nested too deeply": Case(b"[" * 1_000_000, NOTHING, ["the file is not a notebook|could not be read"]),
    "not UTF-8": Case(b"\xff\xfe\x00{}", NOTHING, ["the file is not a notebook: it is not text"]),
    "without exercises": Case(notebook("1 + 1"), NOTHING, ["no exercise in it"]),
    "too large": Case(b" " * 61_000_000, NOTHING, ["61 MB, and no more than 60 MB are read"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The rows on each case, all of them marked in one run."""
    folder, outside = tmp_path_factory.mktemp("pile"), tmp_path_factory.mktemp("outside")
    (outside / "there").write_text("untouched")
    for name, case in CASES.items():
        content = case.text.encode() if isinstance(case.text, str) else case.text
        (folder / f"{name}.ipynb").write_bytes(content.replace(b"OUTSIDE", str(outside).encode()))
    out = folder.parent / "out.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_TOKEN", "secret")
        assert grade(folder, "--csv", str(out), "--cell-seconds", str(SECONDS), "--largest", "60") == 1
    assert [(one.name, one.read_text()) for one in outside.iterdir()] == [("there", "untouched")]
    rows: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(out.read_text(encoding="utf-8").splitlines()):
        row["reason"] = row["reason"].replace(str(outside), "OUTSIDE")
        rows.setdefault(row["learner"], []).append(row)
    return rows


def test_every_notebook_has_its_rows(marked: dict[str, list[dict[str, str]]]) -> None:
    assert list(marked) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_notebook_of_every_kind(marked: dict[str, list[dict[str, str]]], name: str) -> None:
    case, rows = CASES[name], marked[name]
    marks = {row["exercise"]: row["mark"] for row in rows if row["exercise"]}
    assert {one: marks.get(one) for one in case.marks} == case.marks
    assert bool(marks) == bool(case.marks)
    notes = [row["reason"] for row in rows if not row["exercise"]]
    assert len(notes) == len(case.notes)
    for note, pattern in zip(notes, case.notes, strict=True):
        assert re.search(pattern, note), note
    assert all("0x" not in row["reason"].replace("0x...", "") for row in rows)
    if case.marks:
        assert re.search(case.reason, next(row["reason"] for row in rows if row["exercise"] == "5.2"))
        points = {row["exercise"]: (row["points"], row["of"]) for row in rows if row["exercise"]}
        for one, mark in case.marks.items():
            assert points[one] == {"solved": ("1", "1"), "unknown": ("", "")}.get(mark, ("0", "1"))


def test_a_misconception_is_named(marked: dict[str, list[dict[str, str]]]) -> None:
    expected = exercises.get("5.2").check({"x1": 6, "x2": 7, "loss": -3}).misconception
    assert expected
    assert next(row for row in marked["wrong"] if row["exercise"] == "5.2")["misconception"] == expected


def grade(folder: Path, *options: str) -> int:
    return cli.main(["grade", str(folder), *options])


def test_the_layouts_duplicates_names_and_what_is_no_file(tmp_path: Path) -> None:
    """Marked twice, on one core and on two: the same bytes."""
    pile = tmp_path / "pile"
    script, formula, turned = "<script>alert(1)<&", "=HYPERLINK(1)", "a\u202eb"
    places = [
        f"{script}/05_x.ipynb",
        f"{formula}/lesson/05_x.ipynb",
        f"{turned}/05_x.ipynb",
        "cy/a.ipynb",
        "cy/b.ipynb",
    ]
    for place in places:
        (pile / place).parent.mkdir(parents=True, exist_ok=True)
        (pile / place).write_text(notebook(WRONG if place.startswith("<") else RIGHT, f"'{place}'"))
    (pile / "cy/copy.ipynb").write_bytes((pile / "cy/a.ipynb").read_bytes())
    (pile / "dan").mkdir()
    (pile / "dan/answers.txt").write_text("6")
    (pile / "eve.ipynb").mkdir()
    (pile / "link.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    (pile / "cy/link").symlink_to(tmp_path)
    (pile / "cy/.ipynb_checkpoints").mkdir()
    (pile / "cy/.ipynb_checkpoints/a.ipynb").write_text("{")
    os.mkfifo(pile / "cy/pipe.ipynb")
    (pile / "01_measure_a_slope.ipynb").write_text(notebook("1"))
    written = []
    for jobs in "12":
        out, page = tmp_path / f"{jobs}.csv", tmp_path / f"{jobs}.html"
        assert grade(pile, "--jobs", jobs, "--csv", str(out), "--html", str(page), "--points", "5.2=2.5") == 1
        written.append((out.read_bytes(), page.read_bytes()))
    assert written[0] == written[1]
    rows = list(csv.reader(written[0][0].decode().splitlines()))[1:]
    said = {(row[1], row[4]): row for row in rows if row[2] in ("", "5.2")}
    assert said[f"{script}/05_x.ipynb", "wrong"][6:8] == ["0", "2.5"]
    assert said[f"'{formula}/lesson/05_x.ipynb", "solved"][6:8] == ["2.5", "2.5"]
    assert said["a\\u202eb/05_x.ipynb", "solved"][0] == "a\\u202eb"
    reasons = [(row[1], row[8]) for row in rows if row[4] in ("note", "not marked")]
    assert reasons == [
        ("cy/a.ipynb", "the same file, byte for byte, as cy/copy.ipynb"),
        ("cy/a.ipynb", "cy handed in lesson 5 also as cy/b.ipynb, cy/copy.ipynb"),
        ("cy/b.ipynb", "cy handed in lesson 5 also as cy/a.ipynb, cy/copy.ipynb"),
        ("cy/copy.ipynb", "the same file, byte for byte, as cy/a.ipynb"),
        ("cy/copy.ipynb", "cy handed in lesson 5 also as cy/a.ipynb, cy/b.ipynb"),
        ("cy/link", "a symbolic link, which is not followed: hand in the file itself"),
        ("cy/pipe.ipynb", "not a file"),
        ("dan", "there is no notebook in this folder"),
        ("eve.ipynb", "there is no notebook in this folder"),
        ("link.ipynb", "a symbolic link, which is not followed: hand in the file itself"),
    ]
    # The name of the file says which exercises should be there.
    assert [row[2:5:2] for row in rows if row[1].startswith("01")] == [[f"1.{n}", "not there"] for n in (1, 2, 3)]
    page_text = written[0][1].decode()
    assert "<script" not in page_text
    assert "&lt;script&gt;alert(1)&lt;&amp;" in page_text
    assert exercises.get("5.2").misconceptions[said[f"{script}/05_x.ipynb", "wrong"][5]] in page_text.replace(
        "&#x27;", "'"
    )


def test_a_course_of_nbgrader(tmp_path: Path) -> None:
    place = tmp_path / "submitted/ada/lesson_05/05_read_computation_graphs.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text("{}")
    (tmp_path / "source").mkdir()
    (one,) = submissions(tmp_path, 100)
    assert (one.learner, one.file, one.problem) == ("ada", "ada/lesson_05/05_read_computation_graphs.ipynb", "")
    assert one.lessons == (5,)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--jobs", "0"], "--jobs 0: give a number above 0"),
        (["--cell-seconds", "nan"], "--cell-seconds nan: give a number above 0"),
        (["--memory", "-1"], "--memory -1: give a number above 0"),
        (["--points", "5.2"], "write an exercise and its points, such as 5.3=2"),
        (["--points", "99.1=2"], "the course has no such exercise"),
        (["--points", "5.2=-1"], "or that is no number of points"),
        ([], "has no notebook in it"),
    ],
)
def test_what_can_not_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert grade(tmp_path, *options) == 2
    assert said in capsys.readouterr().err
    assert grade(tmp_path / "none", *options) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_marks_that_can_not_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pile/ada").mkdir(parents=True)
    assert grade(tmp_path / "pile", "--csv", str(tmp_path / "no/such.csv")) == 2
    assert "can't be written" in capsys.readouterr().err


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(start: str) -> None:
    text = as_csv([Row(f"{start}1", "f", "", "", "note", "", "", "", f"{start}2")])
    (row,) = list(csv.reader(text.splitlines()))[1:]
    assert (row[0], row[8]) == (f"'{start}1", f"'{start}2")


def test_names_and_messages_that_would_not_print() -> None:
    assert printable(os.fsdecode(b"\xffa\n")) == "\\udcffa\\n"
    assert tidied("\x1b[2J \ud800 \u202e") == "\\x1b[2J \\ud800 \\u202e"
    assert tidied("at 0x7f00deadbeef in /tmp/a/b\n\tc", "/tmp/a") == "at 0x... in ./b c"
    assert len(tidied("x" * 1000)) == 300
    (row,) = rows_of(Submission("a", "a", Path("a")), Marked(), {})
    assert (row.mark, row.reason) == ("not marked", "no exercise in it: no @exercise(...) and no answer(...)")
