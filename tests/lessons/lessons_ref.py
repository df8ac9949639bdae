"""Numbers of the lessons. numpy only; kernels from kpca_ref.py, heads from assets/data/heads.
Run it anywhere: it writes lessons.json into its own folder (deterministic: no random numbers). `--print` lists every number.

One record per step: lens, inputs (arrays, or which real head), parameters, and what the lab must show:
  {"name", "value", "tol"}   the lab's number agrees within tol (absolute, elementwise)
  {"name", "at_most"}        a residual that must not exceed this bound
Real heads count layers and heads from 0 and are computed in f64 from the f32 tensors."""
import gzip, json, math, os, sys
import numpy as np
HERE = os.path.dirname(os.path.abspath(__file__)); sys.path.insert(0, HERE)
from kpca_ref import softmax, kern, kpca, attn, phi_sq, shrink, pap, pcp, svt

R2 = math.sqrt(2.0); OUT = {"about": __doc__, "lessons": []}

# ---------------------------------------------------------------- bookkeeping
def plain(x):
    if isinstance(x, dict): return {k: v if k in ("at_most", "tol") else plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)): return [plain(v) for v in x]
    if isinstance(x, np.ndarray): return plain(x.tolist())
    if isinstance(x, (bool, np.bool_)): return bool(x)
    if isinstance(x, (int, np.integer)): return int(x)
    if isinstance(x, (float, np.floating)): return float("%.12g" % (0.0 if abs(x) < 1e-14 else x))
    return x
def flat(v):
    if isinstance(v, dict): v = list(v.values())
    if isinstance(v, np.ndarray): v = v.ravel().tolist()
    return [y for x in v for y in flat(x)] if isinstance(v, (list, tuple)) else [v]
def lesson(n, title): OUT["lessons"].append({"lesson": n, "title": title, "steps": []})
def step(id, title, lens, inputs, params, rel=1e-6, **expect):
    """expect: name=value, or name=(value, tol), or name=('<=', bound, measured)."""
    E = []
    for k, v in expect.items():
        if isinstance(v, tuple) and len(v) == 3 and v[0] == "<=":
            assert v[2] <= v[1], (id, k, v); E.append({"name": k, "at_most": v[1]})
        else:
            v, tol = v if isinstance(v, tuple) else (v, None)
            if tol is None:
                x = [y for y in flat(v) if isinstance(y, (float, np.floating))]; tol = float("%.2g" % max(1e-9, rel * max(abs(y) for y in x))) if x else 0
            E.append({"name": k, "value": v, "tol": tol})
    OUT["lessons"][-1]["steps"].append(plain({"step": id, "title": title, "lens": lens, "inputs": inputs, "params": params, "expect": E}))

# ---------------------------------------------------------------- mathematics shared by the lessons
def lse(L): m = L.max(-1, keepdims=True); return (m + np.log(np.exp(L - m).sum(-1, keepdims=True)))[..., 0]
def row(q, K, M=None, bias=None, tau=None):
    """softmax_j(q^T M k_j / tau + b_j)"""
    tau = tau or math.sqrt(K.shape[1]); q = np.asarray(q, float); M = np.ones(K.shape[1]) if M is None else np.asarray(M, float)
    return softmax((q * M) @ K.T / tau + (0 if bias is None else bias))
def nw(q, K, M=None, tau=None):
    tau = tau or math.sqrt(K.shape[1]); M = np.ones(K.shape[1]) if M is None else np.asarray(M, float)
    q = np.atleast_2d(q); W = softmax(-(((q[:, None] - K[None]) ** 2) * M).sum(-1) / (2 * tau)); return W[0] if len(W) == 1 else W
def nwbias(K, M=None, tau=None):
    M = np.ones(K.shape[1]) if M is None else np.asarray(M, float); return -((K * K) * M).sum(1) / (2 * (tau or math.sqrt(K.shape[1])))
def fit(K):
    """kernel PCA of the keys in log form: safe for long keys."""
    N, D = K.shape; L = K @ K.T / math.sqrt(D); lg = lse(L); Kp = np.exp(L - lg[:, None] - lg[None]); H = np.eye(N) - 1 / N
    Kc = H @ Kp @ H; Kc = (Kc + Kc.T) / 2; w, U = np.linalg.eigh(Kc); o = np.argsort(-w); w, U = w[o], U[:, o]
    return dict(K=K, lg=lg, Kp=Kp, Kc=Kc, w=w, U=U * np.sign(U[np.abs(U).argmax(0), np.arange(N)]))
def unit_axis(f, d=0): a = f["U"][:, d] / math.sqrt(f["w"][d]); return a - a.mean()
def swing(K1, K2, d=0):
    """angle (degrees) in feature space between axis d of two key clouds: cos = sum_ij a_i b_j k(x_i,y_j)/(g(x_i) g'(y_j))"""
    f1, f2 = fit(K1), fit(K2); C = np.exp(K1 @ K2.T / math.sqrt(K1.shape[1]) - f1["lg"][:, None] - f2["lg"][None])
    return math.degrees(math.acos(min(1.0, abs(unit_axis(f1, d) @ C @ unit_axis(f2, d)))))
def direction(K, d=0):
    """gradient at the origin of the score x -> softmax(K x/sqrt D) . V[:,d]: where axis d points on the board"""
    f = fit(K); V = f["U"][:, d] / math.sqrt(f["w"][d]) * np.exp(-f["lg"]); p = np.full(len(K), 1 / len(K)); return (p * V) @ (K - K.mean(0)) / math.sqrt(K.shape[1])
def straight(K): return np.linalg.svd(K - K.mean(0), full_matrices=False)[2][0]
def angle(u, v): return math.degrees(math.acos(min(1.0, abs(u @ v) / np.linalg.norm(u) / np.linalg.norm(v))))
def bearing(v): return math.degrees(math.atan2(v[1], v[0])) % 180
def dev(X, Y): return np.linalg.norm(X - Y) / np.linalg.norm(Y)
def token_cos(X): Y = X / np.linalg.norm(X, axis=1, keepdims=True); G = Y @ Y.T; n = len(X); return (G.sum() - n) / (n * (n - 1))
def neff(w): return 1 / (w @ w)
def ring(N, r, start=0.0): th = math.radians(start) + np.arange(N) * 2 * math.pi / N; return r * np.stack([np.cos(th), np.sin(th)], 1)
def pcp_trace(M, lam, n, tol=1e-7):
    """textbook ADMM, the state after each iteration"""
    mu = M.size / 4 / np.abs(M).sum(); L = np.zeros_like(M); S = L.copy(); Y = L.copy(); T = []
    for _ in range(n):
        S = shrink(M - L + Y / mu, lam / mu); L = svt(M - S + Y / mu, 1 / mu); Rs = M - L - S; Y = Y + mu * Rs
        T.append((L, S, np.linalg.norm(Rs) / np.linalg.norm(M)))
        if T[-1][2] <= tol: break
    return mu, T
def split(M, lam=None, n=20000, tol=1e-9):
    """Principal Component Pursuit, textbook ADMM, stopped only when the residual AND the last change of L and S are small.
    (The residual alone is not enough: for the four keys of step 3.8 and lambda = 0.72 it is 0 after 3 iterations, far from the minimum.)"""
    lam = lam or 1 / math.sqrt(max(M.shape)); mu = M.size / 4 / np.abs(M).sum(); L = np.zeros_like(M); S = L.copy(); Y = L.copy(); t = tol * np.linalg.norm(M)
    for i in range(n):
        L0, S0 = L, S; S = shrink(M - L + Y / mu, lam / mu); L = svt(M - S + Y / mu, 1 / mu); R = M - L - S; Y = Y + mu * R
        if max(np.linalg.norm(R), np.linalg.norm(L - L0), np.linalg.norm(S - S0)) <= t: break
    return L, S, i + 1
def nuc(X): return np.linalg.svd(X, compute_uv=False).sum()
def rank(X, t=1e-6): return int((np.linalg.svd(X, compute_uv=False) > t).sum())
def nnz(X, t=1e-6): return int((np.abs(X) > t).sum())
def claim_tests(K, Q, V, f=None):
    """zero-sum defect c (mean over columns), eigen-residual r (mean), overlap of span(a^) with the leading axes, share of tokens that break Bessel, mean |h|^2, mean |phi|^2"""
    f = f or fit(K); N, D = K.shape; s = np.exp(f["lg"] - f["lg"].max()); W = s[:, None] * V; c = np.abs(W.sum(0)) / np.abs(W).sum(0)
    ah = W - W.mean(0); B = f["Kc"] @ ah; rho = (ah * B).sum(0) / (ah * ah).sum(0); r = np.linalg.norm(B - ah * rho, axis=0) / np.linalg.norm(B, axis=0)
    Dv = V.shape[1]; ov = np.linalg.norm(f["U"][:, :Dv].T @ np.linalg.qr(ah)[0]) ** 2 / Dv if Dv < N else float("nan")
    H = attn(Q, K, V); phi = np.exp((Q ** 2).sum(1) / math.sqrt(D) - 2 * lse(Q @ K.T / math.sqrt(D))); hs = (H ** 2).sum(1)
    return dict(c=c.mean(), r=r.mean(), overlap=ov, bessel=(hs > phi).mean(), h2=hs.mean(), phi2=phi.mean(), c_all=c, r_all=r, ratio=hs / phi)
def assign(cost):
    """exact minimum-cost assignment (shortest augmenting paths); returns column of each row"""
    n = len(cost); u = np.zeros(n + 1); v = np.zeros(n + 1); p = np.zeros(n + 1, int); way = np.zeros(n + 1, int)
    for i in range(1, n + 1):
        p[0] = i; j0 = 0; mn = np.full(n + 1, np.inf); used = np.zeros(n + 1, bool)
        while True:
            used[j0] = True; i0 = p[j0]; free = np.where(~used[1:])[0] + 1; cur = cost[i0 - 1, free - 1] - u[i0] - v[free]
            b = cur < mn[free]; mn[free[b]] = cur[b]; way[free[b]] = j0; j1 = free[mn[free].argmin()]; d = mn[j1]
            u[p[used]] += d; v[used] -= d; mn[~used] -= d; j0 = j1
            if p[j0] == 0: break
        while j0: j1 = way[j0]; p[j0] = p[j1]; j0 = j1
    ans = np.zeros(n, int); ans[p[1:] - 1] = np.arange(n); return ans
def svr(K, y, eps, cap=math.inf, sweeps=20000, tol=1e-13):
    """dual coordinate ascent (math-elliptical-svr.md 2.4), b = 0, |v_j| <= cap; returns values v, fit f, sweeps"""
    E = kern(K, K); h = E.sum(1); G = E / np.outer(h, h); C = cap * h; b = np.zeros(len(y)); f = np.zeros(len(y))
    for t in range(sweeps):
        d = 0.0
        for j in range(len(y)):
            r = y[j] - f[j] + G[j, j] * b[j]; nb = float(np.clip(math.copysign(max(abs(r) - eps, 0), r) / G[j, j], -C[j], C[j]))
            if nb != b[j]: f = f + G[:, j] * (nb - b[j]); d = max(d, abs(nb - b[j]) / h[j]); b[j] = nb
        if d < tol: break
    return b / h, f, t + 1
