"""The benchmark of what a hand feels: its slow line passes on what it gets, late; its rows state medians."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from hand import HEADS, Row
from slow_line import slow_line


def echo_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(1 << 16):
            connection.sendall(data)


@pytest.mark.parametrize("delay", [0.0, 0.1])
def test_the_line_passes_on_both_ways_in_order_and_late(delay: float) -> None:
    sent = bytes(range(256)) * 400
    with socket.create_server(("127.0.0.1", 0)) as listener, slow_line(listener.getsockname()[1]) as line:
        line.delay = delay
        threading.Thread(target=echo_once, args=[listener], daemon=True).start()
        with socket.create_connection(("127.0.0.1", line.port), timeout=20) as connection:
            start = time.perf_counter()
            connection.sendall(sent)
            got = b""
            while len(got) < len(sent):
                got += connection.recv(1 << 16)
            assert got == sent
            assert time.perf_counter() - start >= 2 * delay


def test_a_row_states_medians_and_how_many_times_interact_takes() -> None:
    row = Row("05", "TangentExplorer", True, [10.0, 12, 90], [120, 10, 130], [11.0], [220.0], [4.0], (0, 20), (16, 17))
    assert row.cells() == [
        "05",
        "TangentExplorer",
        "page",
        "12",
        "120 (10.0x)",
        "11",
        "220 (20.0x)",
        "4",
        "0, 20",
        "16, 17",
    ]
    assert len(row.cells()) == len(HEADS)
