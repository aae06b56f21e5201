"""Terms of lesson 9: training."""

from __future__ import annotations

from autodiff_lessons.course.terms.term import Term

TERMS = (
    Term(
        "learning rate",
        "学习率",
        9,
        "How far one step of training goes against the gradient.",
        r"w \leftarrow w - \mathrm{lr} \cdot g",
    ),
    Term(
        "residual",
        "残差",
        9,
        "How far one prediction is from the true value.",
        r"r = \text{prediction} - \text{true value}",
    ),
    Term("epoch", "轮次 (周期)", 9, "One time through all the examples."),
    Term("batch", "批次 (批)", 9, "The examples that one step of training uses."),
    Term(
        "layer", "层", 9, "A part of a network: weights times inputs, plus a bias, often followed by a bend.", "W x + b"
    ),
    Term(
        "sigmoid",
        "S 型函数 (sigmoid 函数)",
        9,
        "A bend between two layers, from 0 to 1.",
        r"\sigma(z) = \frac{1}{1 + e^{-z}}",
    ),
    Term(
        "clipping",
        "梯度裁剪",
        9,
        "Shortening a gradient that is too long. One factor for all its parts keeps the direction.",
    ),
    Term(
        "global norm",
        "全局范数",
        9,
        "The length of all gradients, read as one long vector.",
        r"\sqrt{\textstyle\sum_i g_i^2}",
    ),
    Term(
        "momentum",
        "动量",
        9,
        "Steps by a velocity, which fades and takes in each gradient.",
        r"v \leftarrow m\,v + g, \quad w \leftarrow w - \mathrm{lr}\,v",
    ),
    Term(
        "Adam",
        "Adam (自适应矩估计)",
        9,
        "Measures each step by the usual size of its gradient, by two fading means.",
        r"w \leftarrow w - \mathrm{lr}\,\hat\mu/(\sqrt{\hat q} + \mathrm{eps})",
    ),
    Term(
        "softmax",
        "softmax 函数 (归一化指数函数)",
        9,
        "Turns scores into probabilities, which are positive and sum to 1.",
        r"p_i = e^{s_i} / \textstyle\sum_k e^{s_k}",
        (r"\sum_k e^{s_k}",),
    ),
    Term(
        "cross-entropy",
        "交叉熵",
        9,
        "The loss of scores: minus the logarithm of the probability that softmax gives to the true answer.",
        r"\log \textstyle\sum_k e^{s_k} - s_{true}",
        (r"- s_{true}",),
    ),
    Term(
        "held-out data",
        "留出数据 (验证集)",
        9,
        "Examples that are kept from training, to judge the network by what it has not seen.",
        also=("held out", "held-out"),
    ),
)
