"""The layout's promises: nothing overlaps, data flows downwards, the same graph is drawn the same way."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_lessons.widgets.layout import depths, lay_out
from autodiff_lessons.widgets.row_order import crossings, ordered_rows

LABEL = (78.0, 34.0)
F_EDGES = [(0, 2), (0, 3), (1, 3), (2, 4), (3, 4), (1, 5), (4, 6), (5, 6)]


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 24))
    sizes = draw(st.lists(st.tuples(st.floats(30, 220), st.floats(20, 70)), min_size=count, max_size=count))
    edges = []
    for target in range(1, count):
        edges += [(source, target) for source in draw(st.lists(st.integers(0, target - 1), max_size=3))]
    return sizes, edges


def overlap(one, other):
    return (
        one.left < other.right - 1e-6
        and other.left < one.right - 1e-6
        and one.top < other.bottom - 1e-6
        and other.top < one.bottom - 1e-6
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs())
def test_no_boxes_overlap_and_everything_is_inside(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges, LABEL)
    boxes = [*layout.nodes, *(route.label for route in layout.edges)]
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
    for box in boxes:
        assert box.left >= -1e-6
        assert box.right <= layout.width + 1e-6
        assert box.bottom <= layout.height + 1e-6
    assert [(box.width, box.height) for box in layout.nodes] == sizes


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs())
def test_edges_run_down_from_the_source_to_the_target_past_every_other_box(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges, LABEL)
    for (source, target), route in zip(edges, layout.edges, strict=True):
        start, end = layout.nodes[source], layout.nodes[target]
        assert start.bottom < end.top
        assert start.left <= route.stretches[0][0] <= start.right
        assert end.left <= route.stretches[-1][0] <= end.right
        ys = [y for _, top, bottom in route.stretches for y in (top, bottom)]
        assert ys == sorted(ys)
        assert abs(route.stretches[-2][0] - route.label.centre) < 1e-6
        for x, top, bottom in route.stretches:
            for node, box in enumerate(layout.nodes):
                inside = box.left < x < box.right and box.top < bottom - 1e-6 and top + 1e-6 < box.bottom
                assert not inside or node in (source, target)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs())
def test_layers_follow_the_data(graph):
    sizes, edges = graph
    depth = depths(len(sizes), edges)
    assert all(depth[source] < depth[target] for source, target in edges)
    for node in {target for _, target in edges}:
        assert depth[node] == 1 + max(depth[source] for source, target in edges if target == node)


def test_an_input_stands_just_above_its_first_user():
    # x, w -> x1 ; x1, b -> x2: b belongs beside x1, not beside x
    assert depths(5, [(0, 3), (1, 3), (3, 4), (2, 4)]) == [0, 0, 1, 1, 2]


def test_the_same_graph_gives_the_same_layout():
    sizes = [(150.0, 50.0)] * 7
    assert lay_out(sizes, F_EDGES, LABEL) == lay_out(list(sizes), list(F_EDGES), LABEL)


def test_f_is_drawn_without_crossings():
    rows = [[1, 0], [2, 3, 4, 5], [8, 7, 6]]
    # 0 feeds 2 and 3, 1 feeds 4 and 5; 2 -> 6, 3 and 4 -> 7, 5 -> 8: every row is in the wrong order somewhere
    below = [[2, 3], [4, 5], [6], [7], [7], [8], [], [], []]
    above = [[], [], [0], [0], [1], [1], [2], [3, 4], [5]]
    assert crossings(rows, below) > 0
    ordered = ordered_rows(rows, above, below)
    assert crossings(ordered, below) == 0
    assert [sorted(row) for row in ordered] == [sorted(row) for row in rows]


def test_crossings_are_counted():
    assert crossings([[0, 1], [2, 3]], [[3], [2], [], []]) == 1
    assert crossings([[0, 1], [2, 3]], [[2, 3], [2, 3], [], []]) == 1
    assert crossings([[0, 1], [2, 3]], [[2], [2], [], []]) == 0


def test_two_edges_between_the_same_nodes_are_drawn_apart():
    layout = lay_out([(100.0, 50.0)] * 2, [(0, 1), (0, 1)], LABEL)
    first, second = layout.edges
    assert first.label.right < second.label.left
    assert first.stretches[0][0] != second.stretches[0][0]


def test_a_long_edge_runs_straight_beside_a_chain():
    edges = [(number, number + 1) for number in range(6)] + [(0, 6)]
    layout = lay_out([(100.0, 50.0)] * 7, edges, LABEL)
    inner = {x for x, _, _ in layout.edges[-1].stretches[1:-1]}
    assert len(inner) == 1


def test_a_graph_of_hundreds_of_nodes_is_laid_out():
    edges = [(max(0, number - step), number) for number in range(1, 400) for step in (1, 7)]
    layout = lay_out([(100.0, 50.0)] * 400, edges, LABEL)
    assert len(layout.nodes) == 400


def test_nothing_is_a_layout_too():
    assert lay_out([], [], LABEL).nodes == ()
