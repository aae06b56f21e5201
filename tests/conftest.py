"""What several test files share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import chromium as system_chromium
import pytest

# What the tests answer is nobody's progress; a test of progress names a file of its own.
os.environ["AUTODIFF_LESSONS_PROGRESS"] = "off"

# What a shell runs in the background is deaf to Ctrl-C, and so would be every program that a test starts and ends.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root folder."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium; where there is none, the test is skipped and says what to install."""
    found = system_chromium.found()
    if found is None and os.environ.get("AUTODIFF_LESSONS_BROWSER") == "required":
        pytest.fail(system_chromium.HINT)
    if found is None:
        pytest.skip(system_chromium.HINT)
    return found
