"""What the README says: its examples give what they state, its commands exist, its links lead somewhere."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from autodiff_lessons import cli
from autodiff_lessons.course.lessons import all_pages

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md") if path.exists()]
COMMANDS = re.findall(r"^(?:\S*/)?(autodiff-lessons [^|&#\n]+)", README, re.MULTILINE)


def test_the_examples_give_what_they_state() -> None:
    """One after the other, as a reader would type them."""
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) >= 3
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "README.md", "README.md", 0)
    said: list[str] = []
    doctest.DocTestRunner().run(example, out=said.append)
    assert example.examples
    assert not said, "".join(said)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_given_so(command: str) -> None:
    cli.parsed(shlex.split(command)[1:])


def test_every_command_is_told() -> None:
    told = {shlex.split(command)[1] for command in COMMANDS} | set(re.findall(r"`autodiff-lessons (\w+)", README))
    assert set(cli.COMMANDS) <= told


def test_the_table_lists_every_lesson_with_its_own_time() -> None:
    rows = re.findall(r"^\| \[(?:(\d+)\. )?(.+?)\]\(notebooks/(.+?)\) \| .+? \| (\d+) min \|$", README, re.MULTILINE)
    assert [(int(number or 0), title, file, int(minutes)) for number, title, file, minutes in rows] == [
        (page.number, page.title, page.file, page.minutes) for page in all_pages()
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_local_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_a_measured_table_names_the_command_that_made_it() -> None:
    for name, after in re.findall(r"<!-- /(\w+) -->\n\n(.*?)\n\n", README, re.DOTALL):
        (script,) = re.findall(r"python (tests/\S+\.py)", after)
        assert f"<!-- {name} -->" in README
        assert (ROOT / script).is_file()