TEXTS = {
    "pronoun": "[CLS] the animal did not cross the street because it was too tired . [SEP]",
    "bank": "[CLS] the bank by the river flooded , so the bank in town raised its rates . [SEP]",
    "typo": "[CLS] the bank by the ri ##v ##x ##q ##z flooded , so the bank in town raised its rates . [SEP]",
    "long": "[CLS] attention lets every word look at every other word and decide how much each of them matters . a kernel turns "
            "that look into a similarity , the gram matrix collects all the similarities , and its leading e ##igen ##ve ##ctors "
            "are the directions along which the words differ most . [SEP]"}
def heads():
    """the packed heads of the project: bytes plane by plane, [query | key | value][layer][head][token][dimension] in f32"""
    T, tokens = {}, {k: v.split() for k, v in TEXTS.items()}
    for k, words in tokens.items():
        b = gzip.decompress(open(os.path.join(HERE, "..", "..", "assets", "data", "heads", k + ".heads"), "rb").read())
        x = np.frombuffer(b, np.uint8).reshape(4, -1).T.copy().view("<f4").reshape(3, 6, 12, len(words), 32).astype(float)
        T.update({k + "." + n: x[i] for i, n in enumerate(("query", "key", "value"))})
    return T, tokens
HEADS, TOK = heads()
def head(s, l, h): return tuple(HEADS[s + n][l, h] for n in (".query", ".key", ".value"))
ALL = [(l, h) for l in range(6) for h in range(12)]
def at(s, l=None, h=None): return {"heads": "assets/data/heads", "sentence": s, "layer": "all" if l is None else l, "head": "all" if h is None else h}

# ================================================================ 1  attention is a kernel smoother
lesson(1, "Attention is a kernel smoother")
COMPASS = np.array([[2, 0], [0, 2], [-2, 0], [0, -2.]]); Q1 = np.array([math.log(2) / R2, 0])
w = row(Q1, COMPASS)
step("1.1", "Four keys, one query", "softmax", dict(keys=COMPASS, values=COMPASS, query=Q1, labels=["E", "N", "W", "S"]), dict(tau=R2), weights=w,
     ninths=w * 9, output=w @ COMPASS)
w = row(2 * Q1, COMPASS)
step("1.2", "Twice as long is twice as sure", "softmax", dict(keys=COMPASS, values=COMPASS, query=2 * Q1), dict(tau=R2), weights=w, output=w @ COMPASS,
     same_as_half_temperature=("<=", 1e-14, np.abs(w - row(Q1, COMPASS, tau=R2 / 2)).max()))
K = COMPASS + 1.0; a, b, c = row(Q1, COMPASS), row(Q1, K), nw(Q1, K)
step("1.3", "Move the whole town", "smoother", dict(keys=K, query=Q1, shift=[1, 1]), dict(tau=R2),
     dot_change_when_keys_move=("<=", 1e-14, np.abs(a - b).max()), nw_before=nw(Q1, COMPASS), nw_after=c, dot_when_query_moves_too=row(Q1 + 1, K),
     nw_change_when_query_moves_too=("<=", 1e-14, np.abs(nw(Q1 + 1, K) - nw(Q1, COMPASS)).max()))
K3 = COMPASS.copy(); K3[0, 0] = 3
step("1.4", "On a circle the two readings agree", "smoother", dict(keys=COMPASS, query=Q1, moved_keys=K3), dict(tau=R2),
     dot_minus_nw_on_circle=("<=", 1e-14, np.abs(row(Q1, COMPASS) - nw(Q1, COMPASS)).max()), dot_E_at_3=row(Q1, K3)[0], nw_E_at_3=nw(Q1, K3)[0])
AB = np.array([[1., 0], [3, 0]]); q = np.array([1., 0])
step("1.5", "Standing on a key", "smoother", dict(keys=AB, query=q, labels=["A", "B"]), dict(tau=R2), dot=row(q, AB), nw=nw(q, AB),
     ratio=math.exp(R2))
bias = nwbias(AB)
step("1.6", "The missing term is the key's length", "smoother", dict(keys=AB, query=q), dict(tau=R2), bias=bias, bias_difference=bias[1] - bias[0],
     residual=("<=", 1e-14, np.abs(row(q, AB, bias=bias) - nw(q, AB)).max()))
CEN = np.vstack([COMPASS, [[0, 0]]]); grid = np.array([[x, y] for x in np.linspace(-4, 4, 161) for y in np.linspace(-4, 4, 161)])
wc = softmax(grid @ CEN.T / R2)
step("1.7", "The one in the middle never wins", "smoother", dict(keys=CEN, query=[0, 0], labels=["E", "N", "W", "S", "C"]),
     dict(tau=R2, query_grid="[-4,4]^2, step 0.05"), dot_C_at_origin=row([0, 0], CEN)[4], nw_C_at_origin=nw([0, 0], CEN)[4],
     dot_C_largest_on_grid=wc[:, 4].max(), queries_on_grid_that_C_wins=int((wc[:, 4] > wc[:, :4].max(1) + 1e-12).sum()))
RG = ring(12, 2.0); VR = ring(12, 1.0); tab = []
for n in (0.5, 1, 2, 4):
    w = row([n, 0], RG); tab.append([n, (w @ VR)[0], neff(w)])
fine = np.arange(0.1, 4.01, 0.1); mse = [(1 - (row([n, 0], RG) @ VR)[0]) ** 2 + 0.25 * (row([n, 0], RG) ** 2).sum() for n in fine]
i = int(np.argmin(mse))
step("1.8", "The bandwidth is in the query", "smoother", dict(keys=RG, values=VR, query_direction=[1, 0]),
     dict(tau=R2, noise_sd=0.5, lengths=[0.5, 1, 2, 4], search="0.1..4 by 0.1"), lengths=[t[0] for t in tab], radius=[t[1] for t in tab],
     keys_in_use=[t[2] for t in tab], best_length=fine[i], best_mse=mse[i], mse_at_half=mse[4], mse_at_4=mse[39],
     dot_equals_nw=("<=", 1e-13, np.abs(row([2, 0], RG) - nw([2, 0], RG)).max()))
TK = TOK["pronoun"]; it, an, st = TK.index("it"), TK.index("animal"), TK.index("street")
def pron(l, h):
    Q, K, _ = head("pronoun", l, h); a, b = row(Q[it], K), nw(Q[it], K); n = np.linalg.norm(K, axis=1); return a, b, n, row(Q, K), nw(Q, K)
a, b, n, A, B = pron(3, 1); F = [(row(head("pronoun", l, h)[0][it], head("pronoun", l, h)[1])) for l, h in ALL]
step("1.9", "A real head: it looks at the animal", "smoother", at("pronoun", 3, 1), dict(query_token="it", tau=math.sqrt(32)), rel=1e-5,
     dot_animal=a[an], dot_street=a[st], dot_winner=TK[a.argmax()], nw_animal=b[an], nw_street=b[st], nw_winner=TK[b.argmax()],
     rank_among_72_heads=1 + sum(f[an] > a[an] for f in F), mean_animal_72=np.mean([f[an] for f in F]), mean_street_72=np.mean([f[st] for f in F]),
     heads_animal_above_street=sum(f[an] > f[st] for f in F))
a, b, n, A, B = pron(5, 11)
step("1.10", "A second head: or is it only a loud key?", "smoother", at("pronoun", 5, 11), dict(query_token="it", tau=math.sqrt(32)), rel=1e-5,
     dot_animal=a[an], dot_street=a[st], nw_animal=b[an], nw_winner=TK[b.argmax()], nw_winner_weight=b.max(), norm_animal=n[an],
     norm_median=np.median(n), norm_smallest=n.min(), norm_rank_of_animal=1 + int((n > n[an]).sum()),
     queries_whose_dot_winner_is_animal=int((A.argmax(1) == an).sum()), queries_whose_nw_winner_is_animal=int((B.argmax(1) == an).sum()),
     animal_mean_over_queries=A[:, an].mean(), queries=len(TK))
mu = AB.mean(0); s2 = AB.var(0) + 1e-5; m = np.array([.5, 1])
step("1.11", "One line for the whole family", "softmax", dict(keys=AB, query=q), dict(tau=R2, elliptical_m=m, bn_beta=1, bn_eps=1e-5),
     softmax=row(q, AB), smoother=nw(q, AB), elliptical_used=row(q, AB, M=m), elliptical_nw=nw(q, AB, M=m),
     bn_recentred=row(q, AB, bias=-AB @ mu / R2), bn_full=row(q - mu, AB - mu, M=1 / s2))

# ================================================================ 2  the Gram matrix and kernel PCA of the keys
lesson(2, "The Gram matrix and kernel PCA of the keys")
RECT = np.array([[1, .5], [1, -.5], [-1, .5], [-1, -.5]]); f = fit(RECT); k = kern(RECT, RECT)
step("2.1", "All similarities at once", "kernel-pca", dict(keys=RECT), dict(tau=R2), gram_row_1=k[0], g=np.exp(f["lg"]))
LINE4 = np.array([[-2., 0], [-1, 0], [1, 0], [2, 0]]); fl = fit(LINE4); kl = kern(LINE4, LINE4)
step("2.2", "Loud keys are turned down", "kernel-pca", dict(keys=LINE4), dict(tau=R2), k_self_long=kl[3, 3], k_self_short=kl[2, 2],
     ratio=kl[3, 3] / kl[2, 2], g_long=kl[3].sum(), g_short=kl[2].sum(), kphi_long=fl["Kp"][3, 3], kphi_short=fl["Kp"][2, 2])
wu, Uu = np.linalg.eigh(f["Kp"]); wu, Uu = wu[::-1], Uu[:, ::-1]
step("2.3", "Why one subtracts the mean", "kernel-pca", dict(keys=RECT), dict(tau=R2, centring=[False, True]), eig_uncentred=wu,
     top_uncentred_abs=np.abs(Uu[:, 0]), eig_centred=f["w"], one_over_g=math.exp(-f["lg"][0]),
     row_sum_residual=("<=", 1e-14, np.abs(f["Kc"].sum(1)).max()))
HAD = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 2
step("2.4", "Left-right, up-down, saddle", "kernel-pca", dict(keys=RECT), dict(tau=R2, axes=3), shares=f["w"][:3] / f["w"].sum(),
     eigenvectors_abs=np.abs(f["U"][:, :3]), overlap_with_hadamard=np.abs((f["U"][:, :3] * HAD).sum(0)),
     axis1_bearing=(min(bearing(direction(RECT)), 180 - bearing(direction(RECT))), 1e-6),
     closed_form=[(k[0, 0] + k[0, 1] - k[0, 2] - k[0, 3]) / k[0].sum() ** 2, (k[0, 0] - k[0, 1] + k[0, 2] - k[0, 3]) / k[0].sum() ** 2, (k[0, 0] - k[0, 1] - k[0, 2] + k[0, 3]) / k[0].sum() ** 2])
