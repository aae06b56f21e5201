"""tf.errors: what an operation raises when its tensors do not suit it."""

from __future__ import annotations

from autodiff_lessons.errors import AutodiffError

__all__ = ["InvalidArgumentError", "OpError"]


class OpError(AutodiffError):
    """An operation failed."""


class InvalidArgumentError(OpError):
    """The shapes, number types or indices that an operation was given do not suit it or each other."""


class ConversionError(InvalidArgumentError, TypeError):
    """A plain value can't become a tensor of the number type that is wanted."""
