"""Softmax attention (Vaswani et al. 2017, arXiv 1706.03762), with numpy alone.

python3 eigenlens-softmax.py [eigenlens-softmax.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-softmax.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


key, value, tau = data["key"], data["value"], data["temperature"][0]
query = data["query"][int(data["asking"][0])]

logits = key @ query / tau
weights = softmax(logits)
check("logits", logits)
check("weights", weights)
check("output", weights @ value)

# Every row, where the matrix is there: the queries ask, and after them the keys where they ask too.
if "matrix" in data:
    asking = data["query"]
    if len(data["matrix"]) > len(asking):
        asking = np.vstack([asking, key])
    check("matrix", softmax(asking @ key.T / tau))

# The same row at other temperatures.
if "sweep" in data:
    check("sweep", softmax((key @ query)[None, :] / data["temperatures"][:, None]))
