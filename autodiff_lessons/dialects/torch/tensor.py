"""torch.Tensor: a handle with PyTorch's attributes, methods and operators."""

from __future__ import annotations

import builtins
import copy
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff_lessons.dialects.torch import (
    creation,
    dtypes,
    indexing,
    pointwise,
    printing,
    shaping,
)
from autodiff_lessons.dialects.torch.core import Handle, alias, constant, data_of, dtype_of, run
from autodiff_lessons.dialects.torch.methods import Methods
from autodiff_lessons.dialects.torch.nodes import (
    AfterAccumulating,
    RemovableHandle,
    attach,
    grad_fn,
    hook_on,
    remember_leaf,
)
from autodiff_lessons.engine.tensor import KEEP_GRAD, leaf
from autodiff_lessons.errors import GraphError, OperandError


class device:
    """Where a tensor is: always the CPU."""

    type, index = "cpu", None

    def __init__(self, name: Any = "cpu") -> None:
        if str(name).split(":")[0] != "cpu":
            raise OperandError(f"Everything here runs on the CPU; there is no device {name}.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device)

    def __hash__(self) -> int:
        return hash("cpu")

    def __str__(self) -> str:
        return "cpu"

    def __repr__(self) -> str:
        return "device(type='cpu')"


class Tensor(Methods):
    """A tensor with PyTorch's names on a node of the engine's graph. Make one with `torch.tensor`."""

    __array_priority__ = 1000.0

    def __new__(cls, *data: Any) -> Any:
        """torch.Tensor([1, 2]) is torch.tensor([1.0, 2.0]); torch.Tensor(2, 3) has that shape."""
        if data and all(isinstance(one, builtins.int) for one in data):
            return creation.zeros(*data)
        return creation.tensor(data[0] if data else [], dtype=dtypes.float32)

    # What it is

    @property
    def shape(self) -> shaping.Size:
        return shaping.Size(self._node.shape)

    def size(self, dim: builtins.int | None = None) -> Any:
        """The shape, or the length along `dim`."""
        return self.shape if dim is None else self.shape[dim]

    @property
    def ndim(self) -> builtins.int:
        return self._node.ndim

    def dim(self) -> builtins.int:
        """How many axes it has."""
        return self.ndim

    def numel(self) -> builtins.int:
        """How many elements it has."""
        return builtins.int(self._node.size)

    nelement = numel

    @property
    def dtype(self) -> dtypes.dtype:
        return dtype_of(self)

    @property
    def device(self) -> device:
        return device()

    @property
    def is_cuda(self) -> builtins.bool:
        return False

    def stride(self) -> tuple[builtins.int, ...]:
        """How many elements lie between neighbours, for each axis."""
        data = data_of(self)
        return tuple(one // data.itemsize for one in data.strides) if isinstance(data, np.ndarray) else ()

    def is_floating_point(self) -> builtins.bool:
        return self.dtype.is_floating_point

    def is_contiguous(self) -> builtins.bool:
        data = data_of(self)
        return not isinstance(data, np.ndarray) or data.flags.c_contiguous

    def element_size(self) -> builtins.int:
        """Bytes an element."""
        return self.dtype.itemsize

    def data_ptr(self) -> builtins.int:
        """A number that two tensors share if they share their first element."""
        data = data_of(self)
        return builtins.int(data.ctypes.data) if isinstance(data, np.ndarray) else id(self._shared())

    # Its place in the graph

    @property
    def requires_grad(self) -> builtins.bool:
        return self._node.requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: builtins.bool) -> None:
        node = self._node
        if node.op is not None:
            if not wanted:
                raise GraphError(
                    "Only a leaf's requires_grad can be changed; this tensor was computed from a tracked one. "
                    "x.detach() gives its value outside of the graph."
                )
            return
        if wanted and node._data.dtype.kind != "f":
            raise OperandError(
                f"Only floating-point tensors can require gradients, and this one holds {self.dtype}: write x.float()."
            )
        if bool(wanted) != node.requires_grad:  # a new leaf, so that what was recorded before stays as it was recorded
            fresh = leaf(node._data, requires_grad=bool(wanted))
            fresh.grad = node.grad
            self._base, self._steps, self._value = None, (), fresh
            if self._storage is not None:
                self._storage.nodes.append(weakref.ref(fresh))
            remember_leaf(self)

    def requires_grad_(self, requires_grad: builtins.bool = True) -> Tensor:
        """Follow this leaf from here on."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> builtins.bool:
        return self._node.op is None

    @property
    def grad_fn(self) -> Any:
        node = self._node
        return None if node.op is None else grad_fn(node)

    @property
    def output_nr(self) -> builtins.int:
        return builtins.int(self._node.parameters.get("place", 0)) if self._node.op is not None else 0

    @property
    def grad(self) -> Any:
        node = self._node
        if node.grad is None and node.op is not None and not self.retains_grad:
            warnings.warn(
                "This tensor is not a leaf: a backward pass keeps no .grad for it. Call retain_grad() on it before "
                "backward(), or look at the .grad of the leaf that it was computed from.",
                UserWarning,
                stacklevel=2,
            )
        return node.grad

    @grad.setter
    def grad(self, new: Any) -> None:
        if new is not None:
            if not isinstance(new, Tensor):
                raise TypeError(f".grad is a tensor or None, not {type(new).__name__}.")
            if new.shape != self.shape:
                raise OperandError(f"A gradient of shape {list(new.shape)} for a tensor of shape {list(self.shape)}.")
            if new.dtype is not self.dtype:
                raise OperandError(f"A gradient of {new.dtype} for a tensor of {self.dtype}: they need the same type.")
        self._node.grad = new

    def retain_grad(self) -> None:
        """Keep this inner tensor's gradient in `.grad` too; leaves do so anyway."""
        if not self.requires_grad:
            raise GraphError("retain_grad() on a tensor that does not require grad: no gradient will ever reach it.")
        self._node.retain_grad()

    @property
    def retains_grad(self) -> builtins.bool:
        node = self._node
        return node.op is not None and KEEP_GRAD in (node._hooks or [])

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(grad)` when this tensor's gradient is complete; a result takes its place."""
        node = self._node
        if not node.requires_grad:
            raise GraphError("A hook on a tensor that does not require grad would never be called.")
        return hook_on(node, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], None]) -> RemovableHandle:
        """Call `hook(self)` each time a backward pass has added to this leaf's `.grad`."""
        node = self._node
        if node.op is not None or not node.requires_grad:
            raise GraphError("Only a leaf that requires grad accumulates a gradient; use register_hook on others.")
        return attach(node, AfterAccumulating(hook))

    @property
    def _version(self) -> builtins.int:
        return self._storage.version if self._storage is not None else 0

    def backward(
        self, gradient: Any = None, retain_graph: builtins.bool | None = None, create_graph: builtins.bool = False,
        inputs: Any = None,
    ) -> None:  # fmt: skip
        """Add d self / d leaf to the `.grad` of every leaf."""
        from autodiff_lessons.dialects.torch.autograd import backward  # noqa: PLC0415  (autograd needs Tensor)

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def detach(self) -> Any:
        """The same elements outside of the graph."""
        return alias(self, silent=False)

    def detach_(self) -> Tensor:
        """Cut this tensor off from what it was computed from."""
        self._value, self._base, self._steps = leaf(self._node._data), None, ()
        return self

    @property
    def data(self) -> Any:
        return alias(self, silent=True)

    @data.setter
    def data(self, new: Any) -> None:
        self._node._data = np.asarray(data_of(new))[()] if not np.ndim(data_of(new)) else data_of(new)

    # Out of the graph

    def numpy(self, *, force: builtins.bool = False) -> Any:
        """The elements as a NumPy array, which shares them."""
        if self.requires_grad and not force:
            raise GraphError(
                "numpy() would leave the graph, and no gradient could flow back through the array: write "
                "x.detach().numpy() to leave it on purpose."
            )
        return np.asarray(data_of(self))

    def __array__(self, dtype: Any = None, copy: builtins.bool | None = None) -> Any:
        values = self.numpy()
        return values if dtype is None else values.astype(dtype)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: builtins.bool = False) -> Any:
        return constant(array)

    def item(self) -> Any:
        """The single number in this tensor as Python's."""
        data = data_of(self)
        if data.size != 1:
            raise OperandError(f"item() and float() need a tensor with one number in it; this one has {data.size}.")
        return data.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python's numbers."""
        return data_of(self).tolist()

    def _as_scalar(self) -> Any:
        number = self.item()
        if self.requires_grad:
            warnings.warn(
                "A tensor that requires grad became a plain number: no gradient flows back through it. Use "
                "x.detach() first if that is what you want.",
                UserWarning,
                stacklevel=3,
            )
        return number

    def __float__(self) -> builtins.float:
        return builtins.float(self._as_scalar())

    def __int__(self) -> builtins.int:
        return builtins.int(self.item())

    def __index__(self) -> builtins.int:
        if self.dtype.category == 3:
            raise TypeError("Only tensors of whole numbers can be an index; this one holds floating-point numbers.")
        return builtins.int(self.item())

    def __bool__(self) -> builtins.bool:
        data = data_of(self)
        if data.size != 1:
            raise OperandError(
                f"A tensor of {data.size} elements is neither true nor false: use x.any(), x.all(), or torch.where."
            )
        return builtins.bool(data)

    def __len__(self) -> builtins.int:
        if not self.ndim:
            raise TypeError("A tensor that holds a single number has no length.")
        return len(data_of(self))

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("A tensor that holds a single number can't be looped over.")
        return iter(indexing.unbind(self))

    def __contains__(self, element: Any) -> builtins.bool:
        return builtins.bool(np.any(data_of(self) == data_of(element)))

    def __repr__(self) -> str:
        return printing.text(self._node)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if not self.ndim else format(repr(self), spec)

    def __deepcopy__(self, memo: dict[builtins.int, Any]) -> Any:
        node = self._node
        if node.op is not None:
            raise OperandError(
                "Only leaves can be deep-copied: this tensor is the result of a recorded operation. "
                "Write x.detach().clone() for a copy of its value."
            )
        made = object.__new__(type(self))
        made._value = leaf(np.array(node._data)[()], requires_grad=node.requires_grad)
        made._value.grad = copy.deepcopy(node.grad, memo)
        memo[id(self)] = made
        remember_leaf(made)
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        return creation.finished, (np.asarray(data_of(self)), self.requires_grad)

    # Other types, other shapes

    def to(self, *wanted: Any, dtype: Any = None, device: Any = None, copy: builtins.bool = False, **_: Any) -> Any:
        """The same numbers in another type, or in that of another tensor; there is one device."""
        for one in wanted:
            if isinstance(one, Tensor):
                dtype = one.dtype
            elif isinstance(one, dtypes.dtype) or one in (builtins.float, builtins.int, builtins.bool):
                dtype = one
        if dtype is None or dtypes.as_dtype(dtype) is self.dtype:
            return pointwise.clone(self) if copy else self
        return run("to_copy", (self,), {"dtype": dtypes.as_dtype(dtype).numpy})

    def type(self, dtype: Any = None) -> Any:
        """The same numbers in another type; without one, the name of this type."""
        names = {"float32": "Float", "float64": "Double", "int64": "Long", "int32": "Int", "bool": "Bool"}
        return f"torch.{names.get(self.dtype.name, self.dtype.name)}Tensor" if dtype is None else self.to(dtype)

    def type_as(self, other: Any) -> Any:
        """The same numbers in the type of `other`."""
        return self.to(other.dtype)

    def _to(kind: dtypes.dtype) -> Any:  # type: ignore[misc]
        return lambda self: self.to(kind)

    half, float, double = _to(dtypes.float16), _to(dtypes.float32), _to(dtypes.float64)
    short, int, long, bool = _to(dtypes.int16), _to(dtypes.int32), _to(dtypes.int64), _to(dtypes.bool_)

    def cpu(self) -> Tensor:
        return self

    def contiguous(self) -> Any:
        """The elements in order in memory: this tensor, or a copy of a view that has them in another order."""
        return self if self.is_contiguous() else pointwise.clone(self)

    @property
    def T(self) -> Any:
        if self.ndim != 2:
            warnings.warn(
                f"x.T of {self.ndim} axes reverses all of them: write x.permute(...), or x.mT for matrices.",
                UserWarning,
                stacklevel=2,
            )
        return shaping.reversed_axes(self)

    @property
    def mT(self) -> Any:
        return shaping.transpose(self, -2, -1)

    def _new(make: Any) -> Any:
        def method(self: Any, *size: Any, dtype: Any = None, requires_grad: builtins.bool = False, **_: Any) -> Any:
            return make(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)

        return method

    new_zeros, new_ones, new_full = _new(creation.zeros), _new(creation.ones), _new(creation.full)
    new_tensor, new_empty = _new(creation.tensor), _new(creation.empty)

    del _to, _new

    def view(self, *shape: Any) -> Any:
        """The same elements in another shape."""
        if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
            raise NotImplementedError(
                "view(dtype) reads the bytes anew, which this dialect does not do; use to(dtype)."
            )
        return shaping.view_as_shape(self, *shape)


Handle.kind = Tensor


class Parameter(Tensor):
    """A tensor that a module counts among its parameters; it requires grad."""

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        values = data_of(data) if isinstance(data, Handle) else data_of(creation.tensor([] if data is None else data))
        made = object.__new__(cls)
        made._value = leaf(values, requires_grad=requires_grad)
        remember_leaf(made)
        return made

    def __repr__(self) -> str:
        return f"Parameter containing:\n{printing.text(self._node)}"
