"""A class over a shared folder: what learners' kernels write there is read once, and nothing else is."""

from __future__ import annotations

import errno
import json
import os
import random
import socket
from pathlib import Path
from typing import IO, Any

import pytest
from class_events import HOSTILE_NAMES, event

from autodiff_lessons.classroom import delivery
from autodiff_lessons.classroom.delivery import FolderDelivery
from autodiff_lessons.classroom.event import ClassEvent
from autodiff_lessons.classroom.live import folder as reading
from autodiff_lessons.classroom.live.folder import FolderEvents
from autodiff_lessons.classroom.sharing import LONGEST_NAME


def line(learner: Any = "ada", **fields: Any) -> bytes:
    return json.dumps({"learner": learner, **event(**fields).as_json()}).encode() + b"\n"


def attempts(found: list[tuple[str, ClassEvent]]) -> list[tuple[str, int]]:
    return [(learner, one.attempt) for learner, one in found]


def test_what_is_delivered_is_read_once_in_the_order_of_time(tmp_path: Path) -> None:
    ada, bob, events = FolderDelivery(tmp_path, "ada"), FolderDelivery(tmp_path, "bob"), FolderEvents(tmp_path)
    assert events.new() == []
    ada.deliver([event(attempt=1, time=10), event(attempt=2, time=30)])
    bob.deliver([event(attempt=1, time=20)])
    assert attempts(events.new()) == [("ada", 1), ("bob", 1), ("ada", 2)]
    assert events.new() == []
    ada.deliver([event(attempt=3, time=5)])
    assert attempts(events.new()) == [("ada", 3)]
    assert len(list(tmp_path.iterdir())) == 2
    assert attempts(FolderEvents(tmp_path).new()) == [("ada", 3), ("ada", 1), ("bob", 1), ("ada", 2)]


@pytest.mark.parametrize("name", [one[:LONGEST_NAME] for one in HOSTILE_NAMES.values()])
def test_any_name_arrives_as_it_is(tmp_path: Path, name: str) -> None:
    FolderDelivery(tmp_path, name).deliver([event(), event()])
    assert [learner for learner, _ in FolderEvents(tmp_path).new()] == [name, name]


def test_an_event_that_was_delivered_twice_is_there_once(tmp_path: Path) -> None:
    one, events = event(), FolderEvents(tmp_path)
    FolderDelivery(tmp_path, "ada").deliver([one])  # and then the kernel was killed, and the next one sends it again
    FolderDelivery(tmp_path, "ada").deliver([one, event(attempt=2)])
    FolderDelivery(tmp_path, "bob").deliver([one])
    assert sorted(attempts(events.new())) == [("ada", 1), ("ada", 2), ("bob", 1)]


def test_half_a_line_waits_for_its_end_and_a_torn_one_spoils_no_other(tmp_path: Path) -> None:
    file, events, whole = tmp_path / "a.jsonl", FolderEvents(tmp_path), line(attempt=1)
    file.write_bytes(whole[:50])
    assert events.new() == []
    with file.open("ab") as more:
        more.write(whole[50:])
    assert attempts(events.new()) == [("ada", 1)]
    with file.open("ab") as more:
        more.write(line(attempt=2)[:50] + b"\n" + line(attempt=3))
    assert attempts(events.new()) == [("ada", 3)]


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, sink, events = random.Random(4), FolderDelivery(tmp_path, "ada"), FolderEvents(tmp_path)
    write = FolderDelivery._write

    def fails(self: FolderDelivery, file: IO[bytes], text: str) -> None:
        if chance.random() < 0.5:
            self._torn = True
            file.write(text.encode()[: chance.randrange(len(text))])
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, file, text)

    monkeypatch.setattr(FolderDelivery, "_write", fails)
    read = []
    for number in range(1, 60):
        batch = [event(attempt=2 * number - 1, time=2 * number - 1), event(attempt=2 * number, time=2 * number)]
        while True:
            try:
                sink.deliver(batch)
            except OSError:
                read += events.new()
            else:
                break
    read += events.new()
    assert [one.attempt for _, one in read] == list(range(1, 119))


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        b"{\n",
        b"[]\n",
        b"null\n",
        b"\xff\xfe\x00\n",
        b"[" * 100_000 + b"\n",
        line("x" * (LONGEST_NAME + 1)),
        line(""),
        line(None),
        line(["ada"]),
        line(exercise="<script>"),
        json.dumps(event().as_json()).encode() + b"\n",
        b"9" * 10_000 + b"\n",
    ],
)
def test_what_is_no_event_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(content + line(attempt=7))
    assert attempts(FolderEvents(tmp_path).new()) == [("ada", 7)]


def test_the_future_is_now(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line(time=9e10))
    ((_, one),) = FolderEvents(tmp_path).new()
    assert one.time < 9e10


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_only_ordinary_files_of_its_ending_are_opened(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "private.jsonl"
    elsewhere.write_bytes(line("private"))
    (tmp_path / "link.jsonl").symlink_to(elsewhere)
    (tmp_path / "notes.txt").write_bytes(line("notes"))
    (tmp_path / "folder.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")  # opened as a file is, it would keep the view waiting for ever
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(tmp_path)
        try:
            server.bind("socket.jsonl")
        finally:
            os.chdir(here)
        (tmp_path / "z.jsonl").write_bytes(line("ada"))
        assert attempts(FolderEvents(tmp_path).new()) == [("ada", 1)]


def test_a_huge_file_is_read_in_steps_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_READ_AT_ONCE", 1000)
    monkeypatch.setattr(reading, "MOST_BYTES", 3000)
    content = b"".join(line(attempt=number, time=number) for number in range(100))
    (tmp_path / "a.jsonl").write_bytes(content)
    (tmp_path / "b.jsonl").write_bytes(b"x" * 50_000)  # one line without an end
    events = FolderEvents(tmp_path)
    found = [attempts(events.new()) for _ in range(60)]
    assert all(len(one) <= 1000 // len(line()) for one in found)
    numbers = [number for one in found for _, number in one]
    assert numbers == list(range(len(numbers)))
    assert 3000 // len(line(attempt=99)) - 1 <= len(numbers) < 4000 // len(line())


def test_too_many_files_are_not_all_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.jsonl").write_bytes(line(attempt=number))
    assert len(FolderEvents(tmp_path).new()) == 3


def test_a_folder_that_is_away_is_said_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    events = FolderEvents(folder)
    FolderDelivery(folder, "ada").deliver([event(attempt=1)])
    assert len(events.new()) == 1
    folder.rename(tmp_path / "away")
    with pytest.raises(OSError, match="class"):
        events.new()
    with pytest.raises(OSError, match="class"):
        FolderDelivery(folder, "ada").deliver([event()])
    (tmp_path / "away").rename(folder)
    FolderDelivery(folder, "ada").deliver([event(attempt=2)])
    assert attempts(events.new()) == [("ada", 2)]


def test_each_kernel_has_a_file_of_its_own_whose_name_says_nothing_of_the_learner(tmp_path: Path) -> None:
    for _ in range(3):
        FolderDelivery(tmp_path, "../../ada").deliver([event()])
    files = [file.name for file in tmp_path.iterdir()]
    assert len(files) == 3
    assert all(name.endswith(delivery.ENDING) and "ada" not in name for name in files)
