"""`autodiff-lessons hub`: what it refuses, whose passwords it asks for, and whose account runs a learner's code."""

from __future__ import annotations

import argparse
import os
import socket
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.orm import new_session_factory
from traitlets.config import Config

from autodiff_lessons.classroom.hub import command, configuration, spawners
from autodiff_lessons.classroom.hub.accounts import make_accounts
from autodiff_lessons.classroom.hub.authenticator import RoomAuthenticator
from autodiff_lessons.classroom.hub.plan import HubPlan
from autodiff_lessons.classroom.hub.spawners import (
    FIRST_ACCOUNT,
    OneAccount,
    OwnAccount,
    account_of,
    becoming_the_owner,
)
from autodiff_lessons.cli import main
from autodiff_lessons.errors import UsageError

GOOD = "correct horse battery staple"
AS_ROOT = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give accounts")


def planned(tmp_path: Path, *words: str) -> HubPlan:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    plain = ["--instructor", "teacher", "--dir", str(tmp_path / "hub"), "--port", str(port), "--one-account"]
    return command.planned(parser.parse_args([*plain, *words]))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "", "hub.example.org"])
def test_beyond_this_machine_it_wants_encryption_or_a_word(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="passwords would cross the network unencrypted"):
        planned(tmp_path, "--host", host)
    assert not (tmp_path / "hub").exists()
    assert planned(tmp_path, "--host", host, "--without-tls").certificate == ""
    for name in ("certificate", "key"):
        (tmp_path / name).write_text("")
    both = ["--certificate", str(tmp_path / "certificate"), "--key", str(tmp_path / "key")]
    plan = planned(tmp_path, "--host", host, *both)
    assert (plan.certificate, plan.key) == (str(tmp_path / "certificate"), str(tmp_path / "key"))
    assert plan.address.startswith("https://")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_neither(tmp_path: Path, host: str) -> None:
    assert planned(tmp_path, "--host", host).host == host


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--certificate", "c"], "--certificate and --key go together"),
        (["--key", "c"], "--certificate and --key go together"),
        (["--certificate", "/no/c", "--key", "/no/k"], "there is no file /no/c"),
        (["--instructor", "../root"], "'../root' can't be a name here"),
        (["--instructor", ""], "'' can't be a name here"),
        (["--instructor", "a\n"], "can't be a name here"),
        (["--instructor", ".."], "can't be a name here"),
        (["--instructor", "x" * 33], "can't be a name here"),
        (["--dir", "/proc/none"], "can't use /proc/none"),
    ],
)
def test_what_can_t_be_is_said(tmp_path: Path, words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        planned(tmp_path, *words)


def test_without_root_it_wants_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["hub", "--instructor", "teacher", "--dir", str(tmp_path / "hub")]) == 2
    assert "start it with sudo; or, for people who may see and change one another's work, with --one-account" in (
        capsys.readouterr().err
    )
    assert not (tmp_path / "hub").exists()


def test_a_folder_that_learners_can_t_enter_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    with pytest.raises(UsageError, match=r"learners' accounts can't enter .* and --dir is in there; choose another"):
        command._make(folder / "hub", one_account=False)
    assert folder in command._closed(folder / "hub")
    folder.chmod(0o711)
    assert folder not in command._closed(folder / "hub")
    command._make(folder / "hub", one_account=True)


def test_names_are_taken_as_the_hub_writes_them_once_each(tmp_path: Path) -> None:
    plan = planned(tmp_path, "--instructor", "Ada", "--instructor", "TEACHER")
    assert plan.instructors == ("teacher", "ada")


def test_a_plan_survives_the_environment_and_keeps_its_ports(tmp_path: Path) -> None:
    plan = planned(tmp_path, "--open-signup")
    assert HubPlan.of(plan.as_environment()) == plan
    assert planned(tmp_path).ports == plan.ports
    assert len({*plan.ports, plan.port}) == 4
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("hub", "hub/hub", "hub/homes")] == [
        0o711,
        0o700,
        0o711,
    ]


def accounts(plan: HubPlan) -> RoomAuthenticator:
    return RoomAuthenticator(db=new_session_factory(plan.database)())


