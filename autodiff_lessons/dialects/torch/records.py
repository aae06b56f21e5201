"""Operations that PyTorch has beyond the engine's table, and the name that PyTorch's graph gives to each operation."""

from __future__ import annotations

import dataclasses
import math
import operator
from typing import Any

import numpy as np

from autodiff_lessons.engine.primitive import Primitive, Rule
from autodiff_lessons.engine.primitives import PRIMITIVES

OWN: dict[str, Primitive] = {}


def _element_wise(name: str, value: Rule, *partials: Rule | float) -> None:
    OWN[name] = Primitive(name, name, value, partials=partials)


_element_wise("clone", lambda x: np.array(x)[()], 1.0)
_element_wise("fill", lambda x, number: np.full_like(x, number)[()], 0.0, 1.0)
for _step in (np.floor, np.ceil, np.trunc, np.rint):
    _element_wise(_step.__name__, _step, 0.0)
_element_wise("div_rounded", lambda a, b, step: step(a / b), 0.0, 0.0)
_element_wise("fmod", np.fmod, 1.0, lambda out, x, n: -np.trunc(x / n))
_element_wise("remainder", np.remainder, 1.0, lambda out, x, n: -np.floor(x / n))
_element_wise("reciprocal", lambda x: 1.0 / x, lambda out, x: -out * out)
_element_wise("rsqrt", lambda x: 1.0 / np.sqrt(x), lambda out, x: -0.5 * out / x)
_element_wise("log2", np.log2, lambda out, x: 1.0 / (x * math.log(2.0)))
_element_wise("log10", np.log10, lambda out, x: 1.0 / (x * math.log(10.0)))
_element_wise("exp2", np.exp2, lambda out, x: out * math.log(2.0))
_element_wise("arcsinh", np.arcsinh, lambda out, x: 1.0 / np.sqrt(x * x + 1.0))
_element_wise("arccosh", np.arccosh, lambda out, x: 1.0 / np.sqrt(x * x - 1.0))
_element_wise("arctanh", np.arctanh, lambda out, x: 1.0 / (1.0 - x * x))
_element_wise("arctan2", np.arctan2, lambda out, y, x: x / (x * x + y * y), lambda out, y, x: -y / (x * x + y * y))
_element_wise("logaddexp", np.logaddexp, lambda out, a, b: np.exp(a - out), lambda out, a, b: np.exp(b - out))
_element_wise("hypot", np.hypot, lambda out, a, b: a / out, lambda out, a, b: b / out)
_element_wise("lerp", lambda a, b, w: a + w * (b - a), lambda out, a, b, w: 1.0 - w, lambda out, a, b, w: w,
              lambda out, a, b, w: b - a)  # fmt: skip


def _erf(x: Any) -> Any:
    values = np.vectorize(math.erf, otypes=[np.float64])(x)
    return values.astype(np.asarray(x).dtype)[()]


_element_wise("erf", _erf, lambda out, x: 2.0 / math.sqrt(math.pi) * np.exp(-(x * x)))

# These three are in the engine's table as well; here they read what PyTorch saves, so that a change in place of another
# value is allowed, as it is there.
_element_wise("div", operator.truediv, lambda out, a, b: 1.0 / b, lambda out, a, b: -(a / b) / b)
_element_wise("relu", lambda x: np.maximum(x, 0), lambda out, x: np.greater(out, 0))
_element_wise(
    "clip",
    lambda x, low=None, high=None: np.clip(x, low, high),
    lambda out, x, low=None, high=None: (
        1.0 * (True if low is None else np.greater_equal(x, low)) * (True if high is None else np.less_equal(x, high))
    ),
)
_element_wise(
    "binary_cross_entropy",
    lambda x, t: -(t * np.maximum(np.log(x), -100) + (1 - t) * np.maximum(np.log(1 - x), -100)),
    lambda out, x, t: (x - t) / np.maximum((1.0 - x) * x, 1e-12),
    lambda out, x, t: np.log(1.0 - x) - np.log(x),
)
_element_wise(
    "nan_to_num", lambda x, nan=0.0: np.nan_to_num(x, nan=nan), lambda out, x, nan=0.0: np.isfinite(_plain(x)) * 1.0
)


def _plain(one: Any) -> Any:
    return getattr(one, "data", one)


def _put(whole: Any, part: Any, places: Any) -> Any:
    new = np.array(whole)
    flat = new.reshape(-1)
    flat[places] = np.reshape(part, (-1,))
    return flat.reshape(np.shape(whole))[()]


def _put_bar(position: int, out_bar: Any, whole: Any, part: Any, places: Any) -> Any:
    flat = np.reshape(out_bar, (-1,))
    if position == 1:
        return np.reshape(flat[places], np.shape(part))
    kept = np.ones(np.size(whole))
    kept[places] = 0.0
    return np.reshape(flat * kept, np.shape(whole))


