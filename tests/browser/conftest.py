"""A JupyterLab on the course and a Chromium to open it in."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from chromium import FLAGS
from lab_server import Lab, running_lab
from lesson_page import LessonPage
from playwright.sync_api import Browser, sync_playwright

# A folder to put a failed test's screenshot and console into (default: .artifacts in the repository).
ARTIFACTS = "AUTODIFF_LESSONS_ARTIFACTS"

_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


# Module scope: while Playwright is there its event loop counts as running, which would disturb other files' tests.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield chrome
        chrome.close()


@pytest.fixture(scope="module")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(f"{sys.executable} -m autodiff_lessons.cli lab", tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def lesson_page(browser: Browser, lab: Lab) -> Iterator[LessonPage]:
    """A page that the tests of one file share, without a notebook yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(30_000)
    yield LessonPage(context.new_page(), lab)
    context.close()


@pytest.fixture(scope="module")
def lesson(lesson_page: LessonPage, request: pytest.FixtureRequest) -> LessonPage:
    """The notebook that the test file names in LESSON, run from top to bottom."""
    lesson_page.open(request.module.LESSON)
    lesson_page.run_all()
    return lesson_page


@pytest.fixture(autouse=True)
def _keep_what_a_failure_showed(repository: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    if "lesson_page" not in request.fixturenames:
        yield
        return
    lesson_page: LessonPage = request.getfixturevalue("lesson_page")
    yield
    if request.node.stash.get(_failed, False):
        folder = Path(os.environ.get(ARTIFACTS) or repository / ".artifacts")
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "-", request.node.name)
        (folder / f"{name}.console.txt").write_text("\n".join(lesson_page.console))
        lesson_page.page.screenshot(path=folder / f"{name}.png")
