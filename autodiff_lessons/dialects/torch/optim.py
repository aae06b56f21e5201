"""torch.optim: the engine's optimizers under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.autograd.modes import enable_grad, no_grad
from autodiff_lessons.dialects.torch.core import Handle, constant, data_of
from autodiff_lessons.engine import optimizers
from autodiff_lessons.engine.tensor import Tensor


class Optimizer:
    """Groups of parameters, each with its settings; `step()` moves them along their `.grad`."""

    _rule: Callable[[dict[str, Any]], optimizers.Optimizer]

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Handle):
            raise TypeError("An optimizer takes a list of tensors, or model.parameters(), not one tensor: write [x].")
        given = list(params)
        if not given:
            raise ValueError("The optimizer got no parameters: the list is empty.")
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Any, dict[str, Any]] = {}
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take further parameters, with settings of their own where the group gives any."""
        params = param_group["params"]
        listed = [params] if isinstance(params, Handle) else list(params)
        for one in listed:
            if not isinstance(one, Handle):
                raise TypeError(f"An optimizer moves tensors, not {type(one).__name__}.")
            if one._node.op is not None:
                raise ValueError("An optimizer moves leaves; this tensor was computed from others by an operation.")
        self.param_groups.append({**self.defaults, **param_group, "params": listed})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: they become None, or zeros."""
        for group in self.param_groups:
            for one in group["params"]:
                if set_to_none or one.grad is None:
                    one.grad = None
                else:
                    one.grad.detach_()
                    one.grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; `closure` computes the loss and its gradients anew."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            rule = type(self)._rule(group)
            for one in group["params"]:
                if one.grad is not None:
                    self._move(one, rule, group)
        return loss

    def _move(self, parameter: Any, rule: optimizers.Optimizer, group: dict[str, Any]) -> None:
        state = self.state.setdefault(parameter, {})
        memory = {key: data_of(value) for key, value in state.items()}
        gradient = data_of(parameter.grad)
        with np.errstate(all="ignore"):
            new = rule.update(data_of(parameter), -gradient if group.get("maximize") else gradient, memory)
        kind = data_of(parameter).dtype
        state.update({key: constant(np.asarray(value)[()]) for key, value in memory.items()})
        with no_grad():
            parameter.copy_(constant(np.asarray(new).astype(kind)[()]))

    def state_dict(self) -> dict[str, Any]:
        """Settings and memory, with a number for each parameter."""
        numbers = {id(one): place for place, one in enumerate(self._parameters())}
        return {
            "state": {numbers[id(one)]: dict(state) for one, state in self.state.items()},
            "param_groups": [
                {**group, "params": [numbers[id(one)] for one in group["params"]]} for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict()` gave."""
        parameters = self._parameters()
        if len(state_dict["param_groups"]) != len(self.param_groups):
            raise ValueError("The state has another number of parameter groups than this optimizer.")
        self.state = {parameters[number]: dict(state) for number, state in state_dict["state"].items()}
        for group, saved in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({key: value for key, value in saved.items() if key != "params"})

    def _parameters(self) -> list[Any]:
        return [one for group in self.param_groups for one in group["params"]]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def _settings(group: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: float(group[name]) if isinstance(group[name], Handle) else group[name] for name in names}


def _nobody() -> list[Any]:
    """The engine's optimizer is used for its rule only; which parameters it moves is decided here."""
    return [Tensor(0.0)]


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted."""

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, momentum: float = 0, dampening: float = 0,
        weight_decay: float = 0, nesterov: bool = False, *, maximize: bool = False, foreach: Any = None,
        differentiable: bool = False, fused: Any = None,
    ) -> None:  # fmt: skip
        settings = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused,
        }  # fmt: skip
        super().__init__(params, settings)
        self._rule(settings)  # refuses wrong settings at once

    @staticmethod
    def _rule(group: dict[str, Any]) -> optimizers.Optimizer:
        return optimizers.SGD(_nobody(), **_settings(group, "lr", "momentum", "dampening", "weight_decay", "nesterov"))


class Adam(Optimizer):
    """Steps in units of each gradient's root mean square."""

    _decoupled = False
    _decay = 0.0

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float | None = None, amsgrad: bool = False, *, maximize: bool = False, foreach: Any = None,
        capturable: bool = False, differentiable: bool = False, fused: Any = None,
    ) -> None:  # fmt: skip
        settings = {
            "lr": lr, "betas": betas, "eps": eps, "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach,
            "weight_decay": self._decay if weight_decay is None else weight_decay, "capturable": capturable,
            "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": self._decoupled,
        }  # fmt: skip
        super().__init__(params, settings)
        self._rule(settings)

    @staticmethod
    def _rule(group: dict[str, Any]) -> optimizers.Optimizer:
        settings = _settings(group, "lr", "betas", "eps", "weight_decay", "amsgrad")
        return optimizers.Adam(_nobody(), decoupled=group["decoupled_weight_decay"], **settings)


class AdamW(Adam):
    """Adam whose weight decay shrinks the weights themselves."""

    _decoupled = True
    _decay = 1e-2


__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
