"""Terms of lessons 5 to 8 and 10: graphs, the backward pass, records, and graphs as data."""

from __future__ import annotations

from autodiff_lessons.course.terms.term import Term

TERMS = (
    # Lesson 5
    Term(
        "computation graph",
        "计算图",
        5,
        "A calculation drawn as boxes, one for each operation, and arrows, one for each use of a result.",
        also=("computational graph",),
    ),
    Term("node", "节点", 5, "A box of the graph. It holds one value, however often that is used.", also=("nodes",)),
    Term("edge", "边", 5, "An arrow of the graph, from an input to the operation that uses it.", also=("edges",)),
    Term(
        "leaf",
        "叶节点 (叶子)",
        5,
        "A node that no operation made: an input. In a backward pass, leaves keep what arrives.",
        also=("leaves",),
    ),
    Term(
        "topological order",
        "拓扑序",
        5,
        "A list of the nodes in which each stands after all the nodes that it uses. A graph can have many.",
        also=("order", "topological"),
    ),
    Term(
        "loss",
        "损失",
        5,
        "One number that says how far a model's answers are from the true ones. Training makes it small.",
    ),
    Term("forward pass", "前向传播", 5, "It computes the value of each node, from the leaves to the output."),
    Term(
        "local derivative",
        "局部导数",
        5,
        "The number on an edge: how fast a node moves with that one input.",
        r"\partial\,\text{node}/\partial\,\text{input}",
    ),
    Term(
        "cotangent",
        "余切 (余切向量)",
        5,
        "The derivative of the output with respect to a node. It flows against the arrows.",
        r"\bar v = \partial\,\text{output}/\partial v",
    ),
    Term("adjoint", "伴随 (伴随变量)", 5, "Another name for the cotangent of a node, common in optimal control."),
    Term(
        "backward pass",
        "反向传播",
        5,
        "It computes the cotangent of each node, from the output to the leaves. Of a network's loss: backpropagation.",
        r"\bar u = \sum_{v\,\text{uses}\,u} \bar v\,\frac{\partial v}{\partial u}",
        ("backpropagation",),
    ),
    Term(
        "reverse mode",
        "反向模式",
        5,
        "Cotangents travel against the arrows, from one output to all inputs. One pass for each output.",
    ),
    # Lesson 6
    Term(
        "upstream",
        "上游梯度",
        6,
        "The cotangent that arrives at a node from above; its rule multiplies it by the local derivatives.",
        r"\text{sent} = \text{upstream} \cdot \partial\,\text{node}/\partial\,\text{parent}",
    ),
    Term(
        "seed", "种子 (初始值)", 6, "What starts a pass: the tangent of an input, or 1 as the cotangent of the output."
    ),
    Term(
        "untracked",
        "未跟踪",
        6,
        "Without `requires_grad`: no gradient is computed for it. What it gets is `None`, which is not 0.",
    ),
    Term(
        "sweep",
        "扫描 (反向扫描)",
        6,
        "A backward pass that visits each node once, after all its users, in reversed topological order.",
    ),
    Term(
        "accumulation",
        "累积 (梯度累积)",
        6,
        "What arrives at a node on several paths, or at a leaf in several passes, adds up.",
        r"\bar u \leftarrow \bar u + \text{sent}",
    ),
    Term(
        "in-place change",
        "原地修改",
        6,
        "A value overwritten after a rule has saved it. By a version counter (版本计数器) the engine notices.",
        also=("changed in place", "version counter"),
    ),
    # Lesson 7
    Term(
        "tracked",
        "被跟踪",
        7,
        "With `requires_grad`, or computed from what has it: operations on it are recorded.",
    ),
    Term("tensor", "张量", 7, "A number or an array of numbers that can remember how it was made.", also=("tensors",)),
    Term(
        "vjp",
        "向量-雅可比积",
        7,
        "Vector-Jacobian product: weights for the outputs times $J$. One backward pass gives it, and never builds $J$.",
        r"\bar x = v\,J",
        ("vector-Jacobian product",),
    ),
    Term(
        "retain graph",
        "保留计算图",
        7,
        "To keep what the rules have saved after a backward pass, so that there can be another one.",
        also=("retain_graph",),
    ),
    Term(
        "detach",
        "分离",
        7,
        "To take a value without its record. No gradient flows through it: in TensorFlow, stop gradient (停止梯度).",
        also=("stop gradient",),
    ),
    # Lesson 8
    Term(
        "tape",
        "磁带 (梯度带)",
        8,
        "A list of operations in the order in which they were done. Read from the end, it is a backward pass.",
        also=("gradient tape",),
    ),
    Term(
        "watched",
        "被监视",
        8,
        "Followed by a tape: a variable of itself, a constant after `tape.watch`.",
        also=("watch",),
    ),
    Term(
        "unconnected",
        "未连接",
        8,
        "No recorded way leads from the source to the target. The answer is `None`, not 0, unless you ask for zeros.",
        also=("unconnected_gradients",),
    ),
    Term(
        "persistent tape",
        "持久磁带",
        8,
        "A tape that keeps its record and answers more than once.",
        also=("persistent",),
    ),
    Term(
        "second derivative",
        "二阶导数",
        8,
        "The slope of the slope: how a curve bends.",
        r"f''(x)",
    ),
    Term(
        "Hessian",
        "黑塞矩阵 (海森矩阵)",
        8,
        "The table of all second derivatives of one number.",
        r"H_{ij} = \frac{\partial^2 f}{\partial x_i\,\partial x_j}",
    ),
    # Lesson 10
    Term(
        "tracing",
        "追踪 (跟踪)",
        10,
        "Running a function once on stand-ins, which write down what is done to them. The record is a graph.",
        also=("trace", "traced"),
    ),
    Term(
        "derivative graph",
        "导数图",
        10,
        "A graph that computes the derivative of another one. The rules write its nodes.",
    ),
    Term("shard", "分片", 10, "A part of a batch that one worker computes.", also=("shards",)),
)
