"""What larger hubs are given says what the class view needs, in names that JupyterHub and its kin really have.

Neither chart nor The Littlest JupyterHub is a package, so their schemas can't be loaded here: their hooks' names and
arguments are written below, and what the chart passes on to JupyterHub is given to JupyterHub.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest
import yaml
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.spawner import Spawner
from traitlets.config import Config, Configurable

from autodiff_lessons.classroom import deploy, sharing
from autodiff_lessons.classroom.deploy import littlest
from autodiff_lessons.classroom.live.hub_settings import NAME, add_class_view

CLASSES: dict[str, type[Configurable]] = {"JupyterHub": JupyterHub, "Authenticator": Authenticator, "Spawner": Spawner}


@pytest.fixture
def values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(deploy.__file__).parent / "kubernetes.yaml").read_text())
    return found


def accepted(config: Config) -> None:
    """Each setting is one that JupyterHub has, and a value that it takes."""
    for owner, settings in config.items():
        made = CLASSES[owner]()
        for name, value in settings.items():
            assert name in CLASSES[owner].class_traits(config=True), f"{owner}.{name}"
            setattr(made, name, value)


def test_kubernetes_has_the_roles_and_the_service_that_the_class_view_asks_for(values: dict[str, Any]) -> None:
    hub, c = values["hub"], Config()
    add_class_view(c, instructors=hub["config"]["Authenticator"]["admin_users"])
    assert [{"name": name, **role} for name, role in hub["loadRoles"].items()] == c.JupyterHub.load_roles
    assert hub["config"]["JupyterHub"]["custom_scopes"] == c.JupyterHub.custom_scopes
    assert hub["config"]["JupyterHub"]["activity_resolution"] == c.JupyterHub.activity_resolution
    managed = c.JupyterHub.services[0]
    own = {"url", "command", "environment"}  # there the hub starts it
    assert {"name": NAME, **hub["services"][NAME], "url": ""} == {
        **{name: value for name, value in managed.items() if name not in own},
        "url": "",
    }


def test_kubernetes_settings_are_jupyterhub_s(values: dict[str, Any]) -> None:
    hub, one = values["hub"], values["singleuser"]
    accepted(Config(hub["config"]))
    passed_on = {"concurrent_spawn_limit": hub["concurrentSpawnLimit"], "allow_named_servers": hub["allowNamedServers"]}
    sizes = {f"{short}_{bound}": one[long][bound] for short, long in (("mem", "memory"), ("cpu", "cpu"))
             for bound in ("guarantee", "limit")}  # fmt: skip
    spawner = {"cmd": one["cmd"], "default_url": one["defaultUrl"], "start_timeout": one["startTimeout"], **sizes}
    accepted(Config({"JupyterHub": passed_on, "Spawner": {**spawner, "environment": one["extraEnv"]}}))
    made = Spawner(**sizes)
    assert 334e6 < made.mem_guarantee < made.mem_limit
    assert hub["config"]["JupyterHub"]["authenticator_class"] == "null"


def test_kubernetes_parts_speak_of_the_same_port_image_and_course(values: dict[str, Any]) -> None:
    hub, one = values["hub"], values["singleuser"]
    view = hub["extraContainers"][0]
    environment = {each["name"]: each.get("value") for each in view["env"]}
    port = view["ports"][0]["containerPort"]
    assert hub["services"][NAME]["url"] == f"http://hub:{port}"
    assert one["extraEnv"] == {sharing.VARIABLE: f"http://hub:{port}{environment['JUPYTERHUB_SERVICE_PREFIX']}"}
    assert environment["JUPYTERHUB_SERVICE_URL"].endswith(f":{port}")
    assert hub["service"]["extraPorts"][0]["port"] == port
    for rule in (hub["networkPolicy"]["ingress"][0], one["networkPolicy"]["egress"][0]):
        assert rule["ports"] == [{"protocol": "TCP", "port": port}]
    assert view["image"] == f"{one['image']['name']}:{one['image']['tag']}"
    for command in (view["command"], one["cmd"]):
        assert importlib.util.find_spec(command[-1]) is not None
    token = next(each["valueFrom"]["secretKeyRef"] for each in view["env"] if each["name"] == "JUPYTERHUB_API_TOKEN")
    assert token == {"name": "hub", "key": f"hub.services.{NAME}.apiToken"}


class Hooks:
    """The hooks of The Littlest JupyterHub that a plugin may have."""

    spec = pluggy.HookspecMarker("tljh")

    @spec
    def tljh_extra_user_conda_packages(self) -> None: ...
    @spec
    def tljh_extra_user_pip_packages(self) -> None: ...
    @spec
    def tljh_extra_hub_pip_packages(self) -> None: ...
    @spec
    def tljh_extra_apt_packages(self) -> None: ...
    @spec
    def tljh_custom_jupyterhub_config(self, c: Any) -> None: ...
    @spec
    def tljh_config_post_install(self, config: Any) -> None: ...
    @spec
    def tljh_post_install(self) -> None: ...
    @spec
    def tljh_new_user_create(self, username: str) -> None: ...


@pytest.fixture
def tljh(repository: Path) -> pluggy.PluginManager:
    manager = pluggy.PluginManager("tljh")
    manager.add_hookspecs(Hooks)
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    for name, module in project["entry-points"]["tljh"].items():
        manager.register(importlib.import_module(module), name)
    manager.check_pending()  # PluginValidationError where a hook is none of theirs
    return manager


def test_littlest_adds_the_class_view_to_what_the_hub_has(
    tljh: pluggy.PluginManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLJH_INSTALL_PREFIX", str(tmp_path))
    c = Config()
    c.Authenticator.admin_users, c.JupyterHub.base_url = {"teacher", "ada"}, "/"
    c.JupyterHub.services = [{"name": "cull-idle", "admin": True, "command": ["cull"]}]
    tljh.hook.tljh_custom_jupyterhub_config(c=c)
    accepted(c)
    assert [one["name"] for one in c.JupyterHub.services] == ["cull-idle", NAME]
    assert next(one for one in c.JupyterHub.load_roles if one["name"] == "autodiff-instructor")["users"] == [
        "ada",
        "teacher",
    ]
    assert str(tmp_path / "state") in str(c.JupyterHub.services[1]["environment"])
    assert c.Spawner.cmd[0] == str(tmp_path / "user" / "bin" / "python")
    assert importlib.util.find_spec(c.Spawner.cmd[-1]) is not None


def test_littlest_s_limits_are_defaults(tljh: pluggy.PluginManager) -> None:
    fresh: dict[str, Any] = {}
    tljh.hook.tljh_config_post_install(config=fresh)
    assert fresh == {"limits": {"memory": "1G", "cpu": 1.0}, "services": {"cull": {"timeout": 3600}}}
    assert Spawner(mem_limit=fresh["limits"]["memory"]).mem_limit == 2**30
    told = {"limits": {"memory": "2G"}, "services": {"cull": {"timeout": 60}}, "users": {"admin": ["ada"]}}
    tljh.hook.tljh_config_post_install(config=told)
    assert told["limits"] == {"memory": "2G", "cpu": 1.0}
    assert (told["services"], told["users"]) == ({"cull": {"timeout": 60}}, {"admin": ["ada"]})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, "autodiff-lessons==0.1.0"),
        ({"url": "file:///srv/course", "dir_info": {}}, "autodiff-lessons @ file:///srv/course"),
        (
            {"url": "https://example.org/course", "vcs_info": {"vcs": "git", "commit_id": "abc123"}},
            "autodiff-lessons @ git+https://example.org/course@abc123",
        ),
    ],
)
def test_users_get_the_course_from_where_the_hub_has_it(
    written: Any, expected: str, tljh: pluggy.PluginManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = written and json.dumps(written)
    monkeypatch.setattr(littlest, "distribution", lambda _: SimpleNamespace(version="0.1.0", read_text=lambda _: text))
    assert tljh.hook.tljh_extra_user_pip_packages() == [[expected]]