INNER = np.array([[.2, 0], [-.2, 0], [0, .2], [0, -.2]]); res = {}
for r in (1.5, 2.0, 2.5):
    fr = fit(np.vstack([ring(8, r), INNER])); U = fr["U"]; d = int(np.argmax([abs(U[:8, j].sum()) for j in range(6)])); u = U[:, d] * np.sign(U[8, d])
    res[r] = (d + 1, u)
K = np.vstack([ring(8, 2.5), INNER]); fr = fit(K); sc = fr["Kc"] @ (fr["U"][:, 0] / math.sqrt(fr["w"][0])) * np.sign(fr["U"][8, 0])
cov = np.cov(K.T, bias=True)
step("2.5", "A circle around a village", "kernel-pca", dict(keys=K, radii=[1.5, 2.0, 2.5]), dict(tau=R2),
     axis_that_separates=[res[r][0] for r in (1.5, 2.0, 2.5)], ring_entry=(res[2.5][1][:8].mean(), 2e-3), centre_entry=(res[2.5][1][8:].mean(), 2e-3),
     ring_scores=[sc[:8].min(), sc[:8].max()], centre_scores=[sc[8:].min(), sc[8:].max()], straight_pca_variances=np.linalg.eigvalsh(cov),
     share_axis_1=fr["w"][0] / fr["w"].sum())
HEX = ring(6, 1.0); fh = fit(HEX); nud = {}
for name, d in (("out", (.05, 0)), ("in", (-.05, 0)), ("side", (0, .05))):
    M = HEX.copy(); M[0] += d; fm = fit(M); nud[name] = (bearing(direction(M)), (fm["w"][0] - fm["w"][1]) / fm["w"][0])
fold = lambda a: min(a, 180 - a)
step("2.6", "Two equal eigenvalues: there is no first axis", "kernel-pca", dict(keys=HEX, nudges=dict(out=[.05, 0], inward=[-.05, 0], side=[0, .05])),
     dict(tau=R2), eig=fh["w"][:5], gap=("<=", 1e-12, abs(fh["w"][0] - fh["w"][1])), bearing_out=(fold(nud["out"][0]), 1e-4),
     bearing_in=(fold(nud["in"][0]), 1e-4), bearing_side=(nud["side"][0], 1e-3), relative_gap_out=nud["out"][1], relative_gap_in=nud["in"][1])
rat = {c: fit(RECT * c)["w"] for c in (0.1, 1.0, 2.0, 4.0, 8.0)}
step("2.7", "Short keys and long keys", "kernel-pca", dict(keys=RECT, scales=[0.1, 1, 2, 4, 8]), dict(tau=R2),
     ratio_12=[rat[c][0] / rat[c][1] for c in rat], share_3=[rat[c][2] / rat[c][:3].sum() for c in rat], variance_ratio_of_the_points=4.0)
GK = np.array([[.5, -1], [1.5, .25], [-.75, .5], [0, 1.25]]); GQ = np.array([[1, .5], [-.5, 1], [.25, -.75], [2, -1]]); G = kpca(GK, 2)
Hs = attn(GQ, GK, G["V"])
proj = (kern(GQ, GK) / kern(GQ, GK).sum(1)[:, None] / G["g"][None]) @ (np.eye(4) - .25) @ G["A"]
mean_score = (G["Kphi"] @ (np.eye(4) - .25) @ G["A"]).mean(0)
step("2.8", "Attention as a projection", "kernel-pca", dict(keys=GK, queries=GQ), dict(tau=R2, axes=2), V=G["V"], output_of_query_1=Hs[0],
     difference=("<=", 1e-14, np.abs(Hs - proj).max()), sum_of_coefficients=("<=", 1e-13, np.abs(G["A"].sum(0)).max()),
     textbook_score_query_1=Hs[0] - mean_score, shift_same_for_all_queries=mean_score)
def jproj(K, Q, V): return phi_sq(Q, K).mean() - (attn(Q, K, V) ** 2).sum(1).mean()
phi = phi_sq(RECT, RECT).mean(); js = [phi] + [jproj(RECT, RECT, kpca(RECT, d)["V"]) for d in (1, 2, 3)]
h2 = (attn(RECT, RECT, RECT) ** 2).sum(1).mean()
step("2.9", "What no axis can reach, and a length no projection has", "kernel-pca", dict(keys=RECT, queries=RECT), dict(tau=R2), phi_squared=phi,
     loss_with_0_1_2_3_axes=js, one_over_N_g=1 / (4 * math.exp(f["lg"][0])), free_V_equals_keys_h2=h2, loss_free_V=phi - h2,
     scale_at_which_loss_is_zero=math.sqrt(phi / h2))
TB = TOK["bank"]; kb = head("bank", 2, 11)[1]; fb = fit(kb); u = fb["U"][:, 0]; nb = np.linalg.norm(kb, axis=1); phib = np.diag(fb["Kp"])
cls, again, longest, cosm = 0, 0, 0, []
for l, h in ALL:
    K = head("bank", l, h)[1]; f_ = fit(K); e = np.abs(f_["U"][:, 0]); d = np.diag(f_["Kp"])
    cosm.append(np.median((f_["Kp"] / np.sqrt(np.outer(d, d)))[~np.eye(len(K), dtype=bool)]))
    if e.max() > .9 and e.argmax() == 0: cls += 1; longest += int(d.argmax() == 0); again += int(np.abs(fit(K[1:])["U"][:, 0]).max() > .9)
cnt = {}
for s in TOK:
    t = [np.abs(fit(head(s, l, h)[1])["U"][:, 0]) for l, h in ALL]
    cnt[s] = [sum(x.max() > .9 for x in t), sum(x.max() > .9 and x.argmax() == 0 for x in t)]
step("2.10", "The first axis of a real head is often one token", "kernel-pca", at("bank", 2, 11), dict(threshold=.9), rel=1e-5,
     winner=TB[int(np.abs(u).argmax())], entry=np.abs(u).max(), other_entries=[np.sort(np.abs(u))[0], np.sort(np.abs(u))[-2]],
     share=fb["w"][0] / fb["w"].sum(), single_token_bound=math.sqrt(17 / 18), heads_with_one_token_axis=cnt["bank"][0],
     of_these_class_token=cnt["bank"][1], key_length_of_class_token=nb[0], its_rank_by_length=1 + int((nb > nb[0]).sum()),
     median_key_length=np.median(nb), phi2_over_next=phib[0] / np.sort(phib)[-2], class_token_has_longest_phi=longest,
     one_token_axis_again_without_class_token=again, median_cosine_in_feature_space_72=np.median(cosm), pronoun=cnt["pronoun"], long=cnt["long"])
f2 = fit(head("bank", 2, 3)[1]); a = f2["U"][:, 1] * np.sign(f2["U"][TB.index("raised"), 1]); hits = 0
for l, h in ALL:
    U = fit(head("bank", l, h)[1])["U"]
    for d in (0, 1): x, y = U[1:7, d], U[9:16, d]; hits += int(x.min() > y.max() or y.min() > x.max())
step("2.11", "Water and money, and the garden of forking paths", "kernel-pca", at("bank", 2, 3),
     dict(axis=2, first_clause_tokens=[1, 6], second_clause_tokens=[9, 15]), rel=1e-5, raised=a[TB.index("raised")], rates=a[TB.index("rates")],
     town=a[TB.index("town")], river=a[TB.index("river")], flooded=a[TB.index("flooded")], bank_first=a[2], bank_second=a[10],
     separated=bool(a[9:16].min() > a[1:7].max()), gap_relative=(f2["w"][1] - f2["w"][2]) / f2["w"][1], axes_that_separate_of_144=hits,
     expected_by_chance=144 * 2 / math.comb(13, 6))

# ================================================================ 3  one outlier, and how a split repairs it
lesson(3, "One outlier, and how a low-rank plus sparse split repairs it")
S11 = np.arange(-5, 6); LINE = np.outer(S11, (.15, .05)); TOKEN = 8
def slip(y, where=TOKEN): M = LINE.copy(); M[where, 1] = y; return M
three = lambda M, K=LINE: [swing(K, M), angle(direction(K), direction(M)), angle(straight(K), straight(M))]
fL = fit(LINE)
step("3.1", "Eleven keys on a line", "robust", dict(keys=LINE), dict(tau=R2), axis1_bearing=bearing(direction(LINE)), eig=fL["w"][:3],
     share=fL["w"][0] / fL["w"].sum(), rank_of_keys=rank(LINE))
BAD = slip(-1.75); fB = fit(BAD)
jit = []
for n in range(50):
    z = math.sqrt(3) * np.modf(1e4 * np.sin(12.9898 * (np.arange(22) + 1 + 22 * n)))[0].reshape(11, 2); Kj = LINE * (1 + .02 * z); Mj = Kj.copy()
    Mj[TOKEN, 1] = -1.75; jit.append([swing(Kj, Mj), swing(Kj, split(Mj, .5, tol=1e-7)[0])])
cross = lambda a, i, b, j: math.degrees(math.acos(min(1., abs(unit_axis(a, i) @ np.exp(a["K"] @ b["K"].T / R2 - a["lg"][:, None] - b["lg"][None]) @ unit_axis(b, j)))))
step("3.2", "One wrong number", "robust", dict(clean=LINE, keys=BAD, moved_token=9, to=[.45, -1.75]), dict(tau=R2), swing=three(BAD)[0],
     direction_swing=three(BAD)[1], straight_swing=three(BAD)[2], eig=fB["w"][:3], entry_of_outlier_on_axis_1=abs(fB["U"][TOKEN, 0]),
     old_axis_against_new_second=cross(fL, 0, fB, 1), jitter_2_percent_smallest_swing=(min(j[0] for j in jit), .01),
     jitter_2_percent_largest_swing_after_pcp=(max(j[1] for j in jit), .01))
ys = [-1, -1.25, -1.5, -1.75, -2, -2.25, -2.5, -3, -4]
kk = lambda M: (math.exp(M[TOKEN] @ M[TOKEN] / R2), kern(M, M)[TOKEN].sum() - math.exp(M[TOKEN] @ M[TOKEN] / R2))
fine = np.arange(-4, -.49, .01); pk = [fit(slip(y))["Kp"][TOKEN, TOKEN] for y in fine]; qd = np.array([0, -1.])
step("3.3", "Farther is not worse", "robust", dict(clean=LINE, token=9, x=.45, y=ys, query=qd), dict(tau=R2), swing=[three(slip(y))[0] for y in ys],
     straight_swing=[three(slip(y))[2] for y in ys], phi2_of_outlier=[fit(slip(y))["Kp"][TOKEN, TOKEN] for y in ys], k_self_at_minus_1_75=kk(BAD)[0],
     k_rest_at_minus_1_75=kk(BAD)[1], y_of_largest_phi2=(fine[int(np.argmax(pk))], .011), largest_phi2=max(pk),
     bound_quarter_over_rest=1 / (4 * kk(BAD)[1]), weight_of_outlier_clean=row(qd, LINE)[TOKEN],
     weight_of_outlier=[row(qd, slip(y))[TOKEN] for y in ys])
