"""The first interrupt asks, the second breaks in, and afterwards everything is as it was."""

from __future__ import annotations

import signal
import threading

import pytest

from autodiff_lessons.widgets.interrupts import interrupt_asks


def test_the_first_interrupt_only_asks() -> None:
    with interrupt_asks() as asked:
        assert not asked()
        signal.raise_signal(signal.SIGINT)
        assert asked()


def test_the_second_breaks_in() -> None:
    with interrupt_asks():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("ends_with", [None, ValueError])
def test_what_interrupts_did_before_they_do_again(ends_with: type[Exception] | None) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        with interrupt_asks():
            assert signal.getsignal(signal.SIGINT) is not before
            if ends_with:
                raise ends_with
    except ValueError:
        pass
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_leaves_the_signal_alone() -> None:
    seen = []

    def work() -> None:
        with interrupt_asks() as asked:
            seen.append((signal.getsignal(signal.SIGINT), asked()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(signal.getsignal(signal.SIGINT), False)]
