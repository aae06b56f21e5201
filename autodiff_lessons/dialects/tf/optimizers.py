"""tf.optimizers (tf.keras.optimizers): SGD and Adam, by Keras 3's formulas.

SGD is the engine's rule on gradients that are scaled by the learning rate already: Keras's velocity contains the rate,
so a change of the rate does not reach past steps. Adam is written out: Keras adds its epsilon (1e-7) before the bias
correction, and computes the correction in the variable's own number type, where 1 - 0.999 is off by 5e-5 in float32.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf.arrays import convert_to_tensor
from autodiff_lessons.dialects.tf.dtypes import int64
from autodiff_lessons.dialects.tf.tape import GradientTape
from autodiff_lessons.dialects.tf.tensor import Variable, convert
from autodiff_lessons.engine import optimizers as rules
from autodiff_lessons.engine.modes import ieee

__all__ = ["SGD", "Adam", "Optimizer"]


class Optimizer:
    """Changes variables against their gradients; the state of each variable is its own.

    clipnorm, clipvalue, global_clipnorm   clip each gradient's norm, each element, or the norm of all gradients
    """

    def __init__(
        self,
        learning_rate: Any,
        name: str | None = None,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        if sum(one is not None for one in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError("Give one of clipnorm, clipvalue and global_clipnorm, not several.")
        self.name = name or type(self).__name__.lower()
        rate = learning_rate() if callable(learning_rate) else learning_rate
        self._learning_rate = Variable(np.float32(rate), trainable=False, name="learning_rate")
        self.iterations = Variable(0, trainable=False, name="iteration", dtype=int64)
        self.weight_decay, self.clipnorm, self.clipvalue = weight_decay, clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self._trained: list[Variable] = []
        self._state: dict[int, dict[str, Any]] = {}

    @property
    def learning_rate(self) -> Variable:
        """The step's size; set it to change it."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self._learning_rate.assign(np.float32(convert(rate)._peek))

    @property
    def variables(self) -> list[Any]:
        """The optimizer's own numbers: the count of steps, the rate, and each variable's state."""
        kept = [
            one for state in self._state.values() for one in state.values() if isinstance(one, np.ndarray | np.generic)
        ]
        return [self.iterations, self._learning_rate, *map(convert_to_tensor, kept)]

    def build(self, variables: Iterable[Variable]) -> None:
        """Give each of these variables a state of its own."""
        self._trained = list(variables)
        self._state = {id(one): {} for one in self._trained}

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]], **ignored: Any) -> Variable:
        """One step: change each variable by its gradient. Pairs with the gradient None are left out."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def apply(self, grads: Any, trainable_variables: Iterable[Variable] | None = None) -> None:
        """The same, with the gradients and the variables in two lists."""
        gradients = list(grads)
        variables = self._trained if trainable_variables is None else list(trainable_variables)
        if len(gradients) != len(variables):
            raise ValueError(f"{len(gradients)} gradients were given for {len(variables)} variables.")
        if not self._trained:
            self.build(variables)
        for one in variables:
            if id(one) not in self._state:
                raise ValueError(
                    f"Unknown variable: {one!r}. This optimizer has a state for the variables of its first step; make "
                    "a new optimizer for others, or build(variables) with all of them first."
                )
        chosen = [(one, variable) for one, variable in zip(gradients, variables, strict=True) if one is not None]
        if not chosen:
            raise ValueError(
                "No gradients provided for any variable: all of them are None. tape.explain(loss, variable) says why."
            )
        self._step([convert(one) for one, _ in chosen], [variable for _, variable in chosen])

    def _step(self, gradients: list[Any], variables: list[Variable]) -> None:
        arrays = [one._peek.astype(variable._peek.dtype) for one, variable in zip(gradients, variables, strict=True)]
        if self.clipnorm is not None:
            arrays = rules.clip_by_norm(arrays, self.clipnorm)
        elif self.clipvalue is not None:
            arrays = rules.clip_by_value(arrays, -self.clipvalue, self.clipvalue)
        elif self.global_clipnorm is not None:
            arrays, _ = rules.clip_by_global_norm(arrays, self.global_clipnorm)
        rate = float(self._learning_rate._peek)
        with ieee():
            for gradient, variable in zip(arrays, variables, strict=True):
                value = variable._peek
                if self.weight_decay is not None:
                    value = value - value * self.weight_decay * rate
                variable._put(self.moved(value, gradient, self._state[id(variable)], rate))
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
        self.iterations.assign_add(1)

    def moved(self, value: Any, gradient: Any, state: dict[str, Any], rate: float) -> Any:
        """The new value of one variable."""
        raise NotImplementedError

    def minimize(self, loss: Any, var_list: Any, tape: GradientTape | None = None) -> Variable:
        """Compute the gradients of `loss`, a function (or a tensor, with the tape that recorded it), and take a step.

        Keras 3 has no such method any more; TensorFlow's guides before it use it.
        """
        recorded, value = tape, loss
        if callable(loss):
            recorded = GradientTape()
            with recorded:
                value = loss()
        if recorded is None:
            raise ValueError(
                "minimize of a tensor needs the tape that recorded it: minimize(loss, variables, tape=tape)."
            )
        return self.apply_gradients(zip(recorded.gradient(value, list(var_list)), var_list, strict=True))


class SGD(Optimizer):
    """w = w - learning_rate * gradient, with momentum if wanted (Nesterov's, if that is wanted)."""

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(learning_rate, name, **more)
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum is a number from 0 to 1, not {momentum}.")
        self.momentum, self.nesterov = momentum, nesterov

    def build(self, variables: Iterable[Variable]) -> None:
        super().build(variables)
        handles = [one.handle for one in self._trained]
        nesterov = self.nesterov and self.momentum > 0
        self._rule = rules.SGD(handles, lr=1.0, momentum=self.momentum, nesterov=nesterov)

    def moved(self, value: Any, gradient: Any, state: dict[str, Any], rate: float) -> Any:
        return self._rule.update(value, gradient * rate, state)  # the rate goes into the velocity


class Adam(Optimizer):
    """Running means of the gradient and of its square, with the bias of their start from zero corrected."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(learning_rate, name, **more)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def moved(self, value: Any, gradient: Any, state: dict[str, Any], rate: float) -> Any:
        kind = value.dtype.type
        time = kind(int(self.iterations._peek) + 1)  # Keras counts the steps of the optimizer, not of each variable
        corrected = rate * np.sqrt(1 - kind(self.beta_2) ** time) / (1 - kind(self.beta_1) ** time)
        mean, square = state.get("mean", value * 0), state.get("square", value * 0)
        mean = state["mean"] = mean + (gradient - mean) * (1 - self.beta_1)
        square = state["square"] = square + (gradient * gradient - square) * (1 - self.beta_2)
        if self.amsgrad:
            square = state["largest"] = np.maximum(state.get("largest", value * 0), square)
        return value - mean * corrected / (np.sqrt(square) + self.epsilon)
