"""Measurements at full size: operations a second from times, with numpy alone.

python3 eigenlens-full-size.py [eigenlens-full-size.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-full-size.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


# 4·B·H·N²·D operations in the products of matrices for each pass.
operations = 4 * data["batch"] * data["heads"] * data["tokens"] ** 2 * data["dim"] * data["passes"]
rate = operations / data["median_ms"] / 1e9
for row, (mine, theirs) in enumerate(zip(rate, data["tflops"])):
    print(f"row {row}: {mine:.3f} by this count, {theirs:.3f} as measured, in 10¹² operations a second")
    assert mine > 0
