"""torch.nn.functional: activations and losses."""

from __future__ import annotations

from autodiff_lessons.dialects.torch.nn.activations import (
    cosine_similarity,
    dropout,
    elu,
    embedding,
    gelu,
    hardtanh,
    layer_norm,
    leaky_relu,
    linear,
    log_softmax,
    logsigmoid,
    normalize,
    one_hot,
    relu6,
    silu,
    softmax,
    softmin,
    softplus,
    softsign,
    tanhshrink,
)
from autodiff_lessons.dialects.torch.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from autodiff_lessons.dialects.torch.pointwise import relu, sigmoid, tanh
from autodiff_lessons.dialects.torch.shaping import pad

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_similarity", "cross_entropy", "dropout",
    "elu", "embedding", "gelu", "hardtanh", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "layer_norm",
    "leaky_relu", "linear", "log_softmax", "logsigmoid", "mse_loss", "nll_loss", "normalize", "one_hot", "pad",
    "relu", "relu6", "sigmoid", "silu", "smooth_l1_loss", "softmax", "softmin", "softplus", "softsign", "tanh",
    "tanhshrink",
]  # fmt: skip
