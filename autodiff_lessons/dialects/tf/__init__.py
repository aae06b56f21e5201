"""TensorFlow's names for automatic differentiation, on this course's engine.

from autodiff_lessons.dialects import tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
tape.gradient(y, x)      # <tf.Tensor: shape=(), dtype=float32, numpy=6.0>

Names, values, number types, None-ness of gradients and the kinds of errors are TensorFlow 2.21's; the messages are this
course's own. What this dialect gives beyond TensorFlow: `tape.explain(target, source)` says why a gradient is None.

How some things show
* NumPy's own functions, `np.square(x)` on a tensor, give plain arrays, as in TensorFlow: a tape loses track there, and
  `tape.explain` names the "NumPy detour". (The engine's own GradientTape differentiates np.square of the engine's
  tensors.)
* The gradient of rows that tf.gather picked from a source is a tf.IndexedSlices with `values` and `indices`;
  tf.convert_to_tensor makes the whole tensor. Anything between the source and tf.gather makes it a tensor at once.
* tf.function runs the function as it is, each time it is called, and records every operation, so that tf.gradients,
  tf.hessians and gradient_override_map find their graph. Python's side effects happen at each call.

Where it differs from TensorFlow, and why
* Eager only: no Session, placeholders, retracing, AutoGraph; tensors inside a tf.function have values. tf.Graph
  serves gradient_override_map and tf.gradients only. This engine has no second mode.
* Tensors hold real numbers and truth values: no complex, text, bfloat16, ragged or sparse tensors, for the engine's
  rules are for real numbers.
* No layers, data sets, images, convolutions, decompositions (tf.linalg.inv, det ...) and special functions (digamma
  ...): they have no record in the engine's table. tf.autodiff.ForwardAccumulator is missing too: `jvp` does its work.
* tf.random draws other numbers than TensorFlow after the same seed.
* optimizers: `minimize` exists, which Keras 3 has dropped. The state is plain numbers and no keras variables.
* `variable[0].assign(...)` is missing: assign the whole value. `assign` returns the variable under its own name.
* The gradient of a source None in a structure is None, and output_gradients may hold None for ones; TensorFlow fails or
  aborts there. Of output_gradients=[3.0, 1.0] for one target of two elements TensorFlow reads the first number only;
  here it is the seed.
* A custom gradient of another shape than its argument is a ShapeError here; TensorFlow hands it out as it is.
* The second derivatives of reduce_prod at a zero and of tf.nn.softsign are right here; TensorFlow gives 0, and no
  answer (LookupError). is_nan, is_inf and is_finite give None where TensorFlow raises LookupError. argsort gives None
  where TensorFlow gives zeros.
* tf.RegisterGradient refuses names that TensorFlow's operations have (KeyError), for the operations known here. A rule
  takes effect through gradient_override_map only, as in TensorFlow.
"""

from __future__ import annotations

from types import SimpleNamespace