LAM = .5; mu, TR = pcp_trace(BAD, LAM, 500); Lp, Sp = TR[-1][0], TR[-1][1]; i, j = np.unravel_index(np.abs(Sp).argmax(), Sp.shape)
step("3.4", "Split the keys: M = L + S", "robust", dict(clean=LINE, keys=BAD), dict(tau=R2, **{"lambda": LAM}, mu="N D / (4 sum|M|)", tolerance=1e-7),
     singular_values_bad=np.linalg.svd(BAD, compute_uv=False), singular_values_clean=np.linalg.svd(LINE, compute_uv=False),
     singular_values_L=(np.linalg.svd(Lp, compute_uv=False), 1e-5), nonzeros_in_S=nnz(Sp), S_token=int(i) + 1, S_coordinate=int(j) + 1,
     S_value=(Sp[i, j], 1e-5), L_error=("<=", 1e-5, dev(Lp, LINE)), swing_after=("<=", .01, swing(LINE, Lp)),
     direction_after=("<=", .01, angle(direction(LINE), direction(Lp))), straight_after=("<=", .01, angle(straight(LINE), straight(Lp))),
     iterations=(len(TR), 3), weight_after=(row(qd, Lp)[TOKEN], 1e-5))
sel = [1, 2, 3, 5, 10, 20]
step("3.5", "One iteration at a time", "robust", dict(keys=BAD, shown_iterations=sel), dict(**{"lambda": LAM}), mu=mu, shrink_threshold=LAM / mu,
     singular_value_threshold=1 / mu, residual=[TR[n - 1][2] for n in sel], rank_of_L=[rank(TR[n - 1][0]) for n in sel],
     nonzeros_of_S=[nnz(TR[n - 1][1]) for n in sel], objective=[nuc(TR[n - 1][0]) + LAM * np.abs(TR[n - 1][1]).sum() for n in sel],
     swing=[swing(LINE, TR[n - 1][0]) if np.linalg.norm(TR[n - 1][0]) > 1e-9 else -1 for n in sel],
     objective_of_truth=nuc(LINE) + LAM * np.abs(BAD - LINE).sum())
lams = [1 / math.sqrt(11), .35, .4, .5, .6, .7, .8, .9, 1.0]; pl = [split(BAD, x) for x in lams]; order = [8, 2, 7, 3]; many = []
for n in range(1, 5):
    M = LINE.copy()
    for m, t in enumerate(order[:n]): M[t, 1] = -1.75 if m % 2 == 0 else 1.75
    L = split(M, LAM)[0]; many.append([swing(LINE, M), swing(LINE, L), dev(L, LINE)])
step("3.6", "The dial λ, and how many slips it takes", "robust",
     dict(clean=LINE, keys=BAD, slipped_tokens=[t + 1 for t in order], slipped_to=[-1.75, 1.75, -1.75, 1.75]),
     dict(lambdas=lams, lambda_for_slips=LAM), swing_after=([swing(LINE, p[0]) for p in pl], .02), L_error=([dev(p[0], LINE) for p in pl], 1e-4),
     nonzeros_of_S=[nnz(p[1]) for p in pl], slips_swing_before=[m[0] for m in many], slips_swing_after=([m[1] for m in many], .05),
     slips_L_error=([m[2] for m in many], 1e-3))
T8 = np.array([-1.2, -1, -.8, -.6, .6, .8, 1, 1.2]); tilt = [0, 5, 10, 15, 20, 45]; ml = []
for a in tilt:
    M = np.outer(T8, [math.cos(math.radians(a)), math.sin(math.radians(a))]); L, S, _ = split(M)
    ml.append([np.linalg.norm(L) / np.linalg.norm(M), nnz(S)])
step("3.7", "Turn the board, and the repair is another", "robust", dict(t=T8, keys="t_i (cos a, sin a)", angles=tilt),
     dict(**{"lambda": 1 / math.sqrt(8)}), share_kept_in_L=([m[0] for m in ml], 1e-4), nonzeros_of_S=[m[1] for m in ml],
     cost_all_in_S_at_0=np.abs(T8).sum() / math.sqrt(8), cost_all_in_L_at_0=np.linalg.norm(T8),
     cost_all_in_S_at_45=R2 * np.abs(T8).sum() / math.sqrt(8))
DIA = np.array([[1, 0], [0, 1], [-1, 0], [0, -1.]]); Ld, Sd, _ = split(DIA, .5); early, done = pcp(DIA, lam=.72, n=20000), split(DIA, .72)
obj = lambda L, S, lam: nuc(L) + lam * np.abs(S).sum()
step("3.8", "Four honest keys, all called noise", "robust", dict(keys=DIA), dict(**{"lambda": .5}), nuclear_norm=nuc(DIA),
     lambda_times_l1=.5 * np.abs(DIA).sum(), L_norm=("<=", 1e-9, np.linalg.norm(Ld)), S_minus_M=("<=", 1e-9, np.abs(Sd - DIA).max()),
     certificate_spectral_norm=np.linalg.norm(.5 * np.sign(DIA), 2), attention_after=[.25] * 4,
     lambda_0_72={"iterations_residual_only": early[2], "share_in_L_residual_only": early[0][0, 0], "objective_residual_only": obj(early[0], early[1], .72), "share_in_L": done[0][0, 0], "objective": obj(done[0], done[1], .72)})
vote = []
for D in (2, 3, 4):
    K = np.outer(T8, np.ones(D)); M = K.copy(); M[6, 0] = -2; L = split(M, .5)[0]; vote.append([L[6].mean(), dev(L, K)])
step("3.9", "A majority among coordinates", "robust", dict(t=T8, keys="t_i (1,...,1) in D = 2, 3, 4", token=7, its_first_coordinate=-2),
     dict(**{"lambda": .5}), token_after=([v[0] for v in vote], 1e-4), L_error=([v[1] for v in vote], 1e-4))
VC = np.stack([np.cos(S11), np.sin(S11)], 1); FAR = slip(-3.0); H0 = attn(LINE, LINE, VC); ns = [1, 2, 3, 4, 6]
forms = dict(printed=("paper", .5), released=("code", 2.0), lagrangian=("admm", .5)); r = {}
for name, (m, lam) in forms.items(): r[name] = [dev(pap(FAR, VC, lam, n, m, 1), H0) for n in ns]
thr = {name: pap(FAR, VC, lam, 1, m, 1, trace=True)[3] for name, (m, lam) in forms.items()}
ys3 = [-1.75, -3, -6]; allr = []
for y in ys3:
    for V in (LINE, VC):
        h = attn(LINE, LINE, V)
        for m, lam in (("paper", .5), ("paper", 1.), ("code", 1.), ("code", 2.), ("admm", .5), ("admm", 1.)):
            d = [dev(pap(slip(y), V, lam, n, m, 1), h) for n in ns]; allr.append((int(np.argmin(d)) == 0, d[0] < dev(attn(slip(y), slip(y), V), h)))
step("3.10", "RPC-Attention: more iterations, more damage", "robust", dict(clean=LINE, keys=FAR, values=VC, iterations=ns),
     dict(tau=R2, heads=1, symmetric=True, forms=dict(printed=.5, released=2.0, lagrangian=.5), settings="y in -1.75, -3, -6; values = the clean keys or (cos s, sin s); printed .5, 1; released 1, 2; lagrangian .5, 1"),
     plain=dev(attn(FAR, FAR, VC), H0), pcp_on_keys=("<=", 1e-5, dev(attn(split(FAR, .5)[0], split(FAR, .5)[0], VC), H0)),
     mu=pap(FAR, VC, .5, 1, trace=True)[2], thresholds=thr, printed=r["printed"], released=r["released"], lagrangian=r["lagrangian"],
     one_iteration_is_best_of_36_settings=sum(a for a, _ in allr), one_iteration_beats_plain_of_36=sum(b for _, b in allr))
tau = thr["released"]; clip = np.clip(FAR, -tau, tau)
c10 = [pap(10 * FAR, VC, .5, 1, "paper", 1, trace=True)[3] / thr["printed"], pap(10 * FAR, VC, 2., 1, "code", 1, trace=True)[3] / thr["released"]]
step("3.11", "What one iteration is: scissors", "robust", dict(keys=FAR, values=VC), dict(form="released", **{"lambda": 2.0}, heads=1),
     difference_from_attention_on_clipped_keys=("<=", 1e-13, np.abs(pap(FAR, VC, 2., 1, "code", 1) - attn(clip, clip, VC)).max()),
     clipped_entry=clip[TOKEN, 1], entries_clipped=int((np.abs(FAR) > tau).sum()), threshold_factor_when_keys_times_10=c10)
TT = TOK["typo"]; sb = [0, 1, 2, 3, 4] + list(range(6, 18)); s_t = [0, 1, 2, 3, 4] + list(range(10, 22)); pc = range(5, 10); X = []
mv = {n: [] for n in ("softmax", "pcp_on_keys", "rpc_released_n1_asymmetric", "rpc_released_n4_asymmetric")}
mech = dict(softmax=attn, pcp_on_keys=lambda Q, K, V: attn(Q, split(K, n=3000, tol=1e-7)[0], V), rpc_released_n1_asymmetric=lambda Q, K, V: pap(K, V, 4., 1, "code", 12, Q=Q), rpc_released_n4_asymmetric=lambda Q, K, V: pap(K, V, 4., 4, "code", 12, Q=Q))
for l, h in ALL:
    Qb, Kb, Vb = head("bank", l, h); Qt, Kt, Vt = head("typo", l, h); Ab, At = softmax(Qb @ Kb.T / math.sqrt(32)), softmax(Qt @ Kt.T / math.sqrt(32))
    X.append([At[np.ix_(s_t, pc)].sum(1).mean(), Ab[sb, 5].mean()])
    for n, F in mech.items(): a, b = F(Qb, Kb, Vb), F(Qt, Kt, Vt); mv[n].append(np.linalg.norm(b[s_t] - a[sb]) / np.linalg.norm(a[sb]))
X = np.array(X); b = int(X[:, 0].argmax()); m5 = mv["softmax"][ALL.index((5, 1))]
step("3.12", "Real heads: the mistyped word is no magnet", "robust", at("typo"),
     dict(compare_with="bank", pieces=[5, 9], pcp_lambda="1/sqrt(max(N,D))", rpc_lambda=4, rpc_heads=12), rel=2e-4,
     mean_attention_on_the_five_pieces=X[:, 0].mean(), mean_attention_on_river=X[:, 1].mean(), uniform_five_of_22=5 / 22, uniform_one_of_18=1 / 18,
     most_attracting_head=list(ALL[b]), its_attention_on_pieces=X[b, 0], its_attention_on_river=X[b, 1],
     heads_above_uniform=int((X[:, 0] > 5 / 22).sum()), mean_move={n: np.mean(v) for n, v in mv.items()}, largest_move=max(mv["softmax"]),
     head_of_largest_move=list(ALL[int(np.argmax(mv["softmax"]))]),
     rpc_n1_moves_as_plain=("<=", 1e-5, max(abs(a - c) for a, c in zip(mv["softmax"], mv["rpc_released_n1_asymmetric"]))))

