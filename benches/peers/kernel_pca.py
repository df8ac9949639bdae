"""The same kernel PCA with scikit-learn, float64, one thread: fit of all axes and projection of as many queries, N = 64 and 256, D = 32.

The scaled Gram matrix and the queries' products with the keys are formed in numpy and given to KernelPCA as precomputed.
Prints JSON: microseconds for one call, the best of several runs.  python3 kernel_pca.py [--runs 30]
"""
import argparse
import json
import math
import os
import sys

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from attention import best

try:
    import sklearn
    from sklearn.decomposition import KernelPCA
except ImportError:
    print("Not measured: scikit-learn is not installed (pip install scikit-learn).")
    sys.exit(0)


def project(q, k):
    kernel = np.exp(k @ k.T / math.sqrt(k.shape[1]))
    g = kernel.sum(axis=1)
    products = np.exp(q @ k.T / math.sqrt(k.shape[1]))
    products /= products.sum(axis=1, keepdims=True) * g
    return KernelPCA(n_components=None, kernel="precomputed").fit(kernel / np.outer(g, g)).transform(products)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30, help="how many runs to take the best of")
    runs = parser.parse_args().runs
    rng = np.random.default_rng(1)
    results = {}
    for n in (64, 256):
        q, k = (rng.standard_normal((n, 32)) for _ in range(2))
        results[f"kernel PCA fit and projection N={n} D=32, all axes"] = best(lambda: project(q, k), runs)
    versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    json.dump({"unit": "us", **versions, "best": results}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
