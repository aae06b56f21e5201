"""Every error a learner can meet. The message is teaching text: what failed, on which operation, with which value,
what to write instead."""

from __future__ import annotations


class AutodiffError(Exception):
    """The parent of every error of this course, so that one `except` catches them all."""


class DomainError(AutodiffError, ArithmeticError):
    """An operation was asked for a value that it does not have, such as log(-1) or 1/0."""


class NotFiniteError(AutodiffError, ArithmeticError):
    """The watch `trace_nan` met the first value or cotangent that is inf or nan."""


class GraphError(AutodiffError, RuntimeError):
    """A graph can't be walked as asked: freed already, changed in place, nothing in it requires a gradient."""


class ShapeError(AutodiffError, ValueError):
    """Shapes do not fit together."""


class OperandError(AutodiffError, RuntimeError):
    """An operation of a dialect can't be done on what it was given, where PyTorch raises a RuntimeError."""


class GradientTypeError(AutodiffError, TypeError):
    """A gradient was asked of something that can't have one, such as an integer tensor."""


class MissingRuleError(AutodiffError, LookupError):
    """An operation has no derivative rule in the table."""


class FormulaError(AutodiffError, ValueError):
    """A formula can't be read, built or computed as asked."""


class NodeError(AutodiffError, TypeError):
    """A node of a tree was made of something that is neither a node nor a number."""


class DifferenceError(AutodiffError, ValueError):
    """A slope can't be measured with the step, the point or the function that were given."""


class GradientMismatchError(AutodiffError, AssertionError):
    """A gradient does not agree with the slope that was measured."""


class GraphFileError(AutodiffError, ValueError):
    """A graph can't be read from a file, or written to one; the message names the place."""


class ClusterError(AutodiffError, RuntimeError):
    """A graph can't be run on a cluster: Dask is missing, no scheduler answers, the workers die."""


class ExerciseError(AutodiffError, LookupError):
    """An exercise was asked for that the course does not have."""


class NotCorrectError(AutodiffError, AssertionError):
    """An exercise is not solved where points are given for it; the message is what its check said."""


class ProgressError(AutodiffError, ValueError):
    """A progress text can't be read: cut, mistyped, or something else."""


class ClassError(AutodiffError, ValueError):
    """A class view was sent something that is not a check's outcome, or could not take it now."""


class WidgetError(AutodiffError, ValueError):
    """A live picture can't be made from what it was given, such as a slider from 3 to -3."""


class UsageError(AutodiffError):
    """A command can't do what it was asked: one clear line for the terminal, exit code 2."""


class RefusedError(AutodiffError, PermissionError):
    """Code that is being marked tried what it may not do: write elsewhere, open the network, start a program."""