# ================================================================ 4  ellipses instead of circles
lesson(4, "Ellipses instead of circles")
STREET = np.array([[2, 1], [2, -1], [2, 3], [2, -3], [2, 5], [2, -5], [0, 1], [0, -1], [4, 1], [4, -1.]]); VS = np.array([1.] * 6 + [-1.] * 4)
QS = np.array([2., 0]); CIR, ELL = np.array([1., 1]), np.array([1, .1])
dist = lambda m: np.sqrt((((QS - STREET) ** 2) * m).sum(1)); inside = lambda m, r: [int((dist(m)[:6] <= r).sum()), int((dist(m)[6:] <= r).sum())]
base = dict(keys=STREET, values=VS, query=QS, relevant=[1, 6], irrelevant=[7, 10])
step("4.1", "Which keys are my neighbours?", "elliptical", base, dict(radius=1.8, m_circle=CIR, m_ellipse=ELL), circle_1_8=inside(CIR, 1.8),
     circle_2_3=inside(CIR, 2.3), circle_5=inside(CIR, 5.), ellipse_1_8=inside(ELL, 1.8), semi_axes=[1.8, 1.8 / math.sqrt(.1)],
     farthest_relevant=dist(ELL)[:6].max(), nearest_irrelevant=dist(ELL)[6:].min(), wrong_way=inside(ELL[::-1], 1.8))
wc, we, ww = nw(QS, STREET, CIR), nw(QS, STREET, ELL), nw(QS, STREET, ELL[::-1])
step("4.2", "The estimate follows the neighbourhood", "elliptical", base, dict(tau=R2, form="nadaraya-watson", truth=1), estimate_circle=wc @ VS,
     estimate_ellipse=we @ VS, estimate_wrong_way=ww @ VS, relevant_mass=[wc[:6].sum(), we[:6].sum(), ww[:6].sum()],
     keys_in_use=[neff(wc), neff(we), neff(ww)])
dc, de = row(QS, STREET, CIR), row(QS, STREET, ELL)
step("4.3", "The honest switch: what is really used has no ellipse", "elliptical", base, dict(tau=R2, form="dot product as used"),
     estimate_used_circle=dc @ VS, estimate_used_ellipse=de @ VS, change_of_row_when_m2_changes=("<=", 1e-14, np.abs(dc - de).max()),
     mass_on_two_right_keys=de[8:].sum(), weight_of_each_relevant_key=de[0], with_bias=row(QS, STREET, ELL, bias=nwbias(STREET, ELL)) @ VS,
     bias_residual=("<=", 1e-14, np.abs(row(QS, STREET, ELL, bias=nwbias(STREET, ELL)) - we).max()))
cs = np.geomspace(.02, 20, 400); sd = .5
def best(r):
    o = []
    for c in cs: w = nw(QS, STREET, c * np.array([1, r])); o.append(((w @ VS - 1) ** 2 + sd ** 2 * (w @ w), c, (w @ VS - 1) ** 2, sd ** 2 * (w @ w)))
    return min(o)
bb = [best(r) for r in (1, .1, .02, 0)]
step("4.4", "Bias and variance without a random number", "elliptical", base,
     dict(tau=R2, noise_sd=sd, ratios=[1, .1, .02, 0], c_grid="geometric .02..20, 400 points", form="nadaraya-watson, M = c diag(1, ratio)"),
     best_mse=[b[0] for b in bb], best_c=([b[1] for b in bb], .06), bias2=[b[2] for b in bb], variance=[b[3] for b in bb],
     gain=[bb[0][0] / b[0] for b in bb])
VP = np.zeros((4, 2)); VN = np.array([[1, .1], [-1, -.1], [1, .1], [-1, .1]]); mm = lambda V, P, d=1.0: np.abs(V - P).mean(0) / d; V3 = VN.copy()
V3[2, 1] = 3.7
step("4.5", "The meter: how far did the values jump?", "elliptical", dict(values_prev=VP, values=VN, dragged_values=V3), dict(delta=[1, 5]),
     m_raw=mm(VN, VP), m_max=mm(VN, VP) / mm(VN, VP).max(), m_raw_delta_5=mm(VN, VP, 5.),
     max_scaled_difference_delta_1_and_5=("<=", 1e-15, np.abs(mm(VN, VP) / mm(VN, VP).max() - mm(VN, VP, 5.) / mm(VN, VP, 5.).max()).max()),
     m_after_dragging_one_arrow=mm(V3, VP) / mm(V3, VP).max())
g4 = [-.75, -.25, .25, .75]; k0 = np.array([[a, b] for a in g4 for b in g4]); k1 = k0 + .05
fs = lambda k: np.stack([np.sin(3 * k[:, 0]), .1 * k[:, 1]], 1); fw = lambda k: np.stack([np.sin(3 * k[:, 1]), .1 * k[:, 0]], 1)
tr = np.abs(3 * np.cos(3 * k0[:, 0])).mean()
step("4.6", "Break the meter", "elliptical", dict(keys=k0, keys_next=k1, f_separable="(sin 3 k1, 0.1 k2)", f_swapped="(sin 3 k2, 0.1 k1)"),
     dict(delta=.05), estimate_separable=mm(fs(k1), fs(k0), .05), truth_separable=[tr, .1], estimate_swapped=mm(fw(k1), fw(k0), .05),
     truth_swapped=[.1, tr])
Q, K, V = head("pronoun", 3, 1); mr = np.abs(V - head("pronoun", 2, 1)[2]).mean(0); mM, mA = mr / mr.max(), mr / mr.mean()
ent = lambda A: -(A * np.log(A)).sum(1).mean(); at_ = lambda m: softmax((Q * m) @ K.T / math.sqrt(32)); m2 = []
for l in range(1, 6):
    for h in range(12): x = np.abs(head("pronoun", l, h)[2] - head("pronoun", l - 1, h)[2]).mean(0); m2.append(((x / x.max()) ** 2).mean())
step("4.7", "Max-scaling is also a thermostat", "elliptical", at("pronoun", 3, 1),
     dict(previous_layer=2, scaling=["none (M = I)", "max", "mean"], query_token="it"), rel=1e-5,
     weight_on_animal=[at_(np.ones(32))[it, an], at_(mM)[it, an], at_(mA)[it, an]],
     mean_row_entropy=[ent(at_(np.ones(32))), ent(at_(mM)), ent(at_(mA))], mean_m2=[1.0, (mM ** 2).mean(), (mA ** 2).mean()],
     mean_m2_over_60_heads=np.mean(m2), smallest_m_max=mM.min())
def prop1(M): kap = np.abs(STREET) / 4 + np.abs(STREET).sum(0) - np.abs(STREET); return (np.sqrt((kap ** 2 * M ** 2).sum(1)) * np.abs(VS)).sum() / R2
sh = lambda e, M: abs((row(QS + e, STREET, M) - row(QS, STREET, M)) @ VS)
step("4.8", "A bound, and how loose it is", "elliptical", base, dict(tau=R2, form="dot product as used", push=[[0, .5], [-1, 0]]),
     shift_up=[sh(np.array([0, .5]), CIR), sh(np.array([0, .5]), ELL)], shift_left=[sh(np.array([-1., 0]), CIR), sh(np.array([-1., 0]), ELL)],
     bound_per_unit=[prop1(CIR), prop1(ELL)], tightness_left=[sh(np.array([-1., 0]), CIR) / prop1(CIR), sh(np.array([-1., 0]), ELL) / prop1(ELL)])
CLO = np.array([[2, 0], [0, 2], [-1, 1], [1, -1], [.5, .5], [-1, -1.]])
ms = {"I": [1, 1], "max (1, .1)": [1, .1], "mean (1.818, .182)": [20 / 11, 2 / 11], "2 I": [2, 2], ".01 I": [.01, .01]}; film = {}
for n, m in ms.items():
    H = CLO.copy(); film[n] = []
    for _ in range(6): film[n].append(token_cos(H)); H = softmax((H * np.array(m)) @ H.T / R2) @ H
step("4.9", "The collapse film", "elliptical", dict(tokens=CLO),
     dict(tau=R2, layers=5, form="H <- softmax(H M H^T / tau) H, no residual, no training"), token_cosine=film)
QC, KC = np.array([[1, 1], [1, -1], [0, 1], [1, 0.]]), np.array([[1, 0], [0, 1], [1, 1], [-1, 0.]])
def causal(m): L = (QC * m) @ KC.T / R2; L = np.where(np.tril(np.ones((4, 4))) > 0, L, -np.inf); return softmax(L)
VL = VN.copy(); VL[3, 1] = 4.1; ma, mb = mm(VN, VP) / mm(VN, VP).max(), mm(VL, VP) / mm(VL, VP).max()
step("4.10", "The future leaks into the past", "elliptical", dict(queries=QC, keys=KC, values_prev=VP, values=VN, last_value_dragged_to=VL[3]),
     dict(tau=R2, causal=True), m_before=ma, m_after=mb, row_2_before=causal(ma)[1], row_2_after=causal(mb)[1])

# ================================================================ 5  values as support vectors; Attention-BN and Attention-SH
lesson(5, "Values as support vectors, Attention-BN and Attention-SH")
CLOCK = ring(12, 2.5); HILL = np.array([0, 1, 2, 3, 2, 1, 0, -1, -2, -3, -2, -1]) / 3; ACL = softmax(CLOCK @ CLOCK.T / R2)
nsv = lambda v: int((np.abs(v) > 1e-9).sum()); TV = 1e-6
v, f_, t = svr(CLOCK, HILL, .2)
step("5.1", "A tube around twelve targets", "support-vectors", dict(keys=CLOCK, targets=HILL), dict(tau=R2, epsilon=.2, cap="none"),
     h=kern(CLOCK, CLOCK).sum(1)[0], support_vectors=nsv(v), v=(v, TV), fit=(f_, TV), attention_is_fit=("<=", 1e-12, np.abs(ACL @ v - f_).max()),
     sweeps=(t, 30))
v3, f3, _ = svr(CLOCK, HILL, .3); e_s = [.05, .2, .25, .26, .3]; n_s = [nsv(svr(CLOCK, HILL, e)[0]) for e in e_s]
step("5.2", "Widen the tube: ten become two", "support-vectors", dict(keys=CLOCK, targets=HILL), dict(tau=R2, epsilons=e_s), support_vectors=n_s,
     v_at_0_3=(v3, TV), fit_at_0_3=(f3, TV), peak_over_edge=(f3[3], TV))
y = HILL.copy(); y[1] = .36; va = svr(CLOCK, y, .3)[0]; y[1] = .5; vb = svr(CLOCK, y, .3)[0]
step("5.3", "Inside the tube nobody hears you", "support-vectors", dict(keys=CLOCK, targets=HILL, moved_target=2),
     dict(tau=R2, epsilon=.3, moved_to=[.36, .5]), fit_of_moved=(f3[1], TV), room=[f3[1] - .3, f3[1] + .3],
     change_of_v_at_0_36=("<=", 1e-9, np.abs(va - v3).max()), v_of_moved_at_0_5=(vb[1], TV), v_of_peak_at_0_5=(vb[3], TV),
     support_vectors_at_0_5=nsv(vb))
