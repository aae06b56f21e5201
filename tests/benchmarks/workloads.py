"""The workloads: each is one function per contender, from fresh inputs to finished gradients.

`hand` is the gradient that a person writes for this one function, in straight Python or NumPy: the floor.
Every contender returns its gradient, so that the run can check that all of them computed the same thing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mlp import mlp_arguments, mlp_by_hand

Run = Callable[[], Any]


@dataclass
class Workload:
    """One row of the table."""

    name: str
    hand: Run
    contenders: dict[str, Run] = field(default_factory=dict)


def f_at_2_5(peers: dict[str, Any]) -> Workload:
    def hand() -> Any:
        x, y = 2.0, 5.0
        _ = math.log(x) + x * y - math.sin(y)
        return 1 / x + y, x - math.cos(y)

    work = Workload("f at (2, 5)", hand)

    def ours() -> Any:
        x, y = peers["ours"].Tensor(2.0, requires_grad=True), peers["ours"].Tensor(5.0, requires_grad=True)
        (np.log(x) + x * y - np.sin(y)).backward()
        return x.grad.item(), y.grad.item()

    work.contenders["ours"] = ours
    if "autograd" in peers:
        anp, gradient = peers["autograd"].numpy, peers["autograd"].grad
        slopes = gradient(lambda x, y: anp.log(x) + x * y - anp.sin(y), (0, 1))
        work.contenders["autograd"] = lambda: slopes(2.0, 5.0)
    if "torch" in peers:
        torch = peers["torch"]

        def pytorch() -> Any:
            x = torch.tensor(2.0, requires_grad=True, dtype=torch.float64)
            y = torch.tensor(5.0, requires_grad=True, dtype=torch.float64)
            (torch.log(x) + x * y - torch.sin(y)).backward()
            return x.grad.item(), y.grad.item()

        work.contenders["torch"] = pytorch
    if "jax" in peers:
        jnp = peers["jax"].numpy
        compiled = peers["jax"].jit(peers["jax"].grad(lambda x, y: jnp.log(x) + x * y - jnp.sin(y), (0, 1)))
        work.contenders["jax"] = lambda: [one.block_until_ready() for one in compiled(2.0, 5.0)]
    return work


def scalar_chain(peers: dict[str, Any], length: int) -> Workload:
    """y = y * 1.0001, then y = y + 0.5, and so on."""

    def chain(y: Any) -> Any:
        for _ in range(length // 2):
            y = y * 1.0001
            y = y + 0.5
        return y

    def hand() -> Any:
        y, slope = 2.0, 1.0
        for _ in range(length // 2):
            y = y * 1.0001
            y = y + 0.5
        for _ in range(length // 2):
            slope *= 1.0001
        return slope

    def ours() -> Any:
        x = peers["ours"].Tensor(2.0, requires_grad=True)
        chain(x).backward()
        return x.grad.item()

    work = Workload(f"scalar chain, {length:,} operations", hand, {"ours": ours})
    if "micrograd" in peers:

        def micrograd() -> Any:
            x = peers["micrograd"].Value(2.0)
            chain(x).backward()
            return x.grad

        work.contenders["micrograd"] = micrograd
    if "autograd" in peers:
        slope = peers["autograd"].grad(chain)
        work.contenders["autograd"] = lambda: slope(2.0)
    if "torch" in peers:
        torch = peers["torch"]

        def pytorch() -> Any:
            x = torch.tensor(2.0, requires_grad=True, dtype=torch.float64)
            chain(x).backward()
            return x.grad.item()

        work.contenders["torch"] = pytorch
    if "jax" in peers and length <= 1000:
        compiled = peers["jax"].jit(peers["jax"].grad(chain))
        work.contenders["jax"] = lambda: compiled(2.0).block_until_ready()
    return work


def scalar_network(peers: dict[str, Any]) -> Workload:
    """micrograd's demo: 2-16-16-1 with relu on single numbers, 45 points, the mean square of the outputs."""
    generator = np.random.default_rng(0)
    sizes, points = [2, 16, 16, 1], generator.normal(size=(45, 2))
    layers = [generator.normal(size=(m, n + 1)) * 0.5 for n, m in itertools.pairwise(sizes)]

    def loss(weights: Any, relu: Callable[[Any], Any]) -> Any:
        total: Any = 0.0
        for point in points.tolist():
            values: Any = point
            for depth, layer in enumerate(weights):
                out = []
                for row in layer:
                    one = row[-1]
                    for w, v in zip(row, values, strict=False):
                        one = one + w * v
                    out.append(relu(one) if depth < len(weights) - 1 else one)
                values = out
            total = total + values[0] * values[0]
        return total * (1 / len(points))

    def scalars(make: Callable[[float], Any]) -> Any:
        return [[[make(one) for one in row] for row in layer.tolist()] for layer in layers]

    def run(make: Callable[[float], Any], relu: Callable[[Any], Any], read: Callable[[Any], Any]) -> Run:
        def once() -> Any:
            weights = scalars(make)
            loss(weights, relu).backward()
            return read(weights[0][0][0])

        return once

    def hand() -> Any:
        w1, w2, w3 = (layer.tolist() for layer in layers)
        g1, g2, g3 = ([[0.0] * len(row) for row in layer] for layer in (w1, w2, w3))
        for point in points.tolist():
            a1 = [r[2] + r[0] * point[0] + r[1] * point[1] for r in w1]
            h1 = [max(a, 0.0) for a in a1]
            a2 = [r[16] + sum(w * h for w, h in zip(r, h1, strict=False)) for r in w2]
            h2 = [max(a, 0.0) for a in a2]
            bar = 2 * (w3[0][16] + sum(w * h for w, h in zip(w3[0], h2, strict=False))) / len(points)
            g3[0] = [g + bar * h for g, h in zip(g3[0], [*h2, 1.0], strict=True)]
            bars2 = [bar * w3[0][j] * (a2[j] > 0) for j in range(16)]
            for j, b in enumerate(bars2):
                if b:
                    g2[j] = [g + b * h for g, h in zip(g2[j], [*h1, 1.0], strict=True)]
            for i in range(16):
                if a1[i] > 0:
                    b = sum(bars2[j] * w2[j][i] for j in range(16))
                    g1[i] = [g + b * v for g, v in zip(g1[i], [*point, 1.0], strict=True)]
        return g1[0][0]

    ours = peers["ours"]
    work = Workload("an MLP on scalars, 30,000 operations", hand)
    work.contenders["ours"] = run(
        lambda v: ours.Tensor(v, requires_grad=True), ours.PRIMITIVES["relu"], lambda w: w.grad.item()
    )
    if "micrograd" in peers:
        work.contenders["micrograd"] = run(peers["micrograd"].Value, lambda v: v.relu(), lambda w: w.grad)
    if "torch" in peers:
        torch = peers["torch"]
        work.contenders["torch"] = run(
            lambda v: torch.tensor(v, requires_grad=True, dtype=torch.float64), torch.relu, lambda w: w.grad.item()
        )
    return work


