"""Jupyter's settings for the course, in one folder, so that a learner's other use of Jupyter is left alone.

jupyter_server_config.json              the kernel's connection without Nagle's delay (websocket.py)
labconfig/default_setting_overrides.json  JupyterLab's own defaults: no questions about news and updates; a widget's
                                        callbacks wait until the running cell is done, since in a thread of their own
                                        they would draw on the same figure; live widgets survive a reload of the page.
                                        What a learner has set in JupyterLab goes before them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
# The type of an output that holds a live widget.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variables with which Jupyter reads this folder first, and starts this Python as its kernel."""

    def first(name: str, folder: Path) -> str:
        return os.pathsep.join([str(folder), *filter(None, [environment.get(name)])])

    return {
        "JUPYTER_CONFIG_PATH": first("JUPYTER_CONFIG_PATH", FOLDER),
        "JUPYTER_PATH": first("JUPYTER_PATH", Path(sys.prefix, "share", "jupyter")),
    }
