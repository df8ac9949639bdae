"""Attention-SH: heads that answer with the means of neighbouring keys and values (Nguyen et al. 2023, arXiv 2406.13781), with numpy alone.

python3 eigenlens-attention-sh.py [eigenlens-attention-sh.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-attention-sh.npz")


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

for head in range(1, 5):
    if f"starts_{head}" not in data:
        continue
    blocks = list(zip(data[f"starts_{head}"].astype(int), data[f"ends_{head}"].astype(int)))
    keys, values = (np.array([rows[a:b].mean(axis=0) for a, b in blocks]) for rows in (key, value))
    weights = softmax(keys @ query / tau)
    check(f"weights_{head}", weights)
    check(f"output_{head}", weights @ values)
