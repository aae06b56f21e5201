"""What a learner's own check does in a class: it is told, it says so, the learner can say no, and code never leaves."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from class_events import event

from autodiff_lessons import answer, exercise, share_with_class
from autodiff_lessons.classroom import delivery, sender, sharing
from autodiff_lessons.classroom.delivery import HubDelivery, TryLater
from autodiff_lessons.classroom.event import read
from autodiff_lessons.classroom.live.folder import FolderEvents
from autodiff_lessons.errors import ClassError
from autodiff_lessons.exercises import attempts, get
from autodiff_lessons.logbook.outbox import Outbox
from autodiff_lessons.logbook.state import progress_of
from autodiff_lessons.logbook.store import Store


@pytest.fixture(autouse=True)
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A learner's folder, no class, and a new session."""
    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", str(tmp_path / "home" / "progress.sqlite3"))
    monkeypatch.delenv(sharing.VARIABLE, raising=False)
    monkeypatch.delenv(sharing.HUB_USER, raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    attempts.begin_session()
    yield
    attempts.begin_session()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class over this folder, whose learner is called ada."""
    shared = tmp_path / "class"
    shared.mkdir()
    monkeypatch.setenv(sharing.VARIABLE, str(shared))
    return shared


def wrong() -> None:
    answer("5.2", x1=6, x2=7, loss=-3)


def untouched() -> None:
    answer("5.2", x1=..., x2=..., loss=...)


def right() -> None:
    exec(get("5.2").solution, {"answer": answer})


def wait_for(true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while not (found := true()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "home" / "progress.sqlite3")


def nothing_waits(tmp_path: Path) -> bool:
    return not outbox(tmp_path).waiting(1)


def test_each_check_is_told_once_with_its_outcome(folder: Path, tmp_path: Path) -> None:
    for check in (untouched, wrong, untouched, right, right):
        check()
    wait_for(lambda: nothing_waits(tmp_path))
    found = FolderEvents(folder).new()
    assert [(who, one.exercise, one.outcome, one.attempt) for who, one in found] == [
        ("ada", "5.2", "not attempted", 0),
        ("ada", "5.2", "incorrect", 1),
        ("ada", "5.2", "not attempted", 1),
        ("ada", "5.2", "correct", 2),
        ("ada", "5.2", "correct", 3),
    ]
    assert [one.misconception for _, one in found] == ["", "no-absolute-value", "", "", ""]
    progress = next(one for one in progress_of(Store(outbox(tmp_path).path).events()).exercises if one.id == "5.2")
    assert (progress.tries, progress.solved) == (3, True)  # as without a class


def test_no_code_leaves(folder: Path, tmp_path: Path) -> None:
    @exercise("5.4")
    def my_secret_name(x: float, w: float) -> tuple[float, float]:
        """my secret thought"""
        print("my secret words")
        return 123.456, 0.0

    wait_for(lambda: nothing_waits(tmp_path))
    ((_, one),) = FolderEvents(folder).new()
    assert one.outcome == "incorrect"
    (file,) = folder.iterdir()
    assert "secret" not in file.read_text()
    assert "123.456" not in file.read_text()


def test_a_learner_is_told_once_a_session_and_how_to_say_no(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong()
    said = capsys.readouterr().out
    assert "under the name ada; never your code. `share_with_class(False)` switches it off." in said
    wrong()
    assert "Your class" not in capsys.readouterr().out
    attempts.begin_session()
    wrong()
    assert "share_with_class(False)" in capsys.readouterr().out


def test_no_is_remembered_and_what_waits_is_forgotten(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.rename(tmp_path / "away")
    wrong()
    assert len(outbox(tmp_path).waiting(5)) == 1
    share_with_class(False)
    assert "Nothing more is sent. What was still waiting to be sent was forgotten. This is remembered." in (
        capsys.readouterr().out
    )
    (tmp_path / "away").rename(folder)
    for _ in range(2):
        wrong()
        attempts.begin_session()
    assert "Your class" not in capsys.readouterr().out
    assert nothing_waits(tmp_path)
    assert len(Store(outbox(tmp_path).path).events()) == 3  # the learner's own progress goes on
    share_with_class(True)
    assert "never your code. This is remembered." in capsys.readouterr().out
    right()
    wait_for(lambda: [one.outcome for _, one in FolderEvents(folder).new()] == ["correct"])


@pytest.mark.parametrize("value", ["", "off", "  "])
def test_outside_a_class_nothing_is_sent_and_nothing_said(
    monkeypatch: pytest.MonkeyPatch, value: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(sharing.VARIABLE, value)
    monkeypatch.setattr(sender, "wake", lambda: pytest.fail("nobody is to be told"))
    untouched()
    wrong()
    assert "Your class" not in capsys.readouterr().out
    assert nothing_waits(tmp_path)
    assert len(Store(outbox(tmp_path).path).events()) == 1
    share_with_class()
    assert "This course was opened outside a class" in capsys.readouterr().out
    assert not (tmp_path / "home" / "class.json").exists()


@pytest.mark.parametrize(
    ("arguments", "names", "said"),
    [
        (["no"], {}, "Write `share_with_class(True)` or `share_with_class(False)`."),
        ([0], {}, "Write `share_with_class(True)`"),
        ([None], {}, "Write `share_with_class(True)`"),
        ([], {"name": ""}, "Write it in quotes, in at most 60 letters"),
        ([], {"name": "  "}, "Write it in quotes"),
        ([], {"name": "x" * 61}, "Write it in quotes"),
        ([], {"name": 7}, "Write it in quotes"),
    ],
)
def test_what_can_t_be_meant_changes_nothing(
    folder: Path, arguments: list[Any], names: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    share_with_class(*arguments, **names)
    assert said in capsys.readouterr().out
    assert sharing.is_on()
    assert sharing.name() == "ada"


def test_a_name_is_chosen_in_a_folder_and_given_by_a_hub(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    share_with_class(name=" Ada L. ")
    assert "under the name Ada L.;" in capsys.readouterr().out
    right()
    assert [who for who, _ in wait_for(FolderEvents(folder).new)] == ["Ada L."]
    monkeypatch.setenv(sharing.VARIABLE, "http://127.0.0.1:9/services/class/")
    monkeypatch.setenv(sharing.HUB_USER, "grace")
    share_with_class(name="someone else")
    assert "The hub gives the class view the name" in capsys.readouterr().out
    share_with_class()
    assert "under the name grace;" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{", "[]", '{"share": 1, "name": 7}', "\udcff"])
def test_a_damaged_choice_is_no_choice(folder: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "class.json").write_bytes(content.encode(errors="surrogateescape"))
    assert sharing.is_on() == (content != '{"share": 1, "name": 7}')  # whoever wrote something else than yes meant no
    assert sharing.name() == "ada"
    share_with_class(True)
    assert sharing.is_on()


def test_a_choice_that_can_t_be_kept_holds_for_the_session(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTODIFF_LESSONS_PROGRESS", "off")
    share_with_class(False)
    assert "This holds until the kernel ends." in capsys.readouterr().out
    assert not sharing.is_on()
    attempts.begin_session()
    assert sharing.is_on()


# It forks when its own thread has sent all: a lock that a thread holds at a fork is never released in the child.
KERNEL = """
import os, time
from autodiff_lessons import answer
from autodiff_lessons.logbook.outbox import SenderOutbox
from autodiff_lessons.logbook.store import progress_file

def wait_until_sent():
    while SenderOutbox(progress_file()).waiting(1):
        time.sleep(0.01)
    time.sleep(0.2)

answer("5.2", x1=6, x2=7, loss=-3)
wait_until_sent()
child = os.fork()
if not child:
    answer("5.2", x1=1, x2=6, loss=-3)
    wait_until_sent()
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no such children")
def test_a_child_of_a_kernel_sends_too(folder: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KERNEL], check=True, timeout=60, capture_output=True)
    assert [one.attempt for _, one in FolderEvents(folder).new()] == [1, 2]


