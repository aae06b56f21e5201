"""The torch dialect against PyTorch 2.13's answers, recorded in torch_recorded.json."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
import torch_snippets as snippets

from autodiff_lessons.dialects import torch
from autodiff_lessons.engine.modes import MODES
from autodiff_lessons.errors import AutodiffError

ANSWERS: dict[str, Any] = json.loads(snippets.RECORDED.read_text(encoding="utf-8"))
# One node here, several in PyTorch's graph: see the dialect's docstring.
DIFFERENT = {
    "batches, names: torch.einsum('bij,bjk->bik', x, y)",
    "batches, names: torch.matmul(x[0], y)",
    "batches, names: x @ y[0, :, 0]",
    "matrices, names: torch.einsum('ij,ij->i', x, y)",
    "matrices, names: torch.einsum('ij,kj->ik', x, y)",
    "matrices, names: torch.einsum('ij->ji', x)",
    "matrices, names: torch.nn.functional.cross_entropy(x, torch.tensor([2, 0]), label_smoothing=0.1)",
    "vectors, names: torch.einsum('i,i->', x, y)",
    "vectors, names: torch.einsum('i,j->ij', x, y)",
    "vectors, names: x // 0.25",
    "vectors, names: x.repeat_interleave(2)",
}
STORIES = [name for name in snippets.SNIPPETS if name.startswith(("story", "function", "training"))]
OPERATIONS = sorted({name.partition(":")[0] for name in snippets.SNIPPETS.keys() - STORIES})


def answer(name: str) -> dict[str, Any]:
    return snippets.run(snippets.SNIPPETS[name], torch)


def test_every_snippet_has_a_recorded_answer() -> None:
    assert ANSWERS.keys() == snippets.SNIPPETS.keys()


@pytest.mark.parametrize("kind", OPERATIONS)
def test_operations_give_what_pytorch_gives(kind: str) -> None:
    names = [name for name in snippets.SNIPPETS if name.startswith(f"{kind}:")]
    wrong = {name: got for name in names if not snippets.meets(got := answer(name), ANSWERS[name])}
    assert wrong.keys() == {name for name in DIFFERENT if name in names}, wrong


@pytest.mark.parametrize("name", STORIES)
def test_gives_what_pytorch_gives(name: str) -> None:
    got = answer(name)
    assert snippets.meets(got, ANSWERS[name]), (got, ANSWERS[name])
    if "error" in ANSWERS[name]:
        assert len(got["message"].split()) >= 5, f"the message says too little: {got['message']}"
    assert MODES.recording


@pytest.mark.parametrize(
    ("snippet", "said"),
    [
        ("y = x * x; y[0].backward(); y[0].backward()", ["second time", "retain_graph=True", "MulBackward0"]),
        ("(x * w).backward()", ["[2]", ".sum()", "v @ J"]),
        ("torch.ones(2).sum().backward()", ["requires_grad=True", "no_grad"]),
        ("x += 1", ["leaf", "with torch.no_grad()"]),
        ("y = x.exp(); y += 1; y.sum().backward()", ["ExpBackward0", "in place"]),
        ("x.numpy()", ["x.detach().numpy()"]),
        ("torch.autograd.grad(x.sum(), [x, w])", ["number 1", "allow_unused=True", "materialize_grads=True"]),
        ("torch.tensor([1, 2], requires_grad=True)", ["3.0 instead of 3"]),
        ("if x > 1: pass", ["x.any()", "torch.where"]),
        ("torch.zeros(2) + torch.zeros(3)", ["[2] and [3]"]),
        ("import copy\ncopy.deepcopy(x * 2)", ["x.detach().clone()"]),
        ("x.sum().backward(2.0)", ["torch.tensor(2.0)"]),
        ("torch.autograd.gradcheck(lambda t: t.detach() * t, (x.detach().double().requires_grad_(),))",
         ["output 0", "input 0", "By differences"]),
    ],
)  # fmt: skip
def test_messages_say_what_to_write_instead(snippet: str, said: list[str]) -> None:
    got = snippets.run(snippets.SETUP["story"] + snippet, torch)
    assert [one for one in said if one not in got["message"]] == []


def test_errors_are_the_courses_own_too() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(AutodiffError):
        x.backward()


def test_a_failed_backward_changes_nothing() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: 1 / 0)
    z = y * y + x
    with pytest.raises(ZeroDivisionError):
        z.backward()
    assert x.grad is None
    y._node._hooks = None
    z.backward()
    assert x.grad.item() == 37.0


def test_a_failed_change_in_place_is_not_counted() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = (y * y).sum()
    with pytest.raises(RuntimeError):
        y += torch.ones(3)
    assert y._version == 0
    z.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_a_node_reads_without_an_address() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    assert repr((x * 2).grad_fn) == "<MulBackward0>"
    assert repr((x * 2).grad_fn.next_functions) == "((<AccumulateGrad>, 0), (None, 0))"


def test_gradients_share_no_memory() -> None:
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    seed = torch.ones(2)
    (a + b).backward(seed)
    a.grad += 1
    assert [b.grad.tolist(), seed.tolist()] == [[1.0, 1.0], [1.0, 1.0]]


def test_a_chain_deeper_than_pythons_stack() -> None:
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(5000):
        y = torch.sin(y) + 0.0
    y.backward()
    assert 0 < x.grad.item() < 1


def test_parameters_of_a_copied_module_are_its_own() -> None:
    layer = torch.nn.Linear(2, 1)
    twin = copy.deepcopy(layer)
    with torch.no_grad():
        twin.weight.zero_()
    assert layer.weight.abs().sum() > 0
    assert np.shares_memory(twin.state_dict()["weight"].numpy(), twin.weight.detach().numpy())
    assert [id(one) for one in twin.parameters()] == [id(twin.weight), id(twin.bias)]


def test_what_dir_shows_exists() -> None:
    assert [name for name in torch.__all__ if not hasattr(torch, name)] == []
    assert [name for name in torch.nn.functional.__all__ if not hasattr(torch.nn.functional, name)] == []
