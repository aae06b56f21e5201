"""Whether a learner's checks are told to a class view; the learner sees that they are, and can say no.

The class is named by an environment variable that the hub sets: the address of its service, or a shared folder. What
the learner chose is kept in the learner's own folder.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
from pathlib import Path
from typing import Any

from autodiff_lessons.exercises.outcome import Note, show
from autodiff_lessons.logbook.store import progress_file

VARIABLE = "AUTODIFF_LESSONS_CLASS"
HUB_TOKEN, HUB_USER = "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_USER"
LONGEST_NAME = 60
_CHOICES = "class.json"
_UNSAID: Any = object()

_session: dict[str, Any] = {}  # what was chosen where there is no folder, and whether the learner was told


def address() -> str:
    """The class view's address or folder; "" where this learner is in no class."""
    asked = os.environ.get(VARIABLE, "").strip()
    return "" if asked == "off" else asked


def is_hub(address: str) -> bool:
    """Whether the address is a hub's service; else it is a folder."""
    return address.startswith(("http://", "https://"))


def is_on() -> bool:
    """Whether checks are told to a class: there is one, and the learner has not switched it off."""
    return bool(address()) and _choices().get("share", True) is True


def name() -> str:
    """The name under which a shared folder's class view shows this learner (a hub knows its users itself)."""
    chosen = _choices().get("name")
    if isinstance(chosen, str) and chosen:
        return chosen[:LONGEST_NAME]
    with contextlib.suppress(OSError, KeyError):
        return getpass.getuser()[:LONGEST_NAME]
    return "someone"


def begin_session() -> None:
    """As after a restart of the kernel."""
    _session.clear()


def send() -> None:
    """Send what waits, in the background; say once a session what is sent, and how to switch it off."""
    from autodiff_lessons.classroom import sender  # noqa: PLC0415  (only those who are in a class need it)

    sender.wake()
    if not _session.get("told"):
        _session["told"] = True
        show(Note("Your class", f"{_what_is_sent()} `share_with_class(False)` switches it off."))


def share_with_class(on: Any = True, /, *, name: Any = _UNSAID) -> None:
    """Tell the class's instructors the outcomes of your checks, or stop: `share_with_class(False)`. It is remembered.

    Where the class is a shared folder, `share_with_class(name="Ada")` says under which name you are shown there.
    """
    if not isinstance(on, bool):
        show(Note("Share or not?", "Write `share_with_class(True)` or `share_with_class(False)`."))
        return
    if not address():
        show(Note("Your class", "This course was opened outside a class: nothing is sent to anyone."))
        return
    choices = {**_choices(), "share": on}
    if name is not _UNSAID:
        if is_hub(address()):
            show(Note("Your name", "The hub gives the class view the name with which you logged in."))
            return
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            show(Note("Which name?", f'Write it in quotes, in at most {LONGEST_NAME} letters: `name="Ada"`.'))
            return
        choices["name"] = name.strip()
    kept = _keep(choices)
    if on:
        _session["told"] = True
        text = _what_is_sent()
    else:
        from autodiff_lessons.classroom import sender  # noqa: PLC0415  (only those who are in a class need it)

        forgotten = sender.forget_waiting()
        text = "Nothing more is sent." + (" What was still waiting to be sent was forgotten." if forgotten else "")
    show(Note("Your class", f"{text} {'This is remembered.' if kept else 'This holds until the kernel ends.'}"))


def _what_is_sent() -> str:
    shown_as = os.environ.get(HUB_USER, "") if is_hub(address()) else name()
    under = f", under the name {shown_as}" if shown_as else ""
    return (
        "Each check tells your instructors its time, exercise, outcome, recognised mistake and the number of your "
        f"attempt{under}; never your code."
    )


def _choices() -> dict[str, Any]:
    path = _file()
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
        if isinstance(kept, dict):
            return {**kept, **_session.get("choices", {})}
    return dict(_session.get("choices", {}))


def _keep(choices: dict[str, Any]) -> bool:
    """Write the choices down, whole or not at all; whether they will be known in the next session."""
    path = _file()
    _session["choices"] = choices
    if path is None:
        return False
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        fresh.write_text(json.dumps(choices), encoding="utf-8")
        os.replace(fresh, path)
    except OSError:
        return False
    del _session["choices"]
    return True


def _file() -> Path | None:
    progress = progress_file()
    return None if progress is None else progress.with_name(_CHOICES)