def test_an_instructor_s_password_is_asked_for_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    plan, asked = planned(tmp_path, "--instructor", "ada"), []

    def ask(question: str) -> str:
        asked.append(question)
        return GOOD

    make_accounts(plan, ask)
    assert [question for question in asked if "instructor" in question] == [
        "A new password for the instructor teacher: ",
        "A new password for the instructor ada: ",
    ]
    make_accounts(plan, lambda question: pytest.fail("it was asked for already"))
    for name in ("teacher", "ada"):
        found = accounts(plan).get_user(name)
        assert found.is_authorized
        assert found.is_valid_password(GOOD)
        assert not found.is_valid_password("")
    assert GOOD.encode() not in (plan.own / "jupyterhub.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (["", ""], "too short or too common"),
        (["123456789", "123456789"], "too short or too common"),
        (["1234567890", "1234567890"], "too short or too common"),
        ([GOOD, GOOD + "r"], "two different passwords"),
        (["é" * 37] * 2, "at most 72 bytes"),
    ],
)
def test_no_weak_password_opens_a_hub(tmp_path: Path, answers: list[str], message: str) -> None:
    plan = planned(tmp_path)
    with pytest.raises(UsageError, match=message):
        make_accounts(plan, lambda _: answers.pop(0))
    assert accounts(plan).get_user("teacher") is None


def test_the_configuration_has_real_passwords_and_one_place_for_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "proxy_command", lambda folder: ["node", str(folder)])
    plan, c = planned(tmp_path, "--instructor", "ada"), Config()
    configuration.configure(c, plan)
    assert c.JupyterHub.authenticator_class is RoomAuthenticator
    assert c.Authenticator.admin_users == {"teacher", "ada"}
    assert not c.RoomAuthenticator.open_signup
    assert c.JupyterHub.bind_url == f"http://127.0.0.1:{plan.port}/"
    for url in (c.JupyterHub.hub_bind_url, c.ConfigurableHTTPProxy.api_url, c.JupyterHub.services[0]["url"]):
        assert url.startswith("http://127.0.0.1:")
    for place in (c.JupyterHub.db_url, *c.JupyterHub.services[0]["environment"].values()):
        assert str(plan.own) in place
    role = next(one for one in c.JupyterHub.load_roles if one["name"] == "autodiff-instructor")
    assert role["users"] == ["teacher", "ada"]
    assert c.JupyterHub.spawner_class.endswith(OneAccount.__name__)
    configuration.configure(c := Config(), HubPlan(str(tmp_path / "hub"), "::1", 443, plan.ports, ("ada",), "c", "k"))
    assert c.JupyterHub.spawner_class.endswith(OwnAccount.__name__)
    assert (c.JupyterHub.bind_url, c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key) == ("https://[::1]:443/", "c", "k")


def test_the_authenticator_leaves_the_login_page_to_the_hub() -> None:
    paths = [path for path, _ in RoomAuthenticator.get_handlers(RoomAuthenticator.__new__(RoomAuthenticator), None)]
    assert "/login" not in paths
    assert {"/signup", "/authorize"} <= set(paths)


@AS_ROOT
def test_each_learner_s_code_runs_under_an_account_that_reads_nobody_else_s_work(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    (tmp_path / "secret").write_text("the hub's")
    (tmp_path / "secret").chmod(0o600)
    homes = tmp_path / "homes"
    homes.mkdir(mode=0o711)
    ada, bob = account_of(homes / "ada"), account_of(homes / "bob")
    assert FIRST_ACCOUNT <= ada < bob
    assert account_of(homes / "ada") == ada
    (homes / "bob" / "work").write_text("bob's")
    script = (
        "id -u; id -G; umask; pwd; echo mine > work; cat work; cat ../bob/work; cat ../../secret; ls ..; touch ../x; "
        "mv ../ada ../b; rm -r ../bob"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        preexec_fn=becoming_the_owner(homes / "ada"),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
    )
    assert done.stdout.split() == [str(ada), str(ada), "0077", str(homes / "ada"), "mine"]
    assert done.stderr.count("ermission denied") == 6


@AS_ROOT
def test_no_folder_of_someone_else_becomes_a_learner_s(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "root")
    for name in ("root", "link"):
        with pytest.raises(PermissionError, match="is no learner's folder"):
            account_of(tmp_path / name)


@AS_ROOT
def test_an_account_that_someone_has_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawners, "_is_known", lambda account: account in (FIRST_ACCOUNT, FIRST_ACCOUNT + 2))
    assert [account_of(tmp_path / name) - FIRST_ACCOUNT for name in ("a", "b", "c")] == [1, 3, 4]
