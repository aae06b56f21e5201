"""Measure what a hand feels: from moving a slider to the picture, for every explorer and graph of every lesson.

    python tests/benchmarks/hand.py [--only 05] [--moves N] [--drag SECONDS] [--write README.md]

The real JupyterLab in headless Chromium. Each lesson is run from top to bottom, and a cell is added to it: the usual
`interact` around a function that makes a matplotlib figure of a curve and its tangent, with inline pictures. Keys move
the sliders in turns, `interact`'s too, so that a slow moment of the machine meets both. A time is from the key press
to the end of the frame that shows the new picture; a cell is the median.

Page and kernel talk through a line of our own (slow_line.py), which costs nothing, or 50 ms each way. The exported page
has no kernel at all. Dragging: 60 movements a second, while a callback in the kernel takes 100 ms for each that it
hears of; how long after the release the picture still changes, after one second of dragging and after ten.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import nbformat
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from report import write_between
from slow_line import SlowLine, slow_line

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "browser"))

from lab_server import Lab, running_lab
from lesson_page import KERNEL, LessonPage
from lesson_widgets import NOTEBOOKS, notebooks, page_of

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
ONE_WAY = 0.05  # seconds: a round trip to the kernel takes 100 ms more
VIEWS = ".adl-explorer, .adl-gv"
PICTURES = ".adl-explorer-card, .adl-gv-paper"

LAST_CELLS = {
    "interact": """
%matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import interact

def usual(x=1.0):
    xs = np.linspace(-3, 3, 201)
    plt.figure(figsize=(6.4, 4))
    plt.plot(xs, np.sin(xs), label="sin")
    plt.axline((x, np.sin(x)), slope=np.cos(x), color="C1", linestyle="--", label="tangent")
    plt.plot([x], [np.sin(x)], "ko", label="point")
    plt.xlim(-3, 3)
    plt.ylim(-1.3, 1.3)
    plt.legend()
    plt.show()
    print(f"at x = {x:.6g}, sin = {np.sin(x):.6g} and the slope is {np.cos(x):.6g}")

interact(usual, x=(-3.0, 3.0, 0.1));""",
    "painted": """
from autodiff_lessons import Explorer

def backdrop(axes):
    xs = np.linspace(-3, 3, 201)
    axes.plot(xs, np.sin(xs), label="sin")
    axes.set(xlim=(-3, 3), ylim=(-1.3, 1.3))

def tangent(axes, x):
    x = float(x)  # so it can't be traced
    axes.axline((x, np.sin(x)), slope=np.cos(x), color="C1", linestyle="--")
    axes.plot([x], [np.sin(x)], "ko")
    return f"at x = {x:.6g}, sin = {np.sin(x):.6g} and the slope is {np.cos(x):.6g}"

painted = Explorer(tangent, backdrop=backdrop, x=(-3, 3, 1.0))
assert not painted.in_page
painted""",
    "slow": """
