"""A real JupyterHub with the class view: roles, tokens, limits, and nothing lost when the view and hub are killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from class_events import HOSTILE_NAMES, event
from hub_process import Hub, request, status
from playwright.sync_api import Browser, Page, expect
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from autodiff_lessons.classroom.event import MOST_AT_ONCE
from autodiff_lessons.classroom.live.limits import BUCKET
from autodiff_lessons.classroom.live.names import shown
from autodiff_lessons.classroom.live.receiving import MOST_BYTES
from autodiff_lessons.errors import UsageError

pytestmark = pytest.mark.browser

SEND, SEE = "access:services!service=class", "custom:autodiff:class-view"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    try:
        running = Hub(folder)
    except UsageError as error:
        if os.environ.get("AUTODIFF_LESSONS_BROWSER") == "required":
            raise
        pytest.skip(str(error))
    try:
        running.start()
        yield running
    finally:
        running.end()


def post(hub: Hub, token: str, *events: Any) -> tuple[int, Any]:
    return request("POST", f"{hub.view}events", token, {"events": [one.as_json() for one in events]})


def test_the_hubs_roles_decide_who_may_do_what(hub: Hub) -> None:
    tokens = {
        "a learner's": hub.token_of("ada", SEND),
        "a learner's without the service": hub.token_of("ada", "read:users:name!user"),
        "an instructor's": hub.token_of("teacher", SEND, SEE),
        "an instructor's for sending only": hub.token_of("teacher", SEND),
        "a service's": hub.token,
        "nobody's": "",
        "a made up one": "f" * 32,
        "a long one": "f" * 10_000,
        "an odd one": "é\x01",
    }
    allowed: dict[str, list[int]] = {}
    for whose, token in tokens.items():
        headers = {"Authorization": f"token {token}".encode().decode("latin-1")} if token else {}
        allowed[whose] = []
        for method, path, body in (("GET", "", None), ("GET", "state", None), ("POST", "events", b'{"events": []}')):
            made = urllib.request.Request(hub.view + path, body, headers, method=method)
            allowed[whose].append(opened(made))
    assert allowed == {
        "a learner's": [403, 403, 400],
        "a learner's without the service": [403, 403, 403],
        "an instructor's": [200, 200, 400],
        "an instructor's for sending only": [403, 403, 400],
        "a service's": [403, 403, 403],
        "nobody's": [302, 403, 403],
        "a made up one": [302, 403, 403],
        "a long one": [302, 403, 403],
        "an odd one": [400, 400, 400],
    }


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def opened(made: urllib.request.Request) -> int:
    try:
        with urllib.request.build_opener(_NoRedirect).open(made, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_a_token_that_was_taken_back_is_refused_at_once(hub: Hub) -> None:
    made = hub.api("POST", "users/ada/tokens", {"scopes": [SEND]})
    assert post(hub, made["token"], event()) == (200, {"taken": 1, "refused": 0})
    hub.api("DELETE", f"users/ada/tokens/{made['id']}")
    assert status("POST", f"{hub.view}events", made["token"], {"events": [event().as_json()]}) == 403
    seeing = hub.api("POST", "users/teacher/tokens", {"scopes": [SEND, SEE]})
    assert status("GET", f"{hub.view}state", seeing["token"]) == 200
    hub.api("DELETE", f"users/teacher/tokens/{seeing['id']}")
    assert status("GET", f"{hub.view}state", seeing["token"]) == 403


def test_an_event_is_of_whoever_the_token_says_and_of_nobody_else(hub: Hub) -> None:
    ada, bob, teacher = (
        hub.token_of(name, SEND, *([SEE] if name == "teacher" else [])) for name in ("ada", "bob", "teacher")
    )
    adas = event("5.1", "correct", time=time.time())
    assert post(hub, ada, adas)[0] == 200
    # The same id from someone else neither takes ada's event away nor gives it to bob.
    assert post(hub, bob, event("5.2", "incorrect", uid=adas.uid, time=time.time()))[0] == 200
    claims = [{**event().as_json(), "learner": "ada"}, {**event().as_json(), "name": "ada"}]
    assert request("POST", f"{hub.view}events", bob, {"events": claims, "learner": "ada"}) == (
        200, {"taken": 0, "refused": 2},
    )  # fmt: skip
    found = [row[:5] for row in hub.events() if row[1] == adas.uid]
    assert found == [("ada", adas.uid, "5.1", "correct", 1), ("bob", adas.uid, "5.2", "incorrect", 1)]
    learners: dict[str, Any] = {}

    def bob_is_there() -> bool:  # what is shown may be a second old
        state = request("GET", f"{hub.view}state", teacher)[1]
        learners.update({one["name"]: one["cells"] for one in state["learners"]})
        return "bob" in learners

    hub.wait_until(bob_is_there, 10)
    assert "5.2" not in learners["ada"]
    assert learners["bob"] == {"5.2": ["wrong", 1]}


BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "no list": b'{"events": {}}',
    "no events": b'{"events": []}',
    "too many": json.dumps({"events": [event().as_json()] * (MOST_AT_ONCE + 1)}).encode(),
    "too deep": b"[" * 60_000,
    "no text": b'{"events": ["\xff"]}',
    "a number of a million digits": b'{"events": [' + b"1" * 60_000 + b"]}",
}


@pytest.mark.parametrize("body", list(BODIES))
def test_a_body_that_is_none_is_refused(hub: Hub, body: str) -> None:
    ada = hub.token_of("ada", SEND)
    before = len(hub.events())
    assert status("POST", f"{hub.view}events", ada, BODIES[body]) == 400
    assert len(hub.events()) == before


def test_a_body_that_is_too_large_is_not_even_read(hub: Hub) -> None:
    ada = hub.token_of("ada", SEND)
    try:
        code = status("POST", f"{hub.view}events", ada, b"x" * (MOST_BYTES + 1))
    except OSError:  # it hung up while we were still sending
        code = 413
    assert code in (400, 413)
    assert post(hub, ada, event()) == (200, {"taken": 1, "refused": 0})


def test_what_is_no_event_is_let_go_and_the_rest_is_taken(hub: Hub) -> None:
    ada, good = hub.token_of("ada", SEND), event()
    odd = [None, "x" * 10_000, {**good.as_json(), "exercise": "<script>"}, {**good.as_json(), "code": "1"}]
    answer = request("POST", f"{hub.view}events", ada, {"events": [*odd, good.as_json()]})
    assert answer == (200, {"taken": 1, "refused": 4})
    assert [row[1] for row in hub.events()].count(good.uid) == 1


def test_a_learner_who_sends_too_much_waits_and_nobody_else_does(hub: Hub) -> None:
    greedy, ada = hub.token_of("greedy", SEND), hub.token_of("ada", SEND)
    full = {"events": [event().as_json() for _ in range(MOST_AT_ONCE)]}
    codes = [status("POST", f"{hub.view}events", greedy, full) for _ in range(int(BUCKET / MOST_AT_ONCE) + 2)]
    assert codes[0] == 200
    assert codes[-1] == 429
    with pytest.raises(urllib.error.HTTPError) as refused:
        request("POST", f"{hub.view}events", greedy, full)
    assert 0 < int(refused.value.headers["Retry-After"]) <= 30
    refused.value.close()
    assert post(hub, ada, event())[0] == 200
    assert len([row for row in hub.events() if row[0] == "greedy"]) == MOST_AT_ONCE  # always the same ones


CHECKS = """
import sys, time
from autodiff_lessons.exercises import attempts
from autodiff_lessons.exercises.outcome import Outcome
for number in range(int(sys.argv[1])):
    attempts.record(Outcome("5.4", "List the paths", "incorrect", "", None), None)
    print(number, flush=True)
    time.sleep(0.02)