ONE = np.eye(12)[3]; vo, fo, _ = svr(CLOCK, ONE, .3); v4 = svr(CLOCK, ONE, .4)[0]
step("5.4", "A target of zero with a negative value", "support-vectors", dict(keys=CLOCK, targets=ONE), dict(tau=R2, epsilon=[.3, .4]),
     v_at_0_3=(vo, TV), fit_at_0_3=(fo, TV), support_at_0_3=nsv(vo), support_at_0_4=nsv(v4), v_at_0_4=(v4[3], TV), self_attention=ACL[3, 3],
     closed_form=.6 / ACL[3, 3])
vc, fc, _ = svr(CLOCK, HILL, .3, 1.0); cap = lambda v, c: int((np.abs(np.abs(v) - c) < 1e-9).sum()); caps = [2., 1.5, 1., .5]
rc = [svr(CLOCK, HILL, .3, c)[0] for c in caps]
step("5.5", "The cap: the price C of a mistake", "support-vectors", dict(keys=CLOCK, targets=HILL), dict(tau=R2, epsilon=.3, caps_on_v=caps),
     support_vectors=[nsv(x) for x in rc], capped=[cap(x, c) for x, c in zip(rc, caps)], v_at_cap_1=(vc, TV), fit_at_cap_1=(fc, TV),
     misfit_of_peak=(1 - fc[3], TV))
ALT = (-1.0) ** np.arange(12); LN = np.linspace(-4, 4, 12)[:, None]; AL = softmax(LN @ LN.T); ev = np.sort(np.linalg.eigvals(ACL).real)
step("5.6", "Read it backwards", "support-vectors", dict(keys=CLOCK, values=ONE), dict(tau=R2, mode="attention"), implied_targets=(ACL[:, 3], 1e-9),
     sum_of_implied=ACL[:, 3].sum())
step("5.7", "Forwards it is an inverse problem", "support-vectors", dict(keys=CLOCK, targets=ALT, line_keys=LN), dict(tau=R2, epsilon=0, cap="none"),
     condition_ring=(np.linalg.cond(ACL), 1e-6), smallest_eigenvalue_ring=(ev[0], 1e-9),
     largest_v_ring=(np.abs(np.linalg.solve(ACL, ALT)).max(), 1e-6), largest_v_ring_hill=(np.abs(np.linalg.solve(ACL, HILL)).max(), 1e-6),
     condition_line=(np.linalg.cond(AL), 1e-3 * np.linalg.cond(AL)),
     largest_v_line=(np.abs(np.linalg.solve(AL, ALT)).max(), 1e-3 * np.abs(np.linalg.solve(AL, ALT)).max()))
x_, k_ = np.array([.8, -1.1]), np.array([1.3, .4]); z = x_ @ k_ / R2; tay = lambda z, T: sum(z ** t / math.factorial(t) for t in range(T + 1))
zz = CLOCK[0] @ CLOCK[0] / R2
step("5.8", "The feature map is a Taylor series", "support-vectors", dict(x=x_, k=k_, ring_pair=[CLOCK[0], CLOCK[0]]),
     dict(tau=R2, degrees=[0, 1, 2, 4, 8]), truncated=[tay(z, T) for T in (0, 1, 2, 4, 8)], exact=math.exp(z), ring_logit=zz, ring_exact=math.exp(zz),
     ring_truncated=[tay(zz, T) for T in (0, 1, 2, 4, 8)],
     ring_degree_for_1_percent=next(T for T in range(60) if abs(tay(zz, T) / math.exp(zz) - 1) < .01))
CROWD = np.array([[2, 1], [2.2, 1], [2, 1.2], [2.2, 1.2], [-1, 1], [0, 2.]]); q5 = np.array([.5, 1]); mu5 = CROWD.mean(0); bet = [0, .5, 1., 1.5]
bn = lambda b: softmax((q5 - b * mu5) @ (CROWD - b * mu5).T / R2); full_eps = 1e-5; s2 = CROWD.var(0) + full_eps
step("5.9", "Attention-BN: centring the keys does nothing", "softmax", dict(keys=CROWD, query=q5, labels=["crowd"] * 4 + ["lonely", "lonely"]),
     dict(tau=R2, betas=bet, form="recentred"), mean_key=mu5, weights_softmax=row(q5, CROWD),
     only_keys_centred_difference=("<=", 1e-14, np.abs(row(q5, CROWD - mu5) - row(q5, CROWD)).max()),
     only_query_shifted_difference=("<=", 1e-14, np.abs(row(q5 - mu5, CROWD) - bn(1.)).max()), crowd_mass=[bn(b)[:4].sum() for b in bet],
     lonely_mass=[bn(b)[4:].sum() for b in bet], key_penalties_beta_1=-CROWD @ mu5 / R2)
bf = softmax(((q5 - mu5) / s2) @ (CROWD - mu5).T / R2); e24 = softmax((q5 / s2) @ CROWD.T / R2 - (CROWD / s2) @ mu5 / R2)
step("5.10", "The full BN is an ellipse in disguise", "elliptical", dict(keys=CROWD, query=q5), dict(tau=R2, form="full", eps=full_eps),
     variances=CROWD.var(0), m=1 / s2, weights_full=bf, same_as_elliptical_plus_bias=("<=", 1e-13, np.abs(bf - e24).max()), crowd_mass=bf[:4].sum())