class Service(ThreadingHTTPServer):
    """Answers as it is told, and remembers what it was asked."""

    daemon_threads = True
    answers: list[tuple[int, dict[str, str]]]
    asked: list[tuple[str, str, Any]]


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        code, headers = self.server.answers.pop(0) if self.server.answers else (200, {})
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), _Handler)
    server.answers, server.asked = [], []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address_of(service: Service) -> str:
    return f"http://127.0.0.1:{service.server_port}/services/class/"


def test_a_hub_s_service_gets_the_events_and_the_token(service: Service) -> None:
    two = [event(), event(attempt=2)]
    HubDelivery(address_of(service), "secret").deliver(two)
    ((path, token, body),) = service.asked
    assert (path, token) == ("/services/class/events", "token secret")
    assert [read(one) for one in body["events"]] == two


@pytest.mark.parametrize(
    ("code", "headers", "error"),
    [
        (429, {"Retry-After": "7"}, "asks to wait 7 seconds"),
        (429, {"Retry-After": "soon"}, "asks to wait 1 seconds"),
        (429, {}, "asks to wait 1 seconds"),
        (403, {}, "answered 403 Forbidden"),
        (400, {}, "answered 400 Bad Request"),
        (503, {}, "answered 503"),
        (201, {}, "answered 201"),
        (302, {"Location": "http://127.0.0.1:9/elsewhere"}, "answered 302"),  # the token goes nowhere else
    ],
)
def test_any_other_answer_is_no_arrival(service: Service, code: int, headers: dict[str, str], error: str) -> None:
    service.answers.append((code, headers))
    sink = HubDelivery(address_of(service), "secret")
    with pytest.raises(ClassError, match=error) as caught:
        sink.deliver([event()])
    assert isinstance(caught.value, TryLater) == (code == 429)
    sink.deliver([event()])
    assert len(service.asked) == 2


def test_a_check_reaches_the_hub_with_the_learner_s_own_token(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sender, "FIRST_PAUSE", 0.01)
    monkeypatch.setenv(sharing.VARIABLE, address_of(service))
    monkeypatch.setenv(sharing.HUB_TOKEN, "ada's own")
    service.answers += [(503, {}), (403, {}), (429, {"Retry-After": "0"})]
    wrong()
    wait_for(lambda: nothing_waits(tmp_path))
    assert [token for _, token, _ in service.asked] == ["token ada's own"] * 4
    assert len({json.dumps(body) for _, _, body in service.asked}) == 1  # four tries of one event


def test_a_service_that_says_nothing_is_given_up_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        HubDelivery(f"http://127.0.0.1:{silent.getsockname()[1]}/", "secret").deliver([event()])
