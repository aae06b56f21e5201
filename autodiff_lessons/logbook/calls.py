"""What a learner writes in a notebook about their own progress: progress, export_progress, import_progress."""

from __future__ import annotations

from typing import Any

from autodiff_lessons.errors import ProgressError
from autodiff_lessons.exercises import attempts
from autodiff_lessons.exercises.outcome import Note, show
from autodiff_lessons.logbook import code
from autodiff_lessons.logbook.display import ProgressTable
from autodiff_lessons.logbook.keeping import KEEPER
from autodiff_lessons.logbook.state import progress_of
from autodiff_lessons.logbook.store import progress_file

NOT_KEPT = (
    "This is kept until the kernel ends. Open the course with `autodiff-lessons lab` to keep it, or take it along with "
    "export_progress()."
)
_NO_TEXT: Any = object()


def progress() -> ProgressTable:
    """Show what is solved, tried and open, the minutes that are left, and what to do next."""
    events, problem = KEEPER.events()
    where = "" if progress_file() is not None else NOT_KEPT
    return ProgressTable(progress_of(events), problem or where)


def export_progress() -> None:
    """Show your progress as a short text, to bring it along to another place with `import_progress(...)`."""
    text = code.exported(progress_of(KEEPER.events()[0]))
    how = "Keep this line. On your next visit, run it in a cell."
    show(Note("Your progress as a text", how, f'import_progress("{text}")'))


def import_progress(text: Any = _NO_TEXT, /) -> None:
    """Add the progress of a text that `export_progress()` showed; what you have solved here stays solved."""
    if not isinstance(text, str):
        show(Note("Which text?", 'Write the text in quotes: `import_progress("AD1-...")`'))
        return
    try:
        states = code.imported(text)
    except ProgressError as error:
        show(Note("Nothing was imported", str(error)))
        return
    new = add(states)
    solved = sum(state == "solved" for state in states.values())
    told = f"The text says {solved} solved and {len(states) - solved} tried; {new} of these are new here."
    show(Note("Your progress was imported", told))


def add(states: dict[str, str]) -> int:
    """Write down imported states that go beyond what is known here; how many there were."""
    known = {one.id: one.state for one in progress_of(KEEPER.events()[0]).exercises}
    new = {name: state for name, state in states.items() if known.get(name) not in (state, "solved")}
    for name, state in new.items():
        KEEPER.add(name, "imported", "correct" if state == "solved" else "incorrect")
        attempts.forget_session(name)
    return len(new)
