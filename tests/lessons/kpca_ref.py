"""Independent numpy reference for the KPCA reading of softmax attention and for RPC-Attention.
Written from the formulae of the paper (no code copied). float64 everywhere."""
import numpy as np

def softmax(Z):
    Z = Z - Z.max(-1, keepdims=True); E = np.exp(Z); return E / E.sum(-1, keepdims=True)

def kern(X, Y):            # k(x,y)=exp(x.y/sqrt(D))
    return np.exp(X @ Y.T / np.sqrt(X.shape[-1]))

def kpca(K, Dv):
    """returns g, Kphi, Kc (centred), eig (desc, eigenvalues of Kc = lambda_d*N), A (N x Dv, normalised so u_d'u_d=1), V"""
    N = K.shape[0]
    k = kern(K, K); g = k.sum(1)
    Kphi = k / np.outer(g, g)
    H = np.eye(N) - np.ones((N, N)) / N
    Kc = H @ Kphi @ H; Kc = (Kc + Kc.T) / 2
    w, U = np.linalg.eigh(Kc); o = np.argsort(-w); w, U = w[o], U[:, o]
    U = U * np.sign(U[np.abs(U).argmax(0), np.arange(N)])      # sign convention: largest-|.| entry positive
    A = U[:, :Dv] / np.sqrt(w[:Dv])                            # eig_d * a_d.a_d = 1  <=> ||u_d||=1
    V = (A - A.mean(0)) / g[:, None]                           # v_dj = a_dj/g_j - (1/N) sum_j' a_dj'/g_j
    return dict(g=g, Kphi=Kphi, Kc=Kc, eig=w, A=A, V=V)

def attn(Q, K, V):
    return softmax(Q @ K.T / np.sqrt(K.shape[1])) @ V

def phi_sq(Q, K):          # ||phi(q_i)||^2 = exp(|q|^2/sqrt D)/(sum_j exp(q.k_j/sqrt D))^2
    s = np.sqrt(Q.shape[1]); L = Q @ K.T / s
    m = L.max(1); lse = m + np.log(np.exp(L - m[:, None]).sum(1))
    return np.exp((Q**2).sum(1) / s - 2 * lse)

def shrink(X, t): return np.sign(X) * np.maximum(np.abs(X) - t, 0)

def pap(K, V, lam, n, mode="paper", H=1, Q=None, trace=False):
    """mode 'paper': tau=lam/mu, mu=N*D/4/|K|_1 ; 'code': tau=lam*mu, mu=N*(H*D)/4/|K|_1 (single head slice, H heads).
       mode 'admm': as 'paper' but +Y/mu in the L step (sign that the augmented Lagrangian really gives)."""
    N, D = K.shape
    mu = N * (H * D if mode == "code" else D) / 4 / np.abs(K).sum()
    tau = lam * mu if mode == "code" else lam / mu
    sg = +1 if mode == "admm" else -1
    L = np.zeros_like(V); Y = np.zeros_like(K); S = None; tr = []
    for _ in range(n):
        S = shrink(K - L + Y / mu, tau)
        K2 = K - S + sg * Y / mu
        L = attn(K2 if Q is None else Q, K2, V)
        Y = Y + mu * (K - L - S)
        tr.append((S.copy(), K2.copy(), L.copy(), Y.copy()))
    return (L, S, mu, tau, tr) if trace else L

def svt(X, t):
    U, s, Vt = np.linalg.svd(X, full_matrices=False); return (U * np.maximum(s - t, 0)) @ Vt

def pcp(M, lam=None, mu=None, n=500, tol=1e-7):
    """true Principal Component Pursuit by ADMM (Candes et al. 2011, textbook form)."""
    n1, n2 = M.shape; lam = lam or 1/np.sqrt(max(n1, n2)); mu = mu or n1*n2/4/np.abs(M).sum()
    L = np.zeros_like(M); S = np.zeros_like(M); Y = np.zeros_like(M)
    for i in range(n):
        S = shrink(M - L + Y/mu, lam/mu); L = svt(M - S + Y/mu, 1/mu); R = M - L - S; Y = Y + mu*R
        if np.linalg.norm(R) <= tol*np.linalg.norm(M): break
    return L, S, i + 1
