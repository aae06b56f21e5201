"""The configuration of `autodiff-lessons hub`; JupyterHub gives `get_config`."""

import os

from autodiff_lessons.classroom.hub.configuration import configure
from autodiff_lessons.classroom.hub.plan import HubPlan

configure(get_config(), HubPlan.of(os.environ))  # type: ignore[name-defined]  # noqa: F821
