"""A pytest plugin for `autodiff-lessons check`: writes down what became of each cell that nbval ran.

It is loaded by name (`-p autodiff_lessons.course.grading_plugin`) in a pytest of its own.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

_records = pytest.StashKey[list[dict[str, Any]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--grading-report", type=Path, help="the file to write what became of each cell to, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_records] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # After one endless loop nbval would expect every later cell to fail; the kernel was interrupted and can go on.
    item.parent.timed_out = False  # type: ignore[union-attr]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: Any, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or (report.when == "setup" and not report.passed):
        outputs = item.test_outputs or []
        item.config.stash[_records].append(
            {
                "cell": item.cell_num,
                "passed": report.passed,
                "timed_out": item.parent.timed_out,
                "error": next((f"{output.ename}: {output.evalue}" for output in outputs if "ename" in output), None),
                "failure": "" if report.passed else report.longreprtext,
                "verdict": next(
                    (o["data"]["application/json"] for o in outputs if "application/json" in o.get("data", {})), None
                ),
            }
        )
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--grading-report")
    path.write_text(json.dumps(session.config.stash[_records]), encoding="utf-8")
