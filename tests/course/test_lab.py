"""`autodiff-lessons lab`: one clear line where it can't work, and a real server where it can."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from traitlets.utils.importstring import import_item

from autodiff_lessons.cli import main
from autodiff_lessons.course.jupyter import FOLDER, settings

NOTEBOOKS = {"00_start_here.ipynb": b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'}


@pytest.fixture
def lab(monkeypatch, capsys, tmp_path):
    """Run the command where it must stop before it has a server; give its exit code and what it wrote to stderr."""
    monkeypatch.setattr("autodiff_lessons.course.lab.learner_notebooks", lambda: NOTEBOOKS)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))

    def run(*words):
        code = main(["lab", *words])
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize("place", ["a file", "a file/below", "/proc/lessons"])
def test_a_folder_that_cannot_be_written_is_one_line_and_exit_code_2(lab, tmp_path, place):
    (tmp_path / "a file").write_text("mine")
    code, said = lab("--no-browser", "--dir", str(tmp_path / place))
    assert code == 2
    assert re.fullmatch(
        r"autodiff-lessons lab: can't write notebooks into .*; choose another folder with --dir\n", said
    )
    assert place in said
    assert (tmp_path / "a file").read_text() == "mine"


def test_a_taken_port_is_named_before_anything_is_written(lab, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = lab("--no-browser", "--dir", str(tmp_path / "work"), "--port", str(port))
    assert code == 2
    assert re.fullmatch(
        rf"autodiff-lessons lab: port {port} can't be used \(.*\); choose another with --port, .*\n", said
    )
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty"])
def test_what_is_no_port_is_refused(lab, capsys, port):
    with pytest.raises(SystemExit) as stopped:
        lab(f"--port={port}")
    assert stopped.value.code == 2
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


def test_a_missing_jupyterlab_is_one_line_with_the_remedy(lab, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    code, said = lab("--no-browser", "--dir", str(tmp_path / "work"))
    assert code == 2
    assert said.startswith("autodiff-lessons lab: JupyterLab can't be loaded")
    assert f"{sys.executable} -m pip install jupyterlab" in said
    assert said.count("\n") == 1


def test_prepare_delivers_the_notebooks_and_opens_nothing(lab, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)  # it isn't even loaded
    assert lab("--prepare", "--dir", str(tmp_path / "work")) == (0, "")
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == [".autodiff-lessons", *NOTEBOOKS]


@dataclass
class Server:
    """A real `autodiff-lessons lab`, asked through its REST interface."""

    address: str
    path: str
    token: str
    said: str
    work: Path

    def wait_until_it_listens(self):
        """Jupyter writes its address a moment before it listens there."""
        for _ in range(100):
            try:
                return self.get("/api", token=False)
            except urllib.error.URLError:
                time.sleep(0.1)
        return pytest.fail("nobody listens at the address")

    def get(self, path, token=True):
        headers = {"Authorization": f"token {self.token}"} if token else {}
        with urllib.request.urlopen(urllib.request.Request(self.address + path, headers=headers), timeout=20) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The command as a learner runs it, who has the worst settings of their own: no token, every interface, another
    Python under the kernel's name."""
    home = tmp_path_factory.mktemp("home")
    own = home / "settings"
    own.mkdir()
    (own / "jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": {"ip": "0.0.0.0", "open_browser": True}, "IdentityProvider": {"token": ""}})
    )
    kernel = home / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"argv": ["other"], "display_name": "other", "language": "python"}))
    work = home / "mes leçons (été)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHONWARN"))}
    environment |= {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(own),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_PREFER_ENV_PATH": "0",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-m", "autodiff_lessons.cli", "--no-browser", "--dir", str(work)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    give_up = threading.Timer(60, process.kill)
    give_up.start()
    try:
        said = ""
        while not (found := re.search(r"(http://127\.0\.0\.1:\d+)(/\S+)\?token=(\w+)", said)):
            line = process.stderr.readline()
            assert line, f"no address: {said}"
            said += line
        running = Server(found[1], found[2], found[3], said, work)
        running.wait_until_it_listens()
        yield running
    finally:
        give_up.cancel()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_it_opens_the_start_notebook_on_this_machine_only(server):
    assert server.path == "/lab/tree/00_start_here.ipynb"
    assert re.findall(r"http://([^:/]+)", server.said) == ["127.0.0.1"]
    assert server.get("/api/contents/00_start_here.ipynb")["type"] == "notebook"
    assert (server.work / "00_start_here.ipynb").exists()


def test_it_keeps_its_token_whatever_the_learner_set(server):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        server.get("/api/contents", token=False)
    assert len(server.token) >= 40


@pytest.mark.parametrize(
    ("plugin", "key", "value"),
    [
        ("@jupyterlab/apputils-extension:notification", "fetchNews", "false"),
        ("@jupyterlab/apputils-extension:notification", "checkForUpdates", False),
        ("@jupyterlab/apputils-extension:kernels-settings", "commsOverSubshells", "disabled"),
        ("@jupyter-widgets/jupyterlab-manager:plugin", "saveState", True),
    ],
)
def test_jupyterlab_serves_the_course_settings(server, plugin, key, value):
    assert server.get(f"/lab/api/settings/{plugin}")["schema"]["properties"][key]["default"] == value


def test_every_setting_of_the_course_is_one_that_this_jupyterlab_knows(server):
    overrides = json.loads((FOLDER / "labconfig" / "default_setting_overrides.json").read_text())
    for plugin, keys in overrides.items():
        assert set(keys) <= set(server.get(f"/lab/api/settings/{plugin}")["schema"]["properties"])


def test_the_kernel_is_the_python_that_the_course_is_installed_in(server):
    assert server.get("/api/kernelspecs")["kernelspecs"]["python3"]["spec"]["display_name"] != "other"


def test_the_server_sends_a_kernels_messages_at_once(monkeypatch):
    environment = os.environ | settings(os.environ)
    shown = subprocess.run(
        [sys.executable, "-m", "jupyter_server", "--show-config-json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    connection_class = import_item(json.loads(shown.stdout)["ServerApp"]["kernel_websocket_connection_class"])
    done = []

    class Handler:
        def set_nodelay(self, value):
            done.append(("nodelay", value))

    class Connection(connection_class):
        websocket_handler = Handler()

        def __init__(self):
            pass

    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: done.append("connected"))
    Connection().connect()
    assert issubclass(connection_class, ZMQChannelsWebsocketConnection)
    assert done == [("nodelay", True), "connected"]


def test_other_settings_stay_on_the_path_behind_the_course_own():
    given = settings({"JUPYTER_CONFIG_PATH": "mine", "JUPYTER_PATH": "data"})
    assert given["JUPYTER_CONFIG_PATH"].split(os.pathsep) == [str(FOLDER), "mine"]
    assert given["JUPYTER_PATH"].split(os.pathsep)[1:] == ["data"]
    assert settings({})["JUPYTER_CONFIG_PATH"] == str(FOLDER)
