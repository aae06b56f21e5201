"""A lesson's word leads to its heading in the glossary, and the cheat sheet opens, in the real JupyterLab."""

from __future__ import annotations

import pytest
from lesson_page import LessonPage
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser


def follow(link: Locator, heading: Locator) -> None:
    """Click until it leads there: JupyterLab forgets a click on a heading while the notebook is being laid out."""
    for _ in range(10):
        link.click()
        try:
            expect(heading).to_be_in_viewport(timeout=2000)
            return
        except AssertionError:
            continue
    expect(heading).to_be_in_viewport()


def test_a_bold_word_opens_the_glossary_and_leads_to_its_heading(lesson_page: LessonPage) -> None:
    """JupyterLab forgets the heading while it opens a notebook; the index at the top leads there in one click more."""
    lesson_page.open("05_read_computation_graphs.ipynb")
    page = lesson_page.page
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    shown.get_by_role("link", name="computation graph").first.click()
    expect(shown.get_by_role("heading", name="Glossary")).to_be_visible()
    follow(shown.get_by_role("link", name="reverse mode").first, shown.get_by_role("heading", name="Reverse mode"))
    expect(shown.get_by_text("反向模式").last).to_be_visible()
    page.evaluate("() => window.jupyterapp.commands.execute('application:activate-previous-tab')")
    shown.get_by_role("link", name="computation graph").first.click()
    expect(shown.get_by_role("heading", name="Computation graph")).to_be_in_viewport()


def test_the_cheat_sheet_opens_and_leads_back(lesson_page: LessonPage) -> None:
    lesson_page.open("05_read_computation_graphs.ipynb")
    page = lesson_page.page
    last = "const it = window.jupyterapp.shell.currentWidget.content; it.scrollToItem(it.widgets.length - 1)"
    page.evaluate(f"() => {{ {last} }}")
    page.get_by_role("link", name="cheat sheet").click()
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(shown.get_by_role("heading", name="5. Read computation graphs: cheat sheet")).to_be_visible()
    shown.get_by_role("link", name="The lesson").click()
    expect(shown.get_by_role("heading", name="Where next")).to_be_visible()
