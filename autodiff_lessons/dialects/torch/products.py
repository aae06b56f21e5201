"""Products of vectors and matrices under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch.core import Handle, composite, constant, data_of, dtype_of, run
from autodiff_lessons.dialects.torch.indexing import diagonal
from autodiff_lessons.dialects.torch.pointwise import add, mul, scaled, sub
from autodiff_lessons.dialects.torch.reductions import norm, sum_
from autodiff_lessons.dialects.torch.shaping import unsqueeze, view_as_shape
from autodiff_lessons.errors import OperandError

BY_RANK = {(1, 1): "vector_dot", (2, 1): "mv", (2, 2): "mm"}


def matmul(input: Any, other: Any) -> Any:
    """The product: of vectors, matrices, or batches of matrices."""
    for one in (input, other):
        if not isinstance(one, Handle):
            raise TypeError(f"matmul takes tensors, not {type(one).__name__}.")
    ranks = input._node.ndim, other._node.ndim
    if ranks in BY_RANK or 0 in ranks:
        return _product(BY_RANK.get(ranks, "mm"), input, other)
    if ranks == (1, 2):  # a vector is a row for a moment
        return run("squeeze_row", (_product("mm", unsqueeze(input, 0), other),), {"axis": 0})
    product = _product("mm" if min(ranks) < 3 else "bmm", input, other)
    return run("unsafe_view", (product,), {"shape": product._node.shape})


def _product(operation: str, input: Any, other: Any) -> Any:
    if dtype_of(input) is not dtype_of(other):
        raise OperandError(
            f"A product of {dtype_of(input)} with {dtype_of(other)}: both factors need the same type; convert one of "
            f"them with .to({dtype_of(input)})."
        )
    if not (input._node.ndim and other._node.ndim):
        raise OperandError("A single number has no axis to multiply along: use * for it.")
    return run(operation, (input, other))


def _of_ranks(operation: str, first: int, second: int) -> Any:
    def function(input: Any, other: Any) -> Any:
        if (input._node.ndim, other._node.ndim) != (first, second):
            raise OperandError(
                f"This product takes tensors with {first} and {second} axes; these have {input._node.ndim} and "
                f"{other._node.ndim}. torch.matmul takes all."
            )
        return _product(operation, input, other)

    function.__name__ = function.__qualname__ = operation
    return function


mm, mv, bmm, dot = _of_ranks("mm", 2, 2), _of_ranks("mv", 2, 1), _of_ranks("bmm", 3, 3), _of_ranks("vector_dot", 1, 1)


def outer(input: Any, vec2: Any) -> Any:
    """The matrix of all products of two vectors' elements."""
    if input._node.ndim != 1 or vec2._node.ndim != 1:
        raise OperandError("outer takes two vectors.")
    return mul(view_as_shape(input, -1, 1), vec2)


def einsum(equation: str, *operands: Any) -> Any:
    """Sums of products, written with indices: einsum("ij,jk->ik", a, b)."""
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], tuple | list) else operands
    return run("einsum", tuple(given), {"subscripts": equation})


@composite("addmm")
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta * input + alpha * mat1 @ mat2."""
    return add(scaled(input, beta), scaled(matmul(mat1, mat2), alpha))


@composite("trace")
def trace(input: Any) -> Any:
    """The sum of the diagonal."""
    return sum_(diagonal(input))


@composite("dist")
def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The norm of the difference."""
    return norm(sub(input, other), p)


class linalg:
    """torch.linalg, as far as gradients of norms go; inverses and determinants are untracked values."""

    @staticmethod
    def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
        """(sum |x|**ord) ** (1/ord)."""
        return norm(x, ord, dim, keepdim)

    @staticmethod
    def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
        """The 2-norm of all elements, or a vector norm along `dim`."""
        if ord is not None and A._node.ndim > 1 and not isinstance(dim, int) and ord != "fro":
            raise NotImplementedError("torch.linalg.norm knows the Frobenius norm of a matrix, and all vector norms.")
        return norm(A, 2 if ord in (None, "fro") else ord, dim, keepdim)

    @staticmethod
    def inv(A: Any) -> Any:
        """The inverse, outside of the graph."""
        _refuse_tracked("inv", A)
        return constant(np.linalg.inv(data_of(A)))

    @staticmethod
    def det(A: Any) -> Any:
        """The determinant, outside of the graph."""
        _refuse_tracked("det", A)
        return constant(np.linalg.det(data_of(A)))


def _refuse_tracked(name: str, one: Any) -> None:
    if one._node.requires_grad:
        raise NotImplementedError(f"torch.linalg.{name} has no derivative rule here; call it on x.detach().")
