"""What keeps people out of a page: what axe-core finds, texts of a picture that hardly stand out, narrow screens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page

SEVERE = ("serious", "critical")
NEXT_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
NARROWEST_TRACK = 100  # pixels that a slider's handle can be dragged over
SMALLEST_TARGET = 24  # pixels, WCAG 2.2


def violations(page: Page, within: Sequence[str], rules: Sequence[str] = ()) -> list[str]:
    """The serious and critical ones that axe-core finds in these elements, by all its rules or by some."""
    page.evaluate(AXE_SCRIPT)
    # JupyterLab's body is 0 pixels high; axe-core takes what is in it for invisible, and its contrast for unknown.
    page.add_style_tag(content="body { min-height: 100vh; }")
    page.evaluate(NEXT_FRAMES)  # what watches a size acts within one frame
    found = page.evaluate(
        "([include, options]) => axe.run({ include }, options)",
        [[one for one in within if page.locator(one).count()], {"runOnly": list(rules)} if rules else {}],
    )
    if "color-contrast" in rules or not rules:
        checked = [one["id"] for result in ("passes", "violations") for one in found[result]]
        unsure = [
            (node["html"][:120], node["any"][0]["data"])
            for one in found["incomplete"]
            if one["id"] == "color-contrast"
            for node in one["nodes"]
        ]
        assert "color-contrast" in checked, f"axe-core has seen no text; unsure of {unsure[:3]}"
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in SEVERE
        for node in one["nodes"]
    ]


def faint_texts(view: Locator) -> list[str]:
    """The texts of a widget's SVG picture whose contrast with what is behind them is below WCAG's (4.5, or 3 where they
    are large), at every step of a graph; axe-core leaves such texts out."""
    found: list[str] = view.evaluate(FAINT_TEXTS)
    return found


FAINT_TEXTS = """view => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => { // whatever way the browser writes it: rgb(...), color(srgb ...), ...
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], below) => [r, g, b].map((one, at) => a * one + (1 - a) * below[at]);
    const luminance = (colour) => {
        const [r, g, b] = colour.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const filled = (shape) => {
        const style = getComputedStyle(shape);
        const [r, g, b, a] = style.fill === "none" ? [0, 0, 0, 0] : rgba(style.fill);
        let alpha = a * style.fillOpacity;
        for (let one = shape; one instanceof SVGElement; one = one.parentElement) {
            alpha *= getComputedStyle(one).opacity;
        }
        return [r, g, b, alpha];
    };
    const seen = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility === "visible";
    const faintIn = (picture) => {
        let page = [255, 255, 255];
        const around = [];
        for (let one = picture; one; one = one.parentElement) around.unshift(one);
        for (const one of around) page = over(rgba(getComputedStyle(one).backgroundColor), page);
        const shapes = [...picture.querySelectorAll("path, rect, circle, ellipse, polygon")]
            .filter((one) => !one.closest("defs, clipPath") && seen(one));
        const faint = [];
        for (const text of picture.querySelectorAll("text")) {
            if (!text.textContent.trim() || !seen(text)) continue;
            const box = text.getBoundingClientRect();
            const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
            let behind = page;
            for (const shape of shapes) {
                if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
                if (!shape.isPointInFill(middle.matrixTransform(shape.getScreenCTM().inverse()))) continue;
                behind = over(filled(shape), behind);
            }
            const [high, low] = [over(filled(text), behind), behind].map(luminance).sort((a, b) => b - a);
            const ratio = (high + 0.05) / (low + 0.05);
            const { fontSize, fontWeight } = getComputedStyle(text);
            const size = parseFloat(fontSize) * text.getScreenCTM().a;
            const needed = size >= 24 || (size >= 18.66 && fontWeight >= 700) ? 3 : 4.5;
            if (ratio < needed) faint.push(`${text.textContent}: ${ratio.toFixed(2)} instead of ${needed}`);
        }
        return faint;
    };
    const pictures = [...view.querySelectorAll("svg.adl-sk, .adl-gv-paper > svg")];
    const [first, , forward] = view.querySelectorAll(".adl-gv-buttons button");
    first?.click();
    const faint = pictures.flatMap(faintIn);
    while (forward?.getAttribute("aria-disabled") === "false") {
        forward.click();
        faint.push(...pictures.flatMap(faintIn));
    }
    return [...new Set(faint)];
}"""


def cramped(view: Locator) -> list[str]:
    """What of a widget's controls and texts leaves a narrow page, is cut off, or is too small for a finger."""
    found: list[str] = view.evaluate(CRAMPED, [NARROWEST_TRACK, SMALLEST_TARGET])
    return found


CRAMPED = """(view, [track, target]) => {
    const found = [];
    const width = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth > width) found.push("the page scrolls sideways");
    const name = (one) => `${one.tagName}.${one.className} ${(one.textContent || one.ariaLabel || "").slice(0, 60)}`;
    const inItsOwnScroller = ".adl-explorer-card *, .adl-gv-canvas *, .adl-gv-scroller *";
    for (const one of view.querySelectorAll("*")) {
        if (one.matches(inItsOwnScroller) || !one.checkVisibility()) continue;
        const box = one.getBoundingClientRect();
        if (box.left < 0 || box.right > width + 0.5) found.push(`${name(one)} leaves the page`);
        const hides = getComputedStyle(one).overflowX === "hidden";
        if (hides && one.scrollWidth > one.clientWidth + 1) found.push(`${name(one)} is cut off`);
    }
    for (const one of view.querySelectorAll("input, button, summary")) {
        const { width, height } = one.getBoundingClientRect();
        if (Math.min(width, height) < target) found.push(`${name(one)} is ${width} x ${height}`);
        if (one.type === "range" && width < track) found.push(`${name(one)} has a track of ${width}`);
    }
    return found;
}"""


def jupyterlab_theme(name: str) -> str:
    """JupyterLab's own colours (name: light or dark), as a style sheet that a page without JupyterLab can take."""
    from jupyterlab.commands import get_app_dir  # noqa: PLC0415  (slow to import)

    sheet = Path(get_app_dir(), "themes", "@jupyterlab", f"theme-{name}-extension", "index.css")
    colours = re.search(r":root\s*\{.*?\}", sheet.read_text(encoding="utf-8"), re.DOTALL)
    assert colours, sheet
    notebook = "background: var(--jp-layout-color0); color: var(--jp-content-font-color1)"
    return f"{colours[0]}\nbody {{ {notebook} }}"
