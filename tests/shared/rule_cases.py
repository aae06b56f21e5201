"""Every operation of the table in several shapes: what the tests of rules, graphs and backends walk over."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_lessons.engine.primitives import PRIMITIVES

ANYWHERE, POSITIVE, AWAY_FROM_ZERO, INSIDE_ONE = (-2.0, 2.0), (0.3, 3.0), (0.4, 2.0), (-0.9, 0.9)

# name -> the range its inputs are drawn from, one an input
ELEMENT_WISE = {
    "add": (ANYWHERE, ANYWHERE),
    "sub": (ANYWHERE, ANYWHERE),
    "mul": (ANYWHERE, ANYWHERE),
    "div": (ANYWHERE, AWAY_FROM_ZERO),
    "pow": (POSITIVE, ANYWHERE),
    "neg": (ANYWHERE,),
    "abs": (AWAY_FROM_ZERO,),
    "sign": (AWAY_FROM_ZERO,),
    "sin": (ANYWHERE,),
    "cos": (ANYWHERE,),
    "exp": (ANYWHERE,),
    "log": (POSITIVE,),
    "sqrt": (POSITIVE,),
    "tanh": (ANYWHERE,),
    "sigmoid": (ANYWHERE,),
    "square": (ANYWHERE,),
    "expm1": (ANYWHERE,),
    "log1p": (POSITIVE,),
    "tan": (INSIDE_ONE,),
    "arcsin": (INSIDE_ONE,),
    "arccos": (INSIDE_ONE,),
    "arctan": (ANYWHERE,),
    "sinh": (ANYWHERE,),
    "cosh": (ANYWHERE,),
    "softplus": (ANYWHERE,),
    "relu": (AWAY_FROM_ZERO,),
    "maximum": (ANYWHERE, ANYWHERE),
    "minimum": (ANYWHERE, ANYWHERE),
}
MASK = np.array([[True, False, True], [False, False, True]])
REDUCED = [
    (((),), {}),
    (((3,),), {}),
    (((2, 3),), {"axis": 0}),
    (((2, 3),), {"axis": -1, "keepdims": True}),
    (((2, 3, 4),), {"axis": (0, -1)}),
    (((2, 3),), {"axis": None, "keepdims": True}),
]
ALONG_AN_AXIS = [(((3,),), {}), (((2, 3),), {}), (((2, 3, 4),), {"axis": 1}), (((2, 3),), {"axis": 0})]
# name -> (shapes of the inputs, parameters)
SHAPED = {
    **dict.fromkeys(("sum", "mean", "prod", "max", "min", "logsumexp", "norm"), REDUCED),
    **dict.fromkeys(("softmax", "log_softmax"), ALONG_AN_AXIS),
    "clip": [(((2, 3),), {"low": -0.5, "high": 1.0}), (((),), {"low": -5.0}), (((3,),), {"high": 0.0})],
    "broadcast_to": [(((3, 1),), {"shape": (2, 3, 4)}), (((),), {"shape": (2,)})],
    "reshape": [(((2, 3),), {"shape": (3, 2)}), (((6,),), {"shape": (2, -1)}), (((1,),), {"shape": ()})],
    "expand_dims": [(((2, 3),), {"axis": 1}), (((),), {"axis": 0})],
    "squeeze": [(((2, 1, 1),), {}), (((2, 1, 1),), {"axis": 1})],
    "swapaxes": [(((2, 3, 4),), {"axis1": 0, "axis2": -1})],
    "transpose": [(((2, 3, 4),), {}), (((2, 3, 4),), {"axes": (1, 2, 0)}), (((2, 3),), {"axes": (-1, 0)})],
    "flip": [(((2, 3),), {}), (((2, 3),), {"axis": 1}), (((2, 3, 4),), {"axis": (0, 2)})],
    "cumsum": [(((4,),), {}), (((2, 3),), {}), (((2, 3),), {"axis": 0}), (((2, 3),), {"axis": -1})],
    "pad": [
        (((2, 3),), {"pad_width": 1}),
        (((2, 3),), {"pad_width": ((0, 2), (1, 0))}),
        (((3,),), {"pad_width": (1, 2)}),
    ],
    "cast": [(((2, 3),), {"dtype": np.dtype(np.float64)})],
    "getitem": [
        (((4,),), {"index": 2}),
        (((4,),), {"index": slice(None, None, -2)}),
        (((2, 3),), {"index": (slice(None), 1)}),
        (((2, 3),), {"index": (Ellipsis, None, 0)}),
        (((4,),), {"index": np.array([0, 2, 2, 0, 0])}),
        (((2, 3),), {"index": (np.array([0, 0, 1]), np.array([2, 2, 1]))}),
        (((2, 3),), {"index": MASK}),
    ],
    "scatter": [(((3,),), {"index": np.array([1, 1, 0]), "shape": (4,)}), (((2,),), {"index": 1, "shape": (3, 2)})],
    "take": [
        (((4,),), {"indices": [1, -1, 1]}),
        (((2, 3),), {"indices": [[0, 5], [5, 2]]}),
        (((2, 3),), {"indices": [2, 0, 2], "axis": 1}),
        (((2, 3),), {"indices": 1, "axis": -1}),
    ],
    "concatenate": [
        (((2,), (3,)), {}),
        (((2, 3), (2, 1), (2, 2)), {"axis": 1}),
        (((2, 3), (4,)), {"axis": None}),
        (((2, 3), (1, 3)), {"axis": -2}),
    ],
    "stack": [(((2,), (2,), (2,)), {}), (((2, 3), (2, 3)), {"axis": -1}), (((), ()), {})],
    "matmul": [
        (((3,), (3,)), {}),
        (((2, 3), (3,)), {}),
        (((3,), (3, 4)), {}),
        (((2, 3), (3, 4)), {}),
        (((5, 2, 3), (3, 4)), {}),
        (((3,), (5, 3, 4)), {}),
        (((5, 2, 3), (3,)), {}),
        (((5, 1, 2, 3), (6, 3, 4)), {}),
    ],
    "dot": [
        (((), (3,)), {}),
        (((3,), (3,)), {}),
        (((2, 3), (3,)), {}),
        (((2, 3), (3, 4)), {}),
        (((2, 5, 3), (6, 3, 4)), {}),
    ],
    "outer": [(((2,), (3,)), {}), (((2, 2), (3,)), {})],
    "einsum": [
        (((2, 3), (3, 4)), {"subscripts": "ij,jk->ik"}),
        (((2, 3), (3, 4)), {"subscripts": "ij,jk"}),
        (((3, 3),), {"subscripts": "ii->i"}),
        (((3, 3),), {"subscripts": "ii"}),
        (((2, 3),), {"subscripts": "ij->j"}),
        (((2, 3),), {"subscripts": "ij->ji"}),
        (((2, 3), (2,), (3,)), {"subscripts": "ij,i,j->"}),
        (((5, 2, 3), (3, 4)), {"subscripts": "...ij,jk->...ik"}),
        (((5, 3, 3), (3,)), {"subscripts": "bii,i->b"}),
        (((4, 1, 3), (5, 3)), {"subscripts": "...i,...i"}),
    ],
}
SHAPES = {1: [((),), ((3,),), ((2, 3),)], 2: [((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3))]}


def cases():
    for name, ranges in ELEMENT_WISE.items():
        for shapes in SHAPES[len(ranges)]:
            yield pytest.param(PRIMITIVES[name], ranges, shapes, {}, id=f"{name}-{shapes}")
    for name, variants in SHAPED.items():
        for shapes, parameters in variants:
            ranges = (ANYWHERE,) * len(shapes)
            yield pytest.param(PRIMITIVES[name], ranges, shapes, parameters, id=f"{name}-{shapes}-{parameters}")


def draw(ranges, shapes, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.uniform(low, high, shape) for (low, high), shape in zip(ranges, shapes, strict=True)]
