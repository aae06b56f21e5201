"""The page, its files and its numbers: to whom, with which headers, how often they are made; and the command."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from class_events import HOSTILE_NAMES, event
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, HTTPError
from traitlets.config import Config

from autodiff_lessons.classroom import sharing
from autodiff_lessons.classroom.live import command, hub_settings, service
from autodiff_lessons.classroom.live.hub_settings import VIEW_SCOPE, add_class_view
from autodiff_lessons.classroom.live.pages import InstructorsOnly, Page, State, StaticFile
from autodiff_lessons.classroom.live.room import Room
from autodiff_lessons.classroom.live.snapshot import SECONDS, Snapshots
from autodiff_lessons.cli import main
from autodiff_lessons.exercises import all_exercises

Get = Callable[..., Coroutine[Any, Any, HTTPResponse]]


def asked(application: Application, ask: Callable[[Get], Coroutine[Any, Any, None]]) -> None:
    """Serve the application while `ask` asks."""

    async def go() -> None:
        listening, port = bind_unused_port()
        server = HTTPServer(application)
        server.add_socket(listening)
        client = AsyncHTTPClient(force_instance=True)

        async def get(path: str, **options: Any) -> HTTPResponse:
            plain = {"raise_error": False, "follow_redirects": False, "decompress_response": False}
            return await client.fetch(f"http://127.0.0.1:{port}{path}", **{**plain, **options})

        try:
            await ask(get)
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()

    asyncio.run(go())


def room(*learners: str) -> Room:
    made = Room(all_exercises())
    for name in learners:
        made.take(name, event(time=1e10))
    return made


def test_the_link_s_secret_opens_the_page_and_nothing_else_does() -> None:
    async def ask(get: Get) -> None:
        for path in ("/secret/", "/secret/state", "/secret/static/class_view.js"):
            answer = await get(path)
            assert answer.code == 200, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"  # the link is a secret
            assert "Server" not in answer.headers
            policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
            assert policy["default-src"] == "'none'"
            assert (policy["script-src"], policy["connect-src"]) == ("'self'", "'self'")
            assert policy["frame-ancestors"] == "'none'"
        for path in ("/", "/state", "/Secret/", "/secret", "/secret/x", "/static/class_view.js", "/secre/state"):
            assert (await get(path)).code == (302 if path == "/secret" else 404), path
        for method in ("POST", "PUT", "DELETE"):
            body = None if method == "DELETE" else b""
            assert (await get("/secret/state", method=method, body=body)).code == 405

    asked(command.application(room("ada"), "secret"), ask)


def test_files_are_those_of_the_page_only() -> None:
    async def ask(get: Get) -> None:
        for name in ("class_view.html", "..", "%2e%2e/pages.py", "../pages.py", "none.js", "class_view", "x.py", ".js"):
            answer = await get(f"/secret/static/{name}")
            assert answer.code == 404, name
            assert name not in answer.body.decode()  # nothing of the request comes back
        first = await get("/secret/static/table.js")
        assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
        again = await get("/secret/static/table.js", headers={"If-None-Match": first.headers["Etag"]})
        assert (again.code, again.body) == (304, b"")

    asked(command.application(room(), "secret"), ask)


def test_the_page_asks_for_nothing_of_anyone_else() -> None:
    folder = Path(command.__file__).parent / "static"
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert {"class_view.html", "class_view.js", "class_view.css"} <= texts.keys()
    for name, text in texts.items():
        assert "://" not in text, name
        for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"):
            assert sink not in text, (name, sink)


def test_numbers_come_packed_and_only_where_they_are_new() -> None:
    made = room("ada")

    async def ask(get: Get) -> None:
        plain = await get("/secret/state")
        packed = await get("/secret/state", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.body) == plain.body
        assert packed.headers["Vary"] == "Accept-Encoding"
        tag = plain.headers["Etag"]
        assert (await get("/secret/state", headers={"If-None-Match": tag})).code == 304
        made.take("bob", event(time=1e10))
        await asyncio.sleep(SECONDS)
        new = await get("/secret/state", headers={"If-None-Match": tag})
        assert new.code == 200
        assert [one["name"] for one in json.loads(new.body)["learners"]] == ["ada", "bob"]

    asked(command.application(made, "secret"), ask)


def test_names_are_data_whatever_they_are_made_of() -> None:
    names = [*HOSTILE_NAMES.values(), "x" * 10_000, "\ud800"]

    async def ask(get: Get) -> None:
        answer = await get("/secret/state")
        assert answer.headers["Content-Type"] == "application/json"
        assert len(json.loads(answer.body)["learners"]) == len(names)
        assert len(answer.body) < 20_000

    asked(command.application(room(*names), "secret"), ask)


class Refuses(InstructorsOnly):
    async def admit(self) -> None:
        raise HTTPError(403)


class RefusingPage(Refuses, Page): ...


class RefusingState(Refuses, State): ...


def test_who_is_not_admitted_gets_403_and_nothing_is_worked_out() -> None:
    snapshots = Snapshots(lambda now: pytest.fail("nobody was to see it"))

    async def ask(get: Get) -> None:
        for path in ("/", "/state", "/other"):
            answer = await get(path)
            assert (answer.code, answer.body) == (403, b"403 Forbidden\n")
            assert answer.headers["Cache-Control"] == "no-store"

    routes = [("/", RefusingPage), ("/state", RefusingState, {"snapshots": snapshots}), ("/other", Refuses)]
    asked(Application(routes), ask)


def test_a_page_that_says_nothing_of_who_may_see_it_shows_itself_to_nobody() -> None:
    async def ask(get: Get) -> None:
        assert (await get("/")).code == 500

    asked(Application([("/", Page), ("/static/(.*)", StaticFile)], log_function=lambda handler: None), ask)


def test_a_snapshot_is_made_once_a_second_and_packed_where_it_is_new() -> None:
    calls: list[float] = []
    now, value = [0.0], [1]

    def view(time: float) -> dict[str, Any]:
        calls.append(time)
        return {"value": value[0]}

    snapshots = Snapshots(view, clock=lambda: 100.0 + now[0], steady=lambda: now[0])
    first = snapshots.latest()
    now[0] = 0.99 * SECONDS
    assert snapshots.latest() is first
    now[0] = SECONDS
    assert snapshots.latest() is first  # looked at anew, and the same
    assert calls == [100.0, 100.0 + SECONDS]
    value[0], now[0] = 2, 2 * SECONDS
    second = snapshots.latest()
    assert second.tag != first.tag
    assert json.loads(gzip.decompress(second.packed)) == json.loads(second.body) == {"value": 2}


def test_the_command_says_what_it_can_t_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["class", "--folder", str(tmp_path / "none")]) == 2
    assert "is no folder that can be read; make it, and let all learners write there" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["class", "--folder", str(tmp_path / "file")]) == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["class", "--folder", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 2
    assert "port" in capsys.readouterr().err
    for wrong in (["class"], ["class", "--folder", str(tmp_path), "--port", "0"]):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)


def test_the_command_does_not_need_what_a_hub_needs() -> None:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    assert parser.parse_args(["--folder", "x"]).port == 8900


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "Without a hub: autodiff-lessons class --folder DIR"),
        ({"JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:1"}, "says where in 'JUPYTERHUB_SERVICE_PREFIX'"),
    ],
)
def test_started_by_hand_the_service_says_who_starts_it(
    environment: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert service.main(environment) == 2
    assert said in capsys.readouterr().err


def test_a_hub_s_configuration_is_added_to_and_nothing_of_it_is_taken() -> None:
    c = Config()
    c.JupyterHub.services = [{"name": "cull"}]
    c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "read:hub"]}, {"name": "cull", "scopes": []}]
    c.JupyterHub.custom_scopes = {"custom:other": {"description": "x"}}
    c.JupyterHub.base_url = "/hub-of-ours/"
    c.JupyterHub.activity_resolution = 7
    c.Spawner.environment = {"A": "b"}
    add_class_view(c, instructors=["teacher"], groups=["staff"], port=1234, database="sqlite:///x")
    cull, own = c.JupyterHub.services
    assert cull == {"name": "cull"}
    assert own["url"] == "http://127.0.0.1:1234"
    assert own["environment"] == {hub_settings.DATABASE: "sqlite:///x"}
    roles = {role["name"]: role for role in c.JupyterHub.load_roles}
    access = "access:services!service=class"
    assert roles["user"]["scopes"] == ["self", "read:hub", access]
    assert roles["server"]["scopes"] == ["users:activity!user", "access:servers!server", access]
    assert roles["cull"] == {"name": "cull", "scopes": []}
    instructor = roles["autodiff-instructor"]
    assert (instructor["users"], instructor["groups"]) == (["teacher"], ["staff"])
    assert VIEW_SCOPE in instructor["scopes"]
    assert all(VIEW_SCOPE not in role["scopes"] for role in roles.values() if role is not instructor)
    assert set(c.JupyterHub.custom_scopes) == {"custom:other", VIEW_SCOPE}
    assert c.JupyterHub.activity_resolution == 7
    assert c.Spawner.environment == {"A": "b", sharing.VARIABLE: "http://127.0.0.1:1234/hub-of-ours/services/class/"}


def test_learners_on_other_machines_are_given_the_address_that_they_can_reach() -> None:
    c = Config()
    add_class_view(c, address="https://hub.example.org/services/class/")
    assert c.Spawner.environment[sharing.VARIABLE] == "https://hub.example.org/services/class/"
    assert c.JupyterHub.activity_resolution == 300
