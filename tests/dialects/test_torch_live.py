"""Each snippet on PyTorch itself and on the dialect, side by side, where PyTorch is installed."""

from __future__ import annotations

import pytest
import torch_snippets as snippets
from test_torch import DIFFERENT

from autodiff_lessons.dialects import torch

real = pytest.importorskip("torch", reason="PyTorch is not installed")


def test_the_dialect_and_pytorch_agree() -> None:
    wrong = {}
    for name, snippet in snippets.SNIPPETS.items():
        got, expected = snippets.run(snippet, torch), snippets.run(snippet, real)
        if not snippets.meets(got, expected):
            wrong[name] = (got, expected)
    assert wrong.keys() == DIFFERENT
