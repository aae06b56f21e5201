"""PyTorch's names on this engine.

    from autodiff_lessons.dialects import torch

Code written for PyTorch's autograd runs with this import in the place of `import torch`: tensors and their methods,
functions, in-place operators with the version counter, `torch.autograd` (grad, backward, Function, gradcheck,
detect_anomaly, functional), `torch.func`, `torch.nn` for small networks, `torch.optim`. A tensor is a handle on a node
of the engine's graph (core.py); operations are the records of the engine's table under PyTorch's names (records.py).

How it differs from PyTorch 2.13, and why:

* Messages are this course's own; the types of errors and warnings are PyTorch's. A warning comes each time, where
  PyTorch gives some only once a process.
* There is one device (the CPU) and real numbers only: no complex numbers, no bfloat16, no sparse, nested or quantised
  tensors, no CUDA, no compilation. NumPy has no such types, and no lesson needs them.
* Random numbers are NumPy's: the same seed repeats them, but they are not PyTorch's.
* `einsum`, `repeat_interleave`, products of a batch with a vector and label smoothing are one node here, where PyTorch
  shows the reshapes, permutations and products that it makes of them. Values and gradients agree. Nodes that a
  backward pass with `create_graph=True` adds bear the names of the table's rules, which may be other operations than
  PyTorch's rules use.
* A node's text is `<MulBackward0>`, without an address, so that stored outputs stay the same. A node has the saved
  values `_saved_self`, `_saved_other`, `_saved_result`, `_saved_exponent` only, and no saved-tensor hooks.
* A backward pass that fails changes nothing: neither graph nor gradients. PyTorch may have added to some leaves.
* Backward passes run in the calling thread; after one, the values of the graph are given back when its last tensor
  goes, not at once.
* `x.numpy()` and `torch.from_numpy` share their elements with the tensor, except for a single number, which NumPy
  copies; changes made through the array are not counted in `_version` (PyTorch doesn't either).
* A view of a tensor is `view`, `reshape` where possible, a transposition, `expand`, `squeeze`, `unsqueeze`, `split`,
  `unbind`, `diagonal`, an index of numbers and slices, `detach` and `.data`. A change in place of one is seen in all;
  they share `_version`, except `.data`. A tracked change of `x.detach()` leaves x as it was.
* `inference_mode` is `no_grad`: its tensors may be used in recorded computations afterwards, which PyTorch refuses.
* `jvp` and `jacfwd` differentiate the reverse mode's product a second time (as PyTorch's own autograd.functional does)
  instead of carrying tangents: the numbers are equal. A Function's `jvp` and `vmap` methods are not called, and there
  is no torch.autograd.forward_ad. `torch.func.vmap` is a loop over the slices. The engine's own forward mode and
  batches are lessons of their own.
* `torch.optim` has SGD, Adam and AdamW; there are no schedulers. `torch.nn` has the layers, activations and losses that
  the lessons and PyTorch's autograd tutorials use, without convolutions, recurrent layers, and hooks of modules.
* `torch.linalg` has norms; `inv` and `det` give values outside of the graph.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

from autodiff_lessons.dialects.torch import (
    autograd,
    creation,
    dtypes,
    func,
    indexing,
    nn,
    optim,
    pointwise,
    products,
    reductions,
    shaping,
)
from autodiff_lessons.dialects.torch.autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from autodiff_lessons.dialects.torch.core import Handle
from autodiff_lessons.dialects.torch.core import dtype_of as _dtype_of
from autodiff_lessons.dialects.torch.sweeping import Anomaly as _Anomaly
from autodiff_lessons.dialects.torch.tensor import Tensor, device

__all__ = [
    "Size",
    "Tensor",
    "abs",
    "absolute",
    "acos",
    "acosh",
    "add",
    "addcdiv",
    "addcmul",
    "addmm",
    "all",
    "allclose",
    "amax",
    "amin",
    "any",
    "arange",
    "arccos",
    "arcsin",
    "arctan",
    "argmax",
    "argmin",
    "argsort",
    "as_tensor",
    "asarray",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "autograd",
    "bernoulli",
    "bmm",
    "bool",
    "broadcast_to",
    "cat",
    "ceil",
    "chunk",
    "clamp",
    "clip",
    "clone",
    "concat",
    "concatenate",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "deg2rad",
    "device",
    "diag",
    "diagonal",
    "dist",
    "div",
    "divide",
    "dot",
    "double",
    "dtype",
    "e",
    "einsum",
    "empty",
    "empty_like",
    "enable_grad",
    "eq",
    "equal",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "eye",
    "flatten",
    "flip",
    "float",
    "float16",
    "float32",
    "float64",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frac",
    "from_numpy",
    "full",
    "full_like",
    "func",
    "gather",
    "ge",
    "ger",
    "get_default_dtype",
    "gt",
    "half",
    "hstack",
    "hypot",
    "index_add",
    "index_select",
    "inf",
    "inference_mode",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_anomaly_enabled",
    "is_floating_point",
    "is_grad_enabled",
    "is_tensor",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "le",
    "lerp",
    "linalg",
    "linspace",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logit",
    "logsumexp",
    "long",
    "lt",
    "manual_seed",
    "masked_fill",
    "masked_select",
    "matmul",
    "max",
    "maximum",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "mm",
    "movedim",
    "mul",
    "multiply",
    "mv",
    "nan",
    "nan_to_num",
    "nansum",
    "narrow",
    "ne",
    "neg",
    "negative",
    "nn",
    "no_grad",
    "nonzero",
    "norm",
    "normal",
    "numel",
    "ones",
    "ones_like",
    "optim",
    "outer",
    "permute",
    "pi",
    "pow",
    "prod",
    "promote_types",
    "rad2deg",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "ravel",
    "reciprocal",
    "relu",
    "remainder",
    "repeat_interleave",
    "reshape",
    "result_type",
    "roll",
    "round",
    "rsqrt",
    "scatter",
    "scatter_add",
    "select",
    "set_default_dtype",
    "set_grad_enabled",
    "short",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softmax",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "strided",
    "sub",
    "subtract",
    "sum",
    "swapaxes",
    "swapdims",
    "t",
    "take",
    "tan",
    "tanh",
    "tensor",
    "tile",
    "topk",
    "trace",
    "transpose",
    "tril",
    "triu",
    "true_divide",
    "trunc",
    "uint8",
    "unbind",
    "unflatten",
    "unique",
    "unsqueeze",
    "var",
    "vstack",
    "where",
    "xlogy",
    "zeros",
    "zeros_like",
]  # fmt: skip

__version__ = "2.13.0"

# Types
dtype = dtypes.dtype
float16, float32, float64 = dtypes.float16, dtypes.float32, dtypes.float64
half, float, double = float16, float32, float64
int8, int16, int32, int64, uint8 = dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8
short, int, long, bool = int16, int32, int64, dtypes.bool_
get_default_dtype, set_default_dtype, promote_types = (
    dtypes.get_default_dtype, dtypes.set_default_dtype, dtypes.promote_types,
)  # fmt: skip
Size = shaping.Size
strided = "torch.strided"
inf, nan, pi, e = math.inf, math.nan, math.pi, math.e

# New tensors
tensor, as_tensor, asarray, from_numpy = creation.tensor, creation.as_tensor, creation.as_tensor, creation.from_numpy
zeros, ones, empty, full, arange = creation.zeros, creation.ones, creation.empty, creation.full, creation.arange
zeros_like, ones_like, empty_like, full_like = (
    creation.zeros_like, creation.ones_like, creation.empty_like, creation.full_like,
)  # fmt: skip
linspace, eye, rand, randn, randint, randperm = (
    creation.linspace, creation.eye, creation.rand, creation.randn, creation.randint, creation.randperm,
)  # fmt: skip
rand_like, randn_like, normal, bernoulli, manual_seed = (
    creation.rand_like, creation.randn_like, creation.normal, creation.bernoulli, creation.manual_seed,
)  # fmt: skip

# Element by element
abs, absolute, neg, negative, square = pointwise.abs_, pointwise.abs_, pointwise.neg, pointwise.neg, pointwise.square
sign, floor, ceil, trunc, round = (
    pointwise.sign, pointwise.floor, pointwise.ceil, pointwise.trunc, pointwise.round_,
)  # fmt: skip
sqrt, rsqrt, reciprocal = pointwise.sqrt, pointwise.rsqrt, pointwise.reciprocal
exp, exp2, expm1 = pointwise.exp, pointwise.exp2, pointwise.expm1
log, log2, log10, log1p = pointwise.log, pointwise.log2, pointwise.log10, pointwise.log1p
sin, cos, tan = pointwise.sin, pointwise.cos, pointwise.tan
asin, acos, atan, arcsin, arccos, arctan = (
    pointwise.asin, pointwise.acos, pointwise.atan, pointwise.asin, pointwise.acos, pointwise.atan,
)  # fmt: skip
sinh, cosh, tanh = pointwise.sinh, pointwise.cosh, pointwise.tanh
asinh, acosh, atanh = pointwise.asinh, pointwise.acosh, pointwise.atanh
sigmoid, erf, relu, logit, frac = pointwise.sigmoid, pointwise.erf, pointwise.relu, pointwise.logit, pointwise.frac
deg2rad, rad2deg, xlogy, nan_to_num = (
    pointwise.deg2rad, pointwise.rad2deg, pointwise.xlogy, pointwise.nan_to_num,
)  # fmt: skip
add, sub, mul, div, pow = pointwise.add, pointwise.sub, pointwise.mul, pointwise.div, pointwise.pow_
subtract, multiply, divide, true_divide, float_power = sub, mul, div, div, pointwise.float_power
floor_divide, fmod, remainder = pointwise.floor_divide, pointwise.fmod, pointwise.remainder
maximum, minimum, fmax, fmin = pointwise.maximum, pointwise.minimum, pointwise.maximum, pointwise.minimum
atan2, logaddexp, hypot = pointwise.atan2, pointwise.logaddexp, pointwise.hypot
clamp, clip, where, lerp, addcmul, addcdiv = (
    pointwise.clamp, pointwise.clamp, pointwise.where, pointwise.lerp, pointwise.addcmul, pointwise.addcdiv,
)  # fmt: skip
masked_fill, clone = pointwise.masked_fill, pointwise.clone
eq, ne, lt, le, gt, ge = (
    pointwise.equal_to, pointwise.not_equal, pointwise.less, pointwise.less_equal, pointwise.greater,
    pointwise.greater_equal,
)  # fmt: skip
isclose, allclose, equal = pointwise.isclose, pointwise.allclose, pointwise.equal
isnan, isinf, isfinite = pointwise.isnan, pointwise.isinf, pointwise.isfinite
logical_and, logical_or, logical_not, logical_xor = (
    pointwise.logical_and, pointwise.logical_or, pointwise.logical_not, pointwise.logical_xor,
)  # fmt: skip

# Along axes
sum, mean, prod, nansum = reductions.sum_, reductions.mean, reductions.prod, reductions.nansum
max, min, amax, amin = reductions.max_, reductions.min_, reductions.amax, reductions.amin
argmax, argmin, sort, argsort, topk, median = (
    reductions.argmax, reductions.argmin, reductions.sort, reductions.argsort, reductions.topk, reductions.median,
)  # fmt: skip
logsumexp, softmax, log_softmax = reductions.logsumexp, reductions.softmax, reductions.log_softmax
var, std, norm, cumsum, cumprod = (
    reductions.var, reductions.std, reductions.norm, reductions.cumsum, reductions.cumprod,
)  # fmt: skip
all, any, count_nonzero, nonzero, unique = (
    reductions.all_, reductions.any_, reductions.count_nonzero, reductions.nonzero, reductions.unique,
)  # fmt: skip

# Shapes
reshape, flatten, unflatten, ravel = shaping.reshape, shaping.flatten, shaping.unflatten, shaping.ravel
squeeze, unsqueeze, transpose, t, permute, movedim = (
    shaping.squeeze, shaping.unsqueeze, shaping.transpose, shaping.t, shaping.permute, shaping.movedim,
)  # fmt: skip
swapaxes, swapdims, broadcast_to, tile = shaping.transpose, shaping.transpose, shaping.expand, shaping.repeat
repeat_interleave, flip, roll = shaping.repeat_interleave, shaping.flip, shaping.roll
cat, concat, concatenate, stack = shaping.cat, shaping.cat, shaping.cat, shaping.stack
hstack, vstack, split, chunk, unbind = (
    shaping.hstack, shaping.vstack, indexing.split, indexing.chunk, indexing.unbind,
)  # fmt: skip
select, narrow, gather, index_select, take, masked_select = (
    indexing.select, indexing.narrow, indexing.gather, indexing.index_select, indexing.take, indexing.masked_select,
)  # fmt: skip
diagonal, diag, tril, triu, meshgrid = (
    indexing.diagonal, indexing.diag, shaping.tril, shaping.triu, shaping.meshgrid,
)  # fmt: skip
scatter, scatter_add, index_add = indexing.scatter, indexing.scatter_add, indexing.index_add

# Products
matmul, mm, mv, bmm, dot, outer, ger = (
    products.matmul, products.mm, products.mv, products.bmm, products.dot, products.outer, products.outer,
)  # fmt: skip
einsum, addmm, trace, dist, linalg = (
    products.einsum, products.addmm, products.trace, products.dist, products.linalg,
)  # fmt: skip


def is_anomaly_enabled() -> builtins.bool:
    """Whether backward passes are watched for nan."""
    return _Anomaly.on


def is_tensor(obj: Any) -> builtins.bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Handle)


def is_floating_point(input: Any) -> builtins.bool:
    """Whether the elements are floating-point numbers."""
    return _dtype_of(input).is_floating_point


def numel(input: Any) -> builtins.int:
    """How many elements a tensor has."""
    return builtins.int(input._node.size)


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The type of an operation on both."""
    from autodiff_lessons.dialects.torch.core import described  # noqa: PLC0415

    return dtypes.result_dtype([described(tensor1), described(tensor2)])
