"""TrainingView: it trains to the end, stops between two epochs, goes on from there, and sends little."""

from __future__ import annotations

import base64
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.training import TrainingView


class Training:
    """A network of one weight, halved in two steps an epoch; `at` is called in the middle of each."""

    def __init__(self, at: Callable[[int], None] = lambda epoch: None) -> None:
        self.weight, self.epoch, self.at = 1.0, 0, at

    def one_epoch(self) -> dict[str, float]:
        self.epoch += 1
        self.weight *= 0.5**0.5
        self.at(self.epoch)
        self.weight *= 0.5**0.5
        return {"training loss": self.weight}


def interrupted_at(*epochs: int) -> Callable[[int], None]:
    return lambda epoch: signal.raise_signal(signal.SIGINT) if epoch in epochs else None


def test_it_trains_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    view = TrainingView(Training().one_epoch, epochs=4)
    assert (view.status, view.said) == ("ready", "Not started: epoch 0 of 4.")
    view.run()
    assert (view.status, view.epoch) == ("finished", 4)
    assert view.history["training loss"] == pytest.approx([0.5, 0.25, 0.125, 0.0625])
    assert view.said == "Done: epoch 4 of 4, training loss 0.0625."
    assert capsys.readouterr().out == "All 4 epochs are done.\n"


def test_an_interrupt_stops_it_after_the_epoch_and_run_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    training = Training(interrupted_at(3))
    view = TrainingView(training.one_epoch, epochs=5)
    view.run()
    assert (view.status, view.epoch) == ("stopped", 3)
    assert training.weight == pytest.approx(0.125)  # the third epoch is whole
    assert view.said == "Stopped: epoch 3 of 5, training loss 0.125."
    assert capsys.readouterr().out == ""
    view.run()
    assert (view.status, view.epoch, training.epoch) == ("finished", 5, 5)
    assert view.history["training loss"] == pytest.approx([0.5**epoch for epoch in range(1, 6)])


def test_the_same_numbers_with_and_without_an_interrupt() -> None:
    whole, broken = Training(), Training(interrupted_at(1, 4))
    one, other = TrainingView(whole.one_epoch, epochs=6), TrainingView(broken.one_epoch, epochs=6)
    one.run()
    for _ in range(3):
        other.run()
    assert one.history == other.history
    assert other.status == "finished"


def test_a_second_interrupt_does_not_wait_for_the_epoch() -> None:
    def twice(epoch: int) -> None:
        if epoch == 2:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    training = Training(twice)
    view = TrainingView(training.one_epoch, epochs=3)
    view.run()
    assert (view.status, view.epoch) == ("stopped", 1)
    assert view.said == "Epoch 2 was cut short. Stopped: epoch 1 of 3, training loss 0.5."
    view.run()
    assert view.status == "finished"


def test_an_error_is_shown_and_raised_and_the_training_can_go_on() -> None:
    def fails(epoch: int) -> None:
        if epoch == 2:
            raise ValueError("no such digit.")

    view = TrainingView(Training(fails).one_epoch, epochs=3)
    with pytest.raises(ValueError, match="no such digit"):
        view.run()
    assert view.status == "failed"
    assert view.said == "Epoch 2 ended with ValueError: no such digit. Failed: epoch 1 of 3, training loss 0.5."
    view.run()
    assert (view.status, view.epoch) == ("finished", 3)


def test_few_messages_however_many_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """1000 epochs of a hundredth of a second each: ten seconds."""
    now = [0.0]
    monkeypatch.setattr(TrainingView, "_clock", staticmethod(lambda: now[0]))

    def one_epoch() -> float:
        now[0] += 0.01
        return 1.0

    view = TrainingView(one_epoch, epochs=1000)
    seen: list[int] = []
    view.observe(lambda change: seen.append(change["new"]), names="epoch")
    view.run()
    assert 50 <= len(seen) <= 105
    assert seen[-1] == 1000


def test_it_does_not_run_inside_of_itself() -> None:
    def again(epoch: int) -> None:
        view.run()

    view = TrainingView(Training(again).one_epoch, epochs=2)
    with pytest.raises(WidgetError, match="running already"):
        view.run()


def press_continue(view: TrainingView, content: Any = None) -> None:
    view._handle_custom_msg(content or {"do": "continue"}, [])


def test_the_pages_button_goes_on() -> None:
    view = TrainingView(Training(interrupted_at(2)).one_epoch, epochs=4)
    press_continue(view)
    assert (view.status, view.epoch) == ("stopped", 2)
    press_continue(view, {"do": "something else"})
    assert view.epoch == 2
    press_continue(view)
    assert (view.status, view.epoch) == ("finished", 4)
    press_continue(view)
    assert view.epoch == 4


def test_where_no_interrupt_could_end_it_the_button_says_what_to_do() -> None:
    view = TrainingView(Training(interrupted_at(2)).one_epoch, epochs=4)
    view.run()
    thread = threading.Thread(target=press_continue, args=(view,))
    thread.start()
    thread.join()
    assert (view.status, view.epoch) == ("stopped", 2)
    assert view.said == "To go on, run the cell again. Stopped: epoch 2 of 4, training loss 0.25."


def test_what_a_notebook_keeps_of_it() -> None:
    view = TrainingView(Training().one_epoch, epochs=4, size=(480, 300))
    before, _ = view._repr_mimebundle_()
    view.run()
    data, metadata = view._repr_mimebundle_()
    assert repr(view) == "TrainingView(epochs=4)"
    assert data["text/plain"] == before["text/plain"] == f"{view!r}: the losses of each epoch, on a logarithmic scale"
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["image/png"] != before["image/png"]
    assert metadata["image/png"] == {"width": 480, "height": 300}
    assert "application/vnd.jupyter.widget-view+json" in data


@pytest.mark.parametrize(
    ("one_epoch", "epochs", "message"),
    [
        (1.0, 3, "one_epoch is 1.0; hand over the function itself, without brackets."),
        (float, 0, "epochs is 0, and it must be a whole number, 1 or more."),
        (float, 2.5, "epochs is 2.5"),
    ],
)
def test_what_makes_no_training_is_refused(one_epoch: Any, epochs: Any, message: str) -> None:
    with pytest.raises(WidgetError) as caught:
        TrainingView(one_epoch, epochs=epochs)
    assert message in str(caught.value)
