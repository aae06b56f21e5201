"""A learner's server: the working copy is brought up to date, under the learner's own account, and JupyterLab opens it.

What the learner changed is never touched; a lesson's new version arrives beside it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from autodiff_lessons.course.jupyter import settings
from autodiff_lessons.course.workcopy import DEFAULT_FOLDER, WorkingCopy, learner_notebooks


def main() -> None:
    """Serve the working copy for the hub that started this."""
    folder = Path.home() / DEFAULT_FOLDER
    try:
        for line in WorkingCopy(folder).bring_up_to_date(learner_notebooks()):
            print(line)
    except OSError as error:  # a full disk keeps nobody from what is there
        print(f"The notebooks could not be brought up to date: {error}", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    os.environ.update({**settings(os.environ), "JUPYTERHUB_ROOT_DIR": str(folder)})
    from jupyterhub.singleuser import main as serve  # type: ignore[import-untyped]  # noqa: PLC0415  (reads these)

    serve()


if __name__ == "__main__":
    main()
