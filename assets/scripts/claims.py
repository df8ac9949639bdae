"""The tests of a claim on a head: the values against the theorem of Teo and Nguyen (2024, arXiv 2406.13762), with numpy alone.

python3 eigenlens-claims.py [eigenlens-claims.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-claims.npz")
Q, K, V = data["queries"], data["keys"], data["values"]
n, tau = len(K), np.sqrt(K.shape[1])


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's, where the card has it."""
    if name in data:
        error = abs(mine - data[name][0]) / max(abs(data[name][0]), 1e-12)
        print(f"{name}: relative difference {error:.1e}")
        assert error < bound or abs(mine - data[name][0]) < 1e-9, name


k = np.exp(K @ K.T / tau)
g = k.sum(1)
gram = k / np.outer(g, g)
centre = np.eye(n) - 1 / n
gram_c = centre @ gram @ centre
w, U = np.linalg.eigh((gram_c + gram_c.T) / 2)
w, U = w[::-1], U[:, ::-1]
scaled = g[:, None] * V
a = centre @ scaled
moved = gram_c @ a
rho = (a * moved).sum(0) / (a * a).sum(0)

logits = Q @ K.T / tau
top = logits.max(1, keepdims=True)
lse = top[:, 0] + np.log(np.exp(logits - top).sum(1))
h = (np.exp(logits - lse[:, None]) @ V) ** 2
phi = np.exp((Q**2).sum(1) / tau - 2 * lse)
print(f"{n} keys, {V.shape[1]} value columns, largest eigenvalue {w[0]:.3g}")

check("largest", w[0])
check("trace", np.trace(gram))
if V.shape[1] <= n - 1:
    B = np.linalg.qr(a)[0]
    check("overlap", np.linalg.norm(U[:, : V.shape[1]].T @ B) ** 2 / V.shape[1], 1e-4)
    check("zero_sum", np.linalg.norm(np.linalg.qr(scaled)[0].T @ np.ones(n)) ** 2 / n, 1e-4)
check("column_sum", (abs(scaled.sum(0)) / abs(scaled).sum(0)).mean())
check("eigen_residual", (np.linalg.norm(moved - a * rho, axis=0) / np.linalg.norm(moved, axis=0)).mean(), 1e-4)
check("bessel", (h.sum(1) > phi * (1 + 1e-9)).mean())
check("loss", (phi - h.sum(1)).mean())
