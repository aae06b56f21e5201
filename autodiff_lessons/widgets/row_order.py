"""The order of the items in each row of a layered drawing, so that few edges cross.

Rows are sorted in turn by the mean place of each item's neighbours (the barycentre heuristic), downwards and upwards;
the best order seen is kept. Every edge joins two rows that are next to each other.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from itertools import pairwise

SWEEPS = 10

Neighbours = list[list[int]]  # of each item
Places = dict[int, float]  # of each item in its row, counted from the row's middle


def ordered_rows(rows: list[list[int]], above: Neighbours, below: Neighbours) -> list[list[int]]:
    """The same rows in a better order. The first sweep goes upwards, so that an operation's inputs stand in the order
    in which they were written, where this costs no crossing."""
    rows = [row[:] for row in rows]
    places: Places = {}
    for row in rows:
        _note(row, places)
    best, fewest = [row[:] for row in rows], crossings(rows, below)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        downwards = sweep % 2 == 1
        neighbours = above if downwards else below
        for row in rows[1:] if downwards else rows[-2::-1]:
            row.sort(key=lambda item: _mean_place(item, neighbours[item], places))
            _note(row, places)
        _swap_neighbours(rows, above, below, places)
        count = crossings(rows, below)
        if count < fewest:
            best, fewest = [row[:] for row in rows], count
    return best


def crossings(rows: list[list[int]], below: Neighbours) -> int:
    """How many pairs of edges cross between neighbouring rows."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {item: number for number, item in enumerate(lower)}
        seen: list[int] = []  # where the edges of the items further left end, sorted
        for item in upper:
            ends = sorted(place[one] for one in below[item])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _note(row: list[int], places: Places) -> None:
    for number, item in enumerate(row):
        places[item] = number - (len(row) - 1) / 2


def _mean_place(item: int, neighbours: list[int], places: Places) -> float:
    return sum(places[one] for one in neighbours) / len(neighbours) if neighbours else places[item]


def _swap_neighbours(rows: list[list[int]], above: Neighbours, below: Neighbours, places: Places) -> None:
    for row in rows:
        for left in range(len(row) - 1):
            a, b = row[left], row[left + 1]
            as_it_is, swapped = (_pair_crossings(one, other, above, below, places) for one, other in ((a, b), (b, a)))
            if as_it_is > swapped:
                row[left], row[left + 1] = b, a
                places[a], places[b] = places[b], places[a]


def _pair_crossings(left: int, right: int, above: Neighbours, below: Neighbours, places: Places) -> int:
    return sum(
        places[one] > places[other]
        for neighbours in (above, below)
        for one in neighbours[left]
        for other in neighbours[right]
    )
