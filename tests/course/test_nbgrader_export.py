"""The lessons in nbgrader itself: generated, released, autograded and reported on, for three made-up learners."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autodiff_lessons import cli, exercises
from autodiff_lessons.course.exercise_cells import exercise_ids
from autodiff_lessons.course.lessons import lessons
from autodiff_lessons.course.workcopy import learner_notebooks
from autodiff_lessons.errors import NotCorrectError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nbgrader's exchange needs the permissions of Unix")

ASSIGNMENT, LESSON = "lesson_05", "05_read_computation_graphs.ipynb"
WRONG_5_2 = {"x1": 6, "x2": 7, "loss": -3}
ONLY_FOR_THE_TEST = "\nc.Exchange.root = {exchange!r}\nc.Execute.timeout = 10\n"


class Course:
    """A folder of nbgrader, and the real nbgrader in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder.parent / "exchange").mkdir(mode=0o777)
        (folder.parent / "exchange").chmod(0o777)
        assert cli.main(["nbgrader", str(folder), "--points", "5.4=3"]) == 0
        with (folder / "nbgrader_config.py").open("a") as config:
            config.write(ONLY_FOR_THE_TEST.format(exchange=str(folder.parent / "exchange")))

    def run(self, *words: str) -> None:
        self.python("-m", "nbgrader", *words)

    def python(self, *words: str) -> None:
        # nbgrader calls alembic by its name
        alembic = next(Path(str(one.locate())) for one in distribution("alembic").files or [] if one.name == "alembic")
        path = f"{alembic.resolve().parent}{os.pathsep}{os.environ['PATH']}"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AUTODIFF")}
        finished = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=kept | {"PATH": path, "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr

    def submit(self, learner: str, cells: dict[str, str | None]) -> None:
        """Hand in the released lesson with other sources for its exercises; None deletes the cell."""
        notebook = self.released
        for cell in list(notebook.cells):
            for name in exercise_ids(cell.source) if cell.cell_type == "code" else []:
                new = cells.get(name, cell.source)
                if new is None:
                    notebook.cells.remove(cell)
                else:
                    cell.source = new
        place = self.folder / "submitted" / learner / ASSIGNMENT / LESSON
        place.parent.mkdir(parents=True)
        nbformat.write(notebook, place)

    @property
    def released(self) -> NotebookNode:
        return nbformat.read(self.folder / "release" / ASSIGNMENT / LESSON, as_version=4)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Everything that nbgrader does with an assignment, once."""
    made = Course(tmp_path_factory.mktemp("nbgrader") / "course")
    made.run("generate_assignment", ASSIGNMENT)
    made.run("release_assignment", ASSIGNMENT)
    solved = {name: exercises.get(name).solution for name in ("5.1", "5.2", "5.3", "5.4")}
    wrong = f'answer("5.2", **{WRONG_5_2})'
    made.submit("ada", solved)
    made.submit("bob", {"5.1": solved["5.1"], "5.2": wrong, "5.4": solved["5.4"]})
    made.submit(
        "cy", {"5.1": None, "5.2": "while True:\n    pass", "5.3": solved["5.3"].rstrip()[:-1], "5.4": solved["5.4"]}
    )
    made.run("autograde", ASSIGNMENT, "--create")
    made.run("generate_feedback", ASSIGNMENT)
    made.run("export", "--to", "grades.csv")
    return made


def test_what_is_released_is_the_lesson_with_its_stubs(course: Course) -> None:
    lesson = nbformat.reads(learner_notebooks()[LESSON].decode(), as_version=4)
    released = course.released
    points = [cell for cell in released.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [cell.source for cell in points] == [
        f"# The points of exercise 5.{n} are given here, after you hand the lesson in." for n in (1, 2, 3, 4)
    ]
    rest = [cell for cell in released.cells if cell not in points]
    assert [cell.source.rstrip("\n") for cell in rest] == [cell.source for cell in lesson.cells]
    assert (course.folder.parent / "exchange/autodiff-lessons/outbound" / ASSIGNMENT / LESSON).is_file()


def test_the_points(course: Course) -> None:
    rows = list(csv.DictReader((course.folder / "grades.csv").read_text().splitlines()))
    got = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}
    # 5.4 is worth 3; bob has 5.2 wrong and 5.3 open; cy has deleted 5.1, looped in 5.2 and left a bracket out in 5.3.
    assert got == {"ada": (6, 6), "bob": (4, 6), "cy": (3, 6)}


@pytest.mark.parametrize(
    ("learner", "name", "said"),
    [
        ("bob", "5.2", exercises.get("5.2").check(WRONG_5_2).message),
        ("bob", "5.3", "not attempted."),
        ("cy", "5.1", "its cell did not run, or stopped before its check"),
        ("cy", "5.2", "its cell did not run, or stopped before its check"),
        ("cy", "5.3", "its cell did not run, or stopped before its check"),
    ],
)
def test_the_sentence_that_helps_stands_where_the_points_are_missing(
    course: Course, learner: str, name: str, said: str
) -> None:
    graded = nbformat.read(course.folder / "autograded" / learner / ASSIGNMENT / LESSON, as_version=4)
    cell = next(one for one in graded.cells if f'require_correct("{name}")' in one.source)
    (error,) = [output for output in cell.outputs if output.output_type == "error"]
    assert error.ename == "NotCorrectError"
    assert error.evalue.startswith(name)
    assert said.splitlines()[-1] in error.evalue


def test_the_learner_can_read_it_in_the_feedback(course: Course) -> None:
    page = (course.folder / "feedback/bob" / ASSIGNMENT / LESSON.replace("ipynb", "html")).read_text()
    assert "NotCorrectError" in page
    assert "(Score: 4.0 / 6.0)" in page


def test_grading_without_nbgrader_gives_the_same_marks(course: Course, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    options = ["--points", "5.4=3", "--cell-seconds", "10"]
    assert cli.main(["grade", str(course.folder), "--csv", str(out), *options]) == 0
    sums: dict[str, float] = {}
    for row in csv.DictReader(out.read_text().splitlines()):
        sums[row["learner"]] = sums.get(row["learner"], 0) + float(row["points"] or 0)
    assert sums == {"ada": 6, "bob": 4, "cy": 3}


def test_nbgrader_takes_every_lesson(course: Course) -> None:
    code = (
        "import sys\nfrom nbgrader.apps import NbGraderApp\nfrom nbgrader.apps.api import NbGraderAPI\n"
        "app = NbGraderApp.instance()\napp.initialize([])\napi = NbGraderAPI(config=app.config)\n"
        "for name in sys.argv[1:]:\n    assert api.generate_assignment(name)['success'], name\n"
    )
    names = [f"lesson_{one.number:02}" for one in lessons() if f"lesson_{one.number:02}" != ASSIGNMENT]
    course.python("-c", code, *names)
    for lesson in lessons():
        notebook = nbformat.read(course.folder / f"release/lesson_{lesson.number:02}" / lesson.file, as_version=4)
        wanted = [one.id for one in exercises.all_exercises() if one.lesson == lesson.number]
        asked = [name for cell in notebook.cells if cell.cell_type == "code" for name in exercise_ids(cell.source)]
        assert asked == wanted


def test_nothing_that_is_there_is_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["nbgrader", str(tmp_path)]) == 0
    assert cli.main(["nbgrader", str(tmp_path)]) == 0
    (tmp_path / "nbgrader_config.py").write_text("mine")
    capsys.readouterr()
    assert cli.main(["nbgrader", str(tmp_path)]) == 2
    assert "is there already, and would be changed" in capsys.readouterr().err
    assert (tmp_path / "nbgrader_config.py").read_text() == "mine"
    (tmp_path / "file").touch()
    assert cli.main(["nbgrader", str(tmp_path / "file")]) == 2
    assert "can't be written" in capsys.readouterr().err


def test_points_need_a_correct_answer() -> None:
    exercises.forget("5.2")
    with pytest.raises(NotCorrectError, match="did not run"):
        exercises.require_correct("5.2")
    exercises.answer("5.2", **WRONG_5_2)
    with pytest.raises(NotCorrectError, match=r"5\.2 .*: incorrect"):
        exercises.require_correct("5.2")
    exercises.answer("5.2", x1=6, x2=7, loss=3)
    exercises.require_correct("5.2")
    exercises.forget("5.2")
