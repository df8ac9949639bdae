"""Attention as a kernel smoother: dot product, distance, and the bias that makes them one, with numpy alone.

python3 eigenlens-smoother.py [eigenlens-smoother.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-smoother.npz")


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

dot = key @ query / tau
distance = -((query - key) ** 2).sum(axis=1) / (2 * tau)
bias = -(key**2).sum(axis=1) / (2 * tau)
check("squared_length", (key**2).sum(axis=1))
check("bias", bias)
check("weights_dot", softmax(dot))
check("weights_distance", softmax(distance))
check("weights_with_bias", softmax(dot + bias))
check("output_dot", softmax(dot) @ value)
check("output_distance", softmax(distance) @ value)


def log_softmax(logits):
    most = logits.max()
    return logits - most - np.log(np.exp(logits - most).sum())


check("log_ratio", log_softmax(dot) - log_softmax(distance))
