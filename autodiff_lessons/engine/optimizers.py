"""Optimizers: how a gradient moves a weight; and clipping, which bounds the gradient before.

An update rule is a function of (value, gradient, state): it gives the new value and keeps in `state`, one dict a
parameter, what it remembers from step to step. `SGD` and `Adam` hold the settings of a rule; called as an optimizer,
`step()` applies it to every parameter outside of the graph. The numbers are PyTorch's.

>>> w = Tensor(5.0, requires_grad=True)
>>> optimizer = SGD([w], lr=0.1, momentum=0.9)
>>> for _ in range(3):
...     optimizer.zero_grad()
...     (w * w).backward()
...     optimizer.step()
...     print(round(w.item(), 6))
4.0
2.3
0.31
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autodiff_lessons.engine.tensor import Tensor, leaf, plain

State = dict[str, Any]


class Optimizer(ABC):
    """Parameters, and the rule by which `step()` moves each of them along its `.grad`."""

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("An optimizer needs at least one parameter: give a list of tensors, such as [w, b].")
        self._states: list[State] = [{} for _ in self.parameters]

    @abstractmethod
    def update(self, value: Any, gradient: Any, state: State) -> Any:
        """The new value of one parameter; `state` is that parameter's memory, empty before the first step."""

    def step(self) -> None:
        """Move every parameter that has a gradient; one without stays as it is."""
        for one, state in zip(self.parameters, self._states, strict=True):
            if one.grad is not None:
                one.data = self.update(one.data, plain(one.grad), state)

    def zero_grad(self) -> None:
        """Forget the accumulated gradients."""
        for one in self.parameters:
            one.zero_grad()


class SGD(Optimizer):
    """Gradient descent: w -= lr * g.

    With `momentum` m, g is replaced by a velocity v = m * v + (1 - dampening) * g, which starts as g; `nesterov` looks
    one step ahead, g + m * v. `weight_decay` adds weight_decay * w to the gradient. (Polyak 1964; Sutskever et al.
    2013.)
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters)
        if lr < 0 or momentum < 0 or weight_decay < 0:
            raise ValueError("lr, momentum and weight_decay can't be negative.")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov's momentum needs a momentum above 0 and no dampening.")
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

    def update(self, value: Any, gradient: Any, state: State) -> Any:
        if self.weight_decay:
            gradient = gradient + self.weight_decay * value
        if self.momentum:
            if "momentum_buffer" in state:
                velocity = self.momentum * state["momentum_buffer"] + (1 - self.dampening) * gradient
            else:
                velocity = gradient
            state["momentum_buffer"] = velocity
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        return value - self.lr * gradient


class Adam(Optimizer):
    """Adam: a step of about lr along each gradient's mean, measured in units of its root mean square.

    m = b1 * m + (1 - b1) * g and v = b2 * v + (1 - b2) * g**2 start at 0, which draws them to 0 at first; dividing by
    1 - b1**t and 1 - b2**t corrects that. Then w -= lr * m / (sqrt(v) + eps). `weight_decay` adds weight_decay * w to
    the gradient; `decoupled`, it shrinks the weight itself instead (AdamW). (Kingma and Ba 2015; Loshchilov and Hutter
    2019.)
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        decoupled: bool = False,
    ) -> None:
        super().__init__(parameters)
        if lr < 0 or eps < 0 or weight_decay < 0:
            raise ValueError("lr, eps and weight_decay can't be negative.")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"Both betas lie between 0 and 1 (1 excluded), not {betas}.")
        self.lr, self.betas, self.eps = lr, betas, eps
        self.weight_decay, self.amsgrad, self.decoupled = weight_decay, amsgrad, decoupled

    def update(self, value: Any, gradient: Any, state: State) -> Any:
        if self.weight_decay and self.decoupled:
            value = value * (1 - self.lr * self.weight_decay)
        elif self.weight_decay:
            gradient = gradient + self.weight_decay * value
        first, second = self.betas
        time = state["step"] = state.get("step", 0) + 1
        mean = state["exp_avg"] = first * state.get("exp_avg", 0.0) + (1 - first) * gradient
        square = state["exp_avg_sq"] = second * state.get("exp_avg_sq", 0.0) + (1 - second) * gradient * gradient
        if self.amsgrad:
            square = state["max_exp_avg_sq"] = np.maximum(state.get("max_exp_avg_sq", 0.0), square)
        root = np.sqrt(square) / np.sqrt(1 - second**time) + self.eps
        return value - self.lr / (1 - first**time) * mean / root


# Clipping. Each takes gradients as arrays, numbers or tensors (None stays None) and gives new ones of the same kind.


def clip_by_value(gradients: Sequence[Any], low: float, high: float) -> list[Any]:
    """Each element cut off at `low` and `high`; the direction may change.

    >>> clip_by_value([np.array([-3.0, 0.5])], -1.0, 1.0)[0].tolist()
    [-1.0, 0.5]
    """
    return [_like(one, np.clip(plain(one), low, high)) if one is not None else None for one in gradients]


def clip_by_norm(gradients: Sequence[Any], max_norm: float) -> list[Any]:
    """Each gradient by itself scaled down to the 2-norm `max_norm`, where it is longer.

    >>> [one.tolist() for one in clip_by_norm([np.array([3.0, 4.0]), np.array([12.0])], 6.5)]
    [[3.0, 4.0], [6.5]]
    """
    return [_like(one, _scaled(plain(one), max_norm, global_norm([one]))) for one in gradients]


def clip_by_global_norm(gradients: Sequence[Any], max_norm: float, epsilon: float = 0.0) -> tuple[list[Any], Any]:
    """All gradients scaled by one factor, so that their common 2-norm is at most `max_norm`; and the norm before.

    The direction stays. `epsilon` is added to the norm in the factor, as PyTorch does with 1e-6.

    >>> clipped, norm = clip_by_global_norm([np.array([3.0, 4.0]), np.array([12.0])], 6.5)
    >>> [one.tolist() for one in clipped], float(norm)
    ([[1.5, 2.0], [6.0]], 13.0)
    """
    norm = global_norm(gradients)
    return [_like(one, _scaled(plain(one), max_norm, norm + epsilon)) for one in gradients], norm


def global_norm(gradients: Iterable[Any]) -> Any:
    """The 2-norm of all elements of all gradients together: the root of the sum of their squares."""
    squares = [np.sum(np.square(plain(one))) for one in gradients if one is not None]
    return np.sqrt(np.sum(squares)) if squares else np.float64(0.0)


def _scaled(gradient: Any, max_norm: float, norm: Any) -> Any:
    if gradient is None:
        return None
    return gradient * (max_norm / norm) if norm > max_norm else gradient * 1.0


def _like(one: Any, value: Any) -> Any:
    return leaf(value) if type(one) is Tensor else value