time.sleep(float(sys.argv[2]))
"""


def kernel(hub: Hub, token: str, file: Path, checks: int, stays: float) -> subprocess.Popen[bytes]:
    """A process that checks as a learner's kernel does, and stays for some seconds."""
    settings = {
        "AUTODIFF_LESSONS_CLASS": hub.view,
        "JUPYTERHUB_API_TOKEN": token,
        "AUTODIFF_LESSONS_PROGRESS": str(file),
    }
    return subprocess.Popen(
        [sys.executable, "-c", CHECKS, str(checks), str(stays)],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
    )


def test_every_event_arrives_exactly_once_and_in_order_when_the_view_the_hub_and_kernels_are_killed(
    hub: Hub, tmp_path: Path
) -> None:
    names = ("kim", "lee", "max")
    tokens = {name: hub.token_of(name, SEND) for name in names}
    files = {name: tmp_path / f"{name}.sqlite3" for name in names}
    kernels = [kernel(hub, tokens[name], files[name], 150, 3600) for name in names]
    kernels.append(kernel(hub, tokens["lee"], files["lee"], 150, 3600))  # lee has a second kernel open
    try:
        hub.wait_until(lambda: len(mine(hub, names)) > 20)
        hub.kill_view()
        os.kill(kernels[0].pid, signal.SIGKILL)  # kim's kernel dies with what it could not send
        hub.kill()
        time.sleep(1.5)  # events gather
        hub.start()
        kernels.append(kernel(hub, tokens["kim"], files["kim"], 30, 3600))
        hub.wait_until(lambda: all(done(file) for file in files.values()), 120)
        hub.wait_until(lambda: len(checks_in(files["kim"])) > 30 and len(checks_in(files["lee"])) == 300)
        hub.wait_until(lambda: all(done(file) for file in files.values()), 120)
    finally:
        for one in kernels:
            one.kill()
            one.wait(10)
    arrived = mine(hub, names)
    assert len({row[:2] for row in arrived}) == len(arrived)
    for name in names:  # each check has a time of its own
        assert [row[-1] for row in arrived if row[0] == name] == checks_in(files[name])