def vectors(peers: dict[str, Any]) -> Workload:
    """1,000 operations on arrays of 10 numbers: y = sin(y) * w, then y = y + b."""
    w, b = np.linspace(0.5, 1.5, 10), np.linspace(-1, 1, 10)

    def chain(y: Any, w: Any, b: Any, sin: Callable[[Any], Any]) -> Any:
        for _ in range(333):
            y = sin(y) * w
            y = y + b
        return y

    def hand() -> Any:
        x = np.full(10, 0.3)
        y, seen = x, []
        for _ in range(333):
            seen.append(y)
            y = np.sin(y) * w + b
        bar = np.ones(10)
        for y in reversed(seen):
            bar = bar * w * np.cos(y)
        return bar

    def ours() -> Any:
        x = peers["ours"].Tensor(np.full(10, 0.3), requires_grad=True)
        np.sum(chain(x, w, b, np.sin)).backward()
        return x.grad.data

    work = Workload("1,000 operations on 10-vectors", hand, {"ours": ours})
    if "autograd" in peers:
        anp = peers["autograd"].numpy
        slope = peers["autograd"].grad(lambda x: anp.sum(chain(x, w, b, anp.sin)))
        work.contenders["autograd"] = lambda: slope(np.full(10, 0.3))
    if "torch" in peers:
        torch = peers["torch"]
        tw, tb = torch.tensor(w), torch.tensor(b)

        def pytorch() -> Any:
            x = torch.full((10,), 0.3, dtype=torch.float64, requires_grad=True)
            chain(x, tw, tb, torch.sin).sum().backward()
            return x.grad.numpy()

        work.contenders["torch"] = pytorch
    if "jax" in peers:
        jnp = peers["jax"].numpy
        compiled = peers["jax"].jit(peers["jax"].grad(lambda x: jnp.sum(chain(x, w, b, jnp.sin))))
        work.contenders["jax"] = lambda: compiled(jnp.full(10, 0.3)).block_until_ready()
    return work


