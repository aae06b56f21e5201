"""A lab, rehearsed on `autodiff-lessons hub`: accounts, working copies, three learners and their instructor's page.

The class view is killed in the middle. AUTODIFF_LESSONS_SHOTS names a folder for screenshots to look at.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab_server import Lab
from lesson_page import LessonPage
from playwright.sync_api import Browser, Page, expect
from room_process import Room, running_room

from autodiff_lessons.classroom.hub.authenticator import NOT_YET
from autodiff_lessons.exercises import get

pytestmark = pytest.mark.browser

LEARNERS = ("ada", "bob", "cleo")
PASSWORDS = {name: f"{name} likes long walks" for name in ("teacher", *LEARNERS)}
LESSON = "05_read_computation_graphs.ipynb"
RIGHT = get("5.2").solution
WRONG = 'answer("5.2", x1=6, x2=7, loss=-3)'


@pytest.fixture(scope="module")
def room(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with running_room(tmp_path_factory.mktemp("room"), PASSWORDS["teacher"]) as running:
        for name in LEARNERS:  # the page's `jupyterapp` lets a test see the kernel
            settings = running.learner(name) / ".jupyter"
            settings.mkdir(parents=True)
            for file in ("jupyter_server_config.json", "jupyter_lab_config.json"):
                (settings / file).write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
        yield running


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


def log_in(page: Page, room: Room, name: str, path: str = "", password: str = "") -> None:
    page.goto(f"{room.url}/hub/login?next={path}")
    page.locator("#username_input").fill(name)
    page.locator("#password_input").fill(password or PASSWORDS[name])
    page.locator("#login_submit").click()


def test_nobody_gets_in_before_the_instructor_lets_them_in(room: Room, pages: dict[str, Page]) -> None:
    sign_up(pages["nobody"], room, "teacher", "I am the teacher now")
    expect(pages["nobody"].get_by_text("already in use")).to_be_visible()
    sign_up(pages["nobody"], room, "../../root", "no folder of mine")
    expect(pages["nobody"].get_by_text("Something went wrong!")).to_be_visible()
    sign_up(pages["nobody"], room, "eve", "password12")
    expect(pages["nobody"].get_by_text("has at least 10 characters and is not too common")).to_be_visible()
    for name in LEARNERS:
        sign_up(pages[name], room, name, PASSWORDS[name])
        expect(pages[name].get_by_text("Your information has been sent to the admin")).to_be_visible()
        log_in(pages[name], room, name, password="a wrong password")
        expect(pages[name].get_by_text("Invalid username or password")).to_be_visible()
        log_in(pages[name], room, name)
        expect(pages[name].get_by_text(NOT_YET)).to_be_visible()
    shoot(pages["ada"], "not_let_in_yet")
    teacher = pages["teacher"]
    log_in(teacher, room, "teacher", "/hub/authorize")
    for name in LEARNERS:
        teacher.goto(f"{room.url}/hub/authorize")
        teacher.locator("tr", has_text=name).get_by_text("Authorize", exact=True).click()


@pytest.fixture(scope="module")
def lessons(room: Room, pages: dict[str, Page]) -> dict[str, LessonPage]:
    """Lesson 05, open in front of each learner."""
    opened = {
        name: LessonPage(pages[name], Lab(f"{room.url}/user/{name}", "", room.learner(name))) for name in LEARNERS
    }
    for name in LEARNERS:  # all start at once, as in a room
        log_in(pages[name], room, name)
    for name, lesson in opened.items():
        pages[name].wait_for_url(f"**/user/{name}/lab/tree/00_start_here.ipynb", timeout=180_000)
        lesson.open(LESSON)
        assert (room.learner(name) / "autodiff-lessons-work" / LESSON).is_file()
    return opened


def check(lesson: LessonPage, exercise: str, source: str) -> None:
    """Write an answer into the exercise's own cell, and run it."""
    cell = lesson.cell(f"exercise-{exercise.replace('.', '-')}")
    lesson.type_and_run(cell, f"from autodiff_lessons import answer\n{source}")


def shoot(page: Page, name: str, **how: bool) -> None:
    if shots := os.environ.get("AUTODIFF_LESSONS_SHOTS"):
        page.screenshot(path=Path(shots) / f"{name}.png", **how)


def wait_until(true: Callable[[], object], seconds: float = 90) -> None:  # the hub looks every 30 s for what is gone
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_each_learner_checks_is_on_the_instructor_s_page(
    room: Room, pages: dict[str, Page], lessons: dict[str, LessonPage]
) -> None:
    teacher = pages["teacher"]
    teacher.goto(f"{room.url}/services/class/")
    check(lessons["ada"], "5.2", RIGHT)
    check(lessons["bob"], "5.2", WRONG)
    table = teacher.locator("tbody")
    expect(table.locator("tr", has_text="ada")).to_contain_text("solved at attempt 1", timeout=30_000)
    expect(table.locator("tr", has_text="bob")).to_contain_text("1 attempt, not solved yet", timeout=30_000)
    expect(teacher.locator("#misconceptions")).to_contain_text(get("5.2").misconceptions["no-absolute-value"])
    shoot(pages["bob"], "learner_on_hub")
    shoot(teacher, "class_view_before", full_page=True)


def test_what_is_checked_while_the_class_view_is_away_arrives_once_it_is_back(
    room: Room, pages: dict[str, Page], lessons: dict[str, LessonPage]
) -> None:
    teacher, before = pages["teacher"], room.events()
    killed = room.view_process()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: room.view_process() != killed)
    check(lessons["cleo"], "5.2", WRONG)
    check(lessons["bob"], "5.2", WRONG)
    check(lessons["bob"], "5.2", RIGHT)
    shoot(pages["bob"], "learner_while_away")
    shoot(teacher, "class_view_away", full_page=True)
    wait_until(lambda: room.view_answers() and room.view_process() not in (0, killed))
    table = teacher.locator("tbody")  # the page that was open all the time
    expect(table.locator("tr", has_text="bob")).to_contain_text("solved at attempt 3", timeout=60_000)
    expect(table.locator("tr", has_text="cleo")).to_contain_text("1 attempt, not solved yet", timeout=60_000)
    expect(table.locator("tr", has_text="ada")).to_contain_text("solved at attempt 1")
    since = sorted(room.events()[len(before) :], key=lambda event: event[0])  # the order of each learner's own
    assert since == [("bob", "5.2", "incorrect"), ("bob", "5.2", "correct"), ("cleo", "5.2", "incorrect")]
    shoot(teacher, "class_view_after", full_page=True)


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
