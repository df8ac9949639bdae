"""Attention layers stacked on the same tokens, and how alike these become, with numpy alone.

python3 eigenlens-collapse.py [eigenlens-collapse.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-collapse.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


tau, residual = data["temperature"][0], bool(data["residual"][0])


def cosine(tokens):
    """2/(N(N − 1)) Σ_{i<j} cos(x_i, x_j)"""
    unit = tokens / np.linalg.norm(tokens, axis=1, keepdims=True)
    n = len(unit)
    return ((unit @ unit.T).sum() - n) / (n * (n - 1))


# The metrics of the layers are given where a layer has one; RPC-Attention has a script of its own.
for name in ["softmax", "max", "mean", "double"]:
    if "cosine_" + name not in data:
        continue
    tokens = data["tokens"]
    metrics = data.get("metric_" + name)
    cosines = [cosine(tokens)]
    layers = len(data["cosine_" + name]) - 1
    # A first layer that is plain softmax has no metric.
    plain = layers - (len(metrics) if metrics is not None else 0)
    for layer in range(layers):
        m = np.ones(tokens.shape[1]) if layer < plain else metrics[layer - plain]
        attended = softmax((tokens * m) @ tokens.T / tau) @ tokens
        tokens = attended + tokens if residual else attended
        cosines.append(cosine(tokens))
    check("cosine_" + name, cosines)
