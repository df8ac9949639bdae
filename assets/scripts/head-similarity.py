"""The distance of every two heads by their attention maps (Nielsen et al. 2024, arXiv 2406.13770, appendix F.3), with numpy alone.

python3 eigenlens-head-similarity.py [eigenlens-head-similarity.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-head-similarity.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


rows = int(data["rows"][0])
maps = data["maps"].reshape(len(data["head"]), rows, -1)

check("maps", data["maps"] / data["maps"].sum(axis=1, keepdims=True))
distances = np.linalg.norm((maps[:, None] - maps[None, :]).reshape(len(maps), len(maps), -1), axis=-1)
check("distances", distances)
pairs = ~np.eye(len(maps), dtype=bool)
check("mean", [distances[pairs].mean()])
