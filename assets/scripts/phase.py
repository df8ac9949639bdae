"""One draw of the phase diagram: what Principal Component Pursuit found, with numpy alone.

python3 eigenlens-phase.py [eigenlens-phase.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-phase.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


if "low_rank" in data:
    truth = data["low_rank"] - data["off"]
    check("seen_values", np.linalg.svd(data["seen"], compute_uv=False))
    check("clean_values", np.linalg.svd(truth, compute_uv=False))
    if "error" in data:
        check("error", [np.linalg.norm(data["off"]) / np.linalg.norm(truth)])
recovered = data["recovered"]
print(f"{np.count_nonzero(recovered == 5)} of {recovered.size} cells come back in every draw")
