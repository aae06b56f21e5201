"""tf.linalg: products of matrices and vectors, norms, diagonals."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from autodiff_lessons.dialects.tf import arrays, clipping, math
from autodiff_lessons.dialects.tf.errors import InvalidArgumentError
from autodiff_lessons.dialects.tf.tensor import Tensor, binary, convert, operate, together
from autodiff_lessons.engine.primitives import PRIMITIVES

__all__ = [
    "adjoint", "diag", "diag_part", "einsum", "eye", "global_norm", "l2_normalize", "matmul", "matrix_transpose",
    "matvec", "norm", "normalize", "tensordot", "trace",
]  # fmt: skip

eye, global_norm, l2_normalize = arrays.eye, clipping.global_norm, math.l2_normalize


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, name: str | None = None) -> Tensor:
    """The product of two matrices, or of two batches of matrices, either transposed first if asked."""
    left, right = (Tensor(one) for one in together("matmul", a, b))
    return binary(
        "matmul", matrix_transpose(left) if transpose_a else left, matrix_transpose(right) if transpose_b else right
    )


def matvec(a: Any, b: Any, transpose_a: bool = False, name: str | None = None) -> Tensor:
    """The product of a matrix and a vector."""
    column = matmul(a, arrays.expand_dims(b, -1), transpose_a=transpose_a)
    return arrays.squeeze(column, -1)


def matrix_transpose(a: Any, name: str | None = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """The last two axes exchanged."""
    return operate(PRIMITIVES["swapaxes"], (convert(a)._tensor,), {"axis1": -1, "axis2": -2})


adjoint = matrix_transpose


def einsum(equation: str, *inputs: Any, **keywords: Any) -> Tensor:
    """Sums of products, written with Einstein's subscripts: einsum("ij,jk->ik", a, b)."""
    return operate(PRIMITIVES["einsum"], together("einsum", *inputs), {"subscripts": equation})


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Products of elements, summed over pairs of axes."""
    left, right = (Tensor(one) for one in together("tensordot", a, b))
    pairs = arrays.plain(axes)
    if np.ndim(pairs) == 0:
        count = int(pairs)
        first, second = [*range(left.ndim - count, left.ndim)], [*range(count)]
    else:
        first, second = ([int(one) for one in np.atleast_1d(part)] for part in pairs)
    letters = "abcdefghijklmnopqrstuvwxyz"
    one, two = list(letters[: left.ndim]), list(letters[left.ndim : left.ndim + right.ndim])
    for here, there in zip(first, second, strict=True):
        two[there] = one[here]
    summed = {one[here] for here in first}
    kept = "".join(letter for letter in one + two if letter not in summed)
    return einsum(f"{''.join(one)},{''.join(two)}->{kept}", left, right)


def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool | None = None, name: str | None = None
) -> Tensor:
    """The length of a vector along `axis` (of all elements, by default): Euclidean, 1, inf, or another p."""
    x, keep = math.floating("norm", tensor), bool(keepdims)
    if ord in ("euclidean", "fro") or (ord == 2 and not isinstance(axis, tuple | list)):
        return math.sqrt(math.reduce_sum(x * x, axis, keep))
    if isinstance(axis, tuple | list) or isinstance(ord, str):
        raise InvalidArgumentError(f"Of a matrix the Euclidean norm is known here, not ord={ord!r}.")
    if ord == np.inf:
        return math.reduce_max(math.abs(x), axis, keep)
    if ord == 1:
        return math.reduce_sum(math.abs(x), axis, keep)
    return math.pow(math.reduce_sum(math.pow(math.abs(x), ord), axis, keep), 1.0 / ord)


def diag_part(input: Any, name: str | None = "diag_part") -> Tensor:
    """The diagonal of a matrix (of each, in a batch)."""
    x = convert(input)
    places = np.arange(builtins.min(x.shape[-2:]))
    return operate(PRIMITIVES["getitem"], (x._tensor,), {"index": (..., places, places)})


def diag(diagonal: Any, name: str | None = "diag") -> Tensor:
    """The matrix with this diagonal, and zeros beside it."""
    values = convert(diagonal)
    return arrays.expand_dims(values, -1) * np.eye(values.shape[-1], dtype=values.dtype.name)


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum of the diagonal."""
    return math.reduce_sum(diag_part(x), axis=-1)


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The tensor divided by its norm along `axis`, and that norm."""
    length = norm(tensor, ord, axis, keepdims=True)
    return convert(tensor) / length, length
