"""A notebook that is open in a real JupyterLab, driven as a learner would: with the mouse and the keyboard."""

from __future__ import annotations

import hashlib
from typing import Any

from lab_server import Lab
from playwright.sync_api import ConsoleMessage, Locator, Page

from autodiff_lessons.course.jupyter import WIDGET_VIEW

NOTEBOOK = "window.jupyterapp.shell.currentWidget.content"
KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext.session?.kernel"
CONNECTED = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return session?.isReady && session.session?.kernel?.connectionStatus === "connected";
}"""


class LessonPage:
    """One page with one notebook."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page = page
        self.lab = lab
        self.console: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))

    def open(self, notebook: str) -> None:
        """Open it and wait until its kernel can be spoken to (before that, running a cell asks for a kernel)."""
        self.page.goto(f"{self.lab.page(notebook)}&reset")  # without the tabs of earlier notebooks
        self.page.wait_for_function(CONNECTED)
        self.wait_until_idle()

    def run_all(self) -> None:
        """Run every cell; the command ends with the last one."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        self.page.wait_for_function(f"() => {KERNEL}?.status === 'idle'")

    def outputs(self) -> list[dict[str, Any]]:
        """What all cells have put out, as the notebook's model holds it."""
        found: list[dict[str, Any]] = self.page.evaluate(
            f"() => {NOTEBOOK}.widgets.filter(cell => cell.outputArea).flatMap(cell => cell.model.outputs.toJSON())"
        )
        return found

    def errors(self) -> list[dict[str, Any]]:
        """What of it is an error, or was written to stderr."""
        return [one for one in self.outputs() if one["output_type"] == "error" or one.get("name") == "stderr"]

    def cells_with_widgets(self) -> list[str]:
        """The ids of the code cells that show a widget."""
        found: list[str] = self.page.evaluate(
            f"""() => {NOTEBOOK}.widgets
                .filter(cell => cell.outputArea?.model.toJSON().some(output => output.data?.["{WIDGET_VIEW}"]))
                .map(cell => cell.model.id)"""
        )
        return found

    def shut_down(self) -> None:
        """End the notebook's kernel."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    def cell(self, start_or_id: str) -> Locator:
        """Find the code cell with this id or whose text starts so, make it the active one and bring it into view."""
        number = self.page.evaluate(
            f"""wanted => {{
                const found = cell => cell.model.id === wanted || cell.model.sharedModel.source.startsWith(wanted);
                const number = {NOTEBOOK}.widgets.findIndex(cell => cell.model.type === "code" && found(cell));
                if (number < 0) throw Error("there is no cell " + wanted);
                {NOTEBOOK}.activeCellIndex = number;
                return {NOTEBOOK}.scrollToItem(number, "center").then(() => number);
            }}""",
            start_or_id,
        )
        cell = self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{number}"]')
        cell.scroll_into_view_if_needed()
        return cell

    def active_cell(self) -> int:
        return int(self.page.evaluate(f"() => {NOTEBOOK}.activeCellIndex"))

    def type_and_run(self, cell: Locator, source: str) -> None:
        """Replace a cell's text by typing over it, and run it."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        count = f"{NOTEBOOK}.activeCell.model.executionCount"
        before = self.page.evaluate(f"() => {count}")
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(f"before => ![before, null].includes({count})", arg=before)
        self.wait_until_idle()

    def drag(self, slider: Locator, to: float) -> None:
        """Drag a slider's thumb with the mouse, in steps as a hand does, to this part (0 to 1) of its way."""
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        assert box is not None
        stop, stops = (float(slider.evaluate(f"input => input.{name}")) for name in ("value", "max"))
        thumb = 16  # pixels: half of it stays inside the track at either end
        at = [box["x"] + thumb / 2 + part * (box["width"] - thumb) for part in (stop / stops, to)]
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(at[0], middle)
        self.page.mouse.down()
        self.page.mouse.move(at[1], middle, steps=12)
        self.page.mouse.up()
        self.wait_until_idle()

    def picture(self, image: Locator) -> str:
        """A fingerprint of the picture that an <img> shows."""
        content = image.evaluate(
            "async image => Array.from(new Uint8Array(await (await fetch(image.src)).arrayBuffer()))"
        )
        return hashlib.sha256(bytes(content)).hexdigest()

    def use_theme(self, name: str) -> None:
        self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        self.page.wait_for_function("() => !document.getElementById('jupyterlab-splash')")  # it lies over everything

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console.append(f"{message.text} ({message.location.get('url')})")