# `part` in the places `places` (numbers of elements) of `whole`: what x[0] = part does.
OWN["copy_slices"] = Primitive("copy_slices", "[ ]=", _put, transposes=_put_bar, joint=True)
# copy_ forgets what was there.
_element_wise("copy", lambda x, source: np.broadcast_to(source, np.shape(x)).astype(np.asarray(x).dtype)[()], 0.0, 1.0)

# What PyTorch's graph calls an operation, where it isn't the operation's name with a capital and "Backward0", and
# which record of the engine's table it is, where that has another name.
NODES: dict[str, tuple[str, str]] = {
    "rsub": ("sub", "RsubBackward1"),
    "pow_scalar": ("pow", "PowBackward0"),
    "pow": ("pow", "PowBackward1"),
    "pow_of_scalar": ("pow", "PowBackward2"),
    "square": ("square", "PowBackward0"),
    "log1p": ("log1p", "Log1PBackward0"),
    "asin": ("arcsin", "AsinBackward0"),
    "acos": ("arccos", "AcosBackward0"),
    "atan": ("arctan", "AtanBackward0"),
    "asinh": ("arcsinh", "AsinhBackward0"),
    "acosh": ("arccosh", "AcoshBackward0"),
    "atanh": ("arctanh", "AtanhBackward0"),
    "atan2": ("arctan2", "Atan2Backward0"),
    "round": ("rint", "RoundBackward0"),
    "clamp": ("clip", "ClampBackward1"),
    "clamp_tensor": ("clip", "ClampBackward0"),
    "sum": ("sum", "SumBackward0"),
    "sum_dim": ("sum", "SumBackward1"),
    "mean_dim": ("mean", "MeanBackward1"),
    "prod_dim": ("prod", "ProdBackward1"),
    "max": ("max", "MaxBackward1"),
    "min": ("min", "MinBackward1"),
    "max_dim": ("getitem", "MaxBackward0"),
    "min_dim": ("getitem", "MinBackward0"),
    "amax": ("max", "AmaxBackward0"),
    "amin": ("min", "AminBackward0"),
    "norm": ("norm", "LinalgVectorNormBackward0"),
    "view": ("reshape", "ViewBackward0"),
    "t": ("transpose", "TBackward0"),
    "permute": ("transpose", "PermuteBackward0"),
    "transpose": ("swapaxes", "TransposeBackward0"),
    "unsqueeze": ("expand_dims", "UnsqueezeBackward0"),
    "squeeze_dim": ("squeeze", "SqueezeBackward1"),
    "expand": ("broadcast_to", "ExpandBackward0"),
    # The engine's own names, which nodes bear that a recorded backward pass adds.
    "broadcast_to": ("broadcast_to", "ExpandBackward0"),
    "swapaxes": ("swapaxes", "TransposeBackward0"),
    "expand_dims": ("expand_dims", "UnsqueezeBackward0"),
    "concatenate": ("concatenate", "CatBackward0"),
    "reshape": ("reshape", "ViewBackward0"),
    "getitem": ("getitem", "IndexBackward0"),
    "scatter": ("scatter", "IndexPutBackward0"),
    "scatter_values": ("copy_slices", "ScatterBackward0"),
    "cast": ("cast", "ToCopyBackward0"),
    # PyTorch's names again.
    "cat": ("concatenate", "CatBackward0"),
    "select": ("getitem", "SelectBackward0"),
    "slice": ("getitem", "SliceBackward0"),
    "unsqueeze_index": ("getitem", "UnsqueezeBackward0"),
    "alias": ("getitem", "AliasBackward0"),
    "index": ("getitem", "IndexBackward0"),
    "split": ("getitem", "SplitBackward0"),
    "unbind": ("getitem", "UnbindBackward0"),
    "gather": ("getitem", "GatherBackward0"),
    "index_select": ("take", "IndexSelectBackward0"),
    "masked_select": ("getitem", "MaskedSelectBackward0"),
    "embedding": ("getitem", "EmbeddingBackward0"),
    "sort": ("getitem", "SortBackward0"),
    "topk": ("getitem", "TopkBackward0"),
    "median": ("getitem", "MedianBackward0"),
    "roll": ("getitem", "RollBackward0"),
    "diagonal": ("getitem", "DiagonalBackward0"),
    "diag": ("getitem", "DiagonalBackward0_copy"),
    "diag_embed": ("scatter", "DiagEmbedBackward0"),
    "repeat": ("getitem", "RepeatBackward0"),
    "constant_pad_nd": ("pad", "ConstantPadNdBackward0"),
    "to_copy": ("cast", "ToCopyBackward0"),
    "masked_fill": ("where", "MaskedFillBackward0"),
    "fill": ("fill", "FillBackward2"),
    "zero": ("fill", "ZeroBackward0"),
    "copy": ("copy", "CopyBackwards"),
    "copy_slices": ("copy_slices", "CopySlices"),
    "mm": ("matmul", "MmBackward0"),
    "mv": ("matmul", "MvBackward0"),
    "vector_dot": ("matmul", "DotBackward0"),
    "bmm": ("matmul", "BmmBackward0"),
    "squeeze_row": ("squeeze", "SqueezeBackward4"),
    "einsum": ("einsum", "ViewBackward0"),
    "unsafe_view": ("reshape", "UnsafeViewBackward0"),
    "split_with_sizes": ("getitem", "SplitWithSizesBackward0"),
    "median_dim": ("getitem", "MedianBackward1"),
    "binary_cross_entropy": ("binary_cross_entropy", "BinaryCrossEntropyBackward0"),
    "div_by_number": ("div", "DivBackward1"),
    # Larger operations: the engine's record is that of their last step.
    "div_rounded": ("div_rounded", "DivBackward2"),
    "smooth_l1_loss": ("", "SmoothL1LossBackward0"),
    "lerp_tensor": ("", "LerpBackward1"),
    "deg2rad": ("", "Deg2RadBackward0"),
    "rad2deg": ("", "Rad2DegBackward0"),
}
# What a rule reads where the engine can't tell: -1 is the output, 0 the first input.
READS: dict[str, set[int]] = {
    "MeanBackward0": set(),  # only the shape
    "MeanBackward1": set(),
    "SoftmaxBackward0": {-1},
    "LogSoftmaxBackward0": {-1},
}
# Operations that keep an index, so that a second sweep through them is refused as well.
KEEP_AN_INDEX = {
    "DivBackward2", "EmbeddingBackward0", "GatherBackward0", "IndexBackward0", "IndexSelectBackward0",
    "MaskedFillBackward0", "MaskedSelectBackward0", "MaxBackward0", "MedianBackward0", "MedianBackward1",
    "MinBackward0", "NanToNumBackward0", "SortBackward0", "TakeBackward0", "TopkBackward0",
}  # fmt: skip
# Larger operations that keep no value: their rule needs settings only.
SAVE_NOTHING = {
    "AddBackward0", "SubBackward0", "Deg2RadBackward0", "Rad2DegBackward0", "LerpBackward0", "TrilBackward0",
    "TriuBackward0", "FracBackward0", "ConstantPadNdBackward0", "RepeatBackward0", "RollBackward0", "TraceBackward0",
    "DiagonalBackward0", "DiagonalBackward0_copy",
}  # fmt: skip


