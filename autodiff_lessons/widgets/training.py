"""TrainingView: a training loop to watch, to stop and to go on with.

The loop runs in the kernel, an epoch at a time, and sends its losses to the page, which draws them. While it runs the
kernel hears nothing, so the page's Stop button does what the notebook's own does: it interrupts the kernel. The loop
ends after the epoch that is under way, so weights and optimizer are whole, and `run()` goes on from there.
"""

from __future__ import annotations

import base64
import math
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from autodiff_lessons.errors import WidgetError
from autodiff_lessons.widgets.interrupts import interrupt_asks
from autodiff_lessons.widgets.loss_curve import LossCurve
from autodiff_lessons.widgets.sliders import static

SECONDS_BETWEEN = 0.1  # ten pictures a second are as many as anybody sees
ENDS = {"ready": "Not started", "running": "Running", "stopped": "Stopped", "finished": "Done", "failed": "Failed"}


class TrainingView(anywidget.AnyWidget):
    """A live loss curve under a progress bar: `TrainingView(one_epoch, epochs=60).run()`.

    one_epoch: trains for one epoch and returns its losses, such as {"training loss": 0.2, "held-out loss": 0.3}.
    epochs: how many there are to be.

    `run()` shows the view and trains until all epochs are done, until an interrupt, or until one_epoch raises. Called
    again, it goes on from there. `history` has the losses by their names, one an epoch.
    """

    _esm = static("sliders.js", "numbers.js", "sketch.js", "training.js")
    _css = static("sketch.css", "training.css")
    _clock = staticmethod(time.monotonic)

    epochs = traitlets.Int().tag(sync=True)
    epoch = traitlets.Int(0).tag(sync=True)  # how many are done
    status = traitlets.Enum(list(ENDS), "ready").tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)  # panels and marks, for sketch.js
    size = traitlets.Tuple(traitlets.Int(), traitlets.Int()).tag(sync=True)

    def __init__(self, one_epoch: Callable[[], Any], /, epochs: int, *, size: tuple[int, int] = (640, 340)) -> None:
        if not callable(one_epoch):
            raise WidgetError(f"one_epoch is {one_epoch!r}; hand over the function itself, without brackets.")
        if not isinstance(epochs, int) or epochs < 1:
            raise WidgetError(f"epochs is {epochs!r}, and it must be a whole number, 1 or more.")
        self._one_epoch = one_epoch
        self._curve = LossCurve(epochs, size)
        self._told = -math.inf
        self._place: Any = None  # where it was displayed last
        super().__init__(epochs=epochs, size=size)
        self._tell("ready")
        self.on_msg(self._asked_by_the_page)

    @property
    def history(self) -> dict[str, list[float]]:
        """Each loss by its name: a list of numbers, one an epoch."""
        return self._curve.history

    def run(self) -> None:
        """Show the view here, and train on."""
        if self.status == "running":
            raise WidgetError("This training is running already.")
        self._place = _displayed(self)
        self._train()
        if self.status == "finished":
            print(f"All {self.epochs} epochs are done.")

    @property
    def _done(self) -> int:
        return len(next(iter(self.history.values()), ()))

    def _train(self) -> None:
        self._tell("running")
        try:
            with interrupt_asks() as asked_to_stop:
                while self._done < self.epochs and not asked_to_stop():
                    self._curve.add(self._one_epoch())
                    if self._clock() - self._told >= SECONDS_BETWEEN:
                        self._tell("running")
                self._tell("finished" if self._done == self.epochs else "stopped")
        except KeyboardInterrupt:  # the second one, which did not wait for the epoch's end
            self._tell("stopped", f"Epoch {self._done + 1} was cut short. ")
        except BaseException as error:
            self._tell(
                "failed", f"Epoch {self._done + 1} ended with {type(error).__name__}: {str(error).rstrip('.')}. "
            )
            raise
        finally:
            if self._place is not None:
                self._place.update(self)  # a notebook keeps the picture of the end, not of the beginning

    def _asked_by_the_page(self, _widget: object, content: Any, _buffers: object) -> None:
        """Train on. In a thread of its own no interrupt could end that: some kernels run callbacks so."""
        if content != {"do": "continue"} or self.status in ("running", "finished"):
            return
        if threading.current_thread() is threading.main_thread():
            self._train()
        else:
            self._tell(self.status, "To go on, run the cell again. ")

    def _tell(self, status: str, problem: str = "") -> None:
        """One message with all that the page shows."""
        self._told = self._clock()
        losses = self._curve.sentence()
        said = f"{problem}{ENDS[status]}: epoch {self._done} of {self.epochs}{', ' if losses else ''}{losses}."
        with self.hold_sync():
            self.status, self.epoch, self.said = status, self._done, said
            self.picture = self._curve.for_the_page()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(epochs={self.epochs})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]  # None only without a view
        width, height = self.size
        still = base64.b64encode(self._curve.png()).decode("ascii")
        # No losses in the text: they differ a little by machine, and nbval compares it with the one before training.
        text = f"{self!r}: the losses of each epoch, on a logarithmic scale"
        return (
            {**data, "text/plain": text, "image/png": still},
            {**metadata, "image/png": {"width": width, "height": height}},
        )


def _displayed(view: TrainingView) -> Any:
    """Show it in the cell that runs now; give the place, which can be shown anew. None outside of a notebook."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return None
    from IPython.display import display  # noqa: PLC0415  (slow to import, and there already)

    return display(view, display_id=True)
