"""The class view in a real browser, over a shared folder: what an instructor sees, and what nobody may do to it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from class_events import HOSTILE_NAMES, event
from lab_server import free_port
from playwright.sync_api import Browser, Page, expect

from autodiff_lessons.classroom.delivery import FolderDelivery
from autodiff_lessons.classroom.live.names import shown
from autodiff_lessons.classroom.sharing import LONGEST_NAME
from autodiff_lessons.exercises import get

pytestmark = pytest.mark.browser

MINUTE = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("class")


@pytest.fixture(scope="module")
def address(folder: Path, chromium: str) -> Iterator[str]:
    """Where `autodiff-lessons class` serves the page for this folder."""
    command = [sys.executable, "-m", "autodiff_lessons.cli", "class", "--folder", str(folder)]
    process = subprocess.Popen([*command, "--port", str(free_port())], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = [process.stdout.readline() for _ in range(3)]
        yield re.findall(r"http://\S+", said[1])[0]
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.stdout.close()
    assert process.returncode == 130


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page; it asks nothing of anyone else, breaks no rule of its own, and runs nobody's script."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    made = context.new_page()
    problems: list[str] = []
    made.on("console", lambda message: problems.append(message.text))
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("request", lambda request: None if request.url.startswith(address) else problems.append(request.url))
    made.goto(address)
    yield made
    hacked = made.evaluate("window.hacked")
    context.close()
    assert ([text for text in problems if "status of 503" not in text], hacked) == ([], None)  # one test asks for it


def send(folder: Path, learner: str, *events: Any) -> None:
    FolderDelivery(folder, learner).deliver(events)


def row(page: Page, name: str) -> list[str]:
    """What a voice would read of a learner's row."""
    cells = page.locator("tbody tr", has=page.get_by_role("rowheader", name=name, exact=True)).locator("td")
    return [cell.split("\n")[-1].strip() for cell in cells.all_inner_texts()]


def columns(page: Page) -> list[str]:
    return [text.split()[0] for text in page.locator("thead th").all_inner_texts()]


def test_events_appear_while_it_is_open(page: Page, folder: Path) -> None:
    expect(page.get_by_text("0 learners, 0 stuck")).to_be_visible()
    now = time.time()
    send(folder, "Ada", event("5.1", "correct", time=now, attempt=2), event("5.2", "not attempted", time=now))
    expect(page.get_by_text("1 learner, 0 stuck")).to_be_visible(timeout=10_000)
    assert columns(page) == ["learner", "5.1", "5.2", "5.3", "5.4"]
    assert row(page, "Ada") == ["solved at attempt 2", "nothing tried", "", ""]
    (misconception, sentence), *_ = get("5.4").misconceptions.items()
    wrong = [
        event("5.4", time=now - 6.5 * MINUTE + number, attempt=number, misconception=misconception) for number in (1, 2)
    ]
    send(folder, "Ada", *wrong)
    expect(page.get_by_text("1 learner, 1 stuck")).to_be_visible(timeout=10_000)
    assert row(page, "Ada")[-1] == "2 attempts, not solved yet, stuck"
    stuck = page.locator("#stuck")
    expect(stuck).to_contain_text(f"Ada on 5.4 {get('5.4').title}: 2 wrong answers in a row, for 6 min")
    expect(stuck).to_contain_text(sentence)
    expect(page.locator("#misconceptions")).to_contain_text(f"5.4 {get('5.4').title} 1 learner, 1 of them now")
    assert page.locator("#misconceptions .bar .now").evaluate("bar => bar.style.width") == "100%"
    send(folder, "Ada", event("5.4", "correct", time=now, attempt=3))
    expect(page.get_by_text("Nobody is stuck.")).to_be_visible(timeout=10_000)
    expect(page.locator("#misconceptions")).to_contain_text("1 learner, 0 of them now")


def test_hostile_names_are_only_names_and_can_be_hidden(page: Page, folder: Path) -> None:
    names = [name[:LONGEST_NAME] for name in HOSTILE_NAMES.values()]
    for name in names:
        send(folder, name, event("5.1", "correct", time=time.time()))
    expect(page.locator("tbody tr")).to_have_count(1 + len(names), timeout=10_000)
    heads = page.locator("tbody th").all_inner_texts()
    assert set(heads) == {"Ada", *map(shown, names)}
    heights = page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")
    assert max(heights) < 1.5 * min(heights)

    page.get_by_role("button", name="Hide names").press("Enter")
    hidden = [f"Learner {number}" for number in range(1, len(heads) + 1)]
    assert page.locator("tbody th").all_inner_texts() == hidden
    page.reload()
    expect(page.get_by_role("button", name="Names are hidden")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("tbody tr")).to_have_count(len(heads))
    content = page.content()
    assert not any(name in content for name in ["Ada", *map(shown, names)])
    page.get_by_role("button", name="Names are hidden").click()
    assert set(page.locator("tbody th").all_inner_texts()) == set(heads)


def test_one_lesson_can_be_chosen(page: Page, folder: Path) -> None:
    send(folder, "Ada", event("1.2", "correct", time=time.time()))
    expect(page.locator("thead")).to_contain_text("1.2", timeout=10_000)
    page.get_by_label("Lesson").select_option("1")
    assert columns(page) == ["learner", "1.1", "1.2", "1.3"]
    expect(page.get_by_text("No known misconception was seen yet.")).to_be_visible()
    page.get_by_label("Lesson").select_option("")
    assert "5.4" in columns(page)


def test_it_says_when_the_numbers_are_old_and_goes_on(page: Page, address: str) -> None:
    expect(page.locator("tbody tr").first).to_be_visible()
    page.route("**/state", lambda route: route.fulfill(status=503, body="", headers={"Content-Type": "text/plain"}))
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("The numbers below are old: it answered 503. Trying again.", timeout=10_000)
    page.unroute("**/state")
    expect(problem).to_be_hidden(timeout=15_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(page: Page, scheme: str, tmp_path: Path) -> None:
    """At least 4.5 to 1 between a text and what is behind it (WCAG 2.2, 1.4.3)."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(page.locator("tbody tr").first).to_be_visible()
    shots = os.environ.get("AUTODIFF_LESSONS_SHOTS")
    if shots:
        page.screenshot(path=Path(shots) / f"class_view_{scheme}.png", full_page=True)
    found = page.evaluate(CONTRASTS)
    assert len(found) > 8
    assert [text for text, contrast in found if contrast < 4.5] == []


CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const light = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(one => one / 255)
            .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = node => {
        const own = getComputedStyle(node).backgroundColor;
        return own !== "rgba(0, 0, 0, 0)" ? own : ground(node.parentElement);
    };
    const texts = [...document.querySelectorAll("body *")].filter(node => node.checkVisibility()
        && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()));
    return texts.map(node => {
        const [one, other] = [light(getComputedStyle(node).color), light(ground(node))];
        return [node.textContent, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
    });
}"""
