"""TrainingView's page with a stand-in for the kernel: what it shows, and what it does when nobody answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from autodiff_lessons.widgets.standalone import state_of
from autodiff_lessons.widgets.training import TrainingView

pytestmark = pytest.mark.browser

# A model as anywidget's, with a kernel whose interrupt() does what `window.interrupt` says.
RENDER = """async ([module, css, state, hasKernel]) => {
    document.head.insertAdjacentHTML("beforeend", `<style>${css}</style>`);
    document.body.innerHTML = "<div id='view'></div>";
    const address = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
    const { default: widget } = await import(address);
    const listeners = {};
    window.sent = [];
    window.interrupt = () => Promise.resolve();
    window.set = (changes) => {
        Object.assign(state, changes);
        Object.keys(changes).forEach((name) => (listeners[`change:${name}`] ?? []).forEach((listener) => listener()));
    };
    const model = {
        get: (name) => state[name],
        send: (message) => window.sent.push(message),
        on: (event, listener) => (listeners[event] ??= []).push(listener),
        off() {},
        widget_manager: hasKernel ? { kernel: { interrupt: () => window.interrupt() } } : undefined,
    };
    widget.render({ model, el: document.getElementById("view") });
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page()
    problems: list[str] = []
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    made.on("pageerror", lambda error: problems.append(str(error)))
    yield made
    made.close()
    assert problems == []


def rendered(page: Page, has_kernel: bool = True, **changes: Any) -> Locator:
    """A view of a training of four epochs, two of them done."""
    losses = iter([{"training loss": 2.0, "held-out loss": 3.0}, {"training loss": 1.0, "held-out loss": 2.0}])
    view = TrainingView(lambda: next(losses), epochs=4)
    with pytest.raises(StopIteration):
        view.run()
    state = json.loads(json.dumps(state_of(view) | {"status": "stopped", "said": "Stopped."} | changes))
    page.evaluate(RENDER, [str(view._esm), str(view._css), state, has_kernel])
    return page.locator(".adl-training")


def test_curves_and_progress_are_drawn(page: Page) -> None:
    view = rendered(page)
    bar = view.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "2")
    expect(bar).to_have_attribute("aria-valuemax", "4")
    expect(view.locator("svg text", has_text="held-out loss")).to_be_visible()
    assert view.locator("g[clip-path] .adl-sk-line").count() == 2
    done, whole = (view.locator(f".adl-training-{part}").bounding_box() for part in ("done", "progress"))
    assert done is not None
    assert whole is not None
    assert done["width"] == pytest.approx(whole["width"] / 2, abs=2)


@pytest.mark.parametrize(
    ("status", "text", "is_disabled"),
    [("running", "Stop", "false"), ("stopped", "Continue", "false"), ("finished", "Done", "true")],
)
def test_the_button_says_what_it_does(page: Page, status: str, text: str, is_disabled: str) -> None:
    button = rendered(page, status=status).locator("button")
    expect(button).to_have_text(text)
    expect(button).to_have_attribute("aria-disabled", is_disabled)


def test_stop_interrupts_and_waits_for_the_kernels_word(page: Page) -> None:
    view = rendered(page, status="running", said="Running: epoch 2 of 4.")
    view.locator("button").click()
    expect(view.locator(".adl-training-sentence")).to_have_text("Stopping after this epoch.")
    expect(view.locator("button")).to_have_attribute("aria-disabled", "true")
    page.evaluate("() => window.set({ said: 'Running: epoch 3 of 4.' })")  # one that was on its way
    expect(view.locator(".adl-training-sentence")).to_have_text("Stopping after this epoch.")
    page.evaluate("() => window.set({ status: 'stopped', said: 'Stopped: epoch 3 of 4.' })")
    expect(view.locator("button")).to_have_text("Continue")
    expect(view.locator(".adl-training-sentence")).to_have_text("Stopped: epoch 3 of 4.")


def test_an_interrupt_that_fails_leaves_the_button_to_be_pressed_again(page: Page) -> None:
    view = rendered(page, status="running")
    page.evaluate("() => { window.interrupt = () => Promise.reject(new Error('no')); }")
    view.locator("button").click()
    expect(view.locator("button")).to_have_attribute("aria-disabled", "false")


def test_continue_asks_the_kernel_and_says_when_it_is_silent(page: Page) -> None:
    view = rendered(page)
    view.locator("button").click()
    assert page.evaluate("() => window.sent") == [{"do": "continue"}]
    expect(view.locator(".adl-training-sentence")).to_have_text("The kernel does not answer. Run the cell again.")
    expect(view.locator("button")).to_have_attribute("aria-disabled", "false")


def test_without_a_kernel_at_hand_there_is_no_button(page: Page) -> None:
    expect(rendered(page, has_kernel=False).locator("button")).to_be_hidden()
    view = rendered(page, has_kernel=False, status="running", said="Running: epoch 2 of 4.")
    expect(view.locator("button")).to_be_hidden()
    expect(view.locator(".adl-training-sentence")).to_contain_text("To stop, interrupt the kernel.")
