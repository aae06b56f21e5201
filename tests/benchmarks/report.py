"""Put a measured table into a page, between two marks: <!-- name --> and <!-- /name -->."""

from __future__ import annotations

import pathlib
import re


def write_between(page: pathlib.Path, mark: str, text: str) -> None:
    """Replace what stands between the marks; a page without them, or with two pairs, is left as it is."""
    new, count = re.subn(
        rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)",
        lambda marks: f"{marks[1]}{text}\n{marks[2]}",
        page.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if count != 1:
        raise SystemExit(f"{page} has no <!-- {mark} --> marks, or more than one pair")
    page.write_text(new, encoding="utf-8")


def shown(seconds: float) -> str:
    """A time in the unit that suits it."""
    return f"{seconds * 1e6:.2g} us" if seconds < 1e-3 else f"{seconds * 1e3:.2g} ms"
