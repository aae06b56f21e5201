"""Snippets for torch, each of which leaves its answer in `result` or raises; the same text runs on PyTorch itself.

`python tests/dialects/torch_snippets.py` (with PyTorch 2.13 installed: `pip install torch==2.13.0`) writes what PyTorch
answers to torch_recorded.json. The snippets are in torch_snippets.txt; an operation there becomes three, one that
looks at its value, type and gradients, one that looks at the names in the graph, one that goes backwards twice.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).with_name("torch_recorded.json")

SETUP = {
    "operations on vectors": """
x = torch.tensor([0.3, -0.7, 1.4], requires_grad=True)
y = torch.tensor([0.5, 0.9, -1.2], requires_grad=True)
""",
    "operations on positive vectors": """
x = torch.tensor([0.3, 0.7, 0.9], requires_grad=True)
y = torch.tensor([0.5, 0.2, 0.8], requires_grad=True)
""",
    "operations on matrices": """
x = torch.tensor([[0.3, -0.7, 1.4], [2.0, 0.1, -0.4]], requires_grad=True)
y = torch.tensor([[0.5, 0.9, -1.2], [0.4, -2.0, 3.0]], requires_grad=True)
""",
    "operations on batches": """
x = torch.arange(12.0).reshape(2, 2, 3).sin().requires_grad_()
y = torch.arange(12.0).reshape(2, 3, 2).cos().requires_grad_()
""",
    "story": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0, 4.0], requires_grad=True)
""",
    "function": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0, 4.0], requires_grad=True)
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        ctx.save_for_backward(i)
        return i * i
    @staticmethod
    def backward(ctx, g):
        i, = ctx.saved_tensors
        return 2 * i * g
""",
    "training": """
X = torch.tensor([[1.0], [2.0], [3.0]])
Y = 2 * X
w = torch.tensor(5.0, dtype=torch.float64, requires_grad=True)
def run(optimizer, steps=4):
    out = []
    for _ in range(steps):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
        out.append(w.item())
    return out
""",
}
LOOK = """
weights = (torch.arange(out.numel(), dtype=out.dtype).reshape(out.shape) + 1.5)
(out * weights).sum().backward()
result = [out, str(out.dtype), list(out.shape), x.grad, y.grad]
"""
NAMES = """
names = [None if f is None else type(f).__name__ for f, _ in out.grad_fn.next_functions]
result = [type(out.grad_fn).__name__, names]
"""
TWICE = """
out.backward(torch.ones_like(out))
out.backward(torch.ones_like(out))
result = [x.grad, y.grad]
"""
EITHER = ("RuntimeError", "ValueError", "TypeError", "IndexError", "NotImplementedError")


def _read() -> dict[str, str]:
    """Every snippet as a whole program, by name."""
    snippets = {}
    for block in Path(__file__).with_name("torch_snippets.txt").read_text(encoding="utf-8").split("\n### ")[1:]:
        kind, _, text = block.partition("\n")
        body = text.partition("\n\n")[0]  # what comes after an empty line is said to the reader
        if kind.startswith("operations"):
            for one in body.splitlines():
                program = f"{SETUP[kind]}out = {one}"
                where = kind.removeprefix("operations on ")
                for name, end in ((where, LOOK), (f"{where}, names", NAMES), (f"{where}, twice", TWICE)):
                    snippets[f"{name}: {one}"] = program + end
        else:
            snippets[f"{kind}: {body}"] = SETUP[kind] + body
    return snippets


SNIPPETS = _read()


def plain(value: Any) -> Any:
    """A tensor, array or structure as nested lists of plain values, with inf and nan as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | bool):
        return value
    for name in ("detach", "numpy"):
        if hasattr(value, name) and not isinstance(value, np.ndarray | np.generic):
            value = getattr(value, name)()
    return _finite(np.asarray(value).tolist())


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else str(value)
    return value


def run(snippet: str, torch: Any) -> dict[str, Any]:
    """What a snippet does with this `torch`: its value, or the types of its error; and whether it warns."""
    space = {"torch": torch, "np": np}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            exec(compile(snippet, "snippet", "exec"), space)
            found = {"value": plain(space.get("result"))}
        except Exception as error:  # the snippet may raise anything: that is what is compared
            found = {"error": [one.__name__ for one in type(error).__mro__[:-2]], "message": str(error)}
    if any(one.category is UserWarning for one in warned):
        found["warns"] = True
    return found


def meets(got: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether the dialect's answer is PyTorch's: the same kind of error, or an equal value; and a warning where
    PyTorch gives one (it gives some only once a process, so the dialect may give more)."""
    if "error" in expected:
        wanted = next((one for one in expected["error"] if one in EITHER), "Exception")
        return wanted in got.get("error", ())
    return (
        "value" in got
        and agree(got["value"], expected["value"])
        and got.get("warns", False) >= expected.get("warns", False)
    )


def agree(got: Any, expected: Any) -> bool:
    """Equal structures, texts and booleans; numbers within float32's rounding."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and got.keys() == expected.keys() and all(agree(got[k], expected[k]) for k in got)
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(agree, got, expected))
    if isinstance(expected, bool | str) or expected is None:
        return type(got) is type(expected) and bool(got == expected)
    return type(got) in (int, float) and math.isclose(got, expected, rel_tol=2e-5, abs_tol=2e-6)


if __name__ == "__main__":
    import torch

    answers = {name: run(snippet, torch) for name, snippet in SNIPPETS.items()}
    for answer in answers.values():
        answer.pop("message", None)  # PyTorch's words are its own
    lines = (f"{json.dumps(name)}: {json.dumps(answer, separators=(',', ':'))}" for name, answer in answers.items())
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(answers)} answers of PyTorch {torch.__version__}", file=sys.stderr)
