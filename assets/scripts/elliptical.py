"""Elliptical Attention: Mahalanobis neighbourhoods (Nielsen et al. 2024, arXiv 2406.13770), with numpy alone.

python3 eigenlens-elliptical.py [eigenlens-elliptical.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-elliptical.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


key, value, m = data["key"], data["value"], data["m"]
query = data["query"][int(data["asking"][0])]
sigma, circle = data["sigma"][0], data["circle_sigma"][0]


def logits(form, m, tau):
    """0: −‖q − k‖²_M/(2τ), 1: qᵀMk/τ, 2: the second with the bias −kᵀMk/(2τ)."""
    if form == 0:
        return -((query - key) ** 2 @ m) / (2 * tau)
    dot = (key * m) @ query / tau
    return dot if form == 1 else dot - (key**2 @ m) / (2 * tau)


check("distance", np.sqrt((query - key) ** 2 @ m))
check("plain_distance", np.linalg.norm(query - key, axis=1))
for form, name in enumerate(["weights_distance", "weights_dot", "weights_with_bias"]):
    check(name, softmax(logits(form, m, sigma**2)))
form = int(data["form"][0])
check("weights_circle", softmax(logits(form, np.ones_like(m), circle**2)))
check("output", softmax(logits(form, m, sigma**2)) @ value)
