"""Attention as a kernel smoother: dot product, distance, and the bias that makes them one, with numpy alone.

python3 eigenlens-smoother.py [eigenlens-smoother.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-smoother.npz")


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

dot = key @ query / tau
distance = -((query - key) ** 2).sum(axis=1) / (2 * tau)
bias = -(key**2).sum(axis=1) / (2 * tau)
check("squared_length", (key**2).sum(axis=1))
check("bias", bias)
check("weights_dot", softmax(dot))
check("weights_distance", softmax(distance))
check("weights_with_bias", softmax(dot + bias))
check("output_dot", softmax(dot) @ value)
check("output_distance", softmax(distance) @ value)


def log_softmax(logits):
    most = logits.max()
    return logits - most - np.log(np.exp(logits - most).sum())


check("log_ratio", log_softmax(dot) - log_softmax(distance))


def by(form, queries, keys):
    """Logits of queries with keys: by dot product, or by distance."""
    if form == "dot":
        return queries @ keys.T / tau
    return -((queries[:, None] - keys) ** 2).sum(axis=2) / (2 * tau)


def refined(points, n):
    """n points of the closed curve through points, by trigonometric interpolation."""
    count = len(points)
    waves = np.fft.fft(points, axis=0) / count
    padded = np.zeros((n, points.shape[1]), complex)
    half = count // 2
    padded[: half + 1] = waves[: half + 1]
    padded[n - half :] = waves[count - half :]
    if count % 2 == 0:
        # The highest wave of an even number is a cosine: half of it on either side.
        padded[[half, n - half]] = 0.5 * waves[half]
    return n * np.fft.ifft(padded, axis=0).real


axis = np.arange(-80, 81) / 20
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
for form in ("dot", "distance"):
    if "largest_weight_" + form in data:
        weights = softmax(by(form, grid, key))
        ordered = np.sort(weights, axis=1)
        wins = weights.argmax(axis=1)[ordered[:, -1] > ordered[:, -2] + 1e-12]
        check("largest_weight_" + form, weights.max(axis=0))
        check("queries_won_" + form, np.bincount(wins, minlength=len(key)))
    if "refined_output_" + form in data:
        keys, values = refined(key, 32768), refined(value, 32768)
        check("refined_output_" + form, softmax(by(form, query[None], keys))[0] @ values)