def network(peers: dict[str, Any], batch: int, dtype: Any) -> Workload:
    """784-128-10 with relu, softmax and cross-entropy: value and gradients with respect to all weights."""
    arguments, labels = mlp_arguments(batch, dtype)
    w1, b1, w2, b2, x, one_hot = arguments

    def hand() -> Any:
        return mlp_by_hand(*arguments)[1]

    def ours() -> Any:
        tensor, table = peers["ours"].leaf, peers["ours"].PRIMITIVES
        weights = [tensor(one, requires_grad=True) for one in (w1, b1, w2, b2)]
        a = table["relu"](x @ weights[0] + weights[1])
        loss = -np.sum(table["log_softmax"](a @ weights[2] + weights[3]) * one_hot)
        loss.backward()
        return [one.grad.data for one in weights]

    name = f"MLP 784-128-10, batch {batch}, {np.dtype(dtype).name}"
    work = Workload(name, hand, {"ours": ours})
    if "autograd" in peers:
        anp = peers["autograd"].numpy

        def loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            z = anp.maximum(x @ w1 + b1, 0) @ w2 + b2
            z = z - anp.max(z, axis=1, keepdims=True)
            return -anp.sum((z - anp.log(anp.sum(anp.exp(z), axis=1, keepdims=True))) * one_hot)

        slopes = peers["autograd"].grad(loss, (0, 1, 2, 3))
        work.contenders["autograd"] = lambda: slopes(w1, b1, w2, b2)
    if "torch" in peers:
        torch = peers["torch"]
        tx, target = torch.tensor(x), torch.tensor(labels)

        def pytorch() -> Any:
            weights = [torch.from_numpy(one).requires_grad_() for one in (w1, b1, w2, b2)]
            for one in weights:
                one.grad = None
            a = torch.relu(tx @ weights[0] + weights[1])
            torch.nn.functional.cross_entropy(a @ weights[2] + weights[3], target).backward()
            return [one.grad.numpy() for one in weights]

        work.contenders["torch"] = pytorch
    if "jax" in peers:
        jax, jnp = peers["jax"], peers["jax"].numpy

        def jloss(weights: Any) -> Any:
            z = jnp.maximum(x @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
            return -jnp.sum(jax.nn.log_softmax(z) * one_hot)

        compiled = jax.jit(jax.grad(jloss))
        given = [jnp.asarray(one) for one in (w1, b1, w2, b2)]
        work.contenders["jax"] = lambda: [one.block_until_ready() for one in compiled(given)]
    return work


def second_derivative(peers: dict[str, Any]) -> Workload:
    def hand() -> Any:
        s, c = math.sin(0.7), math.cos(0.7)
        return 6 * s * c * c - 3 * s * s * s

    slope = peers["ours"].grad(peers["ours"].grad(lambda x: np.sin(x) ** 3))
    work = Workload("second derivative of sin(x)^3", hand, {"ours": lambda: slope(0.7)})
    if "autograd" in peers:
        anp, gradient = peers["autograd"].numpy, peers["autograd"].grad
        theirs = gradient(gradient(lambda x: anp.sin(x) ** 3))
        work.contenders["autograd"] = lambda: theirs(0.7)
    if "torch" in peers:
        torch = peers["torch"]

        def pytorch() -> Any:
            x = torch.tensor(0.7, requires_grad=True, dtype=torch.float64)
            (first,) = torch.autograd.grad(torch.sin(x) ** 3, x, create_graph=True)
            return torch.autograd.grad(first, x)[0].item()

        work.contenders["torch"] = pytorch
    if "jax" in peers:
        jax = peers["jax"]
        compiled = jax.jit(jax.grad(jax.grad(lambda x: jax.numpy.sin(x) ** 3)))
        work.contenders["jax"] = lambda: compiled(0.7).block_until_ready()
    return work


def rosenbrock_hvp(peers: dict[str, Any]) -> Workload:
    generator = np.random.default_rng(0)
    x, v = generator.normal(size=100), generator.normal(size=100)

    def rosenbrock(x: Any, total: Callable[[Any], Any]) -> Any:
        return total(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    def hand() -> Any:
        out = np.zeros(100)
        a, b, va, vb = x[:-1], x[1:], v[:-1], v[1:]
        out[:-1] = (1200 * a * a - 400 * b + 2) * va - 400 * a * vb
        out[1:] += 200 * vb - 400 * a * va
        return out

    hvp = peers["ours"].hvp
    work = Workload("Hessian-vector product, Rosenbrock 100", hand)
    work.contenders["ours"] = lambda: hvp(lambda t: rosenbrock(t, np.sum), x, v)
    if "autograd" in peers:
        anp = peers["autograd"].numpy
        theirs = peers["autograd"].hessian_vector_product(lambda t: rosenbrock(t, anp.sum))
        work.contenders["autograd"] = lambda: theirs(x, v)
    if "torch" in peers:
        torch = peers["torch"]

        def pytorch() -> Any:
            t = torch.tensor(x, requires_grad=True)
            (first,) = torch.autograd.grad(rosenbrock(t, torch.sum), t, create_graph=True)
            return torch.autograd.grad(first, t, torch.tensor(v))[0].numpy()

        work.contenders["torch"] = pytorch
    if "jax" in peers:
        jax = peers["jax"]
        gradient = jax.grad(lambda t: rosenbrock(t, jax.numpy.sum))
        compiled = jax.jit(lambda x, v: jax.jvp(gradient, (x,), (v,))[1])
        work.contenders["jax"] = lambda: compiled(x, v).block_until_ready()
    return work


def jacobian_50(peers: dict[str, Any]) -> Workload:
    """The Jacobian of tanh(A x), 50 by 50."""
    a = np.random.default_rng(0).normal(size=(50, 50)) * 0.2
    x = np.linspace(-1, 1, 50)

    def hand() -> Any:
        y = np.tanh(a @ x)
        return (1 - y * y)[:, None] * a

    full = peers["ours"].jacobian(lambda t: np.tanh(a @ t))
    work = Workload("Jacobian 50 x 50", hand, {"ours": lambda: full(x)})
    if "autograd" in peers:
        anp = peers["autograd"].numpy
        theirs = peers["autograd"].jacobian(lambda t: anp.tanh(anp.dot(a, t)))
        work.contenders["autograd"] = lambda: theirs(x)
    if "torch" in peers:
        torch = peers["torch"]
        ta, tx = torch.tensor(a), torch.tensor(x)
        work.contenders["torch"] = lambda: torch.autograd.functional.jacobian(lambda t: torch.tanh(ta @ t), tx).numpy()
    if "jax" in peers:
        jax = peers["jax"]
        compiled = jax.jit(jax.jacrev(lambda t: jax.numpy.tanh(a @ t)))
        work.contenders["jax"] = lambda: compiled(x).block_until_ready()
    return work


def all_workloads(peers: dict[str, Any]) -> list[Workload]:
    """The table's rows, in its order."""
    return [
        f_at_2_5(peers),
        scalar_chain(peers, 1000),
        scalar_chain(peers, 100_000),
        scalar_network(peers),
        vectors(peers),
        network(peers, 64, np.float32),
        network(peers, 256, np.float64),
        second_derivative(peers),
        rosenbrock_hvp(peers),
        jacobian_50(peers),
    ]
