"""`autodiff-lessons hub`, started as an instructor would: accounts, working copies, two learners in the class view."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab_server import Lab, alive, descendants, free_port
from lesson_page import LessonPage
from playwright.sync_api import Browser, Page, expect

from autodiff_lessons.exercises import get

pytestmark = pytest.mark.browser

PASSWORDS = {name: f"{name} likes long walks" for name in ("teacher", "ada", "bob")}
LESSON = "05_read_computation_graphs.ipynb"
RIGHT = get("5.2").solution
WRONG = 'answer("5.2", x1=6, x2=7, loss=-3)'


@dataclass
class Room:
    """A hub that the command started."""

    url: str
    folder: Path
    log: Path

    def learner(self, name: str) -> Path:
        return self.folder / "homes" / name


@pytest.fixture(scope="module")
def room(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    scratch = tmp_path_factory.mktemp("room")
    made = Room(f"http://127.0.0.1:{free_port()}", scratch / "hub", scratch / "log")
    for name in ("ada", "bob"):  # the page's `jupyterapp` lets a test see the kernel
        settings = made.learner(name) / ".jupyter"
        settings.mkdir(parents=True)
        (settings / "jupyter_server_config.json").write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
        (settings / "jupyter_lab_config.json").write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    command = [sys.executable, "-m", "autodiff_lessons.cli", "hub", "--one-account", "--instructor", "teacher"]
    with made.log.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--dir", str(made.folder), "--port", made.url.rpartition(":")[2]],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "AUTODIFF_LESSONS_PROGRESS": ""},
            start_new_session=True,
        )
    assert process.stdin is not None
    process.stdin.write(f"{PASSWORDS['teacher']}\n".encode() * 2)
    process.stdin.close()
    try:
        wait_until_it_answers(made, process)
        yield made
    finally:
        family = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        deadline = time.monotonic() + 20  # the learners' servers end by themselves, each in its own time
        while (left := [pid for pid in family if alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.2)
        said = [Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")[:200] for pid in left]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        process.wait(10)
    assert said == []


def wait_until_it_answers(room: Room, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    for path in ("/hub/login", "/services/class/static/text.js"):
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{room.url}{path}", timeout=5):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(room.log.read_text(errors="replace")[-3000:])
            time.sleep(0.2)


@pytest.fixture(scope="module")
def pages(browser: Browser) -> Iterator[dict[str, Page]]:
    """A browser of their own for each."""
    contexts = {name: browser.new_context(viewport={"width": 1280, "height": 900}) for name in (*PASSWORDS, "nobody")}
    for context in contexts.values():
        context.set_default_timeout(60_000)
    yield {name: context.new_page() for name, context in contexts.items()}
    for context in contexts.values():
        context.close()


def sign_up(page: Page, room: Room, name: str, password: str) -> None:
    page.goto(f"{room.url}/hub/signup")
    page.locator("#username_input").fill(name)
    page.locator("#password_input").fill(password)
    page.locator("#password_confirmation_input").fill(password)
    page.locator("#signup_submit").click()


def log_in(page: Page, room: Room, name: str, path: str = "") -> None:
    page.goto(f"{room.url}/hub/login?next={path}")
    page.locator("#username_input").fill(name)
    page.locator("#password_input").fill(PASSWORDS[name])
    page.locator("#login_submit").click()


def test_nobody_gets_in_before_the_instructor_lets_them_in(room: Room, pages: dict[str, Page]) -> None:
    sign_up(pages["nobody"], room, "teacher", "I am the teacher now")
    expect(pages["nobody"].get_by_text("already in use")).to_be_visible()
    sign_up(pages["nobody"], room, "../../root", "no folder of mine")
    expect(pages["nobody"].get_by_text("Something went wrong!")).to_be_visible()
    sign_up(pages["nobody"], room, "eve", "password12")
    expect(pages["nobody"].get_by_text("has at least 10 characters and is not too common")).to_be_visible()
    for name in ("ada", "bob"):
        sign_up(pages[name], room, name, PASSWORDS[name])
        expect(pages[name].get_by_text("Your information has been sent to the admin")).to_be_visible()
        log_in(pages[name], room, name)
        expect(pages[name].get_by_text("Invalid username or password")).to_be_visible()
    teacher = pages["teacher"]
    log_in(teacher, room, "teacher", "/hub/authorize")
    for name in ("ada", "bob"):
        teacher.goto(f"{room.url}/hub/authorize")
        teacher.locator("tr", has_text=name).get_by_text("Authorize", exact=True).click()


def test_each_has_a_working_copy_and_what_they_check_is_in_the_class_view(room: Room, pages: dict[str, Page]) -> None:
    for name, source in (("ada", RIGHT), ("bob", WRONG)):
        page = pages[name]
        log_in(page, room, name)
        page.wait_for_url(f"**/user/{name}/lab/tree/00_start_here.ipynb", timeout=180_000)
        lesson = LessonPage(page, Lab(f"{room.url}/user/{name}", "", room.learner(name)))
        lesson.open(LESSON)
        lesson.type_and_run(lesson.cell('answer("5.2"'), f"from autodiff_lessons import answer\n{source}")
        assert (room.learner(name) / "autodiff-lessons-work" / LESSON).is_file()
    teacher = pages["teacher"]
    teacher.goto(f"{room.url}/services/class/")
    table = teacher.locator("tbody")
    expect(table.locator("tr", has_text="ada")).to_contain_text("solved at attempt 1", timeout=30_000)
    expect(table.locator("tr", has_text="bob")).to_contain_text("1 attempt, not solved yet", timeout=30_000)
    expect(teacher.locator("#misconceptions")).to_contain_text(get("5.2").misconceptions["no-absolute-value"])
    shots = os.environ.get("AUTODIFF_LESSONS_SHOTS")
    if shots:
        teacher.screenshot(path=Path(shots) / "class_view_on_hub.png", full_page=True)
        pages["bob"].screenshot(path=Path(shots) / "learner_on_hub.png")


def test_a_learner_may_see_neither_the_class_nor_another_s_server(room: Room, pages: dict[str, Page]) -> None:
    page = pages["bob"]
    for path in ("/services/class/", "/hub/authorize", "/hub/admin", "/user/ada/api/contents"):
        answer = page.goto(f"{room.url}{path}")
        assert answer is not None
        assert answer.status in (403, 404), path


def test_the_hub_s_own_files_are_its_own(room: Room) -> None:
    assert (room.folder / "hub").stat().st_mode & 0o777 == 0o700
    secrets = [*PASSWORDS.values()]
    for file in (room.folder / "hub").iterdir():
        if file.is_file():
            content = file.read_bytes()
            assert not any(password.encode() in content for password in secrets), file
    assert not any(password in room.log.read_text() for password in secrets)
