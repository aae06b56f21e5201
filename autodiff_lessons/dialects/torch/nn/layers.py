"""torch.nn's layers, activations and losses as modules."""

from __future__ import annotations

import math
from typing import Any

from autodiff_lessons.dialects.torch import creation, shaping
from autodiff_lessons.dialects.torch.nn import functional
from autodiff_lessons.dialects.torch.nn.modules import Module
from autodiff_lessons.dialects.torch.tensor import Parameter


class Linear(Module):
    """x W^T + b, with W and b from -1/sqrt(n) to 1/sqrt(n) at first."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        bound = 1 / math.sqrt(in_features) if in_features else 0.0
        random = creation.random_numbers()

        def start(*shape: int) -> Any:
            return Parameter(creation.tensor(random.uniform(-bound, bound, shape).tolist(), dtype=dtype))

        self.weight = start(out_features, in_features)
        if bias:
            self.bias = start(out_features)
        else:
            self.register_parameter("bias", None)

    def forward(self, input: Any) -> Any:
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Flatten(Module):
    """The axes from start_dim on made one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        return shaping.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Dropout(Module):
    """While training, each element 0 with probability p."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        self.p, self.inplace = p, inplace

    def forward(self, input: Any) -> Any:
        return functional.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Embedding(Module):
    """A row of numbers for each word."""

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = Parameter(creation.randn(num_embeddings, embedding_dim))

    def forward(self, input: Any) -> Any:
        return functional.embedding(input, self.weight)


class LayerNorm(Module):
    """Each row with mean 0 and variance 1, then scaled and shifted."""

    def __init__(self, normalized_shape: Any, eps: float = 1e-5) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps = shape, eps
        self.weight, self.bias = Parameter(creation.ones(*shape)), Parameter(creation.zeros(*shape))

    def forward(self, input: Any) -> Any:
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class Identity(Module):
    """What comes in."""

    def forward(self, input: Any) -> Any:
        return input


class _Of(Module):
    """A module around a function of one input and a few settings."""

    _function: Any
    _settings: tuple[tuple[str, Any], ...] = ()

    def __init__(self, *values: Any, **keywords: Any) -> None:
        super().__init__()
        names = [name for name, _ in self._settings]
        given = dict(self._settings) | dict(zip(names, values, strict=False)) | keywords
        unknown = sorted(set(given) - set(names) - {"inplace"})
        if unknown:
            raise TypeError(f"{type(self).__name__} has no setting {unknown[0]!r}; it has {names}.")
        self._given = {name: given[name] for name in names}

    def forward(self, input: Any) -> Any:
        return type(self)._function(input, **self._given)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self._given.items())


def _activation(name: str, function: Any, **settings: Any) -> Any:
    kind = type(name, (_Of,), {"_function": staticmethod(function), "_settings": tuple(settings.items())})
    kind.__doc__ = function.__doc__
    return kind


ReLU, Sigmoid, Tanh = _activation("ReLU", functional.relu), _activation("Sigmoid", functional.sigmoid), _activation(
    "Tanh", functional.tanh
)  # fmt: skip
Softplus = _activation("Softplus", functional.softplus, beta=1.0, threshold=20.0)
LeakyReLU = _activation("LeakyReLU", functional.leaky_relu, negative_slope=0.01)
ELU, GELU, SiLU = (
    _activation("ELU", functional.elu, alpha=1.0), _activation("GELU", functional.gelu, approximate="none"),
    _activation("SiLU", functional.silu),
)  # fmt: skip
LogSigmoid = _activation("LogSigmoid", functional.logsigmoid)
Softmax, LogSoftmax = (
    _activation("Softmax", functional.softmax, dim=None), _activation("LogSoftmax", functional.log_softmax, dim=None),
)  # fmt: skip


class _Loss(Module):
    """A module around a loss."""

    _function: Any

    def __init__(self, *, reduction: str = "mean", **settings: Any) -> None:
        super().__init__()
        self.reduction, self._settings = reduction, settings

    def forward(self, input: Any, target: Any) -> Any:
        return type(self)._function(input, target, reduction=self.reduction, **self._settings)


def _loss(name: str, function: Any) -> Any:
    kind = type(name, (_Loss,), {"_function": staticmethod(function)})
    kind.__doc__ = function.__doc__
    return kind


MSELoss, L1Loss = _loss("MSELoss", functional.mse_loss), _loss("L1Loss", functional.l1_loss)
SmoothL1Loss, HuberLoss = _loss("SmoothL1Loss", functional.smooth_l1_loss), _loss("HuberLoss", functional.huber_loss)
CrossEntropyLoss, NLLLoss = _loss("CrossEntropyLoss", functional.cross_entropy), _loss("NLLLoss", functional.nll_loss)
BCELoss = _loss("BCELoss", functional.binary_cross_entropy)
BCEWithLogitsLoss = _loss("BCEWithLogitsLoss", functional.binary_cross_entropy_with_logits)
KLDivLoss = _loss("KLDivLoss", functional.kl_div)
