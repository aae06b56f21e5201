"""`autodiff-lessons run` on this machine: what it prints and writes, and what it says of wrong files and words."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons import cli
from autodiff_lessons.graph import trace

X = np.array([1.0, 2.0, 3.0])


def loss(x, y, params):
    return np.mean((params["w"] * x + params["b"] - y) ** 2)


@pytest.fixture
def files(tmp_path):
    """A graph and its data, and files that are wrong."""
    graph = trace(loss, X, X, {"w": 1.0, "b": 0.0})
    (tmp_path / "loss.json").write_text(graph.to_json())
    (tmp_path / "log.json").write_text(trace(lambda x: np.log(x), X).to_json())
    (tmp_path / "broken.json").write_text("{}")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    np.savez(tmp_path / "data.npz", x=X, y=2 * X, params_w=1.0, params_b=0.0, other=1)
    np.savez(tmp_path / "less.npz", x=X, y=X)
    np.savez(tmp_path / "negative.npz", x=-X)
    np.savez(tmp_path / "longer.npz", x=np.ones(4), y=X, params_w=1.0, params_b=0.0)
    np.savez(tmp_path / "whole.npz", x=np.arange(3), y=X, params_w=1.0, params_b=0.0)
    np.savez(tmp_path / "objects.npz", x=np.array([None]))
    np.save(tmp_path / "one.npy", X)
    (tmp_path / "text.npz").write_text("no numbers")
    (tmp_path / "empty.npz").write_text("")
    return tmp_path


def run(files, words):
    return cli.main(["run", *(word.replace("@", f"{files}/") for word in words.split())])


def test_value_and_gradient(files, capsys):
    assert run(files, "@loss.json --data @data.npz --derivative params --derivative y --out @out.npz") == 0
    said = capsys.readouterr().out.splitlines()
    numbers = {name: float(number) for name, _, number in (line.partition(" = ") for line in said[:3])}
    assert numbers == pytest.approx(
        {"value": 14 / 3, "gradient_params_w": -28 / 3, "gradient_params_b": -4.0}, rel=1e-14
    )
    assert said[3].startswith("gradient_y = [0.66666")
    assert said[-1] == f"written to {files}/out.npz"
    with np.load(files / "out.npz") as written:
        assert sorted(written) == ["gradient_params_b", "gradient_params_w", "gradient_y", "value"]
        assert written["gradient_y"].shape == (3,)


def test_several_results_and_large_ones(files, capsys):
    graph = trace(lambda x: (x * np.ones((4, 3)), [np.sum(x)]), X)
    (files / "several.json").write_text(graph.to_json())
    assert run(files, "@several.json --data @data.npz") == 0
    assert capsys.readouterr().out == "value_0 = an array of 4 x 3, from 1 to 3\nvalue_1 = 6.0\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("@none.json --data @data.npz", "there is no file @none.json"),
        ("@loss.json --data @none.npz", "there is no file @none.npz"),
        ("@ --data @data.npz", "can't be read: Is a directory"),
        ("@bytes.json --data @data.npz", "@bytes.json is not a graph: it is not text"),
        ("@broken.json --data @data.npz", "@broken.json: The file is no graph: file must contain"),
        (
            "@loss.json --data @less.npz",
            "@less.npz has no array params_w; loss needs x, y, params_w, params_b, the file has x, y",
        ),
        ("@loss.json --data @one.npy", "one.npy is no file of np.savez with arrays of numbers"),
        ("@loss.json --data @text.npz", "text.npz is no file of np.savez with arrays of numbers"),
        ("@loss.json --data @empty.npz", "empty.npz is no file of np.savez with arrays of numbers"),
        ("@log.json --data @objects.npz", "objects.npz is no file of np.savez with arrays of numbers: Object arrays"),
        ("@loss.json --data @longer.npz", "traced with x of shape (3,), and got one of shape (4,)"),
        ("@loss.json --data @whole.npz", "traced with x of type float64, and got int64"),
        ("@log.json --data @negative.npz", "log(x = -1.0), at index 0, has no value"),
        ("@log.json --data @data.npz --shards 2", "its result v1 has a value for each row of the batch"),
        ("@loss.json --data @data.npz --shards 4", "has 3 rows, so it can be cut into 1 to 3, not 4"),
        ("@loss.json --data @data.npz --shards 2 --batch z", "loss has no argument 'z'; it has x, y, params"),
        ("@loss.json --data @data.npz --derivative z", "loss has no argument 'z'; it has x, y, params"),
        ("@loss.json --data @data.npz --derivative z --shards 2", "loss has no argument 'z'"),
        ("@loss.json --data @data.npz --batch x", "say into how many parts with --shards"),
        ("@loss.json --data @data.npz --workers 2", "--workers is for the cluster of this machine"),
        ("@loss.json --data @data.npz --shards 2 --workers 0", "A cluster has one worker at least, not 0"),
        ("@loss.json --data @data.npz --out @none/out.npz", "none/out.npz can't be written: No such file"),
    ],
)  # fmt: skip
def test_what_can_t_be_done_is_said_in_one_sentence(files, words, message, capsys):
    assert run(files, words) == 2
    said = capsys.readouterr().err
    assert said.startswith("autodiff-lessons run: ")
    assert message.replace("@", f"{files}/") in said
    assert "Traceback" not in said