def mine(hub: Hub, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return [row for row in hub.events() if row[0] in names]


def done(file: Path) -> bool:
    with contextlib.closing(sqlite3.connect(file, timeout=20)) as database:
        return bool(database.execute("SELECT count(*) FROM outbox").fetchone() == (0,))


def checks_in(file: Path) -> list[float]:
    with contextlib.closing(sqlite3.connect(file, timeout=20)) as database:
        return [time for (time,) in database.execute("SELECT time FROM events ORDER BY id")]


CELL = """
from autodiff_lessons import exercise
@exercise("5.4")
def my_secret_code(x, w):
    return 1, 2
"""


def test_a_check_in_a_real_notebook_reaches_the_view_without_anyone_setting_anything_up(hub: Hub) -> None:
    """The user's own server on the hub, its kernel, the hub's token in it: what a learner has on the first morning."""
    (hub.homes / "grace" / ".autodiff-lessons").mkdir(parents=True)
    hub.token_of("grace")
    hub.api("POST", "users/grace/server")
    hub.wait_until(lambda: hub.api("GET", "users/grace")["server"], 120)
    server = f"{hub.url}/user/grace/api"
    kernel_id = request("POST", f"{server}/kernels", hub.token, {"name": "python3"})[1]["id"]
    said = asyncio.run(run_in_kernel(f"{server}/kernels/{kernel_id}/channels".replace("http", "ws", 1), hub.token))
    assert "under the name grace; never your code" in said
    assert "share_with_class(False)" in said
    hub.wait_until(lambda: [row for row in hub.events() if row[0] == "grace"])
    ((_, _, exercise, outcome, attempt, _),) = [row for row in hub.events() if row[0] == "grace"]
    assert (exercise, outcome, attempt) == ("5.4", "incorrect", 1)
    assert b"my_secret_code" not in (hub.folder / "autodiff_lessons_class.sqlite3").read_bytes()
    hub.api("DELETE", "users/grace/server")


async def run_in_kernel(channels: str, token: str) -> str:
    """What a cell shows, all of it."""
    socket = await websocket_connect(HTTPRequest(channels, headers={"Authorization": f"token {token}"}))
    header = {"msg_id": "one", "msg_type": "execute_request", "username": "", "session": "tests", "version": "5.3"}
    content = {"code": CELL, "silent": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await socket.write_message(json.dumps(message))
    said = []
    while True:
        text = await asyncio.wait_for(socket.read_message(), 60)
        answer = json.loads(text or "{}")
        said.append(json.dumps(answer.get("content", {})))
        if answer.get("msg_type") == "execute_reply":
            await asyncio.sleep(0.5)
            socket.close()
            return "\n".join(said)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    made = context.new_page()
    yield made
    assert made.evaluate("window.hacked") is None
    context.close()


def log_in(page: Page, hub: Hub, name: str) -> None:
    page.goto(f"{hub.url}/services/class/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("any")
    page.get_by_role("button", name="Sign in").click()


def test_a_learner_gets_403_and_an_instructor_the_page(page: Page, hub: Hub, browser: Browser) -> None:
    learners = browser.new_page()
    log_in(learners, hub, "ada")
    expect(learners.get_by_text("403 Forbidden")).to_be_visible()
    assert learners.evaluate("fetch('state').then(answer => answer.status)") == 403
    # A page can send nothing in the name of whoever opens it: only a token of their own can.
    body = json.dumps({"events": [event().as_json()]})
    sending = "body => fetch('events', {method: 'POST', body}).then(answer => answer.status)"
    assert learners.evaluate(sending, body) == 403
    learners.close()

    names = [name.replace("/", "") for name in HOSTILE_NAMES.values() if name.isprintable()]
    for name in names:
        quoted = urllib.parse.quote(name)
        made = hub.api("POST", f"users/{quoted}/tokens", {"scopes": [SEND]}) if user(hub, quoted) else None
        if made is not None:
            assert post(hub, made["token"], event("5.1", "correct", time=time.time()))[0] == 200
    log_in(page, hub, "teacher")
    expect(page.get_by_text("learners, ")).to_be_visible()
    heads = page.locator("tbody th").all_inner_texts()
    assert len(set(heads) & {shown(name.lower()) for name in names}) >= 3
    # What another page of the same host asks in the instructor's name comes without the page's own sign.
    assert page.evaluate("fetch('state').then(answer => answer.status)") == 403

    hub.kill_view()
    post(hub, hub.token_of("newcomer", SEND), event("5.1", "correct", time=time.time()))
    expect(page.locator("tbody")).to_contain_text("newcomer", timeout=60_000)
    expect(page.get_by_role("alert")).to_be_hidden()


def user(hub: Hub, quoted: str) -> bool:
    """Make a user of this name, if the hub allows it."""
    return status("POST", f"{hub.url}/hub/api/users/{quoted}", hub.token) == 201
