"""How far attention moves when its query is pushed (Nielsen et al. 2024, arXiv 2406.13770, Proposition 1), with numpy alone.

python3 eigenlens-robustness.py [eigenlens-robustness.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-robustness.npz")


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
push = data["push"]

size = np.abs(key)
kappa = size / 4 + (size.sum(axis=0) - size)
for m, end in [(np.ones(key.shape[1]), "_plain"), (data["m"], "")]:
    weights = softmax((key * m) @ query / tau)
    pushed = softmax((key * m) @ (query + push) / tau)
    check("weights" + end, weights)
    check("weights_pushed" + end, pushed)
    check("output" + end, weights @ value)
    check("shift" + end, [np.linalg.norm((pushed - weights) @ value)])
    check("bound" + end, [(np.sqrt((kappa * m) ** 2 @ np.ones(len(m))) * np.linalg.norm(value, axis=1)).sum() / tau])
    # ∂A_j/∂q_i = (m_i/τ) A_j (k_j(i) − Σ_s A_s k_s(i))
    slopes = m / tau * weights[:, None] * (key - weights @ key)
    check("sensitivity" + end, np.linalg.norm(slopes.T @ value, axis=1))
