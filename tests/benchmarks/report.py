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
    """A time to two digits, in the unit that suits it."""
    factor, unit = next((f, u) for f, u in ((1e6, "us"), (1e3, "ms"), (1, "s")) if seconds * f < 1000 or f == 1)
    return f"{float(f'{seconds * factor:.2g}'):g} {unit}"