STRIP = np.zeros(8); STRIP[2] = 8; pool = lambda x, s: x.reshape(-1, s).mean(1); Wk = 3.0
cost = lambda N, d, s, ff: N * d * d * (2 + 2 * np.mean([1 / x for x in s])) + 2 * N * N * d * np.mean([1 / x for x in s]) + 2 * N * d * ff
step("5.11", "Attention-SH: averaging before asking", "softmax", dict(strip=STRIP),
     dict(factors=[1, 2, 4, 8], heads_for_cost=[1, 2], width=64, ff=128), spike_after_pooling=[pool(STRIP, s).max() for s in (1, 2, 4, 8)],
     coarse_tokens=[8 // s for s in (1, 2, 4, 8)], pooling_commutes=("<=", 1e-14, abs(pool(Wk * STRIP + 1, 2) - (Wk * pool(STRIP, 2) + 1)).max()),
     cost_ratio_N_512_4096=[cost(n, 64, [1, 2], 128) / cost(n, 64, [1, 1], 128) for n in (512, 4096)], limit_12=.75,
     limit_1124=np.mean([1, 1, .5, .25]), limit_8_heads=np.mean([1, 1, .5, .5, .25, .25, .125, .125]))

# ================================================================ 6  from twelve tokens to thirty thousand
lesson(6, "From twelve tokens to thirty thousand")
NS = [12, 197, 1024, 4096, 32768]
step("6.1", "The matrix nobody may build", "full-size", dict(tokens=NS), dict(bytes_per_number=4, heads=32, width=128),
     bytes_per_head=[4 * n * n for n in NS], all_heads_32768=32 * 4 * 32768 ** 2, qkvo_32768=32 * 4 * 4 * 32768 * 128, growth_tokens=32768 / 12,
     growth_matrix=(32768 / 12) ** 2)
def online(order, q=np.array([2., 1.]), tile=4):
    m, l, o, T, resc, fac = -np.inf, 0., np.zeros(2), [], 0, []
    for s in range(0, 12, tile):
        J = order[s:s + tile]; x = CLOCK[J] @ q / R2; mn = max(m, x.max()); c = math.exp(m - mn) if np.isfinite(m) else 0.
        if np.isfinite(m) and mn > m: resc += 1; fac.append(c)
        p = np.exp(x - mn); l = l * c + p.sum(); o = o * c + p @ RGV[J]; m = mn; T.append([m, l])
    return o / l, T, resc, fac
RGV = ring(12, 1.0); ref = row([2., 1.], CLOCK) @ RGV; nat = np.arange(12); lg_ = CLOCK @ np.array([2., 1.]) / R2
asc = np.argsort(lg_, kind="stable"); o1, T1, r1, f1 = online(nat); o2, T2, r2, f2_ = online(asc); o3, T3, r3, f3_ = online(asc[::-1])
step("6.2", "Three tiles, one softmax", "full-size", dict(keys=CLOCK, values=RGV, query=[2, 1]), dict(tau=R2, tile=4, order="1..12"),
     running_max=[t[0] for t in T1], running_sum=[t[1] for t in T1], output=o1, difference_from_direct=("<=", 1e-14, np.abs(o1 - ref).max()))
step("6.3", "The loudest comes last", "full-size", dict(keys=CLOCK, values=RGV, query=[2, 1]),
     dict(tau=R2, tile=4, orders=["1..12", "ascending logits", "descending logits"]), logits_sorted=np.sort(lg_), rescales=[r1, r2, r3],
     factors_ascending=f2_, running_max_ascending=[t[0] for t in T2], difference=("<=", 1e-14, max(np.abs(o2 - ref).max(), np.abs(o3 - ref).max())))
lim = dict(f16=math.log(65504.0), f32=math.log(float(np.finfo(np.float32).max)), f64=math.log(np.finfo(float).max)); KL = CLOCK / 2.5 * 12
with np.errstate(over="ignore", invalid="ignore"):
    e32 = np.exp((KL @ KL[0] / R2).astype(np.float32)); naive = e32 / e32.sum()
step("6.4", "How long may a key be?", "full-size", dict(keys_on_ring_of_radius=12, tokens=12), dict(tau=R2), largest_logit=KL[0] @ KL[0] / R2,
     largest_safe_logit=lim, key_length_at_which_naive_exp_overflows={k: math.sqrt(R2 * v) for k, v in lim.items()},
     naive_f32_is_nan=bool(np.isnan(naive).any()), safe_self_weight=softmax(KL @ KL.T / R2)[0, 0])
f16 = lambda X: X.astype(np.float16).astype(float); BET = ring(12, 2.5, 15.0); sc6 = [1, 2, 4, 8]
rows6 = lambda s, r: softmax(r(s * BET) @ r(s * CLOCK).T / R2)
same = lambda X: X; err = lambda s: dev(rows6(s, f16) @ f16(RGV), rows6(s, same) @ RGV); tie = lambda s: rows6(s, f16)[0][:2].tolist()
step("6.5", "Half precision: ties break", "full-size", dict(keys=CLOCK, values=RGV, queries=BET),
     dict(tau=R2, storage="f16 (q, k, v rounded), arithmetic f64", scales=sc6), rel=1e-3, relative_error=[err(s) for s in sc6],
     row_1_two_neighbours_exact=[rows6(s, same)[0][0] for s in sc6], row_1_two_neighbours_f16=[tie(s) for s in sc6],
     largest_logit=[(s * s * BET[0] @ CLOCK[0]) / R2 for s in sc6], unit_roundoff=2.0 ** -11)
fl = lambda b, h, n, d: 4 * n * n * d * b * h
step("6.6", "Counting: work, bytes, quotient", "full-size",
     dict(shapes={"twelve": [1, 1, 12, 2], "deit-s": [256, 6, 197, 64], "gpt2": [16, 12, 1024, 64], "long": [1, 32, 32768, 128]}),
     dict(bytes_per_number=2),
     flop={"twelve": fl(1, 1, 12, 2), "deit-s": fl(256, 6, 197, 64), "gpt2": fl(16, 12, 1024, 64), "long": fl(1, 32, 32768, 128)},
     flop_per_byte=[n / 2 for n in (12, 197, 1024, 32768)])
step("6.7", "How loud must a key be to be heard?", "softmax", dict(keys="one key with logit a, N - 1 keys with logit 0", tokens=NS), dict(share=.5),
     logit_for_half=[math.log(n - 1) for n in NS], share_at_logit_5=[math.exp(5) / (math.exp(5) + n - 1) for n in NS],
     query_length_in_D2_key_2_5=[math.log(n - 1) * R2 / 2.5 for n in NS], query_times_key_length_D128=[math.log(n - 1) * math.sqrt(128) for n in NS])
def radius(N, n): K = ring(N, 2.0); return (row([n, 0], K) @ ring(N, 1.0))[0]
step("6.8", "Why twelve tokens were enough", "smoother", dict(keys="ring, radius 2, N equally spaced", query=[2, 0], tokens=[4, 6, 8, 12, 32768]),
     dict(tau=R2), radius=[radius(n, 2.) for n in (4, 6, 8, 12, 32768)], difference_12_32768=("<=", 3e-7, abs(radius(12, 2.) - radius(32768, 2.))),
     difference_at_query_8=(abs(radius(12, 8.) - radius(32768, 8.)), 1e-6))
K0, V0, lam, n = slip(-3.0), VC, 2.0, 6; mu0 = K0.size / 4 / np.abs(K0).sum(); tau0 = lam * mu0; z = np.zeros_like(K0); k2 = K0 - shrink(K0, tau0)
dif = []
tr = pap(K0, V0, lam, n, "code", 1, trace=True)[4]
for it_ in range(n):
    l = attn(k2, k2, V0); dif.append(np.abs(l - tr[it_][2]).max()); z = 2 * z + k2 - l; k2 = K0 - shrink(K0 - l + z, tau0) - z
step("6.9", "RPC-Attention without storing S and Y", "full-size", dict(keys=K0, values=V0),
     dict(form="released", **{"lambda": 2.0}, heads=1, iterations=6, recurrence="z <- 2z + k2 - l; k2 <- k - shrink(k - l + z, tau) - z"),
     largest_difference=("<=", 1e-11, max(dif)), flop_factor_n4=4, size_of_z=[np.abs(t[3] / mu0).max() for t in tr])
X = []
for l, h in ALL:
    Q, K, V = head("long", l, h); a = attn(Q, K, V); b = np.array(attn(f16(Q), f16(K), f16(V))); X.append(np.linalg.norm(a - b) / np.linalg.norm(a))
lg2 = [np.ptp(head("long", l, h)[0] @ head("long", l, h)[1].T / math.sqrt(32), axis=1).max() for l, h in ALL]
step("6.10", "Real heads in half precision", "full-size", at("long"), dict(storage="f16"), rel=1e-2, median_error=np.median(X), largest_error=max(X),
     head_of_largest=list(ALL[int(np.argmax(X))]), widest_logit_row=max(lg2), head_of_widest_row=list(ALL[int(np.argmax(lg2))]),
     heads_above_5e_4=int((np.array(X) > 5e-4).sum()))

# ================================================================ 7  a disputed claim
lesson(7, "A disputed claim: does a trained layer do kernel PCA?")
GV = np.array([[1, 0], [0, 1], [-1, .5], [.5, -.5]]); gf = fit(GK); ct = claim_tests(GK, GQ, G["V"], gf); cf = claim_tests(GK, GQ, GV, gf)
gold = dict(keys=GK, queries=GQ)
step("7.1", "What is exact", "kernel-pca", gold, dict(tau=R2, axes=2), difference=("<=", 1e-14, np.abs(Hs - proj).max()),
     zero_sum_defect=("<=", 1e-12, ct["c"]), eigen_residual=("<=", 1e-10, ct["r"]), overlap=ct["overlap"], bessel=ct["bessel"],
     loss=jproj(GK, GQ, G["V"]), axes_at_most="N - 1 = 3")
P4 = np.eye(4) - .25
step("7.2", "A matrix that cannot be inverted", "kernel-pca", gold, dict(tau=R2), eigenvalues_of_I_minus_1N=np.sort(np.linalg.eigvalsh(P4)),
     rank=rank(P4), correction_term=("<=", 1e-13, np.abs(G["A"].mean(0)).max()),
     V_minus_GA=("<=", 1e-13, np.abs(G["V"] - G["A"] / G["g"][:, None]).max()))
hsq = (attn(GQ, GK, GV) ** 2).sum(1); ps = phi_sq(GQ, GK)
step("7.3", "A value matrix that is not the theory's", "kernel-pca", dict(keys=GK, queries=GQ, values=GV), dict(tau=R2), h2=hsq, phi2=ps,
     tokens_that_break_bessel=int((hsq > ps).sum()), loss=ps.mean() - hsq.mean(), zero_sum_defects=cf["c_all"], eigen_residuals=cf["r_all"],
     overlap=cf["overlap"])
smax = math.sqrt((ps / hsq).min()); sz = math.sqrt(ps.mean() / hsq.mean())
step("7.4", "First gauge: length", "kernel-pca", dict(keys=GK, queries=GQ, values=GV), dict(tau=R2, gauge="V -> s V, W_O -> W_O / s"),
     scale_for_loss_zero=sz, scale_for_no_violation=smax, loss_at_half=ps.mean() - .25 * hsq.mean(),
     overlap_at_half=claim_tests(GK, GQ, .5 * GV, gf)["overlap"], eigen_residual_at_half=claim_tests(GK, GQ, .5 * GV, gf)["r"],
     eigen_residual=cf["r"])
MG = np.array([[1., 1], [0, 1]]); mix = claim_tests(GK, GQ, G["V"] @ MG, gf)
zs = lambda V: float(np.linalg.norm(np.linalg.qr(np.exp(gf["lg"])[:, None] * V)[0].T @ np.ones(4)) / 2)
step("7.5", "Second gauge: mixing", "kernel-pca", dict(keys=GK, queries=GQ, values=G["V"], M=MG), dict(tau=R2, gauge="V -> V M, W_O -> M^-1 W_O"),
     output_difference=("<=", 1e-13, np.abs(attn(GQ, GK, G["V"] @ MG) @ np.linalg.inv(MG) - Hs).max()), eigen_residuals_after=mix["r_all"],
     overlap_after=mix["overlap"],
     cosine_of_second_column=float(G["V"][:, 1] @ (G["V"] @ MG)[:, 1] / np.linalg.norm(G["V"][:, 1]) / np.linalg.norm((G["V"] @ MG)[:, 1])),
     invariant_zero_sum_constructed=("<=", 1e-12, zs(G["V"])), invariant_zero_sum_after=("<=", 1e-12, zs(G["V"] @ MG)),
     invariant_zero_sum_free=zs(GV))
def gammas(f, Ah):
    N = len(Ah); g = (f["Kc"] @ Ah) / (N * Ah); i, j = np.triu_indices(N, 1); d = np.abs(g[i] - g[j])
    return d.mean(), (d / np.maximum(np.abs(g[i]), np.abs(g[j]))).mean()
Q, K, V = head("long", 0, 7); f7 = fit(K); s = np.exp(f7["lg"] - f7["lg"].max()); ahat = s[:, None] * V; ahat = ahat - ahat.mean(0)
ge, gv = gammas(f7, f7["U"][:, :8]), gammas(f7, ahat); jj = np.arange(1, 55); junk = np.stack([np.cos(d * jj * jj) for d in range(1, 9)], 1)
gj = gammas(f7, junk)
step("7.6", "A test that everybody passes", "kernel-pca", at("long", 0, 7), dict(true_axes=8, junk="cos(d j^2), token j = 1..54, column d = 1..8"),
     rel=1e-3, absolute_true=("<=", 1e-12, ge[0]), absolute_values=gv[0], absolute_junk=gj[0], relative_true=("<=", 1e-6, ge[1]),
     relative_values=gv[1], relative_junk=gj[1], largest_lambda=f7["w"][0] / 54)
raw = kern(CLOCK, CLOCK); Hc = np.eye(12) - 1 / 12; wr = np.linalg.eigvalsh(Hc @ raw @ Hc)[-1]; ws = fit(CLOCK)["w"][0]
wh = [fit(head("long", l, h)[1])["w"][0] for l, h in ALL]; rawh = []
for l, h in ALL:
    K = head("long", l, h)[1]; k = np.exp(K @ K.T / math.sqrt(32)); Hn = np.eye(54) - 1 / 54; rawh.append(np.linalg.eigvalsh(Hn @ k @ Hn)[-1])
step("7.7", "648.46", "kernel-pca", dict(keys=CLOCK), dict(tau=R2), eig_scaled=ws, trace_bound=np.trace(fit(CLOCK)["Kp"]), eig_without_scaling=wr,
     largest_eig_scaled_72_heads=max(wh), median_eig_without_scaling_72_heads=(np.median(rawh), 1e-4 * np.median(rawh)),
     heads_without_scaling_above_648=int((np.array(rawh) > 648.46).sum()), bound_N=54)
j = np.arange(1, 13); XA, XB = np.stack([np.cos(j * j), np.sin(j * j)], 1), np.stack([np.cos(3 * j * j + 1), np.sin(5 * j * j)], 1)
nx = lambda X: X / np.linalg.norm(X, axis=1, keepdims=True); Cs = nx(XA) @ nx(XB).T; pi = assign(-Cs)
cka = lambda X, Y: np.linalg.norm((X - X.mean(0)).T @ (Y - Y.mean(0))) ** 2 / np.linalg.norm((X - X.mean(0)).T @ (X - X.mean(0))) / np.linalg.norm((Y - Y.mean(0)).T @ (Y - Y.mean(0)))
def unrelated(N, D): j = np.arange(1, N + 1)[:, None]; d = np.arange(1, D + 1)[None]; fr = lambda x: x - np.floor(x); z = lambda a: 2 * fr(1e4 * np.sin(a)) - 1; return z(12.9898 * j + 78.233 * d), z(39.3468 * j + 11.135 * d + 3)
big = unrelated(197, 64); CB = nx(big[0]) @ nx(big[1]).T; pb = assign(-CB)
step("7.8", "How similar are two strangers?", "kernel-pca",
     dict(X=XA, Y=XB, big="entries 2 frac(1e4 sin(12.9898 j + 78.233 d)) - 1 and 2 frac(1e4 sin(39.3468 j + 11.135 d + 3)) - 1, 197 x 64"),
     dict(metric="mean cosine over tokens; the same after the best one-to-one matching of tokens"), plain_cosine=np.diag(Cs).mean(),
     matched_cosine=Cs[j - 1, pi].mean(), linear_cka=cka(XA, XB), big_plain=(np.diag(CB).mean(), 1e-3),
     big_matched=(CB[np.arange(197), pb].mean(), 2e-3), big_linear_cka=(cka(*big), 2e-3), reported_maximum_matched=.32, null_of_gaussian_197x64=.318)
YT = .5 * GV; V = np.array([[3, -2], [-1, 3], [2, 1], [-2, -3.]]); AR = softmax(RECT @ RECT.T / R2); ph = phi_sq(RECT, RECT).mean(); log = {}
V0_ = V.copy()
for t in range(201):
    H = AR @ V
    if t in (0, 1, 5, 20, 50, 100, 200): x = claim_tests(RECT, RECT, V); log[t] = [(H ** 2).sum(1).mean(), ph - (H ** 2).sum(1).mean(), ((H - YT) ** 2).mean(), x["r"], x["overlap"]]
    V = V - .5 * (AR.T @ (H - YT) + .02 * V)
step("7.9", "A falling curve that is not learning", "kernel-pca", dict(keys=RECT, queries=RECT, targets=YT, values_at_start=V0_),
     dict(tau=R2, step=.5, weight_decay=.02, update="V <- V - 0.5 (A^T(AV - Y) + 0.02 V)"), steps=list(log), phi2=ph, h2=[x[0] for x in log.values()],
     loss_signed=[x[1] for x in log.values()], regression_error=[x[2] for x in log.values()], eigen_residual=[x[3] for x in log.values()],
     reproduction_deit_train_h2=[4.90, 1.862], reproduction_deit_train_phi2=[.0441, .00483], reproduction_deit_signed_end=-1.87)
tabs = {}
for s in ("pronoun", "long"):
    R = []
    for l, h in ALL:
        Q, K, V = head(s, l, h); f = fit(K); x = claim_tests(K, Q, V, f)
        n = [claim_tests(K, Q, np.roll(V, k, 0), f) for k in range(1, len(K), 1 if s == "pronoun" else 3)]
        R.append([x["c"], x["r"], x["overlap"], x["bessel"], x["phi2"] - x["h2"], np.mean([y["c"] for y in n]), np.mean([y["r"] for y in n]), np.mean([y["overlap"] for y in n]), np.mean([y["bessel"] for y in n]), max(y["overlap"] for y in n), min(y["r"] for y in n)])
    tabs[s] = np.array(R)
P, Lg = tabs["pronoun"], tabs["long"]
step("7.10", "Seventy-two heads", "claims", [at("pronoun"), at("long")],
     dict(null="cyclic shifts of the value rows: all 14 for pronoun; by 1, 4, 7, ... for long"), rel=1e-3,
     **{"pronoun " + k: v for k, v in {"c": P[:, 0].mean(), "c_null": P[:, 5].mean(), "r": P[:, 1].mean(), "r_null": P[:, 6].mean(), "bessel": P[:, 3].mean(), "bessel_null": P[:, 8].mean(), "heads_with_negative_loss": int((P[:, 4] < 0).sum())}.items()},
     **{"long " + k: v for k, v in {"c": Lg[:, 0].mean(), "c_null": Lg[:, 5].mean(), "r": Lg[:, 1].mean(), "r_null": Lg[:, 6].mean(), "overlap": Lg[:, 2].mean(), "overlap_null": Lg[:, 7].mean(), "bessel": Lg[:, 3].mean(), "bessel_null": Lg[:, 8].mean(), "heads_with_negative_loss": int((Lg[:, 4] < 0).sum()), "heads_overlap_above_every_shift": int((Lg[:, 2] > Lg[:, 9]).sum()), "heads_r_below_every_shift": int((Lg[:, 1] < Lg[:, 10]).sum())}.items()},
     axes_allowed_pronoun=14, value_width=32)
best_ = {}
for l, h in ((0, 7), (2, 11)):
    x = Lg[ALL.index((l, h))]
    best_["%d,%d" % (l, h)] = {"c": x[0], "c_null": x[5], "r": x[1], "r_null": x[6], "overlap": x[2], "overlap_null": x[7], "overlap_null_largest": x[9], "bessel": x[3], "loss": x[4]}
Q, K, _ = head("long", 0, 7); f7 = fit(K); Vc = f7["U"][:, :32] / np.sqrt(f7["w"][:32]) * np.exp(-f7["lg"])[:, None]; xc = claim_tests(K, Q, Vc, f7)
WORDS = TOK["long"]; rep_ = [i for i, t in enumerate(WORDS) if WORDS.count(t) > 1]
step("7.11", "Two heads that disagree, and a planted one", "claims", [at("long", 0, 7), at("long", 2, 11)],
     dict(planted="V constructed from the keys of [0,7], 32 axes"), rel=1e-3, **{"%s %s" % (k, f): v for k, d in best_.items() for f, v in d.items()},
     rank_of_0_7_in_overlap=1 + int((Lg[:, 2] > Lg[ALL.index((0, 7)), 2]).sum()), planted_c=("<=", 1e-8, xc["c"]), planted_r=("<=", 1e-6, xc["r"]),
     planted_overlap=(xc["overlap"], 1e-8), planted_bessel=xc["bessel"], tokens_that_occur_more_than_once=len(rep_),
     mean_overlap_by_layer=[Lg[12 * l:12 * l + 12, 2].mean() for l in range(6)],
     mean_overlap_null_by_layer=[Lg[12 * l:12 * l + 12, 7].mean() for l in range(6)])

# ================================================================ presets that no step uses, and the exercises
lesson("presets", "Presets beyond the steps")
TWO = np.array([[1.5, .5], [1.5, -.5], [2, 0], [1, 0], [-1.5, .5], [-1.5, -.5], [-2, 0], [-1, 0]]); ft = fit(TWO)
sg = ft["U"][:, 0] * np.sign(ft["U"][0, 0])
step("P.1", "Two villages", "kernel-pca", dict(keys=TWO), dict(tau=R2), share_axis_1=ft["w"][0] / ft["w"].sum(),
     axis_1_entries=[sg[:4].min(), sg[4:].max()], separated=bool(sg[:4].min() > sg[4:].max()))
DUP = np.vstack([COMPASS[:1], COMPASS]); fd = fit(DUP); wd = row(Q1, DUP)
step("P.2", "Twins", "softmax", dict(keys=DUP, query=Q1), dict(tau=R2), weights=wd, twins_together=wd[0] + wd[1],
     nonzero_eigenvalues=int((fd["w"] > 1e-12).sum()))
BLOB = unrelated(16, 32)[0] * math.sqrt(3); fbl = fit(BLOB)
step("P.3", "Fog in 32 dimensions", "kernel-pca",
     dict(generator="16 x 32, sqrt(3) (2 frac(1e4 sin(12.9898 j + 78.233 d)) - 1), j = 1..16, d = 1..32", first_row_start=BLOB[0, :3]),
     dict(tau=math.sqrt(32)), rel=1e-4, share_axis_1=fbl["w"][0] / fbl["w"].sum(), relative_gap_12=(fbl["w"][0] - fbl["w"][1]) / fbl["w"][0],
     even_share=1 / 15)

lesson("exercises", "Exercises")
qa = np.array([2, 1]) * math.log(2) / R2; w = row(qa, COMPASS)
step("X.1", "Powers of two", "softmax", dict(keys=COMPASS, values=COMPASS, query=qa), dict(a=2, b=1, tau=R2), weights=w, twentysevenths=w * 27,
     output=w @ COMPASS)
step("X.2", "Mirror", "smoother", dict(keys=AB), dict(tau=R2), dot_tie_at=0.0, nw_tie_at=2.0, mirror_at=1.0,
     check=("<=", 1e-14, np.abs(row([1., 0], AB) - nw([1., 0], AB)[::-1]).max()), nw_at_2=nw([2., 0], AB)[0])
TRI = np.array([[3, 0], [0, 3], [-3, -3], [0, 0.]]); wt = softmax(grid @ TRI.T / R2)
step("X.3", "The inner key", "softmax", dict(keys=TRI), dict(tau=R2), largest_weight_of_inner_key=wt[:, 3].max(), nw_at_origin=nw([0, 0], TRI)[3])
SQ = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1.]])
step("X.4", "A Gram matrix by hand", "kernel-pca", dict(keys=SQ), dict(tau=R2, a=1, b=1), g=kern(SQ, SQ)[0].sum(), eig=fit(SQ)["w"][:3])
step("X.5", "The most dangerous distance", "kernel-pca", dict(inner_keys="N - 1 keys at the origin, one at distance R"),
     dict(tau=R2, N=[11, 101, 1025]), distance=[math.sqrt(R2 * math.log(n - 1)) for n in (11, 101, 1025)],
     phi2_at_it=[1 / (4 * (n - 1)) for n in (11, 101, 1025)])