class Face(Primitive):
    """A record under PyTorch's name for it. A node with any other record is an inner part of a larger operation, which
    the graph does not show; that operation's last node has as `edges` the nodes of its inputs (None for an untracked
    one)."""

    __slots__ = ("edges", "known", "spent")
    edges: tuple[Any, ...] | None  # None: the inputs themselves
    known: dict[tuple[int, ...], set[int]]  # what is read, by the inputs that are tracked
    spent: Spent | None  # this record after its values were used up

    def reads(self, wanted: list[int], count: int) -> set[int]:
        key = (count, *wanted)
        if key not in self.known:
            found = READS[self.name] if self.name in READS else Primitive.reads(self, wanted, count)
            self.known[key] = {place for place in found if place < count}  # a rule may read a parameter too
        return self.known[key]

    def saves(self, wanted: list[int], count: int) -> bool:
        """Whether a value is kept for the backward pass, so that a second one needs the graph again."""
        if self.edges is not None:
            return self.name not in SAVE_NOTHING
        return self.name in KEEP_AN_INDEX or bool(self.reads(wanted, count))


class Spent(Face):
    """The record of a node whose saved values a backward pass has used up."""

    __slots__ = ()


class SpentInside(Primitive):
    """The same of an inner part of a larger operation."""

    __slots__ = ()


def used_up(face: Face) -> Primitive:
    """The record of a node of this operation that a backward pass has used up."""
    if face.spent is None:
        made = renamed(face, face.name, Spent)
        assert isinstance(made, Spent)
        face.spent = made
    return face.spent


_faces: dict[str, Primitive] = {}


def node_name(operation: str) -> str:
    """What PyTorch's graph calls `operation`."""
    if operation in NODES:
        return NODES[operation][1]
    return "".join(word.capitalize() for word in operation.split("_")) + "Backward0"


def plain_record(operation: str) -> Primitive:
    """The record of `operation` itself: in a graph it is an inner part of a larger operation, and not shown."""
    name = NODES[operation][0] if operation in NODES else operation
    return OWN[name] if name in OWN else PRIMITIVES[name]


def face(operation: str) -> Primitive:
    """The record of `operation` under the name that PyTorch's graph gives to it."""
    found = _faces.get(operation)
    if found is None:
        found = _faces[operation] = renamed(plain_record(operation), node_name(operation))
    return found


def renamed(
    primitive: Primitive, name: str, kind: type[Primitive] = Face, edges: tuple[Any, ...] | None = None
) -> Primitive:
    """`primitive` as a node that the graph shows under `name`."""
    fields = {one.name: getattr(primitive, one.name) for one in dataclasses.fields(primitive)}
    made = kind(**fields | {"name": name})
    if isinstance(made, Face):
        made.known, made.spent = {}, None
        made.edges = edges if edges is not None else getattr(primitive, "edges", None)
    return made
