"""The values for Kubernetes, given to a real JupyterHub: the class view runs beside the hub as its container would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from class_events import event
from hub_process import Hub, request, status

from autodiff_lessons.classroom import deploy
from autodiff_lessons.errors import UsageError

pytestmark = pytest.mark.browser

# What the chart makes of the values; a login that a test can use, and this machine's addresses.
AS_THE_CHART_DOES = """
import json
hub = json.load(open("values.json"))["hub"]
c.JupyterHub.custom_scopes = hub["config"]["JupyterHub"]["custom_scopes"]
c.JupyterHub.activity_resolution = hub["config"]["JupyterHub"]["activity_resolution"]
c.Authenticator.admin_users = set(hub["config"]["Authenticator"]["admin_users"])
c.JupyterHub.load_roles += [{"name": name, **role} for name, role in hub["loadRoles"].items()]
own = {"api_token": "0123456789abcdef", "url": "http://127.0.0.1:VIEW_PORT"}
c.JupyterHub.services += [{"name": name, **service, **own} for name, service in hub["services"].items()]
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("kubernetes")
    values = yaml.safe_load((Path(deploy.__file__).parent / "kubernetes.yaml").read_text())
    (folder / "values.json").write_text(json.dumps(values))
    try:
        running = Hub(folder, AS_THE_CHART_DOES)
    except UsageError as error:
        if os.environ.get("AUTODIFF_LESSONS_BROWSER") == "required":
            raise
        pytest.skip(str(error))
    view = values["hub"]["extraContainers"][0]
    environment = {one["name"]: one.get("value", "0123456789abcdef") for one in view["env"]}
    here = {
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{running.ports['hub_port']}/hub/api",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{running.ports['view_port']}",
        "AUTODIFF_LESSONS_CLASS_DATABASE": f"sqlite:///{folder / 'autodiff_lessons_class.sqlite3'}",
    }
    assert environment.keys() > here.keys()
    with (folder / "view.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *view["command"][1:]],
            env={**os.environ, **environment, **here},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        running.start()
        yield running
    finally:
        running.end()
        process.terminate()
        process.wait(10)


def test_learners_may_send_and_instructors_see_it(hub: Hub) -> None:
    send, see = "access:services!service=class", "custom:autodiff:class-view"
    ada, bob = hub.token_of("ada", send, see), hub.token_of("bob", send)
    assert request("POST", f"{hub.view}events", bob, {"events": [event("5.2", time=time.time()).as_json()]}) == (
        200,
        {"taken": 1, "refused": 0},
    )
    assert [row[0] for row in hub.events()] == ["bob"]
    assert [status("GET", f"{hub.view}{path}", bob) for path in ("", "state")] == [403, 403]
    assert status("GET", f"{hub.url}/services/class/", ada) == 200  # through the hub's own proxy
    seen: list[Any] = []

    def bob_is_there() -> bool:  # what is shown may be a second old
        seen[:] = request("GET", f"{hub.view}state", ada)[1]["learners"]
        return [one["name"] for one in seen] == ["bob"]

    hub.wait_until(bob_is_there, 10)


def test_a_browser_finds_the_way_through_the_hub_s_login(hub: Hub) -> None:
    """Whoever is not logged in is sent to the hub, as this very service."""
    answer = request("GET", f"{hub.url}/services/class/")  # ends at the hub's page to log in
    assert answer[0] == 200
    assert "service-class" in str(answer[1])
