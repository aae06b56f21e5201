"""Whether gradients are recorded: context managers that are decorators as well."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from autodiff_lessons.dialects.torch.sweeping import Anomaly
from autodiff_lessons.engine.modes import MODES, set_recording

F = TypeVar("F", bound=Callable[..., Any])


class _Mode:
    """A block, or (around a function) every call of it, with recording on or off."""

    def __init__(self, recording: bool) -> None:
        self._recording = recording
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(MODES.recording)
        set_recording(self._recording)

    def __exit__(self, *error: Any) -> None:
        set_recording(self._before.pop())

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def within(*arguments: Any, **keywords: Any) -> Any:
            with _Mode(self._recording):
                return function(*arguments, **keywords)

        return within  # type: ignore[return-value]


class _DecoratorToo(type):
    """`@torch.no_grad` without parentheses decorates as `@torch.no_grad()` does."""

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if len(arguments) == 1 and callable(arguments[0]):
            return super().__call__()(arguments[0])
        return super().__call__(*arguments, **keywords)


class no_grad(_Mode, metaclass=_DecoratorToo):
    """Record nothing: results do not require grad."""

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(_Mode, metaclass=_DecoratorToo):
    """Record again inside a `no_grad` block."""

    def __init__(self) -> None:
        super().__init__(True)


class inference_mode(_Mode, metaclass=_DecoratorToo):
    """Record nothing, as `no_grad`."""

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)


class set_grad_enabled(_Mode):
    """Switch recording on or off, at once, or for a `with` block."""

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        self._before.append(MODES.recording)
        set_recording(self._recording)

    def __enter__(self) -> None:
        """The block has begun already."""

    def __call__(self, function: F) -> F:
        self.__exit__()
        return super().__call__(function)


def is_grad_enabled() -> bool:
    """Whether operations are recorded."""
    return MODES.recording


class set_detect_anomaly:
    """Let the backward pass stop at the first nan and name the operation; at once, or for a `with` block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = (Anomaly.on, Anomaly.check_nan)
        Anomaly.on, Anomaly.check_nan = mode, check_nan

    def __enter__(self) -> None:
        """The watch has begun already."""

    def __exit__(self, *error: Any) -> None:
        Anomaly.on, Anomaly.check_nan = self._before


class detect_anomaly(set_detect_anomaly):
    """Let the backward pass stop at the first nan and name the operation."""

    def __init__(self, check_nan: bool = True) -> None:
        warnings.warn(
            "Anomaly detection is on: every backward pass is watched for nan, which takes time.",
            UserWarning,
            stacklevel=2,
        )
        self._wanted = (True, check_nan)
        self._before = (Anomaly.on, Anomaly.check_nan)

    def __enter__(self) -> None:
        self._before = (Anomaly.on, Anomaly.check_nan)
        Anomaly.on, Anomaly.check_nan = self._wanted
