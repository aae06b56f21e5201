"""What a room's events amount to: the table's cells, who is stuck on what, the most frequent misconceptions."""

from __future__ import annotations

from typing import Any

import pytest
from class_events import HOSTILE_NAMES, event

from autodiff_lessons.classroom.event import ClassEvent
from autodiff_lessons.classroom.live.names import LONGEST, shown
from autodiff_lessons.classroom.live.room import GONE_SECONDS, PRESENT_SECONDS, STUCK_SECONDS, Room
from autodiff_lessons.exercises import all_exercises, get

NOW = 100_000.0
FIRST, SECOND, *_ = get("5.4").misconceptions


def room(*events: tuple[str, ClassEvent]) -> Room:
    made = Room(all_exercises())
    for learner, one in events:
        made.take(learner, one)
    return made


def tries(*outcomes: str, exercise: str = "5.4", at: float = NOW - 60, misconception: str = "") -> list[ClassEvent]:
    """Checks of one exercise, ten seconds after each other; x is incorrect, + correct, o not attempted."""
    made, number = [], 0
    for second, outcome in enumerate(outcomes):
        number += outcome != "o"
        made.append(
            event(
                exercise,
                {"x": "incorrect", "+": "correct", "o": "not attempted"}[outcome],
                attempt=number,
                time=at + 10 * second,
                misconception=misconception if outcome == "x" else "",
            )
        )
    return made


def one_learner(*events: ClassEvent, now: float = NOW) -> dict[str, Any]:
    return room(*(("ada", one) for one in events)).view(now)


@pytest.mark.parametrize(
    ("outcomes", "cell"),
    [
        ("o", ["opened", 0]),
        ("ooo", ["opened", 0]),
        ("ox", ["wrong", 1]),
        ("xxo", ["wrong", 2]),
        ("x+", ["solved", 2]),
        ("+", ["solved", 1]),
        ("x+xx", ["solved", 2]),  # what was solved stays solved
        ("x++", ["solved", 2]),
        ("+o", ["solved", 1]),
    ],
)
def test_a_cell_says_how_it_stands(outcomes: str, cell: list[Any]) -> None:
    view = one_learner(*tries(*outcomes))
    assert view["learners"] == [
        {
            "number": 1,
            "name": "ada",
            "seen": NOW - 60 + 10 * (len(outcomes) - 1),
            "cells": {"5.4": cell},
        }
    ]
    column = next(one for one in view["exercises"] if one["id"] == "5.4")
    assert (column["solved"], column["wrong"]) == (cell[0] == "solved", cell[0] == "wrong")


def test_lessons_that_were_begun_are_the_columns() -> None:
    view = one_learner(event("5.4", time=NOW), event("1.2", time=NOW))
    assert [one["id"] for one in view["exercises"]] == [e.id for e in all_exercises() if e.lesson in (1, 5)]
    assert all(one["title"] == get(one["id"]).title for one in view["exercises"])
    assert room().view(NOW) == {"exercises": [], "learners": [], "stuck": [], "misconceptions": []}


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        (tries("x", "x"), 0),
        (tries("x", "x", "x"), 3),
        (tries("x", "x", "x", "+"), 0),
        (tries("x", "x", "x", "o"), 3),
        (tries("x", at=NOW - STUCK_SECONDS + 1), 0),
        (tries("x", at=NOW - STUCK_SECONDS), 1),
        (tries("x", "x", at=NOW - STUCK_SECONDS - 5), 2),  # since the first wrong one
        (tries("o", at=NOW - STUCK_SECONDS), 0),
        (tries("x", "x", "x", at=NOW - GONE_SECONDS - 21), 0),  # gone
        (tries("x", "x", "x", at=NOW - GONE_SECONDS - 20), 3),
        ([*tries("x", "x", "x"), event("5.2", "correct", time=NOW)], 0),  # solved another one: at that one now
        ([*tries("x", "x", "x"), event("5.2", "not attempted", time=NOW)], 3),  # only ran its cell
        ([*tries("+", exercise="5.2"), *tries("x", "x", "x"), *tries("+", exercise="5.2")], 3),  # ran an old cell again
    ],
)
def test_who_is_stuck(events: list[ClassEvent], wrong: int) -> None:
    stuck = one_learner(*events)["stuck"]
    assert [(one["learner"], one["exercise"], one["wrong"]) for one in stuck] == ([(1, "5.4", wrong)] if wrong else [])