from autodiff_lessons.dialects.tf import errors, linalg, math, nn, optimizers, random
from autodiff_lessons.dialects.tf.arrays import (
    argsort,
    boolean_mask,
    broadcast_to,
    cast,
    concat,
    constant,
    convert_to_tensor,
    ensure_shape,
    expand_dims,
    eye,
    fill,
    gather,
    gather_nd,
    identity,
    identity_n,
    is_tensor,
    linspace,
    meshgrid,
    one_hot,
    ones,
    ones_like,
    pad,
    range,
    rank,
    repeat,
    reshape,
    reverse,
    roll,
    scatter_nd,
    shape,
    size,
    slice,
    sort,
    split,
    squeeze,
    stack,
    stop_gradient,
    tensor_scatter_nd_add,
    tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
    tile,
    transpose,
    unstack,
    where,
    zeros,
    zeros_like,
)
from autodiff_lessons.dialects.tf.clipping import (
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
)
from autodiff_lessons.dialects.tf.control import (
    TensorSpec,
    cond,
    grad_pass_through,
    map_fn,
    name_scope,
    nest,
    vectorized_map,
    while_loop,
)
from autodiff_lessons.dialects.tf.control import tf_print as print
from autodiff_lessons.dialects.tf.custom import (
    custom_gradient,
)
from autodiff_lessons.dialects.tf.dtypes import (
    DType,
    TensorShape,
    as_dtype,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from autodiff_lessons.dialects.tf.dtypes import bool_ as bool
from autodiff_lessons.dialects.tf.graph import (
    Graph,
    RegisterGradient,
    executing_eagerly,
    function,
    get_default_graph,
    gradients,
    hessians,
    no_gradient,
)
from autodiff_lessons.dialects.tf.linalg import (
    einsum,
    matmul,
    norm,
    tensordot,
)
from autodiff_lessons.dialects.tf.math import (
    abs,
    acos,
    acosh,
    add,
    add_n,
    argmax,
    argmin,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    cumsum,
    divide,
    equal,
    exp,
    floor,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    pow,
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
    round,
    scalar_mul,
    sigmoid,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    truediv,
)
from autodiff_lessons.dialects.tf.module import (
    Module,
)
from autodiff_lessons.dialects.tf.tape import (
    GradientTape,
    IndexedSlices,
    UnconnectedGradients,
)
from autodiff_lessons.dialects.tf.tensor import (
    Tensor,
    Variable,
)

newaxis = None
realdiv = math.divide
__version__ = "2.21.0"
keras = SimpleNamespace(optimizers=optimizers, activations=nn)
autodiff = SimpleNamespace(GradientTape=GradientTape)
config = SimpleNamespace(run_functions_eagerly=lambda run_eagerly: None)
compat = SimpleNamespace(
    v1=SimpleNamespace(
        get_default_graph=get_default_graph, gradients=gradients, Graph=Graph, global_norm=linalg.global_norm
    )
)

__all__ = [
    "DType",
    "GradientTape",
    "Graph",
    "IndexedSlices",
    "Module",
    "RegisterGradient",
    "Tensor",
    "TensorShape",
    "TensorSpec",
    "UnconnectedGradients",
    "Variable",
    "abs",
    "acos",
    "acosh",
    "add",
    "add_n",
    "argmax",
    "argmin",
    "argsort",
    "as_dtype",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "autodiff",
    "bool",
    "boolean_mask",
    "broadcast_to",
    "cast",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "compat",
    "concat",
    "cond",
    "config",
    "constant",
    "convert_to_tensor",
    "cos",
    "cosh",
    "cumsum",
    "custom_gradient",
    "divide",
    "double",
    "einsum",
    "ensure_shape",
    "equal",
    "errors",
    "executing_eagerly",
    "exp",
    "expand_dims",
    "eye",
    "fill",
    "float16",
    "float32",
    "float64",
    "floor",
    "function",
    "gather",
    "gather_nd",
    "grad_pass_through",
    "gradients",
    "greater",
    "greater_equal",
    "half",
    "hessians",
    "identity",
    "identity_n",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_tensor",
    "keras",
    "less",
    "less_equal",
    "linalg",
    "linspace",
    "logical_and",
    "logical_not",
    "logical_or",
    "map_fn",
    "math",
    "matmul",
    "maximum",
    "meshgrid",
    "minimum",
    "multiply",
    "name_scope",
    "negative",
    "nest",
    "newaxis",
    "nn",
    "no_gradient",
    "norm",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "optimizers",
    "pad",
    "pow",
    "print",
    "random",
    "range",
    "rank",
    "realdiv",
    "reduce_all",
    "reduce_any",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "repeat",
    "reshape",
    "reverse",
    "roll",
    "round",
    "scalar_mul",
    "scatter_nd",
    "shape",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "size",
    "slice",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "stop_gradient",
    "subtract",
    "tan",
    "tanh",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
    "tensordot",
    "tile",
    "transpose",
    "truediv",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "unstack",
    "vectorized_map",
    "where",
    "while_loop",
    "zeros",
    "zeros_like",
]
