"""Whatever a learner's code does, the check comes back."""

from __future__ import annotations

import contextvars
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autodiff_lessons.exercises.guards import PRINTED_CHARACTERS, PRINTED_LINES, AsksForInput, _Worker, guarded

SHORT = 0.2


def plain() -> None:
    while True:
        pass


def swallowing_in_the_loop() -> None:
    while True:
        try:
            time.sleep(0.001)
        except BaseException:
            continue


def swallowing_a_call() -> None:
    while True:
        try:  # noqa: SIM105
            time.sleep(0.001)
        except:  # noqa: E722  (as a learner writes it)
            pass


def swallowing_a_loop() -> None:
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722  (as a learner writes it)
            pass


def looping_again_in_the_handler() -> None:
    while True:
        try:
            try:
                plain()
            except BaseException:
                plain()
        except BaseException:
            pass


def printing() -> None:
    while True:
        print("again")


def looping_at_the_end() -> None:
    try:
        plain()
    finally:
        plain()


ENDLESS = [
    plain,
    swallowing_in_the_loop,
    swallowing_a_call,
    swallowing_a_loop,
    looping_again_in_the_handler,
    printing,
    looping_at_the_end,
]


def check_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "exercise check"]


def all_ended(seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while check_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not check_threads()


# One stop may arrive in a finalizer of Python's own, which reports it and goes on; the next one ends the code.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("endless", ENDLESS, ids=lambda function: function.__name__)
def test_an_endless_loop_is_ended(endless: Callable[[], Any]) -> None:
    run = guarded(endless, SHORT)
    assert run.timed_out
    assert run.error is None
    assert all_ended(10), "the learner's code is still running"


@pytest.mark.parametrize("endless", [plain, swallowing_a_loop], ids=lambda function: function.__name__)
def test_in_another_thread_than_the_main_one(endless: Callable[[], Any]) -> None:
    runs = []
    thread = threading.Thread(target=lambda: runs.append(guarded(endless, SHORT)))
    thread.start()
    thread.join(20)
    assert [run.timed_out for run in runs] == [True]
    assert all_ended(10)


def test_a_long_sleep_is_left_behind_and_ends_when_it_wakes() -> None:
    after: list[str] = []

    def sleepy() -> None:
        time.sleep(2.5)
        after.append("went on")

    begun = time.monotonic()
    assert guarded(sleepy, SHORT).timed_out
    assert time.monotonic() - begun < 2.4
    assert all_ended(10)
    assert after == []


def test_a_value_comes_back() -> None:
    run = guarded(lambda: 6 * 7)
    assert (run.value, run.error, run.timed_out, run.printed.text()) == (42, None, False, "")


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()], ids=repr)
def test_any_exception_is_returned(error: BaseException) -> None:
    def raising() -> None:
        raise error

    assert guarded(raising).error is error


def test_sys_exit_is_returned() -> None:
    assert isinstance(guarded(lambda: sys.exit("bye")).error, SystemExit)


def test_deep_recursion_is_returned_and_the_limit_restored() -> None:
    limit = sys.getrecursionlimit()

    def deep() -> Any:
        sys.setrecursionlimit(5_000)
        return deep()

    assert isinstance(guarded(deep).error, RecursionError)
    assert sys.getrecursionlimit() == limit
    guarded(plain, SHORT)
    assert sys.getrecursionlimit() == limit


def test_a_flood_of_output_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    def flood() -> None:
        for number in range(20_000):
            print("line", number)

    text = guarded(flood).printed.text()
    assert text.startswith("line 0\nline 1\n")
    assert text.endswith("\n... and 19990 more lines")
    assert len(text.splitlines()) == PRINTED_LINES + 1
    assert capsys.readouterr() == ("", "")


def test_one_long_line_is_cut() -> None:
    text = guarded(lambda: print("x" * 10_000_000)).printed.text()
    assert text == "x" * PRINTED_CHARACTERS + "\n... and more"


def test_a_few_lines_are_kept_whole() -> None:
    def talk() -> None:
        print("to begin")
        print("and to complain", file=sys.stderr)
        print("no end of line", end="")

    assert guarded(talk).printed.text() == "to begin\nand to complain\nno end of line"


def test_other_threads_print_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    def speak() -> None:
        thread = threading.Thread(target=lambda: print("from elsewhere"))
        thread.start()
        thread.join()

    assert guarded(speak).printed.text() == ""
    assert capsys.readouterr().out == "from elsewhere\n"


def test_streams_and_input_are_put_back() -> None:
    before = sys.stdout, sys.stderr, input
    guarded(lambda: setattr(sys, "stdout", None))
    guarded(plain, SHORT)
    assert (sys.stdout, sys.stderr, input) == before


def test_input_is_refused() -> None:
    assert isinstance(guarded(lambda: input("your name? ")).error, AsksForInput)


def test_a_warning_is_kept_without_the_line_that_gave_it(recwarn: pytest.WarningsRecorder) -> None:
    def warned() -> None:
        warnings.warn("flat", RuntimeWarning, stacklevel=1)

    warnings.simplefilter("always")
    assert guarded(warned).printed.text() == "RuntimeWarning: flat"
    assert len(recwarn) == 0
    warned()
    assert len(recwarn) == 1


def test_numpy_settings_of_the_caller_hold() -> None:
    with np.errstate(divide="raise"):
        run = guarded(lambda: np.float64(1.0) / 0.0)
    assert isinstance(run.error, FloatingPointError)


def test_the_thread_may_run_in_a_context_of_its_own_as_from_python_3_14_on() -> None:
    worker = _Worker(lambda: 3)
    worker._context = contextvars.copy_context()  # as Thread.start() does there, and then:
    worker._context.run(worker.run)
    assert (worker.value, worker.error) == (3, None)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals to a thread exist on POSIX only")
@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="Ctrl-C goes to the main thread")
def test_the_stop_button_stops_the_code_too() -> None:
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(SHORT, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        guarded(plain, 20)
    assert all_ended(10)
