"""Kernel PCA of the keys, and attention as the projection on its axes (Teo, Nguyen 2024, arXiv 2406.13762), with numpy alone.

python3 eigenlens-kernel-pca.py [eigenlens-kernel-pca.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-kernel-pca.npz")


def check(name, mine):
    """Says how far a number computed here is from the picture's."""
    error = np.max(np.abs(mine - data[name])) / max(np.max(np.abs(data[name])), 1e-300)
    print(f"{name}: relative difference {error:.1e}")
    assert error < 1e-6, name


key, tau = data["key"], data["temperature"][0]
query = data["query"][int(data["asking"][0])]


def logit(a, b):
    """q·k/τ, or −‖q − k‖²/(2τ) of the Gaussian kernel; rows are tokens."""
    products = a @ b.T
    if data["gaussian"][0]:
        products = products - 0.5 * (a**2).sum(1)[:, None] - 0.5 * (b**2).sum(1)[None, :]
    return products / tau


def log_sum(x):
    most = x.max(axis=-1, keepdims=True)
    return most + np.log(np.exp(x - most).sum(axis=-1, keepdims=True))


# The Gram matrix of φ/g, and its centred form.
logits = logit(key, key)
log_g = log_sum(logits)
gram = np.exp(logits - log_g - log_g.T)
n = len(key)
centring = np.eye(n) - 1.0 / n
centred = centring @ gram @ centring if data["centred"][0] else gram
check("gram", gram)
check("centred_gram", centred)

# Axes are unit eigenvectors over √eigenvalue; their order and signs on the picture are those of `vectors`.
vectors = data["vectors"]
eigenvalues = np.array([v @ centred @ v for v in vectors.T])
check("eigenvalues", eigenvalues)
residual = np.abs(centred @ vectors - vectors * eigenvalues).max() / np.abs(centred).max()
print(f"eigenvectors: residual {residual:.1e}")
assert residual < 1e-6

# The row of the query, and weight × value = score. Values built from the keys make it the projection on the axes.
row = logit(query[None, :], key)
weights = np.exp(row - log_sum(row))[0]
check("weights", weights)
if not data["free"][0]:
    check("values", vectors / np.sqrt(eigenvalues) / np.exp(log_g))
check("scores", weights @ data["values"])