import time
from ipywidgets.widgets import widget
pause = 0.0
for one in list(widget._instances.values()):
    if type(one).__module__.startswith("autodiff_lessons") and one.sliders:
        one.observe(lambda _: time.sleep(pause), "values")""",
}

# Notes, for the picture within `box`, when a key was pressed and when the frame that shows the change was over.
WATCH = """([box, keys]) => {
    const times = [];
    let start = null;
    let changed = false;
    window.adlTimes = times;
    window.adlLastChange = 0;
    window.adlEnd?.();
    const settled = () => [...box.querySelectorAll("img")].every((one) => one.complete && one.naturalWidth);
    const hasPicture = () => box.querySelector("img, svg");
    const observer = new MutationObserver(() => {
        changed = true;
        window.adlLastChange = performance.now();
    });
    const attributeFilter = ["d", "x", "y", "src"];
    observer.observe(box, { subtree: true, childList: true, characterData: true, attributeFilter });
    const onKey = (event) => {
        if (!keys.includes(event.key)) return;
        start = event.timeStamp;
        changed = false;
        requestAnimationFrame(look);
    };
    const look = () => {
        if (!changed || !hasPicture() || !settled()) return requestAnimationFrame(look);
        const { port1, port2 } = new MessageChannel(); // its message comes when this frame has been painted
        port1.onmessage = () => times.push(performance.now() - start);
        port2.postMessage(0);
    };
    document.addEventListener("keydown", onKey, true);
    window.adlEnd = () => {
        observer.disconnect();
        document.removeEventListener("keydown", onKey, true);
    };
}"""

# Moves a slider to and fro, once a frame, for so many seconds. Gives for how many ms after the release the picture
# changed (nothing did for a second after that), and how long a frame took in the first second and in the last.
DRAG = """async ([input, seconds]) => {
    const frame = () => new Promise(requestAnimationFrame);
    const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
    const ends = [];
    const begun = performance.now();
    const top = Number(input.max);
    while (performance.now() - begun < 1000 * seconds) {
        const turn = ((performance.now() - begun) / 2000) % 2;
        input.value = String(Math.round(top * (0.1 + 0.8 * (turn < 1 ? turn : 2 - turn))));
        input.dispatchEvent(new Event("input", { bubbles: true }));
        ends.push(await frame());
    }
    const took = ends.slice(1).map((end, at) => [end, end - ends[at]]);
    const within = (from, to) => median(took.filter(([end]) => end >= from && end <= to).map(([, ms]) => ms));
    const frames = [within(begun, begun + 1000), within(ends.at(-1) - 1000, ends.at(-1))];
    const released = performance.now();
    while (performance.now() - Math.max(released, window.adlLastChange) < 1000) await frame();
    return [Math.max(0, window.adlLastChange - released), ...frames];
}"""


@dataclass
class Row:
    """One picture's times in milliseconds; those of `interact` beside it were measured in the same turns."""

    lesson: str
    kind: str
    in_page: bool
    here: list[float] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)
    here_slow: list[float] = field(default_factory=list)
    usual_slow: list[float] = field(default_factory=list)
    no_kernel: list[float] = field(default_factory=list)
    lags: tuple[float, float] = (0.0, 0.0)  # after a short and after a long drag
    frames: tuple[float, float] = (0.0, 0.0)  # of the long drag, in its first second and in its last

    def cells(self) -> list[str]:
        here, usual = statistics.median(self.here), statistics.median(self.usual)
        slow, usual_slow = statistics.median(self.here_slow), statistics.median(self.usual_slow)
        return [
            self.lesson,
            self.kind,
            "page" if self.in_page else "kernel",
            f"{here:.0f}",
            f"{usual:.0f} ({usual / here:.1f}x)",
            f"{slow:.0f}",
            f"{usual_slow:.0f} ({usual_slow / slow:.1f}x)",
            f"{statistics.median(self.no_kernel):.0f}" if self.no_kernel else "-",
            "{:.0f}, {:.0f}".format(*self.lags),
            "{:.0f}, {:.0f}".format(*self.frames),
        ]


HEADS = [
    "lesson",
    "picture",
    "computed by",
    "ms to the picture",
    "`interact`",
    "+100 ms: here",
    "`interact`",
    "no kernel",
    "lag after 1 s, 10 s",
    "frame in the 1st, 10th s",
]


class Hand:
    """Moves one slider with keys and times its picture."""

    def __init__(self, page: Page, slider: Locator, picture: Locator, keys: tuple[str, str]) -> None:
        self.page, self.slider, self.picture, self.keys = page, slider, picture, keys

    def watch(self) -> None:
        box, keys = self.picture.element_handle(), list(self.keys)
        self.slider.scroll_into_view_if_needed()
        self.page.evaluate(WATCH, [box, keys])

    def times(self, moves: int) -> list[float]:
        self.watch()
        self.slider.focus()
        for number in range(moves + 1):
            self.page.keyboard.press(self.keys[number % 2])
            self.page.wait_for_function("count => window.adlTimes.length > count", arg=number)
            self.page.wait_for_timeout(50)  # the picture comes to rest, and the next key at another point of a frame
        found: list[float] = self.page.evaluate("() => window.adlTimes")
        return found[1:]

    def drag(self, seconds: float) -> tuple[float, float, float]:
        """The lag after the release; a frame in the first second and in the last."""
        self.watch()
        lag, first, last = self.page.evaluate(DRAG, [self.slider.element_handle(), seconds])
        return lag, first, last


def extended(notebook: str, with_painted: bool) -> nbformat.NotebookNode:
    """The lesson and what is measured beside it."""
    lesson = nbformat.read(NOTEBOOKS / notebook, as_version=4)
    for name, source in LAST_CELLS.items():
        if name != "painted" or with_painted:
            lesson.cells.append(nbformat.v4.new_code_cell(f"# {name}{source}"))
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return lesson


def hand_on(view: Locator, page: Page) -> Hand:
    """A hand on its first slider, which stands inside: with room to either side, not at the 0 of a symmetric one."""
    slider = view.locator("input[type=range]").first
    move_inside = "one => { one.value = Math.round(one.max * 0.65); one.dispatchEvent(new Event('input')); }"
    slider.evaluate(move_inside)
    page.wait_for_timeout(500)
    return Hand(page, slider, view.locator(PICTURES), ("PageDown", "PageUp"))


