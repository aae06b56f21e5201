"""A lesson's source becomes two notebooks in which every byte has a reason."""

from __future__ import annotations

from dataclasses import dataclass

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autodiff_lessons.course import editions
from autodiff_lessons.course.editions import SourceError, first_difference, learner_edition, solution_edition, tidied
from autodiff_lessons.course.exercise_cells import exercise_ids

HEADER = "---\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n"


def code(text: str, *options: str) -> str:
    return "\n".join(
        ["```{code-cell} ipython3", *(f":{option}" for option in options), *("",) * bool(options), text, "```\n\n"]
    )


def ids(source: str) -> list[str]:
    return [cell.id for cell in learner_edition(HEADER + source).cells]


def ran(*outputs: nbformat.NotebookNode, source: str = "1 + 1") -> nbformat.NotebookNode:
    """A notebook as an execution leaves it, with all that a second execution would change."""
    cell = new_code_cell(
        source, outputs=list(outputs), execution_count=7, metadata={"execution": {"iopub.status.busy": "10:00"}}
    )
    return new_notebook(
        cells=[cell], metadata={"widgets": {"state": 1}, "language_info": {"name": "python", "version": "3.11.7"}}
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('@exercise("5.4")\ndef f(x): ...', ["5.4"]),
        ('@autodiff_lessons.exercise("5.4")\ndef f(x): ...', ["5.4"]),
        ('result = answer("5.2", x1=...)', ["5.2"]),
        ('answer("5.2", x1=6)\nanswer("5.2", x1=7)\nanswer("5.1")', ["5.2", "5.2", "5.1"]),
        ('%%time\nanswer("5.2", x1=6)', ["5.2"]),
        ('!ls\nanswer("5.2", x1=6)', ["5.2"]),
        ('answer("5.2", x1=(6)', ["5.2"]),
        ('@exercise("5.4")\ndef f(x:\n    return', ["5.4"]),
        ('# answer("5.2")', []),
        ("hint('5.2'); print('answer(\"5.2\")')", []),
        ('%%bash\nanswer("5.2")', []),
        ("exercise('5.4')", []),
        ("answer(\n    ' 5.1 ',\n    x=(1,\n)", ["5.1"]),
        ("@exercise('5.4')\nclass Square: ...", ["5.4"]),
        ("answer(name)", []),
        ("(" * 5000, []),
        ("\0", []),
    ],
)
def test_an_exercise_is_found_by_reading_the_cell(source: str, found: list[str]) -> None:
    assert exercise_ids(source) == found


def test_inserting_a_cell_renames_no_other() -> None:
    before = ids("one\n\n+++\n\ntwo\n\n" + code("x = 1") + code('answer("5.2", x1=...)'))
    after = ids("one\n\n+++\n\nnew\n\n+++\n\ntwo\n\n" + code("y = 2") + code("x = 1") + code('answer("5.2", x1=...)'))
    assert [name for name in after if name in before] == before
    assert len(after) == len(before) + 2


def test_ids_are_unique_and_say_what_they_can() -> None:
    found = ids(code("x = 1") + code("x = 1") + code("y", "id: tangent") + code('@exercise("5.4")\ndef f(x): ...'))
    assert found[1] == found[0] + "-2"
    assert found[2:] == ["tangent", "exercise-5-4"]


@pytest.mark.parametrize(
    "source",
    [
        code("x", "id: a") + code("y", "id: a"),
        code('answer("5.2", x1=...)') + code('answer("5.2", x2=...)'),
        code('answer("5.2", x1=...)\nanswer("5.3", x1=...)'),
    ],
    ids=["an id twice", "an exercise twice", "two exercises in a cell"],
)
def test_a_source_that_is_ambiguous_is_refused(source: str) -> None:
    with pytest.raises(SourceError, match=r"answer|id 'a'"):
        ids(source)


def test_only_tags_stay_of_a_sources_metadata() -> None:
    notebook = learner_edition(
        HEADER + code("x = 1", "tags: [hide-input]", "id: tangent", "jupyter: {source_hidden: true}")
    )
    assert notebook.metadata == editions.METADATA
    assert notebook.cells[0].metadata == {"tags": ["hide-input"]}
    assert "version" not in notebook.metadata.language_info