lo, hi = split(DIA, .70)[0], split(DIA, .72)[0]
step("X.6", "When is a diamond noise?", "robust", dict(keys=DIA), dict(lambdas=[.70, .72]), threshold=1 / R2,
     L_norm_below=("<=", 1e-6, np.linalg.norm(lo)), M_minus_L_above=("<=", 1e-5, np.abs(DIA - hi).max()))
step("X.7", "Ellipse and straight line", "elliptical", dict(query=[1, 3]), dict(m=[1, 1 / 9], radius=2), semi_axes=[2.0, 6.0], Mq=[1, 1 / 3],
     slope_of_equal_weight_lines=-3.0)
ra = ACL[3, 2] / ACL[3, 3]; th = ra / (1 + ra)
step("X.8", "Exactly one support vector", "support-vectors", dict(keys=CLOCK, targets=ONE), dict(tau=R2), ratio_of_neighbour_to_self=ra,
     smallest_epsilon=th, support_just_below=nsv(svr(CLOCK, ONE, th - .005)[0]), support_just_above=nsv(svr(CLOCK, ONE, th + .005)[0]),
     v_at_threshold=(1 - th) / ACL[3, 3])
step("X.9", "To be heard", "full-size", dict(N=32768), dict(share=.9), logit=math.log(9 * 32767), f16_limit=math.log(65504.0),
     overflows_naive_f16=bool(math.log(9 * 32767) > math.log(65504.0)))
step("X.10", "Bessel and the gauge", "claims", dict(phi2=ps, h2=hsq), dict(), largest_s=smax, violations_at_1=int((hsq > ps).sum()),
     violations_at_half=int((.25 * hsq > ps).sum()))

# ================================================================ write
if __name__ == "__main__":
    J = lambda x: json.dumps(x, ensure_ascii=False, separators=(",", ":"))
    with open(os.path.join(HERE, "lessons.json"), "w", encoding="utf-8") as f:   # one step per line
        f.write('{"about":%s,\n"lessons":[' % J(__doc__) + ",".join('\n{"lesson":%s,"title":%s,"steps":[\n' % (J(L["lesson"]), J(L["title"])) + ",\n".join(J(s) for s in L["steps"]) + "]}" for L in OUT["lessons"]) + "]}\n")
    if "--print" in sys.argv:
        for L in OUT["lessons"]:
            for s in L["steps"]:
                print("%s  %s" % (s["step"], s["title"]))
                for e in s["expect"]:
                    print("      %-38s %s" % (e["name"], ("<= %g" % e["at_most"]) if "at_most" in e else np.array2string(np.asarray(e["value"]), precision=5, suppress_small=False, max_line_width=150) if not isinstance(e["value"], str) else e["value"]))
