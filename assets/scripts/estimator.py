"""The metric of Elliptical Attention from the values of two layers (Nielsen et al. 2024, arXiv 2406.13770), with numpy alone.

python3 eigenlens-estimator.py [eigenlens-estimator.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-estimator.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


key, tau = data["key"], data["temperature"][0]
query = data["query"][int(data["asking"][0])]

# m_i is the mean jump of coordinate i over δ, divided by its largest entry, by its mean, or by nothing.
jumps = np.abs(data["value_present"] - data["value_prev"]).mean(axis=0) / data["delta"][0]
m = jumps
if data["undefined"][0]:
    m = np.ones_like(jumps)
else:
    check("unscaled", jumps)
    if data["scaling"][0] == 1:
        m = jumps / jumps.max()
    elif data["scaling"][0] == 2:
        m = jumps / jumps.mean()
check("m", m)
check("weights", softmax((key * m) @ query / tau))
check("weights_plain", softmax(key @ query / tau))
