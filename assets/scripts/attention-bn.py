"""Attention-BN (Nguyen et al. 2023, arXiv 2406.13781, Definition 1), with numpy alone.

python3 eigenlens-attention-bn.py [eigenlens-attention-bn.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-attention-bn.npz")


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
beta, full = data["beta"][0], bool(data["full"][0])

mean = key.mean(axis=0)
check("mean", mean)
check("weights_plain", softmax(key @ query / tau))
if full:
    metric = data["metric"]
    logits = (key - mean) * metric @ (query - mean) / tau
    bias = -(key * metric) @ mean / tau
else:
    logits = (key - beta * mean) @ (query - beta * mean) / tau
    bias = -beta * key @ mean / tau
weights = softmax(logits)
check("weights", weights)
check("output", weights @ value)
check("bias", bias)
if "shares" in data:
    crowd = data["crowd"]
    check("shares", [softmax(key @ (query - beta * mean) / tau) @ crowd for beta in data["betas"]])
