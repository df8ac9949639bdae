"""Values as the dual variables of a support vector regression (Nguyen et al. 2023, arXiv 2406.13781), with numpy alone.

python3 eigenlens-support-vectors.py [eigenlens-support-vectors.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-support-vectors.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


key, tau, value = data["key"], data["temperature"][0], data["support_value"]
query = data["query"][int(data["asking"][0])]


def rows(asking):
    """softmax(q·k/τ), or the same of the Taylor sum of the exponential up to a degree."""
    logits = asking @ key.T / tau
    degree = int(data["degree"][0])
    if degree < 0:
        return softmax(logits)
    term = total = np.ones_like(logits)
    for power in range(1, degree + 1):
        term = term * logits / power
        total = total + term
    return total / total.sum(axis=-1, keepdims=True)


check("kernel", rows(key))
fitted = rows(key) @ value
check("fitted", fitted)
if "reading" in data:
    check("weights", rows(query))
    check("reading", [rows(query) @ value])

# The conditions of optimality: v = 0 inside the tube, on its edge between 0 and the cap, outside it at the cap.
if data["optimal"][0]:
    off = data["target"] - fitted
    epsilon = data["epsilon"][0]
    cap = data["cap"] if "cap" in data else np.full(len(value), np.inf)
    slack = 1e-6 * max(1.0, np.abs(data["target"]).max())
    for v, gap, most in zip(value, off, cap):
        if v == 0:
            assert abs(gap) <= epsilon + slack
        elif abs(v) < most * (1 - 1e-9):
            assert abs(abs(gap) - epsilon) <= slack and np.sign(gap) == np.sign(v)
        else:
            assert np.sign(v) * gap >= epsilon - slack
    print(f"conditions of optimality hold, {np.count_nonzero(value)} of {len(value)} keys have a value")