def test_who_is_stuck_longest_comes_first_with_the_sentence_of_the_latest_mistake() -> None:
    mistakes = [*tries("x", "x", misconception=FIRST), *tries("x", misconception=SECOND, at=NOW - 20)]
    long_ago = tries("x", "x", "x", exercise="5.2", at=NOW - 400)
    view = room(*(("ada", one) for one in mistakes), *(("bob", one) for one in long_ago)).view(NOW)
    assert [(one["learner"], one["since"], one["sentence"]) for one in view["stuck"]] == [
        (2, NOW - 400, ""),
        (1, NOW - 60, get("5.4").misconceptions[SECOND]),
    ]


def test_misconceptions_by_learners_then_by_answers() -> None:
    made = room()
    for learner, misconception, outcomes in (
        ("ada", FIRST, "xx"),
        ("bob", FIRST, "x+"),
        ("eve", SECOND, "xxxxx"),
        ("kim", "unknown-to-this-course", "x"),
    ):
        for one in tries(*outcomes, misconception=misconception):
            made.take(learner, one)
    counts = {FIRST: {"learners": 2, "now": 1, "answers": 3}, SECOND: {"learners": 1, "now": 1, "answers": 5}}
    assert made.view(NOW)["misconceptions"] == [
        {"exercise": "5.4", "id": misconception, "sentence": get("5.4").misconceptions[misconception], **count}
        for misconception, count in counts.items()
    ]


def test_yesterdays_learners_and_mistakes_are_not_in_the_view() -> None:
    long_ago = NOW - PRESENT_SECONDS - 1
    made = room(("ada", event(time=long_ago, misconception=FIRST)), ("bob", event(time=long_ago, misconception=FIRST)))
    assert made.view(NOW)["learners"] == []
    assert made.view(NOW)["misconceptions"] == []
    made.take("ada", event("5.1", "correct", time=NOW))
    view = made.view(NOW)
    assert [one["name"] for one in view["learners"]] == ["ada"]
    assert view["misconceptions"] == []


def test_what_this_course_does_not_have_changes_nothing() -> None:
    view = room(("ada", event("99.1", time=NOW)), ("bob", event(time=NOW, misconception="made-up"))).view(NOW)
    assert [one["name"] for one in view["learners"]] == ["bob"]
    assert view["misconceptions"] == []


def test_learners_are_in_the_order_of_their_names_and_keep_their_numbers() -> None:
    learners = room(*((name, event(time=NOW)) for name in ("zoe", "Bob", "ada"))).view(NOW)["learners"]
    assert [(one["name"], one["number"]) for one in learners] == [("ada", 3), ("Bob", 2), ("zoe", 1)]


def test_two_who_are_shown_alike_are_two() -> None:
    learners = room(("a\u200b", event(time=NOW)), ("a\u200c", event("5.1", time=NOW))).view(NOW)["learners"]
    assert [(one["name"], one["number"], len(one["cells"])) for one in learners] == [("a�", 1, 1), ("a�", 2, 1)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("דוד כהן", "דוד כהן"),
        ("محمد", "محمد"),
        ("李小龍 👩", "李小龍 👩"),
        ("<script>", "<script>"),  # the page shows text, and only the page knows how
        ("\u202eadnama\u202c", "�adnama�"),
        ("one\ntwo\tthree", "one�two�three"),
        ("a\u2028b\u2029c\x00", "a�b�c�"),
        ("e\u0301" + "\u0301" * 50, "e\u0301\u0301"),
        ("\ud800", "�"),
        ("  a   b  ", "a b"),
        ("", "(no name)"),
        ("   ", "(no name)"),
        ("x" * 60, "x" * 60),
        ("x" * 10_000, "x" * (LONGEST - 1) + "…"),
    ],
)
def test_a_name_that_can_be_shown(name: str, text: str) -> None:
    assert shown(name) == text


@pytest.mark.parametrize("name", list(HOSTILE_NAMES.values()))
def test_a_hostile_name_is_one_short_line_that_can_be_written(name: str) -> None:
    text = shown(name)
    assert 0 < len(text) <= LONGEST
    assert text.encode()
    assert len(text.splitlines()) == 1
    assert text.replace("�", "").isprintable()
