"""tf.custom_gradient: a function with a reverse rule of its own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf.tensor import OWNERS, Tensor, Variable, convert
from autodiff_lessons.engine import tensor as engine
from autodiff_lessons.engine import trees
from autodiff_lessons.engine.custom import custom
from autodiff_lessons.engine.modes import ieee, start_tape, stop_tape
from autodiff_lessons.engine.variable import Variable as EngineVariable
from autodiff_lessons.errors import GradientTypeError, GraphError


class CustomGradientError(GraphError, ValueError):
    """The rule of a custom gradient gave another number of gradients than the function has arguments."""


class Reads:
    """Notes the trainable variables that are read while it runs, as a tape would."""

    def __init__(self) -> None:
        self.variables: dict[int, EngineVariable] = {}

    def see_read(self, variable: EngineVariable) -> None:
        """A variable is about to be read."""
        if variable.trainable:
            self.variables.setdefault(id(variable), variable)

    def see(self, *operation: Any) -> None:
        """Operations are of no interest here."""

    def see_taken_out(self, tensor: engine.Tensor) -> None:
        """Nor is what leaves as plain numbers."""


def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """Decorate a function that returns (result, grad_fn): a tape then uses grad_fn instead of what f computed.

    `grad_fn(*upstream)` gets one cotangent for each result and returns one for each positional argument of f (a list or
    a tuple where there are several). Where f reads variables that are not its arguments, grad_fn takes a keyword
    `variables` and returns two lists: the cotangents of the arguments, and those of the variables.
    """
    if f is None:
        return custom_gradient
    function = f

    @functools.wraps(function)
    def decorated(*arguments: Any, **keywords: Any) -> Any:
        reads = Reads()
        start_tape(reads)
        try:
            made = function(*arguments, **keywords)
        finally:
            stop_tape(reads)
        if not (isinstance(made, tuple) and len(made) == 2 and callable(made[1])):
            raise GradientTypeError(
                f"{function.__name__}, decorated with custom_gradient, must return two things, its result and the "
                f"function grad_fn(upstream); it returned {made!r}."
            )
        result, grad_fn = made
        given, _ = trees.flatten(list(arguments))
        arguments_read = {id(one._variable) for one in given if isinstance(one, Variable)}
        variables = [OWNERS[one] for key, one in reads.variables.items() if key not in arguments_read]
        if variables and not _takes_variables(grad_fn):
            raise GradientTypeError(
                f"{function.__name__} reads the variables {', '.join(one.name for one in variables)}, which are not "
                "among its arguments: its grad_fn must take a keyword argument, grad_fn(upstream, variables=None), and "
                "return (gradients of the arguments, gradients of the variables)."
            )
        outputs, rebuild = trees.flatten(result)
        values = [convert(one)._peek for one in outputs]

        def pull(*cotangents: Any) -> list[Any]:
            recorded = any(isinstance(one, engine.Tensor) for one in cotangents)
            upstream = [_upstream(one, value) for one, value in zip(cotangents, values, strict=True)]
            with ieee():
                sent = grad_fn(*upstream, variables=variables) if variables else grad_fn(*upstream)
            of_variables: list[Any] = []
            if variables:
                sent, of_variables = sent[0], list(sent[1])
            of_arguments = _flat(sent)
            if len(of_arguments) != len(given) or len(of_variables) != len(variables):
                raise CustomGradientError(
                    f"The grad_fn of {function.__name__} returned {len(of_arguments)} gradients for {len(given)} "
                    f"arguments and {len(of_variables)} for {len(variables)} variables: it returns one for each."
                )
            return [_plain(one, recorded) for one in (*of_arguments, *of_variables)]

        inputs = [convert(one)._tensor for one in (*given, *variables)]
        faces = custom(function.__name__, values, inputs, pull)
        return rebuild([Tensor(one) for one in faces])

    return decorated


def _takes_variables(grad_fn: Callable[..., Any]) -> bool:
    parameters = inspect.signature(grad_fn).parameters
    return "variables" in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def _flat(sent: Any) -> list[Any]:
    if isinstance(sent, list | tuple):
        return [one for part in sent for one in _flat(part)]
    return [sent]


def _upstream(cotangent: Any, value: Any) -> Tensor:
    if cotangent is None:
        return convert(np.zeros_like(value))
    return Tensor(cotangent if isinstance(cotangent, engine.Tensor) else engine.leaf(cotangent))


def _plain(one: Any, recorded: bool) -> Any:
    """A gradient as the engine takes it: a tensor in a recorded sweep, else plain numbers."""
    if one is None:
        return None
    tensor = convert(one)
    return tensor._tensor if recorded else tensor._peek
