"""torch.nn.Module, and modules that hold others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiff_lessons.dialects.torch.autograd.modes import no_grad
from autodiff_lessons.dialects.torch.dtypes import float64
from autodiff_lessons.dialects.torch.tensor import Parameter
from autodiff_lessons.errors import OperandError


class Module:
    """Parameters and further modules as attributes, and a `forward`; called like a function."""

    training: bool

    def __init__(self) -> None:
        self.__dict__.update(_parameters={}, _modules={}, _buffers={}, training=True)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter | Module):
            if "_parameters" not in self.__dict__:
                raise AttributeError(f"Call super().__init__() before {type(self).__name__}.{name} is set.")
            members: dict[str, Any] = self._parameters if isinstance(value, Parameter) else self._modules
            members[name] = value
        elif name in self.__dict__.get("_parameters", ()) and value is not None:
            raise TypeError(f"{name} is a parameter: give it a torch.nn.Parameter, not {type(value).__name__}.")
        elif name in self.__dict__.get("_buffers", ()):
            self._buffers[name] = value
        object.__setattr__(self, name, value)

    _parameters: dict[str, Any]
    _modules: dict[str, Module]
    _buffers: dict[str, Any]

    def register_parameter(self, name: str, param: Any) -> None:
        """Count `param` among the parameters."""
        self._parameters[name] = param
        object.__setattr__(self, name, param)

    def register_buffer(self, name: str, tensor: Any) -> None:
        """Keep a tensor that is no parameter, but belongs to the state."""
        self._buffers[name] = tensor
        object.__setattr__(self, name, tensor)

    def add_module(self, name: str, module: Any) -> None:
        """Count `module` among the modules."""
        setattr(self, name, module)

    def forward(self, *inputs: Any, **keywords: Any) -> Any:
        """What the module computes; to be written by you."""
        raise NotImplementedError(f"{type(self).__name__} needs a method forward(self, x).")

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        return self.forward(*inputs, **keywords)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, with their names."""
        yield prefix, self
        for name, one in self._modules.items():
            yield from one.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> Iterator[Module]:
        """This module and all below it."""
        return (one for _, one in self.named_modules())

    def children(self) -> Iterator[Module]:
        """The modules right below this one."""
        return iter(self._modules.values())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules right below this one, with their names."""
        return iter(self._modules.items())

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """The parameters with their names, each once."""
        seen: set[int] = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, one in module._parameters.items():
                if one is not None and id(one) not in seen:
                    seen.add(id(one))
                    yield (f"{path}.{name}" if path else name), one

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The parameters, each once."""
        return (one for _, one in self.named_parameters(recurse=recurse))

    def state_dict(self) -> dict[str, Any]:
        """The values of all parameters and buffers, by name."""
        found = {}
        for path, module in self.named_modules():
            for name, one in [*module._parameters.items(), *module._buffers.items()]:
                if one is not None:
                    found[f"{path}.{name}" if path else name] = one.detach()
        return found

    def load_state_dict(self, state_dict: dict[str, Any], strict: bool = True) -> None:
        """Take over values by name."""
        own = self.state_dict()
        if strict and own.keys() != state_dict.keys():
            raise OperandError(f"The names differ: {sorted(own.keys() ^ state_dict.keys())}.")
        with no_grad():
            for name, one in own.items():
                if name in state_dict:
                    one.copy_(state_dict[name])

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters."""
        for one in self.parameters():
            if set_to_none or one.grad is None:
                one.grad = None
            else:
                one.grad.zero_()

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Follow the parameters, or don't."""
        for one in self.parameters():
            one.requires_grad_(requires_grad)
        return self

    def train(self, mode: bool = True) -> Module:
        """Switch dropout and its like on, here and below."""
        for one in self.modules():
            object.__setattr__(one, "training", mode)
        return self

    def eval(self) -> Module:
        """Switch dropout and its like off."""
        return self.train(False)

    def apply(self, fn: Any) -> Module:
        """Call `fn` on each module below, then on this one."""
        for one in self.children():
            one.apply(fn)
        fn(self)
        return self

    def to(self, *wanted: Any, **keywords: Any) -> Module:
        """Parameters in another type."""
        for one in self.parameters():
            one.data = one.detach().to(*wanted, **keywords)
        return self

    def double(self) -> Module:
        """Parameters as float64."""
        return self.to(float64)

    def extra_repr(self) -> str:
        """The settings, as they stand in the text of the module."""
        return ""

    def __repr__(self) -> str:
        if not self._modules:
            return f"{type(self).__name__}({self.extra_repr()})"
        lines = [f"  ({name}): " + repr(one).replace("\n", "\n  ") for name, one in self._modules.items()]
        return f"{type(self).__name__}(\n" + "\n".join(lines) + "\n)"


class Sequential(Module):
    """Modules one after the other."""

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], dict) else enumerate(modules)
        for name, one in named:
            self.add_module(str(name), one)

    def forward(self, input: Any) -> Any:
        for one in self._modules.values():
            input = one(input)
        return input

    def __getitem__(self, place: int) -> Module:
        return list(self._modules.values())[place]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())


class ModuleList(Sequential):
    """A list of modules."""

    def __init__(self, modules: Any = ()) -> None:
        super().__init__(*modules)

    def append(self, module: Module) -> ModuleList:
        """One more at the end."""
        self.add_module(str(len(self)), module)
        return self


class ParameterList(Module):
    """A list of parameters."""

    def __init__(self, values: Any = ()) -> None:
        super().__init__()
        for place, one in enumerate(values):
            self.register_parameter(str(place), one if isinstance(one, Parameter) else Parameter(one))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parameters.values())

    def __getitem__(self, place: int) -> Any:
        return list(self._parameters.values())[place]

    def __len__(self) -> int:
        return len(self._parameters)