def measured(browser: Browser, lab: Lab, line: SlowLine, notebook: str, options: argparse.Namespace) -> Iterator[Any]:
    """First the seconds to the first picture, then the rows of one lesson."""
    first = notebook == notebooks()[0]
    name = f"hand-{notebook}"
    nbformat.write(extended(notebook, first), lab.folder / name)
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(60_000)
    lesson = LessonPage(page, Lab(f"http://127.0.0.1:{line.port}", lab.token, lab.folder))
    lesson.open(name)
    start = time.perf_counter()
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.locator(VIEWS).first.wait_for()
    yield time.perf_counter() - start
    lesson.wait_until_idle()

    exported = browser.new_page(viewport={"width": 1280, "height": 1000})
    html = page_of(notebook)
    file = lab.folder / f"{name}.html"
    file.write_text(html, encoding="utf-8")
    exported.goto(file.as_uri())
    exported.locator(VIEWS).first.wait_for()
    states = json.loads(exported.locator("#adl-states").text_content() or "")
    places = [(place, kind, bool(state["program"])) for place, (kind, state) in states.items()]
    if first:
        places.append(("", "an explorer that the kernel draws", False))
    cells = [one for one in lesson.cells_with_widgets() if lesson.cell(one).locator(VIEWS).count()]
    assert len(cells) == len(places), (cells, places)

    for cell, (place, kind, in_page) in zip(cells, places, strict=True):
        view = lesson.cell(cell).locator(VIEWS)
        if not view.locator("input[type=range]").count():
            continue
        row = Row(notebook[:2], kind, in_page)
        usual = lesson.cell("# interact")
        its_hand = Hand(
            page, usual.locator(".noUi-handle"), usual.locator(".widget-output"), ("ArrowLeft", "ArrowRight")
        )
        for delay, here, beside in ((0.0, row.here, row.usual), (ONE_WAY, row.here_slow, row.usual_slow)):
            line.delay = delay
            for _ in range(2):
                here.extend(hand_on(lesson.cell(cell).locator(VIEWS), page).times(options.moves))
                lesson.cell("# interact")
                beside.extend(its_hand.times(options.moves))
        line.delay = 0.0
        if in_page:
            row.no_kernel = hand_on(exported.locator(f"#{place}").locator(VIEWS), exported).times(options.moves)
        slowed(lesson, 0.1)
        hand = hand_on(lesson.cell(cell).locator(VIEWS), page)
        short, long = hand.drag(1.0), hand.drag(options.drag)
        row.lags, row.frames = (short[0], long[0]), long[1:]
        slowed(lesson, 0.0)
        yield row
    lesson.shut_down()
    page.close()
    exported.close()


def slowed(lesson: LessonPage, seconds: float) -> None:
    """From now on the kernel's callbacks take so long."""
    lesson.page.evaluate(f"code => {KERNEL}.requestExecute({{ code }}).done", f"pause = {seconds}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="notebooks whose name begins so")
    parser.add_argument("--moves", type=int, default=12, help="key presses in a turn; there are two turns")
    parser.add_argument("--drag", type=float, default=10.0, help="seconds of the long drag")
    parser.add_argument("--chromium", default="chromium", help="the browser's command")
    parser.add_argument("--write", type=pathlib.Path, help="a file with the two marks, hand")
    options = parser.parse_args()
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    firsts = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_lab(f"{sys.executable} -m autodiff_lessons.cli lab", pathlib.Path(scratch)) as lab,
        slow_line(int(lab.url.rpartition(":")[2])) as line,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which(options.chromium), args=FLAGS)
        for notebook in notebooks():
            if not notebook.startswith(options.only):
                continue
            for found in measured(browser, lab, line, notebook, options):
                if isinstance(found, float):
                    firsts.append(found)
                    print(f"{notebook}: first picture after {found:.1f} s", flush=True)
                else:
                    lines.append(f"| {' | '.join(found.cells())} |")
                    print(lines[-1], flush=True)
        browser.close()
    said = (
        f"Fresh kernel, from running the first cell to the first picture: {min(firsts):.1f} to {max(firsts):.1f} s. "
        f"Medians of {2 * options.moves}; {os.cpu_count()} cores, {os.getloadavg()[2]:.1f} processes wanting them."
    )
    text = "\n".join([*lines, "", said])
    if options.write:
        write_between(options.write, "hand", text)


if __name__ == "__main__":
    main()