def test_the_solution_edition_puts_the_reference_in_the_stubs_place(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Solved:
        id: str

        def solution_source(self, stub: str) -> str:
            return stub.replace("...", f"solved {self.id}")

    monkeypatch.setattr(editions.exercises, "get", Solved)
    learner = learner_edition(HEADER + code("print(...)") + code('answer("5.2", x1=...)') + "answer\n")
    solved = solution_edition(learner)
    assert [cell.source for cell in solved.cells] == ["print(...)", 'answer("5.2", x1=solved 5.2)', "answer"]
    assert [cell.id for cell in solved.cells] == [cell.id for cell in learner.cells]
    assert "solved" not in str(learner)


def test_what_an_execution_leaves_by_accident_is_tidied() -> None:
    executed = ran(
        new_output("stream", name="stdout", text="a"),
        new_output("stream", name="stdout", text="b\n"),
        new_output(
            "display_data", data={editions.WIDGET_VIEW: {"model_id": "f3"}, "image/png": "AAAA", "text/plain": "view"}
        ),
        new_output("stream", name="stdout", text="c"),
        new_output("execute_result", data={"text/plain": "2"}, execution_count=7),
    )
    notebook = tidied(executed)
    (cell,) = notebook.cells
    assert notebook.metadata == editions.METADATA
    assert cell.metadata == {"slideshow": {"slide_type": "subslide"}}, "a picture begins a slide"
    assert cell.execution_count == 1
    assert [output.output_type for output in cell.outputs] == ["stream", "display_data", "stream", "execute_result"]
    assert cell.outputs[0].text == "ab\n"
    assert set(cell.outputs[1].data) == {"image/png", "text/plain"}
    assert cell.outputs[3].execution_count == 1
    assert tidied(notebook) == notebook


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (new_output("display_data", data={"text/plain": "<View at 0x7f0011223344>"}), "0x7f0011223344"),
        (new_output("stream", name="stdout", text="/tmp/ipykernel_4/12.py"), "changes from run to run"),
        (new_output("display_data", data={"text/html": "<b>/home/ada/x.py</b>"}), "/home/ada"),
        (new_output("stream", name="stderr", text="DeprecationWarning"), "warned"),
        (new_output("error", ename="NameError", evalue="x", traceback=[]), "raised NameError"),
    ],
)
def test_an_output_that_would_not_repeat_is_refused_with_its_cell(output: nbformat.NotebookNode, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as refusal:
        tidied(ran(output, source="look_at_me"))
    assert "look_at_me" in str(refusal.value)


@pytest.mark.parametrize("status", ["not attempted", "correct"])
def test_an_exercise_that_does_not_say_what_its_edition_promises_is_refused(status: str) -> None:
    said = new_output("display_data", data={"text/html": f'<div data-exercise="5.2" data-status="{status}">'})
    notebook = ran(said, source='answer("5.2", x1=...)')
    editions.refuse_unless(status, notebook)
    for other in {"not attempted", "incorrect", "correct"} - {status}:
        with pytest.raises(SourceError, match=r"exercise 5\.2 is not"):
            editions.refuse_unless(other, notebook)
    with pytest.raises(SourceError, match=r"exercise 5\.2 is not"):
        editions.refuse_unless(status, ran(source='answer("5.2", x1=...)'))


def changed(change: str) -> tuple[nbformat.NotebookNode, nbformat.NotebookNode]:
    old = new_notebook(
        cells=[
            new_markdown_cell("text", id="a"),
            new_code_cell(
                "x",
                id="b",
                execution_count=1,
                outputs=[new_output("display_data", data={"image/png": "AAAA", "text/plain": "1"})],
            ),
        ]
    )
    new = nbformat.from_dict(old)
    exec(change, {"nb": new, "cell": new.cells[1], "new_output": new_output, "new_code_cell": new_code_cell})
    return old, new


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("cell.source = 'y'", "cell 2 (b), its source"),
        ("cell.id = 'c'", "cell 2 (c), its id"),
        ("cell.metadata.tags = ['t']", "cell 2 (b), its metadata"),
        ("cell.execution_count = 2", "cell 2 (b), its execution_count"),
        ("cell.outputs[0].data['text/plain'] = '2'", "cell 2 (b), its outputs"),
        ("del cell.outputs[0].data['image/png']", "cell 2 (b), its outputs"),
        ("cell.outputs.append(new_output('stream', text='x'))", "cell 2 (b), its outputs"),
        ("nb.cells.append(new_code_cell('x', id='z'))", "cell 3 (z), which one side lacks"),
        ("del nb.cells[1]", "cell 2 (b), which one side lacks"),
        ("nb.metadata.widgets = {}", "the notebook's metadata"),
        ("nb.nbformat_minor = 4", "the notebook's nbformat_minor"),
    ],
)
def test_the_first_difference_is_named(change: str, where: str) -> None:
    difference = first_difference(*changed(change))
    assert difference is not None
    assert difference.where == where
    assert difference.committed != difference.built


@pytest.mark.parametrize("change", ["pass", "cell.outputs[0].data['image/png'] = 'BBBB'"])
def test_the_bytes_of_a_bitmap_are_no_difference(change: str) -> None:
    assert first_difference(*changed(change)) is None
