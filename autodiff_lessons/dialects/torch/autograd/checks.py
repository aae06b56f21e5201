"""gradcheck and gradgradcheck: gradients against measured slopes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import dtypes
from autodiff_lessons.dialects.torch.autograd.gradients import grad
from autodiff_lessons.dialects.torch.autograd.modes import enable_grad
from autodiff_lessons.dialects.torch.core import Handle, constant, data_of, dtype_of
from autodiff_lessons.errors import OperandError


class GradcheckError(OperandError):
    """A gradient does not agree with the slope that was measured."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the Jacobian by backward passes with central differences of step `eps`, element by element.

    They agree where |a - n| <= atol + rtol * |n|; else a GradcheckError (a RuntimeError) shows both, or False is
    returned with `raise_exception=False`. Use float64 inputs.
    """
    given = (inputs,) if isinstance(inputs, Handle) else tuple(inputs)
    tracked = [place for place, one in enumerate(given) if isinstance(one, Handle) and one._node.requires_grad]
    if not tracked:
        raise ValueError("gradcheck needs an input that requires grad: make it with requires_grad=True.")
    for place in tracked:
        if dtype_of(given[place]) is not dtypes.float64:
            warnings.warn(
                f"The input number {place} is not of torch.float64: the measured slopes will be too rough.",
                UserWarning,
                stacklevel=2,
            )
    try:
        _check(func, given, tracked, eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(func: Any, given: tuple[Any, ...], tracked: list[int], eps: float, atol: float, rtol: float) -> None:
    outputs = _outputs(func, given)
    for number, out in enumerate(outputs):
        if not out.requires_grad:
            continue
        for place in tracked:
            analytical = _by_backward(out, given[place])
            numerical = _by_differences(func, given, place, number, eps)
            if not np.allclose(analytical, numerical, rtol, atol):
                raise GradcheckError(
                    f"The Jacobian of output {number} with respect to input {place} is wrong. By differences:\n"
                    f"{numerical}\nby backward():\n{analytical}\n(rows: elements of the input)."
                )


def _outputs(func: Any, given: tuple[Any, ...]) -> list[Any]:
    with enable_grad():
        out = func(*given)
    found = [one for one in (out if isinstance(out, tuple | list) else (out,)) if isinstance(one, Handle)]
    return [one for one in found if dtype_of(one).is_floating_point]


def _by_backward(out: Any, x: Any) -> Any:
    columns = []
    for element in range(out.numel()):
        unit = np.zeros(out.numel(), dtype=data_of(out).dtype)
        unit[element] = 1
        (found,) = grad(out, x, constant(unit.reshape(out.shape)), retain_graph=True, allow_unused=True)
        columns.append(np.zeros(x.numel()) if found is None else np.reshape(data_of(found), (-1,)))
    return np.stack(columns, axis=-1) if columns else np.zeros((x.numel(), 0))


def _by_differences(func: Any, given: tuple[Any, ...], place: int, number: int, eps: float) -> Any:
    x = np.array(data_of(given[place]), dtype=np.float64)
    rows = []
    for element in range(x.size):
        sides = []
        for step in (eps, -eps):
            moved = x.copy()
            moved.reshape(-1)[element] += step
            tensor = constant(moved.astype(data_of(given[place]).dtype)[()]).requires_grad_()
            out = _outputs(func, (*given[:place], tensor, *given[place + 1 :]))[number]
            sides.append(np.array(data_of(out), dtype=np.float64).reshape(-1))
        rows.append((sides[0] - sides[1]) / (2 * eps))
    return np.stack(rows)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **settings: Any,
) -> bool:
    """gradcheck of the gradient: are the second derivatives right?"""
    given = (inputs,) if isinstance(inputs, Handle) else tuple(inputs)
    outputs = _outputs(func, given)
    random = np.random.default_rng(0)
    if grad_outputs is None:
        seeds = [constant(np.asarray(random.standard_normal(tuple(one.shape)))[()]).requires_grad_() for one in outputs]
    else:
        seeds = [grad_outputs] if isinstance(grad_outputs, Handle) else list(grad_outputs)
    count = len(given)

    def gradients(*arguments: Any) -> tuple[Any, ...]:
        xs, vs = arguments[:count], arguments[count:]
        wanted = [one for one in xs if isinstance(one, Handle) and one._node.requires_grad]
        found = grad(_outputs(func, xs), wanted, vs, create_graph=True, allow_unused=True)
        return tuple(one for one in found if one is not None)

    return gradcheck(gradients, (*given, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
