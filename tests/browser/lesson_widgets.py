"""What a lesson shows, without Jupyter: `python lesson_widgets.py NOTEBOOK` runs its cells and writes one HTML page
with all its widgets, as an exported page has them.

A process of its own for each lesson, as each notebook has its own kernel.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def notebooks() -> list[str]:
    """The names of the learner's notebooks, in their order."""
    return sorted(path.name for path in NOTEBOOKS.glob("[0-9]*.ipynb"))


def page_of(notebook: str) -> str:
    """The page with the widgets of this notebook."""
    done = subprocess.run(
        [sys.executable, __file__, NOTEBOOKS / notebook], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(f"{notebook}: {done.stderr}")
    return done.stdout


def main(path: str) -> None:
    import anywidget  # noqa: PLC0415  (only the process that runs the cells needs these)
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415
    from IPython.utils.capture import capture_output  # noqa: PLC0415

    from autodiff_lessons.widgets.standalone import page  # noqa: PLC0415

    shell = InteractiveShell.instance()
    found = []
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        with capture_output():
            ran = shell.run_cell("".join(cell["source"]), store_history=True)
        ran.raise_error()
        if isinstance(ran.result, anywidget.AnyWidget):
            found.append(ran.result)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(page(found, Path(path).stem))


if __name__ == "__main__":
    main(*sys.argv[1:])
