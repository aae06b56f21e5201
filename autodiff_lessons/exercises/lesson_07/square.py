"""7.2: an operation of one's own: `Square`, with the way forward and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff_lessons.dialects import torch
from autodiff_lessons.exercises.blame import Unfit
from autodiff_lessons.exercises.comparing import kind_of, short
from autodiff_lessons.exercises.function_exercise import FunctionExercise
from autodiff_lessons.exercises.tensors import as_arrays, torch_of

FORMULAS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "Square.apply(x)": lambda torch, square, x: square(x),
    "sin(Square.apply(x))": lambda torch, square, x: torch.sin(square(x)),
    "Square.apply(Square.apply(x))": lambda torch, square, x: square(square(x)),
    "sum(x * Square.apply(x))": lambda torch, square, x: (x * square(x)).sum(),
}


def value_and_gradient(made: Any, formula: str, numbers: Any) -> Any:
    """(y, x.grad) after y.backward()."""
    torch = torch_of(made)
    x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)

    def square(one: Any) -> Any:
        result = made.apply(one)
        if result is ...:
            raise TypeError("forward gave an ellipsis")
        if not hasattr(result, "backward"):
            missing = " Is a `return` missing?" if result is None else ""
            raise Unfit(f"`{short(result)}`: `forward` gave {kind_of(result)} where a tensor is needed.{missing}")
        return result

    y = FORMULAS[formula](torch, square, x)
    y.backward()
    if x.grad is None:
        raise Unfit("no gradient: `backward` returned None. Is a `return` missing?")
    return as_arrays((y, x.grad))


def written(formula: str, numbers: Any) -> str:
    return f"(y, x.grad) for y = {formula} with x = {short(numbers)}"


own_function = FunctionExercise(
    "7.2",
    "Write your own Function",
    probes=[
        ("Square.apply(x)", 3.0),
        ("sin(Square.apply(x))", 3.0),
        ("Square.apply(x)", -1.5),
        ("Square.apply(Square.apply(x))", 0.75),
        ("sum(x * Square.apply(x))", [0.5, -2.0, 1.25]),
    ],
    use=value_and_gradient,
    written=written,
    of_class=True,
    stub="""\
@exercise("7.2")
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return ...  # the value; and save what the way back needs

    @staticmethod
    def backward(ctx, upstream):
        return ...  # the cotangent of x
""",
    hints=[
        "`backward` does what a node of lesson 6 does: it gets the cotangent of its output, here `upstream`, and "
        "returns that of its input. What is the local derivative of the square, and what is done with the two?",
        "The local derivative needs x, and `backward` does not get it. So `forward` keeps it: "
        "`ctx.save_for_backward(x)`. In `backward`, `(x,) = ctx.saved_tensors` brings it back.",
        "`forward` saves x and returns `x * x`. `backward` returns one product: the local derivative at x, times "
        "`upstream`.",
    ],
    takeaway="Local derivative times upstream, and nothing of the rest of the graph: so it fits into every graph.",
)


@own_function.set_reference
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * upstream


class Keeping(torch.autograd.Function):
    """A right forward."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x


@own_function.wrong(
    "ignores-upstream",
    "This is the local derivative alone, right where the square is the last operation. Behind it there is more: "
    "multiply by `upstream`, what the rest of the graph has to say.",
)
class IgnoresUpstream(Keeping):
    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x


@own_function.wrong(
    "saves-the-output",
    "`backward` computed with the square of x where x itself belongs. If `forward` saved its output, let it save its "
    "input: the slope is taken there.",
)
class SavesTheOutput(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x * x
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (y,) = ctx.saved_tensors
        return 2 * y * upstream


@own_function.wrong(
    "root-of-the-output",
    "The sign of x is lost, and for a negative x the parabola falls. Neither `abs(x)` nor a root of the output knows "
    "that sign: take the slope at the input itself.",
)
class RootOfTheOutput(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x * x
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (y,) = ctx.saved_tensors
        return 2 * torch.sqrt(y) * upstream


@own_function.wrong(
    "sum-for-product",
    "Along a path, derivatives multiply: `upstream` times the local derivative, not plus it.",
)
class AddsUpstream(Keeping):
    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x + upstream


@own_function.wrong(
    "value-for-slope",
    "`backward` multiplied by the value of the square. It needs the local derivative, the slope of the square at x.",
)
class ValueForSlope(Keeping):
    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (x,) = ctx.saved_tensors
        return x * x * upstream


@own_function.wrong(
    "missing-two",
    "Half of the slope is missing. x * x uses x twice, and each use brings x times upstream.",
)
class OneUseOnly(Keeping):
    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (x,) = ctx.saved_tensors
        return x * upstream


@own_function.wrong(
    "x-is-missing",
    "This slope is the same everywhere, and that of the square is not: take it at x. `upstream` is no place but an "
    "amount, to multiply by.",
)
class WithoutX(Keeping):
    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        return 2 * upstream


@own_function.wrong(
    "upstream-only",
    "This hands `upstream` on as it came. The square has a say too: multiply by its local derivative.",
)
class HandsOn(Keeping):
    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        return upstream


@own_function.wrong(
    "one-memory-for-all",
    "What the class or a global name remembers is shared by all its uses: the second use wrote over the first. `ctx` "
    "belongs to one use: keep x there.",
)
class OneMemory(torch.autograd.Function):
    kept: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        OneMemory.kept = x
        return x * x

    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        return 2 * OneMemory.kept * upstream


@own_function.wrong(
    "adds-up-the-elements",
    "You added up what belongs to different elements. A gradient has a number for each element of x, as `upstream` "
    "has.",
)
class AddsUp(Keeping):
    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * upstream.sum()


@own_function.wrong(
    "doubles",
    "`forward` doubled x. The square of x is x times x.",
)
class Doubles(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        return 2 * upstream


@own_function.wrong("doubles")
class DoublesForward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return 2 * x

    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * upstream


@own_function.alternative
class SlopeSaved(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, value: Any, factor: float = 2.0) -> Any:
        context.slope = factor * value.detach()
        return value.pow(2)

    @staticmethod
    def backward(context: Any, grad_output: Any) -> Any:
        return grad_output * context.slope, None


@own_function.alternative
class ByNumPy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.x = x.detach().numpy()
        return torch.as_tensor(ctx.x**2)

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        return torch.as_tensor((ctx.x + ctx.x) * upstream[0].numpy())


@own_function.alternative
class InTheNewStyle(torch.autograd.Function):
    @staticmethod
    def forward(x: Any) -> Any:
        return torch.square(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, upstream: Any) -> Any:
        return sum(one * upstream for one in ctx.saved_tensors * 2)
