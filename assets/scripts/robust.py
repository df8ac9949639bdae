"""Principal Component Pursuit of the keys (Candès, Li, Ma, Wright 2011, arXiv 0912.3599), step by step, with numpy alone.

python3 eigenlens-robust.py [eigenlens-robust.npz]
"""
import sys
import numpy as np

data = np.load(sys.argv[1] if len(sys.argv) > 1 else "eigenlens-robust.npz")


def check(name, mine, bound=1e-6):
    """Says how far a number computed here is from the picture's."""
    theirs = data[name]
    error = np.max(np.abs(np.asarray(mine) - theirs)) / max(np.max(np.abs(theirs)), 1e-12)
    print(f"{name}: relative difference {error:.1e}")
    assert error < bound, name


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


m, lam = data["seen"], data["lambda"][0]
mu = first = m.size / (4 * np.abs(m).sum())
low, sparse, dual = np.zeros_like(m), np.zeros_like(m), np.zeros_like(m)  # dual is Y/μ
residual, change, length = 1.0, 0.0, np.linalg.norm(m)


def shrink(x, threshold):
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


# The penalty μ grows by a tenth, to four times its first value, while the residual is the larger of the two.
for step in range(int(data["step"][0])):
    if step > 0 and data["growing"][0] and residual > change:
        grown = min(1.1 * mu, 4 * first)
        dual, mu = dual * mu / grown, grown
    before = low, sparse
    sparse = shrink(m - low + dual, lam / mu)
    u, s, v = np.linalg.svd(m - sparse + dual, full_matrices=False)
    s = np.maximum(s - 1 / mu, 0)
    low = (u * s) @ v
    dual = dual + m - low - sparse
    residual = np.linalg.norm(m - low - sparse) / length
    change = max(np.linalg.norm(low - before[0]), np.linalg.norm(sparse - before[1])) / length
check("low_rank", low)
check("sparse", sparse)
if data["step"][0] > 0:
    check("repaired_values", s)
    print(f"residual: {residual:.6e}, on the picture {data['residual'][0]:.6e}")
    check("objective", [s.sum() + lam * np.abs(sparse).sum()])
check("seen_values", np.linalg.svd(m, compute_uv=False))
check("clean_values", np.linalg.svd(data["clean"], compute_uv=False))

# Attention of the rows of the cloud as it is seen and as it was: how far the output moved.
tau, asks = data["temperature"][0], bool(data["queries_ask"][0])


def attend(keys, queries, values):
    return softmax((queries if asks else keys) @ keys.T / tau) @ values


before, after = data["pairs"].astype(int).T
clean = attend(data["clean"], data["clean_query"], data["clean_value"])[before]
if "moved_seen" in data:
    seen = attend(m, data["seen_query"], data["seen_value"])[after]
    check("moved_seen", [np.linalg.norm(seen - clean) / np.linalg.norm(clean)])

# RPC-Attention (Teo, Nguyen 2024, arXiv 2406.13762) in its three forms: as printed, as released, Lagrangian.
def rpc(form, lam, width, keys, queries, values):
    """μ, the threshold, and after each iteration L, Y/μ, S and the keys that attend."""
    mu = keys.shape[0] * width / (4 * np.abs(keys).sum())
    threshold = lam * mu if form == 1 else lam / mu
    sign = 1 if form == 2 else -1
    low, dual = np.zeros_like(keys), np.zeros_like(keys)
    while True:
        sparse = shrink(keys - low + dual, threshold)
        attended = keys - sparse + sign * dual
        low = attend(attended, queries, values)
        dual = dual + keys - low - sparse
        yield mu, threshold, low, sparse, attended


if "rpc_form" in data:
    form = int(data["rpc_form"][0])
    width = data["rpc_width"][0] if form == 1 else m.shape[1]
    steps = rpc(form, data["rpc_lambda"][0], width, m, data["seen_query"], data["seen_value"])
    for _ in range(int(data["rpc_iterations"][0])):
        mu, threshold, low, sparse, attended = next(steps)
    check("rpc_mu", [mu])
    check("rpc_threshold", [threshold])
    check("rpc_sparse", sparse)
    check("rpc_attended", attended)
    check("rpc_residual", [np.linalg.norm(m - low - sparse) / length])

# All settings: of form, λ, size of the wrong entries, and values, how far the output is after 1, 2, 3, 4, 6 iterations.
if "settings" in data:
    plain, moved = [], []
    was, now = data["settings_keys"].astype(int).T
    for form, lam, factor, keys_as_values, _ in data["settings"]:
        keys = m.copy()
        keys[now] = data["clean"][was] + factor * (m[now] - data["clean"][was])
        values, clean_values = data["seen_value"], data["clean_value"]
        if keys_as_values:
            values, clean_values = m.copy(), data["clean"]
            values[now] = clean_values[was]
        clean = attend(data["clean"], data["clean_query"], clean_values)[before]

        def distance(output):
            return np.linalg.norm(output[after] - clean) / np.linalg.norm(clean)

        width = data["settings_width"][0] if form == 1 else m.shape[1]
        steps = rpc(form, lam, width, keys, data["seen_query"], values)
        lows = [next(steps)[2] for _ in range(6)]
        plain.append(distance(attend(keys, data["seen_query"], values)))
        moved.append([distance(lows[n - 1]) for n in (1, 2, 3, 4, 6)])
    check("settings", np.column_stack([data["settings"][:, :4], plain]))
    check("settings_moved", moved)
